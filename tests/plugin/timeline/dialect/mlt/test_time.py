"""Times as MLT writes them."""

from fractions import Fraction

import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.mlt.time import frames_of, time_like

PAL, NTSC, FILM = Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("125", PAL, 125),
        ("125.000", PAL, 125),
        ("00:00:05.000", PAL, 125),
        ("00:00:05,040", PAL, 126),
        ("0:05.04", PAL, 126),
        ("01:00:00.000", FILM, 86314),  # 3600 s of 24000/1001
        ("00:01:00:00", PAL, 1500),
        ("00:01:00;02", NTSC, 1800),  # ;00 and ;01 are dropped
        ("00:10:00;00", NTSC, 17982),
        ("-1", PAL, -1),
    ],
)
def test_times_are_frames_and_clocks(text: str, rate: Fraction, frames: int) -> None:
    assert frames_of(text, rate, "cut.mlt") == frames


@pytest.mark.parametrize("text", ["", "x", "1:2:3:4:5", "9" * 40, "00:00:05.0.0", "5s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(DubError, match=r"cut\.mlt"):
        frames_of(text, PAL, "cut.mlt")


@pytest.mark.parametrize("rate", [PAL, NTSC, FILM, Fraction(60000, 1001)], ids=str)
def test_a_written_clock_is_read_as_the_same_frame(rate: Fraction) -> None:
    for frame in (0, 1, 999, 1001, 86_399, 10_000_000):
        for like in ("00:00:00.000", "00:00:00,000", "0"):
            assert frames_of(time_like(frame, rate, like), rate, "") == frame
    assert time_like(125, PAL, "1:0,0") == "00:00:05,000"
