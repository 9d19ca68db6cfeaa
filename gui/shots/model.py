"""The shot list as a Qt table: shows rows, holds no facts of its own.

What an editor looks for comes first: where a list is narrow, the last columns are out of view.
"""

from collections.abc import Callable, Mapping
from html import escape

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from lipflap.gui.shots.row import STATES, ShotRow
from lipflap.gui.theme import FAINT, STATE_COLOURS, TROUBLE
from lipflap.plugin.qc.report import format_offset

PICTURE, SHOT, STATE, WORDS, SYNC, RECORD, LINES, FACE = range(8)
TITLES = ("", "Shot", "State", "Remarks", "Sync", "Record", "Dub lines", "Face")

_NOT_JUDGED = 2.0  # behind the best: the worst come first

Index = QModelIndex | QPersistentModelIndex


class ShotModel(QAbstractTableModel):
    """One row a shot, in record order until it is sorted otherwise.

    It sorts its rows itself: a QSortFilterProxyModel would ask Python for a key twice in each
    comparison, a third of a second for five thousand rows.
    """

    def __init__(self, thumbnail: Callable[[str], QPixmap | None]) -> None:
        super().__init__()
        self._given: tuple[ShotRow, ...] = ()
        self._sorted_by, self._is_descending = -1, False
        self._rows: tuple[ShotRow, ...] = ()
        self._row_of: dict[str, int] = {}
        self._thumbnail = thumbnail

    def show_rows(self, rows: tuple[ShotRow, ...]) -> None:
        """Show other rows; where the shots are the same, only what changed is drawn again."""
        self._given, before, now = rows, self._rows, self._sorted(rows)
        shots = [row.shot for row in now]
        if shots == [row.shot for row in before]:
            self._rows = now
            told = enumerate(zip(before, now, strict=True))
            changed = [n for n, (old, new) in told if old is not new and old != new]
            for first, last in _runs(changed):
                self.dataChanged.emit(self.index(first, PICTURE), self.index(last, FACE))
        elif self._row_of.keys() == set(shots):
            self._arrange(now)
        else:
            self.beginResetModel()
            self._lay(now)
            self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column, now and whenever rows are shown; as they are given for -1."""
        self._sorted_by, self._is_descending = column, order == Qt.SortOrder.DescendingOrder
        self._arrange(self._sorted(self._given))

    def show_thumbnail(self, shot: str) -> None:
        """There is a picture of a shot now."""
        if shot in self._row_of:
            at = self.index(self._row_of[shot], PICTURE)
            self.dataChanged.emit(at, at, [Qt.ItemDataRole.DecorationRole])

    def row(self, number: int) -> ShotRow:
        return self._rows[number]

    def number(self, shot: str) -> int | None:
        return self._row_of.get(shot)

    def _sorted(self, rows: tuple[ShotRow, ...]) -> tuple[ShotRow, ...]:
        column = self._sorted_by
        if column < 0:
            return rows
        return tuple(
            sorted(rows, key=lambda row: _sorted_by(row, column), reverse=self._is_descending)
        )

    def _arrange(self, rows: tuple[ShotRow, ...]) -> None:
        """Put the same shots in another order; what is chosen and where one is stays."""
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        shots = [self._rows[at.row()].shot for at in held]
        self._lay(rows)
        now = (
            self.index(self._row_of[shot], at.column())
            for at, shot in zip(held, shots, strict=True)
        )
        self.changePersistentIndexList(held, list(now))
        self.layoutChanged.emit()

    def _lay(self, rows: tuple[ShotRow, ...]) -> None:
        self._rows = rows
        self._row_of = {row.shot: number for number, row in enumerate(rows)}

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
        if role == Qt.ItemDataRole.DecorationRole and column == PICTURE:
            return self._thumbnail(row.shot)
        if role == Qt.ItemDataRole.ForegroundRole:
            return _colour(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _told(row, column) or None
        if role == Qt.ItemDataRole.ToolTipRole and (told := _told(row, column)):
            return f"<p>{escape(told)}</p>"  # only what is marked up is broken into lines
        return None


def _text(row: ShotRow, column: int) -> str:
    texts: Mapping[int, str] = {
        SHOT: row.shot,
        RECORD: f"{row.record_in}\n{row.record_out}",
        LINES: row.lines,
        FACE: row.face,
        STATE: row.state,
        SYNC: _sync(row),
        WORDS: row.words,
    }
    return texts.get(column, "")


def _sync(row: ShotRow) -> str:
    if row.sync is None:
        return ""
    mark = "check " if row.doubtful else ""
    offset_ms = row.sync.offset_ms
    return f"{offset_ms:{'+d' if offset_ms else 'd'}} ms\n{mark}{row.sync.confidence:.2f}"


def _told(row: ShotRow, column: int) -> str:
    if column == PICTURE:
        return f"{row.shot}, {row.state}"
    if column == RECORD:
        return f"{row.record_in} – {row.record_out}"
    if column != SYNC or row.sync is None:
        return _text(row, column)
    sync = row.sync
    return (
        f"The new mouth is {format_offset(sync.offset_ms)}; confidence {sync.confidence:.2f} over "
        f"{sync.speech_s:.1f} s of speech, where chance gives up to {sync.chance_level:.2f}. "
        f"The mouth as filmed: {sync.untouched_confidence:.2f}. Measured by Lipflap's own network."
    )


def _sorted_by(row: ShotRow, column: int) -> float | str:
    if column in (RECORD, PICTURE):
        return float(row.record.start)
    if column == STATE:
        return STATES.index(row.state)
    if column == SYNC:
        return row.sync.confidence if row.sync else _NOT_JUDGED
    return _text(row, column).casefold()


def _colour(row: ShotRow, column: int) -> object:
    if column == STATE:
        return STATE_COLOURS[row.state]
    if column == SYNC and row.doubtful:
        return TROUBLE
    return FAINT if column in (RECORD, WORDS) else None


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours in rising numbers."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
