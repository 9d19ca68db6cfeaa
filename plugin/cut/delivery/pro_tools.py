"""Pro Tools' own list of a session: File > Export > Session Info as Text.

TIMECODE FORMAT:  25 Frame
CLIP NAME         Source File
ANNA_1001-02      ANNA_1001.wav
TRACK NAME:       ANNA
STATE:            Muted
CHANNEL  EVENT  CLIP NAME     START TIME   END TIME     DURATION     TIMESTAMP    STATE
1        1      (fade in)     01:00:00:10  01:00:00:12  00:00:00:02  00:00:00:00  Unmuted
1        2      ANNA_1001-02  01:00:00:12  01:00:01:07  00:00:00:20  14:03:22:05  Unmuted

The clips list and the timestamps are there if they were asked for. A fade is a row of its own, over
sound of the clip beside it. Where in its file a clip begins is said by its timestamp alone: the
time at which the sound there was recorded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

_START = re.compile(r"\s*SESSION NAME:\t")
_TRACK = "TRACK NAME:"
_SOURCE = "Source File"  # title in the list of clips
_FADE = re.compile(r"\((fade in|fade out|cross ?fade)\)", re.IGNORECASE)
_FORMAT = re.compile(r"^TIMECODE FORMAT:\t\s*([\d.]+)", re.MULTILINE)
_MUTED = ("muted", "inactive")


@dataclass(frozen=True, slots=True)
class SessionClip:
    """A clip of a session: the row that it stands in, from 1, and the texts of that row.

    file         its source file; its own name where the text has no list of clips
    start, end   of its fades, too
    muted        whether it, or its track, is
    stamp        time at which what it plays at `stamped_at` was recorded; may be empty
    """

    row: int
    track: str
    clip: str
    file: str
    start: str
    end: str
    muted: bool
    stamp: str
    stamped_at: str


@dataclass(frozen=True, slots=True)
class SessionText:
    """The clips of a session, and the frames a second of its timecode; 0 where it says none."""

    frames_a_second: Fraction
    clips: tuple[SessionClip, ...]


def read_session_text(text: str) -> SessionText | None:
    """Return what a session's text lists; None for any other text."""
    if not _START.match(text) or _TRACK not in text:
        return None
    found = _FORMAT.search(text)
    rate = Fraction(found[1]) if found and found[1].count(".") < 2 else Fraction(0)
    return SessionText(rate, tuple(_clips(text.splitlines())))


def _clips(lines: list[str]) -> Iterator[SessionClip]:
    """Yield the clips of all tracks; of one that has several channels, the first."""
    files: dict[str, str] = {}
    track, muted, titles = "", False, list[str]()
    events: list[SessionClip] = []
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if cells[0] == _TRACK:
            yield from _with_fades(events)
            track, muted, titles, events = " ".join(cells[1:]).strip(), False, [], []
        elif cells[0] == "STATE:" and not titles:
            muted = any(word in line.casefold() for word in _MUTED)
        elif "CLIP NAME" in cells or "REGION NAME" in cells:
            titles = [cell.replace("REGION", "CLIP") for cell in cells]
        elif len(cells) < 5:
            if _SOURCE in titles and len(cells) > 1:
                files[cells[0]] = cells[1]
            else:
                titles = []
        elif titles and cells[0] == "1":
            row = dict(zip(titles, cells, strict=False))
            is_off = muted or row.get("STATE", "").casefold() == "muted"
            events.append(_clip(number, track, row, files, is_off))
    yield from _with_fades(events)


def _clip(
    number: int, track: str, row: dict[str, str], files: dict[str, str], is_off: bool
) -> SessionClip:
    name, start = row.get("CLIP NAME", ""), row.get("START TIME", "")
    return SessionClip(
        row=number,
        track=track,
        clip=name,
        file=files.get(name, name),
        start=start,
        end=row.get("END TIME", ""),
        muted=is_off,
        stamp=row.get("TIMESTAMP", ""),
        stamped_at=start,
    )


def _with_fades(events: list[SessionClip]) -> Iterator[SessionClip]:
    """Yield the clips of a track, as long as with the fades that lie beside them."""
    fades = [event for event in events if _FADE.fullmatch(event.clip)]
    begins = {fade.end: fade.start for fade in fades if "out" not in fade.clip.casefold()}
    ends = {fade.start: fade.end for fade in fades if "in" not in fade.clip.casefold()}
    for event in events:
        if event not in fades:
            start, end = begins.get(event.start, event.start), ends.get(event.end, event.end)
            yield replace(event, start=start, end=end)
