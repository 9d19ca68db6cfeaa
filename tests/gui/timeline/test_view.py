"""An editor in the strip: a real widget, real mouse, wheel and keys."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from support.compared import pixels
from support.laid_cut import RATE, small

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
class Told:
    """What the strip said."""

    chosen: list = field(default_factory=list)
    playhead: list = field(default_factory=list)
    slipped: list = field(default_factory=list)
    marked: list = field(default_factory=list)
    shuttle: list = field(default_factory=list)
    played: list = field(default_factory=list)
    menus: list = field(default_factory=list)


@pytest.fixture
def strip(qtbot, tmp_path) -> Iterator[TimelineView]:
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
def told(strip) -> Told:
    heard = Told()
    strip.chosen.connect(heard.chosen.append)
    strip.playhead_moved.connect(heard.playhead.append)
    strip.line_slipped.connect(lambda line, by: heard.slipped.append((line.name, by)))
    strip.range_marked.connect(heard.marked.append)
    strip.shuttle.connect(heard.shuttle.append)
    strip.play_pause.connect(lambda: heard.played.append(True))
    strip.menu_wanted.connect(lambda at, on: heard.menus.append(on))
    return heard


def x_at(strip: TimelineView, seconds: float) -> int:
    return HEADER_PX + strip.scale.x_of(Fraction(seconds))


def spot(strip: TimelineView, seconds: float, kind: str = PICTURE, lane: int = -1) -> QPoint:
    """On the lowest row of a kind, unless another is meant."""
    row = [placed for placed in strip.stage.placed if placed.row.kind == kind][lane]
    return QPoint(x_at(strip, seconds), row.top + row.height // 2)


def press(strip: TimelineView, at: QPoint, button=LEFT, keys=NONE) -> None:
    QTest.mousePress(strip.viewport(), button, keys, at)


def drag(strip: TimelineView, at: QPoint, by: QPoint, button=LEFT, keys=NONE) -> None:
    """Press, go there in small steps, and hold."""
    press(strip, at, button, keys)
    for step in range(1, 6):
        QTest.mouseMove(strip.viewport(), at + by * step / 5)


def release(strip: TimelineView, at: QPoint, button=LEFT) -> None:
    QTest.mouseRelease(strip.viewport(), button, NONE, at)


def click(strip: TimelineView, at: QPoint, keys=NONE) -> None:
    QTest.mouseClick(strip.viewport(), LEFT, keys, at)


def wheel(
    strip: TimelineView, at: QPoint, notches: float, keys=NONE, sideways: bool = False
) -> None:
    turned = QPoint(round(notches * 120), 0) if sideways else QPoint(0, round(notches * 120))
    place = strip.viewport().mapTo(strip.window(), at)
    QTest.wheelEvent(strip.windowHandle(), place, turned, QPoint(), keys)


def strike(strip: TimelineView, *codes: Qt.Key, keys=NONE) -> None:
    for code in codes:
        QTest.keyClick(strip, code, keys)


def edges(strip: TimelineView) -> list[int]:
    """Columns of the screen at which shots of V1 end, read from the picture."""
    row = [placed for placed in strip.stage.placed if placed.row.kind == PICTURE][-1]
    line = pixels(strip.viewport().grab().toImage())[row.top + row.height // 2]
    return [int(x) for x in np.flatnonzero((line == EDGE.getRgb()[:3]).all(1)) if x >= HEADER_PX]


def playhead_column(strip: TimelineView) -> int:
    """Read from the picture."""
    line = pixels(strip.viewport().grab().toImage())[-3]
    return int(np.flatnonzero((line == PLAYHEAD.getRgb()[:3]).all(1))[0])


def timecode(strip: TimelineView) -> str:
    """As it is told to who cannot see."""
    return strip.accessibleDescription().split("playhead at ")[1].rstrip(".")


def test_the_whole_cut_is_there_at_first_and_to_scale(strip):
    third = (edges(strip)[2] - HEADER_PX) / 3
    assert edges(strip) == pytest.approx([HEADER_PX + third * n for n in (1, 2, 3)], abs=1)
    assert 0.95 * strip.viewport().width() < edges(strip)[2] < strip.viewport().width()


def test_a_click_on_the_ruler_puts_the_playhead_there_and_a_drag_takes_it_along(strip, told):
    at = QPoint(edges(strip)[0] + 1, RULER_Y)  # where SH020 begins
    drag(strip, at, QPoint(edges(strip)[1] - edges(strip)[0], 0))
    assert told.playhead[0] == 4
    assert told.playhead[-1] == 8
    assert all((moment * RATE).denominator == 1 for moment in told.playhead)
    assert told.playhead == sorted(set(told.playhead))
    assert (playhead_column(strip), timecode(strip)) == (edges(strip)[1] + 1, "01:00:08:00")
    QTest.mouseMove(strip.viewport(), QPoint(-500, RULER_Y))
    assert told.playhead[-1] == 0
    release(strip, at)
    QTest.mouseMove(strip.viewport(), QPoint(400, RULER_Y))
    assert told.playhead[-1] == 0


def test_zoom_keeps_the_record_time_below_the_mouse(strip):
    def share() -> float:
        """How far the mouse is from where SH020 begins to where it ends."""
        begin, end = edges(strip)[:2]
        return (mouse.x() + 0.5 - begin) / (end - begin)

    mouse = QPoint(edges(strip)[0] + 60, 100)
    before = share()
    for _ in range(4):
        wheel(strip, mouse, 0.7)
        assert share() == pytest.approx(before, abs=0.005)
    assert edges(strip)[1] > strip.viewport().width() - 150
    assert strip.horizontalScrollBar().maximum() > 0


def test_no_zoom_back_and_forth_carries_the_cut_away(strip, told):
    mouse = QPoint(500, 100)
    click(strip, QPoint(mouse.x(), RULER_Y))
    at = told.playhead[-1]
    for notches in (3, 5, 1, 0.3, -4, 8, -2.2, 6, -3, 9, -8, 7):
        wheel(strip, mouse, notches)
        click(strip, QPoint(mouse.x(), RULER_Y))
        assert abs(strip.playhead - at) <= Fraction(1, 25)


def test_zoom_ends_at_the_whole_cut_and_at_a_single_frame(strip, told):
    wide = edges(strip)
    wheel(strip, QPoint(400, 100), -30)
    assert edges(strip) == wide
    wheel(strip, QPoint(edges(strip)[0], 100), 60)
    at = edges(strip)[0] + 1
    click(strip, QPoint(at, RULER_Y))
    click(strip, QPoint(at + 63, RULER_Y))
    click(strip, QPoint(at + 64, RULER_Y))
    assert told.playhead == [4, Fraction(101, 25)]  # 64 pixels belong to one frame


def test_plus_and_minus_zoom_about_the_playhead(strip, told):
    click(strip, QPoint(edges(strip)[0] + 1, RULER_Y))
    at = playhead_column(strip)
    strike(strip, KEY.Key_Plus, KEY.Key_Equal, KEY.Key_Plus)
    assert playhead_column(strip) == pytest.approx(at, abs=1)
    assert len(edges(strip)) < 3
    strike(strip, KEY.Key_Minus, KEY.Key_Minus, KEY.Key_Minus)
    assert (playhead_column(strip), len(edges(strip))) == (pytest.approx(at, abs=1), 3)


def test_the_cut_goes_with_the_middle_button_and_with_a_sideways_wheel(strip):
    wheel(strip, QPoint(edges(strip)[1], 100), 3)
    before = edges(strip)
    at = QPoint(450, 100)
    drag(strip, at, QPoint(-57, 0), MIDDLE)
    release(strip, at, MIDDLE)
    assert {x + 57 for x in edges(strip)} >= set(before) - set(range(HEADER_PX + 57))
    wheel(strip, at, 57 / 96, sideways=True)
    assert edges(strip) == before
    wheel(strip, at, -1, SHIFT)
    assert {x + 96 for x in edges(strip)} & set(before)


def test_the_whole_cut_stays_whole_when_the_strip_grows(qtbot, strip):
    strip.resize(1300, 330)
    assert len(edges(strip)) == 3
    assert edges(strip)[2] > 1250
    wheel(strip, QPoint(400, 100), 2)
    near = strip.scale.px_per_frame
    strip.resize(700, 330)
    assert strip.scale.px_per_frame == near
    strike(strip, KEY.Key_Z, keys=SHIFT)
    assert len(edges(strip)) == 3


def test_z_shows_what_is_chosen(strip):
    click(strip, spot(strip, 5.5, lane=0))
    strike(strip, KEY.Key_Z)
    begin, end = x_at(strip, 5), x_at(strip, 6)
    width = strip.viewport().width() - HEADER_PX
    assert HEADER_PX < begin < HEADER_PX + width / 5
    assert HEADER_PX + width * 4 / 5 < end < HEADER_PX + width


def test_arrows_step_by_frames_and_from_edit_to_edit(strip, told):
    strike(strip, KEY.Key_Right, KEY.Key_Right, KEY.Key_Left)
    strike(strip, KEY.Key_Right, keys=SHIFT)
    assert told.playhead == [Fraction(n, 25) for n in (1, 2, 1, 11)]
    told.playhead.clear()
    strike(strip, *[KEY.Key_Down] * 5)
    assert told.playhead[:4] == [4, 5, 6, 8]  # SH015 covers SH020 from 5 to 6
    strike(strip, KEY.Key_Home, *[KEY.Key_Left] * 3)
    assert told.playhead[-1] == 0
    strike(strip, KEY.Key_End, KEY.Key_Right)
    assert told.playhead[-1] == Fraction(299, 25)
    assert timecode(strip) == "01:00:11:24"
    told.playhead.clear()
    strike(strip, *[KEY.Key_Up] * 5)
    assert told.playhead == [8, 6, 5, 4, 0]


def test_j_k_l_and_space_count_once_while_they_are_held(strip, told):
    strike(strip, KEY.Key_L, KEY.Key_L, KEY.Key_K, KEY.Key_J, KEY.Key_Space)
    for code in (KEY.Key_L, KEY.Key_Space):
        held = QKeyEvent(QKeyEvent.Type.KeyPress, code, NONE, "", True)
        QApplication.sendEvent(strip, held)
    assert (told.shuttle, told.played) == ([1, 1, 0, -1], [True])


def test_keys_of_the_strip_are_not_taken_by_menus_while_it_has_the_focus(qtbot, tmp_path):
    window, strip = QMainWindow(), TimelineView()
    window.setCentralWidget(strip)
    qtbot.addWidget(window)
    stolen, heard = [], []
    for code in (KEY.Key_J, KEY.Key_M):
        shortcut = QShortcut(QKeySequence(code), window)
        shortcut.activated.connect(lambda code=code: stolen.append(code))
    strip.shuttle.connect(heard.append)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    strip.setFocus()
    for code in (KEY.Key_J, KEY.Key_M):
        QTest.keyClick(window.windowHandle(), code)
    assert (stolen, heard) == ([KEY.Key_J, KEY.Key_M], [])  # nothing is open: nothing to move
    strip.show_sheet(*small(tmp_path), {})
    for code in (KEY.Key_J, KEY.Key_M):
        QTest.keyClick(window.windowHandle(), code)
    assert (stolen[2:], heard) == ([KEY.Key_M], [-1])
    strip.stop()


def test_i_and_o_mark_a_range_that_holds_both_frames(strip, told):
    strike(strip, *[KEY.Key_Right] * 3, KEY.Key_I)
    strike(strip, *[KEY.Key_Right] * 4, KEY.Key_O)
    assert told.marked == [TimeRange(Fraction(3, 25), Fraction(8, 25))]
    assert strip.marked == told.marked[-1]
    strike(strip, *[KEY.Key_Right] * 2, KEY.Key_I)  # behind the end: a new range begins
    assert (strip.marked, strip.mark_in, strip.mark_out) == (None, Fraction(9, 25), None)
    strike(strip, KEY.Key_O)
    assert strip.marked == TimeRange(Fraction(9, 25), Fraction(10, 25))
    strike(strip, KEY.Key_X)
    assert told.marked[-1] is None
    assert (strip.mark_in, strip.mark_out) == (None, None)


def test_a_click_chooses_ctrl_adds_and_shift_takes_all_between(strip, told):
    click(strip, spot(strip, 1))
    click(strip, spot(strip, 9), CTRL)
    click(strip, spot(strip, 9), CTRL)
    click(strip, spot(strip, 1))
    click(strip, spot(strip, 9), SHIFT)
    assert told.chosen == [
        {"SH010"},
        {"SH010", "SH030"},
        {"SH010"},
        {"SH010", "SH020", "SH015", "SH030"},
    ]
    click(strip, spot(strip, 1, lane=0))  # nothing is there
    assert told.chosen[-1] == set()
    strike(strip, KEY.Key_A, keys=CTRL)
    strike(strip, KEY.Key_Escape)
    assert told.chosen[-2:] == [{"SH010", "SH020", "SH015", "SH030"}, set()]


def test_what_covers_is_chosen_where_it_covers(strip, told):
    click(strip, spot(strip, 5.5, lane=0))
    click(strip, spot(strip, 5.5))
    assert told.chosen == [{"SH015"}, {"SH020"}]


def test_a_line_chooses_the_shots_it_plays_over(strip, told):
    click(strip, spot(strip, 2, Role.DUB))
    click(strip, spot(strip, 9, Role.DUB), CTRL)
    assert told.chosen == [{"SH010", "SH020"}, {"SH010", "SH020", "SH030"}]
    assert told.slipped == []


def test_a_rubber_band_chooses_what_it_touches_and_escape_gives_it_up(strip, told):
    begin = spot(strip, 6.5, lane=0)
    over = spot(strip, 8.5) - begin
    drag(strip, begin, over)
    assert strip.held == {"SH020", "SH030"}
    strike(strip, KEY.Key_Escape)
    release(strip, begin + over)
    assert (strip.held, told.chosen) == (frozenset(), [])
    click(strip, spot(strip, 1))
    drag(strip, begin, over, keys=CTRL)
    release(strip, begin + over)
    assert told.chosen[-1] == {"SH010", "SH020", "SH030"}


def carried(strip: TimelineView, px: int, seconds: float = 2, kind: str = Role.DUB) -> None:
    at = spot(strip, seconds, kind)
    drag(strip, at, QPoint(px, 0))
    release(strip, at + QPoint(px, 0))


def test_a_dub_line_is_slipped_by_whole_frames(strip, told):
    width = edges(strip)[2] - HEADER_PX
    for seconds in (1.5, -0.7):
        carried(strip, round(width / 12 * seconds))
        name, by = told.slipped[-1]
        assert name == "DE_1"
        assert by * RATE == pytest.approx(seconds * 25, abs=0.6)
        assert (by * RATE).denominator == 1
    assert strip.cut.lines[0].record.start == 1  # whoever hears the signal decides


def test_escape_gives_a_line_back(strip, told):
    at = spot(strip, 2, Role.DUB)
    before = pixels(strip.viewport().grab().toImage())
    drag(strip, at, QPoint(90, 0))
    held = pixels(strip.viewport().grab().toImage())
    strike(strip, KEY.Key_Escape)
    release(strip, at + QPoint(90, 0))
    assert told.slipped == []
    assert strip.over.gesture is None
    strike(strip, KEY.Key_Escape)
    after = pixels(strip.viewport().grab().toImage())
    assert (before != held).any()
    assert (before == after).all()


def test_a_click_a_tremble_and_production_sound_slip_nothing(strip, told):
    click(strip, spot(strip, 2, Role.DUB))
    carried(strip, QApplication.startDragDistance() - 1)
    carried(strip, 100, kind=Role.PRODUCTION)
    assert told.slipped == []


def test_a_line_sticks_to_shot_edges_but_not_far_and_not_with_alt(strip, told):
    second = x_at(strip, 2) - x_at(strip, 1)
    at = spot(strip, 2, Role.DUB)
    for off, sticks in ((5, True), (-5, True), (14, False)):
        told.slipped.clear()
        carried(strip, 3 * second + off)  # its start would lie near 4 s, where SH020 begins
        assert (told.slipped[0][1] == 3) is sticks
    told.slipped.clear()
    place = strip.viewport().mapTo(strip.window(), at)
    QTest.mousePress(strip.windowHandle(), LEFT, ALT, place)
    QTest.mouseMove(strip.viewport(), at + QPoint(3 * second + 5, 0))
    QTest.mouseRelease(strip.windowHandle(), LEFT, ALT, place + QPoint(3 * second + 5, 0))
    assert told.slipped[0][1] == 3 + Fraction(round(5 / (second / 25)), 25)


def test_a_line_taken_up_is_nudged_with_keys_and_stays_in_the_cut(strip, told):
    strike(strip, KEY.Key_Period)
    assert told.slipped == []  # none is taken up
    click(strip, spot(strip, 2, Role.DUB))
    strike(strip, KEY.Key_Period, KEY.Key_Comma)
    strike(strip, KEY.Key_Period, KEY.Key_Comma, keys=SHIFT)
    frames = [by * RATE for _, by in told.slipped]
    assert frames == [1, -1, 10, -10]
    told.slipped.clear()
    carried(strip, -2000)
    carried(strip, 3000)
    assert [by for _, by in told.slipped] == [-1, Fraction(299, 25) - 1]


def test_the_cut_moves_on_while_a_line_is_held_at_the_edge(qtbot, strip, told):
    wheel(strip, spot(strip, 2, Role.DUB), 6)
    at = spot(strip, 2, Role.DUB)
    right = QPoint(strip.viewport().width() - 5, at.y())
    before = strip.horizontalScrollBar().value()
    press(strip, at)
    QTest.mouseMove(strip.viewport(), right)
    far = strip.over.gesture.frames
    qtbot.waitUntil(lambda: strip.horizontalScrollBar().value() > before + 100, timeout=3000)
    assert strip.over.gesture.frames > far
    strike(strip, KEY.Key_Escape)
    rested = strip.horizontalScrollBar().value()
    QTest.qWait(100)
    assert strip.horizontalScrollBar().value() == rested


def test_a_double_click_takes_the_playhead_to_the_beginning(strip, told):
    at = spot(strip, 9.5)
    click(strip, at)
    QTest.mouseDClick(strip.viewport(), LEFT, NONE, at)
    assert told.playhead == [8]


def test_a_menu_is_asked_for_on_what_is_under_the_mouse_which_is_chosen(strip, told):
    for at in (spot(strip, 9.5), spot(strip, 2, Role.DUB)):
        place = strip.viewport().mapToGlobal(at)
        QApplication.sendEvent(
            strip.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, place)
        )
    shot, line = told.menus
    assert (shot.shot, shot.line) == ("SH030", None)
    assert shot.record == pytest.approx(9.5, abs=0.04)
    assert (line.shot, line.line.name) == (None, "DE_1")
    assert told.chosen == [{"SH030"}, {"SH010", "SH020"}]


def test_the_same_cut_again_leaves_place_zoom_and_choice_as_they_are(strip, tmp_path):
    click(strip, spot(strip, 9))
    wheel(strip, QPoint(500, 100), 5)
    strike(strip, KEY.Key_I)
    seen, kept = edges(strip), strip.scale
    sheet, lines = small(tmp_path)
    strip.show_sheet(sheet, lines, {"SH030": "rendered"})
    assert (edges(strip), strip.scale, strip.held) == (seen, kept, {"SH030"})
    assert strip.mark_in == 0
    strip.show_sheet(replace(sheet, cut_path="/cuts/other.otio"), lines, {})
    assert (len(edges(strip)), strip.mark_in) == (3, None)


def test_a_playhead_that_plays_turns_the_page_and_one_out_of_view_does_not(strip):
    strip.zoom(8, 0)
    first, last = (strip.scale.record_at(x) for x in (0, strip.width_px))
    strip.show_playhead(first)
    strip.show_playhead(last + 1)
    assert HEADER_PX <= playhead_column(strip) < strip.viewport().width() / 2
    strip.horizontalScrollBar().setValue(0)
    strip.show_playhead(last + 2)
    assert strip.horizontalScrollBar().value() == 0


def test_a_choice_made_elsewhere_comes_into_view_and_is_not_told_again(strip, told):
    strip.zoom(9, 0)
    assert x_at(strip, 8) > strip.viewport().width()
    strip.choose({"SH030"})
    assert HEADER_PX <= x_at(strip, 8) < strip.viewport().width()
    assert (strip.held, told.chosen) == ({"SH030"}, [])


def test_without_a_cut_nothing_happens(strip, told):
    strip.show_nothing()
    for at in (QPoint(300, RULER_Y), QPoint(300, 100), QPoint(20, 100)):
        click(strip, at)
        wheel(strip, at, 2)
    strike(strip, KEY.Key_I, KEY.Key_J, KEY.Key_Home, KEY.Key_Z, KEY.Key_Period)
    assert told == Told()
    assert strip.accessibleDescription() == "No cut is open."
