"""The render queue as who uses it meets it: real clicks and keys on the real widget."""

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QToolButton

from lipflap.core.result import Stage
from lipflap.gui.queue.row import describe_queue, make_rows, total_share
from lipflap.gui.queue.view import FARM, THIS_MACHINE, RenderView
from lipflap.gui.theme import style
from lipflap.plugin.job.queue import Queue
from lipflap.plugin.job.status import JobStatus, RenderState, ShotStatus


def shot(name: str, state: str = RenderState.WAITING, done: int = 0, **change) -> ShotStatus:
    told = {"stage": Stage.PAINT, "total": 100, "host": "", "reason": "", "seconds_left": None}
    return ShotStatus(shot=name, state=state, done=done, **told | change)


STATUS = JobStatus(
    (
        shot("SH010", RenderState.RENDERED, 100),
        shot("SH020", RenderState.FAILED, reason="plate.mov, frame 7: cannot be read."),
        shot("SH030", RenderState.RENDERING, 40, host="edit-07", seconds_left=60.0),
        shot(
            "SH040",
            RenderState.RENDERING,
            30,
            stage=Stage.ANALYSE,
            host="edit-07",
            seconds_left=90.0,
        ),
        shot("SH050", seconds_left=130.0),
        shot("SH060", RenderState.INTERRUPTED, host="edit-09", seconds_left=110.0),
        shot("SH070", RenderState.SKIPPED, reason="There is no face in it."),
        shot("SH080"),
        shot("SH090", RenderState.RENDERING, 10, host="farm-3", seconds_left=90.0),
    ),
    None,
)
QUEUE = Queue(
    shots=("SH040", "SH060", "SH030", "SH050"),
    finished=("SH010", "SH020", "SH070"),
    cancelled=("SH080",),
)
IN_ORDER = ["SH040", "SH030", "SH060", "SH050", "SH090", "SH070", "SH020", "SH010", "SH080"]


@pytest.fixture
def view(qtbot) -> RenderView:
    made = RenderView()
    made.setStyleSheet(style())
    made.resize(900, 420)
    qtbot.addWidget(made)
    made.show()
    made.show_status(STATUS, QUEUE)
    return made


def column(view: RenderView, number: int) -> list[str]:
    model = view.table.model()
    return [model.data(model.index(row, number)) for row in range(model.rowCount())]


def click(qtbot, view: RenderView, *shots: str) -> None:
    """The first as it is, the others with Ctrl held."""
    model = view.table.model()
    for name in shots:
        at = view.table.visualRect(model.index(column(view, 0).index(name), 0)).center()
        held = Qt.KeyboardModifier.ControlModifier
        how = held if name != shots[0] else Qt.KeyboardModifier.NoModifier
        qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, how, at)


def button(view: RenderView, action: QAction) -> QToolButton:
    return next(b for b in view.findChildren(QToolButton) if b.defaultAction() is action)


def press(qtbot, view: RenderView, action: QAction) -> None:
    qtbot.mouseClick(button(view, action), Qt.MouseButton.LeftButton)


def test_shots_stand_in_the_order_they_are_rendered_with_what_is_known_of_them(view):
    assert column(view, 0) == IN_ORDER
    assert dict(zip(IN_ORDER, column(view, 1), strict=True)) == {
        "SH040": "Finding faces",
        "SH030": "Rendering",
        "SH060": "Interrupted, waiting",
        "SH050": "Waiting",
        "SH090": "Rendering",
        "SH070": "Skipped",
        "SH020": "Failed",
        "SH010": "Done",
        "SH080": "Cancelled",
    }
    assert column(view, 2)[:2] == ["30 %", "40 %"]
    assert column(view, 3)[:3] == ["2 min", "60 s", ""]
    assert column(view, 4) == ["edit-07", "edit-07", "", "", "farm-3", *[""] * 4]
    assert column(view, 5) == [
        *[""] * 5,
        *["There is no face in it.", "plate.mov, frame 7: cannot be read.", "", ""],
    ]


