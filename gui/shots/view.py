"""The shot list: thumbnails, states, sync; sorted, filtered, searched, several chosen at once."""

from collections import OrderedDict
from collections.abc import Collection

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QSortFilterProxyModel,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeySequence, QPixmap, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lipflap.gui.shots.delegates import StateDelegate, ThumbnailDelegate, chip_width
from lipflap.gui.shots.model import (
    FACE,
    LINES,
    PICTURE,
    RECORD,
    SHOT,
    STATE,
    SYNC,
    TITLES,
    WORDS,
    Index,
    ShotModel,
)
from lipflap.gui.shots.row import STATES, ShotRow
from lipflap.gui.shots.thumbnails import SIZE, card

_SAMPLES = {
    SHOT: "SH0000",
    SYNC: "check 0.00",
    RECORD: "00:00:00:00",
    LINES: "ANNA_DE_0000",
    FACE: "0, chosen",
}
_WIDEST_NAME = "EP104_SC027_0340_v002"
_FEWEST_WORDS = "The face is turned away from here"  # a line of remarks: there is room for three
_EVERY = "All states"
_NOTHING_HELD, _NOTHING_SHOWN = "No cut is open.", "No shot is like that. Esc shows all."
_MOST_PICTURES = 600  # 35 MB
_ASKED_AFTER_MS = 40
_AROUND_WORDS = 16


