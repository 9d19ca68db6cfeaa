"""OTIO files that a newer OpenTimelineIO wrote than the one that is installed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.bundle.read import content, is_bundle

_MARKER = "Marker"
_MARKER_FIELDS = ("name", "metadata", "comment", "marked_range")


def read_newer_otio(path: Path) -> otio.core.SerializableObject:
    """Read a cut with newer markers, which change nothing that is seen or heard.

    Raises DubError when anything else in it is newer.
    """
    document = json.loads(content(path) if is_bundle(path) else path.read_bytes())
    newer = sorted({schema for schema in map(_schema, _objects(document)) if _is_newer(schema)})
    others = [schema for schema in newer if schema.partition(".")[0] != _MARKER]
    if others:
        raise DubError(
            f"was written with a newer OTIO schema ({', '.join(others)}).",
            where=str(path),
            fix=f"Export it for OpenTimelineIO {otio.__version__}, or update OpenTimelineIO.",
        )
    for found in _objects(document):
        if _is_newer(_schema(found)):
            _make_older(found)
    return otio.adapters.read_from_string(json.dumps(document), "otio_json")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object in a value, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _schema(found: dict[str, Any]) -> str:
    schema = found.get("OTIO_SCHEMA", "")
    return schema if isinstance(schema, str) else ""


def _is_newer(schema: str) -> bool:
    name, _, version = schema.partition(".")
    known = otio.core.type_version_map().get(name)
    return known is not None and version.isdecimal() and int(version) > known


def _make_older(marker: dict[str, Any]) -> None:
    """Change a marker into one that OTIO knows: its colour has only a name there."""
    colour = marker.get("color")
    name = colour.get("name") if isinstance(colour, dict) else colour
    kept = {field: marker[field] for field in _MARKER_FIELDS if field in marker}
    version = otio.core.type_version_map()[_MARKER]
    marker.clear()
    marker.update(kept, OTIO_SCHEMA=f"{_MARKER}.{version}", color=str(name or ""))
