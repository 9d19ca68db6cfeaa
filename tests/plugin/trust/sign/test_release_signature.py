"""The signed list of hashes that shipped weights must have."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lipflap.core.model_files import HASHES, SHIPPED
from lipflap.plugin.cli.main import main
from lipflap.plugin.trust.sign.release_signature import PUBLIC_KEY, SIGNATURE

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models as an installation has it, signed by a key that openssl made."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (HASHES, "landmark.safetensors"):
        shutil.copy(SHIPPED / name, folder)
    for module in ("core.model_files", "plugin.cli.models"):
        monkeypatch.setattr(f"lipflap.{module}.SHIPPED", folder)
    monkeypatch.setattr("lipflap.core.model_files.user_models", lambda: tmp_path / "mine")
    return folder


def make_key(path: Path, kind: str = "ed25519") -> Path:
    more = ["-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "EC" else []
    command = ["openssl", "genpkey", "-algorithm", kind, *more, "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def test_a_signed_release_is_verified_by_openssl_too(
    shipped: Path, tmp_path: Path, capsys: Printed
) -> None:
    assert main(["models", "verify"]) == 0
    assert "these are not signed" in capsys.readouterr().out
    key = make_key(tmp_path / "release.key")
    assert main(["models", "sign", "--key", str(key), "--folder", str(shipped)]) == 0
    assert main(["models", "verify"]) == 0
    assert "are signed by the key" in capsys.readouterr().out
    check = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey"]
    files = [str(shipped / name) for name in (PUBLIC_KEY, SIGNATURE, HASHES)]
    given = [*check, files[0], "-sigfile", files[1], "-in", files[2]]
    assert subprocess.run(given, capture_output=True).returncode == 0
    assert key.read_bytes() not in {path.read_bytes() for path in shipped.iterdir()}


def test_a_forged_release_is_refused(shipped: Path, tmp_path: Path, capsys: Printed) -> None:
    key, other = make_key(tmp_path / "release.key"), make_key(tmp_path / "other.key")
    sign = ["models", "sign", "--folder", str(shipped), "--key"]
    assert main([*sign, str(key)]) == 0
    published = shutil.copy(shipped / PUBLIC_KEY, tmp_path / "published.pem")
    hashes = (shipped / HASHES).read_bytes()
    (shipped / HASHES).write_bytes(hashes + b" ")
    assert main(["models", "verify"]) == 2
    assert "is not the list that the key in" in capsys.readouterr().err
    (shipped / HASHES).write_bytes(hashes)
    assert main(["models", "verify", "--release-key", str(published)]) == 0
    assert main([*sign, str(other)]) == 0
    assert main(["models", "verify"]) == 0
    assert main(["models", "verify", "--release-key", str(published)]) == 2
    (shipped / SIGNATURE).unlink()
    assert main(["models", "verify"]) == 2
    assert "the hashes of the models are not signed" in capsys.readouterr().err
    assert main([*sign, str(make_key(tmp_path / "ec.key", "EC"))]) == 2
    assert "no unlocked Ed25519 key" in capsys.readouterr().err
    assert main([*sign, str(tmp_path / "gone.key")]) == 2
