"""Lay the rendered shots into a copy of the cut. The cut itself stays as it is.

    alternate   the clip gets a second picture, `lipflap`, and switches to it; its source range,
                markers and effects stay, for the new file numbers its frames like the old one
    track       a picture track DUB above the dubbed ones holds the new shots: dub_track.py

A retimed shot is rendered one picture a record frame, so its clip's effect and source range are
wrong for the new file. Both pictures have to play right, so it goes to the DUB track either way,
and a note says so.
"""

import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.plugin.job.path_map import Rules, map_path, pure_path, reverse
from lipflap.plugin.timeline.bundle.write import write_bundle
from lipflap.plugin.timeline.clip.clip_frames import media_frame, reference_of
from lipflap.plugin.timeline.clip.media_look import forget_media
from lipflap.plugin.timeline.dialect.speed import clip_speed, detect_dialect
from lipflap.plugin.timeline.dubbed.dub_sound import add_dub_sound
from lipflap.plugin.timeline.dubbed.dub_track import add_dub_tracks, cut_rate, drop_dub_tracks
from lipflap.plugin.timeline.dubbed.lengthen import drop_empty_gaps, lengthen_clips
from lipflap.plugin.timeline.dubbed.new_media import (
    RenderedMedia,
    frame_at,
    new_reference,
    written_rate,
)
from lipflap.plugin.timeline.dubbed.old_picture import note_on_old_picture
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.media.media_url import is_relative, local_path
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.patch.dubbed_shot import Address, DubbedSound, How
from lipflap.plugin.timeline.placement.item_length import source_start
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip

_log = logging.getLogger(__name__)

_ON_TRACK = "It is on the DUB track, not a second picture in its clip: {}."

ALTERNATE, TRACK = How.ALTERNATE, How.TRACK


@dataclass(frozen=True, slots=True)
class Conformed:
    """A timeline with rendered shots in it.

    notes   sentences on what could not be done as asked, by the address of the clip
    """

    timeline: otio.schema.Timeline
    notes: Mapping[Address, str]


def conform_timeline(
    timeline: otio.schema.Timeline,
    rendered: Mapping[Address, RenderedMedia],
    how: str,
    sounds: Sequence[DubbedSound] = (),
    extensions: Mapping[Address, Fraction] = MappingProxyType({}),
) -> Conformed:
    """Return a copy of the timeline with the rendered shots in it, by their clips' addresses.

    how      ALTERNATE or TRACK; see above
    sounds   of the dub, to be laid on sound tracks, as dubbed_sounds gives them
    extensions  seconds that clips become longer
    Raises DubError when an address leads to no clip of this timeline.
    """
    if how not in (ALTERNATE, TRACK):
        raise ValueError(f"how is {how!r}, not {ALTERNATE!r} or {TRACK!r}")
    new = deepcopy(timeline)
    dialect = detect_dialect(new)
    pictures = {one.address: one for one in place_clips(new, dialect) if not one.is_sound}
    if unknown := sorted(set(rendered) - set(pictures)):
        raise DubError(
            f"lacks the clip of {Path(rendered[unknown[0]].path).name}, which was rendered for it.",
            where=timeline.name,
            fix="Conform the cut that the job was made from.",
        )
    cramped = lengthen_clips(pictures, extensions)
    if extensions:
        pictures = {one.address: one for one in place_clips(new, dialect) if not one.is_sound}
    found = {address: _misfit(pictures[address], shot) for address, shot in rendered.items()}
    misfits = {address: _ON_TRACK.format(why) for address, why in found.items() if why}
    for address, shot in rendered.items():
        if how == ALTERNATE and address not in misfits:
            _add_alternate(pictures[address].clip, shot)
    on_track = {a: shot for a, shot in rendered.items() if how == TRACK or a in misfits}
    seen = {
        address: note_on_old_picture(
            pictures[address], "" if address in misfits else f"--as {ALTERNATE}"
        )
        for address in on_track
    }
    if on_track:
        add_dub_tracks(new, on_track)
    elif rendered:
        drop_dub_tracks(new)  # it would hide the second pictures
    if extensions:
        drop_empty_gaps(new)
    if sounds:
        lead = seconds(source_start(new.tracks), new.tracks)
        add_dub_sound(new, sounds, cut_rate(new, pictures.values()), lead)
    said = [misfits if how == ALTERNATE else {}, cramped, seen]
    notes = {a: " ".join(text for one in said if (text := one.get(a))) for a in rendered}
    return Conformed(new, {address: text for address, text in notes.items() if text})


