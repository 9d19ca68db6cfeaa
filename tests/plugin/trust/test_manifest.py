"""Manifests of C2PA: what was signed is proved, and every change is found."""

from pathlib import Path

import pytest
from support.counted_media import PRORES, write_film

from lipflap.core.errors import DubError
from lipflap.plugin.cli.main import main
from lipflap.plugin.trust.manifest import Signature, check_file, sidecar, sign_file
from lipflap.plugin.trust.studio_keys import StudioKeys, make_keys

pytest.importorskip("c2pa")
FACTS = {"region": "mouth", "frames": 4, "frames_with_a_new_mouth": 3, "consent": "Anna, 2026"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> StudioKeys:
    made = StudioKeys(tmp_path_factory.mktemp("config") / "trust")
    make_keys(made, "Test Studio")
    return made


@pytest.fixture(scope="module", params=["film.mov", "still.png", "still.tiff"])
def signed(
    keys: StudioKeys, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    path = tmp_path_factory.mktemp("signed") / request.param
    is_movie = path.suffix == ".mov"
    codec = PRORES if is_movie else ("-update", "1")
    write_film(
        path,
        range(1),
        size=(64, 48),
        pixel_format="yuv422p10le" if is_movie else "rgb24",
        codec=codec,
    )
    before = path.read_bytes()
    assert check_file(path).state == Signature.UNSIGNED
    assert sign_file(path, FACTS, keys, "Lipflap 0.1.0") == sidecar(path)
    assert path.read_bytes() == before
    return path


def test_a_signed_file_says_by_whom_and_what_was_edited(signed: Path) -> None:
    proof = check_file(signed)
    assert (proof.state, proof.signer, proof.problems) == (Signature.VALID, "Test Studio", ())
    assert proof.facts == FACTS


@pytest.mark.parametrize("place", [0.3, 0.5, 0.7, 0.95])
def test_one_changed_byte_is_found(signed: Path, tmp_path: Path, place: float) -> None:
    data = bytearray(signed.read_bytes())
    data[int(len(data) * place)] ^= 1
    changed = tmp_path / signed.name
    changed.write_bytes(data)
    sidecar(changed).write_bytes(sidecar(signed).read_bytes())
    assert check_file(changed).state == Signature.CHANGED


@pytest.mark.parametrize("how", ["longer", "shorter", "manifest", "other", "empty"])
def test_other_changes_are_found(signed: Path, tmp_path: Path, keys: StudioKeys, how: str) -> None:
    data, manifest = signed.read_bytes(), bytearray(sidecar(signed).read_bytes())
    if how == "longer":
        data += b"\0" * 8 + b"x" * 24
    elif how == "shorter":
        data = data[:-40]
    elif how == "manifest":
        at = manifest.index(b"Anna")
        manifest[at : at + 4] = b"Otto"
    elif how == "other":
        other = tmp_path / f"other{signed.suffix}"
        other.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        data = other.read_bytes()
    else:
        manifest = bytearray(b"\0")
    changed = tmp_path / signed.name
    changed.write_bytes(data)
    sidecar(changed).write_bytes(manifest)
    assert check_file(changed).state == Signature.CHANGED


def test_the_key_is_its_owners_alone_and_stays_in_its_file(
    keys: StudioKeys, signed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert keys.key.stat().st_mode & 0o777 == 0o600
    assert keys.folder.stat().st_mode & 0o777 == 0o700
    secret = keys.key.read_text().splitlines()[1].encode()
    for folder in (keys.folder, signed.parent):
        holders = [path for path in folder.rglob("*") if secret in path.read_bytes()]
        assert holders == ([keys.key] if folder == keys.folder else [])
    assert secret.decode() not in caplog.text
    with pytest.raises(DubError, match="holds keys already"):
        make_keys(keys, "Another Studio")


def test_the_command_says_it_in_its_exit_code(
    signed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(signed)]) == 0
    said = capsys.readouterr().out
    assert "signed by Test Studio, unchanged, AI-edited mouth in 3 of 4 frames" in said
    assert "consent: Anna, 2026" in said
    assert main(["verify", str(signed.parent)]) == 0
    (tmp_path / signed.name).write_bytes(signed.read_bytes())
    assert main(["verify", str(tmp_path)]) == 1
    assert "unsigned" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "gone.mov")]) == 2
    with pytest.raises(DubError, match=r"no form for \.mkv files"):
        sign_file(tmp_path / "a.mkv", FACTS, StudioKeys(tmp_path), "Lipflap 0.1.0")
