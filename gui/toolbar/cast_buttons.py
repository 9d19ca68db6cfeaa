"""The cast in the top row: a dot and a name for each character; a click opens the contact sheet."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from lipflap.gui.theme import character_colour
from lipflap.gui.transport.bar import ActionButton

_SHOWN = 3
_DOT_PX = 20


class CastButtons(QWidget):
    """Buttons of the characters, each of which opens the cast.

    names   those that are shown
    """

    def __init__(self, action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self._buttons = [self._button() for _ in range(_SHOWN)]
        self.open = ActionButton(action, "Cast", self)
        self.names: list[QToolButton] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button in (*self._buttons, self.open):
            row.addWidget(button)

    def show_names(self, names: Sequence[str]) -> None:
        """Show the first characters; how many more there are stands on the button."""
        self.names = self._buttons[: len(names)]
        for button, name in zip(self.names, names, strict=False):
            button.setText(name)
            button.setIcon(_dot(character_colour(name, names)))
            button.setToolTip(f"{name}: open the cast")
        for button in self._buttons:
            button.setVisible(button in self.names)
        more = len(names) - _SHOWN
        self.open.show_as(f"+{more}" if more > 0 else "+" if names else "Cast")

    def _button(self) -> QToolButton:
        button = QToolButton(self)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self._action.trigger)
        button.hide()
        return button


def _dot(colour: QColor) -> QIcon:
    pixmap = QPixmap(_DOT_PX, _DOT_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(3, 3, _DOT_PX - 6, _DOT_PX - 6)
    painter.end()
    return QIcon(pixmap)
