"""Certificates whose signatures are known to be of whom they name."""

import re
from collections.abc import Iterable
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.trust.sign.studio_settings import studio_signing

_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\n?"
)


def known_certificates(files: Iterable[Path]) -> tuple[str, ...]:
    """Return the certificates in files as PEM; without files, this user's own. Raises DubError."""
    given = list(files)
    if given:
        return tuple(one for file in given for one in _certificates(file))
    own = studio_signing()
    return tuple(_certificates(own.certificates)) if own else ()


def _certificates(file: Path) -> list[str]:
    try:
        found = _CERTIFICATE.findall(file.read_text(encoding="utf-8", errors="replace"))
    except OSError as problem:
        raise DubError(
            f"cannot be read: {problem.strerror}.", where=str(file), fix="Check the path."
        ) from problem
    if not found:
        raise DubError("holds no certificate in PEM.", where=str(file), fix="Give another file.")
    return found
