"""Manifests of C2PA: what they say of a new picture, and where a file has its own.

SH010.mov          holds its manifest, as .mp4, PNG and TIFF do
SH010.mkv          cannot hold one:
SH010.mkv.c2pa     its manifest beside it, with a hash of the whole file, as of MXF, DPX and EXR
"""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

_TYPES_WITH_ROOM = {
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
_TYPES_OF_OTHERS = {  # that Lipflap does not write, but reads the manifests of
    ".avi": "video/avi",
    ".avif": "image/avif",
    ".dng": "image/x-adobe-dng",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".jxl": "image/jxl",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
    ".webp": "image/webp",
}
_ANY = "application/octet-stream"
_IN_SIDECARS = (".mkv", ".mxf", ".dpx", ".exr")
_OTHER_MEDIA = (  # that may have a manifest beside them
    *(".ari", ".bmp", ".braw", ".cin", ".jp2", ".m2ts", ".mts", ".psd", ".r3d", ".tga"),
    *(".aif", ".aiff", ".ts", ".webm", ".wmv"),
)
PICTURES = (*_TYPES_WITH_ROOM, *_IN_SIDECARS)
FACTS = "lipflap.dub"  # our own assertion in a manifest
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
SOURCE = "source"  # the film, among the ingredients of a manifest
MANIFEST_ELSEWHERE = "manifest.inaccessible"  # as C2PA says it of a film's manifest
MANIFEST_UNREADABLE = "general.error"
_END_BYTES = 1 << 20  # of both ends of a file, where manifests are


def holds_manifest(path: Path) -> bool:
    """Return whether a new picture holds its manifest; else it lies beside it."""
    return path.suffix.casefold() in _TYPES_WITH_ROOM


def media_type(path: Path) -> str:
    """Return the media type by which C2PA finds a file's manifest."""
    known = _TYPES_WITH_ROOM | _TYPES_OF_OTHERS
    return known.get(path.suffix.casefold(), _ANY)


def may_be_signed(path: Path) -> bool:
    """Return whether files of this ending may have a manifest."""
    return path.suffix.casefold() in (*PICTURES, *_TYPES_OF_OTHERS, *_OTHER_MEDIA)


def definition(title: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with facts of a dub, as c2pa-python wants it, without its parent.

    facts   as plugin.trust.facts makes them
    """
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [SOURCE]}}
    edits = [edit for edit in (_new_mouth(facts), _burnt_in(facts)) if edit]
    return {
        "claim_generator_info": [{"name": "Lipflap", "version": version("lipflap")}],
        "title": title,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [opened, *edits]}},
            {"label": FACTS, "data": dict(facts)},
        ],
    }


def _new_mouth(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the action that says which frames have a new mouth; empty for a still as filmed."""
    still = facts.get("still")
    if still and not still["edited"]:
        return {}
    number = still["number"] - still["first"] if still else 0
    ranges = [[number, number]] if still else facts["edited_frames"]
    region = [{"type": "frame", "frame": {"start": a, "end": b}} for a, b in ranges]
    change = {"name": facts["region"], "description": facts["what"], "region": region}
    return {
        "action": "c2pa.edited",
        "digitalSourceType": COMPOSITE,
        "description": facts["what"],
        "softwareAgent": {"name": "Lipflap", "version": version("lipflap")},
        **({"changes": [change]} if region else {}),
    }


def _burnt_in(facts: Mapping[str, Any]) -> dict[str, Any]:
    line = facts["burnt_in"]
    return {"action": "c2pa.edited", "description": f"Burnt in: {line}"} if line else {}


def parent(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filmed picture as the parent, without a manifest of its own."""
    known = facts["source_sha256"]
    named = f"sha256 {known}" if known else "not at hand when this was signed"
    return {
        "title": facts["source"],
        "format": media_type(Path(facts["source"])),
        "instance_id": SOURCE,
        "label": SOURCE,
        "relationship": "parentOf",
        "description": f"{named}; fingerprint {facts['source_fingerprint']}",
    }


def mentions_manifest(path: Path) -> bool:
    """Return whether a file that cannot be read seems to hold a manifest."""
    with path.open("rb") as file:
        start = file.read(_END_BYTES)
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        return b"c2pa.assertions" in start or b"c2pa.assertions" in file.read()
