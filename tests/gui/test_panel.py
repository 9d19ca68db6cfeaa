"""An editor at the panel: real widgets, real mouse and keys, real media and real renders."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import repeat
from pathlib import Path

import miniaudio
import numpy as np
import opentimelineio as otio
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from support.cuts.small_cut import write_small_cut
from support.media.comparison import numbers
from support.media.counted_media import write_film
from support.panel_states import is_settled

from lipflap.gui import cut_opening, document
from lipflap.gui.deliver.dialog import DeliveryWishes
from lipflap.gui.dialogs.dub import DubDialog
from lipflap.gui.panel import Panel, create
from lipflap.gui.timeline.paint import HEADER_PX
from lipflap.gui.timeline.paint_scene import badge_at
from lipflap.plugin.cut.decisions import (
    Decisions,
    decisions_path,
    read_decisions,
    with_overrides,
    write_decisions,
)
from lipflap.plugin.demo import demo
from lipflap.plugin.demo.footage import Filmed, Take, take_frames
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.patch.dubbed_shot import How

RENDER_MS = 180_000
STAND_IN = Path(__file__).parents[1] / "support" / "stand_in"
REAL_MEDIA = STAND_IN.with_name("stand_in_farm")  # finds faces; new pictures are upside down


@pytest.fixture(autouse=True)
def new_user(tmp_path, monkeypatch):
    """Redirect settings and caches to those of a new user."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def half_size(take: Take) -> Iterator[NDArray[np.uint8]]:
    """The frames of a take in half its size; what would have to be drawn stands still."""
    frames = take_frames(take)
    if not isinstance(take.subject, Filmed):
        frames = repeat(next(frames), take.frames)
    return (frame[::2, ::2] for frame in frames)


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    """Three small shots of a talking face and one without; a German dub over the three."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "take_frames", half_size)
        demo.make_footage(folder, say=lambda words: None)
    return folder


@pytest.fixture
def panel(qtbot):
    made = create()
    made.resize(1500, 940)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def opened(qtbot, panel: Panel, cut: Path, dub: str | None = None) -> Panel:
    """Return the panel with a cut open, its media checked, and the states of its shots known."""
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut, dub)
    qtbot.waitUntil(lambda: is_settled(panel), timeout=120_000)
    return panel


def states(panel: Panel) -> dict[str, str]:
    return {row.shot: row.state for row in panel.rows.values()}


def click_row(qtbot, panel: Panel, shot: str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    table = panel.shot_list.table
    names = list(panel.shot_list.shown_shots())
    at = table.visualRect(table.model().index(names.index(shot), 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, at)


def key(qtbot, panel: Panel, code, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(panel.shot_list.table, code, modifier)


def box_that_opens(qtbot) -> QMessageBox:
    found: list[QMessageBox] = []

    def there() -> bool:
        found[:] = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
        return any(box.isVisible() for box in found)

    qtbot.waitUntil(there, timeout=20_000)
    return next(box for box in found if box.isVisible())


@pytest.mark.slow
def test_four_shots_from_opening_to_the_dubbed_cut(qtbot, panel, footage, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REAL_MEDIA), prepend=os.pathsep)
    monkeypatch.setenv("SECONDS_A_FRAME", "0.1")
    cut = footage / "cut.otio"
    before = cut.read_bytes()
    opened(qtbot, panel, cut, "track:Dub DE")
    ready = dict.fromkeys(("SH010", "SH030", "SH040"), "ready")
    assert states(panel) == ready | {"SH020": "skipped"}
    assert "No dub" in panel.rows["SH020"].remarks

    # A wrong decision, taken back, and taken again.
    click_row(qtbot, panel, "SH010")
    key(qtbot, panel, Qt.Key.Key_N)
    assert states(panel)["SH010"] == "skipped"
    key(qtbot, panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: states(panel)["SH010"] == "ready", timeout=10_000)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    key(qtbot, panel, Qt.Key.Key_Z, both)
    assert states(panel)["SH010"] == "skipped"
    kept = read_decisions(footage / "cut.decisions.json")
    assert not kept.overrides["SH010"].dub
    assert kept.dub == "track:Dub DE"

    # The face, chosen with the mouse.
    click_row(qtbot, panel, "SH030")
    qtbot.waitUntil(lambda: panel.viewer.view.comparison is not None, timeout=10_000)
    qtbot.waitUntil(lambda: panel.viewer.view.comparison.shot == "SH030", timeout=10_000)
    key(qtbot, panel, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: not panel.viewer.picker.box_of(0).isEmpty(), timeout=RENDER_MS)
    at = panel.viewer.picker.box_of(0).center().toPoint()
    qtbot.mouseClick(panel.viewer.picker, Qt.MouseButton.LeftButton, pos=at)
    assert panel.rows["SH030"].face == "0, picked"

    # Rendered, cancelled midway, rendered again.
    key(qtbot, panel, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: states(panel)["SH030"] == "rendering", timeout=RENDER_MS)
    key(qtbot, panel, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: states(panel)["SH030"] == "ready", timeout=60_000)
    media = footage / "cut.lipflap" / "media"
    assert not media.exists() or [path for path in media.iterdir() if path.suffix == ".mov"] == []
    monkeypatch.setenv("SECONDS_A_FRAME", "0")
    key(qtbot, panel, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: states(panel)["SH030"] == "rendered", timeout=RENDER_MS)

    # Compared: the picture on the screen is that of the frame asked for, dub beside original.
    qtbot.waitUntil(lambda: panel.viewer.view.comparison.dub is not None, timeout=10_000)
    for digit in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5):
        key(qtbot, panel, digit)
    asked = lambda frame: frame == at_frame(panel)  # noqa: E731
    with qtbot.waitSignal(panel.viewer.view.frame_shown, timeout=10_000, check_params_cb=asked):
        key(qtbot, panel, Qt.Key.Key_Right)
    assert panel.timeline.playhead == Fraction(at_frame(panel), 25)

    # Approved, and conformed: that shot alone has a new picture.
    key(qtbot, panel, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: states(panel)["SH030"] == "approved", timeout=10_000)
    with qtbot.waitSignal(panel.review_controller.message, timeout=30_000):
        panel.review_controller.conform(tmp_path / "dubbed.otio", DeliveryWishes(How.ALTERNATE))
    with qtbot.waitSignal(panel.review_controller.message, timeout=30_000):
        panel.review_controller.write_qc_page(tmp_path / "qc.html")
    with qtbot.waitSignal(panel.review_controller.message, timeout=30_000):
        panel.review_controller.write_markers(tmp_path / "markers.edl")
    assert "ResolveColorGreen |M:SH030: approved" in (tmp_path / "markers.edl").read_text()
    page = (tmp_path / "qc.html").read_text(encoding="utf-8")
    assert page.count("<section>") == 4
    assert page.count("<img ") == 6
    assert page.count(">approved<") + page.count("\napproved<") == 1
    dubbed = otio.adapters.read_from_file(str(tmp_path / "dubbed.otio"))
    new = [clip.name for clip in dubbed.find_clips() if OURS in clip.media_references()]
    assert new == ["SH030"]
    assert cut.read_bytes() == before


@pytest.fixture
def slowish_cut(tmp_path, monkeypatch) -> Path:
    """The small cut, two shots of which a stand-in renders in a second and a half each."""
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    cut = write_small_cut(tmp_path)
    text = cut.read_text().replace('"SH010"', '"SLOWISH_1"').replace('"SH040"', '"SLOWISH_2"')
    cut.write_text(text)
    return cut


def test_rendering_goes_on_without_the_panel_and_is_found_again(qtbot, slowish_cut):
    first = create()
    qtbot.addWidget(first)
    first.show()
    opened(qtbot, first, slowish_cut)
    first.render_controller.render({"SLOWISH_1", "SLOWISH_2"})
    begun = first.document.job.folder / "runs.txt"
    qtbot.waitUntil(begun.exists, timeout=60_000)
    first.close()

    second = create()
    qtbot.addWidget(second)
    second.show()
    opened(qtbot, second, slowish_cut)
    done = lambda: list(states(second).values()).count("rendered") == 2  # noqa: E731
    qtbot.waitUntil(done, timeout=60_000)
    assert {n for n, state in states(second).items() if state == "rendered"} == {
        "SLOWISH_1",
        "SLOWISH_2",
    }
    second.close()


def test_a_cut_that_does_not_say_its_dub_asks_for_it(qtbot, panel, tmp_path, monkeypatch):
    cut = write_small_cut(tmp_path)
    text = cut.read_text().replace("Dub DE", "Track 2")
    cut.write_text(text)
    asked: list[list[str]] = []

    def answered(dialog: DubDialog) -> int:
        asked.append([dialog.tracks.item(n).text() for n in range(dialog.tracks.count())])
        dialog.tracks.setCurrentRow(1)
        return 1

    monkeypatch.setattr(DubDialog, "exec", answered)
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut)
    assert asked == [["Production", "Track 2"]]
    qtbot.waitUntil(lambda: states(panel)["SH010"] == "ready", timeout=20_000)


def test_a_cut_with_nothing_to_dub_is_asked_about_and_the_one_before_stays(
    qtbot, panel, tmp_path, monkeypatch
):
    opened(qtbot, panel, write_small_cut(tmp_path))
    other = tmp_path / "other.otio"
    silent = otio.adapters.read_from_file(str(tmp_path / "small.otio"))
    del silent.tracks[1:]
    otio.adapters.write_to_file(silent, str(other))
    asked: list[str] = []

    def closed(dialog: DubDialog) -> int:
        words = [label.text() for label in dialog.findChildren(QLabel)]
        asked.append(next(text for text in words if "other.otio" in text))
        return 0

    monkeypatch.setattr(DubDialog, "exec", closed)
    with qtbot.waitSignal(panel.document.error, timeout=30_000):
        panel.open(other)
    assert asked == ["other.otio has no sound that plays. Where is the dub?"]
    assert panel.document.path == tmp_path / "small.otio"
    assert "other.otio is not open" in panel.statusBar().currentMessage()


def test_of_two_cuts_that_are_opened_the_later_stays_however_long_they_are_read(
    qtbot, panel, tmp_path, monkeypatch
):
    read, slow = cut_opening.read_facts, tmp_path / "slow.otio"
    cut = write_small_cut(tmp_path)
    shutil.copy(cut, slow)
    is_read = threading.Event()

    def read_late(request, job):
        if request.cut == slow:
            is_read.wait(10)
        yield from read(request, job)

    monkeypatch.setattr(cut_opening, "read_facts", read_late)
    panel.open(slow)
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut)
    is_read.set()
    qtbot.waitUntil(lambda: not panel.document.workers.are_running, timeout=30_000)
    assert panel.document.path == cut


def test_a_dropped_cut_is_opened(qtbot, panel, tmp_path):
    cut = write_small_cut(tmp_path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(cut))])
    drop = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.dropEvent(drop)
    assert list(states(panel)) == ["SH010", "SH020", "SH030", "SH040"]


@pytest.mark.parametrize("content", ["{", '{"OTIO_SCHEMA": "Timeline.1"}', ""])
def test_a_broken_cut_is_reported_and_the_panel_lives(qtbot, panel, tmp_path, content):
    cut = tmp_path / "broken.otio"
    cut.write_text(content)
    panel.open(cut)
    box = box_that_opens(qtbot)
    assert "broken.otio" in box.text()
    assert panel.statusBar().currentMessage() == "broken.otio is not open."
    box.close()
    opened(qtbot, panel, write_small_cut(tmp_path))
    assert len(panel.rows) == 4


def test_decisions_that_cannot_be_read_are_not_written_over(qtbot, panel, tmp_path):
    cut = write_small_cut(tmp_path)
    kept = tmp_path / "small.decisions.json"
    kept.write_text('{"schema": "something else"}')
    panel.open(cut)
    box = box_that_opens(qtbot)
    assert "small.decisions.json" in box.text()
    box.close()
    assert kept.read_text() == '{"schema": "something else"}'


def test_media_that_goes_away_while_open_is_reported_beside_its_shot(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    assert states(panel)["SH010"] == "ready"
    (tmp_path / "plate.mov").unlink()
    key(qtbot, panel, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: states(panel)["SH010"] != "ready", timeout=20_000)
    assert "plate.mov" in panel.rows["SH010"].remarks


def test_media_that_was_not_there_is_found_when_it_comes(qtbot, panel, tmp_path):
    cut = write_small_cut(tmp_path)
    (tmp_path / "plate.mov").rename(tmp_path / "elsewhere.mov")
    (tmp_path / "de.wav").rename(tmp_path / "elsewhere.wav")
    opened(qtbot, panel, cut)
    assert set(states(panel).values()) == {"missing media"}
    click_row(qtbot, panel, "SH030")
    qtbot.waitUntil(lambda: "plate.mov" in panel.viewer.view.status_text, timeout=10_000)
    assert "SH030 has no picture" in panel.viewer.view.status_text
    assert not QApplication.activeModalWidget()
    key(qtbot, panel, Qt.Key.Key_N)
    (tmp_path / "elsewhere.mov").rename(tmp_path / "plate.mov")
    (tmp_path / "elsewhere.wav").rename(tmp_path / "de.wav")
    key(qtbot, panel, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: states(panel)["SH040"] == "ready", timeout=20_000)
    assert (states(panel)["SH030"], panel.selection.current) == ("skipped", "SH030")
    assert panel.statusBar().currentMessage() == "small.otio: 4 shots."
    qtbot.waitUntil(lambda: panel.viewer.view.comparison is not None, timeout=10_000)
    assert panel.viewer.view.comparison.shot == "SH030"
    key(qtbot, panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: states(panel)["SH030"] == "ready", timeout=10_000)


def test_the_shot_of_a_renderer_that_is_killed_is_rendered_again(qtbot, panel, slowish_cut):
    opened(qtbot, panel, slowish_cut)
    panel.render_controller.render({"SLOWISH_1"})
    job = panel.document.job
    qtbot.waitUntil((job.folder / "runs.txt").exists, timeout=60_000)
    os.kill(json.loads(job.progress("SLOWISH_1").read_text())["pid"], signal.SIGKILL)
    # The worker renders it again by itself; the panel has lived through it.
    qtbot.waitUntil(lambda: states(panel)["SLOWISH_1"] == "rendered", timeout=60_000)
    assert (job.folder / "runs.txt").read_text().split() == ["SLOWISH_1"] * 2


def test_what_stops_all_rendering_is_reported(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    panel.render_controller.set_farm("nobody://farm")
    click_row(qtbot, panel, "SH010")
    key(qtbot, panel, Qt.Key.Key_R)
    box = box_that_opens(qtbot)
    assert "nobody://farm: no scheduler answers" in box.text()
    assert "farm.log" in box.informativeText()
    box.close()


def test_a_second_panel_on_the_same_cut_sees_what_the_first_decided_when_it_opens(
    qtbot, panel, tmp_path
):
    cut = write_small_cut(tmp_path)
    opened(qtbot, panel, cut)
    click_row(qtbot, panel, "SH010")
    key(qtbot, panel, Qt.Key.Key_N)
    other = create()
    qtbot.addWidget(other)
    opened(qtbot, other, cut)
    assert states(other) == states(panel)
    assert states(other)["SH010"] == "skipped"
    other.close()


def test_what_two_panels_decide_about_one_cut_counts_in_both_and_nothing_is_dropped(
    qtbot, panel, tmp_path
):
    cut = write_small_cut(tmp_path)
    opened(qtbot, panel, cut)
    other = create()
    qtbot.addWidget(other)
    opened(qtbot, other, cut)
    panel.select(["SH010"])
    panel.trigger("do_not_dub")
    qtbot.waitUntil(lambda: states(other)["SH010"] == "skipped", timeout=10_000)
    assert other.statusBar().currentMessage() == "✓ Decisions of another panel"
    other.select(["SH030"])
    other.trigger("do_not_dub")
    both = lambda: [states(one)[s] for one in (panel, other) for s in ("SH010", "SH030")]  # noqa: E731
    qtbot.waitUntil(lambda: set(both()) == {"skipped"}, timeout=10_000)
    qtbot.wait(1000)  # neither takes the other's for new again
    decided = read_decisions(decisions_path(cut))
    assert set(decided.overrides) == {"SH010", "SH030"}
    assert (panel.document.undo.count(), other.document.undo.count()) == (2, 2)
    panel.trigger("undo")
    qtbot.waitUntil(lambda: states(other)["SH030"] == "ready", timeout=10_000)
    assert states(other)["SH010"] == "skipped"
    other.close()


def test_decisions_that_change_while_their_cut_is_read_are_no_step_besides(
    qtbot, panel, tmp_path, monkeypatch
):
    cut = write_small_cut(tmp_path)
    opened(qtbot, panel, cut)
    read = document.open_cut

    def slowly(*of_cut):
        time.sleep(1)
        yield from read(*of_cut)

    monkeypatch.setattr(document, "open_cut", slowly)
    theirs = with_overrides(Decisions(), ["SH010"], dub=False)
    decisions_path(cut).write_text(write_decisions(theirs))
    opened(qtbot, panel, cut)
    assert states(panel)["SH010"] == "skipped"
    qtbot.wait(1000)
    assert panel.document.undo.count() == 0


def test_a_line_dragged_in_the_timeline_slips_by_whole_frames_and_back(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    line = next(line for line in panel.document.lines if line.name == "DE_1")
    panel.timeline.line_slipped.emit(line, 3 / panel.document.cut.rate)
    assert panel.document.undo.undoText() == "Slip DE_1 3 frames later"
    now = next(line for line in panel.document.lines if line.name == "DE_1")
    assert now.record.start == line.record.start + 3 / panel.document.cut.rate
    key(qtbot, panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line in panel.document.lines


def test_a_marked_range_is_kept_as_filmed(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    click_row(qtbot, panel, "SH010")
    rate = panel.document.cut.rate
    panel.timeline.show_playhead(5 / rate)
    panel.timeline.set_mark_in()
    panel.timeline.show_playhead(9 / rate)
    panel.timeline.set_mark_out()
    key(qtbot, panel, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    (kept,) = panel.document.decisions.overrides["SH010"].exclude
    assert (kept.start, kept.end) == (5 / rate, 10 / rate)
    assert "1 range kept as filmed." in panel.rows["SH010"].remarks


def test_thousands_of_shots_are_opened_and_selected(qtbot, panel, tmp_path):
    cut = write_small_cut(tmp_path)
    timeline = otio.adapters.read_from_file(str(cut))
    picture, _, dub = timeline.tracks
    shots, lines = [c.clone() for c in picture], [c.clone() for c in dub]
    for n in range(500):
        picture.extend([_named(clip.clone(), n) for clip in shots])
        dub.extend([line.clone() for line in lines])
    otio.adapters.write_to_file(timeline, str(cut))
    opened(qtbot, panel, cut)
    qtbot.waitUntil(lambda: panel.timeline.selected == {"SH010"}, timeout=10_000)
    assert len(panel.rows) == 2004
    assert panel.shot_list.selected_shots() == ("SH010",)
    key(qtbot, panel, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(panel.selection.shots) == 2004
    key(qtbot, panel, Qt.Key.Key_N)
    assert panel.document.is_checking  # nothing is rendered as it was before
    qtbot.waitUntil(lambda: set(states(panel).values()) == {"skipped"}, timeout=10_000)
    key(qtbot, panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    key(
        qtbot,
        panel,
        Qt.Key.Key_Z,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    key(qtbot, panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: list(states(panel).values()).count("skipped") == 501, timeout=10_000)
    panel.document.close()
    assert read_decisions(tmp_path / "small.decisions.json") == Decisions()


def _named(clip, n: int):
    clip.name = f"{clip.name}_{n}"
    return clip


def test_every_action_is_in_a_menu_and_no_two_share_a_key(panel):
    from lipflap.gui.actions import ENTRIES

    keys = [entry.keys for entry in ENTRIES if entry.keys]
    assert len(keys) == len(set(keys))
    in_menus = {action for menu in panel.menus.by_title.values() for action in menu.actions()}
    assert set(panel.actions_by_name.values()) <= in_menus


def test_no_two_entries_of_a_menu_share_a_letter(panel):
    """With one that two have, a key goes from the one to the other and chooses neither."""
    for menu in panel.menus.by_title.values():
        texts = [action.text() for action in menu.actions() if "&" in action.text()]
        letters = [text[text.index("&") + 1].casefold() for text in texts]
        assert len(letters) == len(set(letters)), texts


def test_the_panel_lives_in_a_hosts_window_and_leaves_the_host_alone(qtbot):
    from PySide6.QtWidgets import QMainWindow

    host = QMainWindow()
    qtbot.addWidget(host)
    before = (QApplication.instance().styleSheet(), host.styleSheet(), host.font())
    panel = create(host)
    host.setCentralWidget(panel)
    host.show()
    assert not panel.isWindow()
    assert (QApplication.instance().styleSheet(), host.styleSheet(), host.font()) == before
    panel.close()


def test_the_panel_opens_without_torch():
    """In a fresh process, as a user starts it."""
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; import lipflap.gui.panel, lipflap.gui.app;"
            "heavy = ('torch', 'cv2', 'librosa', 'lipflap.training');"
            "print([module for module in heavy if module in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    assert said.stdout.strip() == "[]"


def at_frame(panel: Panel) -> int:
    return panel.viewer.view.player.frame


def ruler(qtbot, panel: Panel, frame: int) -> None:
    """Click the frame of the cut on the timeline's ruler."""
    timeline = panel.timeline
    at = QPoint(HEADER_PX + timeline.scale.x_of_frame(frame) + 1, 12)
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_the_playhead_defines_the_shot_that_commands_work_on(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    click_row(qtbot, panel, "SH030")
    assert (panel.selection.current, at_frame(panel)) == ("SH030", 50)
    ruler(qtbot, panel, 30)
    assert (panel.selection.current, panel.selection.targets) == ("SH020", {"SH020"})
    assert panel.shot_list.selected_shots() == ("SH020",)
    assert panel.timeline.selected == {"SH020"}
    ruler(qtbot, panel, 10)
    key(qtbot, panel, Qt.Key.Key_N)
    assert states(panel)["SH010"] == "skipped"
    assert states(panel)["SH030"] != "skipped"
    assert panel.viewer.view._banner == "✓ Exclude SH010"
    assert panel.statusBar().currentMessage() == "✓ Exclude SH010"
    key(qtbot, panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert panel.statusBar().currentMessage() == "Undone: Exclude SH010"
    for _ in range(3):  # from frame to frame over the cut into the next shot
        ruler(qtbot, panel, 24)
        key(qtbot, panel, Qt.Key.Key_Right)
        assert (at_frame(panel), panel.selection.targets) == (25, {"SH020"})
        key(qtbot, panel, Qt.Key.Key_Left)
        assert (at_frame(panel), panel.selection.targets) == (24, {"SH010"})


def test_several_selected_shots_stay_while_the_playhead_is_on_one_of_them(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    click_row(qtbot, panel, "SH010")
    click_row(qtbot, panel, "SH040", Qt.KeyboardModifier.ControlModifier)
    assert panel.selection.targets == {"SH010", "SH040"}
    assert panel.selection.current == "SH010"
    ruler(qtbot, panel, 80)
    assert panel.selection.targets == {"SH010", "SH040"}
    ruler(qtbot, panel, 60)
    assert panel.selection.targets == {"SH030"}


def test_a_click_on_a_shot_in_the_timeline_brings_the_playhead(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    row = panel.timeline.scene.placed[0]
    at = QPoint(HEADER_PX + panel.timeline.scale.x_of_frame(60), row.top + row.height // 2)
    qtbot.mouseClick(panel.timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert (panel.selection.current, at_frame(panel)) == ("SH030", 50)


def test_the_cut_plays_across_its_shots_and_the_current_shot_goes_along(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    panel.viewer.view.player._output._backends = [miniaudio.Backend.NULL]
    view, seen = panel.viewer.view, []
    view.frame_shown.connect(
        lambda frame: seen.append((frame, panel.selection.current, panel.timeline.playhead))
    )
    for _ in range(3):  # where others have the cores, few pictures are shown in time
        ruler(qtbot, panel, 20)
        seen.clear()
        key(qtbot, panel, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: not view.player.speed, timeout=20_000)
        if len(seen) > 40:
            break
    for frame, current, playhead in seen:
        assert current == f"SH0{frame // 25 + 1}0"
        assert abs(playhead * 25 - frame) <= 1
    frames = [frame for frame, *_ in seen]
    assert frames == sorted(frames)
    assert len(frames) - len(set(frames)) <= 3, "once more where another shot begins, at most"
    assert (frames[-1], at_frame(panel)) == (99, 99)
    assert len(frames) > 40


def test_a_decision_leaves_the_playhead_where_it_is(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    for frame in (7, 41, 63):
        ruler(qtbot, panel, frame)
        for _ in range(2):
            key(qtbot, panel, Qt.Key.Key_N)
            key(qtbot, panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            qtbot.wait(30)
        assert panel.timeline.playhead == Fraction(frame, 25)


def line_spot(panel: Panel, name: str) -> QPoint:
    """The middle of a dub line in the timeline."""
    timeline = panel.timeline
    for row in timeline.scene.placed:
        for item in row.row.items:
            if item.name == name:
                middle = (item.record.start + item.record.end) / 2
                return QPoint(HEADER_PX + timeline.scale.x_of(middle), row.bottom - 6)
    raise AssertionError(name)


def start_of(panel: Panel, name: str) -> Fraction:
    return next(line.record.start for line in panel.document.lines if line.name == name) * 25


def test_a_dragged_line_goes_as_far_as_the_mouse_whatever_the_view_does(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    timeline = panel.timeline
    viewport = timeline.viewport()
    timeline.zoom(6, 700)
    ruler(qtbot, panel, 90)  # another shot, at the other end of the cut
    timeline.horizontalScrollBar().setValue(timeline.scale.x_of_frame(45) + timeline.scale.left_px)
    before, px = start_of(panel, "DE_2"), timeline.scale.px_per_frame
    at = line_spot(panel, "DE_2")
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, at)
    qtbot.mouseMove(viewport, at + QPoint(round(3 * px), 0))
    timeline.horizontalScrollBar().setValue(timeline.horizontalScrollBar().value() + 150)
    timeline.show_playhead(Fraction(0))
    panel.select(["SH040"])
    qtbot.mouseMove(viewport, at + QPoint(round(5 * px), 0))
    timeline.zoom(1)
    at_end = at + QPoint(round(5 * px) + round(2 * timeline.scale.px_per_frame), 0)
    qtbot.mouseMove(viewport, at_end)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at_end)
    assert start_of(panel, "DE_2") == before + 7
    assert panel.document.undo.undoText() == "Slip DE_2 7 frames later"


def test_a_slipped_line_stays_selected_shows_its_offset_and_is_reset(qtbot, panel, tmp_path):
    opened(qtbot, panel, write_small_cut(tmp_path))
    timeline, before = panel.timeline, start_of(panel, "DE_2")
    timeline.fit_cut()
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=line_spot(panel, "DE_2"))
    for code, frames in ((Qt.Key.Key_Period, 1), (Qt.Key.Key_Period, 2), (Qt.Key.Key_Comma, 1)):
        qtbot.keyClick(timeline, code)
        assert start_of(panel, "DE_2") == before + frames
        assert timeline.selected_line.name == "DE_2"
    qtbot.keyClick(timeline, Qt.Key.Key_Period, Qt.KeyboardModifier.ShiftModifier)
    assert start_of(panel, "DE_2") == before + 11
    scene, row = timeline.scene, line_spot(panel, "DE_2")
    tops = [placed.top for placed in scene.placed if placed.top <= row.y() < placed.bottom]
    spots = [QPoint(x, tops[0] + 9) for x in range(0, scene.width, 4)]
    badge = [at for at in spots if badge_at(scene, timeline.fontMetrics(), at)]
    assert badge
    on_screen = badge[len(badge) // 2] + QPoint(HEADER_PX, 0)
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=on_screen)
    assert start_of(panel, "DE_2") == before
    assert panel.document.decisions.slips == ()
    assert panel.statusBar().currentMessage() == "✓ Reset the slip of DE_2"


def test_playhead_and_picture_agree_where_the_media_runs_faster_than_the_cut(
    qtbot, panel, tmp_path
):
    """Frame n of the cut shows what plays at n / 25 s in media of 30 frames a second."""
    cut = write_small_cut(tmp_path)
    write_film(tmp_path / "fast.mov", range(1000, 1070), rate=Fraction(30))
    timeline = otio.adapters.read_from_file(str(cut))
    at = lambda frame: otio.opentime.RationalTime(frame, 30)  # noqa: E731
    for clip in timeline.tracks[0]:
        clip.media_reference = otio.schema.ExternalReference(
            "fast.mov", otio.opentime.TimeRange(at(0), at(70))
        )
        clip.source_range = otio.opentime.TimeRange(at(30), at(30))
        clip.effects.clear()
    otio.adapters.write_to_file(timeline, str(cut))
    opened(qtbot, panel, cut)
    view = panel.viewer.view
    for frame in (5, 17, 30):
        ruler(qtbot, panel, frame)
        for code in (Qt.Key.Key_N, Qt.Key.Key_D):
            key(qtbot, panel, code)
            qtbot.waitUntil(lambda: view.frames.frame is not None, timeout=10_000)
            qtbot.wait(20)
        assert panel.timeline.playhead == Fraction(frame, 25)
        expected = [1030 + int(Fraction(frame % 25, 25) * 30)]
        qtbot.waitUntil(lambda: numbers(view) == expected, timeout=10_000)  # noqa: B023
    key(qtbot, panel, Qt.Key.Key_Right)
    assert panel.timeline.playhead == Fraction(31, 25)
