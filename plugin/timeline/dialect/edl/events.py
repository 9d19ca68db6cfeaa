"""The events of an EDL as they are written: fields, motion (M2) and comments, nothing computed.

002  A001C001 V     C        10:00:04:00 10:00:04:00 01:00:09:00 01:00:09:00  mixes from here
002  A002C003 V     D    012 11:20:00:00 11:20:02:00 01:00:09:00 01:00:11:00  to this
M2   A002C003       050.0                11:20:00:00
* FROM CLIP NAME: a wide
* TO CLIP NAME: a close-up
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from lipflap.core.errors import DubError

CUT, DISSOLVE, WIPE, KEY, KEY_BACKGROUND, KEY_OUT = "C", "D", "W", "K", "KB", "KO"

_CODE = r"\d{1,2}[:;.]\d{2}[:;.]\d{2}[:;.,]\d{2,3}|\d{1,9}"
_EVENT = re.compile(
    r"^\s*(?P<number>\d{1,6}[A-Z]?)\s+(?:(?P<reel>\S.*?)\s+)??"
    r"(?P<channels>NONE|[ABV][ABV0-9/]{0,15})\s+(?P<edit>C|D|W\d*|K\s?[BO]?)(?:\s+(?P<mix>\d{1,5}))?"
    rf"\s+(?P<a>{_CODE})\s+(?P<b>{_CODE})\s+(?P<c>{_CODE})\s+(?P<d>{_CODE})(?:\s.*)?$",
    re.IGNORECASE,
)
_LIKE_AN_EVENT = re.compile(r"^\s*\d{1,6}[A-Z]?\s.*(?:\d{2}[:;.]\d{2}[:;.]\d{2}[:;.,]\d{2}\s*){3}")
_MOTION = re.compile(
    r"^\s*M2\s+(?:(?P<reel>\S.*?)\s+)??(?P<speed>[+-]?\d{0,6}\.?\d{1,6})"
    rf"(?:\s+(?P<code>{_CODE}))?\s*$",
    re.IGNORECASE,
)
_MORE_SOUND = re.compile(r"^\s*AUD((?:\s+\d{1,3})+)\s*$", re.IGNORECASE)
_SPLIT = re.compile(
    rf"^\W*SPLIT:?\s*(?P<kind>AUDIO|VIDEO)\s+DELAY\s*=?\s*(?P<code>{_CODE})\s*$", re.IGNORECASE
)
_REPLACED = re.compile(r"^\W*FINAL CUT PRO REEL:\s*(.*?)\s+REPLACED BY:\s*(\S+)", re.IGNORECASE)
_COMMENT = re.compile(
    r"^\W*(?P<key>(?:FROM|TO) CLIP NAME|(?:FROM|TO) (?:CLIP|FILE)|CLIP NAME|SOURCE FILE"
    r"|(?:SOURCE |MEDIA )?(?:FILE )?PATH|(?:FROM |TO )?REEL(?: NAME)?|FREEZE FRAME)"
    r"\s*(?::\s*(?P<text>.*?))?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an EDL that lays a source on the record, with what the lines below it say.

    line        number of its line in the file, from 1
    number      as the EDL counts its events; both lines of a transition have one
    channels    V1, V2, A1, A2 ... that it is laid on
    edit        CUT, DISSOLVE ...; `mix` is the length of a transition in frames
    codes       source in, source out, record in, record out, as they are written
    drop        whether the FCM line above says that timecodes skip numbers
    speed       frames per second that M2 plays it at; None without M2
    split       "V" or "A", what begins later than the codes say, and by how long; None for neither
    name, file, path  of what it lays; in a transition of what comes in
    from_name, from_file  of what goes out in a transition
    comments    all other lines below it
    """

    line: int
    number: str
    reel: str
    channels: tuple[str, ...]
    edit: str
    mix: int
    codes: tuple[str, str, str, str]
    drop: bool
    speed: Fraction | None = None
    split: tuple[str, str] | None = None
    name: str = ""
    file: str = ""
    path: str = ""
    from_name: str = ""
    from_file: str = ""
    comments: tuple[str, ...] = ()

    @property
    def is_black(self) -> bool:
        """Return whether its source is black, or silence."""
        return self.reel.upper() in ("BL", "BLK", "BLACK")

    @property
    def is_mix(self) -> bool:
        """Return whether it starts with a transition, a wipe or a key."""
        return self.edit not in (CUT, KEY_BACKGROUND)

    def mixes_from_black(self, before: "Event | None") -> bool:
        """Return whether it comes in from black, so that its comments name it alone."""
        return self.is_mix and before is not None and before.is_black


