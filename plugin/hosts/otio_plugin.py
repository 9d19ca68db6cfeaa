"""Media linker for OpenTimelineIO: links a cut to its dubbed pictures.

    otio.adapters.read_from_file(
        "reel.otio", media_linker_name="lipflap", media_linker_argument_map={"job": "reel.lipflap"}
    )

reads the cut with the pictures that `lipflap conform` wrote, into an .otio, beside the clips' own.
Shots on the DUB track are in that .otio alone.
OpenTimelineIO finds this file by itself wherever Lipflap is installed.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.report import read_report
from lipflap.plugin.timeline.item_names import OURS


def link_media_reference(
    in_clip: otio.schema.Clip, media_linker_argument_map: Mapping[str, str]
) -> otio.core.MediaReference | None:
    """Return the dubbed picture of a clip; None for a clip without one, which stays as it is.

    media_linker_argument_map   "job": the JOB folder, in which the cut was conformed
    Raises DubError when that is missing, or holds no dubbed cut.
    """
    dubbed = _clip_at(_dubbed_cut(_job(media_linker_argument_map)), _address(in_clip))
    new = dubbed.media_references().get(OURS) if dubbed is not None else None
    if dubbed is not None and new is not None and dubbed.name == in_clip.name:
        in_clip.source_range = dubbed.source_range
        return new.clone()
    return None


def _job(arguments: Mapping[str, str]) -> Job:
    folder = arguments.get("job")
    if not folder:
        raise DubError(
            "needs the JOB folder.",
            where="media linker lipflap",
            fix='Pass media_linker_argument_map={"job": FOLDER}.',
        )
    return Job(Path(folder))


def _dubbed_cut(job: Job) -> otio.schema.Timeline:
    path = Path(read_report(job.report).conformed) if job.report.is_file() else Path()
    if path.suffix != ".otio" or not path.is_file():
        raise DubError(
            "has no dubbed cut in OpenTimelineIO's format.",
            where=str(job.folder),
            fix="Run `lipflap conform CUT JOB -o NAME.otio` first.",
        )
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int) -> otio.schema.Timeline:
    """Read the dubbed cut; once for all clips, for as long as the file does not change."""
    unlinked = otio.media_linker.MediaLinkingPolicy.DoNotLinkMedia
    return otio.adapters.read_from_file(str(path), media_linker_name=unlinked)


def _address(item: otio.core.Composable) -> tuple[int, ...]:
    """Return child indices from the root stack down to an item."""
    parent = item.parent()
    if parent is None:
        return ()
    siblings = list(parent)
    return (*_address(parent), next(n for n, one in enumerate(siblings) if one is item))


def _clip_at(timeline: otio.schema.Timeline, address: tuple[int, ...]) -> otio.schema.Clip | None:
    item: otio.core.SerializableObject = timeline.tracks
    for index in address:
        if not isinstance(item, otio.core.Composition) or index >= len(item):
            return None
        item = item[index]
    return item if isinstance(item, otio.schema.Clip) else None
