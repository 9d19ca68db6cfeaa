"""Pictures off the GUI thread: the right ones, the newest request first, within bounds."""

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from support.media.counted_media import H264, read_number, write_film

from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.order import FrameMap
from lipflap.gui.compare.comparison import Film
from lipflap.gui.compare.frame_loader import FrameLoader, FrameRequest

COUNT = 120
ROOM = QSize(128, 96)
LONG = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "250")


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("film") / "long.mp4"
    return str(write_film(path, range(1000, 1000 + COUNT), codec=LONG))


def whole_film(path: str, first: int = 0, step: int = 1, count: int = COUNT) -> Film:
    return Film(path, None, FrameMap(Fraction(first), Fraction(step), count), "one")


@pytest.fixture
def loader(qtbot) -> FrameLoader:
    made = FrameLoader()
    yield made
    made.stop()


def number(image: QImage) -> int:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return read_number(rows[:, : image.width() * 3].reshape(image.height(), -1, 3)[:, :, 1])


def fetched(qtbot, loader: FrameLoader, request: FrameRequest) -> int:
    """The number painted into the picture of a request."""
    loader.request(request)
    qtbot.waitUntil(lambda: loader.cached(request) is not None, timeout=10_000)
    picture = loader.cached(request)
    assert picture.frame == request.frame
    return number(picture.image)


def test_each_frame_is_the_one_that_the_order_names(qtbot, loader, film):
    for frame in random.Random(2).sample(range(COUNT), 12):
        assert fetched(qtbot, loader, FrameRequest(whole_film(film), frame, ROOM)) == 1000 + frame
    retimed = whole_film(film, first=100, step=-2, count=40)
    assert [fetched(qtbot, loader, FrameRequest(retimed, n, ROOM)) for n in (0, 7)] == [1100, 1086]


def test_of_many_requests_the_last_comes_without_all_the_others(qtbot, loader, film):
    fetched(qtbot, loader, FrameRequest(whole_film(film), 0, ROOM))
    arrived = []
    loader.arrived.connect(lambda picture: arrived.append(picture.frame))
    wanted = random.Random(3).sample(range(1, COUNT), 60)
    for frame in wanted:
        loader.request(FrameRequest(whole_film(film), frame, ROOM))
    qtbot.waitUntil(lambda: wanted[-1] in arrived, timeout=10_000)
    assert len(arrived) < 10


def test_while_it_plays_what_follows_is_there_before_it_is_due(qtbot, loader, film):
    request = FrameRequest(whole_film(film), 20, ROOM)
    fetched(qtbot, loader, request)
    loader.request(FrameRequest(whole_film(film), 20, ROOM, speed=1))
    qtbot.waitUntil(lambda: loader.cached(request.with_frame(31)) is not None, timeout=10_000)
    found = [loader.cached(request.with_frame(frame)) for frame in range(20, 32)]
    assert [number(picture.image) for picture in found] == list(range(1020, 1032))
    assert loader.cached(request.with_frame(40)) is None


def test_backwards_too(qtbot, loader, film):
    request = FrameRequest(whole_film(film), 59, ROOM)
    loader.request(FrameRequest(whole_film(film), 59, ROOM, speed=-1))
    qtbot.waitUntil(lambda: loader.cached(request.with_frame(47)) is not None, timeout=10_000)
    found = [loader.cached(request.with_frame(frame)) for frame in range(47, 60)]
    assert [number(picture.image) for picture in found] == list(range(1047, 1060))


def test_what_is_kept_stays_within_its_bounds(qtbot, film):
    picture_bytes = 128 * 96 * 4
    loader = FrameLoader(cache_bytes=10 * picture_bytes)
    for frame in range(0, COUNT, 3):
        fetched(qtbot, loader, FrameRequest(whole_film(film), frame, ROOM))
        assert loader.cached_bytes <= 10 * picture_bytes
    request = FrameRequest(whole_film(film), 0, ROOM)
    assert loader.cached(request) is None
    assert loader.cached(request.with_frame(COUNT - 3)) is not None
    loader.request(FrameRequest(whole_film(film), 0, ROOM, speed=1))  # ahead only what fits
    qtbot.waitUntil(lambda: loader.cached(request.with_frame(4)) is not None, timeout=10_000)
    assert loader.cached_bytes <= 10 * picture_bytes
    loader.stop()


def test_pictures_are_as_wide_as_they_look(qtbot, loader, tmp_path):
    """Anamorphic: stored 128 wide, to be shown 256 wide."""
    path = str(write_film(tmp_path / "wide.mp4", [1000], codec=(*H264, "-vf", "setsar=2/1")))
    shapes = {}
    for room in (QSize(1000, 1000), QSize(128, 128), QSize(64, 400)):
        request = FrameRequest(whole_film(path, count=1), 0, room)
        fetched(qtbot, loader, request)
        shapes[room.width()] = loader.cached(request).image.size().toTuple()
    assert shapes == {1000: (256, 96), 128: (128, 48), 64: (64, 24)}


def test_another_file_under_the_same_name_is_read_anew(qtbot, loader, tmp_path):
    path = tmp_path / "dub.mp4"
    write_film(path, range(1000, 1010))
    old = whole_film(str(path), count=10)
    assert fetched(qtbot, loader, FrameRequest(old, 4, ROOM)) == 1004
    write_film(path, range(2000, 2010))
    new = Film(old.path, None, old.frames, "two")
    assert fetched(qtbot, loader, FrameRequest(new, 4, ROOM)) == 2004


def test_what_is_missing_is_said_and_found_when_it_is_back(qtbot, loader, tmp_path):
    path = tmp_path / "gone.mp4"
    request = FrameRequest(whole_film(str(path), count=10), 3, ROOM)
    with qtbot.waitSignal(loader.arrived, timeout=10_000) as told:
        loader.request(request)
    assert told.args[0].image is None
    assert "gone.mp4" in str(told.args[0].problem)
    write_film(path, range(1000, 1010))
    assert fetched(qtbot, loader, request) == 1003


def test_a_hole_of_a_sequence_shows_what_its_render_shows(qtbot, loader, tmp_path):
    for number_of_file in (1, 2, 3, 6):
        grey = np.full((96, 128, 3), 20 * number_of_file, np.uint8)
        Image.fromarray(grey).save(tmp_path / f"sh.{number_of_file}.png")
    seen = {}
    for holes in HolePolicy:
        film = replace(whole_film(str(tmp_path / "sh.%d.png"), count=6), first_file=1, holes=holes)
        with qtbot.waitSignal(loader.arrived, timeout=10_000) as told:
            loader.request(FrameRequest(film, 4, ROOM))
        image = told.args[0].image
        seen[holes] = None if image is None else image.pixelColor(64, 48).lightness()
    assert seen == {HolePolicy.ERROR: None, HolePolicy.HOLD: 60, HolePolicy.BLACK: 0}


def test_a_picture_that_another_shot_has_shown_is_there_at_once(qtbot, loader, film):
    request = FrameRequest(whole_film(film), 40, ROOM)
    fetched(qtbot, loader, request)
    later = FrameRequest(whole_film(film, first=30, count=20), 10, ROOM)
    shared = loader.cached(later)
    assert (shared.film, shared.frame, number(shared.image)) == (later.film, 10, 1040)
    assert loader.cached(later.with_frame(11)) is None
