"""Read a timeline in any format that an installed adapter knows."""

import io
import logging
import warnings
from contextlib import redirect_stdout
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.timeline import otio_guard
from lipflap.plugin.timeline.bundle.read import content, drop_outside_media, is_bundle
from lipflap.plugin.timeline.dialect.edl import detect_edl_rate, normalise_edl_start
from lipflap.plugin.timeline.item_names import describe
from lipflap.plugin.timeline.otio_time import otio_rate

_log = logging.getLogger(__name__)

_EXPORT_AGAIN = "Export the cut again from your editing program."
_MAX_BYTES = 1 << 29
_MAYA_SUFFIXES = {"ma", "mb"}  # the adapter runs scripts that such a file holds


def read_timeline(path: Path) -> otio.schema.Timeline:
    """Read the one timeline with clips in a file.

    Raises DubError for a file that is not there, a suffix no adapter reads, anything an adapter
    cannot read, and a file with no timeline or with several.
    """
    suffix = path.suffix.removeprefix(".").casefold()
    if not path.exists():
        raise DubError("does not exist.", where=str(path), fix="Check the path of the cut.")
    known = set(otio.adapters.suffixes_with_defined_adapters(read=True)) - _MAYA_SUFFIXES
    if suffix not in known:
        raise DubError(
            f"is no timeline that can be read: no adapter for '.{suffix}' files is installed.",
            where=str(path),
            fix=f"Export the cut as one of: {', '.join(sorted(known))}.",
        )
    _check_timeline(path, suffix)
    timeline = _only_timeline(_read_with_adapter(path, suffix), path)
    if timeline.tracks is None:
        raise DubError("holds no tracks.", where=str(path), fix=_EXPORT_AGAIN)
    for clip in timeline.find_clips():
        if "" in (clip.active_media_reference_key, *clip.media_references()):  # OTIO refuses it
            raise DubError(
                f"holds a clip whose media reference has no key: {describe(clip)}.",
                where=str(path),
                fix=_EXPORT_AGAIN,
            )
    if is_bundle(path):
        drop_outside_media(timeline, path)
    if suffix == "edl":
        normalise_edl_start(timeline)
    return timeline


def _check_timeline(path: Path, suffix: str) -> None:
    """Raise DubError for a file that an adapter must not read."""
    if is_bundle(path):
        otio_guard.reject_unsafe_json(content(path), where=str(path))
    elif not path.is_file():
        raise DubError("is not a file.", where=str(path), fix="Give the path of the cut's file.")
    elif path.stat().st_size > _MAX_BYTES:
        raise DubError(
            f"is larger than {_MAX_BYTES >> 20} MiB, too large for a cut.", where=str(path)
        )
    elif suffix == "otio":
        otio_guard.reject_unsafe_json(path.read_bytes(), where=str(path))


def _read_with_adapter(path: Path, suffix: str) -> otio.core.SerializableObject:
    """Read the file with its adapter; what it prints goes to the log, not to stdout."""
    printed = io.StringIO()
    try:
        with warnings.catch_warnings(), redirect_stdout(printed):
            warnings.simplefilter("ignore")
            return otio.adapters.read_from_file(str(path), **_adapter_options(path, suffix))
    except otio.exceptions.UnsupportedSchemaError as problem:
        raise DubError(
            f"is written in a version of the OTIO schema that cannot be read here: {problem}.",
            where=str(path),
            fix=f"Export it for OpenTimelineIO {otio.__version__}, or update OpenTimelineIO.",
        ) from problem
    except Exception as problem:  # adapters are other people's and raise anything
        raise DubError(
            f"cannot be read; the .{suffix} adapter says: {str(problem) or type(problem).__name__}",
            where=str(path),
            fix="Open it in the program it comes from and export it again, preferably as .otio.",
        ) from problem
    finally:
        if printed.getvalue().strip():
            _log.info("%s: %s", path, printed.getvalue().strip())


def _adapter_options(path: Path, suffix: str) -> dict[str, float]:
    if suffix != "edl":
        return {}
    rate = detect_edl_rate(path.read_text(encoding="utf-8", errors="replace"))
    _log.warning("%s: an EDL holds no frame rate; read at %s.", path, _describe_rate(rate))
    return {"rate": otio_rate(rate)} if rate else {}


def _describe_rate(rate: Fraction | None) -> str:
    return f"{float(rate):.5g} fps, as its timecodes need" if rate else "24 fps"


def _only_timeline(found: otio.core.SerializableObject, path: Path) -> otio.schema.Timeline:
    if isinstance(found, otio.schema.Timeline):
        return found
    if not isinstance(found, otio.schema.SerializableCollection):
        kind = getattr(found, "schema_name", lambda: type(found).__name__)()
        raise DubError(
            f"holds no timeline, but a {kind}.", where=str(path), fix="Export the whole timeline."
        )
    timelines = list(found.find_children(descended_from_type=otio.schema.Timeline))
    with_clips = [timeline for timeline in timelines if any(timeline.find_clips())]
    if len(with_clips) == 1:
        if len(timelines) > 1:
            name = with_clips[0].name
            _log.warning("%s: read its only timeline that holds clips, '%s'.", path, name)
        return with_clips[0]
    if not with_clips:
        raise DubError(
            "holds no timeline with clips in it.", where=str(path), fix="Export the cut itself."
        )
    names = ", ".join(f"'{timeline.name}'" for timeline in with_clips)
    raise DubError(
        f"holds several timelines: {names}.",
        where=str(path),
        fix="Export only the timeline to dub.",
    )
