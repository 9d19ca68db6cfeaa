"""Dubbed shots in a CMX 3600 EDL.

    replace  the whole cut; the names of the dubbed events are those of the new files
    track    an EDL of the dubbed events alone, to be laid on a track above the cut

Source timecodes and reels stay as they are, for a new file carries those of its source. What is
retimed is baked into its new file, which counts from 0: only `track` can hold it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path, PurePath

from lipflap.core.errors import DubError
from lipflap.core.timecode import format_timecode
from lipflap.plugin.timeline.dialect.edl.counting import Counting, find_counting
from lipflap.plugin.timeline.dialect.edl.events import (
    Event,
    decode,
    read_events,
)
from lipflap.plugin.timeline.patch.dubbed_shot import (
    Delivery,
    DubbedShot,
    DubbedSound,
    How,
    Patched,
    Writer,
)

_NAME = re.compile(r"^(\W*)(FROM|TO)?( ?CLIP NAME\s*:\s*)(.*?)(\s*)$", re.IGNORECASE)
_FILE = re.compile(
    r"^(\W*(?:(FROM|TO) (?:CLIP|FILE)|(SOURCE FILE)|(?:SOURCE |MEDIA )?(?:FILE )?PATH)\s*:\s*)"
    r"(.*?)(\s*)$",
    re.IGNORECASE,
)
_BEFORE_THE_NEXT = re.compile(r"\s*(\W*SPLIT\b.*|FCM:.*)?$", re.IGNORECASE)
_WIDE = ("utf-16-le", "utf-16-be")
_LOST = (
    "The path of its new file has characters that the EDL's encoding lacks (Windows-1252): they "
    "are written as ?. Relink it by hand, or save the EDL as UTF-8 and order it again."
)
_NAMES_SOUND = (
    "Its event holds sound, too, which the new file does not: relink that to what was filmed, or "
    "conform with --sound."
)
_SAME_NAME = (
    "Its new file has the name of the filmed one, and an EDL relinks by names: let your program "
    "look in {folder} alone."
)
_Note = tuple[str, str]


def patch_edl(data: bytes, path: Path, delivery: Delivery) -> Patched:
    """Return the EDL with the dubbed shots in it, or of them alone. Raises DubError."""
    codec, mark = _codec(data)
    rest = data[len(data) - len(data[len(mark) :]) % 2 :] if codec in _WIDE else b""
    text = data[len(mark) : len(data) - len(rest)].decode(codec, _errors(codec))
    listed = read_events(decode(data), str(path))
    events = listed.events
    shots = {int(one.element): one for one in delivery.shots if one.element.isdecimal()}
    if delivery.shots and not shots.keys() & {event.line for event in events}:
        raise DubError(
            "holds none of the events that were dubbed.",
            where=str(path),
            fix="Conform the EDL that the job was made from.",
        )
    notes = list(_no_sound(delivery.sounds))
    if codec == "cp1252":
        notes += [(one.name, _LOST) for one in shots.values() if not _fits(one.file, codec)]
    notes += [
        (one.name, _SAME_NAME.format(folder=one.file.parent))
        for one in shots.values()
        if one.filmed is not None and one.filmed.name == one.file.name
    ]
    if delivery.how == How.TRACK:
        counting = find_counting(listed, delivery.rate, str(path))
        new = "".join(_track(delivery.name, events, shots, counting, notes, _line_end(text)))
    else:
        new = "".join(_replaced(text, events, shots, notes))
    return Patched(mark + _encoded(new, codec) + rest, tuple(notes))


EDL = Writer(patch_edl, (How.REPLACE, How.TRACK), lengthens=(How.TRACK,), copies_look=False)


def _codec(data: bytes) -> tuple[str, bytes]:
    """Return the encoding of an EDL, and the mark before its text."""
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return codec, mark
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", b""
    return "utf-8", mark


def _errors(codec: str) -> str:
    """Return how bytes that are no characters of the encoding pass through it unchanged."""
    return "surrogatepass" if codec in _WIDE else "surrogateescape"


def _encoded(text: str, codec: str) -> bytes:
    """Return text in the EDL's encoding; bytes that were no characters stay."""
    if codec != "cp1252":
        return text.encode(codec, _errors(codec))
    return b"".join(
        one.encode(codec, _errors(codec) if "\udc80" <= one <= "\udcff" else "replace")
        for one in text
    )


def _no_sound(sounds: Sequence[DubbedSound]) -> Iterator[_Note]:
    """Yield a note on the dub's sound, if any: an EDL cannot hold it."""
    names = list(dict.fromkeys(one.file.name for one in sounds))
    if names:
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        files = f"{names[0]}{others}"
        yield "", f"An EDL holds no dub sound: put {files} on tracks in your editing program."


