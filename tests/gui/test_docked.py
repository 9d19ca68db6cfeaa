"""The panel in a dock of a host: it is closed with its dock, and its layout there stays there."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QPlainTextEdit
from support.cuts.small_cut import write_small_cut

from lipflap.gui.panel import Panel, create

Key, CTRL = Qt.Key, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def host(qtbot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    made.setCentralWidget(QPlainTextEdit())
    made.resize(1000, 900)
    return made


def docked(qtbot, host: QMainWindow) -> Panel:
    """A panel of 400 pixels beside the host's own widgets, seen."""
    dock, panel = QDockWidget("Lipflap", host), create(host)
    dock.setWidget(panel)
    host.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    host.show()
    host.resizeDocks([dock], [400], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: panel.layout_of_views.is_stacked, timeout=10_000)
    return panel


def test_closing_it_closes_the_dock_which_shows_it_again_with_its_cut(qtbot, host, tmp_path):
    panel = docked(qtbot, host)
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(write_small_cut(tmp_path), "track:Dub DE")
    dock = panel.parentWidget()
    qtbot.keyClick(panel.shot_list.table, Key.Key_W, CTRL)
    assert not dock.isVisible()
    dock.show()
    assert panel.isVisible()
    assert panel.document.cut is not None
    qtbot.keyClick(panel.shot_list.table, Key.Key_N)
    assert panel.rows["SH010"].state == "skipped"
    panel.close()


def test_the_letters_of_its_menus_are_its_own_inside_and_the_hosts_outside(qtbot, host):
    """Both have a menu with C and one with S: neither is in doubt."""
    taken: list[str] = []
    for title in ("&Cut", "&Sequence"):
        menu = host.menuBar().addMenu(title)
        menu.addAction("Do")
        menu.aboutToShow.connect(lambda title=title: taken.append(title))
    panel = docked(qtbot, host)
    window, alt = host.windowHandle(), Qt.KeyboardModifier.AltModifier
    for title, key in (("&Cut", Key.Key_C), ("&Shot", Key.Key_S)):
        panel.activateWindow()
        panel.shot_list.table.setFocus()
        qtbot.waitUntil(panel.shot_list.table.hasFocus, timeout=10_000)
        qtbot.keyClick(window, key, alt)
        assert QApplication.activePopupWidget() is panel.menus.by_title[title]
        QApplication.activePopupWidget().close()
    assert taken == []
    host.centralWidget().setFocus()
    qtbot.waitUntil(host.centralWidget().hasFocus, timeout=10_000)
    for key in (Key.Key_C, Key.Key_S):
        qtbot.keyClick(window, key, alt)
        QApplication.activePopupWidget().close()
    assert taken == ["&Cut", "&Sequence"]
    panel.close()


def test_a_narrow_dock_leaves_the_layout_of_the_panels_own_window_alone(qtbot, host):
    alone = create()
    qtbot.addWidget(alone)
    alone.resize(760, 600)
    alone.show()
    alone.close()
    docked(qtbot, host).close()
    again = create()
    qtbot.addWidget(again)
    again.restore_layout()
    again.show()
    assert again.width() == 760
    assert again.layout_of_views.upper.orientation() == Qt.Orientation.Horizontal
    again.close()


def test_a_window_that_was_closed_while_it_was_narrow_comes_back_stacked_in_its_order(qtbot):
    for _ in range(2):
        panel = create()
        qtbot.addWidget(panel)
        panel.restore_layout()
        panel.show()
        panel.resize(420, 900)
        qtbot.waitUntil(lambda panel=panel: panel.layout_of_views.is_stacked, timeout=10_000)
        views = (panel.layout_of_views.pane, panel.shot_list, panel.timeline)
        tops = [view.mapTo(panel, QPoint(0, 0)).y() for view in views]
        assert tops == sorted(tops)
        panel.close()