def _misfit(placed: PlacedClip, rendered: RenderedMedia) -> str:
    """Return why a clip cannot hold the new file as a second picture; empty when it can.

    It can when its source range, as it is, picks the right frames of the new file.
    """
    speed, uneven = clip_speed(placed.clip)
    is_retimed = speed != 1 or placed.nest_speed != 1 or placed.retimed_by is not None
    if is_retimed or uneven:
        return "it is retimed, and its new picture plays at normal speed"
    span, start = rendered.available, source_start(placed.clip)
    first = media_frame(start, written_rate(span.rate, start.rate), placed.clip)
    last = first + placed.body.seconds * span.rate
    if span.start > int(first) or last > span.end:
        return "the new file does not hold all frames that the clip names"
    if int(first) != int(frame_at(rendered, placed.body.start)):
        return "the clip numbers its frames in another way than the new file"
    return ""


def _add_alternate(clip: otio.schema.Clip, rendered: RenderedMedia) -> None:
    if clip.source_range is None:  # the new file has handles: the clip must say what it uses
        clip.source_range = clip.trimmed_range()
    original = reference_of(clip)
    references = dict(clip.media_references())
    references[OURS] = new_reference(rendered, original, clip.source_range.duration.rate)
    clip.set_media_references(references, OURS)
    clip.metadata[OURS] = dict(rendered.provenance)


def write_timeline(
    timeline: otio.schema.Timeline,
    path: Path,
    *,
    cut_path: Path,
    media_folder: Path,
    rules: Rules = (),
) -> Path:
    """Write a conformed timeline; return its path, which ends in .otio or .otioz.

    cut_path      the file the cut was read from, which is never written to
    media_folder  folder that media paths are relative to; URLs of existing media become absolute,
                  so that the copy finds it from its own folder
    rules         from the folders of the editor's machine to those of this one
    Raises DubError when the file would replace the cut, or cannot be written.
    """
    if path.suffix.casefold() not in (".otio", ".otioz"):
        _log.warning("%s: the dubbed cut is written as .otio instead.", path.name)
        path = path.with_suffix(".otio")
    refuse_cut_itself(path, cut_path)
    written = deepcopy(timeline)
    forget_media(written)
    if path.parent.absolute() != media_folder.absolute():
        _absolutise_urls(written, media_folder, reverse(rules))
    if path.suffix.casefold() == ".otioz":
        write_bundle(written, path, media_folder=media_folder)
    else:
        write_text(path, otio.adapters.write_to_string(written, "otio_json"))
    return path


def refuse_cut_itself(path: Path, cut_path: Path) -> None:
    """Raise DubError when a dubbed cut would be written over the cut itself, or into its folder."""
    is_itself = path.exists() and cut_path.exists() and path.samefile(cut_path)
    is_inside = cut_path.is_dir() and path.resolve().is_relative_to(cut_path.resolve())
    if is_inside and not is_itself:
        raise DubError(
            "lies in the cut itself, where nothing is written.",
            where=str(path),
            fix="Choose a file outside of it with -o.",
        )
    if is_itself:
        raise DubError(
            "is the cut itself, which is never overwritten.",
            where=str(path),
            fix="Choose another file with -o.",
        )


def _absolutise_urls(timeline: otio.schema.Timeline, folder: Path, back: Rules) -> None:
    """Make relative media URLs that lead to a file absolute; changes `timeline`."""
    for clip in timeline.find_clips():
        for reference in clip.media_references().values():
            if isinstance(reference, otio.schema.ExternalReference):
                reference.target_url = _absolute_url(reference.target_url, folder, back, "")
            elif isinstance(reference, otio.schema.ImageSequenceReference):
                reference.target_url_base = _absolute_url(
                    reference.target_url_base, folder, back, "/"
                )


def _absolute_url(url: str, folder: Path, back: Rules, end: str) -> str:
    place = local_path(url, folder) if is_relative(url) else None
    return pure_path(map_path(str(place), back)).as_uri() + end if place else url
