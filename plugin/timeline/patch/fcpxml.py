"""FCPXML of Final Cut Pro with dubbed shots in it.

    track   each new picture is connected directly above its clip, <asset-clip lane="1"
            srcEnable="video">; what is connected there already goes a lane up

A clip of a storyline that is itself connected cannot have anything connected to it: the new picture
then lies beside it, a lane higher. Where a clip is mixed with its neighbour, the new picture ends
before the mix: nothing connected takes part in a transition.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lipflap.plugin.timeline.dialect.fcpxml.timing import time_of
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, How, Patched, Writer
from lipflap.plugin.timeline.patch.fcpxml_document import Fcpx, Host, fcpx_time, lanes_of, read_fcpx
from lipflap.plugin.timeline.patch.fcpxml_sound import connect_sounds
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element, attribute_text

_LOOKS = {
    "adjust-colorConform",
    "adjust-crop",
    "adjust-corners",
    "adjust-conform",
    "adjust-transform",
    "adjust-blend",
    "adjust-stabilization",
    "adjust-rollingShutter",
    "adjust-360-transform",
    "adjust-reorient",
    "adjust-orientation",
    "adjust-cinematic",
    "filter-video",
    "filter-video-mask",
}
_MIXED = (
    "Where it is mixed with its neighbour its mouth stays as filmed: a connected clip takes no "
    "part in a transition."
)
_NOT_FOUND = "Its clip is not found in the FCPXML, so it stays as filmed."
_INSIDE = (
    "It lies inside a multicam or synchronized clip with other pictures, where nothing can be "
    "connected, so it stays as filmed. Break the clip apart."
)
_TWICE = "Its compound clip is used twice; it is dubbed as it is used first."


@dataclass(frozen=True, slots=True)
class _Connected:
    """A new picture and where it is connected.

    parent      what it is connected to, and in which it stands
    after       the child of the parent that it follows; None for the first place for such clips
    offset      in the parent's time
    cut_head    seconds of the shot, at its start and its end, that a transition takes
    cut_tail
    """

    shot: DubbedShot
    host: Host
    parent: Element
    after: Element | None
    offset: Fraction
    cut_head: Fraction
    cut_tail: Fraction


def patch_fcpxml(data: bytes, path: Path, delivery: Delivery) -> Patched:
    """Return the document with the shots in it. Raises DubError when it is no such document."""
    fcpx = read_fcpx(data, path)
    edits = Edits(fcpx.document)
    notes: list[tuple[str, str]] = []
    connected = list(_connect(fcpx, delivery, notes))
    project = fcpx.project_of(delivery.name, [one.host.element for one in connected])
    edits.set_attribute(project, "name", delivery.name)
    edits.drop_attribute(project, "uid")
    lanes = _raise_lanes(fcpx, connected, edits)
    assets = []
    for number, one in enumerate(connected, 1):
        identity = fcpx.new_id(f"lipflap{number}")
        assets.append(_asset(fcpx, one, identity))
        markup = _clip(fcpx, one, identity, lanes[one.host.element.start])
        if one.after is None:
            fcpx.connect(one.parent, markup)
        else:
            edits.insert_after(one.after, markup)
    assets += connect_sounds(fcpx, project, delivery)
    fcpx.insert(edits, assets)
    return Patched(edits.applied(), tuple(notes))


FCPXML = Writer(patch_fcpxml, (How.TRACK,))


def _connect(fcpx: Fcpx, delivery: Delivery, notes: list[tuple[str, str]]) -> Iterator[_Connected]:
    """Yield where each new picture goes; note what cannot be, or not as a whole."""
    taken: set[int] = set()
    for shot in delivery.shots:
        element = fcpx.document.at(shot.element)
        if element is None:
            notes.append((shot.name, _NOT_FOUND))
        elif element.start in taken:
            notes.append((shot.name, _TWICE))
        elif (place := _place(fcpx, shot, fcpx.host(element))) is None:
            notes.append((shot.name, _INSIDE))
        else:
            taken.add(element.start)
            if place.cut_head or place.cut_tail:
                notes.append((shot.name, _MIXED))
            yield place


def _place(fcpx: Fcpx, shot: DubbedShot, host: Host) -> _Connected | None:
    """Return where a new picture is connected; None where its clip can have nothing there."""
    item, holder = host.item, host.item.parent
    if holder is None:
        return None
    if "lane" in item.attributes:
        offset = time_of(item, "offset")
        return _Connected(shot, host, holder, item, offset, Fraction(0), Fraction(0))
    if holder.tag != "spine":
        return None
    head, tail = host.mixes(shot.record.seconds)
    if "lane" in holder.attributes and holder.parent is not None:
        scale = fcpx.host(holder.parent).scale
        offset = time_of(holder, "offset") + (time_of(item, "offset") + head) * scale
        return _Connected(shot, host, holder.parent, holder, offset, head, tail)
    return _Connected(shot, host, host.element, None, host.start + head * host.scale, head, tail)


def _raise_lanes(fcpx: Fcpx, connected: list[_Connected], edits: Edits) -> dict[int, int]:
    """Make a lane free directly above each lane with a dubbed clip, in their whole sequences.

    Returns the lane of each new picture, by the start of its host.
    """
    dubbed: dict[int, set[int]] = {}
    sequences: dict[int, Element] = {}
    for one in connected:
        sequence = one.host.element.enclosing("sequence") or fcpx.document.root
        sequences[sequence.start] = sequence
        dubbed.setdefault(sequence.start, set()).add(one.host.lane)

    def raised(sequence: Element, lane: int) -> int:
        return lane + sum(below < lane for below in dubbed[sequence.start] if below >= 0)

    for sequence in sequences.values():
        for element, lane in lanes_of(sequence):
            if lane > 0 and raised(sequence, lane) != lane:
                edits.set_attribute(element, "lane", str(raised(sequence, lane)))
    return {
        one.host.element.start: raised(sequence, one.host.lane) + 1
        for one in connected
        for sequence in (one.host.element.enclosing("sequence") or fcpx.document.root,)
    }


def _asset(fcpx: Fcpx, one: _Connected, identity: str) -> str:
    """Return the <asset> of a new picture."""
    shot, frames = one.shot, one.shot.frames
    path = shot.file.with_name(shot.file.name % frames.start) if shot.is_sequence else shot.file
    source = attribute_text(path.as_uri())
    form = fcpx.format_of(one.host, shot.is_baked)
    of_format = f' format="{attribute_text(form)}"' if form else ""
    start = fcpx_time(frames.start / frames.rate)
    length = fcpx_time(len(frames) / frames.rate)
    head = (
        f'<asset id="{identity}" name="{attribute_text(path.stem)}" start="{start}" '
        f'duration="{length}" hasVideo="1"{of_format}'
    )
    if fcpx.version < (1, 9):
        return f'{head} src="{source}"/>'
    inside = f'<media-rep kind="original-media" src="{source}"/>'
    return f'{head} videoSources="1">{inside}</asset>'


def _clip(fcpx: Fcpx, one: _Connected, identity: str, lane: int) -> str:
    """Return the <asset-clip> of a new picture, in the looks of its host."""
    shot, host = one.shot, one.host
    element = host.element
    origin = shot.frames.start / shot.frames.rate
    play = Fraction(1) if shot.is_baked else host.play
    shown = shot.first_shown / shot.frames.rate + one.cut_head * (
        1 if shot.is_baked else host.scale * host.play
    )
    start = origin + (shown - origin) / play
    length = shot.record.seconds - one.cut_head - one.cut_tail
    kept = "".join(
        f' {name}="{attribute_text(element.attributes[name])}"'
        for name in ("format", "tcFormat")
        if name in element.attributes and element.tag == "asset-clip" and not shot.is_baked
    )
    looks = [child for child in element.children if child.tag in _LOOKS]
    if not shot.is_baked:
        looks = [*element.find_all("conform-rate"), *looks]
    title = attribute_text(f"{element.attributes.get('name') or shot.name} lipflap")
    return (
        f'<asset-clip ref="{identity}" lane="{lane}" offset="{fcpx_time(one.offset)}" '
        f'name="{title}" start="{fcpx_time(start)}" duration="{fcpx_time(length)}"{kept} '
        f'srcEnable="video">{"".join(map(fcpx.document.source, looks))}</asset-clip>'
    )
