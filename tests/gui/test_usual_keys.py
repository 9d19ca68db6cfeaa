"""Keys are as in any program: an open menu has its letters, Tab goes as one reads."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from support.panel_states import panel_with_small_cut

from lipflap.gui.panel import Panel

Key = Qt.Key


@pytest.fixture
def panel(qtbot, tmp_path) -> Panel:
    made = panel_with_small_cut(qtbot, tmp_path)
    made.activateWindow()
    made.shot_list.table.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is made.shot_list.table, timeout=10_000)
    yield made
    made.close()


def press(qtbot, panel: Panel, key: Key) -> None:
    """Press a key as the screen hands it on: to the open menu, or else to the window."""
    window = QApplication.activePopupWidget() or panel
    qtbot.keyClick(window.windowHandle(), key)


def test_a_letter_in_an_open_menu_is_its_access_key_and_not_a_key_of_the_panel(qtbot, panel):
    """N excludes a shot, M shows faces; in the menu Shot n chooses nothing, in View m the mouth."""
    menu = panel.menus.by_title["&Shot"]
    menu.popup(panel.mapToGlobal(panel.rect().center()))
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is menu, timeout=10_000)
    press(qtbot, panel, Key.Key_N)
    assert panel.document.decisions.overrides == {}
    menu.close()
    view = panel.menus.by_title["Vie&w"]
    view.popup(panel.mapToGlobal(panel.rect().center()))
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is view, timeout=10_000)
    press(qtbot, panel, Key.Key_M)
    assert panel.viewer.ticks()["mouth"]
    assert not panel.viewer.ticks()["faces"]
    press(qtbot, panel, Key.Key_N)
    row = panel.rows["SH010"]
    assert (row.state, row.remarks) == ("skipped", "Excluded by you.")


def test_letters_in_the_open_list_of_a_box_choose_from_it(qtbot, panel):
    """N in the list of states goes to "Needs changes", and excludes nothing."""
    states = panel.shot_list.states
    states.showPopup()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None, timeout=10_000)
    press(qtbot, panel, Key.Key_N)
    press(qtbot, panel, Key.Key_Return)
    assert panel.document.decisions.overrides == {}
    assert states.currentText() == "Needs changes"


def test_tab_goes_through_top_row_and_list_as_they_are_read(qtbot, panel):
    panel.bar.cast.show_names(("Anna", "Ben"))
    panel.bar.open.setFocus()
    went: list[QWidget] = []
    while panel.shot_list.table not in went:
        went.append(QApplication.focusWidget())
        qtbot.keyClick(panel.windowHandle(), Key.Key_Tab)
    places = [widget.mapTo(panel, QPoint(0, 0)) for widget in went]
    assert [(at.y() // 20, at.x()) for at in places] == sorted(
        (at.y() // 20, at.x()) for at in places
    )
    assert {*panel.bar.cast.names, panel.shot_list.search} <= set(went)
