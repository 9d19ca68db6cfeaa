"""An editor compares a rendered shot in the panel, with keys; what is seen is read off the screen.

Frame n of the cut is in the first shot picture 30 + n of the plate; its number there is 1000 more,
and 2000 + handles + n in the dub. The dub's sound is negative, the production sound positive.
"""

import os
import shutil
from fractions import Fraction
from pathlib import Path

import miniaudio
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support.cuts.rendered_cut import write_rendered_cut
from support.media.comparison import numbers, pixels
from support.media.recording_device import RecordingDevice

from lipflap.core.order import Role
from lipflap.gui.panel import Panel, create

STAND_IN = Path(__file__).parents[2] / "support" / "stand_in"
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PLAIN = Qt.KeyboardModifier.NoModifier
Key = Qt.Key


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> Path:
    """A cut whose first shot has a new picture."""
    return write_rendered_cut(tmp_path_factory.mktemp("cut"))


@pytest.fixture
def panel(qtbot: QtBot, rendered: Path) -> Panel:
    """Both pictures of the shot are seen, and its sound is there."""
    made = create()
    made.resize(1400, 900)
    made.show()
    made.viewer.view.player._output._backends = [miniaudio.Backend.NULL]
    with qtbot.waitSignal(made.document.opened, timeout=120_000):
        made.open(rendered)
    seen = lambda: made.viewer.view.frames.dub is not None  # noqa: E731
    qtbot.waitUntil(seen, timeout=30_000)
    qtbot.waitUntil(lambda: "sound: dub" in made.viewer.view.caption, timeout=10_000)
    yield made
    made.close()
    made.deleteLater()


def press(qtbot: QtBot, panel: Panel, key: Key, keys: Qt.KeyboardModifier = PLAIN) -> None:
    qtbot.keyClick(panel.viewer.view, key, keys)


def pressed_to(qtbot: QtBot, panel: Panel, key: Key, frame: int, keys=PLAIN) -> None:
    """Press a key that leads to a frame of the cut, and wait until that is seen."""
    press(qtbot, panel, key, keys)
    assert panel.viewer.view.player.frame == frame
    wait_for(qtbot, panel, frame)


def wait_for(qtbot: QtBot, panel: Panel, frame: int) -> None:
    """Wait until a frame of the cut is seen."""
    seen = lambda: shown(panel) == frame  # noqa: E731
    qtbot.waitUntil(seen, timeout=10_000)


def shown(panel: Panel) -> int | None:
    """The frame of the cut that is seen, by the frame of the shot."""
    view = panel.viewer.view
    if view.comparison is None or view.frames.frame is None:
        return None
    return round(view.comparison.record_at(view.frames.frame) * 25)


def screen(panel: Panel, box: QRectF | None = None) -> np.ndarray:
    return pixels(panel.viewer.view.grab().toImage(), box)


def filmed(panel: Panel) -> int:
    """The number of the plate's picture that the first frame of the cut shows."""
    return 1000 + panel.viewer.view.comparison.original.frames.media_frame(handles(panel))


def handles(panel: Panel) -> int:
    """Frames of the shot's media before the first that the cut shows."""
    return panel.viewer.view.comparison.frame_at(Fraction(0))


def test_a_digit_for_each_way_to_compare(qtbot, panel):
    frame, first = shown(panel), filmed(panel)
    new = 2000 + handles(panel)
    press(qtbot, panel, Key.Key_2)
    assert numbers(panel.viewer.view) == [new + frame]
    [box] = panel.viewer.view._boxes
    dub = screen(panel, box)
    press(qtbot, panel, Key.Key_Q)
    assert numbers(panel.viewer.view) == [first + frame]
    original = screen(panel, box)
    press(qtbot, panel, Key.Key_1)
    wiped, line = screen(panel, box), round(box.width() / 2)
    pictures = slice(0, round(box.height() * 0.8))  # without the labels
    assert (wiped[pictures, : line - 2] == original[pictures, : line - 2]).all()
    assert (wiped[pictures, line + 3 :] == dub[pictures, line + 3 :]).all()
    press(qtbot, panel, Key.Key_3)
    assert numbers(panel.viewer.view) == [first + frame, new + frame]
    press(qtbot, panel, Key.Key_4)
    # The screen shows a difference that is enlarged, this is the difference of enlarged ones.
    apart = np.minimum(8 * np.abs(original.astype(int) - dub), 255)
    assert (
        np.abs(screen(panel, box)[pictures].astype(int) - apart[pictures]).mean() < 5
    )  # enlarged after
    assert apart[pictures].mean() > 20
    press(qtbot, panel, Key.Key_5)
    wait_for(qtbot, panel, frame)
    screen(panel)
    assert panel.viewer.view._boxes == []  # of each picture a part alone