@dataclass(frozen=True, slots=True)
class EventList:
    """An EDL: its title, whether its first FCM line says drop frame, and its events.

    ends_split   whether a SPLIT line stands after the last event, where it is of none
    """

    title: str
    drop: bool
    events: tuple[Event, ...]
    ends_split: bool = False


def decode(data: bytes) -> str:
    """Return an EDL's text: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows Western."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_events(text: str, where: str) -> EventList:
    """Return the events of an EDL. Raises DubError, naming `where`, when there are none.

    Also raises it for a line that looks like an event and cannot be read: a shot would be lost.
    """
    title, modes, reels = "", list[bool](), dict[str, str]()
    blocks: list[tuple[Event, list[str]]] = []
    split: tuple[str, str] | None = None  # of the event that follows
    for line_number, line in enumerate(text.splitlines(), 1):
        if event := _EVENT.match(line):
            found = _event(event, line_number, bool(modes) and modes[-1])
            if any(map(_is_impossible, found.codes)):
                raise _unreadable(line_number, line, where)
            if found.codes[2] != found.codes[3]:  # else what a transition mixes from
                found, split = replace(found, split=split), None
            blocks.append((found, []))
        elif _LIKE_AN_EVENT.match(line):
            raise _unreadable(line_number, line, where)
        elif line.upper().lstrip().startswith("FCM:"):
            modes.append("NON" not in line.upper())
        elif replaced := _REPLACED.match(line):
            reels[replaced[2]] = replaced[1]
        elif late := _SPLIT.match(line):
            split = late["kind"][0].upper(), late["code"]
        elif blocks:
            blocks[-1][1].append(line)
        elif line.upper().lstrip().startswith("TITLE:"):
            title = line.partition(":")[2].strip()
    if not blocks:
        raise DubError(
            "holds no events.",
            where=where,
            fix="Export the cut as a CMX 3600 EDL, or better as .otio, .xml or .aaf.",
        )
    events = (
        _with_lines(event, lines, blocks[place - 1][0] if place else None)
        for place, (event, lines) in enumerate(blocks)
    )
    named = tuple(replace(event, reel=reels.get(event.reel, event.reel)) for event in events)
    return EventList(title, bool(modes) and modes[0], named, ends_split=split is not None)


def _event(found: re.Match[str], line: int, drop: bool) -> Event:
    edit = re.sub(r"[\s\d]", "", found["edit"].upper())
    return Event(
        line=line,
        number=found["number"],
        reel=(found["reel"] or "").strip(),
        channels=_channels(found["channels"].upper()),
        edit=edit,
        mix=int(found["mix"] or 0) if edit != CUT else 0,
        codes=(found["a"], found["b"], found["c"], found["d"]),
        drop=drop,
    )


def _is_impossible(code: str) -> bool:
    """Return whether a timecode has minutes or seconds that no clock has."""
    return not code.isdecimal() and max(map(int, re.split(r"\D", code)[1:3])) > 59


def _unreadable(line_number: int, line: str, where: str) -> DubError:
    return DubError(
        f"line {line_number} is no event that can be read: {line.strip()!r}.",
        where=where,
        fix="Correct the line, or export the cut again as a CMX 3600 EDL.",
    )


def _channels(text: str) -> tuple[str, ...]:
    """Return the tracks of a channel field: B and AA/V are picture and sound in one event.

    A lone A is the first sound track, AA the first two.
    """
    tracks: list[str] = []
    for letter, number in re.findall(r"(AA|A|V|B)(\d*)", text):
        if letter == "B":
            tracks += ["V1", "A1"]
        elif letter == "AA":
            tracks += ["A1", "A2"]
        else:
            tracks.append(f"{letter}{int(number or 1)}")
    return tuple(dict.fromkeys(tracks))


def _with_lines(event: Event, lines: Iterable[str], before: Event | None) -> Event:
    """Return the event with what the lines below it say of it."""
    is_mix = event.is_mix
    notes = _Notes(is_mix=is_mix, from_black=event.mixes_from_black(before))
    channels, speed = event.channels, event.speed
    for line in lines:
        if motion := _MOTION.match(line):
            if not is_mix or before is None or _is_of(motion, event, before):
                speed = Fraction(motion["speed"])
        elif more := _MORE_SOUND.match(line):
            channels += tuple(f"A{int(number)}" for number in more[1].split())
        elif line.strip():
            notes = notes.add(line)
    if notes.frozen and speed is None:
        speed = Fraction(0)
    return replace(
        event,
        channels=tuple(dict.fromkeys(channels)),
        speed=speed,
        reel=notes.reel if notes.reel and event.reel.upper() in ("", "AX") else event.reel,
        name=notes.name.removesuffix(" FF") if speed == 0 else notes.name,  # as Avid marks freezes
        file=notes.file,
        path=notes.path,
        from_name=notes.from_name,
        from_file=notes.from_file,
        comments=notes.others,
    )


def _is_of(motion: re.Match[str], event: Event, before: Event) -> bool:
    """Return whether an M2 line in a transition is about what comes in, not what goes out."""
    code, reel = motion["code"], (motion["reel"] or "").upper()
    if code and code in (event.codes[0], before.codes[0]) and event.codes[0] != before.codes[0]:
        return code == event.codes[0]
    return reel != before.reel.upper() or reel == event.reel.upper()


@dataclass(frozen=True, slots=True)
class _Notes:
    """What comments say of an event; in a transition FROM is what goes out, TO what comes in.

    outgoing    whether the last name was that of what goes out
    """

    is_mix: bool
    from_black: bool
    outgoing: bool = False
    name: str = ""
    file: str = ""
    path: str = ""
    from_name: str = ""
    from_file: str = ""
    reel: str = ""
    frozen: bool = False
    others: tuple[str, ...] = ()

    def add(self, line: str) -> "_Notes":
        """Return the notes with one more comment."""
        found = _COMMENT.match(line)
        if not found or (found["text"] is None and found["key"].upper() != "FREEZE FRAME"):
            text = line.strip().lstrip("*").strip()
            return replace(self, others=(*self.others, text)) if text else self
        key, text = " ".join(found["key"].upper().split()), found["text"] or ""
        if key == "FREEZE FRAME":
            return replace(self, frozen=True)
        side = self
        if self.is_mix and key.startswith(("FROM", "TO")):
            side = replace(self, outgoing=key.startswith("FROM") and not self.from_black)
        if not side.outgoing:
            return side.with_text(key, text)
        if key == "SOURCE FILE":  # a second one is of what comes in
            return replace(side, outgoing=False, from_file=text)
        if key.endswith("CLIP NAME"):
            return replace(side, from_name=text)
        return replace(side, others=(*self.others, f"{key}: {text}"))

    def with_text(self, key: str, text: str) -> "_Notes":
        """Return the notes with the text of a comment about what is laid."""
        if key.endswith("CLIP NAME"):
            return replace(self, name=text)
        if key == "SOURCE FILE":
            return replace(self, file=text)
        return replace(self, reel=text) if "REEL" in key else replace(self, path=text)