def _fits(file: PurePath, codec: str) -> bool:
    """Return whether an encoding has all characters of a path."""
    return str(file).encode(codec, "replace").decode(codec) == str(file)


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _replaced(
    text: str, events: Sequence[Event], shots: Mapping[int, DubbedShot], notes: list[_Note]
) -> Iterator[str]:
    """Yield the lines of an EDL, with the new files' names in place of the old ones."""
    lines, line_end = text.splitlines(keepends=True), _line_end(text)
    starts = [event.line for event in events]
    yield from lines[: starts[0] - 1]
    before: DubbedShot | None = None
    for place, event in enumerate(events):
        end = starts[place + 1] - 1 if place + 1 < len(starts) else len(lines)
        block = lines[event.line - 1 : end]
        shot = shots.get(event.line)
        if shot is not None and shot.is_baked:
            notes.append((shot.name, "It is retimed, which only an EDL --as track can hold."))
            shot = None
        if shot is not None and not shot.has_sound and any(one[0] == "A" for one in event.channels):
            notes.append((shot.name, _NAMES_SOUND))
        has_length = event.codes[2] != event.codes[3]
        sides = {"FROM": shot, "TO": shot}
        if event.is_mix and not event.mixes_from_black(events[place - 1] if place else None):
            sides["FROM"] = before
        yield from _renamed(block, event, shot, sides, line_end)
        if "V1" in event.channels and has_length:
            before = shot


def _renamed(
    block: Sequence[str],
    event: Event,
    shot: DubbedShot | None,
    sides: Mapping[str, DubbedShot | None],
    end: str,
) -> Iterator[str]:
    """Yield the lines of an event; `sides` are the new shots of what goes out and comes in."""
    own = "FROM" if sides["FROM"] is shot else "TO"
    side, is_named, has_file = own, False, False
    body = [*block]
    while shot is not None and len(body) > 1 and _BEFORE_THE_NEXT.match(body[-1]):
        body.pop()
    for line in body:
        if found := _NAME.match(line):
            side = (found[2] or own).upper()
            if new := sides[side]:
                is_named = is_named or new is shot
                line = f"{found[1]}{found[2] or ''}{found[3]}{new.file.name}{_tail(line, found[5])}"
        elif found := _FILE.match(line):
            side = (found[2] or side).upper()
            if new := sides[side]:
                has_file = has_file or (new is shot and bool(found[3]))
                name = str(new.file) if found[3] else _like(found[4], new.file)
                line = f"{found[1]}{name}{_tail(line, found[5])}"
        yield line
    if shot is not None:
        if body and not body[-1].endswith(("\n", "\r")):
            yield end
        if not is_named:
            yield f"* {own} CLIP NAME: {shot.file.name}{end}"
        if not has_file:
            yield f"* SOURCE FILE: {shot.file}{end}"
        yield from _filmed(shot, end)
        yield from block[len(body) :]


def _filmed(shot: DubbedShot, end: str) -> Iterator[str]:
    """Yield the comment that names the media which a new file was made of."""
    if shot.filmed is not None:
        yield f"* COMMENT: FILMED AS {shot.filmed}{end}"


def _like(name: str, file: PurePath) -> str:
    """Return a file as an EDL names another: as a URL, a path, or by its name alone."""
    if "://" in name:
        return file.as_uri()
    return str(file) if re.search(r"[/\\]", name) else file.name


def _tail(line: str, space: str) -> str:
    """Return the end of a line, as it was."""
    return space or line[len(line.rstrip("\r\n")) :]


def _track(
    title: str,
    events: Sequence[Event],
    shots: Mapping[int, DubbedShot],
    counting: Counting,
    notes: list[_Note],
    end: str,
) -> Iterator[str]:
    """Yield the lines of an EDL of the dubbed events alone."""
    yield f"TITLE: {title}{end}"
    drop: bool | None = None
    dubbed = [event for event in events if event.line in shots]
    for number, event in enumerate(dubbed, 1):
        shot = shots[event.line]
        if event.drop != drop:
            yield f"FCM: {'DROP FRAME' if event.drop else 'NON-DROP FRAME'}{end}"
            drop = event.drop
        codes = _codes(event, shot, counting)
        if event.mix:
            notes.append((shot.name, "It starts after its transition, which plays as it was."))
        reel = event.reel or "AX"
        yield f"{number:03}  {reel:<8} V     C        {' '.join(codes)}{end}"
        yield f"* FROM CLIP NAME: {shot.file.name}{end}* SOURCE FILE: {shot.file}{end}"
        yield from _filmed(shot, end)


def _codes(event: Event, shot: DubbedShot, counting: Counting) -> Sequence[str]:
    """Return source and record timecodes of an event, from the end of its transition on."""
    later = event.mix + counting.late(event, "V1")
    if not later and not shot.is_baked and not shot.added:
        return event.codes
    start, stop = counting.record(event)
    stop += round(shot.added * counting.rate)
    start += later
    record = [_code(frame, counting, counting.rate, event, 2) for frame in (start, stop)]
    if shot.is_baked:
        first = shot.frames.start + (shot.index_shown + event.mix)
        rate = shot.frames.rate
    else:
        first, rate = Fraction(counting.source(event)[0] + later), counting.source_rate(event)
    source = (int(first), int(first) + stop - start)
    return [*(_code(frame, counting, rate, event, 0) for frame in source), *record]


def _code(frame: int, counting: Counting, rate: Fraction, event: Event, place: int) -> str:
    """Return a timecode that counts as code `place` of an event does, with the same marks."""
    like = event.codes[place]
    if like.isdecimal():
        return str(frame)
    drop = counting.skips_numbers(event, place, like) and rate.denominator != 1
    digits = re.split(r"\D", format_timecode(frame, rate, drop=drop))
    marks = [*re.findall(r"\D", like), ""]
    return "".join(digit + mark for digit, mark in zip(digits, marks, strict=True))
