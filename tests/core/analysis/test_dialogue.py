"""Sound lies on the order's clock to the sample: a ramp's value is its sample number."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.core.analysis.dialogue import PREROLL_S, frames_covered, loudness, mix_dialogue
from lipflap.core.order import Speech
from lipflap.core.playback import Playback

HZ, F1 = 16_000, Fraction(1)


def ramp(path: str, first: int, count: int, playback: Playback) -> np.ndarray:
    """A file of 10 s, two channels about a ramp; reading beyond it is an error."""
    assert 0 <= first < first + count <= 10 * HZ
    value = np.arange(first, first + count, dtype=np.float32)
    return np.stack([value - 1, value + 1])


def speech(first: int, count: int, at: int, hz: int = HZ) -> Speech:
    return Speech("ramp.wav", "dub", first, count, hz, at, None, "")


@given(
    first=st.integers(0, 5 * HZ),
    count=st.integers(1, 5 * HZ),
    at=st.integers(-7 * HZ, 7 * HZ),
    frames=st.integers(1, 60),
)
def test_every_sample_is_where_the_order_says(first, count, at, frames):
    seconds = frames / Fraction(24000, 1001)
    sound = mix_dialogue([speech(first, count, at)], seconds, ramp)
    on_clock = np.arange(len(sound)) - PREROLL_S * HZ
    begun = (
        (on_clock >= at) & (on_clock < at + count) & (on_clock < int((seconds + PREROLL_S) * HZ))
    )
    assert np.array_equal(sound, np.where(begun, on_clock - at + first, 0).astype(np.float32))


def test_speeches_add_up():
    one, other = speech(0, 4000, 0), speech(100, 8000, 2000)
    both = mix_dialogue([one, other], Fraction(1), ramp)
    apart = mix_dialogue([one], Fraction(1), ramp) + mix_dialogue([other], Fraction(1), ramp)
    assert np.array_equal(both, apart)


def test_what_two_say_together_counts_once():
    one = speech(0, 4000, 0)
    both = [replace(one, character=name, face=face) for face, name in enumerate(("ANNA", "BEN"))]
    assert np.array_equal(mix_dialogue(both, F1, ramp), mix_dialogue([one], F1, ramp))


def test_other_sample_rates_keep_their_time():
    hz = 48_000

    def click(path: str, first: int, count: int, playback: Playback) -> np.ndarray:
        out = np.zeros((1, count), np.float32)
        out[0, hz // 2 - first] = 1
        return out

    sound = mix_dialogue([speech(0, hz, hz // 4, hz)], Fraction(2), click)
    assert abs(int(np.abs(sound).argmax()) - (PREROLL_S * HZ + 3 * HZ // 4)) <= 1


@given(
    rate=st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001)]),
    start=st.integers(0, 4 * HZ),
    length=st.integers(1, 2 * HZ),
)
def test_a_span_marks_the_frames_it_reaches(rate, start, length):
    count = 50
    marked = frames_covered([(start, start + length)], rate, count)
    begins, ends = Fraction(start, HZ) - PREROLL_S, Fraction(start + length, HZ) - PREROLL_S
    expected = [begins < (i + 1) / rate and ends > i / rate for i in range(count)]
    assert marked.tolist() == expected


def test_loudness_is_of_each_frame_alone():
    rate = Fraction(25)
    sound = np.zeros(3 * HZ, np.float32)
    sound[HZ + 5 * 640 : HZ + 6 * 640] = 0.5
    loud = loudness(sound, rate, 20)
    assert loud == pytest.approx([0.25 ** (1 / 3) if i == 5 else 0 for i in range(20)])
