"""Original and dub on the screen: what is seen there is read from the screen."""

import shutil
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import miniaudio
import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtWidgets import QLabel, QSplitter
from pytestqt.qtbot import QtBot
from support.media.comparison import (
    COUNT,
    make_comparison,
    make_cut,
    make_line,
    number,
    numbers,
    pixels,
    write_pair,
)
from support.media.counted_media import transcode
from support.media.recording_device import RecordingDevice, ramp

from lipflap.core.analysis.face_report import FaceBox, FaceBoxes, FaceReport, MouthMatte, OwnMouth
from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import Role
from lipflap.gui.compare import frame_loader
from lipflap.gui.compare.frame_pair import ORIGINAL
from lipflap.gui.compare.overlay import ShownFaces
from lipflap.gui.compare.paint import DIFFERENCE, FLIP, MOUTH, SIDE, WIPE, difference
from lipflap.gui.compare.view import CompareView
from lipflap.gui.sound.audio_mix import MIX_HZ
from lipflap.gui.sound.audio_output import AudioOutput
from lipflap.gui.sound.cut_sound import Heard

QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-frames:v", "20")


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> tuple[Path, Path]:
    return write_pair(tmp_path_factory.mktemp("films"))


@pytest.fixture
def view(qtbot: QtBot) -> CompareView:
    made = CompareView(AudioOutput([miniaudio.Backend.NULL]))
    made.resize(512, 420)
    made.show()
    made.load(make_cut(), ())
    yield made
    made.close_media()
    made.deleteLater()


def at_frame(qtbot: QtBot, view: CompareView, frame: int) -> None:
    """Seek, and wait until it is on the screen."""
    view.seek(frame)
    qtbot.waitUntil(lambda: view.frames.frame == frame, timeout=10_000)


def showing(qtbot: QtBot, view: CompareView, films: tuple[Path, Path], frame: int) -> None:
    view.show_shot(make_comparison(*films))
    at_frame(qtbot, view, frame)


def boxes(view: CompareView) -> list[QRectF]:
    """Where pictures are, after they were drawn."""
    view.grab()
    return view._boxes


def shapes(view: CompareView) -> list[float]:
    return [box.width() / box.height() for box in boxes(view)]


def dub_fits_its_box(view: CompareView) -> bool:
    found, dub = boxes(view), view.frames.dub
    return len(found) == 1 and dub is not None and dub.size() == found[0].size().toSize()


def test_every_frame_can_be_reached_and_is_the_right_one_of_both(qtbot, view, films):
    view.set_mode(SIDE)
    showing(qtbot, view, films, 0)
    for frame in (0, 1, 2, 99, 50, 49, 7):
        at_frame(qtbot, view, frame)
        assert numbers(view) == [1000 + frame, 2000 + frame]
    view.step(1)
    qtbot.waitUntil(lambda: view.frames.frame == 8, timeout=10_000)
    view.step(-10)
    qtbot.waitUntil(lambda: view.frames.frame == 0, timeout=10_000)
    assert numbers(view) == [1000, 2000]
    view.step(10**9)
    qtbot.waitUntil(lambda: view.frames.frame == COUNT - 1, timeout=10_000)


def test_flip_shows_one_or_the_other_in_the_same_place(qtbot, view, films):
    view.set_mode(FLIP)
    showing(qtbot, view, films, 30)
    before, place = numbers(view), boxes(view)
    view.flip()
    assert (before, numbers(view)) == ([2030], [1030])
    assert boxes(view) == place


def test_the_wipe_is_drawn_with_the_mouse(qtbot, view, films):
    view.set_mode(FLIP)
    showing(qtbot, view, films, 12)
    [box] = boxes(view)
    dub = pixels(view.grab().toImage(), box)
    view.flip()
    original = pixels(view.grab().toImage(), box)
    view.set_mode(WIPE)
    for part in (0.25, 0.8):
        grip = QPoint(round(view._line_px()), 200)
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=grip)
        qtbot.mouseMove(view, QPoint(round(box.left() + part * box.width()), 230))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton)
        seen = pixels(view.grab().toImage(), box)
        line, rows = round(part * box.width()), slice(0, 300)
        assert (seen[rows, : line - 3] == original[rows, : line - 3]).all()
        assert (seen[rows, line + 3 :] == dub[rows, line + 3 :]).all()
    qtbot.mouseMove(view, QPoint(10, 10))  # nothing is held: nothing moves
    assert view._wipe == pytest.approx(0.8, abs=0.01)


