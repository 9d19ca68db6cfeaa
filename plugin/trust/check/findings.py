"""The states of a signature, and what C2PA's codes for a wrong one mean, in words."""

from collections.abc import Iterable
from enum import StrEnum

UNKNOWN_SIGNER, EXPIRED = "signingCredential.untrusted", "signingCredential.expired"
KNOWN_SIGNER = "signingCredential.trusted"
_MEANINGS = {
    "assertion.bmffHash.mismatch": "picture or header are not those that were signed",
    "assertion.dataHash.mismatch": "the file is not the one that was signed",
    "assertion.hashedURI.mismatch": "what the manifest says was changed",
    "claimSignature.mismatch": "the signature is not of this manifest",
    "ingredient.manifest.mismatch": "what is kept of the film's manifest was changed",
    "ingredient.manifest.missing": "the film's manifest was taken out",
}


class Signature(StrEnum):
    """The state of a file's signature.

    EXPIRED   nothing was changed, but the certificate has expired since, and no time stamp tells
              whether it signed before
    """

    VALID = "valid"
    CHANGED = "changed"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"
    EXPIRED = "expired"


def meanings(codes: Iterable[str]) -> tuple[str, ...]:
    """Return what C2PA's codes say of a change; nothing for those that say none."""
    wrong = sorted(set(codes) - {UNKNOWN_SIGNER, EXPIRED})
    return tuple(dict.fromkeys(_MEANINGS.get(code, code) for code in wrong))
