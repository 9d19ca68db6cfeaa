"""The file that a clip's media reference means, found on this machine."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import PurePath
from urllib.parse import unquote

import opentimelineio as otio

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.sequence import sequence_file
from lipflap.core.files.spelling import name_key
from lipflap.core.frametime import exact_rate
from lipflap.core.media.probe import probe, probe_sound
from lipflap.plugin.cut.cut import ClipMedia
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.timeline.bundle.read import REASON_KEY
from lipflap.plugin.timeline.clip.clip_frames import (
    available_frames,
    media_frame,
    media_rate,
    reference_of,
)
from lipflap.plugin.timeline.dialect.aaf_sound import EMBEDDED
from lipflap.plugin.timeline.host_metadata import said_by
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.media.media_finder import Holds, MediaFinder
from lipflap.plugin.timeline.media.sequence_name import (
    IMAGES,
    SequenceName,
    parse_sequence_name,
    sequence_of_file,
)
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.placement.item_length import source_start

_BY_TIMECODE = "the frames of the clip by its own timecode"
_ENDING = re.compile(
    r"\.(ari|arx|avi|braw|crm|dpx|exr|m2ts|m4v|mkv|mov|mp4|mts|mxf|r3d)$", re.IGNORECASE
)
_SUBCLIP = re.compile(r"[ .](copy|dup|exported|new|sub|subclip)[ .]?\d*$", re.IGNORECASE)
_NO_SOUND_FILE = "No path to its sound is found in the cut. Relink it, and export the cut again."
_PHOTOGRAPHS = (".heic", ".jp2", ".jpeg", ".jpg", ".psd", ".webp")
_MAX_DIGITS = 200  # of a file's name, which is no longer anywhere than 255 characters


def file_of(reference: otio.core.MediaReference | None) -> str:
    """Return the name of a reference's file, without its folder; empty when it names none."""
    if isinstance(reference, otio.schema.ExternalReference):
        return str(reference.target_url).replace("\\", "/").rsplit("/", 1)[-1]
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return _pattern(reference)
    return ""


def picture_media(
    clip: otio.schema.Clip, finder: MediaFinder
) -> tuple[ClipMedia | None, Reason | None]:
    """Return the clip's picture media, and the reason why it cannot be used, if any."""
    reference = reference_of(clip)
    media, why_not = _picture_media(clip, reference, finder)
    if why_not is not None and (other := _other_media(clip, reference, finder)):
        why_not = replace(why_not, text=f"{why_not.text} {other}")
    return media, why_not


def _other_media(
    clip: otio.schema.Clip, active: otio.core.MediaReference | None, finder: MediaFinder
) -> str:
    """Return that another media reference of a clip leads to a file, and what to do; else empty."""
    for key, reference in clip.media_references().items():
        is_file = isinstance(reference, otio.schema.ExternalReference) and key != OURS
        if is_file and reference is not active and finder.is_there(reference.target_url):
            return (
                f"Its media reference '{key}', which the cut does not show, is there: "
                f"{file_of(reference)}. Make that the active one if it is the same picture."
            )
    return ""


def _picture_media(
    clip: otio.schema.Clip, reference: otio.core.MediaReference | None, finder: MediaFinder
) -> tuple[ClipMedia | None, Reason | None]:
    if reference is None or not file_of(reference):
        return _named_media(clip, reference, finder)
    rate = media_rate(clip)
    media = ClipMedia("", available_frames(reference, rate, clip), exact_rate(rate), None)
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return _sequence(clip, reference, media, finder)
    url = reference.target_url
    name = parse_sequence_name(file_of(reference)) or parse_sequence_name(
        unquote(file_of(reference))
    )
    if name is not None and not finder.is_there(url):
        return _numbered(url, name, media, finder)
    path, missing = find_media(finder, url, holds=partial(_holds_clip, clip))
    if not missing and (name := sequence_of_file(os.path.basename(path))):
        return _file_of_sequence(clip, path, name, media, finder), None
    return replace(media, path=path), missing


def _named_media(
    clip: otio.schema.Clip, reference: otio.core.MediaReference | None, finder: MediaFinder
) -> tuple[ClipMedia | None, Reason | None]:
    """Return the media of a clip without a path, by its name, its file's or its reel's."""
    names = _names_of(clip, reference)
    told = (REASON_KEY, EMBEDDED)
    if (reference and any(key in reference.metadata for key in told)) or not names:
        return None, _no_file(reference)
    try:
        if "cmx_3600" in clip.metadata:
            path = finder.find_named(names, partial(_holds_clip, clip))
        else:
            path = _file_of_name(clip, names, finder) or finder.find_named(
                names, partial(_has_timecode_of, clip), _BY_TIMECODE
            )
    except MediaMissing as error:
        text = _media_text(error) if error.where else f"{error.problem} {error.fix}"
        return None, Reason(ReasonCode.NO_MEDIA, text)
    return ClipMedia(path, None, exact_rate(media_rate(clip)), None), None