def test_the_difference_is_eight_times_what_differs(qtbot, view, films):
    view.set_mode(DIFFERENCE)
    showing(qtbot, view, films, 40)
    original, dub = view.frames.original, view.frames.dub
    apart = np.abs(pixels(original).astype(int) - pixels(dub))
    assert (pixels(difference(original, dub)) == np.minimum(8 * apart, 255)).all()
    above_label = slice(0, 300)
    assert pixels(view.grab().toImage(), boxes(view)[0])[above_label].any()
    view.show_shot(make_comparison(films[0], films[0]))
    at_frame(qtbot, view, 40)
    assert not pixels(view.grab().toImage(), boxes(view)[0])[above_label].any()


def test_the_mouth_is_enlarged_where_it_is_tracked(qtbot, view, films):
    """The close-up of a mouth over the bars of the number shows columns of that place alone."""
    mattes = tuple(MouthMatte(32 + 0.5 * n, 16.0, 5.0, 3.0, 0.0) for n in range(COUNT))
    face = FaceBoxes(0, (FaceBox(0, 0, 0.5, 0.5),) * COUNT, mattes, 0)
    looked = FaceReport("SH010", 128, 96, COUNT, (), (face,), 0)
    view.set_mode(MOUTH)
    showing(qtbot, view, films, 20)
    view.show_known_faces(ShownFaces(looked, frozenset([0])))
    image = view.grab().toImage()
    stored = [pixels(picture) for picture in (view.frames.original, view.frames.dub)]
    assert stored[0].shape == (96, 128, 3)
    left, right = pixels(image)[:, :255], pixels(image)[:, 257:]
    for half, picture in ((left, stored[0]), (right, stored[1])):
        middle = half[len(half) // 2 + 10, half.shape[1] // 2]  # below the caption
        assert np.abs(middle.astype(int) - picture[16, 42]).max() < 60
        across = half[len(half) // 2 + 10, 10:-10, 1].astype(int)
        bars = picture[16, 42 - 8 : 42 + 9, 1].astype(int)
        assert abs(across.mean() - bars.mean()) < 25


def test_of_own_mouths_the_outline_of_what_is_laid_in_is_drawn_and_the_name(qtbot, view, films):
    """Not the ellipse of the network: the polygon of the mouth, in the colour of the dubbed."""
    nose, square = FaceBox(0.1, 0.1, 0.8, 0.8), (40.0, 60.0, 80.0, 60.0, 80.0, 80.0, 40.0, 80.0)
    own = OwnMouth(square, (20.0, 50.0, 100.0, 50.0, 60.0, 90.0))
    network = MouthMatte(10.0, 10.0, 4.0, 4.0, 0.0)
    face = FaceBoxes(0, (nose,) * COUNT, (network,) * COUNT, 0, (own,) * COUNT)
    report = FaceReport("SH010", 128, 96, COUNT, (), (face,), 0)
    view.set_mode(FLIP)
    showing(qtbot, view, films, 15)
    view.show_faces(True)

    def drawn(**facts: object) -> np.ndarray:
        view.show_known_faces(ShownFaces(report, frozenset([0]), **facts))
        return pixels(view.grab().toImage(), boxes(view)[0]).astype(int)

    mine, networks, named = drawn(own_mouths=True), drawn(), drawn(names={0: "ANNA"})
    height, width = mine.shape[:2]
    rows, columns = np.nonzero(np.abs(mine - networks).sum(-1) > 60)
    scale = np.array([height / 96, width / 128])
    assert abs(rows[columns > 20 * scale[1]].min() - 50 * scale[0]) < 4
    bottom = np.abs(mine - networks).sum(-1)[round(80 * scale[0]) - 3 : round(80 * scale[0]) + 3]
    across = np.nonzero(bottom.max(0) > 60)[0] / scale[1]
    assert across.min() < 43
    assert across.max() > 77
    label = np.s_[: round(30 * scale[0]), : round(60 * scale[1])]
    assert (named != networks)[label].any()


def test_faces_are_boxed_where_they_are_and_the_matte_is_drawn(qtbot, view, films):
    face = FaceBox(0.25, 0.4, 0.25, 0.5)
    matte = MouthMatte(48.0, 76.0, 9.0, 6.0, 0.0)
    faces = tuple(FaceBoxes(10, (face,) * 20, (matte,) * 20, 10) for _ in range(1))
    view.set_mode(FLIP)
    showing(qtbot, view, films, 15)
    view.show_known_faces(
        ShownFaces(FaceReport("SH010", 128, 96, COUNT, (), faces, 0), frozenset([0]))
    )
    plain = pixels(view.grab().toImage(), boxes(view)[0])
    view.show_faces(True)
    drawn = pixels(view.grab().toImage(), boxes(view)[0])
    rows, columns = np.nonzero((plain != drawn).any(-1))
    height, width = plain.shape[:2]
    assert np.allclose([columns.min(), columns.max()], [0.25 * width, 0.5 * width], atol=3)
    assert np.allclose([rows.min(), rows.max()], [0.4 * height, 0.9 * height], atol=3)
    inner = (columns > 0.27 * width) & (columns < 0.48 * width) & (rows > 0.6 * height)
    inner &= rows < 0.88 * height
    assert np.allclose(columns[inner].min() / width * 128, 48 - 9, atol=1)
    assert np.allclose(rows[inner].max() / height * 96, 76 + 6, atol=1)
    at_frame(qtbot, view, 40)  # where no face is seen
    first = pixels(view.grab().toImage())
    view.show_faces(False)
    assert (first == pixels(view.grab().toImage())).all()


def test_what_is_not_there_is_said_and_the_rest_is_shown(qtbot, view, films, tmp_path):
    view.show_nothing("Open a cut.")
    assert (view.caption, view.status_text) == ("", "Open a cut.")
    view.show_shot(make_comparison(films[0], None, reason="Not rendered yet."))
    assert view.status_text == "Not rendered yet."
    at_frame(qtbot, view, 5)
    assert (numbers(view), view.status_text) == ([1005], "Not rendered yet.")
    view.show_shot(make_comparison(films[0], tmp_path / "gone.mp4"))
    qtbot.waitUntil(lambda: "gone.mp4" in view.status_text, timeout=10_000)
    at_frame(qtbot, view, 6)
    assert numbers(view) == [1006]
    view.show_shot(make_comparison(tmp_path / "gone.mp4", films[1]))
    at_frame(qtbot, view, 7)
    assert numbers(view) == [2007]
    assert "gone.mp4" in view.status_text
    view.show_shot(make_comparison(tmp_path / "gone.mp4", None))
    qtbot.waitUntil(lambda: "gone.mp4" in view.status_text, timeout=10_000)
    assert view.frames.frame is None
    showing(qtbot, view, films, 8)
    assert view.status_text == ""


def test_the_caption_tells_timecode_frame_and_sound(qtbot, view, films, tmp_path):
    day = tmp_path / "day.wav"
    soundfile.write(day, np.zeros(192_000), MIX_HZ)
    view.load_sound([make_line(day, Role.PRODUCTION)])
    view.show_shot(make_comparison(*films))
    at_frame(qtbot, view, 26)
    qtbot.waitUntil(lambda: "no dub in this cut" in view.caption, timeout=10_000)
    assert view.caption.split("    ")[:4] == [
        "SH010",
        "record 00:57:37:01",
        "source 01:00:01:01",
        "frame 27 of 100",
    ]
    view.hear(Heard.PRODUCTION)
    qtbot.waitUntil(lambda: "sound: production sound" in view.caption, timeout=10_000)


def test_in_a_narrow_viewer_lines_are_whole(qtbot, view, films):
    view.resize(380, 300)
    text = "Out of date: this is the render of before the change. Press R to render it again."
    view.show_shot(make_comparison(films[0], None, reason=text))
    at_frame(qtbot, view, 3)
    _, _, below = view.bands()
    whole = view.fontMetrics().boundingRect(0, 0, 364, 900, Qt.TextFlag.TextWordWrap, text)
    assert view.fontMetrics().horizontalAdvance(text) > 364
    assert below.height() >= whole.height()
    view.resize(1200, 300)
    assert view.bands()[2].height() < below.height()


def test_a_sound_that_is_gone_is_said_while_pictures_are_shown(qtbot, view, films, tmp_path):
    view.load_sound([make_line(tmp_path / "gone.wav", Role.DUB)])
    view.show_shot(make_comparison(*films))
    qtbot.waitUntil(lambda: "gone.wav" in view.status_text, timeout=10_000)
    at_frame(qtbot, view, 3)
    assert view.status_text.startswith("No sound:")


def test_the_same_shot_rendered_again_stays_at_its_frame(qtbot, view, films):
    view.show_shot(make_comparison(films[0], None, reason="Not rendered yet."))
    at_frame(qtbot, view, 33)
    view.show_shot(make_comparison(*films))
    qtbot.waitUntil(lambda: view.frames.dub is not None, timeout=10_000)
    assert view.frames.frame == 33


def test_pictures_keep_their_shape_in_any_window(qtbot, view, films, tmp_path):
    wide = transcode(films[0], tmp_path / "wide.mp4", "-vf", "setsar=2/1")
    view.show_shot(make_comparison(wide, None))
    at_frame(qtbot, view, 4)
    for size in ((300, 500), (900, 300), (512, 420)):
        view.resize(*size)
        as_it_looks = [pytest.approx(256 / 96, abs=0.02)]
        qtbot.waitUntil(lambda wanted=as_it_looks: shapes(view) == wanted, timeout=10_000)
        assert all(QRectF(view.rect()).contains(box) for box in boxes(view))


def test_full_screen_and_back_into_its_place(qtbot, films):
    both, view = QSplitter(), CompareView(AudioOutput([miniaudio.Backend.NULL]))
    qtbot.addWidget(both)
    both.addWidget(QLabel("list"))
    both.addWidget(view)
    view.load(make_cut(), ())
    both.resize(800, 400)
    both.show()
    showing(qtbot, view, films, 3)
    size = view.size()
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    qtbot.waitUntil(view.isFullScreen, timeout=10_000)
    assert view.isWindow()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not view.isWindow() and view.isVisible(), timeout=10_000)
    assert both.indexOf(view) == 1
    qtbot.waitUntil(lambda: view.size() == size, timeout=10_000)
    at_frame(qtbot, view, 9)
    view.set_full_screen(True)
    view.close()  # as a window manager does
    assert not view.isWindow()
    at_frame(qtbot, view, 10)
    view.close_media()


def test_it_plays_in_sync_with_what_is_heard(qtbot, monkeypatch, films, tmp_path):
    """Frame n belongs to the sound's samples from n * 1920 on; what is heard is what the device
    was handed, but for the two periods it holds."""
    device = RecordingDevice(monkeypatch)
    view = CompareView(device.out)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    sound = tmp_path / "dub.wav"
    ramped = ramp(30_000)[:, 0].astype(np.float64) / 32768
    soundfile.write(sound, np.concatenate([ramped] * 7)[:192_000], MIX_HZ, subtype="PCM_16")
    view.set_mode(SIDE)
    view.load(make_cut(), [make_line(sound, Role.DUB)])
    view.show_shot(make_comparison(*films))
    at_frame(qtbot, view, 0)
    qtbot.waitUntil(lambda: "sound: dub" in view.caption, timeout=10_000)
    seen: list[tuple[int, int, float]] = []

    def note(frame: int) -> None:
        painted = {number(view.frames.original) - 1000, number(view.frames.dub) - 2000}
        assert painted == {frame}
        loud = np.flatnonzero(device.samples[:, 0])
        handed = len(device.samples) - loud[0] if len(loud) else 0
        seen.append((frame, device.out.position(), handed / MIX_HZ))

    view.frame_shown.connect(note)
    view.play()
    qtbot.waitUntil(lambda: not view.player.speed, timeout=10_000)
    frames = [frame for frame, _, _ in seen]
    assert frames[-1] == COUNT - 1
    assert frames == sorted(set(frames))
    assert view.dropped_frames == sum(b - a - 1 for a, b in pairwise([0, *frames]))
    assert view.dropped_frames < COUNT / 2, "a busy machine drops some, and shows most"
    behind = [sample * 25 // MIX_HZ - frame for frame, sample, _ in seen[:-1]]
    behind_handed_s = [handed_s - frame / 25 for frame, _, handed_s in seen[:-1]]
    assert (min(behind) >= -1, min(behind_handed_s) >= 0) == (True, True)  # never ahead of it
    assert np.median(behind) <= 2, "where other work has the cores, single ones come late"
    assert np.median(behind_handed_s) <= 0.1 + 2 / 25
    numbers_heard = device.samples[np.flatnonzero(device.samples[:, 0])[0] :, 0][:180_000]
    assert (numbers_heard == np.concatenate([ramp(30_000)[:, 0]] * 6)).all()
    view.close_media()


def stalled(qtbot: QtBot, work: Callable[[], object]) -> float:
    """The longest time in seconds that events had to wait while something went on for a second."""
    worst, last = 0.0, time.monotonic()
    work()
    until = time.monotonic() + 1
    while time.monotonic() < until:
        qtbot.wait(1)
        worst, last = max(worst, time.monotonic() - last), time.monotonic()
    return worst


def test_nothing_waits_for_another_shot_to_be_opened(qtbot, view, films, monkeypatch):
    """Each file takes two seconds to open, as on a disk that sleeps."""
    big, opening = films[1].with_name("big.mp4"), []

    def slowly(path: str, *more: object) -> MediaInfo:
        opening.append(path)
        time.sleep(2)
        return probe(path, *more)

    shutil.copy(films[0], big)
    showing(qtbot, view, films, 3)
    monkeypatch.setattr(frame_loader, "probe", slowly)

    def work() -> None:
        for _ in range(5):
            view.show_shot(make_comparison(big, films[1]))
            view.show_shot(make_comparison(films[1], big))

    began = time.monotonic()
    work()
    assert time.monotonic() - began < 1.6
    assert stalled(qtbot, work) < 1.6
    qtbot.waitUntil(lambda: str(big) in opening, timeout=10_000)


def test_frames_between_marks_are_looped(qtbot, view, films):
    showing(qtbot, view, films, 20)
    shown: list[int] = []
    view.player.set_loop((20, 28))
    view.frame_shown.connect(shown.append)
    view.play()
    qtbot.waitUntil(lambda: shown.count(20) >= 2, timeout=10_000)
    view.stop()
    assert set(shown) <= set(range(20, 28))
    assert view.comparison.record_at(20) == Fraction(20, 25)


def test_of_two_pictures_the_one_that_is_not_seen_is_not_decoded_while_the_cut_plays(
    qtbot, view, films, monkeypatch
):
    decoded: list[str] = []
    picture = Preview.picture

    def count(preview: Preview, *asked: object) -> object:
        decoded.append(preview.info.path)
        return picture(preview, *asked)

    view.set_mode(FLIP)
    showing(qtbot, view, films, 20)
    around = [view.frames._make_request(ORIGINAL, frame) for frame in range(8, 33)]
    loader = view.frames._loaders[ORIGINAL]
    qtbot.waitUntil(lambda: None not in map(loader.cached, around), timeout=10_000)
    monkeypatch.setattr(Preview, "picture", count)
    view.player.set_loop((10, 60))
    view.play()
    # Originals that were read before it played are shown as long as they last.
    qtbot.waitUntil(
        lambda: decoded.count(str(films[1])) > 10 and view.frames.original is None, timeout=10_000
    )
    assert str(films[0]) not in decoded
    view.flip()
    qtbot.waitUntil(lambda: view.frames.original is not None, timeout=10_000)
    assert set(numbers(view)) <= set(range(1010, 1060))
    view.stop()
    frame = view.player.frame
    qtbot.waitUntil(lambda: None not in (view.frames.original, view.frames.dub), timeout=10_000)
    qtbot.waitUntil(lambda: numbers(view) == [1000 + frame], timeout=10_000)


def test_while_it_is_scrubbed_without_a_rest_pictures_keep_coming(qtbot, view, films, monkeypatch):
    """Also if one of the two comes from a slow disk."""
    picture = Preview.picture

    def slowly(preview: Preview, *asked: object) -> object:
        time.sleep(0.03 if preview.info.path == str(films[1]) else 0)
        return picture(preview, *asked)

    monkeypatch.setattr(Preview, "picture", slowly)
    showing(qtbot, view, films, 0)
    shown: list[int] = []
    view.frame_shown.connect(shown.append)
    for frame in range(15, COUNT):
        view.seek(frame)
        qtbot.wait(5)
    assert len(shown) > 5
    qtbot.waitUntil(lambda: view.frames.frame == COUNT - 1, timeout=10_000)


def test_pictures_made_for_the_room_are_drawn_as_they_are(qtbot, view, films, tmp_path):
    big = transcode(films[0], tmp_path / "big.mp4", "-vf", "scale=960:540", *QUICK)
    sound = make_line(tmp_path / "gone.wav", Role.DUB)
    view.set_mode(FLIP)
    for size, sounds in (((512, 420), ()), ((511, 300), ()), ((701, 433), (sound,))):
        view.resize(*size)
        view.load(make_cut(), sounds)
        view.show_shot(make_comparison(big, big))
        at_frame(qtbot, view, 7)
        qtbot.waitUntil(lambda said=bool(sounds): bool(view.status_text) == said, timeout=10_000)
        qtbot.waitUntil(lambda: dub_fits_its_box(view), timeout=10_000)
        [box] = boxes(view)
        image, rows = view.frames.dub, round(box.height() * 0.8)  # without the label
        assert (pixels(view.grab().toImage(), box)[:rows] == pixels(image)[:rows]).all()
