"""The box that says what Lipflap is and does."""

from PySide6.QtWidgets import QMessageBox, QWidget

_ABOUT = """\
Visual dubbing inside the edit.

Only the mouth is repainted, on this machine or on your farm; nothing is uploaded. Every rendered
clip says that its mouth was edited. Ask the performers for their consent.
"""


def show_about(parent: QWidget) -> None:
    """Show it until it is closed."""
    QMessageBox.information(parent, "Lipflap", _ABOUT)