def _file_of_name(clip: otio.schema.Clip, names: Sequence[str], finder: MediaFinder) -> str:
    """Return the one file with the very name that a clip's file has; empty where none has it.

    It need not have a timecode, as one that is called after a clip or a reel has to.
    """
    whole = [name for name in names if _ENDING.search(name)]
    keys = set(map(name_key, whole))

    def fits(path: str) -> bool:
        return name_key(os.path.basename(path)) in keys and _holds_clip(clip, path)

    try:
        return finder.find_named(whole, fits, "the frames of the clip") if whole else ""
    except MediaMissing:
        return ""


def _names_of(clip: otio.schema.Clip, reference: otio.core.MediaReference | None) -> list[str]:
    """Return the names by which the media of a clip without a path may be found."""
    notes = said_by("cmx_3600", clip)
    names = [notes.get("source_file"), notes.get("clip_name"), notes.get("reel")]
    names += [reference.name if reference is not None else "", clip.name]
    whole = [str(name) for name in names if name and PurePath(str(name)).name == str(name)]
    bare = [_ENDING.sub("", _SUBCLIP.sub("", name)) for name in whole]
    return [*whole, *(name for name in bare if name)]


def sound_file(clip: otio.schema.Clip, finder: MediaFinder) -> tuple[str, str]:
    """Return the path of a clip's sound, which may be missing, or else why there is none.

    Both are empty for what is no recorded sound. An EDL has names alone: the one file with sound
    that has one of them is taken.
    """
    reference = reference_of(clip)
    if isinstance(reference, otio.schema.ExternalReference):
        return find_media(finder, reference.target_url)[0], ""
    if reference is not None and EMBEDDED in reference.metadata:
        return "", _embedded("sound")
    names = _names_of(clip, reference) if "cmx_3600" in clip.metadata else []
    if not names:
        is_lost = reference is None or isinstance(reference, otio.schema.MissingReference)
        return "", _NO_SOUND_FILE if is_lost else ""
    try:
        return finder.find_named(names, _has_sound, "sound"), ""
    except MediaMissing as error:
        return "", " ".join(filter(None, (error.where, error.problem, error.fix)))


def _embedded(what: str) -> str:
    return (
        f"Its {what} is embedded in the AAF, where it is not read. Export the AAF with its media "
        "linked, not embedded."
    )


def _has_sound(path: str) -> bool:
    try:
        return probe_sound(path).sample_count > 0
    except DubError:
        return False


def _numbered(
    url: str, name: SequenceName, media: ClipMedia, finder: MediaFinder
) -> tuple[ClipMedia, Reason | None]:
    """Return an image sequence that is found by the pattern of its names."""
    try:
        files = finder.find_sequence(url, name)
    except MediaMissing as error:
        return replace(media, path=url), Reason(ReasonCode.MEDIA_MISSING, _media_text(error))
    except DubError as error:
        return replace(media, path=url), Reason(ReasonCode.MEDIA_NOT_ON_DISK, _media_text(error))
    first, available = files.first, media.available
    if available and available.start in files.numbers and len(available) <= files.last - first:
        first = available.start
    first = first if name.first is None else name.first
    return replace(media, path=files.path, first_file=first), None


def _file_of_sequence(
    clip: otio.schema.Clip, path: str, name: SequenceName, media: ClipMedia, finder: MediaFinder
) -> ClipMedia:
    """Return the image sequence that a single file stands for, or the file as a still.

    It stands for one when its numbers go on for as long as the cut says that the media is, or,
    where the cut does not say it, at least for as long as the clip; photographs never do so.
    """
    files = finder.sequence_beside(path, name)
    first = name.first or 0
    count = files.last - first + 1
    used = ceil(seconds(clip.trimmed_range().duration, clip) * media.rate)
    if media.available:
        is_one = count > 1 and len(media.available) in (count, len(files.numbers))
    else:
        is_one = 1 < used <= count and PurePath(path).suffix.casefold() not in _PHOTOGRAPHS
    sequence = replace(media, path=files.path, first_file=first)
    return sequence if is_one else replace(media, path=path)


def _has_timecode_of(clip: otio.schema.Clip, path: str) -> bool:
    """Return whether a movie has a timecode, and it holds the frames that a clip uses."""
    return _holds_clip(clip, path) and probe(path).first_frame > 0


