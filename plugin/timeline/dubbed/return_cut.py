"""The dubbed cut: rendered shots in the document that the cut came in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import opentimelineio as otio

from lipflap.core.consent import describe_agreement
from lipflap.core.files.atomic import write_bytes
from lipflap.core.frametime import FrameSpan
from lipflap.core.order import DubOrder
from lipflap.core.result import DubResult
from lipflap.plugin.cut.cuesheet import Cue, CueSheet
from lipflap.plugin.cut.track_names import names_dub
from lipflap.plugin.job.path_map import Rules, map_path, pure_path, reverse
from lipflap.plugin.qc.markers import QcMarker
from lipflap.plugin.timeline.clip.media_look import note_media
from lipflap.plugin.timeline.dialect.speed import detect_dialect
from lipflap.plugin.timeline.dubbed.clip_markers import add_markers
from lipflap.plugin.timeline.dubbed.conform import (
    conform_timeline,
    refuse_cut_itself,
    write_timeline,
)
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia
from lipflap.plugin.timeline.dubbed.old_picture import note_on_old_picture
from lipflap.plugin.timeline.earlier_dub import dub_tracks
from lipflap.plugin.timeline.item_names import track_name
from lipflap.plugin.timeline.media.media_finder import MediaFinder, MediaPlaces
from lipflap.plugin.timeline.patch.dubbed_shot import (
    Address,
    Delivery,
    DubbedShot,
    DubbedSound,
    How,
    Writer,
)
from lipflap.plugin.timeline.patch.host_element import host_element
from lipflap.plugin.timeline.patch.writers import check_how, document_of, writer_of
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip
from lipflap.plugin.timeline.read import read_timeline, says_rate

DUBBED = "dubbed"


@dataclass(frozen=True, slots=True)
class RenderedShot:
    """A shot that is rendered: its cue, its order and its result.

    path        of the new picture, as the editor's machine names it before --map
    has_sound   whether the source's own sound is in it
    """

    cue: Cue
    order: DubOrder
    result: DubResult
    path: str
    has_sound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequest:
    """What comes back into a cut, and where the dubbed cut goes.

    cut           the cut's own file, which is never written to
    out           the file to write; its ending says in which format
    media_folder  folder that media paths of the cut are relative to
    how           None for the default of the format
    markers       to put on the clips
    rules         from the folders of the editor's machine to those of this one
    """

    cut: Path
    out: Path
    media_folder: Path
    how: How | None
    sheet: CueSheet
    rendered: tuple[RenderedShot, ...]
    sounds: tuple[DubbedSound, ...]
    markers: tuple[QcMarker, ...] = ()
    rules: Rules = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """A dubbed cut that is written. `notes` are (shot, sentence) pairs, as the report has them."""

    path: Path
    notes: tuple[tuple[str, str], ...]


def return_cut(request: ReturnRequest) -> Returned:
    """Write the dubbed cut. Raises DubError when that would be the cut itself, or fails."""
    refuse_cut_itself(request.out, request.cut)
    how = check_how(request.cut, request.out, request.how)
    finder = MediaFinder(request.media_folder, MediaPlaces(request.rules))
    timeline = read_ordered(request.cut, request.sheet, finder)
    timeline.name = _dubbed_name(timeline.name or request.cut.stem)
    writer = writer_of(request.cut, request.out)
    if writer:
        return _return_patched(request, how, timeline, writer)
    return _return_otio(request, how, timeline)


def read_ordered(cut: Path, sheet: CueSheet, finder: MediaFinder) -> otio.schema.Timeline:
    """Return the timeline of a cut as it was read when its shots were ordered. Raises DubError."""
    rate = None if says_rate(cut) else sheet.rate
    timeline = read_timeline(cut, rate=rate, name=sheet.timeline)
    note_media(timeline, finder)
    return timeline


def _dubbed_name(name: str) -> str:
    return name if name.endswith(f" {DUBBED}") else f"{name} {DUBBED}"


def _return_patched(
    request: ReturnRequest, how: How, timeline: otio.schema.Timeline, writer: Writer
) -> Returned:
    """Write the user's own document, changed only where the shots and sounds go."""
    sheet, placed = request.sheet, _by_address(timeline)
    delivery = Delivery(
        shots=_dubbed_shots(request.rendered, placed, reverse(request.rules)),
        sounds=request.sounds,
        how=how,
        name=timeline.name,
        rate=sheet.rate,
        zero=sheet.first_frame,
    )
    patched = writer.patch(document_of(request.cut).read_bytes(), request.cut, delivery)
    write_bytes(request.out, patched.data)
    notes = [*patched.notes]
    if how not in writer.lengthens:
        notes += _unlengthened(request, writer)
    if how == How.TRACK and writer.copies_look:
        other_way = f"--as {How.REPLACE}"
        for one in request.rendered:
            shot = one.cue.shot
            if note := note_on_old_picture(placed[shot.address], other_way):
                notes.append((shot.name, note))
    notes += [("", note) for note in _earlier_notes(request, how, timeline)]
    if request.markers:
        notes.append(("", f"A dubbed {request.cut.suffix} gets no markers; choose -o NAME.otio."))
    return Returned(request.out, tuple(notes))


