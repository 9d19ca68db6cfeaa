"""Who is dubbed, chosen with mouse and keys; who there is, told by a real process.

What that process sees is a stand-in: two faces, the second suggested.
"""

import os
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from support.jobs.orders import job_order
from support.media.comparison import COUNT, make_comparison, number
from support.media.counted_media import write_film

from lipflap.core.result import Progress, Stage
from lipflap.gui.compare.face_picker import FacePicker
from lipflap.plugin.job.folder import Job

STAND_IN = Path(__file__).parents[2] / "support" / "stand_in"


@pytest.fixture
def job(tmp_path, monkeypatch) -> Job:
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    return Job(tmp_path / "JOB")


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("film") / "original.mp4"
    return write_film(path, range(1000, 1000 + COUNT))


@pytest.fixture
def picker(qtbot: QtBot) -> FacePicker:
    made = FacePicker(lambda _shot: {})
    made.resize(512, 420)
    made.show()
    yield made
    made.stop()
    made.deleteLater()


def asked(qtbot: QtBot, picker: FacePicker, job: Job, film: Path, face: int | None = None) -> None:
    """Ask about a shot, and wait until faces and picture are there."""
    with qtbot.waitSignal(picker.faces_found, timeout=20_000):
        picker.show_order(
            job_order(job, "SH010", COUNT, film=film, face=face), make_comparison(film, None)
        )
    qtbot.waitUntil(lambda: not picker.box_of(0).isEmpty(), timeout=10_000)


def colour_of(picker: FacePicker, face: int) -> str:
    """Of the left edge of its box, as drawn."""
    box = picker.box_of(face)
    return picker.grab().toImage().pixelColor(round(box.left()), round(box.center().y())).name()


def middle(picker: FacePicker, face: int) -> QPoint:
    return picker.box_of(face).center().toPoint()


def test_a_click_on_a_face_selects_it(qtbot, picker, job, film):
    asked(qtbot, picker, job, film)
    for face in (0, 1):
        with qtbot.waitSignal(picker.face_selected, timeout=10_000) as told:
            qtbot.mouseClick(picker, Qt.MouseButton.LeftButton, pos=middle(picker, face))
        assert told.args == [face]
    with qtbot.assertNotEmitted(picker.face_selected, wait=50):
        qtbot.mouseClick(picker, Qt.MouseButton.LeftButton, pos=QPoint(5, 200))


def test_boxes_lie_over_the_picture_and_the_suggested_one_stands_out(qtbot, picker, job, film):
    asked(qtbot, picker, job, film)
    first, second = picker.box_of(0), picker.box_of(1)
    assert second.left() - first.left() == pytest.approx(0.4 * 512, abs=2)
    assert first.width() == pytest.approx(0.3 * 512, abs=2)
    assert first.height() == pytest.approx(0.6 * 384, abs=2)
    assert colour_of(picker, 1) == "#e0a030"
    assert colour_of(picker, 0) != "#e0a030"


def test_the_selected_face_stands_out_in_place_of_the_suggested(qtbot, picker, job, film):
    asked(qtbot, picker, job, film, face=0)
    assert colour_of(picker, 0) == "#e0a030"
    assert colour_of(picker, 1) != "#e0a030"


def test_pointing_marks_a_face(qtbot, picker, job, film):
    asked(qtbot, picker, job, film)
    before = picker.grab().toImage()
    qtbot.mouseMove(picker, middle(picker, 0))
    qtbot.waitUntil(lambda: picker.highlighted == 0, timeout=10_000)
    at = middle(picker, 0)
    assert picker.grab().toImage().pixelColor(at) != before.pixelColor(at)
    assert picker.cursor().shape() == Qt.CursorShape.PointingHandCursor


