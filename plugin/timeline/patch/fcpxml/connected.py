"""New pictures connected above their clips.

A clip of a storyline that is itself connected cannot have anything connected to it: the new picture
then lies beside it, a lane higher. What is connected to a clip that is dubbed goes a lane up. Where
a clip is mixed with its neighbour, a connected storyline repeats the mix (storyline.py); else the
new picture ends before it, for no connected clip takes part in a transition.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lipflap.plugin.timeline.dialect.fcpxml.timing import time_of
from lipflap.plugin.timeline.item_names import DUB_NAME, dub_name
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot
from lipflap.plugin.timeline.patch.fcpxml.document import Fcpx, Host, fcpx_time, lanes_of
from lipflap.plugin.timeline.patch.fcpxml.media import LOOKS, picture_asset, shown_start
from lipflap.plugin.timeline.patch.fcpxml.storyline import rows_of, storyline
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element, attribute_text

_MIXED = (
    "Where it is mixed with its neighbour its mouth stays as filmed: a connected clip takes no "
    "part in a transition."
)
_INSIDE = (
    "It lies inside a multicam or synchronized clip with other pictures, where nothing can be "
    "connected, so it stays as filmed. Break the clip apart."
)


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


def connect_pictures(
    fcpx: Fcpx,
    hosted: Sequence[tuple[DubbedShot, Host]],
    edits: Edits,
    notes: list[tuple[str, str]],
) -> list[str]:
    """Connect the new pictures to the document; return their assets, note what cannot be."""
    connected = []
    for shot, host in hosted:
        place = _place(fcpx, shot, host)
        if place is None:
            notes.append((shot.name, _INSIDE))
            continue
        connected.append(place)
    lanes = _raise_lanes(fcpx, connected, edits)
    identities = {
        one.host.element.start: fcpx.new_id(f"lipflap{number}")
        for number, one in enumerate(connected, 1)
    }
    laid = _connect_storylines(fcpx, connected, identities, lanes)
    for one in connected:
        start = one.host.element.start
        if start in laid:
            continue
        if one.cut_head or one.cut_tail:
            notes.append((one.shot.name, _MIXED))
        place_text = f' lane="{lanes[start]}" offset="{fcpx_time(one.offset)}"'
        markup = _clip(fcpx, one, identities[start], place_text)
        if one.after is None:
            fcpx.connect(one.parent, markup)
        else:
            edits.insert_after(one.after, markup)
    return [
        picture_asset(fcpx, one.host, one.shot, identities[one.host.element.start])
        for one in connected
    ]


def _connect_storylines(
    fcpx: Fcpx, connected: list[_Connected], identities: dict[int, str], lanes: dict[int, int]
) -> set[int]:
    """Connect storylines where clips of a primary storyline are mixed.

    Returns the starts of the hosts whose new pictures are in them.
    """

    def clip(mixed: tuple[DubbedShot, Host], offset: Fraction) -> str:
        whole = _Connected(*mixed, mixed[1].element, None, offset, Fraction(0), Fraction(0))
        identity = identities[mixed[1].element.start]
        return _clip(fcpx, whole, identity, f' offset="{fcpx_time(offset)}"')

    laid: set[int] = set()
    mixed = [
        (one.shot, one.host)
        for one in connected
        if one.after is None and (one.cut_head or one.cut_tail)
    ]
    for row in rows_of(fcpx, mixed):
        found = storyline(fcpx, row, clip)
        if found is not None:
            fcpx.connect(found.host, found.markup(lanes[row[0][1].element.start]))
            laid |= {host.element.start for _, host in row}
    return laid


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
    head, tail = fcpx.mixes(host, shot.record.seconds)
    if "lane" in holder.attributes and holder.parent is not None:
        scale = fcpx.host(holder.parent).scale
        offset = time_of(holder, "offset") + (time_of(item, "offset") + head) * scale
        return _Connected(shot, host, holder.parent, holder, offset, head, tail)
    return _Connected(shot, host, host.element, None, host.start + head * host.scale, head, tail)


def _raise_lanes(fcpx: Fcpx, connected: list[_Connected], edits: Edits) -> dict[int, int]:
    """Make a lane free directly above each lane with a dubbed clip, in their whole sequences.

    One above those of an earlier dub there. Returns the lane of each new picture, by the start of
    its host.
    """
    sequences: dict[int, tuple[Element, list[_Connected]]] = {}
    for one in connected:
        sequence = one.host.element.enclosing("sequence") or fcpx.document.root
        sequences.setdefault(sequence.start, (sequence, []))[1].append(one)
    lanes: dict[int, int] = {}
    for sequence, inside in sequences.values():
        laid = {lane for element, lane in lanes_of(sequence) if _is_laid(element)}
        below = {one.host.lane: _top(one.host.lane, laid) for one in inside}
        raised = {
            lane: lane + sum(top < lane for top in set(below.values()) if top >= 0)
            for lane in (*(lane for _, lane in lanes_of(sequence)), *below.values())
        }
        for element, lane in lanes_of(sequence):
            if lane > 0 and raised[lane] != lane:
                edits.set_attribute(element, "lane", str(raised[lane]))
        for one in inside:
            lanes[one.host.element.start] = raised[below[one.host.lane]] + 1
    return lanes


def _top(lane: int, laid: Collection[int]) -> int:
    """Return a lane, or the highest of an earlier dub that lies directly above it."""
    while lane + 1 in laid:
        lane += 1
    return lane


def _is_laid(element: Element) -> bool:
    """Return whether a connected clip or storyline shows the new pictures of an earlier dub."""
    clips = element.children if element.tag == "spine" else (element,)
    return any(DUB_NAME.fullmatch(one.attributes.get("name", "")) for one in clips)


def _clip(fcpx: Fcpx, one: _Connected, identity: str, place: str) -> str:
    """Return the <asset-clip> of a new picture, in the looks of its host; `place` as attributes."""
    shot, host = one.shot, one.host
    element, start = host.element, shown_start(shot, host, one.cut_head)
    length = shot.record.seconds - one.cut_head - one.cut_tail + shot.added
    kept = "".join(
        f' {name}="{attribute_text(element.attributes[name])}"'
        for name in ("format", "tcFormat")
        if name in element.attributes and element.tag == "asset-clip" and not shot.is_baked
    )
    looks = [child for child in element.children if child.tag in LOOKS]
    if not shot.is_baked:
        looks = [*element.find_all("conform-rate"), *looks]
    title = attribute_text(dub_name(element.attributes.get("name") or shot.name))
    return (
        f'<asset-clip ref="{identity}"{place} name="{title}" '
        f'start="{fcpx_time(start)}" duration="{fcpx_time(length)}"{kept} '
        f'srcEnable="video">{"".join(map(fcpx.document.source, looks))}</asset-clip>'
    )
