"""A dialog for a text of some lines, which Ctrl+Enter accepts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)


class NoteDialog(QDialog):
    """A dialog that asks for a text; Esc gives it up, Ctrl+Enter accepts it, Tab leaves the text.

    is_needed   whether an empty text cannot be accepted
    """

    def __init__(
        self,
        title: str,
        question: str,
        text: str = "",
        parent: QWidget | None = None,
        *,
        is_needed: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(460, 220)
        self._is_needed = is_needed
        label = QLabel(question, self)
        label.setWordWrap(True)
        self.edit = QPlainTextEdit(text, self)
        self.edit.setAccessibleName(question)
        self.edit.setTabChangesFocus(True)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.buttons.button(standard.Ok).setToolTip("Ctrl+Enter")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.edit.textChanged.connect(self._update_ok)
        column = QVBoxLayout(self)
        for widget in (label, self.edit, self.buttons):
            column.addWidget(widget)
        self._update_ok()
        self.edit.setFocus()

    @property
    def text(self) -> str:
        """The text, without space at its ends."""
        return self.edit.toPlainText().strip()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if self._is_complete():
                self.accept()
            return
        super().keyPressEvent(event)

    def _is_complete(self) -> bool:
        return bool(self.text) or not self._is_needed

    def _update_ok(self) -> None:
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(self._is_complete())


def ask_note(
    title: str,
    question: str,
    text: str = "",
    parent: QWidget | None = None,
    *,
    is_needed: bool = False,
) -> str | None:
    """Return the text that was entered; None when the dialog was given up."""
    dialog = NoteDialog(title, question, text, parent, is_needed=is_needed)
    return dialog.text if dialog.exec() else None
