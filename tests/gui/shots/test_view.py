"""The shot list as who uses it meets it: real clicks and keys on the real table."""

import time
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QTextDocumentFragment
from PySide6.QtWidgets import QApplication

from lipflap.core.result import SyncFigures
from lipflap.gui.shots.model import REMARKS, SHOT, STATE, SYNC, TITLES
from lipflap.gui.shots.row import LABELS, STATES, ShotRow
from lipflap.gui.shots.thumbnails import card
from lipflap.gui.shots.view import ShotView
from lipflap.gui.theme import STATE_COLOURS, TROUBLE, style
from lipflap.plugin.cut.time_range import TimeRange

NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
LEFT = Qt.MouseButton.LeftButton


def row(number: int, **more) -> ShotRow:
    facts = {
        "shot": f"SH{number:04d}",
        "record": TimeRange(Fraction(number), Fraction(number + 1)),
        "record_in": f"01:{number // 60:02d}:{number % 60:02d}:00",
        "record_out": f"01:{(number + 1) // 60:02d}:{(number + 1) % 60:02d}:00",
        "lines": f"DE_{number}",
        "face": "",
        "state": STATES[number % len(STATES)],
        "sync": None,
        "remarks": "",
    }
    return ShotRow(**facts | more)


def judged(offset_ms: int, confidence: float) -> SyncFigures:
    return SyncFigures(offset_ms, confidence, 0.1, 4.0)


TEN = tuple(row(number) for number in range(10))


@pytest.fixture
def view(qtbot) -> ShotView:
    made = ShotView()
    made.setStyleSheet(style())
    made.resize(1000, 700)
    qtbot.addWidget(made)
    made.show()
    made.show_rows(TEN)
    qtbot.waitExposed(made)
    return made


def names(view: ShotView) -> list[str]:
    return list(view.shown_shots())


def cell(view: ShotView, shot: str, column: int = SHOT) -> QPoint:
    model = view.table.model()
    at = model.index(names(view).index(shot), column)
    return view.table.visualRect(at).center()


def click(qtbot, view: ShotView, shot: str, held: Qt.KeyboardModifier = NONE) -> None:
    qtbot.mouseClick(view.table.viewport(), LEFT, held, cell(view, shot))


def click_title(qtbot, view: ShotView, column: int) -> None:
    titles = view.table.horizontalHeader()
    at = QPoint(titles.sectionViewportPosition(column) + 20, titles.height() // 2)
    qtbot.mouseClick(titles.viewport(), LEFT, NONE, at)


def test_a_click_selects_ctrl_adds_and_shift_takes_all_between(qtbot, view):
    told = []
    view.selection_changed.connect(told.append)
    click(qtbot, view, "SH0002")
    click(qtbot, view, "SH0004", CTRL)
    click(qtbot, view, "SH0007", SHIFT)
    assert told == [
        {"SH0002"},
        {"SH0002", "SH0004"},
        {"SH0002", "SH0004", "SH0005", "SH0006", "SH0007"},
    ]


def test_the_first_key_is_for_the_list(qtbot, view):
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow, timeout=10_000)
    assert view.table.hasFocus()


