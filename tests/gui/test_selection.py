"""One selection in all views, whatever is filtered, deselected or queued."""

import pytest
from PySide6.QtCore import Qt
from support.panel_states import panel_with_small_cut

from lipflap.gui.panel import Panel
from lipflap.plugin.job.queue import enqueue, pause

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot, tmp_path) -> Panel:
    made = panel_with_small_cut(qtbot, tmp_path)
    yield made
    made.close()


def selected(panel: Panel) -> tuple[set[str], set[str], set[str]]:
    """Return what is selected in shot list, timeline and for commands."""
    listed, laid = panel.shot_list.selected_shots(), panel.timeline.selected
    return set(listed), set(laid), set(panel.selection.shots)


def test_the_shot_at_the_playhead_is_marked_again_once_a_filter_shows_it(qtbot, panel):
    panel.select(["SH030"])
    qtbot.mouseClick(panel.shot_list.chips["Done"], LEFT)
    assert selected(panel) == (set(), {"SH030"}, {"SH030"})
    qtbot.mouseClick(panel.shot_list.chips["All"], LEFT)
    assert selected(panel) == ({"SH030"},) * 3
    qtbot.keyClicks(panel.shot_list.search, "SH010")
    panel.shot_list.search.clear()
    assert selected(panel) == ({"SH030"},) * 3


def test_escape_in_the_timeline_leaves_the_shot_at_the_playhead(qtbot, panel):
    panel.select(["SH010", "SH030"])
    qtbot.keyClick(panel.timeline, Key.Key_Escape)
    assert selected(panel) == ({"SH010"},) * 3


def test_enter_after_a_search_that_finds_nothing_stays_in_the_search_field(qtbot, panel):
    panel.activateWindow()
    panel.shot_list.start_search()
    qtbot.waitUntil(panel.shot_list.search.hasFocus, timeout=10_000)
    qtbot.keyClicks(panel.shot_list.search, "nobody")
    qtbot.keyClick(panel.shot_list.search, Key.Key_Return)
    assert panel.shot_list.search.hasFocus()
    qtbot.keyClick(panel.shot_list.search, Key.Key_Escape)
    assert panel.shot_list.shown_shots() == ("SH010", "SH020", "SH030", "SH040")


def test_the_render_queue_marks_the_shot_at_the_playhead_and_can_move_it_at_once(qtbot, panel):
    job = panel.document.job
    job.folder.mkdir()
    pause(job)
    enqueue(job, ["SH010", "SH030", "SH040"])
    panel.select(["SH040"])
    panel.monitor.refresh()
    qtbot.waitUntil(panel.queue.earlier.isEnabled, timeout=10_000)
    panel.queue.earlier.trigger()
    shots = lambda: panel.monitor.snapshot.queue.shots  # noqa: E731
    qtbot.waitUntil(lambda: shots() == ("SH010", "SH040", "SH030"), timeout=10_000)
    panel.select(["SH020"])
    assert not panel.queue.earlier.isEnabled()