def test_the_whole_is_shown_as_text_and_as_a_bar(view):
    """480 s of work, three at once; looking is a third of a shot: 10 + 60 + 40 + 300 of 800."""
    assert view.summary.text() == "3 of 8 done (1 failed), about 3 min left"
    assert view.progress.value() / view.progress.maximum() == pytest.approx(410 / 800, abs=0.001)
    assert view.progress.accessibleDescription() == view.summary.text()


def test_no_time_left_is_made_up():
    unknown = JobStatus((shot("SH010", RenderState.RENDERING, 1), shot("SH020")), None)
    rows = make_rows(unknown, Queue(("SH010", "SH020")))
    assert describe_queue(rows, Queue(("SH010", "SH020"))) == "0 of 2 done"
    assert describe_queue(rows, Queue(("SH010", "SH020"), paused=True)) == "0 of 2 done, paused"
    assert describe_queue((), Queue()) == "No shots are queued"
    assert total_share(()) == 0.0


def test_a_failed_shot_that_is_queued_anew_is_waiting():
    (row,) = make_rows(
        JobStatus((shot("SH020", RenderState.FAILED, reason="no"),), None), Queue(("SH020",))
    )
    assert (row.label, row.done_share) == ("Waiting", 0.0)


def test_only_what_can_be_done_can_be_asked_for(view, qtbot):
    assert view.pause.isEnabled()
    assert view.retry.isEnabled()
    assert view.clear.isEnabled()
    assert not any(a.isEnabled() for a in (view.cancel, view.earlier, view.later))
    click(qtbot, view, "SH010")
    assert not view.cancel.isEnabled()
    click(qtbot, view, "SH050")
    assert all(a.isEnabled() for a in (view.cancel, view.earlier, view.later))
    view.show_status(JobStatus((), None), Queue())
    every = (view.pause, view.cancel, view.retry, view.earlier, view.later, view.clear)
    assert not any(a.isEnabled() for a in every)


def test_buttons_say_what_is_wished_and_of_which_shots(view, qtbot):
    click(qtbot, view, "SH050", "SH040", "SH010")
    with qtbot.waitSignal(view.cancel_requested, timeout=10_000) as said:
        press(qtbot, view, view.cancel)
    assert said.args == [("SH040", "SH050")], "what is done cannot be cancelled"
    click(qtbot, view, "SH050")
    with qtbot.waitSignal(view.move_requested, timeout=10_000) as said:
        press(qtbot, view, view.earlier)
    assert said.args == [("SH050",), -1]
    with qtbot.waitSignal(view.move_requested, timeout=10_000) as said:
        press(qtbot, view, view.later)
    assert said.args == [("SH050",), 1]
    with qtbot.waitSignal(view.retry_requested, timeout=10_000) as said:
        press(qtbot, view, view.retry)
    assert said.args == [("SH020",)]
    with qtbot.waitSignal(view.clear_requested, timeout=10_000):
        press(qtbot, view, view.clear)


def test_pause_becomes_resume(view, qtbot):
    with qtbot.waitSignal(view.pause_requested, timeout=10_000):
        press(qtbot, view, view.pause)
    assert button(view, view.pause).text() == "Pause", "until the queue says so"
    view.show_status(STATUS, Queue(QUEUE.shots, paused=True))
    assert button(view, view.pause).text() == "Resume"
    assert button(view, view.pause).accessibleName() == "Resume"
    assert view.summary.text().endswith("paused")
    with qtbot.waitSignal(view.resume_requested, timeout=10_000):
        press(qtbot, view, view.pause)


def test_what_is_selected_stays_selected_while_the_queue_goes_on(view, qtbot):
    click(qtbot, view, "SH050", "SH060")
    said = []
    view.selection_changed.connect(said.append)
    view.show_status(STATUS, Queue(("SH050", "SH040", "SH060", "SH030"), finished=("SH010",)))
    view.show_status(STATUS, Queue(("SH060",), finished=("SH040", "SH030", "SH050")))
    assert said == [], "nobody chose anything"
    with qtbot.waitSignal(view.cancel_requested, timeout=10_000) as wished:
        view.cancel.trigger()
    assert wished.args == [("SH060",)]


