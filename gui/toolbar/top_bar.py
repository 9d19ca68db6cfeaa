"""The top row: the way from opening a cut to delivering it, from left to right.

Open v | Dub: Dub DE | Anna Ben + | Quality v  Model v |  [> Render 6 shots, about 4 min]  Deliver v
"""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QMenu, QSizePolicy, QToolButton, QWidget

from lipflap.gui.toolbar.cast_buttons import CastButtons
from lipflap.gui.transport.bar import ActionButton

_MIN_PX, _NARROW_PX, _MEDIUM_PX = 320, 620, 900


class TopBar(QWidget):
    """Buttons of the steps of a job.

    quality, model   buttons with menus, which are filled by whoever knows what there is to choose
    settings_actions stand at the end of both
    languages        menu of the dubs of the cut, filled likewise; dub_actions stand at its end
    """

    def __init__(
        self, actions: Mapping[str, QAction], recent: QMenu, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self.setAccessibleName("Steps of the job")
        self.open = ActionButton(actions["open"], "Open", self)
        self.open.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.open.setMenu(recent)
        self.dub = ActionButton(actions["dub_source"], "Dub…", self)
        self.dub_actions = [actions["add_language"], actions["dub_source"]]
        self.languages = QMenu(self.dub)
        self.dub.setMenu(self.languages)
        self.dub.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.cast = CastButtons(actions["cast"], self)
        self.quality = self._menu_button("Quality", "Quality of the selected shots")
        self.settings_actions = [actions["shot_settings"], actions["project"]]
        self.model = self._menu_button("Model", "Model for the selected shots")
        self.render_all = ActionButton(actions["render_all"], "▶  Render", self)
        self.render_all.setObjectName("primary")
        self.deliver = ActionButton(actions["conform"], "Deliver", self)
        self.deliver.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        more = QMenu(self.deliver)
        for name in ("conform", "qc_page", "markers"):
            more.addAction(actions[name])
        self.deliver.setMenu(more)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 5, 6, 5)
        row.setSpacing(6)
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # buttons hide before it does
        self.setMinimumWidth(_MIN_PX)
        for button in (self.open, self.dub, self.cast, self.quality, self.model):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.render_all)
        row.addWidget(self.deliver)
        self.dub.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._left, self._estimate = 0, ""

    def show_dub(self, name: str) -> None:
        """Show where the dub comes from; empty where no cut is open."""
        metrics = self.fontMetrics()
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, 150)
        self.dub.show_as(f"Dub: {shown}" if name else "Dub…")

    def enable_choices(self, has_cut: bool) -> None:
        """Let quality and model be chosen, or not while no cut is open."""
        self.quality.setEnabled(has_cut)
        self.model.setEnabled(has_cut)

    def show_work(self, shots: int, estimate: str) -> None:
        """Show how many shots are left to render, and about how long that takes."""
        self._left, self._estimate = shots, estimate
        self._show_render()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what is in the menus too where the row is narrow."""
        super().resizeEvent(event)
        self.quality.setVisible(self.width() >= _MEDIUM_PX)
        self.model.setVisible(self.width() >= _MEDIUM_PX)
        self.dub.setVisible(self.width() >= _NARROW_PX)
        self.cast.setVisible(self.width() >= _NARROW_PX)
        self._show_render()

    def _show_render(self) -> None:
        shots = f"{self._left} shot{'' if self._left == 1 else 's'}"
        text = f"▶  Render {shots}" if self._left else "▶  Render"
        if self._left and self._estimate and self.width() >= _NARROW_PX:
            text += f" · {self._estimate}"
        self.render_all.show_as(text)

    def _menu_button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMenu(QMenu(button))
        return button
