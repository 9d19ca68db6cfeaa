"""Manifests that others wrote, and what claims to be ours and is not."""

import json
import socket
from datetime import date
from pathlib import Path
from typing import Any

import c2pa
import opentimelineio as otio
import pytest
from PIL import Image
from support.cuts.timelines import span, timeline, track
from support.jobs.signed_shots import Studio, write_studio

from lipflap.core.errors import DubError
from lipflap.plugin.cli.main import main
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.trust.check.check_file import check_file
from lipflap.plugin.trust.check.findings import Signature
from lipflap.plugin.trust.check.verdict import describe
from lipflap.plugin.trust.check.verify import verify
from lipflap.plugin.trust.sign.signer import Signing, open_signer

CREATED = {"action": "c2pa.created", "digitalSourceType": "http://c2pa.org/digitalsourcetype/empty"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("config"), "Another Studio")


def write_signed(
    path: Path, kind: str, studio: Studio, facts: Any = None, elsewhere: str = ""
) -> bytes:
    """Write a picture as another program signs it; return its manifest.

    elsewhere   the address at which the manifest is to lie instead of in the file
    """
    plain = path.with_stem("plain")
    Image.new("RGB", (16, 16)).save(plain)
    said: list[Any] = [{"label": "c2pa.actions", "data": {"actions": [CREATED]}}]
    if facts is not None:
        said.append({"label": "lipflap.dub", "data": facts})
    builder = c2pa.Builder({"claim_generator_info": [{"name": "Other"}], "assertions": said})
    if elsewhere:
        builder.set_no_embed()
        builder.set_remote_url(elsewhere)
    signer = open_signer(Signing(studio.certificates, studio.key)).c2pa
    with plain.open("rb") as file, path.open("w+b") as out:
        manifest: bytes = builder.sign(signer, kind, file, out)
    plain.unlink()
    return manifest


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "image/jpeg"), ("a.webp", "image/webp")])
def test_pictures_of_other_programs_are_read(
    tmp_path: Path, studio: Studio, name: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    write_signed(path, kind, studio)
    assert main(["verify", str(path)]) == 0
    said = capsys.readouterr().out
    assert "signed by Another Studio (certificate not known here), unchanged" in said
    assert "says: c2pa.created" in said
    assert main(["verify", str(path), "--signers", str(studio.certificates), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["signer_is_known"] is True
    path.write_bytes(path.read_bytes()[:-40] + b"x" * 40)
    assert main(["verify", str(path)]) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"frames": "many"},
        {"still": {}, "frames": 3, "edited_frames": None},
        {"frames": 1, "frames_with_a_new_mouth": 1, "shot": "A", "consent": 3, "source": ""},
    ],
)
def test_what_claims_to_be_ours_and_is_not_is_told(
    tmp_path: Path, studio: Studio, facts: Any
) -> None:
    path = tmp_path / "a.png"
    write_signed(path, "image/png", studio, facts)
    (found,) = verify([path])
    assert found.proof.problems == ("what it says of the dub is not as Lipflap writes it",)
    assert "CHANGED" in describe(found, date.today())


def test_no_server_is_asked_for_a_manifest(tmp_path: Path, studio: Studio) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/secret"
        path = tmp_path / "a.jpg"
        manifest = write_signed(path, "image/jpeg", studio, elsewhere=address)
        (found,) = verify([path])
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert found.proof.state == Signature.UNSIGNED
    assert f"unsigned (its manifest is not fetched from where it is said to be: {address})" in (
        describe(found, date.today())
    )
    path.with_name("a.jpg.c2pa").write_bytes(manifest)
    assert check_file(path).state == Signature.VALID


def test_what_others_sign_does_not_steer_a_terminal(tmp_path: Path, studio: Studio) -> None:
    path = tmp_path / "a.png"
    hostile = {"person": "Jo\x1b]0;x\x07\nForged", "agreed": "all", "characters": []}
    facts = {"frames": 1, "frames_with_a_new_mouth": 1, "shot": "A", "consent": "", "source": ""}
    facts |= {"agreements": [hostile], "characters": [], "edited_frames": []}
    write_signed(path, "image/png", studio, facts)
    (found,) = verify([path])
    assert "Forged" in (said := describe(found, date.today()))
    assert said.isprintable()


def test_a_still_of_a_sequence_that_is_said_to_be_endless_is_told_at_once(
    tmp_path: Path, studio: Studio
) -> None:
    facts = {"frames": 1, "frames_with_a_new_mouth": 1, "shot": "A", "consent": "", "source": ""}
    facts |= {"agreements": [], "characters": [], "edited_frames": []}
    facts |= {"still": {"number": 7, "first": 7, "last": 10**15}}
    write_signed(tmp_path / "a.7.png", "image/png", studio, facts)
    _, missing = verify([tmp_path])
    said = f"number 8 and {10**15 - 8} more of its signed stills 7 to {10**15} is missing"
    assert missing.proof.problems == (said,)


def test_files_without_a_manifest_are_unsigned_and_broken_ones_unreadable(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.tiff"):
        Image.new("RGB", (16, 16)).save(tmp_path / name)
        assert check_file(tmp_path / name).state == Signature.UNSIGNED
    for name in ("a.mxf", "a.mkv", "a.dpx"):
        (tmp_path / name).write_bytes(b"any bytes")
        assert check_file(tmp_path / name).state == Signature.UNSIGNED
    for name in ("b.png", "b.mov"):
        (tmp_path / name).write_bytes(b"any bytes")
        assert check_file(tmp_path / name).state == Signature.UNREADABLE
    (tmp_path / "b.dpx.c2pa").write_bytes(b"any bytes")
    (tmp_path / "b.dpx").write_bytes(b"any bytes")
    assert check_file(tmp_path / "b.dpx").state == Signature.CHANGED
    with pytest.raises(DubError, match="is not there"):
        list(verify([tmp_path / "gone.png"]))


def test_media_of_a_cut_is_looked_for_where_it_lies_here(
    tmp_path: Path, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    """`lipflap conform --map` names new pictures as the editor's machine does."""
    (tmp_path / "here").mkdir()
    write_signed(tmp_path / "here" / "new.png", "image/png", studio)
    media = otio.schema.ExternalReference("P:\\show\\new.png", span(0, 1))
    new = otio.schema.Clip("SH010", media, span(0, 1), metadata={OURS: {"what": "edited"}})
    cut = tmp_path / "cut" / "reel.dubbed.otio"
    cut.parent.mkdir()
    otio.adapters.write_to_file(timeline(track(new)), str(cut))
    assert main(["verify", str(cut)]) == 1
    assert "missing" in capsys.readouterr().out
    for where in (["--map", rf"P:\show={tmp_path / 'here'}"], ["--media", str(tmp_path / "here")]):
        assert main(["verify", str(cut), *where]) == 0
        assert str(tmp_path / "here" / "new.png") in capsys.readouterr().out
