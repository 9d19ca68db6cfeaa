"""The menus of the panel: its menu bar, recent cuts, and the menus of what is clicked."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QToolButton

from lipflap.gui.actions import CUT, RENDER, REVIEW, SHOT, fill_menus
from lipflap.gui.cast.controller import CastController
from lipflap.gui.cast.voice_menu import add_voices
from lipflap.gui.settings import recent_cuts
from lipflap.gui.timeline.controls.line_menu import fill_line_menu
from lipflap.gui.timeline.view import MenuTarget, TimelineView

_OF_A_PLACE = ("mark_in", "mark_out", "clear_marks", "keep_range", "fit", "fit_selection")


class PanelMenus:
    """The menus; their entries are the panel's actions.

    by_title   of the menu bar
    recent     cuts that were open before
    open_cut   opens one of them
    """

    def __init__(
        self,
        window: QMainWindow,
        actions: Mapping[str, QAction],
        open_cut: Callable[[Path], object],
    ) -> None:
        self._window, self._actions, self._open_cut = window, actions, open_cut
        window.menuBar().setNativeMenuBar(False)
        self.by_title = fill_menus(window.menuBar(), actions)
        _show_sign_of_more(window.menuBar())
        self.recent = QMenu("Open r&ecent", window)
        self.recent.aboutToShow.connect(self._fill_recent)
        self.by_title[CUT].insertMenu(actions["dub_source"], self.recent)

    def take_letters(self) -> dict[str, QAction]:
        """Take the menus' letters from the bar; return actions by title, which have them as keys.

        In a host's window, letters of the bar would be in doubt with those of the host's menus.
        """
        bar, actions = self._window.menuBar(), {}
        for title, menu in self.by_title.items():
            menu.setTitle(title.replace("&", ""))
            actions[title] = action = QAction(menu.title(), self._window)
            action.setShortcut(QKeySequence(f"Alt+{title[title.index('&') + 1]}"))
            action.triggered.connect(
                lambda _checked, menu=menu: bar.setActiveAction(menu.menuAction())
            )
        return actions

    def pop_up(self, at: QPoint) -> None:
        """Show the menu of the selected shots."""
        menu = QMenu(self._window)
        for title in (SHOT, RENDER, REVIEW):
            menu.addActions(self.by_title[title].actions())
            menu.addSeparator()
        menu.popup(at)

    def pop_up_in_timeline(
        self, timeline: TimelineView, cast: CastController, at: QPoint, target: MenuTarget
    ) -> None:
        """Show the menu of what was clicked: a shot, a dub line, or the place."""
        if target.shot is not None:
            self.pop_up(at)
            return
        menu = QMenu(self._window)
        if target.line is not None:
            fill_line_menu(menu, target.line, timeline)
            add_voices(menu, target.line, cast)
        menu.addActions([self._actions[name] for name in _OF_A_PLACE])
        menu.popup(at)

    def name_undo(self, undo: str, redo: str) -> None:
        """Name the steps that Undo and Redo take."""
        self._actions["undo"].setText(f"&Undo {undo}".strip())
        self._actions["redo"].setText(f"&Redo {redo}".strip())

    def _fill_recent(self) -> None:
        self.recent.clear()
        for cut in recent_cuts():
            self.recent.addAction(str(cut)).triggered.connect(partial(self._open_recent, cut))
        self.recent.setEnabled(not self.recent.isEmpty())

    def _open_recent(self, cut: Path, _checked: bool = False) -> None:
        self._open_cut(cut)


def _show_sign_of_more(bar: QMenuBar) -> None:
    """Show that there are more menus where a bar is narrow: Qt's own sign is black on dark."""
    button = bar.findChild(QToolButton, "qt_menubar_ext_button")
    if isinstance(button, QToolButton):
        button.setIcon(QIcon())
        button.setText("»")
        button.setToolTip("More menus")
