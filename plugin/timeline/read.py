"""Read a timeline in any format: by a reader of our own, else by an installed adapter of OTIO."""

import io
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.cut.name_pattern import fits
from lipflap.plugin.timeline import otio_guard
from lipflap.plugin.timeline.bundle.read import content, drop_outside_media, is_bundle
from lipflap.plugin.timeline.dialect.aaf import adopt_aaf
from lipflap.plugin.timeline.dialect.aaf_sound import read_aaf
from lipflap.plugin.timeline.dialect.edl.read import read_edl
from lipflap.plugin.timeline.dialect.fcp7 import adopt_fcp7, read_fcp7
from lipflap.plugin.timeline.dialect.fcpxml.read import read_fcpxml
from lipflap.plugin.timeline.dialect.mlt.read import read_mlt
from lipflap.plugin.timeline.dialect.xges import read_xges
from lipflap.plugin.timeline.earlier_dub import mark_dub_tracks
from lipflap.plugin.timeline.foreign_projects import check_is_cut
from lipflap.plugin.timeline.item_names import describe
from lipflap.plugin.timeline.newer_otio import read_newer_otio

_log = logging.getLogger(__name__)

_EXPORT_AGAIN = "Export the cut again from your editing program."
_MAX_BYTES = 1 << 29
_NO_CUTS = {"ma", "mb", "ale"}  # Maya's adapter runs scripts that a file holds; logs are no cuts
_RATELESS = {"edl"}

_Read: TypeAlias = otio.core.SerializableObject
_READERS: Mapping[str, Callable[[Path, Fraction | None], _Read]] = {
    "edl": read_edl,
    "kdenlive": read_mlt,
    "mlt": read_mlt,
    "xges": read_xges,
    "fcpxml": read_fcpxml,
    "fcpxmld": read_fcpxml,
}


def says_rate(path: Path) -> bool:
    """Return whether files of this suffix say their frame rate."""
    return path.suffix.removeprefix(".").casefold() not in _RATELESS


def read_timeline(
    path: Path, *, rate: Fraction | None = None, name: str = ""
) -> otio.schema.Timeline:
    """Read the one timeline with clips in a file, or the one of several that is named.

    rate   frames per second of a cut whose format does not say it, as the user gives it
    name   of the timeline, in which * and ? match; empty for the only one
    Raises DubError for a file that is not there, a suffix nothing reads, anything that cannot be
    read, a file without the timeline or with several, and a rate for a format that says its own.
    """
    timeline = _chosen(_read_timelines(path, rate), name, path)
    if timeline.tracks is None:
        raise DubError("holds no tracks.", where=str(path), fix=_EXPORT_AGAIN)
    for clip in timeline.find_clips():
        if "" in (clip.active_media_reference_key, *clip.media_references()):  # OTIO refuses it
            raise DubError(
                f"holds a clip whose media reference has no key: {describe(clip)}.",
                where=str(path),
                fix=_EXPORT_AGAIN,
            )
    adopt_fcp7(timeline)
    if path.suffix.casefold() == ".aaf":
        adopt_aaf(timeline)
    if is_bundle(path):
        drop_outside_media(timeline, path)
    mark_dub_tracks(timeline)
    return timeline


class TimelineUnclear(DubError):
    """It is not clear which timeline of a file is the cut; the user has to say.

    names   of the timelines there are to choose from
    """

    def __init__(self, problem: str, path: Path, names: tuple[str, ...]) -> None:
        fix = "Name the one to dub with --timeline NAME."
        super().__init__(problem, where=str(path), fix=fix)
        self.names = names


def _read_timelines(path: Path, rate: Fraction | None) -> list[otio.schema.Timeline]:
    """Return the timelines with clips in a file, at least one."""
    suffix = path.suffix.removeprefix(".").casefold()
    if not path.exists():
        raise DubError("does not exist.", where=str(path), fix="Check the path of the cut.")
    check_is_cut(path)
    if not _is_readable(suffix):
        known = set(otio.adapters.suffixes_with_defined_adapters(read=True)) - _NO_CUTS
        known |= set(_READERS)
        raise DubError(
            f"is no timeline that can be read: no reader of '.{suffix}' files is installed.",
            where=str(path),
            fix=f"Export the cut as one of: {', '.join(sorted(known))}.",
        )
    if rate is not None and says_rate(path):
        raise DubError(
            "says its frame rate itself.", where=str(path), fix="Leave --rate out; it is for EDLs."
        )
    _check_timeline(path, suffix)
    return _with_clips(_read(path, suffix, rate), path)


