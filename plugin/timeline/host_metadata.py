"""Metadata of a timeline's items, as a host program wrote it.

Asked for a key that is not there, or for what comes after the last of a list, OTIO takes forty
times as long as for what there is: items are asked for that alone.
"""

from collections.abc import Container, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import opentimelineio as otio

_Member = TypeVar("_Member")


def said_by(host: str, item: otio.core.SerializableObjectWithMetadata) -> Mapping[str, Any]:
    """Return what a host says of an item, under its key; empty where that is no mapping."""
    said = noted(item, (host,)).get(host)
    return said if isinstance(said, Mapping) else {}


def noted(item: otio.core.SerializableObjectWithMetadata, keys: Container[str]) -> dict[str, Any]:
    """Return what an item's metadata holds under those of some keys that it has."""
    metadata = item.metadata
    return {key: metadata[key] for key in islice(metadata, len(metadata)) if key in keys}


def members(listed: Sequence[_Member]) -> list[_Member]:
    """Return what a list of OTIO's holds: effects, markers, or a list in metadata."""
    return list(islice(listed, len(listed)))
