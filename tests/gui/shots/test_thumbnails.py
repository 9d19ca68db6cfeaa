"""Pictures of shots: the right ones, from real media, and nobody waits for them."""

import os
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import platformdirs
import pytest
import shiboken6
from PIL import Image
from PySide6.QtGui import QColor, QPixmap
from support.cuts.small_cut import START_FRAME, write_plate

from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.frametime import FrameSpan
from lipflap.gui.shots.thumbnails import Thumbnails, card
from lipflap.gui.theme import PANEL
from lipflap.plugin.cut.cut import ClipMedia, Shot
from lipflap.plugin.cut.time_range import TimeRange

RATE = Fraction(25)


def shot(path: Path | str, first: int, speed: Fraction = Fraction(1), **media) -> Shot:
    """One second of the cut that begins at picture `first` of a file."""
    available = media.pop("available", FrameSpan(START_FRAME, START_FRAME + 120, RATE))
    facts = ClipMedia(str(path), available, RATE, media.pop("first_file", None))
    zero = available.start if available else 0
    record = TimeRange(Fraction(0), Fraction(1))
    return Shot("SH010", (0, 0), facts, Fraction(zero + first), speed, record, (record,), None)


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """Each picture of it is a little brighter than the last."""
    write_plate(tmp_path / "plate.mov", 120, "01:00:00:00")
    return tmp_path / "plate.mov"


def made_of(qtbot, *shots: Shot) -> dict[str, QPixmap]:
    thumbnails, made = Thumbnails(), {}
    thumbnails.ready.connect(made.__setitem__)
    for one in shots:
        thumbnails.request(one)
    qtbot.waitUntil(lambda: len(made) == len(shots), timeout=20_000)
    return made