def _is_readable(suffix: str) -> bool:
    """Return whether something reads files of a suffix; other adapters are not even loaded."""
    try:
        adapter = otio.adapters.from_filepath(f"cut.{suffix}")
    except otio.exceptions.NoKnownAdapterForExtensionError:
        return suffix in _READERS
    return suffix in _READERS or (suffix not in _NO_CUTS and adapter.has_feature("read"))


def _check_timeline(path: Path, suffix: str) -> None:
    """Raise DubError for a file that an adapter must not read."""
    if is_bundle(path):
        otio_guard.reject_unsafe_json(content(path), where=str(path))
    elif suffix == "fcpxmld" and path.is_dir():
        return
    elif not path.is_file():
        raise DubError("is not a file.", where=str(path), fix="Give the path of the cut's file.")
    elif path.stat().st_size > _MAX_BYTES:
        raise DubError(
            f"is larger than {_MAX_BYTES >> 20} MiB, too large for a cut.", where=str(path)
        )
    elif suffix == "otio":
        otio_guard.reject_unsafe_json(path.read_bytes(), where=str(path))


def _read(path: Path, suffix: str, rate: Fraction | None) -> _Read:
    reader = _READERS.get(suffix)
    return reader(path, rate) if reader else _read_with_adapter(path)


def _read_with_adapter(path: Path) -> _Read:
    """Read the file with its adapter; what it prints goes to the log, not to stdout."""
    printed = io.StringIO()
    try:
        with warnings.catch_warnings(), redirect_stdout(printed):
            warnings.simplefilter("ignore")
            if path.suffix.casefold() == ".xml":
                return read_fcp7(path)
            if path.suffix.casefold() == ".aaf":
                return read_aaf(path)
            return _read_otio(path)
    except DubError:
        raise
    except Exception as problem:  # adapters are other people's and raise anything
        said = (str(problem) or type(problem).__name__).rstrip(" .\n")
        raise DubError(
            f"cannot be read; the {path.suffix} adapter says: {said}.",
            where=str(path),
            fix="Open it in the program it comes from and export it again, preferably as .otio.",
        ) from problem
    finally:
        if printed.getvalue().strip():
            _log.info("%s: %s", path, printed.getvalue().strip())


def _read_otio(path: Path) -> _Read:
    try:
        return otio.adapters.read_from_file(str(path))
    except otio.exceptions.UnsupportedSchemaError:
        return read_newer_otio(path)


def _with_clips(found: _Read, path: Path) -> list[otio.schema.Timeline]:
    if isinstance(found, otio.schema.Timeline):
        return [found]
    if not isinstance(found, otio.schema.SerializableCollection):
        kind = getattr(found, "schema_name", lambda: type(found).__name__)()
        raise DubError(
            f"holds no timeline, but a {kind}.", where=str(path), fix="Export the whole timeline."
        )
    timelines = list(found.find_children(descended_from_type=otio.schema.Timeline))
    with_clips = [timeline for timeline in timelines if any(timeline.find_clips())]
    if not with_clips:
        raise DubError(
            "holds no timeline with clips in it.", where=str(path), fix="Export the cut itself."
        )
    if len(with_clips) == 1 < len(timelines):
        name = with_clips[0].name
        _log.warning("%s: read its only timeline that holds clips, '%s'.", path, name)
    return with_clips


def _chosen(
    timelines: Sequence[otio.schema.Timeline], name: str, path: Path
) -> otio.schema.Timeline:
    """Return the timeline of this name, in which * and ? match; the only one without a name."""
    fitting = [one for one in timelines if not name or name in (one.name, "*")]
    fitting = fitting or [one for one in timelines if fits(one.name, name)]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"'{one.name}'" for one in fitting or timelines)
    if fitting:
        several = f"holds several timelines: {names}."
        raise TimelineUnclear(several, path, tuple(one.name for one in fitting))
    raise DubError(
        f"holds no timeline that is called {name}; it holds {names}.",
        where=str(path),
        fix="Name another one with --timeline NAME, or leave that out.",
    )
