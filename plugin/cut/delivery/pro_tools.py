"""Pro Tools' own list of a session: File > Export > Session Info as Text.

TIMECODE FORMAT:  25 Frame
TRACK NAME:       ANNA
STATE:            Muted
CHANNEL  EVENT  CLIP NAME  START TIME   END TIME     DURATION     STATE
1        1      ANNA_1001  01:00:00:12  01:00:01:07  00:00:00:20  Unmuted

Its clips are whole files by their names: it does not say where in a file a clip begins.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_START = re.compile(r"\s*SESSION NAME:\t")
_TRACK = "TRACK NAME:"
_FORMAT = re.compile(r"^TIMECODE FORMAT:\t\s*([\d.]+)", re.MULTILINE)
_MUTED = ("muted", "inactive")


@dataclass(frozen=True, slots=True)
class SessionClip:
    """A clip of a session: the row that it stands in, from 1, and the texts of that row.

    muted   whether it, or its track, is
    """

    row: int
    track: str
    clip: str
    start: str
    end: str
    muted: bool


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
    track, muted, titles = "", False, list[str]()
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if cells[0] == _TRACK:
            track, muted, titles = " ".join(cells[1:]).strip(), False, []
        elif cells[0] == "STATE:" and not titles:
            muted = any(word in line.casefold() for word in _MUTED)
        elif "CLIP NAME" in cells or "REGION NAME" in cells:
            titles = [cell.replace("REGION", "CLIP") for cell in cells]
        elif len(cells) < 5:
            titles = []
        elif titles and cells[0] == "1":
            row = dict(zip(titles, cells, strict=False))
            is_off = muted or row.get("STATE", "").casefold() == "muted"
            times = row.get("START TIME", ""), row.get("END TIME", "")
            yield SessionClip(number, track, row.get("CLIP NAME", ""), *times, is_off)
