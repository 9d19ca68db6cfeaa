"""The order in which Tab goes through a dialog: as it is read, and not as it was made."""

from itertools import pairwise

from PySide6.QtWidgets import QDialogButtonBox, QWidget


def tab_through(*widgets: QWidget) -> None:
    """Have Tab go from each of these widgets to the next; of a row of buttons, to its first."""
    order: list[QWidget] = []
    for widget in widgets:
        order += widget.buttons() if isinstance(widget, QDialogButtonBox) else [widget]
    for before, after in pairwise(order):
        QWidget.setTabOrder(before, after)