def test_each_key_goes_where_it_says_and_the_playhead_with_it(qtbot, panel):
    press(qtbot, panel, Key.Key_3)
    first, count = filmed(panel), panel.viewer.view.program.count
    new = 2000 + handles(panel)
    pressed_to(qtbot, panel, Key.Key_Home, 0)
    for key, keys, frame in (
        (Key.Key_Right, PLAIN, 1),
        (Key.Key_Right, SHIFT, 11),
        (Key.Key_Left, PLAIN, 10),
        (Key.Key_Left, SHIFT, 0),
    ):
        pressed_to(qtbot, panel, key, frame, keys)
        assert numbers(panel.viewer.view) == [first + frame, new + frame]
        assert panel.timeline.playhead == Fraction(frame, 25)
    press(qtbot, panel, Key.Key_End)
    assert panel.timeline.playhead == Fraction(count - 1, 25)
    assert panel.selection.current == "SH040"


def test_j_k_and_l_play_both_ways(qtbot, panel):
    pressed_to(qtbot, panel, Key.Key_Home, 0)
    seen: list[int] = []
    panel.viewer.view.frame_shown.connect(seen.append)
    press(qtbot, panel, Key.Key_L)
    qtbot.waitUntil(lambda: len(seen) > 8, timeout=10_000)
    assert (panel.viewer.view.player.speed, seen) == (1, sorted(seen))
    press(qtbot, panel, Key.Key_K)
    wait_for(qtbot, panel, panel.viewer.view.player.frame)
    seen.clear()
    press(qtbot, panel, Key.Key_J)
    qtbot.waitUntil(lambda: len(seen) > 4, timeout=10_000)
    assert seen == sorted(seen, reverse=True)
    press(qtbot, panel, Key.Key_K)
    speeds = []
    for key in (Key.Key_L, Key.Key_L, Key.Key_J, Key.Key_K):
        press(qtbot, panel, key)
        speeds.append(panel.viewer.view.player.speed)
    assert speeds == [1, 2, 1, 0]


def test_a_loop_stays_between_the_marks_and_without_them_in_the_shot(qtbot, panel):
    for key, frame in ((Key.Key_I, 12), (Key.Key_O, 17)):
        panel.viewer.view.seek(frame)
        wait_for(qtbot, panel, frame)
        press(qtbot, panel, key)
    press(qtbot, panel, Key.Key_L, CTRL)
    first, end = panel.viewer.view.player.loop_range
    assert (Fraction(first, 25), Fraction(end, 25)) == (
        panel.timeline.marked.start,
        panel.timeline.marked.end,
    )
    due: list[int] = []
    panel.viewer.view.player.moved.connect(due.append)
    press(qtbot, panel, Key.Key_Space)
    qtbot.waitUntil(lambda: due.count(first) >= 3, timeout=10_000)
    press(qtbot, panel, Key.Key_Space)
    assert set(due) <= set(range(first, end))
    press(qtbot, panel, Key.Key_X)
    press(qtbot, panel, Key.Key_L, CTRL)
    with qtbot.waitSignal(panel.viewer.view.frame_shown, timeout=10_000):
        press(qtbot, panel, Key.Key_PageDown)
    press(qtbot, panel, Key.Key_L, CTRL)
    assert panel.viewer.view.player.loop_range == (25, 50)
    press(qtbot, panel, Key.Key_L, CTRL)
    assert panel.viewer.view.player.loop_range is None


def test_keys_work_on_the_full_screen_and_it_goes_back_into_its_place(qtbot, panel):
    press(qtbot, panel, Key.Key_3)
    pressed_to(qtbot, panel, Key.Key_Home, 0)
    size = panel.viewer.view.size()
    qtbot.mouseDClick(panel.viewer.view, Qt.MouseButton.LeftButton, pos=QPoint(80, 80))
    qtbot.waitUntil(panel.viewer.view.isFullScreen, timeout=10_000)
    assert panel.viewer.view.isWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is panel.viewer.view, timeout=10_000)
    assert QApplication.activeWindow() is panel.viewer.view
    pressed_to(qtbot, panel, Key.Key_Right, 1)
    assert numbers(panel.viewer.view) == [filmed(panel) + 1, 2001 + handles(panel)]
    press(qtbot, panel, Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.viewer.view.size() == size, timeout=10_000)
    assert panel.viewer.pages.currentWidget() is panel.viewer.view
    qtbot.waitUntil(lambda: QApplication.activeWindow() is panel, timeout=10_000)
    pressed_to(qtbot, panel, Key.Key_Right, 2)


