"""A bundle brings its media along; what it says of other files is none of its business."""

import logging
from pathlib import Path

import opentimelineio as otio

from lipflap.plugin.unbundle import leads_inside

_log = logging.getLogger(__name__)

BECAUSE = "missing_reference_because"
_OUTSIDE = "lies outside of its bundle"


def fence(timeline: otio.schema.Timeline, path: Path) -> None:
    """Media outside of a bundle is none of its business; changes `timeline`, fresh from `path`.

    A reference that leads out becomes a missing one that says so, as OTIO's own adapters do it.
    """
    for clip in timeline.find_clips():
        references = dict(clip.media_references())
        outside = {key: url for key, one in references.items() if (url := _leads_out(one))}
        for key, url in outside.items():
            _log.warning("%s: %s %s, and is left alone.", path, url, _OUTSIDE)
            references[key] = _missing(references[key], url)
        if outside:
            active = clip.active_media_reference_key
            references.setdefault(active, otio.schema.MissingReference())
            clip.set_media_references(references, active)


def _missing(reference: otio.core.MediaReference, url: str) -> otio.schema.MissingReference:
    told = {BECAUSE: f"{url} {_OUTSIDE}", "original_target_url": url}
    return otio.schema.MissingReference(reference.name, reference.available_range, told)


def _leads_out(reference: otio.core.MediaReference) -> str:
    """The URL of a file outside of the folder that relative ones count from; empty for others."""
    url = ""
    if isinstance(reference, otio.schema.ExternalReference):
        url = str(reference.target_url)
    elif isinstance(reference, otio.schema.ImageSequenceReference):
        folder, head, tail = reference.target_url_base, reference.name_prefix, reference.name_suffix
        url = f"{folder}/{head}0{tail}" if folder else f"{head}0{tail}"
    return "" if not url or leads_inside(url) else url
