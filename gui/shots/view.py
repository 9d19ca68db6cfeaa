"""The shot list: thumbnails, states, sync; sorted, filtered, searched, with multiple selection."""

from collections import OrderedDict
from collections.abc import Collection, Sequence

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
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
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lipflap.gui.shots.delegates import StateDelegate, ThumbnailDelegate, chip_width
from lipflap.gui.shots.model import (
    FACE,
    LINES,
    RECORD,
    REMARKS,
    SHOT,
    STATE,
    SYNC,
    THUMBNAIL,
    TITLES,
    ShotModel,
)
from lipflap.gui.shots.row import LABELS, STATES, ShotRow
from lipflap.gui.shots.row_filter import ALL, CHIPS, RowFilter, count_chips
from lipflap.gui.shots.row_ranges import select_rows, selected_rows
from lipflap.gui.shots.thumbnails import SIZE, card

_SAMPLES = {
    SHOT: "SH0000",
    SYNC: "+000 ms",
    RECORD: "00:00:00:00",
    FACE: "0, picked",
}
_WIDEST_STATE = "Rendering 100 %"
_MAX_NAME, _MAX_LINES = "EP104_SC027_0340_v002", "ANNA_DE_0000"
_MIN_REMARK, _REMARK = "The face is turned", "The face is turned too far"  # one of three lines
_ALL_STATES = "All states"
_NO_CUT, _NO_MATCH = (
    "Open a cut with Ctrl+O.",
    "No shot matches. Press Esc in the search field to show all.",
)
_CHIP_TIPS = {
    ALL: "All shots",
    "To render": "Shots that have no picture of what is decided now",
    "Check": "Rendered shots to look at again: their remarks say why",
    "Done": "Approved shots",
}
_MAX_THUMBNAILS = 600  # 35 MB
_REQUEST_DELAY_MS = 40
_CELL_PADDING_PX = 16


