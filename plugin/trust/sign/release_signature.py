"""The signature of the shipped weights: Ed25519 over the list of their hashes.

core/models/sha256.json       the hashes
core/models/sha256.json.sig   their signature
core/models/release.pem       the public key that checks it

The private key is the release manager's, and in no repository.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes
from lipflap.core.model_files import HASHES
from lipflap.plugin.trust.c2pa_library import load_cryptography

SIGNATURE, PUBLIC_KEY = f"{HASHES}.sig", "release.pem"
_SHORT = 16


class ReleaseState(StrEnum):
    """The state of the list of hashes."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Release:
    """Who signed the hashes of a folder of models.

    key_sha256   the first digits of the hash of the public key; empty when unsigned
    """

    state: ReleaseState
    key_sha256: str = ""


def check_release(folder: Path, key: Path | None = None) -> Release:
    """Return who signed the hashes in a folder.

    key   public key in PEM that is known to be the release's; None for the one that came along
    Raises DubError when the signature is not of these hashes, or missing although a key is given.
    """
    signature = folder / SIGNATURE
    place = key or folder / PUBLIC_KEY
    if not signature.is_file():
        if key is not None or place.is_file():
            raise DubError(
                "is missing: the hashes of the models are not signed.",
                where=str(signature),
                fix="Install Lipflap again, from a place that you trust.",
            )
        return Release(ReleaseState.UNSIGNED)
    public, encoded = _public_key(place)
    load_cryptography()
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(signature.read_bytes(), (folder / HASHES).read_bytes())
    except InvalidSignature as problem:
        raise DubError(
            f"is not the list that the key in {place} signed.",
            where=str(folder / HASHES),
            fix="Install Lipflap again, from a place that you trust.",
        ) from problem
    return Release(ReleaseState.SIGNED, sha256(encoded).hexdigest()[:_SHORT])


def sign_release(folder: Path, key: Path) -> Release:
    """Sign the hashes in a folder, and put the public key beside them. Raises DubError."""
    load_cryptography()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        private: Any = serialization.load_pem_private_key(key.read_bytes(), None)
        hashes = (folder / HASHES).read_bytes()
    except OSError as problem:
        raise DubError(
            f"cannot be read: {problem.strerror}.", where=str(problem.filename)
        ) from problem
    except (ValueError, TypeError) as problem:
        raise _no_key(key) from problem
    if not isinstance(private, ed25519.Ed25519PrivateKey):
        raise _no_key(key)
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    write_bytes(folder / PUBLIC_KEY, private.public_key().public_bytes(encoding, form))
    write_bytes(folder / SIGNATURE, private.sign(hashes))
    return check_release(folder)


def _public_key(place: Path) -> tuple[Any, bytes]:
    """Return a public key, and its bytes. Raises DubError for any but Ed25519."""
    load_cryptography()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        public = serialization.load_pem_public_key(place.read_bytes())
    except (OSError, ValueError) as problem:
        raise _no_key(place) from problem
    if not isinstance(public, ed25519.Ed25519PublicKey):
        raise _no_key(place)
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return public, public.public_bytes(encoding, form)


def _no_key(place: Path) -> DubError:
    return DubError(
        "is no unlocked Ed25519 key in PEM.",
        where=str(place),
        fix="Make one: openssl genpkey -algorithm ed25519 -out release.key",
    )
