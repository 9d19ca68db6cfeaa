"""Cue lists of dubbing studios: a row a line, with columns known by their names, in any order.

Cue   Character   TC In         TC Out        Line    File
1001  ANNA        01:00:00:12   01:00:01:07   Bitte   cues/1001.wav
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.cut.delivery.cue_columns import columns_of
from lipflap.plugin.cut.delivery.pro_tools import SessionClip, SessionText, read_session_text
from lipflap.plugin.cut.delivery.table import TEXT_SUFFIXES, Rows, read_tables, read_text
from lipflap.plugin.cut.track_names import character_of

_MAX_HEADER_ROW = 30
_SAME_RATE = Fraction(1, 100)
_TIMECODE = re.compile(r"\d+:\d+:\d+[:;]\d+")


@dataclass(frozen=True, slots=True)
class ListedCue:
    """A row of a cue list: its texts as they stand there; empty where it says nothing.

    row   its number in the table, from 1
    off   why it is not to be heard; empty where it is
    """

    row: int
    cue: str
    character: str
    start: str
    end: str
    text: str
    file: str
    off: str = ""

    @property
    def name(self) -> str:
        """Name of the line: its cue, else its file, else its row."""
        return self.cue or self.file or f"row {self.row}"


def read_cue_list(path: Path, rate: Fraction) -> tuple[ListedCue, ...]:
    """Return the cues of a list: of the table whose header names most columns.

    rate   frames per second of the cut
    Raises DubError when it is no table, or no header names when or which file a line is.
    """
    if path.suffix.casefold() in TEXT_SUFFIXES and (session := read_session_text(read_text(path))):
        return _cues_of(session, path, rate)
    best: tuple[int, int, dict[str, int], Rows] | None = None
    for rows in read_tables(path):
        for number, row in enumerate(rows[:_MAX_HEADER_ROW]):
            columns = columns_of(row)
            if columns.keys() & {"start", "file"} and (best is None or len(columns) > best[0]):
                best = len(columns), number, columns, rows
    if best is None or best[0] < 2:
        raise DubError(
            "has no header row that a cue list has.",
            where=str(path),
            fix="Name its columns: cue, character, in, out, text, file; at least in or file, and "
            "one more.",
        )
    _, header, columns, rows = best
    cues = (_cue(n, row, columns) for n, row in enumerate(rows[header + 1 :], header + 2))
    found = tuple(cue for cue in cues if cue.start or cue.file or cue.cue)
    if not found:
        raise DubError("lists no cue below its header.", where=str(path))
    return found


def _cues_of(session: SessionText, path: Path, rate: Fraction) -> tuple[ListedCue, ...]:
    """Return the clips of a session's text as cues.

    Raises DubError when it lists none, or counts other frames than the cut.
    """
    if not session.clips:
        raise DubError(
            "lists no clip on its tracks.",
            where=str(path),
            fix="Export the session's text again, with its tracks and their clips.",
        )
    if session.frames_a_second and abs(session.frames_a_second - rate) > _SAME_RATE:
        raise DubError(
            f"counts timecode at {float(session.frames_a_second):.5g} frames a second, the cut at "
            f"{float(rate):.5g}.",
            where=str(path),
            fix="Set the session's timecode rate to that of the cut, and export its text again.",
        )
    return tuple(map(_cue_of, session.clips))


def _cue_of(clip: SessionClip) -> ListedCue:
    off = "It is muted in the session." if clip.muted else ""
    if not _TIMECODE.match(clip.start):
        off = off or (
            f"Its time {clip.start} is no timecode. Export the session's text with timecode for "
            "its time format."
        )
    start, end = (text.partition(".")[0] for text in (clip.start, clip.end))  # without subframes
    return ListedCue(clip.row, clip.clip, character_of(clip.track), start, end, "", clip.clip, off)


def _cue(number: int, row: Sequence[str], columns: dict[str, int]) -> ListedCue:
    def cell(column: str) -> str:
        place = columns.get(column, len(row))
        return row[place] if place < len(row) else ""

    texts = (cell(column) for column in ("cue", "character", "start", "end", "text", "file"))
    return ListedCue(number, *(unicodedata.normalize("NFC", text) for text in texts))
