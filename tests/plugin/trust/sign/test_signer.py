"""Keys and services that sign: every kind that C2PA knows, and what is refused in words."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from cryptography.hazmat.primitives import serialization
from support.jobs.signed_shots import Studio, other_keys, write_shots, write_studio

from lipflap.core.errors import DubError
from lipflap.core.files.sidecar import picture_files
from lipflap.plugin.job.folder import Job
from lipflap.plugin.trust.check.check_file import check_file
from lipflap.plugin.trust.check.findings import Signature
from lipflap.plugin.trust.check.verdict import describe
from lipflap.plugin.trust.check.verify import verify
from lipflap.plugin.trust.sign import signer
from lipflap.plugin.trust.sign.sign_job import sign_orders
from lipflap.plugin.trust.sign.signer import Signing, open_signer
from lipflap.plugin.trust.sign.studio_keys import StudioKeys, make_keys
from lipflap.plugin.trust.sign.studio_settings import make_signing

_SERVICE = """\
import sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = serialization.load_pem_private_key(open(sys.argv[1], "rb").read(), None)
sys.stdout.buffer.write(key.sign(sys.stdin.buffer.read(), ec.ECDSA(hashes.SHA256())))
"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("studio"), "Test Studio")


def signed_by(signing: Signing, folder: Path) -> str:
    orders = write_shots(Job(folder / "JOB"), "PNG")
    list(sign_orders(orders, open_signer(signing)))
    proof = check_file(picture_files(orders[0].local.output.path)[0])
    assert proof.problems == ()
    return proof.signer


@pytest.mark.parametrize("kind", ["ES384", "ES512", "ED25519"])
def test_keys_of_other_kinds_sign(tmp_path: Path, kind: str) -> None:
    made = write_studio(tmp_path / "keys", f"Studio {kind}", other_keys()[kind])
    assert signed_by(Signing(made.certificates, made.key), tmp_path) == f"Studio {kind}"


def test_an_rsa_key_signs(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = write_studio(tmp_path / "keys", "Studio R", rsa.generate_private_key(65537, 2048))
    assert signed_by(Signing(made.certificates, made.key), tmp_path) == "Studio R"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_what_stands_beside_certificates_in_their_file_does_not_matter(
    tmp_path: Path, studio: Studio, encoding: str
) -> None:
    """openssl writes the names under which a keyring keeps them."""
    named = "Bag Attributes\n    friendlyName: Jürgen\n" + studio.certificates.read_text()
    path = tmp_path / "named.pem"
    path.write_text(named, encoding=encoding)
    plain = open_signer(Signing(studio.certificates, studio.key))
    found = open_signer(Signing(path, studio.key))
    assert found.certificate_sha256 == plain.certificate_sha256


def service(tmp_path: Path, program: str) -> str:
    path = tmp_path / "service.py"
    path.write_text(program)
    return f'"{sys.executable}" "{path}"'


def test_a_service_signs_whose_key_we_never_see(tmp_path: Path, studio: Studio) -> None:
    command = f'{service(tmp_path, _SERVICE)} "{studio.key}"'
    assert signed_by(make_signing(str(studio.certificates), "", command), tmp_path) == "Test Studio"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit('the HSM is locked')", "refused to sign.*the HSM is locked"),
        ("print('signature')", "no signature of the certificate"),
        ("", "no signature of the certificate"),
    ],
)
def test_a_service_that_does_not_sign_is_named(
    tmp_path: Path, studio: Studio, program: str, said: str
) -> None:
    with pytest.raises(DubError, match=said):
        open_signer(make_signing(str(studio.certificates), "", service(tmp_path, program)))


