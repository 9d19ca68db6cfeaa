"""An editor's first hour: rendered shots changed, judged and delivered, with mouse and keys."""

import shutil
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import miniaudio
import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QMainWindow,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)
from support.cuts.rendered_cut import write_render
from support.panel_states import is_settled

from lipflap.core.errors import DubError
from lipflap.core.media.preview import Preview
from lipflap.core.order import Role, read_order
from lipflap.core.playback import SoundChannel
from lipflap.gui import cut_controller, render_controller
from lipflap.gui.compare import paint
from lipflap.gui.deliver.dialog import DeliverDialog, DeliveryWishes
from lipflap.gui.dialogs.dub import DubDialog
from lipflap.gui.dialogs.note import NoteDialog
from lipflap.gui.dialogs.notes import NotesDialog
from lipflap.gui.panel import Panel, create
from lipflap.gui.sound.cut_sound import Heard
from lipflap.gui.timeline.controls.headers import MUTE, SOLO, button_areas
from lipflap.gui.timeline.paint import HEADER_PX
from lipflap.plugin.cli import main
from lipflap.plugin.cut.decisions import (
    Decisions,
    read_decisions,
    with_overrides,
    write_decisions,
)
from lipflap.plugin.job.queue import enqueue, finish, pause
from lipflap.plugin.timeline.patch.dubbed_shot import How
from lipflap.plugin.trust.sign.studio_keys import make_keys, studio_keys
from lipflap.plugin.trust.sign.studio_settings import settings_path

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def new_user(tmp_path, monkeypatch):
    """Redirect settings and caches to those of a new user."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def cut(rendered, tmp_path) -> Path:
    """A copy of the cut at the same path: orders hold absolute paths."""
    kept = tmp_path / "kept"
    shutil.copytree(rendered.parent, kept)
    yield rendered
    shutil.rmtree(rendered.parent)
    shutil.copytree(kept, rendered.parent)


@pytest.fixture
def panel(qtbot, cut) -> Panel:
    made = create()
    made.resize(1400, 900)
    made.show()
    opened(qtbot, made, cut)
    yield made
    made.close()
    made.deleteLater()


def opened(qtbot, panel: Panel, cut: Path) -> None:
    panel.viewer.view.player._output._backends = [miniaudio.Backend.NULL]
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut)
    state_is(qtbot, panel, "SH010", "rendered", "approved", "sent back")
    qtbot.waitUntil(lambda: is_settled(panel), timeout=120_000)


def state_is(qtbot, panel: Panel, shot: str, *states: str) -> None:
    found = lambda: shot in panel.rows and panel.rows[shot].state in states  # noqa: E731
    qtbot.waitUntil(found, timeout=20_000)


def press(qtbot, panel: Panel, code, keys=PLAIN) -> None:
    qtbot.keyClick(panel.shot_list.table, code, keys)


def said(panel: Panel) -> str:
    return panel.statusBar().currentMessage()


def test_a_changed_shot_is_out_of_date_its_render_is_seen_and_undo_brings_all_back(qtbot, panel):
    press(qtbot, panel, Key.Key_A)
    state_is(qtbot, panel, "SH010", "approved")
    assert said(panel) == "✓ Approve SH010"
    panel.cut_controller.set_face(0)
    state_is(qtbot, panel, "SH010", "out of date")
    view = panel.viewer.view
    qtbot.waitUntil(lambda: view.frames.dub is not None, timeout=10_000)
    assert "Out of date" in view.status_text
    press(qtbot, panel, Key.Key_A)
    assert said(panel) == "SH010 is out of date: render it again first, with R."
    press(qtbot, panel, Key.Key_Z, CTRL)
    state_is(qtbot, panel, "SH010", "approved")


def test_a_changed_shot_is_shown_as_it_was_until_it_is_known_what_the_change_means(qtbot, panel):
    shown = ["rendered"]

    def note(*_changed: object) -> None:
        row = next(row for row in panel.shot_list._model.rows if row.shot == "SH010")
        if row.state != shown[-1]:
            shown.append(row.state)

    panel.shot_list._model.dataChanged.connect(note)
    panel.cut_controller.set_face(0)
    state_is(qtbot, panel, "SH010", "out of date")
    press(qtbot, panel, Key.Key_Z, CTRL)
    state_is(qtbot, panel, "SH010", "rendered")
    quick = replace(panel.document.decisions.project, seed=7)
    panel.document.decide(("Variation", replace(panel.document.decisions, project=quick)))
    state_is(qtbot, panel, "SH010", "out of date")
    press(qtbot, panel, Key.Key_Z, CTRL)
    state_is(qtbot, panel, "SH010", "rendered")
    qtbot.wait(1200)  # the JOB is read once a second
    assert shown == ["rendered", "out of date"] * 2 + ["rendered"]


def test_what_is_rendered_again_is_said_to_be_of_before(qtbot, panel):
    panel.cut_controller.set_face(0)
    state_is(qtbot, panel, "SH010", "out of date")
    pause(panel.document.job)
    enqueue(panel.document.job, ["SH010"])
    panel.monitor.refresh()
    view = panel.viewer.view
    told = "Being rendered again: this is the render of before, until it is ready."
    qtbot.waitUntil(lambda: view.status_text == told, timeout=10_000)
    assert view.comparison.dub is not None


def test_a_cut_that_is_opened_again_never_says_that_a_rendered_shot_is_to_render(qtbot, cut):
    panel = create()
    qtbot.addWidget(panel)
    panel.show()
    shown: list[tuple[str, str]] = []

    def note(*_changed: object) -> None:
        for row in panel.shot_list._model.rows:
            if row.shot == "SH010" and row.label not in [label for label, _ in shown]:
                shown.append((row.label, panel.bar.render_all.text()))

    panel.shot_list._model.dataChanged.connect(note)
    panel.shot_list._model.modelReset.connect(note)
    opened(qtbot, panel, cut)
    note()
    assert [label for label, _ in shown] == ["Unchecked", "Rendered"]
    assert shown[0][1] == "▶  Render"
    panel.close()


def test_versions_of_a_shot_are_counted_shown_and_come_back_with_undo(qtbot, panel):
    job = panel.document.job
    panel.cut_controller.set_face(0)
    state_is(qtbot, panel, "SH010", "out of date")
    panel.render_controller._write_orders(panel.document.orders, lambda job: None)
    in_job = lambda: read_order(job.order("SH010"))  # noqa: E731
    qtbot.waitUntil(lambda: in_job() == panel.document.orders.get("SH010"), timeout=10_000)
    write_render(job, "SH010", 3000)
    state_is(qtbot, panel, "SH010", "rendered")
    qtbot.waitUntil(lambda: panel.transport.versions.text() == "v2 ▾", timeout=10_000)
    panel.transport.versions.menu().aboutToShow.emit()
    texts = [action.text() for action in panel.transport.versions.menu().actions()]
    assert texts[0] == "v2, the current one"
    assert texts[1].startswith("v1, ")
    panel.transport.versions.menu().actions()[1].trigger()
    assert panel.viewer.view.status_text == "This is v1, an earlier render of the shot."
    assert panel.transport.versions.text() == "v1 ▾"
    assert labels(qtbot, panel) == {"original", "v1"}
    panel.transport.versions.menu().aboutToShow.emit()
    panel.transport.versions.menu().actions()[-1].trigger()
    told = "Left: v1, an earlier render. Right: v2, the current one."
    assert panel.viewer.view.status_text == told
    for key in (Key.Key_1, Key.Key_3, Key.Key_5):
        press(qtbot, panel, key)
        assert labels(qtbot, panel) == {"v1", "v2"}
    press(qtbot, panel, Key.Key_Z, CTRL)
    state_is(qtbot, panel, "SH010", "rendered")

    def restored() -> bool:
        order = panel.document.orders.get("SH010")
        return order is not None and order.settings.face is None and order == in_job()

    qtbot.waitUntil(restored, timeout=10_000)


def labels(qtbot, panel: Panel) -> set[str]:
    """Return the labels that are drawn over both pictures, once they are there."""
    view = panel.viewer.view
    qtbot.waitUntil(lambda: None not in (view.frames.original, view.frames.dub), timeout=10_000)
    drawn: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        draw = paint._paint_label
        patch.setattr(paint, "_paint_label", lambda *a: (drawn.append(a[2]), draw(*a)))
        view.grab()
    return set(drawn)


def test_keys_of_what_is_not_possible_say_why(qtbot, panel):
    for code, keys, words in (
        (Key.Key_Z, CTRL, "There is nothing to undo."),
        (Key.Key_N, SHIFT, "Mark a range first"),
        (Key.Key_W, PLAIN, "SH010 has no verdict."),
        (Key.Key_P, CTRL, "Nothing is being rendered."),
        (Key.Key_Period, PLAIN, "Select a dub line first: click it in the timeline."),
    ):
        press(qtbot, panel, code, keys)
        assert words in said(panel)
    press(qtbot, panel, Key.Key_PageDown)
    press(qtbot, panel, Key.Key_A)
    assert said(panel) == "SH020 is not rendered yet: render it first, with R."
    qtbot.waitUntil(lambda: not panel.actions_by_name["approve"].isEnabled(), timeout=10_000)
    assert "not rendered" in panel.transport.buttons["approve"].toolTip()


def test_a_slipped_line_leaves_the_picture_in_view_and_its_keys_work_from_the_list(qtbot, panel):
    view = panel.viewer.view
    line = next(line for line in panel.document.lines if line.role == Role.DUB)
    qtbot.waitUntil(lambda: view.frames.frame is not None, timeout=10_000)
    panel.timeline.set_selection(frozenset({"SH010"}), line)
    seen = []
    view.due.connect(lambda _frame: seen.append(view.comparison))
    for code, keys in ((Key.Key_Period, PLAIN), (Key.Key_Period, PLAIN), (Key.Key_Comma, PLAIN)):
        press(qtbot, panel, code, keys)
        seen.append(view.comparison)
    assert [f"{slip.line} {slip.offset_s}" for slip in panel.document.decisions.slips] == [
        f"{line.name} 1/25"
    ]
    assert None not in seen
    assert view.comparison.shot == "SH010"


def test_buttons_do_what_keys_do_and_are_ticked(qtbot, panel):
    qtbot.waitUntil(panel.transport.buttons["approve"].isEnabled, timeout=10_000)
    for name in ("side_by_side", "hear_production", "loop"):
        button = panel.transport.buttons[name]
        qtbot.mouseClick(button, LEFT)
        qtbot.waitUntil(button.isChecked, timeout=10_000)
        assert panel.actions_by_name[name].isChecked()
        assert panel.actions_by_name[name].toolTip()
    assert panel.viewer.view.heard == Heard.PRODUCTION
    qtbot.mouseClick(panel.transport.buttons["original"], LEFT)
    qtbot.waitUntil(lambda: not panel.actions_by_name["side_by_side"].isChecked(), timeout=10_000)
    qtbot.mouseClick(panel.transport.buttons["approve"], LEFT)
    state_is(qtbot, panel, "SH010", "approved")
    assert panel.bar.render_all.text().startswith("▶  Render 2 shots · about ")


def test_a_typed_timecode_brings_the_playhead(qtbot, panel):
    edit = panel.transport.timecode
    for typed, frame in (("01:00:02:05", 55), ("205", 55), ("+7", 12), ("-9", 0), ("99:59", 5)):
        panel.viewer.view.seek(5)
        assert edit.text() == "01:00:00:05"
        qtbot.mouseClick(edit, LEFT)
        edit.selectAll()
        qtbot.keyClicks(edit, typed)
        qtbot.keyClick(edit, Key.Key_Return)
        if typed == "99:59":
            assert said(panel).startswith("99:59 is no timecode of this cut: type ")
            qtbot.keyClick(edit, Key.Key_Escape)
        assert panel.viewer.view.player.frame == frame
        assert panel.timeline.playhead == Fraction(frame, 25)


def test_a_typed_timecode_outside_the_cut_says_so_until_another_is_typed(qtbot, panel):
    edit = panel.transport.timecode
    press(qtbot, panel, Key.Key_End)
    last, end = panel.viewer.view.player.frame, edit.text()
    for typed, frame, told in (
        ("02:00:00:00", last, f"02:00:00:00 is after the end of the cut, which is at {end}."),
        ("-999", 0, "-999 is before the start of the cut, which is at 01:00:00:00."),
        ("+3", 3, ""),
    ):
        qtbot.mouseClick(edit, LEFT)
        edit.selectAll()
        qtbot.keyClicks(edit, typed)
        qtbot.keyClick(edit, Key.Key_Return)
        assert panel.viewer.view.player.frame == frame
        assert said(panel) == told


def test_a_click_on_m_and_s_of_a_track_is_heard(qtbot, panel):
    timeline, sound = panel.timeline, panel.viewer.view.sound
    dub = next(row for row in timeline.scene.placed if row.row.kind == Role.DUB)
    for key, found in ((MUTE, lambda: sound.muted), (SOLO, lambda: sound.soloed)):
        at = button_areas(dub)[key].center() + QPoint(HEADER_PX, 0)
        for expected in (frozenset([(Role.DUB, "Dub DE")]), frozenset()):
            qtbot.mouseClick(timeline.viewport(), LEFT, pos=at)
            assert found() == expected


def test_the_panel_stacks_where_it_is_narrow_and_is_small_when_docked(qtbot, panel):
    panel.resize(400, 900)
    upper = panel.layout_of_views.upper
    qtbot.waitUntil(lambda: upper.orientation() == Qt.Orientation.Vertical, timeout=10_000)
    assert panel.minimumSizeHint().width() <= 360
    assert panel.width() == 400
    tops = [
        widget.mapTo(panel, QPoint(0, 0)).y()
        for widget in (panel.viewer.view, panel.shot_list, panel.timeline)
    ]
    assert tops == sorted(tops)
    assert panel.viewer.view.height() >= 160  # a picture that one can judge
    approve = panel.transport.buttons["approve"]
    visible = panel.transport.rect().contains(
        approve.mapTo(panel.transport, approve.rect().bottomRight())
    )
    assert visible
    panel.resize(1280, 720)
    qtbot.waitUntil(lambda: upper.orientation() == Qt.Orientation.Horizontal, timeout=10_000)
    assert upper.widget(1) is panel.layout_of_views.pane


def test_at_1280_pixels_record_sync_dub_and_remarks_are_seen_without_scrolling(qtbot, panel):
    panel.resize(1280, 720)
    qtbot.waitUntil(lambda: panel.width() == 1280, timeout=10_000)
    table = panel.shot_list.table
    assert table.horizontalScrollBar().value() == 0
    seen = [
        table.model().headerData(column, Qt.Orientation.Horizontal)
        for column in range(table.model().columnCount())
        if table.columnViewportPosition(column) + table.columnWidth(column)
        <= table.viewport().width()
    ]
    assert seen[:7] == ["", "Shot", "State", "Record", "Sync", "Dub lines", "Remarks"]


def test_the_viewer_has_a_window_of_its_own_in_which_keys_work(qtbot, panel):
    panel.layout_of_views.upper.setSizes([880, 520])
    sizes = panel.layout_of_views.upper.sizes()
    panel.transport.versions.setFocus()
    press(qtbot, panel, Key.Key_V, CTRL | SHIFT)
    window = panel.layout_of_views.window_of_viewer
    assert window is not None
    assert panel.layout_of_views.pane.window() is window
    qtbot.waitUntil(lambda: QApplication.focusWidget() is panel.viewer.view, timeout=10_000)
    qtbot.keyClick(window.windowHandle(), Key.Key_Right)
    assert panel.viewer.view.player.frame == 1
    qtbot.keyClick(window.windowHandle(), Key.Key_Space)
    assert panel.viewer.view.player.speed == 1
    qtbot.keyClick(window.windowHandle(), Key.Key_K)
    window.close()
    assert panel.layout_of_views.upper.sizes() == sizes
    assert panel.layout_of_views.pane.window() is panel
    assert panel.layout_of_views.upper.indexOf(panel.layout_of_views.pane) == 1


def test_a_note_is_accepted_with_ctrl_enter_and_given_up_with_escape(qtbot):
    for code, keys, result in ((Key.Key_Return, CTRL, 1), (Key.Key_Escape, PLAIN, 0)):
        dialog = NoteDialog("Needs changes", "What?")
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.keyClicks(dialog.edit, "The lips lag.")
        qtbot.keyClick(dialog.edit, Key.Key_Return)
        assert dialog.isVisible()
        qtbot.keyClick(dialog.edit, code, keys)
        assert (dialog.isVisible(), dialog.result()) == (False, result)
        assert dialog.text == "The lips lag."


def test_a_note_is_asked_for_above_the_picture_that_fills_the_screen(qtbot, panel, monkeypatch):
    parents = []
    monkeypatch.setattr(NoteDialog, "exec", lambda dialog: parents.append(dialog.parentWidget()))
    view = panel.viewer.view
    for is_full in (True, False):
        view.set_full_screen(is_full)
        qtbot.waitUntil(lambda: QApplication.activeWindow() is view.window(), timeout=10_000)
        qtbot.keyClick(view, Key.Key_B)
    assert parents == [view, panel]


def test_the_answer_which_is_the_dub_is_remembered_and_the_dialog_shows_its_clips(
    qtbot, panel, cut, monkeypatch
):
    other = cut.with_name("other.otio")
    other.write_text(cut.read_text().replace("Dub DE", "Track 2"))
    asked = []

    def answered(dialog: DubDialog) -> int:
        dialog.show()
        dialog.tracks.setCurrentRow(1)
        qtbot.waitUntil(lambda: "DE_1" in dialog._about.text(), timeout=10_000)
        asked.append(dialog._about.text())
        dialog.preview._output._backends = [miniaudio.Backend.NULL]
        qtbot.mouseClick(dialog.listen, LEFT)
        assert dialog.preview.is_playing
        dialog.done(1)
        return 1

    monkeypatch.setattr(DubDialog, "exec", answered)
    for _ in range(2):
        with qtbot.waitSignal(panel.document.opened, timeout=120_000):
            panel.open(other)
    assert asked == ["3 clips, 3 s of sound: DE_1, DE_2, DE_3"]
    assert read_decisions(other.with_name("other.decisions.json")).dub == "track:Track 2"


def test_in_a_host_the_focus_decides_whose_the_keys_are(qtbot, cut):
    """The host has the same keys in its menus: nothing is ambiguous, nothing is done twice."""
    host, middle, field = QMainWindow(), QWidget(), QLineEdit()
    qtbot.addWidget(host)
    panel = create(host)
    column = QVBoxLayout(middle)
    column.addWidget(field)
    column.addWidget(panel)
    host.setCentralWidget(middle)
    taken: list[str] = []
    menu = host.menuBar().addMenu("Edit")
    for keys in ("Ctrl+Z", "Right", "N", "F11"):
        action = QAction(keys, host)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked=False, keys=keys: taken.append(keys))
        menu.addAction(action)
    host.resize(1200, 900)
    host.show()
    host.activateWindow()
    opened(qtbot, panel, cut)
    panel.shot_list.table.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is panel.shot_list.table, timeout=10_000)
    window = host.windowHandle()
    qtbot.keyClick(window, Key.Key_Right)
    qtbot.keyClick(window, Key.Key_N)
    assert (panel.viewer.view.player.frame, panel.rows["SH010"].state) == (1, "skipped")
    qtbot.keyClick(window, Key.Key_Z, CTRL)
    assert panel.document.decisions.overrides == {}
    assert taken == []
    qtbot.keyClick(window, Key.Key_F11)
    assert not host.isFullScreen()
    qtbot.waitUntil(panel.viewer.view.isFullScreen, timeout=10_000)
    panel.viewer.view.set_full_screen(False)
    field.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is field, timeout=10_000)
    qtbot.keyClick(window, Key.Key_F11)
    qtbot.keyClick(window, Key.Key_N)
    assert (taken, field.text()) == (["F11"], "n")
    assert panel.document.decisions.overrides == {}
    panel.close()


def test_a_shot_that_is_being_rendered_says_so_below_its_picture(qtbot, panel, monkeypatch):
    monkeypatch.setattr(render_controller, "start_worker", lambda job: None)
    monkeypatch.setattr(render_controller, "_remember", lambda process: None)
    view = panel.viewer.view
    for code in (Key.Key_PageDown, Key.Key_PageDown):
        press(qtbot, panel, code)
    qtbot.waitUntil(lambda: "press R to render it" in view.status_text, timeout=10_000)
    press(qtbot, panel, Key.Key_R)
    qtbot.waitUntil(lambda: "Being rendered" in view.status_text, timeout=10_000)
    panel.render_controller.cancel(["SH030"])
    qtbot.waitUntil(lambda: "press R to render it" in view.status_text, timeout=10_000)


def test_how_renders_ended_is_said_also_of_those_whose_order_nobody_could_read(
    qtbot, panel, monkeypatch
):
    monkeypatch.setattr(render_controller, "start_worker", lambda job: None)
    monkeypatch.setattr(render_controller, "_remember", lambda process: None)
    job = panel.document.job
    qtbot.mouseClick(panel.bar.render_all, LEFT)
    for shot, words in (
        ("SH030", "SH030 is not rendered: the order could not be read."),
        ("SH040", "✓ SH040 is rendered."),
    ):
        state_is(qtbot, panel, shot, "waiting")
        if shot == "SH040":
            write_render(job, shot, 2000)
        finish(job, shot)
        qtbot.waitUntil(lambda words=words: words in said(panel), timeout=20_000)


def test_what_is_stopped_late_stops_at_the_picture_that_is_seen(qtbot, panel, monkeypatch):
    """On a busy machine the picture lags: playhead, picture and commands keep together."""
    view = panel.viewer.view
    picture = Preview.picture

    def slowly(preview: Preview, *asked: object) -> object:
        time.sleep(0.25)
        return picture(preview, *asked)

    monkeypatch.setattr(Preview, "picture", slowly)
    view.seek(15)
    press(qtbot, panel, Key.Key_Space)
    qtbot.waitUntil(lambda: view.player.frame > 27, timeout=10_000)
    press(qtbot, panel, Key.Key_K)
    frame = view.player.frame
    assert panel.timeline.playhead == Fraction(frame, 25)
    assert panel.selection.current == f"SH0{frame // 25 + 1}0"
    assert view.comparison.shot == panel.selection.current


def test_several_timelines_in_a_file_are_asked_about(qtbot, panel, cut, monkeypatch):
    first = otio.adapters.read_from_file(str(cut))
    second = first.deepcopy()
    first.name, second.name = "reel 1", "reel 2"
    second.tracks[0][0].name = "OTHER"
    several = otio.schema.SerializableCollection("project", [first, second])
    path = cut.with_name("several.otio")
    otio.adapters.write_to_file(several, str(path))
    asked = []

    def answered(window, title, label, names, *more):
        asked.append(list(names))
        return "reel 2", True

    monkeypatch.setattr(QInputDialog, "getItem", answered)
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(path)
    assert asked == [["reel 1", "reel 2"]]
    assert "OTHER" in panel.rows


def test_an_added_take_goes_into_every_order_and_undo_takes_it_out(qtbot, panel, cut, monkeypatch):
    take = cut.with_name("plate.mov")
    asked: list[str] = []

    def choose(_window, _title, folder: str) -> tuple[list[str], str]:
        asked.append(folder)
        return [str(take)], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    press(qtbot, panel, Key.Key_T, CTRL)
    qtbot.waitUntil(lambda: said(panel) == "✓ Take mouths from 1 film more", timeout=10_000)
    assert asked == [str(cut.parent)]
    assert read_decisions(cut.with_name("small.decisions.json")).references == (str(take),)
    assert panel.document._request.settings.references == (str(take),)
    press(qtbot, panel, Key.Key_Z, CTRL)
    assert panel.document._request.settings.references == ()


def test_a_take_that_is_no_film_is_refused_and_changes_nothing(qtbot, panel, cut, monkeypatch):
    text = cut.with_name("notes.txt")
    text.write_text("No film.")
    chosen, told = [str(cut.with_name("plate.mov")), str(text)], []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *asked: (chosen, ""))
    monkeypatch.setattr(
        cut_controller, "show_problem", lambda problem, _window: told.append(problem)
    )
    press(qtbot, panel, Key.Key_T, CTRL)
    qtbot.waitUntil(lambda: len(told) == 1, timeout=10_000)
    assert "notes.txt" in str(told[0])
    assert panel.document.decisions.references == ()
    assert not panel.document.undo.canUndo()


def test_a_take_that_is_still_looked_at_does_not_go_into_another_cut(
    qtbot, panel, cut, monkeypatch
):
    other = shutil.copy(cut, cut.with_name("another.otio"))
    take, read, looked = cut.with_name("plate.mov"), cut_controller.probe, []

    def slowly(film: str) -> None:
        end = time.monotonic() + 60
        while panel.document.path != Path(other) and time.monotonic() < end:
            time.sleep(0.05)
        looked.append(read(film))

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *asked: ([str(take)], ""))
    monkeypatch.setattr(cut_controller, "probe", slowly)
    press(qtbot, panel, Key.Key_T, CTRL)
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(Path(other))
    qtbot.waitUntil(lambda: bool(looked), timeout=10_000)
    qtbot.wait(500)
    assert panel.document.decisions.references == ()


def test_deliver_leaves_out_what_is_not_approved_unless_it_is_asked_for(
    qtbot, panel, cut, monkeypatch
):
    seen = []

    def answered(dialog: DeliverDialog) -> int:
        seen.append((dialog.out.parent, dialog.ways.count(), dialog.about.text()))
        dialog.show()
        ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
        assert ok.isEnabled() == (len(seen) > 1)
        if not ok.isEnabled():
            dialog.approved.click()
            dialog.sound.click()
        assert ok.isEnabled()
        seen.append(dialog.wishes)
        dialog.accept()
        return dialog.result()

    monkeypatch.setattr(DeliverDialog, "exec", answered)
    with qtbot.waitSignal(panel.review_controller.written, timeout=30_000) as told:
        press(qtbot, panel, Key.Key_E, CTRL)
    assert seen[0][:2] == (cut.parent, 2)
    assert seen[0][2].startswith("No shot is approved yet: approve with A")
    assert said(panel).startswith("✓ Delivered: all rendered shots, with ")
    assert told.args[1].exists()
    assert panel.status_line.written.isVisible()
    assert panel.status_line.written.path == told.args[1]
    noted = "SH010: Its new file has no sound"  # nor has the plate
    shown = []
    monkeypatch.setattr(NotesDialog, "exec", lambda dialog: shown.append(dialog.text.toPlainText()))
    qtbot.mouseClick(panel.status_line.written.notes, LEFT)
    assert noted in shown[0]
    press(qtbot, panel, Key.Key_A)
    state_is(qtbot, panel, "SH010", "approved")
    with qtbot.waitSignal(panel.review_controller.written, timeout=30_000):
        press(qtbot, panel, Key.Key_E, CTRL)
    assert seen[2][2] == "Approved and delivered: SH010. Left as filmed: SH030, SH040."
    assert seen[3] == DeliveryWishes(How.ALTERNATE, sound=True)  # as the last time


def test_deliver_signs_where_the_user_has_keys(qtbot, panel, monkeypatch):
    pytest.importorskip("c2pa")
    keys = studio_keys()
    make_keys(keys, "Test Studio")
    press(qtbot, panel, Key.Key_A)
    state_is(qtbot, panel, "SH010", "approved")
    monkeypatch.setattr(DeliverDialog, "exec", lambda dialog: 1)
    with qtbot.waitSignal(panel.review_controller.written, timeout=30_000) as told:
        press(qtbot, panel, Key.Key_E, CTRL)
    assert "1 of 1 new pictures are signed by Test Studio." in told.args[2]
    assert panel.status_line.written.notes.isVisible()
    state_is(qtbot, panel, "SH010", "approved")  # the verdict is of the signed picture, too


def test_nothing_is_queued_without_consent_where_the_studio_requires_it(qtbot, panel):
    settings = settings_path()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("require_consent = true")
    for _ in range(2):
        press(qtbot, panel, Key.Key_PageDown)
    with qtbot.waitSignal(panel.document.error, timeout=30_000) as told:
        press(qtbot, panel, Key.Key_R)
    assert "is not dubbed without consent. No consent is on file." in str(told.args[0])
    assert not panel.document.job.queue.exists()


def test_a_note_begins_with_the_timecode_of_the_playhead(qtbot, panel, monkeypatch):
    player, speeds = panel.viewer.view.player, []

    def answered(dialog: NoteDialog) -> int:
        speeds.append(player.speed)
        dialog.show()
        qtbot.keyClicks(dialog.edit, "the lips lag")
        return 1

    monkeypatch.setattr(NoteDialog, "exec", answered)
    panel.viewer.view.seek(7)
    press(qtbot, panel, Key.Key_B)
    state_is(qtbot, panel, "SH010", "sent back")
    assert "01:00:00:07 the lips lag" in panel.rows["SH010"].remarks
    assert panel.rows["SH010"].label == "Needs changes"
    assert said(panel) == "✓ Needs changes: SH010"
    press(qtbot, panel, Key.Key_Space)
    assert player.speed == 1
    press(qtbot, panel, Key.Key_B)
    assert speeds == [0, 0]  # play waits while a note is written


def test_the_dialog_for_the_dub_begins_with_the_dub_there_is(qtbot, panel, monkeypatch):
    chosen = []

    def given_up(dialog: DubDialog) -> int:
        chosen.append(dialog.dub)
        dialog.done(0)
        return 0

    monkeypatch.setattr(DubDialog, "exec", given_up)
    press(qtbot, panel, Key.Key_D, CTRL)
    qtbot.waitUntil(lambda: chosen == ["track:Dub DE"], timeout=10_000)


def test_what_was_noted_of_a_cut_as_it_was_read_can_be_read(qtbot, panel, cut, monkeypatch):
    notes, shown = panel.status_line.notes, []
    assert not notes.isVisible()
    monkeypatch.setattr(NotesDialog, "exec", lambda dialog: shown.append(dialog.text.toPlainText()))
    cues = cut.with_name("cues.csv")
    cues.write_text("cue,in,out,file\n1,01:00:00:10,01:00:01:00,de.wav\n2,01:00:02:00,,gone.wav\n")
    kept = with_overrides(Decisions(), ["SH999"], face=1)
    cut.with_name("small.decisions.json").write_text(write_decisions(kept))
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut, str(cues))
    qtbot.waitUntil(notes.isVisible, timeout=10_000)
    qtbot.mouseClick(notes, LEFT)
    assert "SH999 has decisions, but is no longer in the cut." in shown[0]
    assert "is not laid: " in shown[0]
    assert "gone.wav" in shown[0]


def test_the_channel_of_a_dub_given_as_a_file_is_chosen_and_remembered(
    qtbot, panel, cut, monkeypatch, tmp_path
):
    mix, shown = tmp_path / "mix.wav", []
    soundfile.write(mix, np.zeros((48_000, 2), np.float32), 48_000)

    def answered(dialog: DubDialog) -> int:
        shown.append((dialog.dub, dialog.channel.text(), dialog.channel.isEnabled()))
        dialog.file.clear()
        qtbot.keyClicks(dialog.file, str(mix))
        dialog.channel.clear()
        qtbot.keyClicks(dialog.channel, "2" if len(shown) == 1 else "9")
        return 1

    monkeypatch.setattr(DubDialog, "exec", answered)
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        press(qtbot, panel, Key.Key_D, CTRL)
    line = next(line for line in panel.document.lines if line.role == Role.DUB)
    assert line.playback.channels == (SoundChannel(None, 1),)
    assert read_decisions(cut.with_name("small.decisions.json")).dub_channel == 1
    monkeypatch.setattr(
        "lipflap.gui.cut_controller.show_problem", lambda problem, _on: shown.append(problem)
    )
    press(qtbot, panel, Key.Key_D, CTRL)
    qtbot.waitUntil(lambda: len(shown) == 3, timeout=10_000)
    assert shown[:2] == [("track:Dub DE", "", False), (str(mix), "2", True)]
    assert "has no channel 9: it has 2" in str(shown[2])
    assert read_decisions(cut.with_name("small.decisions.json")).dub_channel == 1


def test_rendering_is_said_once_it_is_queued_and_not_where_that_failed(qtbot, panel, monkeypatch):
    monkeypatch.setattr(render_controller, "_enqueue", lambda job, shots: None)
    press(qtbot, panel, Key.Key_R)
    qtbot.waitUntil(lambda: said(panel) == "✓ Render SH010", timeout=10_000)

    def refuse(job, shots):
        raise DubError("is full.", where=str(job.folder))

    monkeypatch.setattr(render_controller, "_enqueue", refuse)
    press(qtbot, panel, Key.Key_PageDown)
    press(qtbot, panel, Key.Key_PageDown)
    with qtbot.waitSignal(panel.document.error, timeout=10_000):
        press(qtbot, panel, Key.Key_R)
    assert said(panel) != "✓ Render SH030"
    for box in panel.findChildren(QMessageBox):
        box.close()


def test_consent_that_is_noted_while_the_panel_is_open_counts_at_once(qtbot, panel, cut):
    """The file comes, is put in the place of itself, is broken by hand, and goes."""
    agreed = lambda: [one.agreed for one in panel.document.orders["SH010"].consent]  # noqa: E731
    states = {shot: row.state for shot, row in panel.rows.items()}
    assert agreed() == []
    for text in ("German dub", "also French"):
        noted = ["trust", "consent", str(cut), "--person", "Anna", "--agreed", text]
        assert main.main(noted) == 0
        qtbot.waitUntil(lambda text=text: text in agreed(), timeout=10_000)
    assert agreed() == ["German dub", "also French"]
    assert said(panel) == "Consent has changed on disk: 2 agreements on file now."
    file = cut.with_name("consent.json")
    file.write_text("{")
    qtbot.waitUntil(lambda: "consent.json" in said(panel), timeout=10_000)
    assert agreed() == ["German dub", "also French"]
    file.unlink()
    qtbot.waitUntil(lambda: agreed() == [], timeout=10_000)
    assert {shot: row.state for shot, row in panel.rows.items()} == states


@pytest.fixture
def overhanging(qtbot, panel, cut) -> Panel:
    """The panel with a cut whose last shot is followed by half a second of its dub."""
    timeline = otio.adapters.read_from_file(str(cut))
    dub = timeline.tracks[2][3]
    start = dub.source_range.start_time
    dub.source_range = otio.opentime.TimeRange(
        start - otio.opentime.RationalTime(38, 25), otio.opentime.RationalTime(38, 25)
    )
    longer = cut.with_name("longer.otio")
    otio.adapters.write_to_file(timeline, str(longer))
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(longer)
    qtbot.waitUntil(lambda: is_settled(panel), timeout=120_000)
    panel.select(["SH040"])
    return panel


def test_a_shot_is_made_as_long_as_its_dub_by_a_key_and_undo_takes_it_back(qtbot, overhanging):
    panel = overhanging
    view, document = panel.viewer.view, panel.document
    button = panel.transport.buttons["extend"]
    qtbot.waitUntil(button.isVisible, timeout=10_000)
    assert "Its dub goes on for 13 frames after it" in panel.rows["SH040"].remarks
    unfilmed = lambda: document.orders["SH040"].unfilmed  # noqa: E731
    before, place = unfilmed(), view.player.frame
    press(qtbot, panel, Key.Key_E)
    assert said(panel) == "✓ SH040 as long as its dub"
    qtbot.waitUntil(lambda: "SH040" in document.orders and unfilmed() > 0, timeout=10_000)
    assert (before, unfilmed()) == (0, 8)  # five of the thirteen are handles
    assert view.program.spans["SH040"] == (75, 113)
    assert (panel.selection.current, view.player.frame) == ("SH040", place)
    qtbot.waitUntil(
        lambda: "13 frames longer than in the cut" in panel.rows["SH040"].remarks, timeout=10_000
    )
    qtbot.waitUntil(button.isChecked, timeout=10_000)
    kept = read_decisions(document.path.with_name("longer.decisions.json"))
    assert kept.extended == {"SH040"}
    qtbot.mouseClick(button, LEFT)
    assert said(panel) == "✓ SH040 as long as in the cut"
    assert view.program.spans["SH040"] == (75, 100)
    for keys, extended in ((CTRL, {"SH040"}), (CTRL, set())):
        press(qtbot, panel, Key.Key_Z, keys)
        assert document.decisions.extended == extended
    panel.select(["SH010"])
    press(qtbot, panel, Key.Key_E)
    assert said(panel) == "No line of dub that begins over SH010 outlasts it."
    qtbot.waitUntil(lambda: not button.isVisible(), timeout=10_000)


@pytest.fixture
def still(qtbot, panel, cut) -> Panel:
    """The panel with a cut whose first shot holds one frame."""
    timeline = otio.adapters.read_from_file(str(cut))
    timeline.video_tracks()[0][0].effects.append(otio.schema.FreezeFrame())
    held = cut.with_name("held.otio")
    otio.adapters.write_to_file(timeline, str(held))
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(held)
    qtbot.waitUntil(lambda: is_settled(panel), timeout=120_000)
    return panel


def test_a_still_blinks_by_its_button_in_its_order_alone_and_undo_takes_it_back(qtbot, still):
    panel, document = still, still.document
    button = panel.transport.buttons["blink"]
    blinks = lambda: {name for name, o in document.orders.items() if o.settings.blink}  # noqa: E731
    panel.select(["SH010"])
    qtbot.waitUntil(button.isVisible, timeout=10_000)
    qtbot.mouseClick(button, LEFT)
    assert said(panel) == "✓ Eyes blink in stills of SH010"
    qtbot.waitUntil(lambda: blinks() == {"SH010"}, timeout=10_000)
    qtbot.waitUntil(button.isChecked, timeout=10_000)
    assert "Eyes blink in its stills." in panel.rows["SH010"].remarks
    kept = read_decisions(document.path.with_name("held.decisions.json"))
    assert kept.blinking == {"SH010"}
    press(qtbot, panel, Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: "SH010" in document.orders and not blinks(), timeout=10_000)
    view, sources = panel.viewer.view, []
    for number in (1, 2):
        frame = f"frame {number} of 25"
        qtbot.waitUntil(lambda frame=frame: frame in view.caption, timeout=10_000)
        sources.append(view.caption.partition("source ")[2].split()[0])
        press(qtbot, panel, Key.Key_Right)
    assert sources == ["01:00:01:05"] * 2  # of the one frame that is held
    panel.select(["SH030", "SH040"])
    qtbot.waitUntil(lambda: not button.isVisible(), timeout=10_000)
    panel.actions_by_name["blink"].trigger()
    assert document.decisions.blinking == {"SH030", "SH040"}
    panel.actions_by_name["blink"].trigger()
    assert document.decisions.blinking == set()
    assert said(panel) == "✓ Eyes stay open in stills of SH030, SH040"
