"""The key and certificates with which a studio signs; they stay on the machine that made them.

    signer.key   the private key, readable by its owner alone; it is never copied or printed
    signer.pem   its certificate, and that of the root that issued it

The root's own key is thrown away once it has issued the one certificate.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes

_VALID = timedelta(days=3650)
_LONGEST_NAME = 64  # RFC 5280, upper bounds of names
INSTALL = 'Install it: pip install ".[trust]".'


@dataclass(frozen=True, slots=True)
class StudioKeys:
    """The folder of a studio's keys."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "signer.key"

    @property
    def certificates(self) -> Path:
        return self.folder / "signer.pem"


def is_there(path: Path) -> bool:
    """Return whether a file of the user's is there.

    It is not where its folder may not be looked into: a container runs as nobody, with a home that
    is another's.
    """
    try:
        return path.exists()
    except PermissionError:
        return False


def studio_keys() -> StudioKeys:
    """Return the place of this user's keys, which may be empty."""
    return StudioKeys(platformdirs.user_config_path("lipflap") / "trust")


def make_keys(keys: StudioKeys, studio: str) -> None:
    """Make a key and certificates in the name of a studio. Raises DubError.

    studio   its name, of up to 64 printable characters
    Keys that are there are never overwritten: what they signed could not be told from a forgery.
    """
    _check_name(studio)
    if is_there(keys.key) or is_there(keys.certificates):
        raise DubError(
            "holds keys already.",
            where=str(keys.folder),
            fix="Move them to a safe place first, if new ones are wanted.",
        )
    key, chain = _issue(studio)
    try:
        keys.folder.mkdir(parents=True, exist_ok=True)
        keys.folder.chmod(0o700)  # before the key is in it
    except OSError as problem:
        raise DubError(
            f"cannot be made: {problem.strerror}.", where=str(keys.folder), fix="Check its rights."
        ) from problem
    write_bytes(keys.key, key)
    os.chmod(keys.key, 0o600)
    write_bytes(keys.certificates, chain)


def _check_name(studio: str) -> None:
    """Raise DubError when a certificate cannot hold a name, or nobody could read it there."""
    if not studio.strip():
        problem = "is empty."
    elif not studio.isprintable():
        problem = "holds a character that cannot be printed."
    elif len(studio) > _LONGEST_NAME:
        problem = f"is {len(studio)} characters long; a certificate holds {_LONGEST_NAME}."
    else:
        return
    raise DubError(problem, where="--studio", fix="Give the name that the signature is to show.")


def _common_name(studio: str, role: str) -> str:
    return f"{studio[: _LONGEST_NAME - len(role) - 1]} {role}"


def _issue(studio: str) -> tuple[bytes, bytes]:
    """Return a private key, and its certificate with the root's, as PEM. Raises DubError."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    except ImportError as problem:
        raise DubError("needs cryptography.", where="lipflap trust", fix=INSTALL) from problem

    def name(role: str) -> x509.Name:
        names = (
            (NameOID.ORGANIZATION_NAME, studio),
            (NameOID.COMMON_NAME, _common_name(studio, role)),
        )
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in names])

    def certificate(role: str, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        is_root = role == "root"
        usage = [not is_root, *[False] * 4, is_root, is_root, False, False]
        return (
            x509.CertificateBuilder()
            .subject_name(name(role))
            .issuer_name(name("root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))  # clocks differ
            .not_valid_after(now + _VALID)
            .add_extension(x509.BasicConstraints(is_root, None), critical=True)
            .add_extension(x509.KeyUsage(*usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()),
                critical=False,
            )
        )

    root, signer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    issued = (
        certificate("signer", signer.public_key())
        .add_extension(purpose, critical=False)
        .sign(root, hashes.SHA256()),
        certificate("root", root.public_key()).sign(root, hashes.SHA256()),
    )
    secret = signer.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return secret, b"".join(one.public_bytes(serialization.Encoding.PEM) for one in issued)