def test_a_service_that_hangs_is_not_waited_for(
    tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signer, "_SERVICE_TIMEOUT_S", 0.3)
    asleep = service(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(DubError, match=r"did not sign within 0.3 s"):
        open_signer(make_signing(str(studio.certificates), "", asleep))


def test_a_key_that_others_can_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = write_studio(tmp_path / "open", "Test Studio")
    made.key.chmod(0o600)
    open_signer(Signing(made.certificates, made.key))
    assert caplog.text == ""
    copy = made.key.with_name("copy.key")
    copy.write_bytes(made.key.read_bytes())
    copy.chmod(0o644)
    for _ in range(2):
        open_signer(Signing(made.certificates, copy))
    assert caplog.text.count("copy.key can be read by others (mode 644)") == 1


def test_a_service_that_is_not_there_is_named(studio: Studio) -> None:
    with pytest.raises(DubError, match="no-such-program: cannot be run to sign"):
        open_signer(make_signing(str(studio.certificates), "", "no-such-program --now"))


def test_keys_that_do_not_fit_are_refused(tmp_path: Path, studio: Studio) -> None:
    other = write_studio(tmp_path / "other", "Test Studio")
    text = tmp_path / "text.pem"
    text.write_text("hello")
    locked = tmp_path / "locked.pem"
    key = serialization.load_pem_private_key(studio.key.read_bytes(), None)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    how = serialization.BestAvailableEncryption(b"secret")
    locked.write_bytes(key.private_bytes(encoding, form, how))
    for certificates, path, said in (
        (studio.certificates, other.key, "is not the key of the certificate"),
        (studio.certificates, text, "is not a private key in PEM"),
        (studio.certificates, locked, "is locked with a password"),
        (studio.certificates, tmp_path / "gone.pem", "cannot be read"),
        (text, studio.key, "holds no certificate"),
        (tmp_path / "gone.pem", studio.key, "cannot be read"),
    ):
        with pytest.raises(DubError, match=said):
            open_signer(Signing(certificates, path))


def test_a_certificate_that_c2pa_would_not_take_is_refused_before_any_render(
    tmp_path: Path,
) -> None:
    key, certificate = tmp_path / "plain.key", tmp_path / "plain.pem"
    how = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=Plain"]
    made = ["openssl", "req", "-x509", *how, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    with pytest.raises(DubError, match=r"cannot sign as C2PA wants it: .*self-signed"):
        open_signer(Signing(certificate, key))
    over = write_studio(tmp_path / "over", "Test Studio", lifetime=timedelta(seconds=-60))
    with pytest.raises(DubError, match="not valid at time of signing"):
        open_signer(Signing(over.certificates, over.key))


def test_a_certificate_that_expires_later_is_told_from_a_change(tmp_path: Path) -> None:
    orders = write_shots(Job(tmp_path / "JOB"), "PNG")
    short = write_studio(tmp_path / "short", "Test Studio", lifetime=timedelta(seconds=6))
    expired = monotonic() + 7  # C2PA counts whole seconds
    list(sign_orders(orders, open_signer(Signing(short.certificates, short.key))))
    sleep(max(0, expired - monotonic()))
    (found, *_) = verify(picture_files(orders[0].local.output.path))
    assert (found.proof.state, found.proof.problems) == (Signature.EXPIRED, ())
    assert not found.is_fine
    assert "unchanged, but the CERTIFICATE HAS EXPIRED" in describe(found, date.today())


@pytest.mark.parametrize(
    "given", [("c", "", ""), ("", "k", ""), ("c", "k", "run"), ("", "", "run")]
)
def test_a_certificate_needs_a_key_or_a_command(given: tuple[str, str, str]) -> None:
    with pytest.raises(DubError, match="needs a certificate, and either its key or the command"):
        make_signing(*given)


@pytest.mark.parametrize("name", ["x" * 64, "Böhm & Söhne, 東京"])
def test_keys_in_the_name_of_a_studio_sign(tmp_path: Path, name: str) -> None:
    keys = StudioKeys(tmp_path / "trust")
    make_keys(keys, name)
    assert open_signer(Signing(keys.certificates, keys.key)).organisation == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("A\nB", "cannot be printed"),
        ("A\x1b[2J", "cannot be printed"),
        ("x" * 65, "is 65 characters long; a certificate holds 64"),
    ],
)
def test_a_name_that_a_certificate_cannot_show_is_refused(
    tmp_path: Path, name: str, said: str
) -> None:
    with pytest.raises(DubError, match=said):
        make_keys(StudioKeys(tmp_path / "trust"), name)
    assert not any(tmp_path.iterdir())
