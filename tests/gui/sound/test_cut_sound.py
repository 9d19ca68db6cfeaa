"""The sound of a cut, read as an audio device reads it: samples are told apart by their values."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import soundfile

from lipflap.core.order import Role
from lipflap.gui.sound.audio_mix import MIX_HZ
from lipflap.gui.sound.cut_sound import CHUNK_S, CutSound, Heard
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange

SECONDS = Fraction(12)
DUB, DAY = (Role.DUB, "Dub DE"), (Role.PRODUCTION, "A1")


@pytest.fixture
def lines(tmp_path) -> list[DubLine]:
    """A dub of 0.25 from 3 to 6 s, over production sound of 0.5 everywhere."""
    for name, level in (("dub", 0.25), ("day", 0.5)):
        soundfile.write(tmp_path / f"{name}.wav", np.full(12 * MIX_HZ, level), MIX_HZ, "FLOAT")

    def line(track, name: str, start: int, end: int) -> DubLine:
        record = TimeRange(Fraction(start), Fraction(end))
        return DubLine(name, str(tmp_path / f"{name}.wav"), *track, Fraction(0), record)

    return [line(DUB, "dub", 3, 6), line(DAY, "day", 0, 12)]


@pytest.fixture
def sound(qtbot, lines) -> Iterator[CutSound]:
    made = CutSound()
    made.load(lines, SECONDS)
    yield made
    made.stop()


def mixed_at(qtbot, sound: CutSound, second: float) -> None:
    sound.focus(int(second * MIX_HZ))
    qtbot.waitUntil(lambda: sound.is_mixed(Heard.BOTH), timeout=10_000)


def level(sound: CutSound, second: float, heard: Heard) -> float:
    first = int(second * MIX_HZ)
    chunk = sound.samples(heard)[np.arange(first, first + 64)]
    assert np.ptp(chunk) <= 1
    return float(chunk.mean()) / 32768


def test_each_choice_of_sound_is_heard_where_it_plays(qtbot, sound):
    for second, dub, day in ((1, 0, 0.5), (3.5, 0.25, 0.5), (4.2, 0.25, 0.5), (8, 0, 0.5)):
        mixed_at(qtbot, sound, second)
        found = [level(sound, second, heard) for heard in Heard]
        assert found == pytest.approx([dub, day, dub + day], abs=1e-3)


def test_sound_goes_on_over_the_joints_of_what_is_mixed(qtbot, sound):
    mixed_at(qtbot, sound, CHUNK_S)
    mixed_at(qtbot, sound, 0)
    joint = np.arange(CHUNK_S * MIX_HZ - 500, CHUNK_S * MIX_HZ + 500)
    assert np.ptp(sound.samples(Heard.BOTH)[joint]) <= 1
    begins = np.arange(3 * MIX_HZ - 2, 3 * MIX_HZ + 2)
    assert (sound.samples(Heard.DUB)[begins][:, 0] > 4000).tolist() == [False, False, True, True]


def test_muted_tracks_are_silent_and_a_solo_silences_the_others(qtbot, sound):
    mixed_at(qtbot, sound, 4)
    sound.muted = frozenset([DAY])
    assert level(sound, 4, Heard.BOTH) == pytest.approx(0.25, abs=1e-3)
    sound.muted, sound.soloed = frozenset(), frozenset([DAY])
    assert level(sound, 4, Heard.DUB) == pytest.approx(0.5, abs=1e-3)


def test_a_line_that_is_gone_is_named_where_it_plays_and_the_rest_is_heard(
    qtbot, sound, lines, tmp_path
):
    (tmp_path / "dub.wav").unlink()
    sound.load(lines, SECONDS)
    mixed_at(qtbot, sound, 4)
    assert "dub.wav" in sound.error
    assert level(sound, 4, Heard.BOTH) == pytest.approx(0.5, abs=1e-3)
    mixed_at(qtbot, sound, 9)
    assert sound.error == ""


def test_no_more_is_kept_than_may_be(qtbot, lines):
    small = CutSound(max_bytes=6 * CHUNK_S * MIX_HZ * 4)
    small.load(lines, SECONDS)
    for second in (0, 4, 8, 0):
        mixed_at(qtbot, small, second)
        assert len(small._chunks) <= 6
    small.stop()