def test_h_lets_the_production_sound_be_heard_and_the_dub_again(qtbot, panel, monkeypatch):
    device = RecordingDevice(monkeypatch)
    panel.viewer.view.player._output._device = None
    audio = lambda: int(np.sign(device.samples[-100:, 0].astype(int).sum()))  # noqa: E731
    pressed_to(qtbot, panel, Key.Key_Home, 0)
    press(qtbot, panel, Key.Key_L, CTRL)
    press(qtbot, panel, Key.Key_Space)
    for role, sign in ((Role.DUB, -1), (Role.PRODUCTION, 1), (Role.DUB, -1)):
        assert panel.viewer.view.player.audio_role == role
        qtbot.waitUntil(lambda sign=sign: audio() == sign, timeout=10_000)
        press(qtbot, panel, Key.Key_H)
    press(qtbot, panel, Key.Key_K)
    panel.viewer.view.player._output.close()


def test_without_a_sound_device_pictures_play_and_that_is_said(qtbot, panel):
    panel.viewer.view.player._output._backends = [miniaudio.Backend.WEBAUDIO]
    pressed_to(qtbot, panel, Key.Key_Home, 0)
    seen: list[int] = []
    panel.viewer.view.frame_shown.connect(seen.append)
    press(qtbot, panel, Key.Key_Space)
    qtbot.waitUntil(lambda: len(seen) > 8, timeout=10_000)
    assert "no sound device" in panel.viewer.view.caption
    press(qtbot, panel, Key.Key_K)


def test_m_has_faces_looked_for_and_draws_them(qtbot, panel, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    press(qtbot, panel, Key.Key_2)
    [box] = (screen(panel), panel.viewer.view._boxes)[1]
    plain = screen(panel, box)
    press(qtbot, panel, Key.Key_M)
    qtbot.waitUntil(lambda: panel.viewer.view.face_report is not None, timeout=30_000)
    drawn = screen(panel, box)
    rows, columns = np.nonzero((plain != drawn).any(-1))
    height, width = plain.shape[:2]
    assert np.allclose([columns.min(), columns.max()], [0.1 * width, 0.8 * width], atol=3)
    assert np.allclose([rows.min(), rows.max()], [0.2 * height, 0.8 * height], atol=3)
    press(qtbot, panel, Key.Key_M)
    assert (screen(panel, box) == plain).all()


def test_a_picture_that_is_deleted_while_it_is_open_is_said_and_found_again(qtbot, panel, tmp_path):
    press(qtbot, panel, Key.Key_3)
    pressed_to(qtbot, panel, Key.Key_Home, 0)
    first, dub = filmed(panel), Path(panel.viewer.view.comparison.dub.path)
    comparison = panel.viewer.view.comparison
    shutil.move(dub, tmp_path / "dub.mov")
    try:
        for frame in range(1, 4):
            pressed_to(qtbot, panel, Key.Key_Right, frame)
            assert numbers(panel.viewer.view)[0] == first + frame
        panel.viewer.view.frames.close()  # the file is let go of, as when another shot was shown
        panel.viewer.view.show_shot(comparison)
        panel.viewer.view.seek(20)
        qtbot.waitUntil(lambda: dub.name in panel.viewer.view.status_text, timeout=10_000)
        wait_for(qtbot, panel, 20)
        assert numbers(panel.viewer.view) == [first + 20]
    finally:
        shutil.move(tmp_path / "dub.mov", dub)
    panel.viewer.view.seek(21)
    qtbot.waitUntil(lambda: panel.viewer.view.frames.dub is not None, timeout=10_000)
    wait_for(qtbot, panel, 21)
    assert numbers(panel.viewer.view) == [first + 21, 2021 + handles(panel)]
    assert panel.viewer.view.status_text == ""


def test_a_face_that_was_chosen_is_outlined_in_the_picture(qtbot, panel, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    view, picker = panel.viewer.view, panel.viewer.picker
    press(qtbot, panel, Key.Key_F)
    qtbot.waitUntil(lambda: picker.face_report is not None, timeout=30_000)
    qtbot.keyClick(picker, Key.Key_0)
    assert panel.viewer.pages.currentWidget() is view
    chosen = lambda: view.faces is not None and view.faces.dubbed == {0}  # noqa: E731
    qtbot.waitUntil(chosen, timeout=30_000)
    assert view.shows_faces
    assert panel.document.decisions.overrides["SH010"].face == 0
    panel.document.undo_step()
    view.show_faces(False)
