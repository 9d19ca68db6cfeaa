"""An action of the panel, whose key is the menu's while a menu or the list of a box is open."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction, QKeyEvent, QShortcutEvent
from PySide6.QtWidgets import QApplication


class PanelAction(QAction):
    """An action that hands its key on to what has popped up.

    Qt asks an open menu first, and menus take arrows alone: by their context, shortcuts of a widget
    and its children are then looked for where the focus was before.
    """

    def event(self, event: QEvent) -> bool:
        popup = QApplication.activePopupWidget()
        if popup is None or not isinstance(event, QShortcutEvent):
            return super().event(event)
        pressed, text = event.key()[0], event.key().toString().casefold()  # type: ignore[index]
        key, modifiers = pressed.key(), pressed.keyboardModifiers()
        press = QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text if len(text) == 1 else "")
        (popup.focusWidget() or popup).event(press)  # to send it would look for the key again
        return True
