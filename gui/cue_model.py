"""The shot list as a Qt table: shows rows, holds no facts of its own."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from lipflap.gui.cue_row import STATES, CueRow
from lipflap.gui.theme import FAINT, STATE_COLOURS, TROUBLE
from lipflap.plugin.report import on_time

PICTURE, SHOT, IN, OUT, LINES, FACE, STATE, SYNC, WORDS = range(9)
TITLES = ("", "Shot", "Record in", "Record out", "Dub lines", "Face", "State", "Sync", "Remarks")

SORT_ROLE = Qt.ItemDataRole.UserRole
ROW_ROLE = Qt.ItemDataRole.UserRole + 1

_NOT_JUDGED = 2.0  # behind the best: the worst come first

Index = QModelIndex | QPersistentModelIndex


class CueModel(QAbstractTableModel):
    """One row a shot, in record order."""

    def __init__(self, thumbnail: Callable[[str], QPixmap | None]) -> None:
        super().__init__()
        self._rows: tuple[CueRow, ...] = ()
        self._row_of: dict[str, int] = {}
        self._thumbnail = thumbnail

    def show_rows(self, rows: tuple[CueRow, ...]) -> None:
        """Show other rows; where the shots are the same, only what changed is drawn again."""
        before = self._rows
        if [row.shot for row in before] != [row.shot for row in rows]:
            self.beginResetModel()
            self._rows = rows
            self._row_of = {row.shot: n for n, row in enumerate(rows)}
            self.endResetModel()
            return
        self._rows = rows
        changed = [n for n, (old, new) in enumerate(zip(before, rows, strict=True)) if old != new]
        for first, last in _runs(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(last, WORDS))

    def show_thumbnail(self, shot: str) -> None:
        """There is a picture of a shot now."""
        if shot in self._row_of:
            at = self.index(self._row_of[shot], PICTURE)
            self.dataChanged.emit(at, at, [Qt.ItemDataRole.DecorationRole])

    def row(self, number: int) -> CueRow:
        return self._rows[number]

    def number(self, shot: str) -> int | None:
        return self._row_of.get(shot)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == SORT_ROLE:
            return _sorted_by(row, column)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DecorationRole and column == PICTURE:
            return self._thumbnail(row.shot)
        if role == Qt.ItemDataRole.ForegroundRole:
            return _colour(row, column)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return _told(row, column) or None
        return None


def _text(row: CueRow, column: int) -> str:
    texts: Mapping[int, str] = {
        SHOT: row.shot,
        IN: row.record_in,
        OUT: row.record_out,
        LINES: row.lines,
        FACE: row.face,
        STATE: row.state,
        SYNC: _sync(row),
        WORDS: row.words,
    }
    return texts.get(column, "")


def _sync(row: CueRow) -> str:
    if row.sync is None:
        return ""
    mark = "check  " if row.doubtful else ""
    offset_ms = row.sync.offset_ms
    return f"{mark}{offset_ms:{'+d' if offset_ms else 'd'}} ms  {row.sync.confidence:.2f}"


def _told(row: CueRow, column: int) -> str:
    if column == PICTURE:
        return f"{row.shot}, {row.state}"
    if column != SYNC or row.sync is None:
        return _text(row, column)
    sync = row.sync
    return (
        f"The new mouth is {on_time(sync.offset_ms)}; confidence {sync.confidence:.2f} over "
        f"{sync.speech_s:.1f} s of speech, where chance gives up to {sync.chance:.2f}. "
        f"The mouth as filmed: {sync.untouched_confidence:.2f}. Lipflap's own judge."
    )


def _sorted_by(row: CueRow, column: int) -> object:
    if column in (IN, PICTURE):
        return float(row.record.start)
    if column == OUT:
        return float(row.record.end)
    if column == STATE:
        return STATES.index(row.state)
    if column == SYNC:
        return row.sync.confidence if row.sync else _NOT_JUDGED
    return _text(row, column).casefold()


def _colour(row: CueRow, column: int) -> object:
    if column == STATE:
        return STATE_COLOURS[row.state]
    if column == SYNC and row.doubtful:
        return TROUBLE
    return FAINT if column in (IN, OUT, WORDS) else None


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours in rising numbers."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