def test_a_selection_is_emitted_and_one_from_elsewhere_is_shown_in_silence(view, qtbot):
    with qtbot.waitSignal(view.selection_changed, timeout=10_000) as said:
        click(qtbot, view, "SH030")
    assert said.args == [{"SH030"}]
    with qtbot.assertNotEmitted(view.selection_changed):
        view.select({"SH050", "SH999"})
    assert view.cancel.isEnabled()


def test_all_of_it_can_be_reached_by_keys(view, qtbot):
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(view.cancel_requested, timeout=10_000) as said:
        view.cancel.trigger()
    assert said.args == [("SH040", "SH030", "SH060", "SH050")]
    seen = set()
    for _ in range(20):
        qtbot.keyClick(view.window().focusWidget(), Qt.Key.Key_Tab)
        seen.add(view.window().focusWidget().accessibleName())
    assert {"Shots in the render queue", "Where shots are rendered", "Pause"} <= seen
    assert "" not in seen


def test_where_shots_are_rendered_is_requested_and_emitted(view, qtbot):
    assert view.farm == ""
    assert not view.address.isVisible()
    said = []
    view.farm_changed.connect(said.append)
    view.where.setFocus()
    qtbot.keyClick(view.where, Qt.Key.Key_Down)
    assert view.where.currentText() == FARM
    assert view.address.isVisible()
    assert said == [], "no address yet"
    qtbot.keyClicks(view.address, " tcp://10.0.0.5:8786 ")
    qtbot.keyClick(view.address, Qt.Key.Key_Return)
    assert said[-1] == view.farm == "tcp://10.0.0.5:8786"
    qtbot.keyClick(view.where, Qt.Key.Key_Up)
    assert said[-1] == view.farm == ""
    assert view.where.currentText() == THIS_MACHINE
    qtbot.keyClick(view.where, Qt.Key.Key_Down)
    view.address.clear()
    qtbot.keyClick(view.address, Qt.Key.Key_Return)
    assert said[-1] == "", "nothing goes to the farm of before"
    assert view.where.currentText() == THIS_MACHINE
    view.show_farm("tcp://farm:8786")
    assert (view.farm, view.address.isVisible()) == ("tcp://farm:8786", True)


def test_the_reason_of_a_failure_is_a_tooltip_too(view):
    model = view.table.model()
    failed = model.index(IN_ORDER.index("SH020"), 0)
    assert model.data(failed, Qt.ItemDataRole.ToolTipRole) == "plate.mov, frame 7: cannot be read."
    told = model.data(model.index(0, 2), Qt.ItemDataRole.AccessibleTextRole)
    assert told == "Progress: 30 %"


def test_ten_thousand_shots_are_shown_again_in_a_moment(view):
    """Of processor time, generously: it takes about 50 ms."""
    names = [f"SH{n:05}" for n in range(10_000)]
    queue = Queue(tuple(names))
    took_s = []
    for done in range(3):
        first = shot(names[0], RenderState.RENDERING, done, seconds_left=1.0)
        status = JobStatus((first, *(shot(name, seconds_left=2.0) for name in names[1:])), None)
        began = time.thread_time()
        view.show_status(status, queue)
        took_s.append(time.thread_time() - began)
    assert column(view, 0)[:2] == names[:2]
    assert took_s[-1] < 1.0


def test_nothing_is_clipped_at_the_smallest_size(view):
    for _ in range(2):  # the buttons flow, and ask for the height that the width asks for
        view.resize(view.minimumSizeHint())
        QApplication.processEvents()
    inside = view.rect()
    for one in view.findChildren(QToolButton):
        if one.isVisible() and one.defaultAction():
            assert inside.contains(one.mapTo(view, QPoint(one.width() - 1, one.height() - 1)))
            assert one.width() >= one.sizeHint().width()


def test_retry_failed_means_all_that_failed_whichever_shot_is_selected(view, qtbot):
    failed = shot("SH050", RenderState.FAILED, reason="The disk is full.")
    shots = tuple(failed if one.shot == "SH050" else one for one in STATUS.shots)
    view.show_status(JobStatus(shots, None), Queue(finished=("SH020", "SH050")))
    click(qtbot, view, "SH020")
    with qtbot.waitSignal(view.retry_requested, timeout=10_000) as said:
        press(qtbot, view, view.retry)
    assert set(said.args[0]) == {"SH020", "SH050"}