def test_keys_walk_select_and_open(qtbot, view):
    told, opened = [], []
    view.selection_changed.connect(told.append)
    view.activated.connect(opened.append)
    click(qtbot, view, "SH0002")
    qtbot.keyClick(view.table, Qt.Key.Key_Down)
    qtbot.keyClick(view.table, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert told[1:] == [{"SH0003"}, {"SH0003", "SH0004"}]
    assert opened == ["SH0004"]
    qtbot.keyClick(view.table, Qt.Key.Key_A, CTRL)
    assert told[-1] == set(names(view))


def test_a_double_click_opens_one_shot(qtbot, view):
    opened = []
    view.activated.connect(opened.append)
    click(qtbot, view, "SH0003")
    qtbot.mouseDClick(view.table.viewport(), LEFT, NONE, cell(view, "SH0003"))
    assert opened == ["SH0003"]


def test_a_menu_is_wanted_where_the_mouse_is(qtbot, view):
    with qtbot.waitSignal(view.menu_requested, timeout=10_000) as told:
        view.table.customContextMenuRequested.emit(cell(view, "SH0005"))
    assert told.args == [view.table.viewport().mapToGlobal(cell(view, "SH0005"))]


def test_typing_searches_names_lines_states_and_remarks(qtbot, view):
    view.show_rows((*TEN[:9], replace(TEN[9], remarks="Die Lippen hängen bei „Grüße“.")))
    view.start_search()
    qtbot.keyClicks(view.search, "sh0004")
    assert names(view) == ["SH0004"]
    qtbot.keyClick(view.search, Qt.Key.Key_Escape)
    assert (names(view), view.search.text()) == ([r.shot for r in TEN], "")
    assert view.table.hasFocus()
    view.start_search()
    assert view.search.hasFocus()
    qtbot.keyClicks(view.search, "missing")
    assert names(view) == [r.shot for r in TEN if r.state == "missing media"]
    view.search.setText("GRÜSSE lippen")
    assert names(view) == ["SH0009"]


def test_one_state_can_be_shown_and_what_is_hidden_stays_in_its_place(qtbot, view):
    view.states.setFocus()
    qtbot.keyClicks(view.states, "failed")
    assert view.states.currentText() == "Failed"
    assert names(view) == [r.shot for r in TEN if r.state == "failed"]
    qtbot.keyClick(view.states, Qt.Key.Key_Home)
    assert names(view) == [r.shot for r in TEN]


def test_titles_sort_and_the_worst_sync_comes_first(qtbot, view):
    some = (
        replace(TEN[0], sync=judged(0, 0.9)),
        TEN[1],
        replace(TEN[2], sync=judged(0, 0.1)),
        replace(TEN[3], sync=judged(80, 0.5)),
    )
    view.show_rows(some)
    click_title(qtbot, view, SYNC)
    assert names(view) == ["SH0002", "SH0003", "SH0000", "SH0001"]
    click_title(qtbot, view, SHOT)
    click_title(qtbot, view, SHOT)
    assert names(view) == ["SH0003", "SH0002", "SH0001", "SH0000"]


def test_a_sorted_list_stays_sorted_when_states_change_and_nobody_loses_the_choice(qtbot, view):
    click_title(qtbot, view, STATE)
    click(qtbot, view, "SH0007")
    told = []
    view.selection_changed.connect(told.append)
    assert [STATES.index(TEN[int(shot[2:])].state) for shot in names(view)] == sorted(range(10))
    changed = tuple(replace(r, state=STATES[-1 - n]) for n, r in enumerate(TEN))
    view.show_rows(changed)
    assert names(view) == [r.shot for r in reversed(TEN)]
    assert (view.selected_shots(), told) == (("SH0007",), [])
    assert view.table.currentIndex().row() == 2
    view.show_rows(changed[:9])
    assert names(view) == [r.shot for r in reversed(TEN[:9])]
    assert view.selected_shots() == ("SH0007",)


def test_what_is_doubtful_is_marked_with_a_word_and_a_colour(view):
    some = (replace(TEN[0], sync=judged(80, 0.5)), replace(TEN[1], sync=judged(40, 0.5)))
    view.show_rows(some)
    model = view.table.model()
    late, fine = (model.index(number, SYNC) for number in (0, 1))
    assert late.data() == "check\n+80 ms"
    assert fine.data() == "good\n+40 ms"
    colour = Qt.ItemDataRole.ForegroundRole
    assert (late.data(colour), fine.data(colour)) == (TROUBLE, None)
    assert "80 ms late" in late.data(Qt.ItemDataRole.ToolTipRole)


def test_new_facts_change_their_rows_alone_and_no_choice_is_lost(qtbot, view):
    click(qtbot, view, "SH0002")
    click(qtbot, view, "SH0003", CTRL)
    told, changed, resets = [], [], []
    view.selection_changed.connect(told.append)
    model = view.table.model().sourceModel()
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.modelReset.connect(lambda: resets.append(True))
    after = list(TEN)
    for number in (2, 3, 7):
        after[number] = replace(TEN[number], state="rendering", remarks="now")
    view.show_rows(tuple(after))
    assert (changed, resets, told) == ([(2, 3), (7, 7)], [], [])
    assert view.selected_shots() == ("SH0002", "SH0003")
    assert view.table.model().index(7, REMARKS).data() == "now"
    changed.clear()
    view.show_rows(tuple(after))
    assert changed == []
    for number in (1, 4, 9):
        after[number] = replace(TEN[number], state="rendering", remarks="now")
    view.show_rows(tuple(after))
    assert changed == [(1, 4), (9, 9)]  # one message costs less than two about near rows


def test_a_selection_outlives_another_cut_where_its_shots_are_the_same(qtbot, view):
    click(qtbot, view, "SH0002")
    click(qtbot, view, "SH0003", CTRL)
    told = []
    view.selection_changed.connect(told.append)
    view.show_rows((*TEN[3:], row(77)))
    assert view.selected_shots() == ("SH0003",)
    view.show_rows(())
    assert view.selected_shots() == ()


def test_a_selection_by_program_emits_nothing(qtbot, view):
    told = []
    view.selection_changed.connect(told.append)
    view.select({"SH0001", "SH0008"})
    assert (view.selected_shots(), told) == (("SH0001", "SH0008"), [])
    view.select({"not there"})
    assert view.selected_shots() == ()


def test_a_shot_that_is_selected_elsewhere_comes_into_view(view):
    view.show_rows(tuple(map(row, range(300))))
    view.select({"SH0250"})
    at = view.table.visualRect(view.table.model().index(250, SHOT))
    assert view.table.viewport().rect().contains(at.center())


def test_a_state_is_drawn_in_its_colour_with_its_name(view):
    image = view.table.viewport().grab().toImage()
    for shown, state in enumerate(STATES[: len(TEN)]):
        index = view.table.model().index(shown, STATE)
        assert index.data(Qt.ItemDataRole.AccessibleTextRole) == LABELS[state]
        box = view.table.visualRect(index)
        colours = Counter(
            image.pixelColor(x, y).name()
            for x in range(box.left(), box.right())
            for y in range(box.top(), box.bottom())
            if image.rect().contains(x, y)
        )
        assert colours[STATE_COLOURS[state].name()] > 60, state


def test_an_empty_list_says_why(qtbot, view):
    grabs = []
    for searched, rows in (("", TEN), ("nothing like it", TEN), ("", ())):
        view.show_rows(rows)
        view.search.setText(searched)
        QApplication.processEvents()
        grabs.append(view.table.viewport().grab().toImage())
    assert len({bytes(grab.constBits()) for grab in grabs}) == 3
    assert len(set(bytes(grabs[2].constBits()))) > 4  # words, not a plain ground


def test_thumbnails_are_wanted_of_what_is_in_view_alone(qtbot, view):
    wanted: list[str] = []
    view.thumbnails_requested.connect(wanted.extend)
    view.show_rows(tuple(map(row, range(5000))))
    qtbot.waitUntil(lambda: bool(wanted), timeout=10_000)
    assert set(wanted) <= {f"SH{n:04d}" for n in range(20)}
    wanted.clear()
    view.table.verticalScrollBar().setValue(100_000)
    view.table.viewport().repaint()
    view.table.scrollToBottom()
    qtbot.waitUntil(lambda: "SH4999" in wanted, timeout=10_000)
    assert set(wanted) <= {f"SH{n:04d}" for n in range(4980, 5000)}


def test_a_thumbnail_is_drawn_in_its_own_colours_also_where_it_is_selected(qtbot, view):
    picture = QImage(160, 90, QImage.Format.Format_RGB888)
    picture.fill(QColor("#a04080"))
    view.show_thumbnail("SH0001", card(picture))
    view.select({"SH0001"})
    QApplication.processEvents()
    image = view.table.viewport().grab().toImage()
    assert image.pixelColor(cell(view, "SH0001", 0)) == QColor("#a04080")


def test_every_column_is_wide_enough_for_what_stands_in_it(view):
    """But remarks, which may be of any length."""
    longest = max(STATES, key=len)
    view.show_rows((replace(TEN[0], state=longest, sync=judged(-120, 0.05), face="0, picked"),))
    font = view.table.fontMetrics()
    for column in set(range(1, len(TITLES))) - {REMARKS}:
        remarks = str(view.table.model().index(0, column).data())
        wanted = max(map(font.horizontalAdvance, remarks.splitlines()), default=0)
        wanted += 26 if column == STATE else 4
        assert view.table.columnWidth(column) >= wanted, TITLES[column]


def test_remarks_have_room_and_the_rest_of_them_is_in_the_tooltip(qtbot, view):
    said = "Its media /reels/day_07/A014C012.mov & <more> is not there, nor anything like it."
    view.show_rows(tuple(replace(r, remarks=said) for r in TEN))
    widths = []
    for width in (760, 1000, 1600):
        view.resize(width, 400)
        qtbot.waitUntil(lambda width=width: view.width() == width, timeout=10_000)
        widths.append(view.table.columnWidth(REMARKS))
        at = view.table.columnViewportPosition(REMARKS)
        assert at + widths[-1] <= view.table.viewport().width()
    assert view.table.fontMetrics().horizontalAdvance(said) / 3 < widths[0] < widths[2] - 500
    others = sum(view.table.columnWidth(n) for n in range(len(TITLES)))
    assert others == view.table.viewport().width()
    tip = view.table.model().index(0, REMARKS).data(Qt.ItemDataRole.ToolTipRole)
    assert QTextDocumentFragment.fromHtml(tip).toPlainText() == said


def test_sync_and_remarks_are_in_view_in_a_window_of_1280_pixels(qtbot, view):
    view.show_rows(tuple(replace(r, lines=f"DE_{n}") for n, r in enumerate(TEN)))
    view.resize(692, 300)  # its part of that window
    qtbot.waitUntil(lambda: view.width() == 692, timeout=10_000)
    for column in (SYNC, REMARKS):
        end = view.table.columnViewportPosition(column) + view.table.columnWidth(column)
        assert end <= view.table.viewport().width()


def test_a_long_name_of_a_shot_is_shown_whole(view):
    name = "EP104_SC027_0340_v002"
    view.show_rows((replace(TEN[0], shot=name), TEN[1]))
    assert view.table.columnWidth(SHOT) > view.table.fontMetrics().horizontalAdvance(name)


def test_the_shot_at_the_playhead_stays_in_view_when_the_list_becomes_low(qtbot, view):
    view.resize(600, 900)
    view.show_rows(TEN)
    view.select([TEN[9].shot])
    view.resize(600, 260)
    qtbot.waitUntil(lambda: view._is_in_view(TEN[9].shot), timeout=10_000)


def test_five_thousand_shots_are_read_selected_and_scrolled_without_waiting(qtbot, view):
    """Of processor time, generously; a list that lays out all its rows needs many times as long."""
    many = tuple(map(row, range(5000)))
    took = {}

    def timed(name, work):
        began = time.process_time()
        work()
        QApplication.processEvents()
        took[name] = time.process_time() - began

    timed("read", lambda: view.show_rows(many))
    timed("all chosen", view.table.selectAll)
    timed("nothing new", lambda: view.show_rows(many))
    timed("one new", lambda: view.show_rows((replace(many[0], remarks="new"), *many[1:])))
    timed("scrolled", lambda: view.table.verticalScrollBar().setValue(120_000))
    timed("searched", lambda: view.search.setText("sh49"))
    assert took == pytest.approx(dict.fromkeys(took, 0), abs=1)


def test_a_chip_shows_what_is_left_to_do_and_how_many_there_are(qtbot, view):
    view.show_rows((*TEN[:5], replace(TEN[3], shot="SH0099", checks=("Sync: late.",))))
    assert [button.text() for button in view.chips.values()] == [
        "All 6",
        "To render 2",
        "Check 1",
        "Done 0",
    ]
    for chip, shown in (("To render", ["SH0001", "SH0002"]), ("Check", ["SH0099"]), ("Done", [])):
        qtbot.mouseClick(view.chips[chip], LEFT)
        assert names(view) == shown
    qtbot.mouseClick(view.chips["All"], LEFT)
    assert len(names(view)) == 6


def test_enter_in_the_search_field_goes_to_the_first_shot_found(qtbot, view):
    told = []
    view.selection_changed.connect(told.append)
    view.start_search()
    qtbot.keyClicks(view.search, "sh0007")
    qtbot.keyClick(view.search, Qt.Key.Key_Return)
    assert (told, view.selected_shots()) == ([{"SH0007"}], ("SH0007",))
    qtbot.waitUntil(view.table.hasFocus, timeout=10_000)  # once its window is active


def test_a_filter_that_hides_selected_shots_says_so_once(qtbot, view):
    view.select([f"SH{number:04d}" for number in (0, 2, 4, 6)])
    with qtbot.waitSignal(view.selection_changed, timeout=10_000):
        said = []
        view.selection_changed.connect(said.append)
        view.search.setText("0004")
    assert said == [{"SH0004"}]
    view.search.clear()
    assert said == [{"SH0004"}]
