"""Connected storylines for new pictures whose clips are mixed with their neighbours.

primary      [   A   ]x[   B   ]x[   C   ]         x: transition
storyline    [   A'  ]x[   B'  ]x[C]               C: of a neighbour that is not dubbed a piece
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lipflap.plugin.timeline.dialect.fcpxml.timing import time_of
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot
from lipflap.plugin.timeline.patch.fcpxml.document import Fcpx, Host, fcpx_time
from lipflap.plugin.timeline.patch.fcpxml.media import LOOKS
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element, attribute_text

_COPIED = ("gap", "asset-clip", "video")
_OWN = ("lane", "offset", "start", "duration", "srcEnable")
Mixed = tuple[DubbedShot, Host]
ClipMarkup = Callable[[Mixed, Fraction], str]  # of a shot, at an offset


@dataclass(frozen=True, slots=True)
class Storyline:
    """Clips and transitions in a row.

    host     the clip of the primary storyline that it is connected to
    offset   where, in the host's time
    inside   its items
    """

    host: Element
    offset: Fraction
    inside: str

    def markup(self, lane: int) -> str:
        """Return it as an element."""
        return f'<spine lane="{lane}" offset="{fcpx_time(self.offset)}">{self.inside}</spine>'


def rows_of(fcpx: Fcpx, mixed: Sequence[Mixed]) -> Iterator[list[Mixed]]:
    """Yield the shots whose clips are mixed with each other, in their order."""
    followers = {id(one[1].item): one for one in mixed}
    led = {
        id(follower) for _, host in mixed if (follower := _beyond(fcpx, host.item, 1)) is not None
    }
    for one in mixed:
        if id(one[1].item) in led and id(_beyond(fcpx, one[1].item, -1)) in followers:
            continue
        row = [one]
        while (after := _beyond(fcpx, row[-1][1].item, 1)) is not None and id(after) in followers:
            row.append(followers[id(after)])
        yield row


def storyline(fcpx: Fcpx, row: Sequence[Mixed], clip: ClipMarkup) -> Storyline | None:
    """Return the storyline of shots in a row; None where a neighbour cannot be copied."""
    (_, first), (last_shot, last) = row[0], row[-1]
    head, tail = _transition(fcpx, first.item, -1), _transition(fcpx, last.item, 1)
    left, right = _beyond(fcpx, first.item, -1), _beyond(fcpx, last.item, 1)
    items = [host.item for _, host in row]
    copied = [one for one in (left, right) if one is not None]
    if any("offset" not in one.attributes for one in (*items, *copied)) or any(
        one.tag not in _COPIED for one in copied
    ):
        return None
    begin = time_of(first.item, "offset")
    start = time_of(head, "offset") if head is not None and left is not None else begin
    inside = []
    if head is not None:
        if left is not None:
            inside.append(_piece(fcpx, left, start, begin - start, start))
        inside.append(_mix(fcpx, head, start))
    for number, (shot, host) in enumerate(row):
        inside.append(clip((shot, host), time_of(host.item, "offset") - start))
        between = _transition(fcpx, host.item, 1)
        if number + 1 < len(row) and between is not None:
            inside.append(_mix(fcpx, between, start))
    if tail is not None:
        inside.append(_mix(fcpx, tail, start))
        end = time_of(last.item, "offset") + last_shot.record.seconds
        over = time_of(tail, "offset") + time_of(tail, "duration") - end
        if right is not None and over > 0:
            inside.append(_piece(fcpx, right, end, over, start))
    host = fcpx.host(left) if left is not None else first
    offset = host.start + (start - time_of(host.item, "offset")) * host.scale
    return Storyline(host.element, offset, "".join(inside))


def _transition(fcpx: Fcpx, item: Element, side: int) -> Element | None:
    """Return the transition before (-1) or after (1) an item of a storyline."""
    found = fcpx.beside(item, side)
    return found if found is not None and found.tag == "transition" else None


def _beyond(fcpx: Fcpx, item: Element, side: int) -> Element | None:
    """Return the item that a transition mixes an item with."""
    mix = _transition(fcpx, item, side)
    return fcpx.beside(mix, side) if mix is not None else None


def _mix(fcpx: Fcpx, transition: Element, start: Fraction) -> str:
    """Return a transition in a storyline that starts at a time of the primary one, for pictures."""
    edits = Edits(fcpx.document, transition)
    edits.set_attribute(transition, "offset", fcpx_time(time_of(transition, "offset") - start))
    for sound in transition.find_all("filter-audio"):
        edits.replace(sound, "")
    return edits.markup()


def _piece(fcpx: Fcpx, item: Element, at: Fraction, length: Fraction, start: Fraction) -> str:
    """Return a piece of an undubbed item, without its sound and all that is connected to it.

    at, length   time of the primary storyline at which the piece begins, and how long it lasts
    start        the same at which the new storyline begins
    """
    place = f'offset="{fcpx_time(at - start)}" duration="{fcpx_time(length)}"'
    if item.tag == "gap":
        return f'<gap name="Gap" {place} start="3600s"/>'
    host = fcpx.host(item)
    begin = host.start + (at - time_of(item, "offset")) * host.scale
    kept = "".join(
        f' {name}="{attribute_text(text)}"'
        for name, text in item.attributes.items()
        if name not in _OWN
    )
    if item.tag == "asset-clip":
        kept += ' srcEnable="video"'
    inside = "".join(
        fcpx.document.source(child)
        for child in item.children
        if child.tag in LOOKS or child.tag in ("conform-rate", "timeMap")
    )
    return f'<{item.tag} {place} start="{fcpx_time(begin)}"{kept}>{inside}</{item.tag}>'
