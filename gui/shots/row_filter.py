"""Which rows of the shot list are shown: chips, the chosen state, and words that are searched."""

from collections import Counter
from collections.abc import Callable, Iterable

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QWidget

from lipflap.gui.shots.model import Index, ShotModel
from lipflap.gui.shots.row import OUT_OF_DATE, ShotRow
from lipflap.plugin.cut.cuesheet import CueState
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.review import Verdict

ALL = "All"
Chip = Callable[[str, bool], bool]  # of a row's state, and whether it is to be looked at again
CHIPS: dict[str, Chip] = {
    ALL: lambda state, is_checked: True,
    "To render": lambda state, is_checked: (
        state in (CueState.READY, OUT_OF_DATE, RenderState.FAILED)
    ),
    "Check": lambda state, is_checked: is_checked and state != Verdict.APPROVED,
    "Done": lambda state, is_checked: state == Verdict.APPROVED,
}


def count_chips(rows: Iterable[ShotRow]) -> dict[str, int]:
    """Return how many rows each chip shows."""
    kinds = Counter((row.state, bool(row.checks)) for row in rows)
    return {
        name: sum(count for kind, count in kinds.items() if shows(*kind))
        for name, shows in CHIPS.items()
    }


class RowFilter(QSortFilterProxyModel):
    """A filter of rows that contain all searched words and have the chosen state."""

    def __init__(self, model: ShotModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._search_words: tuple[str, ...] = ()
        self._state = ""
        self._chip = CHIPS[ALL]
        self.setSourceModel(model)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._model.sort(column, order)

    def show_only(self, text: str, state: str, chip: Chip) -> None:
        self.beginFilterChange()
        self._search_words, self._state = tuple(text.casefold().split()), state
        self._chip = chip
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        row = self._model.row(source_row)
        if (self._state and row.state != self._state) or not self._chip(
            row.state, bool(row.checks)
        ):
            return False
        if not self._search_words:
            return True
        texts = row.shot, row.lines, row.face, row.label, row.state, row.remarks, row.record_in
        text = " ".join(texts)
        return all(word in text.casefold() for word in self._search_words)
