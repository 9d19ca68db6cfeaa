"""The bar below the viewer: ways to compare, transport, sound, and the verdict on the shot.

[Original|Wipe|Dub|Side|Mouth]  [|< < > >| loop]  [01:00:02:10]
[Orig|Dub|Both]  [Approve] [Changes...] [Face...]  [v2 v]
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from lipflap.gui.transport.flow import FlowBar
from lipflap.gui.transport.icons import PAUSE, PLAY, SIZE, icon
from lipflap.gui.transport.timecode_edit import TimecodeEdit

_COMPARE = (
    ("original", "Original"),
    ("wipe", "Wipe"),
    ("dubbed", "Dub"),
    ("side_by_side", "Side"),
    ("difference", "Diff"),
    ("mouth", "Mouth"),
)
_MOVE = (
    ("previous_shot", ""),
    ("step_back", ""),
    ("play", ""),
    ("step", ""),
    ("next_shot", ""),
    ("loop", ""),
)
_SOUND = (("hear_production", "♪ Orig"), ("hear_dub", "Dub"), ("hear_both", "Both"))
_VERDICT = (
    ("approve", "✓ Approve"),
    ("send_back", "✗ Changes…"),
    ("face", "Face…"),
    ("do_not_dub", "Exclude"),
    ("dub", "Dub it"),
    ("extend", "Extend"),
    ("blink", "Blink"),
)


class ActionButton(QToolButton):
    """A button for an action, with a short text or, without one, the icon of its name.

    It takes no keys from the viewer when it is clicked.
    """

    def __init__(self, action: QAction, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._icon = text, icon(action.objectName())
        self.setDefaultAction(action)
        if text:
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        else:
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            self.setIconSize(SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._show_text()
        action.changed.connect(self._show_text)

    def show_icon(self, name: str) -> None:
        """Show another icon."""
        self._icon = icon(name)
        self._show_text()

    def show_as(self, text: str) -> None:
        """Show another short text."""
        self._text = text
        self._show_text()

    def _show_text(self) -> None:
        """Keep the short text: an action that changes writes its own into its buttons."""
        if self._text:
            self.setText(self._text)
        else:
            self.setIcon(self._icon)
        self.setAccessibleName(self.defaultAction().text().replace("&", ""))


class TransportBar(FlowBar):
    """Buttons of actions, and the timecode of the playhead.

    buttons    by the name of their action
    versions   button with the menu of the renders of the current shot
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Transport")
        self.buttons: dict[str, ActionButton] = {}
        self.timecode = TimecodeEdit(self)
        self.versions = QToolButton(self)
        self.versions.setText("v1 ▾")
        self.versions.setToolTip("Earlier renders of this shot")
        self.versions.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.versions.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.versions.setMenu(QMenu(self.versions))
        self.versions.hide()
        self.setObjectName("transport")
        flow = self.flow
        flow.addWidget(self._group(actions, _MOVE))
        flow.addWidget(self.timecode)
        flow.addWidget(self._group(actions, _COMPARE[:3]))
        flow.addWidget(self._group(actions, _COMPARE[3:]))
        flow.addWidget(self._group(actions, _SOUND))
        flow.addWidget(self._group(actions, _VERDICT[:2]))
        flow.addWidget(self._group(actions, _VERDICT[2:]))
        flow.addWidget(self.versions)

    def show_versions(self, count: int, shown: int) -> None:
        """Show which of how many renders is seen; hidden where there is one at most."""
        self.versions.setText(f"v{shown} ▾")
        self.versions.setVisible(count > 1)

    def show_playing(self, plays: bool) -> None:
        """Show whether the cut plays on the play button."""
        self.buttons["play"].show_icon(PAUSE if plays else PLAY)

    def _group(self, actions: Mapping[str, QAction], entries: Sequence[tuple[str, str]]) -> QWidget:
        """Return buttons side by side that are never torn apart."""
        group = QWidget(self)
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        for name, text in entries:
            button = ActionButton(actions[name], text, group)
            self.buttons[name] = button
            row.addWidget(button)
        return group
