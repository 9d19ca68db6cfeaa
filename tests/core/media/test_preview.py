"""Pictures for looking: the frame that was asked for, wherever it lies, at the size asked for."""

import gc
import itertools
import random
import weakref
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
from PIL import Image
from support.media.counted_media import FFV1, H264, PRORES, draw_frame, read_number, write_film

from lipflap.core.errors import HandlesMissing, MediaBroken, MediaMissing
from lipflap.core.media.preview import SCREEN, Preview
from lipflap.core.media.probe import probe

LONG_GOP = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "250")
FILMS = {
    "h264.mp4": H264,
    "long.mp4": LONG_GOP,
    "prores.mov": PRORES,
    "ffv1.mkv": FFV1,
    "h264.avi": H264,
    "mpeg2.mov": ("-c:v", "mpeg2video", "-bf", "2", "-g", "60", "-q:v", "2"),
}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for name, coding in FILMS.items():
        write_film(
            folder / name,
            range(1000, 1120),
            codec=coding,
            pixel_format="yuv422p10le" if coding is PRORES else "yuv420p",
        )
    return folder


@pytest.mark.parametrize("name", FILMS)
def test_every_frame_carries_its_own_number_in_any_order(films, name):
    preview = Preview(probe(str(films / name)))
    wanted = [*range(30), 29, 119, 0, 60, 61, 62, 70, 100, 55]
    wanted += random.Random(1).sample(range(120), 25)
    wanted += [*range(110, 60, -1), 118, *range(117, 90, -3)]
    found = [read_number(preview.picture(frame, 128, 96)[:, :, 1]) for frame in wanted]
    preview.close()
    assert found == [1000 + frame for frame in wanted]


@pytest.mark.parametrize("name", FILMS)
def test_a_prefetch_may_stop_half_way(films, name):
    preview, chance = Preview(probe(str(films / name))), random.Random(2)
    for _ in range(30):
        left, frame = chance.choices(range(120), k=2)
        for _ in itertools.islice(preview.prefetch(left), chance.randrange(40)):
            pass
        assert read_number(preview.picture(frame, 128, 96)[:, :, 1]) == 1000 + frame
    preview.close()


def test_a_picture_for_the_screen_is_the_same_one_in_its_order_of_colours(films):
    preview = Preview(probe(str(films / "prores.mov")))
    plain, screen = preview.picture(7, 100, 75), preview.picture(7, 100, 75, SCREEN)
    preview.close()
    assert screen.shape == (75, 100, 4)
    assert np.abs(screen[:, :, 2::-1].astype(int) - plain).max() <= 8
    assert (screen[:, :, 3] == 255).all()


def test_the_same_picture_is_the_same_each_time_however_busy_the_machine(films):
    """Where the scaler has several threads some rows are sometimes wrong; they begin a slice."""
    preview = Preview(probe(str(films / "prores.mov")))
    preview.picture(0, 100, 75)
    with ThreadPool(3) as others:
        busy = others.map_async(lambda n: np.sort(np.arange(n)[::-1]), [3_000_000] * 9)
        found = {preview.picture(7, 100, 75, SCREEN).tobytes() for _ in range(200)}
        busy.wait()
    preview.close()
    assert len(found) == 1


def test_a_picture_comes_in_the_size_it_is_shown_in(films):
    small = Preview(probe(str(films / "prores.mov"))).picture(3, 64, 48)
    assert small.shape == (48, 64, 3)
    assert read_number(small[:, :, 1]) == 1003


def test_files_of_a_sequence_are_its_frames(tmp_path):
    for number in range(1001, 1006):
        Image.fromarray(draw_frame(number)).save(tmp_path / f"seq.{number:04}.png")
    preview = Preview(probe(str(tmp_path / "seq.%04d.png")))
    assert [read_number(preview.picture(n, 128, 96)[:, :, 1]) for n in (4, 0, 2)] == [
        1005,
        1001,
        1003,
    ]
    (tmp_path / "seq.1003.png").unlink()
    with pytest.raises(MediaMissing, match="1003"):
        preview.picture(2, 128, 96)


def test_a_missing_frame_is_named(films, tmp_path):
    with pytest.raises(
        HandlesMissing, match="has frames 00:00:00:00 to 00:00:04:19; 00:00:04:20 is needed"
    ):
        Preview(probe(str(films / "h264.mp4"))).picture(120, 128, 96)
    cut_off = tmp_path / "cut.mkv"
    info = probe(str(films / "ffv1.mkv"))
    data = (films / "ffv1.mkv").read_bytes()
    cut_off.write_bytes(data[: len(data) // 2])
    preview = Preview(probe(str(cut_off)))
    assert info.frame_count == 120
    with pytest.raises((HandlesMissing, MediaBroken)):
        preview.picture(119, 128, 96)


@pytest.mark.parametrize("name", ["long.mp4", "prores.mov"])
def test_a_closed_movie_leaves_memory_at_once(films, name):
    """Decoders are large: nobody waits for the garbage collector."""
    preview = Preview(probe(str(films / name)))
    preview.picture(60, 128, 96)
    for _ in preview.prefetch(55):
        break
    movie = weakref.ref(preview._movie)
    gc.disable()
    try:
        preview.close()
        del preview
        assert movie() is None
    finally:
        gc.enable()
