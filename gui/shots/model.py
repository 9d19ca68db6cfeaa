"""The shot list as a Qt table of rows.

The columns that matter most come first: where the list is narrow, the last are out of view.
"""

from collections.abc import Callable, Mapping
from html import escape

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from lipflap.gui.shots.row import STATES, ShotRow
from lipflap.gui.shots.row_ranges import runs
from lipflap.gui.theme import FAINT, STATE_COLOURS, TROUBLE
from lipflap.plugin.qc.report import describe_sync

THUMBNAIL, SHOT, STATE, RECORD, SYNC, LINES, REMARKS, FACE = range(8)
TITLES = ("", "Shot", "State", "Record", "Sync", "Dub lines", "Remarks", "Face")

_UNSCORED = 2.0  # sorted behind the best: the worst come first
_UNCHANGED_BETWEEN = 2  # rows that are shown anew with their neighbours: each message costs more

STATE_ROLE = Qt.ItemDataRole.UserRole  # the state itself, for its colour

Index = QModelIndex | QPersistentModelIndex


class ShotModel(QAbstractTableModel):
    """Table model with a row for each shot, in record order until it is sorted otherwise.

    It sorts its rows itself: a QSortFilterProxyModel calls Python twice in each comparison, which
    takes a third of a second for five thousand rows.
    """

    def __init__(self, thumbnail: Callable[[str], QPixmap | None]) -> None:
        super().__init__()
        self._source_rows: tuple[ShotRow, ...] = ()
        self._sort_column, self._is_descending = -1, False
        self._rows: tuple[ShotRow, ...] = ()
        self._row_of: dict[str, int] = {}
        self._thumbnail = thumbnail

    def show_rows(self, rows: tuple[ShotRow, ...]) -> None:
        """Show other rows; where the shots are the same, update only rows that changed."""
        self._source_rows, before, after = rows, self._rows, self._sorted(rows)
        shots = [row.shot for row in after]
        if shots == [row.shot for row in before]:
            self._rows = after
            text = enumerate(zip(before, after, strict=True))
            changed = [n for n, (old, new) in text if old is not new and old != new]
            for first, last in runs(changed, _UNCHANGED_BETWEEN):
                self.dataChanged.emit(self.index(first, THUMBNAIL), self.index(last, FACE))
        elif self._row_of.keys() == set(shots):
            self._reorder(after)
        else:
            self.beginResetModel()
            self._set_rows(after)
            self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, now and whenever rows are shown; -1 keeps the given order."""
        self._sort_column, self._is_descending = column, order == Qt.SortOrder.DescendingOrder
        self._reorder(self._sorted(self._source_rows))

    def show_thumbnail(self, shot: str) -> None:
        """Repaint the thumbnail of a shot."""
        if shot in self._row_of:
            index = self.index(self._row_of[shot], THUMBNAIL)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    @property
    def rows(self) -> tuple[ShotRow, ...]:
        return self._rows

    def row(self, number: int) -> ShotRow:
        return self._rows[number]

    def number(self, shot: str) -> int | None:
        return self._row_of.get(shot)

    def _sorted(self, rows: tuple[ShotRow, ...]) -> tuple[ShotRow, ...]:
        column = self._sort_column
        if column < 0:
            return rows
        return tuple(
            sorted(rows, key=lambda row: _sort_key(row, column), reverse=self._is_descending)
        )

    def _reorder(self, rows: tuple[ShotRow, ...]) -> None:
        """Put the same shots in another order; selection and current row stay."""
        self.layoutAboutToBeChanged.emit()
        indexes = self.persistentIndexList()
        shots = [self._rows[index.row()].shot for index in indexes]
        self._set_rows(rows)
        after = (
            self.index(self._row_of[shot], index.column())
            for index, shot in zip(indexes, shots, strict=True)
        )
        self.changePersistentIndexList(indexes, list(after))
        self.layoutChanged.emit()

    def _set_rows(self, rows: tuple[ShotRow, ...]) -> None:
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
        if role == Qt.ItemDataRole.DecorationRole and column == THUMBNAIL:
            return self._thumbnail(row.shot)
        if role == STATE_ROLE:
            return row.state
        if role == Qt.ItemDataRole.ForegroundRole:
            return _colour(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _full_text(row, column) or None
        if role == Qt.ItemDataRole.ToolTipRole and (text := _full_text(row, column)):
            return f"<p>{escape(text)}</p>"  # Qt wraps only rich text
        return None


def _text(row: ShotRow, column: int) -> str:
    texts: Mapping[int, str] = {
        SHOT: row.shot,
        RECORD: f"{row.record_in}\n{row.record_out}",
        LINES: row.lines,
        FACE: row.face,
        STATE: row.label,
        SYNC: _sync(row),
        REMARKS: row.remarks,
    }
    return texts.get(column, "")


def _sync(row: ShotRow) -> str:
    if row.sync is None:
        return ""
    offset_ms = row.sync.offset_ms
    sure = row.sync.confidence >= row.sync.chance_level
    offset = f"{offset_ms:{'+d' if offset_ms else 'd'}} ms" if sure else "unsure"
    return f"{'check' if row.has_sync_warning else 'good'}\n{offset}"


def _full_text(row: ShotRow, column: int) -> str:
    if column == THUMBNAIL:
        return f"{row.shot}, {row.label}"
    if column == RECORD:
        return f"{row.record_in} – {row.record_out}"
    if column != SYNC or row.sync is None:
        return _text(row, column)
    sync = row.sync
    return (
        f"Sync: {describe_sync(sync)}; confidence {sync.confidence:.2f} over "
        f"{sync.speech_s:.1f} s of speech, where chance gives up to {sync.chance_level:.2f}. "
        f"The mouth as filmed: {sync.untouched_confidence:.2f}. Scored by Lipflap itself."
    )


def _sort_key(row: ShotRow, column: int) -> float | str:
    if column in (RECORD, THUMBNAIL):
        return float(row.record.start)
    if column == STATE:
        return STATES.index(row.state)
    if column == SYNC:
        return row.sync.confidence if row.sync else _UNSCORED
    return _text(row, column).casefold()


def _colour(row: ShotRow, column: int) -> object:
    if column == STATE:
        return STATE_COLOURS[row.state]
    if column == SYNC and row.has_sync_warning:
        return TROUBLE
    return FAINT if column in (RECORD, REMARKS) else None
