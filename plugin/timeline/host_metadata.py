"""Metadata of a timeline's items, as a host program wrote it."""

from collections.abc import Mapping
from typing import Any

import opentimelineio as otio


def said_by(host: str, item: otio.core.SerializableObjectWithMetadata) -> Mapping[str, Any]:
    """Return what a host says of an item, under its key; empty where that is no mapping."""
    said = item.metadata.get(host)
    return said if isinstance(said, Mapping) else {}