class ShotView(QWidget):
    """Search field, state filter, table, and how many are shown.

    chosen       set of shot names, when the user chose them
    activated    shot name: a double click or Enter
    menu_wanted  where on the screen
    thumbnails_wanted  names of shots that are in view and have no picture yet
    """

    chosen = Signal(object)
    activated = Signal(str)
    menu_wanted = Signal(QPoint)
    thumbnails_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: OrderedDict[str, QPixmap] = OrderedDict()
        self._no_picture = card()
        self._missed: dict[str, None] = {}
        self._asks = QTimer(self, singleShot=True, interval=_ASKED_AFTER_MS)
        self._asks.timeout.connect(self._ask)
        self._model = ShotModel(self._picture)
        self._shown = _Filter(self._model, self)
        self._telling = True
        self.search, self.states, self.table = QLineEdit(self), QComboBox(self), QTableView(self)
        self._counted, self._nothing = QLabel(self), QLabel()
        self._longest_name, self._is_wide = "", False
        self._dress()
        self._lay_out()
        self._connect()

    def show_rows(self, rows: tuple[ShotRow, ...]) -> None:
        """What stands in the list; what was chosen stays chosen."""
        kept = self.chosen_shots()
        longest = max((row.shot for row in rows), key=len, default="")
        if longest != self._longest_name:
            self._longest_name = longest
            self._widen()
        self._model.show_rows(rows)
        self.choose(kept)
        self._count()

    def show_thumbnail(self, shot: str, picture: QPixmap) -> None:
        self._pictures[shot] = picture
        self._pictures.move_to_end(shot)
        if len(self._pictures) > _MOST_PICTURES:
            self._pictures.popitem(last=False)
        self._model.show_thumbnail(shot)

    def forget_thumbnails(self) -> None:
        """Another cut: its shots look otherwise."""
        self._pictures.clear()
        self._missed.clear()

    def choose(self, shots: Collection[str]) -> None:
        """Choose shots without telling of it."""
        if set(shots) == set(self.chosen_shots()):
            return
        picked = QItemSelection()
        for shot in shots:
            at = self._at(shot)
            if at is not None and at.isValid():
                picked.select(at, at.siblingAtColumn(FACE))
        self._telling = False
        self.table.selectionModel().select(picked, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._telling = True
        if len(shots) == 1 and not picked.isEmpty():
            at = picked.indexes()[0]
            self.table.selectionModel().setCurrentIndex(
                at, QItemSelectionModel.SelectionFlag.NoUpdate
            )
            self.table.scrollTo(at)

    def chosen_shots(self) -> tuple[str, ...]:
        """In the order in which they are shown."""
        picked = sorted(i.row() for i in self.table.selectionModel().selectedRows())
        return tuple(self._row(n).shot for n in picked)

    def shown_shots(self) -> tuple[str, ...]:
        """All that pass search and filter, in the order in which they are shown."""
        return tuple(self._row(n).shot for n in range(self._shown.rowCount()))

    def begin_search(self) -> None:
        """Let the user type what to search for."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        """Columns are as wide as the font wants, the first time that it is known; keys are for
        the list, not for the search, unless somebody has taken them already."""
        super().showEvent(event)
        if not self._is_wide:
            self._is_wide = True
            self._widen()
            if self.window().focusWidget() is None:
                self.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_words_room()

    def _widen(self) -> None:
        self.ensurePolished()
        width_of = self.table.fontMetrics().horizontalAdvance
        for column, sample in _SAMPLES.items():
            self.table.setColumnWidth(column, width_of(sample) + _AROUND_WORDS)
        name = max(width_of(self._longest_name), width_of(_SAMPLES[SHOT]))
        name = min(name, width_of(_WIDEST_NAME))
        self.table.setColumnWidth(SHOT, name + _AROUND_WORDS)
        self.table.setColumnWidth(PICTURE, SIZE.width() + 8)
        self.table.setColumnWidth(STATE, chip_width(max(map(width_of, STATES))) + 8)
        self._give_words_room()

    def _give_words_room(self) -> None:
        """Remarks take what the other columns leave."""
        others = sum(self.table.columnWidth(n) for n in range(len(TITLES)) if n != WORDS)
        least = self.table.fontMetrics().horizontalAdvance(_FEWEST_WORDS) + _AROUND_WORDS
        self.table.setColumnWidth(WORDS, max(least, self.table.viewport().width() - others))

    def _dress(self) -> None:
        self.search.setPlaceholderText("Search shots, lines, remarks")
        self.search.setAccessibleName("Search the shot list")
        self.search.setClearButtonEnabled(True)
        self.states.setAccessibleName("Show shots of one state")
        self.states.addItems([_EVERY, *STATES])
        table = self.table
        table.setAccessibleName("Shots")
        table.setModel(self._shown)
        table.setItemDelegateForColumn(STATE, StateDelegate(table))
        table.setItemDelegateForColumn(PICTURE, ThumbnailDelegate(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setIconSize(SIZE)
        table.setShowGrid(False)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as they come: in record order
        table.setTabKeyNavigation(False)
        down, across = table.verticalHeader(), table.horizontalHeader()
        down.hide()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(SIZE.height() + 8)
        across.setHighlightSections(False)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.setContentsMargins(6, 6, 8, 0)
        QVBoxLayout(self.table.viewport()).addWidget(self._nothing)
        above.addWidget(self.search, 1)
        above.addWidget(self.states)
        above.addWidget(self._counted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(above)
        column.addWidget(self.table)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self.table.setFocus)
        back = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.search)
        back.setContext(Qt.ShortcutContext.WidgetShortcut)
        back.activated.connect(self._show_all)
        self.states.currentTextChanged.connect(self._filter)
        self.table.selectionModel().selectionChanged.connect(self._tell)
        self.table.activated.connect(lambda at: self.activated.emit(self._row(at.row()).shot))
        self.table.verticalScrollBar().rangeChanged.connect(self._give_words_room)
        self.table.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(self.table.viewport().mapToGlobal(at))
        )

    def _filter(self) -> None:
        state = self.states.currentText()
        self._shown.show_only(self.search.text(), "" if state == _EVERY else state)
        self._count()

    def _show_all(self) -> None:
        self.search.clear()
        self.states.setCurrentText(_EVERY)
        self.table.setFocus()

    def _count(self) -> None:
        shown, held = self._shown.rowCount(), self._model.rowCount()
        self._nothing.setText(_NOTHING_SHOWN if held else _NOTHING_HELD)
        self._nothing.setVisible(shown == 0)
        self._counted.setText(f"{held} shots" if shown == held else f"{shown} of {held} shots")

    def _tell(self) -> None:
        if self._telling:
            self.chosen.emit(set(self.chosen_shots()))

    def _row(self, shown: int) -> ShotRow:
        return self._model.row(self._shown.mapToSource(self._shown.index(shown, 0)).row())

    def _at(self, shot: str) -> QModelIndex | None:
        number = self._model.number(shot)
        if number is None:
            return None
        return self._shown.mapFromSource(self._model.index(number, 0))

    def _picture(self, shot: str) -> QPixmap:
        """Called for what is in view: what is missing there is asked for when scrolling rests."""
        if shot in self._pictures:
            self._pictures.move_to_end(shot)
            return self._pictures[shot]
        self._missed[shot] = None
        self._asks.start()
        return self._no_picture

    def _ask(self) -> None:
        missed = [shot for shot in self._missed if self._in_view(shot)]
        self._missed.clear()
        if missed:
            self.thumbnails_wanted.emit(missed)

    def _in_view(self, shot: str) -> bool:
        at = self._at(shot)
        there = self.table.visualRect(at) if at is not None else QRect()
        return there.intersects(self.table.viewport().rect())


class _Filter(QSortFilterProxyModel):
    """Rows that hold the words searched for, and are in the state asked for."""

    def __init__(self, model: ShotModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._cues = model
        self._words: tuple[str, ...] = ()
        self._state = ""
        self.setSourceModel(model)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._cues.sort(column, order)

    def show_only(self, words: str, state: str) -> None:
        self.beginFilterChange()
        self._words, self._state = tuple(words.casefold().split()), state
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        row = self._cues.row(source_row)
        if self._state and row.state != self._state:
            return False
        if not self._words:
            return True
        text = f"{row.shot} {row.lines} {row.face} {row.state} {row.words} {row.record_in}"
        return all(word in text.casefold() for word in self._words)
