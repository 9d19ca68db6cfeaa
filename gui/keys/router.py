"""Routing of keys: inside the panel they are the panel's, elsewhere the host program's.

A key is offered as a ShortcutOverride first, from the widget with the focus up to the panel. What
no widget wants, and the panel has an action for, the panel takes before any menu of the host does.
"""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QTabBar,
    QWidget,
)

_MODIFIERS = (
    Qt.KeyboardModifier.ShiftModifier
    | Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
_PLAIN = Qt.KeyboardModifier.NoModifier
_MOVES = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
}

_Key = tuple[int, Qt.KeyboardModifier]


class KeyRouter(QObject):
    """A router that triggers the actions of a panel by their keys.

    trigger   does what an action is for, or says why that is not possible now
    """

    def __init__(
        self, actions: Mapping[str, QAction], trigger: Callable[[str], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._trigger = trigger
        self._names: dict[_Key, str] = {}
        self._taken: str | None = None
        for name, action in actions.items():
            if not action.shortcut().isEmpty():
                combination = action.shortcut()[0]  # type: ignore[index]  # its stub lacks this
                self._names[combination.key(), combination.keyboardModifiers()] = name

    def take(self, event: QKeyEvent) -> bool:
        """Take a ShortcutOverride that the panel has an action for; the key press follows."""
        name = self._name_of(event)
        if name is None:
            return False
        event.accept()
        app = QApplication.instance()
        if self._taken is None and app is not None:
            app.installEventFilter(self)
        own = _widget_uses(QApplication.focusWidget(), event)
        self._taken = "" if own else name
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Trigger the action on the key press that was taken; let all other keys through."""
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if not isinstance(watched, QWidget):
            return False
        if (app := QApplication.instance()) is not None:
            app.removeEventFilter(self)
        name, self._taken = self._taken, None
        if not name or event.type() != QEvent.Type.KeyPress:
            return False
        self._trigger(name)
        return True

    def _name_of(self, event: QKeyEvent) -> str | None:
        keys = event.modifiers() & _MODIFIERS
        name = self._names.get((event.key(), keys))
        if name is None and keys == Qt.KeyboardModifier.ShiftModifier:
            is_letter = Qt.Key.Key_A <= event.key() <= Qt.Key.Key_Z
            is_sign = not is_letter and event.text().isprintable() and event.text() != ""
            return self._names.get((event.key(), _PLAIN)) if is_sign else None
        return name


def _widget_uses(focus: QWidget | None, event: QKeyEvent) -> bool:
    """Return whether the widget with the focus has a use of its own for a key."""
    key = event.key()
    if event.modifiers() & _MODIFIERS:
        return False
    if isinstance(focus, QComboBox):
        return key in _MOVES or key == Qt.Key.Key_Space
    if isinstance(focus, QAbstractSlider | QTabBar):
        return key in _MOVES
    return isinstance(focus, QAbstractButton) and key == Qt.Key.Key_Space


def native_text(keys: str) -> str:
    """Return keys as the platform writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
