"""The libraries that sign and check: loaded late, because Lipflap works without them."""

from typing import Any

from lipflap.core.errors import DubError

_INSTALL = 'Install it: pip install ".[trust]".'


def load_c2pa() -> Any:
    """Return the module c2pa. Raises DubError where it is not installed."""
    try:
        import c2pa
    except ImportError as problem:
        raise DubError("needs c2pa-python.", where="Signing", fix=_INSTALL) from problem
    return c2pa


def load_cryptography() -> None:
    """Check that cryptography can be imported. Raises DubError where it is not installed."""
    try:
        import cryptography  # noqa: F401
    except ImportError as problem:
        raise DubError("needs cryptography.", where="Signing", fix=_INSTALL) from problem
