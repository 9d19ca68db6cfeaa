"""Steady rates recognised through rounding, others conformed: against brute force."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media.counted_media import H264, write_film

from lipflap.core.errors import MediaBroken
from lipflap.core.media.frame_index import frame_index, steady_rate, to_constant_rate

NTSC = Fraction(30000, 1001)
RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), NTSC, Fraction(50)]


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from(RATES),
    tick_s=st.sampled_from([Fraction(1, 1000), Fraction(1, 600), Fraction(1, 90_000)]),
    count=st.integers(2, 400),
    start=st.integers(-50, 90_000),
)
def test_rounded_ticks_of_a_steady_rate_are_that_rate(
    rate: Fraction, tick_s: Fraction, count: int, start: int
) -> None:
    at = np.array([start + round(n / rate / tick_s) for n in range(count)])
    average = Fraction(count - 1) / ((int(at[-1]) - int(at[0])) * tick_s)
    found = steady_rate(at, tick_s, [average])
    assert abs(found / rate - 1) <= 2 * tick_s * rate / (count - 1) + Fraction(1, 10**6)
    assert steady_rate(at, tick_s, [rate]) == rate
    assert to_constant_rate(at, tick_s, found, "film").tolist() == list(range(count))


@settings(max_examples=60, deadline=None)
@given(gaps=st.lists(st.integers(1, 4), min_size=1, max_size=80), rate=st.sampled_from(RATES))
def test_a_picture_is_held_until_the_next_is_due(gaps: list[int], rate: Fraction) -> None:
    tick_s = Fraction(1, 90_000)
    due = [0, *np.cumsum(gaps).tolist()]
    at = np.array([round(frame / rate / tick_s) for frame in due])
    shown = to_constant_rate(at, tick_s, rate, "film")
    brute = [max(n for n, frame in enumerate(due) if frame <= k) for k in range(due[-1] + 1)]
    assert shown.tolist() == brute


def test_one_dropped_frame_in_a_thousand_is_held_and_does_not_bend_the_rate() -> None:
    frames = [n for n in range(1000) if n != 500]
    at = np.array([n * 512 for n in frames])
    said = [Fraction(999, 1000) * 30, Fraction(30)]
    assert steady_rate(at, Fraction(1, 15_360), said) == 30
    assert len(to_constant_rate(at, Fraction(1, 15_360), Fraction(30), "film")) == 1000


def test_the_typical_step_decides_when_no_stated_rate_fits() -> None:
    at = np.cumsum([0, *[512] * 40, 1024, 1024, *[512] * 40, 1536])
    assert steady_rate(at, Fraction(1, 15_360), [Fraction(1350, 61)]) == 30


def test_two_steps_as_usual_as_one_another_have_a_rate() -> None:
    at = np.cumsum([0, *[512] * 20, *[1024] * 20])
    assert steady_rate(at, Fraction(1, 15_360), [Fraction(20)]) == 30
    assert steady_rate(np.array([0, 1001, 4004]), Fraction(1, 30_000), [Fraction(20)]) == NTSC


def test_one_picture_in_a_program_stream_is_one_frame(tmp_path: Path) -> None:
    path = write_film(tmp_path / "still.mpg", [0], codec=("-c:v", "mpeg2video", "-f", "vob"))
    assert frame_index(str(path)).frame_to_picture.tolist() == [0]


@pytest.mark.parametrize("rate", RATES)
def test_a_lost_frame_is_held_though_the_clock_has_only_milliseconds(rate: Fraction) -> None:
    at = np.array([round(n / rate * 1000) for n in range(130) if n != 69])
    found = steady_rate(at, Fraction(1, 1000), [rate])
    assert found == rate
    shown = to_constant_rate(at, Fraction(1, 1000), found, "film.mkv")
    assert shown.tolist() == [*range(69), 68, *range(69, 129)]


def test_a_hole_of_minutes_is_refused() -> None:
    at = np.array([0, 1, 2, 3000])
    with pytest.raises(MediaBroken, match=r"no picture for more than 60 s, 0\.1 s from"):
        to_constant_rate(at, Fraction(1, 25), Fraction(25), "film.mov")


def test_a_slide_show_is_refused_by_name(tmp_path: Path) -> None:
    path = write_film(tmp_path / "slides.mp4", range(3), rate=Fraction(1, 5))
    with pytest.raises(MediaBroken, match=r"slides\.mp4: has less than one frame per second"):
        frame_index(str(path))


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", range(5), codec=H264)
    assert len(frame_index(str(path)).frame_to_picture) == 5
    write_film(path, range(9), codec=H264)
    assert len(frame_index(str(path)).frame_to_picture) == 9