def _holds_clip(clip: otio.schema.Clip, path: str) -> bool:
    """Return whether a movie's own timecode holds the frames that a clip uses."""
    try:
        info = probe(path)
    except DubError:
        return False
    rate = media_rate(clip)
    first = media_frame(source_start(clip), rate, clip)
    last = first + seconds(clip.trimmed_range().duration, clip) * exact_rate(rate)
    spare = 0
    if round(info.rate) != round(exact_rate(rate)):  # of an EDL, whose rate is not known yet
        first, last = (frame * info.rate / exact_rate(rate) for frame in (first, last))
        spare = 1
    end = info.first_frame + info.frame_count
    return info.first_frame - spare <= first and last <= end + spare


def is_image(media: ClipMedia | None) -> bool:
    """Return whether a clip's media is one image file, and no movie and no sequence."""
    if media is None or media.first_file is not None:
        return False
    return media.path.casefold().endswith(IMAGES)


def _no_file(reference: otio.core.MediaReference | None) -> Reason:
    """Return why a media reference leads to no file."""
    outside = reference.metadata.get(REASON_KEY) if reference else None
    if outside:
        text = f"Its media {outside}. Put it into the bundle, or export the cut as .otio."
        return Reason(ReasonCode.MEDIA_OUTSIDE_BUNDLE, text)
    if reference is not None and EMBEDDED in reference.metadata:
        return Reason(ReasonCode.NO_MEDIA, _embedded("picture"))
    text = (
        "No path to its media is found in the cut, and it has no name to look for. If it was "
        "filmed, relink it in your editing program, and export the cut again, preferably as .otio."
    )
    return Reason(ReasonCode.NO_MEDIA, text)


def _sequence(
    clip: otio.schema.Clip,
    reference: otio.schema.ImageSequenceReference,
    media: ClipMedia,
    finder: MediaFinder,
) -> tuple[ClipMedia | None, Reason | None]:
    step, digits = reference.frame_step, reference.frame_zero_padding
    if step != 1:
        text = (
            f"Its image sequence has a frame step of {step}; only a sequence of every frame can be "
            "dubbed. Relink the clip to one."
        )
        return None, Reason(ReasonCode.MEDIA_UNREADABLE, text)
    if not 0 <= digits <= _MAX_DIGITS:
        text = (
            f"Its image sequence numbers its files with {digits} digits, which no file has. "
            "Relink the clip."
        )
        return None, Reason(ReasonCode.MEDIA_UNREADABLE, text)
    if "/" in reference.name_suffix:
        text = (
            f"Its image sequence's names go on with {reference.name_suffix!r} behind the number, "
            "which names no file. Relink the clip."
        )
        return None, Reason(ReasonCode.MEDIA_UNREADABLE, text)
    used = 0
    if media.available:
        start = media_frame(source_start(clip), media_rate(clip), clip)
        used = max(0, min(int(start) - media.available.start, len(media.available) - 1))
    pattern = _pattern(reference)
    holes = HolePolicy(reference.missing_frame_policy.name)
    media = replace(media, first_file=reference.start_frame, holes=holes)
    first_used = sequence_file(pattern, reference.start_frame + used).name
    base = reference.target_url_base
    url = base + first_used if base.endswith(("/", "\\")) or not base else f"{base}/{first_used}"
    if finder.is_there(url):
        found, missing = find_media(finder, base, (first_used,))
        folder = found.removesuffix(PurePath(found).name)
        if PurePath(found).name == first_used:
            return replace(media, path=folder.replace("%", "%%") + pattern), missing
    name = SequenceName(reference.name_prefix, reference.name_suffix, reference.start_frame)
    return _numbered(url, name, media, finder)


def _pattern(reference: otio.schema.ImageSequenceReference) -> str:
    number = f"%0{reference.frame_zero_padding}d" if reference.frame_zero_padding else "%d"
    escaped = [text.replace("%", "%%") for text in (reference.name_prefix, reference.name_suffix)]
    return number.join(escaped)


def find_media(
    finder: MediaFinder, url: str, file_names: Sequence[str] = ("",), holds: Holds | None = None
) -> tuple[str, Reason | None]:
    """Return the path of media, which may be missing, and the reason why it cannot be used.

    file_names, holds   see MediaFinder.find
    """
    try:
        return finder.find(url, file_names=file_names, holds=holds), None
    except MediaMissing as error:
        return error.where, Reason(ReasonCode.MEDIA_MISSING, _media_text(error))
    except DubError as error:
        return url, Reason(ReasonCode.MEDIA_NOT_ON_DISK, _media_text(error))


def _media_text(error: DubError) -> str:
    return f"Its media {error.where} {error.problem} {error.fix}".strip()
