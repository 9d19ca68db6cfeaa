"""Checks for what the adapter for Final Cut 7 XML needs, and else says nothing useful about."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from math import inf, isfinite

from lipflap.core.errors import DubError

ITEMS = ("clipitem", "generatoritem", "transitionitem")
_GENERATOR, _TRANSITION = "generatoritem", "transitionitem"
_SOURCES = ("file", "sequence", "effect[effecttype='generator']")
_LETTERS = {"video": "V", "audio": "A"}
_LAY_ANEW = "Lay it anew in the program that the cut comes from, or delete it, and export again."
_SET_ANEW = "Correct it in the program that it comes from, and export it again."


def check_sequence(sequence: ET.Element, where: str) -> None:
    """Raise DubError, naming the sequence or item, for what the adapter could not read."""
    if sequence.find("media") is None:
        return
    name = sequence.findtext("name", "").strip()
    if sequence.find("rate/timebase") is None:
        raise _broken(f"its sequence {name!r} says no frame rate", where, _SET_ANEW)
    for problem in (*_of_rate(sequence), *_of_timecode(sequence), *_of_markers(sequence)):
        raise _broken(f"its sequence {name!r} {problem}", where, _SET_ANEW)
    for kind, letter in _LETTERS.items():
        for number, track in enumerate(sequence.iterfind(f"./media/{kind}/track"), 1):
            _check_track(track, f"{letter}{number}", where)


def _check_track(track: ET.Element, place: str, where: str) -> None:
    items = [one for one in track if one.tag in ITEMS]
    for before, item, after in zip([None, *items], items, [*items[1:], None], strict=False):
        if _is_other(item):
            continue
        for problem in _of_item(before, item, after):
            kind = "transition" if item.tag == _TRANSITION else "clip"
            name = item.findtext("name", "").strip()
            called = f"{kind} {name!r}" if name else kind
            raise _broken(f"the {called} on {place}{_at(item)} {problem}", where, _LAY_ANEW)


def _is_other(element: ET.Element) -> bool:
    """Return whether an element stands for another one, by its id."""
    return not len(element) and "id" in element.attrib


def _of_item(
    before: ET.Element | None, item: ET.Element, after: ET.Element | None
) -> Iterator[str]:
    """Yield what is wrong with an item between two others of its track."""
    for tag in ("start", "end"):
        yield from _of_number(item, tag, whole=True)
    if item.tag == _TRANSITION:
        if item.findtext("alignment") is None:
            yield "does not say how it lies at its cut (alignment)"
        if item.find("effect") is None:
            yield "does not say its effect"
    else:
        yield from _of_number(item, "in")
        for tag, verb, other in (("start", "begins", before), ("end", "ends", after)):
            is_mixed = item.findtext(tag, "").strip() == "-1"
            if is_mixed and (other is None or other.tag != _TRANSITION):
                yield f"{verb} in a transition that is not there"
    file = item.find("file")
    if item.tag == _GENERATOR and all(item.find(source) is None for source in _SOURCES):
        yield "does not say what it generates"
    if any(one.find("effect") is None and not _is_other(one) for one in item.iterfind("filter")):
        yield "has a filter without an effect"
    yield from _of_rate(item)
    yield from _of_markers(item)
    if file is not None:
        said = [*_of_rate(file), *_of_timecode(file)]
        if file.find("duration") is not None:
            said += _of_number(file, "duration")
        yield from (f"plays a file that {problem}" for problem in said)


def _of_timecode(element: ET.Element) -> Iterator[str]:
    timecode = element.find("timecode")
    if timecode is not None:
        yield from _of_rate(timecode)
        if timecode.find("frame") is not None:
            yield from _of_number(timecode, "frame", whole=True)
        elif timecode.find("string") is None:
            yield "does not say its timecode"


def _of_markers(element: ET.Element) -> Iterator[str]:
    for marker in element.iterfind("marker"):
        for problem in (*_of_number(marker, "in"), *_of_number(marker, "out")):
            yield f"has a marker that {problem}"


def _of_rate(element: ET.Element) -> Iterator[str]:
    rate = element.findtext("rate/timebase")
    if rate is not None and not 0 < _number(rate) < inf:
        yield f"says the frame rate {rate.strip()!r}"
    if element.find("rate/ntsc") is not None and not element.findtext("rate/ntsc"):
        yield "does not say whether its frame rate is NTSC's"


def _of_number(element: ET.Element, tag: str, *, whole: bool = False) -> Iterator[str]:
    """Yield that a number is missing or is none."""
    text = element.findtext(tag)
    if text is None:
        yield f"does not say its {tag!r}"
    elif not isfinite(_number(text)) or (whole and not _is_whole(text)):
        yield f"says {text.strip()!r} for its {tag!r}, which is no number of a frame"


def _number(text: str) -> float:
    """Return a number; NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _is_whole(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


def _at(item: ET.Element) -> str:
    """Return where an item starts, as far as it says."""
    start = item.findtext("start", "").strip()
    return f" at frame {start}" if start.isdecimal() else ""


def _broken(problem: str, where: str, fix: str) -> DubError:
    return DubError(f"cannot be read: {problem}.", where=where, fix=fix)
