"""The libraries that sign and check: loaded late, because Lipflap works without them."""

import json
from collections.abc import Mapping
from typing import Any

from lipflap.core.errors import DubError

_INSTALL = 'Install it: pip install ".[trust]".'
NOT_VERIFIED = {"verify": {"verify_after_reading": False}}  # what is said, without its proof


def load_c2pa() -> Any:
    """Return the module c2pa. Raises DubError where it is not installed."""
    try:
        import c2pa
    except ImportError as problem:
        raise DubError("needs c2pa-python.", where="Signing", fix=_INSTALL) from problem
    return c2pa


def offline_context(settings: Mapping[str, Any]) -> Any:
    """Return c2pa's settings with some of ours, in which it asks no server for anything.

    Left to itself it fetches the manifest that a file says lies on a server, whoever wrote that.
    """
    c2pa = load_c2pa()
    offline = {
        **settings,
        "core": {"allowed_network_hosts": []},
        "verify": {"remote_manifest_fetch": False, **settings.get("verify", {})},
    }
    return c2pa.Context(c2pa.Settings.from_json(json.dumps(offline)))


def load_cryptography() -> None:
    """Check that cryptography can be imported. Raises DubError where it is not installed."""
    try:
        import cryptography  # noqa: F401
    except ImportError as problem:
        raise DubError("needs cryptography.", where="Signing", fix=_INSTALL) from problem
