"""Lay dubbed shots into a Final Cut 7 XML.

    track    <track MZ.TrackName="DUB"> directly above the highest dubbed track, with a copy of each
             dubbed clipitem that shows the new file; a shot that something in between overlaps lies
             on a DUB track directly above its own
    replace  the clipitem itself shows the new file

A copy keeps filters, labels and everything else except links, markers and speed. Dissolves are
copied; where the other side is not dubbed, a piece of it is copied too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from lipflap.plugin.timeline.item_names import DUB_TRACK, holds_mouths
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, How, Patched, Writer
from lipflap.plugin.timeline.patch.fcp7.document import (
    Clip,
    Row,
    Xmeml,
    number_of,
    read_xmeml,
    subclip_offset,
)
from lipflap.plugin.timeline.patch.fcp7.media import file_markup, sound_tracks
from lipflap.plugin.timeline.patch.xml_spans import (
    Edits,
    Element,
    attribute_text,
    element_text,
)

PREMIERE_TICKS_A_SECOND = 254_016_000_000  # Premiere keeps in and out in these too
_OF_STILLS = ("stillframe", "stillframeoffset")
_COMMENTS = ("clipcommenta", "clipcommentb", "mastercomment4", "mastercomment3")
_NOT_COPIED = ("link", "marker")
_RATES_DIFFER = (
    "Its media runs at another rate than the clip counts in, and no frame of the clip is a whole "
    "frame of the new file, so it stays as filmed. Order it again: it is then rendered at the "
    "sequence's rate."
)
_IS_MULTICLIP = (
    "Its clip is a multiclip, whose cameras stay as they are, so it stays as filmed. Lay it above "
    "with --as track."
)


@dataclass(frozen=True, slots=True)
class _Dubbed:
    """A dubbed shot and its clipitem.

    first, end   `in` and `out` of the clipitem for the new file
    """

    shot: DubbedShot
    clip: Clip
    first: int
    end: int


def patch_fcp7(data: bytes, path: Path, delivery: Delivery) -> Patched:
    """Return the document with the shots in it. Raises DubError when it is no such document."""
    xmeml = read_xmeml(data, path)
    notes: list[tuple[str, str]] = []
    dubbed = list(_find(xmeml, delivery, notes))
    edits = Edits(xmeml.document)
    sequence = xmeml.main_sequence(delivery, [one.clip.sequence for one in dubbed])
    name = sequence.find("name")
    if name is not None:
        edits.set_text(name, delivery.name)
    if delivery.how == How.REPLACE:
        _replace(xmeml, dubbed, edits)
    else:
        _lengthen_sequence([one for one in dubbed if one.shot.added], edits)
        for above, markup in _tracks(xmeml, dubbed):
            edits.insert_after(above, xmeml.indent_of(above) + markup)
    notes += sound_tracks(xmeml, sequence, delivery, edits)
    return Patched(edits.applied(), tuple(notes))


FCP7 = Writer(patch_fcp7, (How.TRACK, How.REPLACE), whole_frames=True, lengthens=(How.TRACK,))


def _find(xmeml: Xmeml, delivery: Delivery, notes: list[tuple[str, str]]) -> Iterator[_Dubbed]:
    """Yield the shots whose clipitems are found and can show the new file; note the others."""
    taken: set[int] = set()
    for shot in delivery.shots:
        clip = xmeml.clip_of(shot, delivery.rate)
        if clip is None:
            notes.append((shot.name, "Its clip is not found in the XML, so it stays as filmed."))
            continue
        if clip.element.start in taken:
            notes.append(
                (shot.name, "Its nested sequence is used twice; one new picture serves both.")
            )
            continue
        if clip.is_multiclip and delivery.how == How.REPLACE:
            notes.append((shot.name, _IS_MULTICLIP))
            continue
        ends = _ends(shot, clip)
        if ends is None:
            notes.append((shot.name, _RATES_DIFFER))
            continue
        taken.add(clip.element.start)
        yield _Dubbed(shot, clip, *ends)


def _ends(shot: DubbedShot, clip: Clip) -> tuple[int, int] | None:
    """Return `in` and `out` for the new file; None where they are no whole frames."""
    if shot.is_baked or (clip.is_multiclip and clip.rate == shot.frames.rate == clip.sequence_rate):
        first = shot.index_shown - (clip.cut_start - clip.start)
        return (int(first), int(first) + clip.end - clip.start) if first.denominator == 1 else None
    if clip.is_multiclip:  # its `in` counts frames of the multiclip, not of a file
        return None
    shift = Fraction(shot.media_first)
    offset = subclip_offset(clip.element)
    if round(clip.rate) != round(shot.frames.rate):
        shift = shift * clip.rate / shot.frames.rate
    if shift.denominator != 1:
        return None
    return clip.first + offset - int(shift), clip.last + offset - int(shift)


# --- replace ---


def _replace(xmeml: Xmeml, dubbed: list[_Dubbed], edits: Edits) -> None:
    """Let the clipitems show the new files; a file that one defined is defined by its next user."""
    own = {one.clip.file.start for one in dubbed}
    moved: set[str] = set()
    for one in dubbed:
        _show_new_file(xmeml, one, edits)
        identity = one.clip.file.attributes.get("id", "")
        if not one.clip.file.children or identity in moved:
            continue
        users = (user for user in xmeml.files_named(identity) if user.start not in own)
        if later := next(users, None):
            moved.add(identity)
            if not later.children:  # some programs define a file wherever they name it
                edits.replace(later, xmeml.document.source(one.clip.file))


def _show_new_file(xmeml: Xmeml, dubbed: _Dubbed, edits: Edits) -> None:
    """Change a clipitem, or a copy of it, so that it shows the new file."""
    clip, element, shot = dubbed.clip, dubbed.clip.element, dubbed.shot
    rate = clip.sequence_rate if shot.is_baked else clip.rate
    for tag, value in (("in", dubbed.first), ("out", dubbed.end)):
        _set(edits, element, tag, value)
        _set(edits, element, f"pproTicks{tag.title()}", _ticks(value, rate))
    _set(edits, element, "duration", len(shot.frames))
    master = element.find("masterclipid")
    if master is not None:
        edits.set_text(master, f"{master.text.strip()}-lipflap")
    edits.replace(clip.file, file_markup(xmeml, clip, shot))
    _name_filmed(element, shot, edits)
    for one in element.find_all("subclipinfo"):
        edits.replace(one, "")
    for multiclip in element.find_all("multiclip"):
        if multiclip is not clip.file:
            edits.replace(multiclip, "")
    if shot.is_baked:
        own_rate, cut_rate = element.find("rate"), clip.sequence.find("rate")
        if own_rate and cut_rate and clip.rate != clip.sequence_rate:
            edits.replace(own_rate, xmeml.document.source(cut_rate))
        for one in element.find_all("filter"):
            if one.text_of("effect", "effectid").casefold() == "timeremap":
                edits.replace(one, "")
        for tag in _OF_STILLS:
            for child in element.find_all(tag):
                edits.replace(child, "")


def _name_filmed(element: Element, shot: DubbedShot, edits: Edits) -> None:
    """Name the media that a new file was made of in the first comment of its clip that is free."""
    comments = element.find("comments")
    free = (tag for tag in _COMMENTS if comments is None or comments.find(tag) is None)
    tag = next(free, None)
    if shot.filmed is None or tag is None:
        return
    markup = f"<{tag}>{element_text(f'Filmed as {shot.filmed}')}</{tag}>"
    if comments is None:
        edits.append(element, f"<comments>{markup}</comments>")
    else:
        edits.append(comments, markup)


def _set(edits: Edits, element: Element, tag: str, value: int) -> None:
    found = element.find(tag)
    if found is not None:
        edits.set_text(found, str(value))


def _ticks(frame: int, rate: Fraction) -> int:
    return int(frame * PREMIERE_TICKS_A_SECOND / rate)


# --- track ---


def _tracks(xmeml: Xmeml, dubbed: list[_Dubbed]) -> Iterator[tuple[Element, str]]:
    """Yield each DUB track, and the track that it lies above."""
    homes: dict[int, tuple[Element, list[_Dubbed]]] = {}
    held = {one.clip.row.track.start for one in dubbed}
    for one in dubbed:
        home = _home(xmeml, one, held)
        homes.setdefault(home.start, (home, []))[1].append(one)
    for home, on_track in homes.values():
        items, above = _items(xmeml, on_track), _above_earlier(xmeml, home)
        indent = xmeml.indent_of(above)
        inner = "".join(f"{indent}\t{item}" for item in items)
        tail = f"{indent}\t<enabled>TRUE</enabled>{indent}\t<locked>FALSE</locked>{indent}"
        yield above, f'<track MZ.TrackName="{DUB_TRACK}">{inner}{tail}</track>'


def _home(xmeml: Xmeml, one: _Dubbed, held: set[int]) -> Element:
    """Return the highest dubbed track of the sequence, or the shot's own where that is hidden.

    held   starts of the tracks that hold a dubbed shot
    """
    tracks = xmeml.picture_tracks(one.clip.sequence)
    own = one.clip.row.track
    here = next(number for number, track in enumerate(tracks) if track.start == own.start)
    top = max(number for number, track in enumerate(tracks) if track.start in held)
    between = (item for track in tracks[here + 1 : top + 1] for item in xmeml.row(track).spans())
    hidden = any(start < one.clip.end and one.clip.start < end for start, end in between)
    return own if hidden else tracks[top]


def _above_earlier(xmeml: Xmeml, home: Element) -> Element:
    """Return the highest track of an earlier dub that lies directly above a track; else itself."""
    sequence = home.enclosing("sequence")
    tracks = xmeml.picture_tracks(sequence) if sequence else [home]
    above = next(number for number, track in enumerate(tracks) if track.start == home.start)
    while above + 1 < len(tracks) and _is_earlier_dub(xmeml, tracks[above + 1]):
        above += 1
    return tracks[above]


def _is_earlier_dub(xmeml: Xmeml, track: Element) -> bool:
    names = (item.text_of("name") for item in xmeml.row(track).items)
    return holds_mouths(track.attributes.get("MZ.TrackName", ""), names)


def _items(xmeml: Xmeml, dubbed: list[_Dubbed]) -> list[str]:
    """Return the clipitems and transitionitems of a DUB track in order of time.

    At one frame comes first what a transition leaves, then the transition, then what it leads to.
    """
    on_track = {one.clip.element.start for one in dubbed}
    items: dict[tuple[int, int], str] = {}
    for one in dubbed:
        row, index = one.clip.row, one.clip.index
        uncopied: set[int] = set()
        for side in (-1, 1):
            transition, other = row.at(index + side), row.at(index + 2 * side)
            if transition is None or transition.tag != "transitionitem":
                continue
            start, _ = row.span(index + side)
            piece = None
            if other is not None and other.start not in on_track:
                piece = _neighbour(xmeml, row, index + 2 * side, side)
                if piece is None:
                    uncopied.add(side)
                    continue
                items[start, 2 if side > 0 else 0] = piece
            items[start, 1] = xmeml.document.source(transition)
        is_mixed_in = one.clip.start != one.clip.cut_start and -1 not in uncopied
        key = (one.clip.start, 2) if is_mixed_in else (one.clip.cut_start, 0)
        items[key] = _copy(xmeml, one, uncopied)
    return [items[key] for key in sorted(items)]


def _copy(xmeml: Xmeml, dubbed: _Dubbed, uncopied: set[int]) -> str:
    """Return a copy of a clipitem that shows the new file.

    uncopied   the sides, -1 and 1, on which its transition is not copied: it ends at the cut point
    """
    clip, element = dubbed.clip, dubbed.clip.element
    edits = Edits(xmeml.document, element)
    head = clip.cut_start - clip.start if -1 in uncopied else 0
    tail = clip.end - clip.cut_end if 1 in uncopied else 0
    tail -= _added(dubbed)
    _show_new_file(xmeml, replace(dubbed, first=dubbed.first + head, end=dubbed.end - tail), edits)
    if head:
        _set(edits, element, "start", clip.cut_start)
    if tail:
        _set(edits, element, "end", clip.cut_end + _added(dubbed))
    name = element.find("name")
    if name is not None:
        edits.set_text(name, f"{name.text.strip()} lipflap")
    _make_own(xmeml, element, edits, "lipflap")
    return edits.markup()


def _added(dubbed: _Dubbed) -> int:
    """Return how many frames of the sequence a shot goes on for its dub."""
    return round(dubbed.shot.added * dubbed.clip.sequence_rate)


def _lengthen_sequence(dubbed: list[_Dubbed], edits: Edits) -> None:
    """Let a sequence last until the shots end that go on for their dub."""
    ends: dict[int, tuple[Element, int]] = {}
    for one in dubbed:
        end = one.clip.cut_end + _added(one)
        _, last = ends.get(one.clip.sequence.start, (None, 0))
        ends[one.clip.sequence.start] = one.clip.sequence, max(last, end)
    for sequence, end in ends.values():
        if end > (number_of(sequence, "duration") or end):
            _set(edits, sequence, "duration", end)


def _neighbour(xmeml: Xmeml, row: Row, index: int, side: int) -> str | None:
    """Return a copy of an undubbed item for as long as its transition to a dubbed one lasts.

    side   1 where it follows the dubbed clip, -1 where it comes before
    None where its speed is changed: what it shows in the middle of it cannot be told by counting.
    """
    item = row.items[index]
    if any(effect.text_of("effectid").casefold() == "timeremap" for effect in item.iter("effect")):
        return None
    first, last = number_of(item, "in"), number_of(item, "out")
    start, end = row.span(index - side)
    length = (end - start) * row.clip_rate(item) / row.rate
    if first is None or last is None or length.denominator != 1 or length > last - first:
        return None
    edits = Edits(xmeml.document, item)
    tag, limit, source, value = (
        ("end", end, "out", first + int(length))
        if side > 0
        else ("start", start, "in", last - int(length))
    )
    _set(edits, item, tag, limit)
    _set(edits, item, source, value)
    _set(edits, item, f"pproTicks{source.title()}", _ticks(value, row.clip_rate(item)))
    for defined in (*item.find_all("file"), *item.find_all("sequence")):
        if defined.children and (identity := defined.attributes.get("id")):
            edits.replace(defined, f'<{defined.tag} id="{attribute_text(identity)}"/>')
    _make_own(xmeml, item, edits, "lipflap-mix")
    return edits.markup()


def _make_own(xmeml: Xmeml, element: Element, edits: Edits, suffix: str) -> None:
    """Give a copy an id of its own, and drop what ties it to others or is the original's alone."""
    if identity := element.attributes.get("id"):
        edits.set_attribute(element, "id", xmeml.new_id(f"{identity}-{suffix}"))
    for tag in _NOT_COPIED:
        for child in element.find_all(tag):
            edits.replace(child, "")