def _earlier_notes(
    request: ReturnRequest, how: How, timeline: otio.schema.Timeline
) -> Iterator[str]:
    """Yield notes on what a patched document keeps of an earlier dub, and is seen or heard."""
    laid = list(dict.fromkeys(dub_tracks(timeline)))
    if laid and how != How.TRACK and request.rendered:
        yield (
            f"The new pictures of an earlier dub on {', '.join(laid)} hide what is new: switch "
            "them off there, or choose --as track."
        )
    heard = [track_name(one) for one in timeline.audio_tracks() if one.enabled]
    dubs = [one for one in heard if names_dub(one)] if request.sounds else []
    if dubs:
        yield f"Another dub is heard beside the new one, until it is muted: {', '.join(dubs)}."


def _unlengthened(request: ReturnRequest, writer: Writer) -> Iterator[tuple[str, str]]:
    """Yield notes on shots that are longer than their clips, which a patched document keeps."""
    ways = " or ".join(["-o NAME.otio", *(f"--as {how}" for how in writer.lengthens)])
    for one in request.rendered:
        if one.cue.shot.extension:
            yield (
                one.cue.shot.name,
                "Its new file is longer than its clip, which keeps its length in this "
                f"{request.out.suffix}: lengthen it, or conform with {ways}.",
            )


def _return_otio(request: ReturnRequest, how: How, timeline: otio.schema.Timeline) -> Returned:
    names = {one.cue.shot.address: one.cue.shot.name for one in request.rendered}
    back = reverse(request.rules)
    media = {
        one.cue.shot.address: _rendered_media(one, request.sheet.consent, back)
        for one in request.rendered
    }
    add_markers(timeline, request.markers)
    extensions = {
        one.cue.shot.address: one.cue.shot.extension
        for one in request.rendered
        if one.cue.shot.extension
    }
    conformed = conform_timeline(timeline, media, how, request.sounds, extensions)
    path = write_timeline(
        conformed.timeline,
        request.out,
        cut_path=request.cut,
        media_folder=request.media_folder,
        rules=request.rules,
    )
    notes = [(names[address], text) for address, text in conformed.notes.items()]
    return Returned(path, tuple(notes))


def place_rendered(
    rendered: Iterable[RenderedShot], timeline: otio.schema.Timeline, back: Rules
) -> tuple[DubbedShot, ...]:
    """Return rendered shots with their places in the timeline that they were ordered from.

    back   from the folders of this machine to those of the editor's
    """
    return _dubbed_shots(rendered, _by_address(timeline), back)


def _by_address(timeline: otio.schema.Timeline) -> dict[Address, PlacedClip]:
    return {one.address: one for one in place_clips(timeline, detect_dialect(timeline))}


def _dubbed_shots(
    rendered: Iterable[RenderedShot], placed: Mapping[Address, PlacedClip], back: Rules
) -> tuple[DubbedShot, ...]:
    return tuple(_dubbed_shot(one, placed[one.cue.shot.address], back) for one in rendered)


def _dubbed_shot(rendered: RenderedShot, placed: PlacedClip, back: Rules) -> DubbedShot:
    order, cue = rendered.order, rendered.cue
    assert cue.record_start is not None
    output, first = order.output, order.output.start_frame
    return DubbedShot(
        name=cue.shot.name,
        address=cue.shot.address,
        element=host_element(placed.clip),
        record=placed.body,
        file=pure_path(map_path(rendered.path, back)),
        frames=FrameSpan(first, first + order.frames.count, output.rate),
        media_first=order.frames.media_frame(0),
        shown_from=cue.record_start,
        is_baked=cue.shot.speed != 1 or output.rate != order.picture.rate,
        reel=output.reel,
        has_sound=rendered.has_sound,
        added=cue.shot.extension,
        filmed=pure_path(map_path(order.picture.path, back)),
    )


def _rendered_media(rendered: RenderedShot, consent: str, back: Rules) -> RenderedMedia:
    order, result, cue = rendered.order, rendered.result, rendered.cue
    assert cue.record_start is not None
    start = order.output.start_frame if cue.cut_frame is None else cue.cut_frame
    path = map_path(rendered.path, back)
    return RenderedMedia(
        path=path,
        available=FrameSpan(start, start + order.frames.count, order.output.rate),
        record_start=cue.record_start,
        first_file=order.output.start_frame if "%" in path else None,
        provenance={
            "made_by": f"lipflap {version('lipflap')}",
            "what": "AI-edited mouth",
            "unfilmed_frames": order.unfilmed,
            "source": order.picture.path,
            "source_fingerprint": order.picture.fingerprint,
            "model": order.settings.model,
            "model_sha256": order.settings.model_sha256,
            "lip_motion_sha256": order.settings.lip_motion_sha256,
            "seed": order.settings.seed,
            "order_sha256": result.order_sha256,
            "consent": consent,
            "agreements": [describe_agreement(one) for one in order.consent if one.person],
        },
    )
