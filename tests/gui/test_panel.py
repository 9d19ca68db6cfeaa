"""An editor at the panel: real widgets, real mouse and keys, real media and real renders."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import opentimelineio as otio
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from support.small_cut import write_small_cut

from lipflap.gui.dub_dialog import DubDialog
from lipflap.gui.panel import Panel, create
from lipflap.plugin.cut.decisions import read_decisions
from lipflap.plugin.demo import demo
from lipflap.plugin.timeline.conform import ALTERNATE
from lipflap.plugin.timeline.placement import OURS

RENDER_MS = 180_000
STAND_IN = Path(__file__).parents[1] / "support" / "stand_in"


@pytest.fixture(autouse=True)
def new_user(tmp_path, monkeypatch):
    """Redirect settings and caches to those of a new user."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    """Three shots of a talking face and one without; a German dub over the three."""
    folder = tmp_path_factory.mktemp("demo")
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
    """Return the panel with a cut open and its media checked."""
    with qtbot.waitSignal(panel.document.opened, timeout=30_000):
        panel.open(cut, dub)
    idle = lambda: not panel.document.is_checking  # noqa: E731
    qtbot.waitUntil(idle, timeout=30_000)
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
def test_four_shots_from_opening_to_the_dubbed_cut(qtbot, panel, footage, tmp_path):
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
    key(qtbot, panel, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: states(panel)["SH030"] == "rendered", timeout=RENDER_MS)
    assert panel.rows["SH030"].sync is not None

    # Compared: the picture on the screen is that of the frame asked for, dub beside original.
    qtbot.waitUntil(lambda: panel.viewer.view.comparison.dub is not None, timeout=10_000)
    for digit in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5):
        key(qtbot, panel, digit)
    asked = lambda frame: frame == panel.viewer.view.player.frame  # noqa: E731
    with qtbot.waitSignal(panel.viewer.view.frame_shown, timeout=10_000, check_params_cb=asked):
        key(qtbot, panel, Qt.Key.Key_Right)
    assert panel.timeline.playhead == panel.viewer.view.comparison.record_at(
        panel.viewer.view.player.frame
    )

    # Approved, and conformed: that shot alone has a new picture.
    key(qtbot, panel, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: states(panel)["SH030"] == "approved", timeout=10_000)
    with qtbot.waitSignal(panel.review_controller.message, timeout=30_000):
        panel.review_controller.conform(tmp_path / "dubbed.otio", mode=ALTERNATE)
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
    with qtbot.waitSignal(panel.document.opened, timeout=30_000):
        panel.open(cut)
    assert asked == [["Production", "Track 2"]]
    assert states(panel)["SH010"] == "ready"


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
    with qtbot.waitSignal(panel.document.opened, timeout=30_000):
        panel.dropEvent(drop)
    assert list(states(panel)) == ["SH010", "SH020", "SH030", "SH040"]


@pytest.mark.parametrize("content", ["{", '{"OTIO_SCHEMA": "Timeline.1"}', ""])
def test_a_broken_cut_is_reported_and_the_panel_lives(qtbot, panel, tmp_path, content):
    cut = tmp_path / "broken.otio"
    cut.write_text(content)
    panel.open(cut)
    box = box_that_opens(qtbot)
    assert "broken.otio" in box.text()
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
    assert len(panel.rows) == 2004
    key(qtbot, panel, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(panel.selection.shots) == 2004
    key(qtbot, panel, Qt.Key.Key_N)
    assert set(states(panel).values()) == {"skipped"}
    key(qtbot, panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "ready" in states(panel).values(), timeout=10_000)


def _named(clip, n: int):
    clip.name = f"{clip.name}_{n}"
    return clip


def test_every_action_is_in_a_menu_and_no_two_share_a_key(panel):
    from lipflap.gui.actions import ENTRIES

    keys = [entry.keys for entry in ENTRIES if entry.keys]
    assert len(keys) == len(set(keys))
    in_menus = {action for menu in panel._menus.values() for action in menu.actions()}
    assert set(panel.actions_by_name.values()) <= in_menus


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
