"""What a sound looks like, asked against the samples of real files."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.cuts.laid_cut import HZ, write_beeps

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.core.playback import Playback, SoundChannel
from lipflap.gui.timeline.waveform import (
    SAMPLES_PER_PEAK,
    SAMPLES_PER_TILE,
    Sound,
    Source,
    Tile,
    outline,
    peaks,
    read_info,
    read_tiles,
    source_of,
)
from lipflap.gui.timeline.waveform_cache import WaveformCache
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange


@pytest.fixture(scope="module")
def noise(tmp_path_factory) -> Path:
    """Noise whose loudness rises, two channels, a little longer than two fine tiles."""
    count = 2 * SAMPLES_PER_TILE[0] + 12_345
    made = np.random.default_rng(7).uniform(-1, 1, (count, 2)) * np.linspace(0, 1, count)[:, None]
    path = tmp_path_factory.mktemp("noise") / "noise.wav"
    soundfile.write(path, made, HZ, subtype="FLOAT")
    return path


def seen_by(sound: Sound, first: float, per_column: float, count: int):
    """The outline when all tiles that it lacks are read first."""
    tiles: dict[Tile, dict] = {}
    lacks = outline(sound, first, per_column, count, tiles.get).missing
    tiles.update(read_tiles(sound, lacks))
    found = outline(sound, first, per_column, count, tiles.get)
    assert not found.missing
    return found


@pytest.mark.parametrize("per_column", [16.0, 40.5, 256.0, 700.0, 4096.0, 5000.25])
def test_every_sample_is_seen_within_a_column_of_its_place_and_no_other(noise, per_column):
    samples = soundfile.read(noise)[0]
    count = int(len(samples) / per_column)
    found = seen_by(read_info(Source(str(noise))), 0.0, per_column, count + 1)
    each = max(each for each in SAMPLES_PER_PEAK if each <= per_column)
    for column in range(0, count, max(1, count // 200)):
        begin, end = int(column * per_column), int((column + 1) * per_column)
        held, wide = samples[begin:end], samples[max(0, begin - each) : end + each]
        near = slice(max(0, column - 1), column + 2)
        assert found.low[near].min() / 127 <= held.min() + 0.005
        assert found.high[near].max() / 127 >= held.max() - 0.005
        assert wide.min() - 0.005 <= found.low[column] / 127
        assert found.high[column] / 127 <= wide.max() + 0.005


def test_before_and_behind_a_sound_there_is_silence(noise):
    sound = read_info(Source(str(noise)))
    found = seen_by(sound, -16_000.0, 256.0, 200)
    before = 16_000 // 256
    assert not found.high[: before - 1].any()
    assert found.high[before + 20 :].any()
    found = seen_by(sound, float(sound.sample_count) - 2560, 256.0, 30)
    assert found.high[:9].all()
    assert not found.high[11:].any()


def test_peaks_are_the_lowest_and_highest_sample_of_any_channel():
    heard = np.array([[0.0, 0.5, -0.25, 1.0, 0.1], [0.25, 0.0, -1.0, 2.0, 0.0]], np.float32)
    assert peaks(heard, 2).tolist() == [[0, -127, 0], [64, 127, 13]]


def test_the_cache_reads_what_is_in_view_and_evicts_what_is_too_much(qtbot, tmp_path):
    paths = [tmp_path / f"{n}.wav" for n in range(3)]
    for number, path in enumerate(paths):
        write_beeps(path, 9, (number, number + 1))
    cache = WaveformCache(max_bytes=2_000)
    for number, path in enumerate(paths):
        for _ in range(3):
            cache.outline(Source(str(path)), 0, 0.05, 180)
            qtbot.waitUntil(lambda: not cache.is_reading, timeout=10_000)
        found = cache.outline(Source(str(path)), 0, 0.05, 180)
        loud = np.flatnonzero(found.high > 100) * 0.05
        assert (loud[0], loud[-1]) == (
            pytest.approx(number, abs=0.3),
            pytest.approx(number + 1, abs=0.3),
        )
        assert cache.bytes <= 2_000


def test_a_file_that_is_no_sound_has_an_error_until_it_is_reloaded(qtbot, tmp_path):
    path = tmp_path / "torn.wav"
    path.write_bytes(b"RIFF")
    cache = WaveformCache()
    assert cache.outline(Source(str(path)), 0, 0.1, 10) is None
    qtbot.waitUntil(lambda: not cache.is_reading, timeout=10_000)
    assert cache.error(Source(str(path)))
    with pytest.raises(DubError, match="is missing"):
        read_info(Source(str(tmp_path / "gone.wav")))
    write_beeps(path, 1, (0, 1))
    cache.reload()
    assert not cache.error(Source(str(path)))
    cache.outline(Source(str(path)), 0, 0.1, 10)
    qtbot.waitUntil(lambda: not cache.is_reading, timeout=10_000)
    assert cache.outline(Source(str(path)), 0, 0.1, 10) is not None


def test_the_channel_is_drawn_that_the_line_plays(qtbot, tmp_path):
    path = tmp_path / "routed.wav"
    heard = np.zeros((4 * HZ, 2), np.float32)
    heard[:HZ, 0], heard[2 * HZ : 3 * HZ, 1] = 0.9, 0.9
    soundfile.write(path, heard, HZ)
    line = DubLine(
        name="DE",
        path=str(path),
        role=Role.DUB,
        track="Dub DE",
        sound_start=Fraction(0),
        record=TimeRange(Fraction(0), Fraction(4)),
        playback=Playback((SoundChannel(None, 1),)),
    )
    cache = WaveformCache()
    loud = {}
    for source in (source_of(line), Source(str(path))):
        for _ in range(2):
            cache.outline(source, 0, 0.05, 80)
            qtbot.waitUntil(lambda: not cache.is_reading, timeout=10_000)
        loud[source.channels] = np.flatnonzero(cache.outline(source, 0, 0.05, 80).high > 100) * 0.05
    assert loud[line.playback.channels][[0, -1]] == pytest.approx([2, 3], abs=0.06)
    assert loud[()][[0, -1]] == pytest.approx([0, 3], abs=0.06)
    lacking = Source(str(path), (SoundChannel(None, 4),))
    cache.outline(lacking, 0, 0.05, 80)
    qtbot.waitUntil(lambda: not cache.is_reading, timeout=10_000)
    assert "channel" in cache.error(lacking)
    assert not cache.error(Source(str(path)))