@pytest.mark.parametrize(
    ("keys", "face"),
    [
        ([Qt.Key.Key_0], 0),
        ([Qt.Key.Key_1], 1),
        ([Qt.Key.Key_Return], 1),  # the one that is suggested
        ([Qt.Key.Key_Space, Qt.Key.Key_Enter], 1),
        ([Qt.Key.Key_Tab, Qt.Key.Key_Return], 0),
        ([Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Return], 1),
        ([Qt.Key.Key_Tab] * 3 + [Qt.Key.Key_Space, Qt.Key.Key_Return], 0),
        ([Qt.Key.Key_Left, Qt.Key.Key_Enter], 1),
        ([Qt.Key.Key_7, Qt.Key.Key_Right, Qt.Key.Key_Return], 0),
    ],
)
def test_keys_alone_will_do(qtbot, job, film, keys, face):
    """They stay within, though another widget and a menu would like to have them."""
    window = QWidget()
    qtbot.addWidget(window)
    taken: list[str] = []
    for name in ("1", "0", "7", "Tab", "Space", "Right", "Left", "Return"):
        action = QAction(name, window)
        action.setShortcut(name)
        action.triggered.connect(lambda _checked=False, name=name: taken.append(name))
        window.addAction(action)
    picker, other = FacePicker(lambda _shot: {}), QPushButton("other")
    layout = QVBoxLayout(window)
    layout.addWidget(picker)
    layout.addWidget(other)
    window.resize(512, 460)
    window.show()
    picker.setFocus()
    asked(qtbot, picker, job, film)
    chosen: list[int] = []
    picker.face_selected.connect(chosen.append)
    for key in keys:
        qtbot.keyClick(picker, key)
    assert (chosen, taken) == ([face], [])
    picker.stop()


def test_while_it_looks_it_shows_the_picture_and_how_far_it_is(qtbot, picker, job, film):
    picker.show_order(job_order(job, "SLOW", COUNT, film=film), make_comparison(film, None))
    assert "Finding faces in SLOW" in picker.text
    qtbot.waitUntil(lambda: "1 of 100 frames" in picker.text, timeout=20_000)
    qtbot.waitUntil(lambda: picker._image is not None, timeout=10_000)
    assert number(picker._image) == 1050
    [child] = [int(line) for line in (job.folder / "looked.txt").read_text().splitlines()]
    with qtbot.waitSignal(picker.cancelled, timeout=10_000):
        qtbot.keyClick(picker, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not psutil.pid_exists(child), timeout=10_000)


def test_what_went_wrong_is_said(qtbot, picker, job, film, tmp_path):
    picker.show_order(job_order(job, "REFUSE", COUNT, film=film), make_comparison(film, None))
    qtbot.waitUntil(lambda: "is upside down" in picker.text, timeout=20_000)
    asked(qtbot, picker, job, film)
    assert "click the face" in picker.text
    picker.show_order(
        job_order(job, "SH010", COUNT, film=film), make_comparison(tmp_path / "gone.mp4", None)
    )
    qtbot.waitUntil(lambda: "gone.mp4" in picker.text, timeout=10_000)


def test_no_face_is_said_in_words(qtbot, picker, job, film):
    picker.show_order(job_order(job, "EMPTY", COUNT, film=film), make_comparison(film, None))
    qtbot.waitUntil(lambda: picker.text.startswith("No face was found in EMPTY"), timeout=20_000)
    qtbot.keyClick(picker, Qt.Key.Key_Tab)
    qtbot.keyClick(picker, Qt.Key.Key_Return)
    with qtbot.waitSignal(picker.cancelled, timeout=10_000):
        qtbot.keyClick(picker, Qt.Key.Key_Escape)


def test_faces_that_are_shown_are_not_looked_for_any_more(qtbot, picker, job, film):
    """Another process may have found them first: the picker's own then goes on for a moment."""
    asked(qtbot, picker, job, film)
    told = picker.text
    assert "click the face that speaks" in told
    picker._worker.reported.emit(Progress("SH010", Stage.ANALYSE, 3, 75))
    assert picker.text == told