def middle_of(picture: QPixmap) -> QColor:
    return picture.toImage().pixelColor(picture.width() // 2, picture.height() // 2)


def greys(movie: Path) -> list[float]:
    """Of each picture, decoded one after the other."""
    with av.open(str(movie)) as container:
        return [
            float(frame.to_ndarray(format="rgb24").mean()) for frame in container.decode(video=0)
        ]


@pytest.mark.parametrize(
    ("first", "speed", "picture"),
    [
        (30, Fraction(1), 42),
        (30, Fraction(1, 2), 36),
        (60, Fraction(-1), 47),
        (30, Fraction(0), 30),
    ],
)
def test_it_is_the_middle_of_what_the_cut_shows(qtbot, plate, first, speed, picture):
    made = made_of(qtbot, shot(plate, first, speed))["SH010"]
    assert middle_of(made).lightness() == pytest.approx(greys(plate)[picture], abs=1.1)
    assert made.size().toTuple() == (160, 90)
    at_the_side = made.toImage().pixelColor(4, 45)  # a picture of 4:3 is not drawn wide
    assert at_the_side == PANEL


def test_an_image_sequence_has_one_too(qtbot, tmp_path):
    for number in range(1001, 1031):
        Image.new("RGB", (64, 36), (number - 900,) * 3).save(tmp_path / f"sh.{number}.png")
    of_sequence = shot(tmp_path / "sh.%04d.png", 2, available=None, first_file=1001)
    made = made_of(qtbot, of_sequence)["SH010"]
    assert middle_of(made).lightness() == pytest.approx(1001 + 14 - 900, abs=2)


@pytest.mark.parametrize(
    ("holes", "grey"), [(HolePolicy.HOLD, 60), (HolePolicy.BLACK, 0), (HolePolicy.ERROR, None)]
)
def test_a_hole_in_a_sequence_shows_what_its_render_shows(qtbot, tmp_path, holes, grey):
    """It begins with one, too; and its files know no rate, its cut counts 24 a second."""
    for number in (*range(1003, 1012), *range(1020, 1030)):
        Image.new("RGB", (64, 36), (60,) * 3).save(tmp_path / f"sh.{number}.png")
    span = FrameSpan(1001, 1030, Fraction(24))
    media = ClipMedia(str(tmp_path / "sh.%04d.png"), span, Fraction(24), 1001, holes)
    of_cut = replace(shot(media.path, 0), media=media, source_start=Fraction(1001))
    made = made_of(qtbot, of_cut)["SH010"]  # picture 12, which is missing
    if grey is None:
        assert made.toImage() == card(text="missing").toImage()
    else:
        assert middle_of(made).lightness() == pytest.approx(grey, abs=2)


def test_pictures_of_a_sequence_are_counted_at_the_rate_of_the_cut(qtbot, tmp_path):
    for number in range(101):
        Image.new("RGB", (64, 36), (100 + number,) * 3).save(tmp_path / f"sh.{number:04}.png")
    media = ClipMedia(str(tmp_path / "sh.%04d.png"), FrameSpan(0, 101, RATE * 2), RATE * 2, 0)
    record = TimeRange(Fraction(0), Fraction(1))
    of_cut = replace(shot(media.path, 0), media=media, source_start=Fraction(50), record=record)
    assert middle_of(made_of(qtbot, of_cut)["SH010"]).lightness() == pytest.approx(175, abs=2)


def test_media_that_is_not_there_or_no_picture_is_said_on_a_card(qtbot, plate, tmp_path):
    gone = shot(tmp_path / "gone.mov", 10)
    (tmp_path / "broken.mov").write_bytes(plate.read_bytes()[:2000])
    broken = replace(shot(tmp_path / "broken.mov", 10), name="SH020")
    without = replace(gone, name="SH030", media=None)
    made = made_of(qtbot, gone, broken, without)
    missing = card(text="missing").toImage()
    assert made["SH010"].toImage() == made["SH020"].toImage() == missing
    assert made["SH030"].toImage() == card(text="no media").toImage() != missing


def test_a_picture_is_kept_for_another_day_until_the_file_is_another(qtbot, plate):
    made_of(qtbot, shot(plate, 30))
    (kept,) = platformdirs.user_cache_path("lipflap").rglob("*.jpg")
    assert kept.parent.stat().st_mode & 0o077 == 0
    Image.new("RGB", (120, 90), "white").save(kept)
    assert middle_of(made_of(qtbot, shot(plate, 30))["SH010"]).lightness() == 255
    os.utime(plate, (1, 1))
    assert middle_of(made_of(qtbot, shot(plate, 30))["SH010"]).lightness() < 120


def test_nobody_waits_for_it_and_only_what_was_asked_for_last_is_made(qtbot, plate):
    thumbnails, made = Thumbnails(), []
    thumbnails.ready.connect(lambda name, _: made.append(name))
    began = time.thread_time()
    for number in range(2000):
        thumbnails.request(replace(shot(plate, 1 + number % 90), name=f"SH{number}"))
    assert time.thread_time() - began < 1
    latest = {f"SH{number}" for number in range(1940, 2000)}
    qtbot.waitUntil(lambda: latest <= set(made), timeout=20_000)
    qtbot.wait(400)
    assert len(made) < 200


def test_another_cut_is_not_shown_pictures_of_the_last(qtbot, plate):
    thumbnails, made = Thumbnails(), []
    thumbnails.ready.connect(lambda name, _: made.append(name))
    thumbnails.request(shot(plate, 30))
    while not list(platformdirs.user_cache_path("lipflap").rglob("*.jpg")):
        time.sleep(0.05)
    time.sleep(0.05)  # it is on its way
    thumbnails.stop()
    thumbnails.request(replace(shot(plate, 40), name="SH020"))
    qtbot.waitUntil(lambda: bool(made), timeout=20_000)
    qtbot.wait(50)
    assert made == ["SH020"]


def test_it_may_be_gone_while_it_works(qtbot, plate):
    thumbnails = Thumbnails()
    for number in range(60):
        thumbnails.request(replace(shot(plate, number), name=f"SH{number}"))
    qtbot.waitSignal(thumbnails.ready, timeout=10_000).wait()
    shiboken6.delete(thumbnails)
    qtbot.wait(100)
