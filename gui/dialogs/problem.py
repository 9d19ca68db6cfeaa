"""The box that says what went wrong, where, and what to do."""

from html import escape

from PySide6.QtWidgets import QMessageBox, QWidget

from lipflap.core.errors import DubError


def show_problem(problem: DubError, parent: QWidget) -> None:
    """Show an error, its place and the next step in a box that blocks nothing."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Lipflap", "", parent=parent)
    where = f"<b>{escape(problem.where)}</b>: " if problem.where else ""
    box.setText(f"<p>{where}{escape(problem.problem)}</p>")
    box.setInformativeText(problem.fix)
    box.open()
