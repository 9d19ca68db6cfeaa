"""Cue lists of dubbing studios: a row a line, with columns known by their names, in any order.

Cue   Character   TC In         TC Out        Line    File
1001  ANNA        01:00:00:12   01:00:01:07   Bitte   cues/1001.wav
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path, PureWindowsPath

from lipflap.core.errors import DubError
from lipflap.plugin.cut.cast.spoken_together import say_together
from lipflap.plugin.cut.delivery.cue_columns import columns_of, unit_of
from lipflap.plugin.cut.delivery.pro_tools import SessionClip, SessionText, read_session_text
from lipflap.plugin.cut.delivery.table import TEXT_SUFFIXES, Rows, read_tables, read_text
from lipflap.plugin.cut.track_names import character_of

_MAX_HEADER_ROW = 30
_SAME_RATE = Fraction(1, 100)
_TIMECODE = re.compile(r"\d+:\d+:\d+[:;]\d+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_RANGE = re.compile(r"([\d:;.,+]+)\s*(?:-->|->|[-–—→]|to|bis|à)\s*([\d:;.,+]+)")
_OFF = re.compile(
    r"(?i)(omit|cut|delet|drop|kill|remov|unused|not used|gestrichen|entf[aä]ll|gel[oö]scht"
    r"|supprim|elimin)\w*\W*"
)
_HOW_HEARD = re.compile(r"(?i)\s*[(\[](v\W?o\W?|o\W?[scv]\W?|off|on|cont\W?d?\W?|forts?\W?)[)\]]")


@dataclass(frozen=True, slots=True)
class ListedCue:
    """A row of a cue list: its texts as they stand there; empty where it says nothing.

    row         its number in the table, from 1
    shot        name of the shot that it is of
    off         why it is not to be heard; empty where it is
    is_part     whether it may be a part of its file: a clip of a session with a name of its own
    stamp       time at which what such a clip plays at `stamped_at` was recorded
    """

    row: int
    cue: str
    character: str
    start: str
    end: str
    text: str
    file: str
    off: str = ""
    shot: str = ""
    is_part: bool = False
    stamp: str = ""
    stamped_at: str = ""

    @property
    def name(self) -> str:
        """Name of the line: its cue, else its file, else its row."""
        return self.cue or self.file or f"row {self.row}"


@dataclass(frozen=True, slots=True)
class CueList:
    """The cues of a list, and notes on what else its file holds."""

    cues: tuple[ListedCue, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Header:
    """A header that a table may have: its titles by column, and the row that ends it."""

    titles: Sequence[str]
    columns: dict[str, int]
    end: int


def read_cue_list(path: Path, rate: Fraction) -> CueList:
    """Return the cues of a list: of the table whose header names most columns.

    rate   frames per second of the cut
    Raises DubError when it is no table, or no header names when or which file a line is.
    """
    if path.suffix.casefold() in TEXT_SUFFIXES and (session := read_session_text(read_text(path))):
        return CueList(_cues_of(session, path, rate))
    found: list[tuple[str, _Header, Rows]] = []
    for sheet, rows in read_tables(path):
        header = max(_headers(rows), key=lambda one: len(one.columns), default=None)
        if header is not None and len(header.columns) > 1:
            found.append((sheet, header, rows))
    if not found:
        raise DubError(
            "has no header row that a cue list has.",
            where=str(path),
            fix="Name its columns: cue, character, in, out, text, file; at least in or file, and "
            "one more.",
        )
    chosen = max(found, key=lambda one: len(one[1].columns))
    cues = _cues_in(*chosen[1:])
    if not cues:
        raise DubError("lists no cue below its header.", where=str(path))
    others = [one for one in found if one[0] and one is not chosen and _cues_in(*one[1:])]
    return CueList(cues, tuple(_left_sheet(sheet, chosen[0]) for sheet, _, _ in others))


def _left_sheet(sheet: str, chosen: str) -> str:
    return (
        f"Sheet '{sheet}' holds cues, too, and is left: '{chosen}' is read. Save it as a list of "
        "its own to have it laid."
    )


def _headers(rows: Rows) -> Iterator[_Header]:
    """Yield the rows of a table that may be its header, and pairs of them that are one together.

    Timecode    |           two rows, of which the first stands over several columns
    In    | Out | Line
    """
    first = rows[:_MAX_HEADER_ROW]
    for number, row in enumerate(first):
        columns = columns_of(row)
        if columns.keys() & {"start", "file"}:
            yield _Header(row, columns, number + 1)
        below = first[number + 1] if number + 1 < len(first) else []
        if columns and below and all(columns_of([title]) for title in below if title):
            yield from _joined_header(row, below, number + 2)


def _joined_header(above: Sequence[str], below: Sequence[str], end: int) -> Iterator[_Header]:
    titles = []
    for upper, lower in zip_longest(above, below, fillvalue=""):
        titles.append(lower if upper == lower else f"{upper} {lower}".strip())
    columns = columns_of(titles)
    if columns.keys() & {"start", "file"}:
        yield _Header(titles, columns, end)


def _cues_in(header: _Header, rows: Rows) -> tuple[ListedCue, ...]:
    numbered = enumerate(rows[header.end :], header.end + 1)
    cues = [_cue(number, row, header) for number, row in numbered]
    together = say_together(cue.character for cue in cues) | {"": ""}
    return tuple(
        replace(cue, character=together[cue.character])
        for cue in cues
        if cue.start or cue.file or cue.cue
    )


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
    times = (clip.start, clip.end, clip.stamp, clip.stamped_at)
    start, end, stamp, stamped_at = (text.partition(".")[0] for text in times)  # no subframes
    return ListedCue(
        row=clip.row,
        cue=clip.clip,
        character=character_of(clip.track),
        start=start,
        end=end,
        text="",
        file=clip.file,
        off=off,
        is_part=clip.clip not in (clip.file, PureWindowsPath(clip.file).stem),
        stamp=stamp,
        stamped_at=stamped_at,
    )


def _cue(number: int, row: Sequence[str], header: _Header) -> ListedCue:
    def cell(column: str) -> str:
        place = header.columns.get(column, len(row))
        return unicodedata.normalize("NFC", row[place] if place < len(row) else "")

    def time(column: str) -> str:
        text = cell(column)
        place = header.columns.get(column)
        unit = unit_of(header.titles[place]) if place is not None else ""
        return text + unit if _NUMBER.fullmatch(text) else text

    start, end = time("start"), time("end")
    if both := _RANGE.fullmatch(start):  # from and to in one cell
        start, end = both[1], end or both[2]
    status = cell("status")
    return ListedCue(
        row=number,
        cue=cell("cue"),
        character=_HOW_HEARD.sub("", cell("character")),
        start=start,
        end=end,
        text=cell("text"),
        file=cell("file"),
        off=f"Its status in the list is '{status}'." if _OFF.fullmatch(status) else "",
        shot=cell("shot"),
    )
