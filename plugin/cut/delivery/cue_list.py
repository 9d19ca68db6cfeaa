"""Cue lists of dubbing studios: a row a line, with columns known by their names, in any order.

Cue   Character   TC In         TC Out        Line    File
1001  ANNA        01:00:00:12   01:00:01:07   Bitte   cues/1001.wav
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.cut.delivery.table import Rows, read_tables

_TITLES = {
    "cue": "cue id number no nr nummer num loop event index line-id lineid cue-id cueid cue-no "
    "cueno cue-number loop-no line-no line-number line-nr dialogue-id dialog-id # satz satznummer",
    "character": "character char role rolle figur speaker sprecher sprecherin person personnage "
    "personaje personaggio personagem voice stimme part who cast name",
    "start": "in start begin beginn anfang von tc timecode tcin intc time startzeit starttime "
    "entree inizio inicio entrada incue",
    "end": "out end stop ende bis tcout outtc endzeit endtime sortie fine fin salida outcue",
    "text": "text line dialogue dialog dub translation dialogtext adaptation content",
    "file": "file filename audio sound wav wave media datei dateiname fichier archivo clip "
    "audiofile soundfile path",
    "take": "take takename",
}
_MEANING = {title: column for column, titles in _TITLES.items() for title in titles.split()}
_TELLING = ("end", "start", "file", "character", "take", "cue", "text")  # TC In, Character Name
_IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_WORD = re.compile(r"[^\W_]+|#")
_MAX_HEADER_ROW = 30
_MAX_TITLE_WORDS = 4


@dataclass(frozen=True, slots=True)
class ListedCue:
    """A row of a cue list: its texts as they stand there; empty where it says nothing.

    row   its number in the table, from 1
    """

    row: int
    cue: str
    character: str
    start: str
    end: str
    text: str
    file: str

    @property
    def name(self) -> str:
        """Name of the line: its cue, else its file, else its row."""
        return self.cue or self.file or f"row {self.row}"


def read_cue_list(path: Path) -> tuple[ListedCue, ...]:
    """Return the cues of a list: of the table whose header names most columns.

    Raises DubError when it is no table, or no header names when or which file a line is.
    """
    best: tuple[int, int, dict[str, int], Rows] | None = None
    for rows in read_tables(path):
        for number, row in enumerate(rows[:_MAX_HEADER_ROW]):
            columns = _columns_of(row)
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


def _cue(number: int, row: Sequence[str], columns: dict[str, int]) -> ListedCue:
    def cell(column: str) -> str:
        place = columns.get(column, len(row))
        return row[place] if place < len(row) else ""

    texts = (cell(column) for column in ("cue", "character", "start", "end", "text", "file"))
    return ListedCue(number, *texts)


def _columns_of(header: Iterable[str]) -> dict[str, int]:
    """Return the place of each column that a header names; of two of a kind, the first."""
    columns: dict[str, int] = {}
    for place, title in enumerate(header):
        meaning = _meaning_of(title)
        if meaning:
            columns.setdefault(meaning, place)
    if "take" in columns:
        columns.setdefault("file", columns.pop("take"))
    return columns


def _meaning_of(title: str) -> str | None:
    """Return the column that a title means, whatever its case, accents, units and separators.

    A title of several words means what the most telling of them does: TC In, Character Name.
    """
    plain = unicodedata.normalize("NFKD", _IN_BRACKETS.sub("", title).casefold())
    words = _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
    if not 1 <= len(words) <= _MAX_TITLE_WORDS:
        return None
    whole = _MEANING.get("-".join(words)) or _MEANING.get("".join(words))
    meanings = {_MEANING.get(word) for word in words}
    return whole or next((column for column in _TELLING if column in meanings), None)
