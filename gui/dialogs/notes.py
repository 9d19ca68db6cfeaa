"""A dialog that shows sentences to read, however many there are."""

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)


class NotesDialog(QDialog):
    """A dialog for notes; Esc or Enter closes it."""

    def __init__(self, title: str, notes: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Notes")
        self.resize(640, 280)
        label = QLabel(title, self)
        label.setWordWrap(True)
        self.text = QPlainTextEdit(notes, self)
        self.text.setAccessibleName(title)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (label, self.text, buttons):
            column.addWidget(widget)
