"""Rows of a table as ranges: one by one, a selection of thousands takes half a second."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel
from PySide6.QtWidgets import QTableView


def select_rows(table: QTableView, rows: Sequence[int]) -> None:
    """Select these rows, in rising order, and no others."""
    model, selection = table.model(), QItemSelection()
    for first, last in runs(rows):
        selection.select(model.index(first, 0), model.index(last, model.columnCount() - 1))
    flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
    table.selectionModel().select(selection, flag)


def selected_rows(table: QTableView) -> list[int]:
    """Return the rows that are selected, in rising order."""
    selection = table.selectionModel().selection()
    ranges = map(selection.at, range(selection.count()))
    return sorted({row for one in ranges for row in range(one.top(), one.bottom() + 1)})


def runs(numbers: Sequence[int], others: int = 0) -> list[tuple[int, int]]:
    """Return first and last of each run of neighbours in rising numbers.

    others   that may lie between two neighbours
    """
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number <= runs[-1][1] + 1 + others:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