class ShotView(QWidget):
    """Search field, state filter, table and the number of shots.

    selection_changed     set of shot names, when the user selected them
    activated             shot name: a double click or Enter
    menu_requested        where on the screen
    thumbnails_requested  names of shots that are in view and have no thumbnail yet
    """

    selection_changed = Signal(object)
    activated = Signal(str)
    menu_requested = Signal(QPoint)
    thumbnails_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails: OrderedDict[str, QPixmap] = OrderedDict()
        self._blank = card()
        self._missing: dict[str, None] = {}
        self._request_timer = QTimer(self, singleShot=True, interval=_REQUEST_DELAY_MS)
        self._request_timer.timeout.connect(self._request_thumbnails)
        self._model = ShotModel(self._thumbnail)
        self._proxy = RowFilter(self._model, self)
        self._emits_selection, self._chosen = True, frozenset[str]()
        self.chips = {name: QToolButton(self) for name in CHIPS}  # first, for Tab
        self.search, self.states, self.table = QLineEdit(self), QComboBox(self), QTableView(self)
        self._count_label, self._empty_label = QLabel(self), QLabel()
        self._longest_name, self._longest_lines, self._is_sized = "", "", False
        self._prepare_widgets()
        self._lay_out()
        self._connect()
        self._update_count()

    def show_rows(self, rows: tuple[ShotRow, ...]) -> None:
        """Show these rows; what was selected stays selected."""
        selected = self.selected_shots()
        name = max((row.shot for row in rows), key=len, default="")
        lines = max((row.lines for row in rows), key=len, default="")
        if (name, lines) != (self._longest_name, self._longest_lines):
            self._longest_name, self._longest_lines = name, lines
            self._size_columns()
        self._model.show_rows(rows)
        self.select(selected)
        self._update_count()

    def show_thumbnail(self, shot: str, picture: QPixmap) -> None:
        self._thumbnails[shot] = picture
        self._thumbnails.move_to_end(shot)
        if len(self._thumbnails) > _MAX_THUMBNAILS:
            self._thumbnails.popitem(last=False)
        self._model.show_thumbnail(shot)

    def clear_thumbnails(self) -> None:
        """Drop all thumbnails: another cut was opened."""
        self._thumbnails.clear()
        self._missing.clear()

    def select(self, shots: Collection[str]) -> None:
        """Select shots without emitting `selection_changed`."""
        self._chosen = chosen = frozenset(shots)
        if chosen == set(self.selected_shots()):
            return
        rows = [at for at, row in enumerate(self._shown_rows()) if row.shot in chosen]
        self._emits_selection = False
        select_rows(self.table, rows)
        self._emits_selection = True
        if len(shots) == 1 and rows:
            index = self._proxy.index(rows[0], 0)
            self.table.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.NoUpdate
            )
            self.table.scrollTo(index)

    def selected_shots(self) -> tuple[str, ...]:
        """Return the selected shots in the order of the list."""
        selected, shown = selected_rows(self.table), self._shown_rows()
        return tuple(shown[number].shot for number in selected)

    def shown_shots(self) -> tuple[str, ...]:
        """Return all shots that pass search and filter, in the order of the list."""
        return tuple(row.shot for row in self._shown_rows())

    def start_search(self) -> None:
        """Put the focus into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        """Size the columns once the font is known; give the list the focus unless it is taken."""
        super().showEvent(event)
        if not self._is_sized:
            self._is_sized = True
            self._size_columns()
            if self.window().focusWidget() is None:
                self.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stretch_remarks()
        if event.size().height() < event.oldSize().height():
            self.table.scrollTo(self.table.currentIndex())

    def _size_columns(self) -> None:
        self.ensurePolished()
        width_of = self.table.fontMetrics().horizontalAdvance
        for column, sample in _SAMPLES.items():
            self.table.setColumnWidth(column, width_of(sample) + _CELL_PADDING_PX)
        name = max(width_of(self._longest_name), width_of(_SAMPLES[SHOT]))
        name = min(name, width_of(_MAX_NAME))
        lines = max(width_of(self._longest_lines), width_of(TITLES[LINES]))
        lines = min(lines, width_of(_MAX_LINES))
        for column, width in ((SHOT, name), (LINES, lines)):
            self.table.setColumnWidth(column, width + _CELL_PADDING_PX)
        self.table.setColumnWidth(THUMBNAIL, SIZE.width() + 8)
        self.table.setColumnWidth(STATE, chip_width(width_of(_WIDEST_STATE)) + 8)
        self._stretch_remarks()

    def _stretch_remarks(self) -> None:
        """Give the remarks the width that the other columns leave over.

        Where that is too little, those behind them go out of view.
        """
        width_of = self.table.fontMetrics().horizontalAdvance
        min_px, wanted_px = (width_of(text) + _CELL_PADDING_PX for text in (_MIN_REMARK, _REMARK))
        before_px = sum(map(self.table.columnWidth, range(REMARKS)))
        behind_px = sum(map(self.table.columnWidth, range(REMARKS + 1, len(TITLES))))
        left_px = self.table.viewport().width() - before_px
        is_room_for_all = left_px - behind_px >= wanted_px
        width_px = left_px - behind_px if is_room_for_all else max(min_px, left_px)
        self.table.setColumnWidth(REMARKS, width_px)

    def _prepare_widgets(self) -> None:
        self.search.setPlaceholderText("Search shots, lines, remarks")
        self.search.setAccessibleName("Search the shot list")
        self.search.setClearButtonEnabled(True)
        self.states.setAccessibleName("Show shots of one state")
        self.states.addItem(_ALL_STATES, "")
        for state in STATES:
            self.states.addItem(LABELS[state], state)
        for name, button in self.chips.items():
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setToolTip(_CHIP_TIPS[name])
        self.chips[ALL].setChecked(True)
        table = self.table
        table.setAccessibleName("Shots")
        table.setModel(self._proxy)
        table.setItemDelegateForColumn(STATE, StateDelegate(table))
        table.setItemDelegateForColumn(THUMBNAIL, ThumbnailDelegate(table))
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
        nothing = QItemSelectionModel(self._proxy, self)  # else it asks each row of 5,000 selected
        across.setSelectionModel(nothing)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty_label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _lay_out(self) -> None:
        chips = QHBoxLayout()
        chips.setContentsMargins(6, 6, 8, 0)
        chips.setSpacing(3)
        for button in self.chips.values():
            chips.addWidget(button)
        chips.addStretch(1)
        above = QHBoxLayout()
        above.setContentsMargins(6, 4, 8, 0)
        QVBoxLayout(self.table.viewport()).addWidget(self._empty_label)
        above.addWidget(self.search, 1)
        above.addWidget(self.states)
        above.addWidget(self._count_label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(chips)
        column.addLayout(above)
        column.addWidget(self.table)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._apply_filters)
        self.search.returnPressed.connect(self._open_first_match)
        back = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.search)
        back.setContext(Qt.ShortcutContext.WidgetShortcut)
        back.activated.connect(self._clear_filters)
        self.states.currentTextChanged.connect(self._apply_filters)
        for button in self.chips.values():
            button.clicked.connect(self._apply_filters)
        self.table.selectionModel().selectionChanged.connect(self._emit_selection)
        self.table.activated.connect(lambda index: self.activated.emit(self._row(index.row()).shot))
        self.table.verticalScrollBar().rangeChanged.connect(self._stretch_remarks)
        self.table.customContextMenuRequested.connect(
            lambda index: self.menu_requested.emit(self.table.viewport().mapToGlobal(index))
        )

    def _apply_filters(self) -> None:
        chips = {name: button.isChecked() for name, button in self.chips.items()}
        chip = next((name for name, is_on in chips.items() if is_on), ALL)
        selected = self.selected_shots()
        self._emits_selection = False  # else it would for each run of rows that goes
        self._proxy.show_only(self.search.text(), self.states.currentData(), CHIPS[chip])
        self._emits_selection = True
        self._update_count()
        if self.selected_shots() != selected:
            self._emit_selection()
        self.select(self._chosen)  # what the filters hid before may be shown now

    def _open_first_match(self) -> None:
        """Select and show the first shot that was found; the list has the keys from then on."""
        if found := self.shown_shots():
            self.table.setFocus()
            self.select(found[:1])
            self.selection_changed.emit(set(found[:1]))

    def _clear_filters(self) -> None:
        self.search.clear()
        self.states.setCurrentText(_ALL_STATES)
        self.chips[ALL].click()
        self.table.setFocus()

    def _update_count(self) -> None:
        shown, total = self._proxy.rowCount(), self._model.rowCount()
        self._empty_label.setText(_NO_MATCH if total else _NO_CUT)
        self._empty_label.setVisible(shown == 0)
        self._count_label.setText(
            f"{total} shots" if shown == total else f"{shown} of {total} shots"
        )
        for name, count in count_chips(self._model.rows).items():
            self.chips[name].setText(f"{name} {count}")

    def _emit_selection(self) -> None:
        if self._emits_selection:
            self._chosen = frozenset(self.selected_shots())
            self.selection_changed.emit(set(self._chosen))

    def _shown_rows(self) -> Sequence[ShotRow]:
        """Return all rows that pass search and filter, in the order of the list."""
        count = self._proxy.rowCount()
        if count == self._model.rowCount():
            return self._model.rows  # mapping one by one takes 20 ms for five thousand
        return [self._row(number) for number in range(count)]

    def _row(self, shown: int) -> ShotRow:
        return self._model.row(self._proxy.mapToSource(self._proxy.index(shown, 0)).row())

    def _index_of(self, shot: str) -> QModelIndex | None:
        number = self._model.number(shot)
        if number is None:
            return None
        return self._proxy.mapFromSource(self._model.index(number, 0))

    def _thumbnail(self, shot: str) -> QPixmap:
        """Return the thumbnail of a shot in view; request it, if missing, once scrolling rests."""
        if shot in self._thumbnails:
            self._thumbnails.move_to_end(shot)
            return self._thumbnails[shot]
        self._missing[shot] = None
        self._request_timer.start()
        return self._blank

    def _request_thumbnails(self) -> None:
        missing = [shot for shot in self._missing if self._is_in_view(shot)]
        self._missing.clear()
        if missing:
            self.thumbnails_requested.emit(missing)

    def _is_in_view(self, shot: str) -> bool:
        index = self._index_of(shot)
        rect = self.table.visualRect(index) if index is not None else QRect()
        return rect.intersects(self.table.viewport().rect())
