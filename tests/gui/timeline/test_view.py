"""An editor in the timeline: a real widget, real mouse, wheel and keys."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from support.cuts.laid_cut import RATE, small
from support.media.comparison import pixels

from lipflap.core.order import Role
from lipflap.gui.theme import style
from lipflap.gui.timeline.layout import PICTURE
from lipflap.gui.timeline.paint import EDGE, HEADER_PX
from lipflap.gui.timeline.paint_scene import PLAYHEAD
from lipflap.gui.timeline.view import TimelineView
from lipflap.plugin.cut.time_range import TimeRange

KEY, LEFT, MIDDLE = Qt.Key, Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
RULER_Y = 12


@dataclass
class Events:
    """What the timeline emitted."""

    selected: list = field(default_factory=list)
    playhead: list = field(default_factory=list)
    slipped: list = field(default_factory=list)
    marked: list = field(default_factory=list)
    shuttle: list = field(default_factory=list)
    played: list = field(default_factory=list)
    menus: list = field(default_factory=list)


@pytest.fixture
def timeline(qtbot, tmp_path) -> Iterator[TimelineView]:
    made = TimelineView()
    made.setStyleSheet(style())
    made.resize(900, 330)
    made.show()
    made.show_sheet(*small(tmp_path), {})
    made.setFocus()
    yield made
    made.stop()
    made.deleteLater()


@pytest.fixture
def events(timeline) -> Events:
    events = Events()
    timeline.selection_changed.connect(events.selected.append)
    timeline.playhead_moved.connect(events.playhead.append)
    timeline.line_slipped.connect(lambda line, by: events.slipped.append((line.name, by)))
    timeline.range_marked.connect(events.marked.append)
    timeline.shuttle.connect(events.shuttle.append)
    timeline.play_pause.connect(lambda: events.played.append(True))
    timeline.menu_requested.connect(lambda at, on: events.menus.append(on))
    return events


def x_at(timeline: TimelineView, seconds: float) -> int:
    return HEADER_PX + timeline.scale.x_of(Fraction(seconds))


def spot(timeline: TimelineView, seconds: float, kind: str = PICTURE, lane: int = -1) -> QPoint:
    """On the lowest row of a kind, unless another is meant."""
    row = [placed for placed in timeline.scene.placed if placed.row.kind == kind][lane]
    return QPoint(x_at(timeline, seconds), row.top + row.height // 2)


def press(timeline: TimelineView, at: QPoint, button=LEFT, keys=NONE) -> None:
    QTest.mousePress(timeline.viewport(), button, keys, at)


def drag(timeline: TimelineView, at: QPoint, by: QPoint, button=LEFT, keys=NONE) -> None:
    """Press, go there in small steps, and hold."""
    press(timeline, at, button, keys)
    for step in range(1, 6):
        QTest.mouseMove(timeline.viewport(), at + by * step / 5)


def release(timeline: TimelineView, at: QPoint, button=LEFT) -> None:
    QTest.mouseRelease(timeline.viewport(), button, NONE, at)


def click(timeline: TimelineView, at: QPoint, keys=NONE) -> None:
    QTest.mouseClick(timeline.viewport(), LEFT, keys, at)


def wheel(
    timeline: TimelineView, at: QPoint, notches: float, keys=NONE, sideways: bool = False
) -> None:
    turned = QPoint(round(notches * 120), 0) if sideways else QPoint(0, round(notches * 120))
    place = timeline.viewport().mapTo(timeline.window(), at)
    QTest.wheelEvent(timeline.windowHandle(), place, turned, QPoint(), keys)


def strike(timeline: TimelineView, *codes: Qt.Key, keys=NONE) -> None:
    for code in codes:
        QTest.keyClick(timeline, code, keys)


def edges(timeline: TimelineView) -> list[int]:
    """Columns of the screen at which shots of V1 end, read from the picture."""
    row = [placed for placed in timeline.scene.placed if placed.row.kind == PICTURE][-1]
    line = pixels(timeline.viewport().grab().toImage())[row.top + row.height // 2]
    return [int(x) for x in np.flatnonzero((line == EDGE.getRgb()[:3]).all(1)) if x >= HEADER_PX]


def playhead_column(timeline: TimelineView) -> int:
    """Read from the picture."""
    line = pixels(timeline.viewport().grab().toImage())[-3]
    return int(np.flatnonzero((line == PLAYHEAD.getRgb()[:3]).all(1))[0])


def timecode(timeline: TimelineView) -> str:
    """As screen readers read it."""
    return timeline.accessibleDescription().split("playhead at ")[1].rstrip(".")


def test_the_whole_cut_is_there_at_first_and_to_scale(timeline):
    third = (edges(timeline)[2] - HEADER_PX) / 3
    assert edges(timeline) == pytest.approx([HEADER_PX + third * n for n in (1, 2, 3)], abs=1)
    assert 0.95 * timeline.viewport().width() < edges(timeline)[2] < timeline.viewport().width()


def test_a_click_on_the_ruler_puts_the_playhead_there_and_a_drag_takes_it_along(timeline, events):
    at = QPoint(edges(timeline)[0] + 1, RULER_Y)  # where SH020 begins
    drag(timeline, at, QPoint(edges(timeline)[1] - edges(timeline)[0], 0))
    assert events.playhead[0] == 4
    assert events.playhead[-1] == 8
    assert all((moment * RATE).denominator == 1 for moment in events.playhead)
    assert events.playhead == sorted(set(events.playhead))
    assert (playhead_column(timeline), timecode(timeline)) == (
        edges(timeline)[1] + 1,
        "01:00:08:00",
    )
    QTest.mouseMove(timeline.viewport(), QPoint(-500, RULER_Y))
    assert events.playhead[-1] == 0
    release(timeline, at)
    QTest.mouseMove(timeline.viewport(), QPoint(400, RULER_Y))
    assert events.playhead[-1] == 0


def test_zoom_keeps_the_record_time_below_the_mouse(timeline):
    def share() -> float:
        """How far the mouse is from where SH020 begins to where it ends."""
        begin, end = edges(timeline)[:2]
        return (mouse.x() + 0.5 - begin) / (end - begin)

    mouse = QPoint(edges(timeline)[0] + 60, 100)
    before = share()
    for _ in range(4):
        wheel(timeline, mouse, 0.7)
        assert share() == pytest.approx(before, abs=0.005)
    assert edges(timeline)[1] > timeline.viewport().width() - 150
    assert timeline.horizontalScrollBar().maximum() > 0


def test_no_zoom_back_and_forth_carries_the_cut_away(timeline, events):
    mouse = QPoint(500, 100)
    click(timeline, QPoint(mouse.x(), RULER_Y))
    at = events.playhead[-1]
    for notches in (3, 5, 1, 0.3, -4, 8, -2.2, 6, -3, 9, -8, 7):
        wheel(timeline, mouse, notches)
        click(timeline, QPoint(mouse.x(), RULER_Y))
        assert abs(timeline.playhead - at) <= Fraction(1, 25)


def test_zoom_ends_at_the_whole_cut_and_at_a_single_frame(timeline, events):
    wide = edges(timeline)
    wheel(timeline, QPoint(400, 100), -30)
    assert edges(timeline) == wide
    wheel(timeline, QPoint(edges(timeline)[0], 100), 60)
    at = edges(timeline)[0] + 1
    click(timeline, QPoint(at, RULER_Y))
    click(timeline, QPoint(at + 63, RULER_Y))
    click(timeline, QPoint(at + 64, RULER_Y))
    assert events.playhead == [4, Fraction(101, 25)]  # 64 pixels belong to one frame


def test_plus_and_minus_zoom_about_the_playhead(timeline, events):
    click(timeline, QPoint(edges(timeline)[0] + 1, RULER_Y))
    at = playhead_column(timeline)
    strike(timeline, KEY.Key_Plus, KEY.Key_Equal, KEY.Key_Plus)
    assert playhead_column(timeline) == pytest.approx(at, abs=1)
    assert len(edges(timeline)) < 3
    strike(timeline, KEY.Key_Minus, KEY.Key_Minus, KEY.Key_Minus)
    assert (playhead_column(timeline), len(edges(timeline))) == (pytest.approx(at, abs=1), 3)


def test_the_cut_goes_with_the_middle_button_and_with_a_sideways_wheel(timeline):
    wheel(timeline, QPoint(edges(timeline)[1], 100), 3)
    before = edges(timeline)
    at = QPoint(450, 100)
    drag(timeline, at, QPoint(-57, 0), MIDDLE)
    release(timeline, at, MIDDLE)
    assert {x + 57 for x in edges(timeline)} >= set(before) - set(range(HEADER_PX + 57))
    wheel(timeline, at, 57 / 96, sideways=True)
    assert edges(timeline) == before
    wheel(timeline, at, -1, SHIFT)
    assert {x + 96 for x in edges(timeline)} & set(before)


def test_the_whole_cut_stays_whole_when_the_timeline_grows(qtbot, timeline):
    timeline.resize(1300, 330)
    assert len(edges(timeline)) == 3
    assert edges(timeline)[2] > 1250
    wheel(timeline, QPoint(400, 100), 2)
    near = timeline.scale.px_per_frame
    timeline.resize(700, 330)
    assert timeline.scale.px_per_frame == near
    strike(timeline, KEY.Key_Z, keys=SHIFT)
    assert len(edges(timeline)) == 3


def test_z_shows_what_is_selected(timeline):
    click(timeline, spot(timeline, 5.5, lane=0))
    strike(timeline, KEY.Key_Z)
    begin, end = x_at(timeline, 5), x_at(timeline, 6)
    width = timeline.viewport().width() - HEADER_PX
    assert HEADER_PX < begin < HEADER_PX + width / 5
    assert HEADER_PX + width * 4 / 5 < end < HEADER_PX + width


def test_arrows_step_by_frames_and_from_edit_to_edit(timeline, events):
    strike(timeline, KEY.Key_Right, KEY.Key_Right, KEY.Key_Left)
    strike(timeline, KEY.Key_Right, keys=SHIFT)
    assert events.playhead == [Fraction(n, 25) for n in (1, 2, 1, 11)]
    events.playhead.clear()
    strike(timeline, *[KEY.Key_Down] * 5)
    assert events.playhead[:4] == [4, 5, 6, 8]  # SH015 covers SH020 from 5 to 6
    strike(timeline, KEY.Key_Home, *[KEY.Key_Left] * 3)
    assert events.playhead[-1] == 0
    strike(timeline, KEY.Key_End, KEY.Key_Right)
    assert events.playhead[-1] == Fraction(299, 25)
    assert timecode(timeline) == "01:00:11:24"
    events.playhead.clear()
    strike(timeline, *[KEY.Key_Up] * 5)
    assert events.playhead == [8, 6, 5, 4, 0]


def test_j_k_l_and_space_count_once_while_they_are_held(timeline, events):
    strike(timeline, KEY.Key_L, KEY.Key_L, KEY.Key_K, KEY.Key_J, KEY.Key_Space)
    for code in (KEY.Key_L, KEY.Key_Space):
        held = QKeyEvent(QKeyEvent.Type.KeyPress, code, NONE, "", True)
        QApplication.sendEvent(timeline, held)
    assert (events.shuttle, events.played) == ([1, 1, 0, -1], [True])


def test_keys_of_the_timeline_are_not_taken_by_menus_while_it_has_the_focus(qtbot, tmp_path):
    window, timeline = QMainWindow(), TimelineView()
    window.setCentralWidget(timeline)
    qtbot.addWidget(window)
    stolen, events = [], []
    for code in (KEY.Key_J, KEY.Key_M):
        shortcut = QShortcut(QKeySequence(code), window)
        shortcut.activated.connect(lambda code=code: stolen.append(code))
    timeline.shuttle.connect(events.append)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
    timeline.setFocus()
    for code in (KEY.Key_J, KEY.Key_M):
        QTest.keyClick(window.windowHandle(), code)
    assert (stolen, events) == ([KEY.Key_J, KEY.Key_M], [])  # nothing is open: nothing to move
    timeline.show_sheet(*small(tmp_path), {})
    for code in (KEY.Key_J, KEY.Key_M):
        QTest.keyClick(window.windowHandle(), code)
    assert (stolen[2:], events) == ([KEY.Key_M], [-1])
    timeline.stop()


def test_i_and_o_mark_a_range_that_holds_both_frames(timeline, events):
    strike(timeline, *[KEY.Key_Right] * 3, KEY.Key_I)
    strike(timeline, *[KEY.Key_Right] * 4, KEY.Key_O)
    assert events.marked == [TimeRange(Fraction(3, 25), Fraction(8, 25))]
    assert timeline.marked == events.marked[-1]
    strike(timeline, *[KEY.Key_Right] * 2, KEY.Key_I)  # behind the end: a new range begins
    assert (timeline.marked, timeline.mark_in, timeline.mark_out) == (None, Fraction(9, 25), None)
    strike(timeline, KEY.Key_O)
    assert timeline.marked == TimeRange(Fraction(9, 25), Fraction(10, 25))
    strike(timeline, KEY.Key_X)
    assert events.marked[-1] is None
    assert (timeline.mark_in, timeline.mark_out) == (None, None)


def test_a_click_selects_ctrl_adds_and_shift_takes_all_between(timeline, events):
    click(timeline, spot(timeline, 1))
    click(timeline, spot(timeline, 9), CTRL)
    click(timeline, spot(timeline, 9), CTRL)
    click(timeline, spot(timeline, 1))
    click(timeline, spot(timeline, 9), SHIFT)
    assert events.selected == [
        {"SH010"},
        {"SH010", "SH030"},
        {"SH010"},
        {"SH010", "SH020", "SH015", "SH030"},
    ]
    click(timeline, spot(timeline, 1, lane=0))  # nothing is there
    assert events.selected[-1] == set()
    strike(timeline, KEY.Key_A, keys=CTRL)
    strike(timeline, KEY.Key_Escape)
    assert events.selected[-2:] == [{"SH010", "SH020", "SH015", "SH030"}, set()]


def test_what_covers_is_selected_where_it_covers(timeline, events):
    click(timeline, spot(timeline, 5.5, lane=0))
    click(timeline, spot(timeline, 5.5))
    assert events.selected == [{"SH015"}, {"SH020"}]


def test_a_line_selects_the_shots_it_plays_over(timeline, events):
    click(timeline, spot(timeline, 2, Role.DUB))
    click(timeline, spot(timeline, 9, Role.DUB), CTRL)
    assert events.selected == [{"SH010", "SH020"}, {"SH010", "SH020", "SH030"}]
    assert events.slipped == []


def test_a_rubber_band_selects_what_it_touches_and_escape_gives_it_up(timeline, events):
    begin = spot(timeline, 6.5, lane=0)
    over = spot(timeline, 8.5) - begin
    drag(timeline, begin, over)
    assert timeline.selected == {"SH020", "SH030"}
    strike(timeline, KEY.Key_Escape)
    release(timeline, begin + over)
    assert (timeline.selected, events.selected) == (frozenset(), [])
    click(timeline, spot(timeline, 1))
    drag(timeline, begin, over, keys=CTRL)
    release(timeline, begin + over)
    assert events.selected[-1] == {"SH010", "SH020", "SH030"}


def carried(timeline: TimelineView, px: int, seconds: float = 2, kind: str = Role.DUB) -> None:
    at = spot(timeline, seconds, kind)
    drag(timeline, at, QPoint(px, 0))
    release(timeline, at + QPoint(px, 0))


def test_a_dub_line_is_slipped_by_whole_frames(timeline, events):
    width = edges(timeline)[2] - HEADER_PX
    for seconds in (1.5, -0.7):
        carried(timeline, round(width / 12 * seconds))
        name, by = events.slipped[-1]
        assert name == "DE_1"
        assert by * RATE == pytest.approx(seconds * 25, abs=0.6)
        assert (by * RATE).denominator == 1
    assert timeline.cut.lines[0].record.start == 1  # whoever hears the signal decides


def test_escape_gives_a_line_back(timeline, events):
    at = spot(timeline, 2, Role.DUB)
    before = pixels(timeline.viewport().grab().toImage())
    drag(timeline, at, QPoint(90, 0))
    held = pixels(timeline.viewport().grab().toImage())
    strike(timeline, KEY.Key_Escape)
    release(timeline, at + QPoint(90, 0))
    assert events.slipped == []
    assert timeline.overlay.gesture is None
    strike(timeline, KEY.Key_Escape)
    after = pixels(timeline.viewport().grab().toImage())
    assert (before != held).any()
    assert (before == after).all()


def test_a_click_a_tremble_and_production_sound_slip_nothing(timeline, events):
    click(timeline, spot(timeline, 2, Role.DUB))
    carried(timeline, QApplication.startDragDistance() - 1)
    carried(timeline, 100, kind=Role.PRODUCTION)
    assert events.slipped == []


def test_a_line_sticks_to_shot_edges_but_not_far_and_not_with_alt(timeline, events):
    second = x_at(timeline, 2) - x_at(timeline, 1)
    at = spot(timeline, 2, Role.DUB)
    for off, sticks in ((5, True), (-5, True), (14, False)):
        events.slipped.clear()
        carried(timeline, 3 * second + off)  # its start would lie near 4 s, where SH020 begins
        assert (events.slipped[0][1] == 3) is sticks
    events.slipped.clear()
    place = timeline.viewport().mapTo(timeline.window(), at)
    QTest.mousePress(timeline.windowHandle(), LEFT, ALT, place)
    QTest.mouseMove(timeline.viewport(), at + QPoint(3 * second + 5, 0))
    QTest.mouseRelease(timeline.windowHandle(), LEFT, ALT, place + QPoint(3 * second + 5, 0))
    assert events.slipped[0][1] == 3 + Fraction(round(5 / (second / 25)), 25)


def test_a_line_taken_up_is_nudged_with_keys_and_stays_in_the_cut(timeline, events):
    strike(timeline, KEY.Key_Period)
    assert events.slipped == []  # none is taken up
    click(timeline, spot(timeline, 2, Role.DUB))
    strike(timeline, KEY.Key_Period, KEY.Key_Comma)
    strike(timeline, KEY.Key_Period, KEY.Key_Comma, keys=SHIFT)
    frames = [by * RATE for _, by in events.slipped]
    assert frames == [1, -1, 10, -10]
    events.slipped.clear()
    carried(timeline, -2000)
    carried(timeline, 3000)
    assert [by for _, by in events.slipped] == [-1, Fraction(299, 25) - 1]


def test_the_cut_moves_on_while_a_line_is_held_at_the_edge(qtbot, timeline, events):
    wheel(timeline, spot(timeline, 2, Role.DUB), 6)
    at = spot(timeline, 2, Role.DUB)
    right = QPoint(timeline.viewport().width() - 5, at.y())
    before = timeline.horizontalScrollBar().value()
    press(timeline, at)
    QTest.mouseMove(timeline.viewport(), right)
    far = timeline.overlay.gesture.frames
    qtbot.waitUntil(lambda: timeline.horizontalScrollBar().value() > before + 100, timeout=10_000)
    assert timeline.overlay.gesture.frames > far
    strike(timeline, KEY.Key_Escape)
    rested = timeline.horizontalScrollBar().value()
    QTest.qWait(100)
    assert timeline.horizontalScrollBar().value() == rested


def test_a_double_click_takes_the_playhead_to_the_beginning(timeline, events):
    at = spot(timeline, 9.5)
    click(timeline, at)
    QTest.mouseDClick(timeline.viewport(), LEFT, NONE, at)
    assert events.playhead == [8]


def test_a_menu_is_requested_on_what_is_under_the_mouse_which_is_selected(timeline, events):
    for at in (spot(timeline, 9.5), spot(timeline, 2, Role.DUB)):
        place = timeline.viewport().mapToGlobal(at)
        QApplication.sendEvent(
            timeline.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, place)
        )
    shot, line = events.menus
    assert (shot.shot, shot.line) == ("SH030", None)
    assert shot.record == pytest.approx(9.5, abs=0.04)
    assert (line.shot, line.line.name) == (None, "DE_1")
    assert events.selected == [{"SH030"}, {"SH010", "SH020"}]


def test_the_same_cut_again_leaves_place_zoom_and_choice_as_they_are(timeline, tmp_path):
    click(timeline, spot(timeline, 9))
    wheel(timeline, QPoint(500, 100), 5)
    strike(timeline, KEY.Key_I)
    seen, kept = edges(timeline), timeline.scale
    sheet, lines = small(tmp_path)
    timeline.show_sheet(sheet, lines, {"SH030": "rendered"})
    assert (edges(timeline), timeline.scale, timeline.selected) == (seen, kept, {"SH030"})
    assert timeline.mark_in == 0
    timeline.show_sheet(replace(sheet, cut_path="/cuts/other.otio"), lines, {})
    assert (len(edges(timeline)), timeline.mark_in) == (3, None)


def test_a_playhead_that_plays_turns_the_page_and_one_out_of_view_does_not(timeline):
    timeline.zoom(8, 0)
    first, last = (timeline.scale.record_at(x) for x in (0, timeline.width_px))
    timeline.show_playhead(first)
    timeline.show_playhead(last + 1)
    assert HEADER_PX <= playhead_column(timeline) < timeline.viewport().width() / 2
    timeline.horizontalScrollBar().setValue(0)
    timeline.show_playhead(last + 2)
    assert timeline.horizontalScrollBar().value() == 0


def test_a_selection_made_elsewhere_comes_into_view_and_emits_nothing(timeline, events):
    timeline.zoom(9, 0)
    assert x_at(timeline, 8) > timeline.viewport().width()
    timeline.select({"SH030"})
    assert HEADER_PX <= x_at(timeline, 8) < timeline.viewport().width()
    assert (timeline.selected, events.selected) == ({"SH030"}, [])


def test_without_a_cut_nothing_happens(timeline, events):
    timeline.show_nothing()
    for at in (QPoint(300, RULER_Y), QPoint(300, 100), QPoint(20, 100)):
        click(timeline, at)
        wheel(timeline, at, 2)
    strike(timeline, KEY.Key_I, KEY.Key_J, KEY.Key_Home, KEY.Key_Z, KEY.Key_Period)
    assert events == Events()
    assert timeline.accessibleDescription() == "No cut is open."
