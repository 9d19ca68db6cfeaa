"""The timecode ruler, asked against OpenTimelineIO's clock."""

from fractions import Fraction
from itertools import pairwise

import opentimelineio as otio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lipflap.core.timecode import counts_in_drop_frame
from lipflap.gui.timeline.ruler import ticks
from lipflap.gui.timeline.scale import Scale

WORDS_PX = 80  # of eleven digits and colons in the panel's font
RATES = [
    Fraction(n, d)
    for n, d in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001))
]
HOUR = 3600


def shown(rate: Fraction, per_frame: Fraction, second: int):
    """The ruler 1400 pixels wide, of a cut that begins about so many seconds into the day."""
    first = round(second * rate)
    return first, Scale(rate, per_frame, 0), ticks(Scale(rate, per_frame, 0), first, 1400)


@settings(max_examples=60)
@example(Fraction(30000, 1001), Fraction(20), 59)  # a minute begins with frame 2
@example(Fraction(30000, 1001), Fraction(20), Fraction(36036, 10))  # 01:00:00:00, without drop
@given(
    st.sampled_from(RATES),
    st.fractions(Fraction(1, 300), 64, max_denominator=300),
    st.integers(0, 4 * HOUR),
)
def test_labels_are_round_timecodes_at_their_frames_and_never_run_into_one_another(
    rate, per_frame, second
):
    first, scale, found = shown(rate, per_frame, second)
    labelled = [tick for tick in found if tick.label]
    assert labelled
    for tick in labelled:
        clock = otio.opentime.from_timecode(tick.label, float(rate))
        assert scale.x_of_frame(int(clock.value) - first) == tick.x
        assert (";" in tick.label) is counts_in_drop_frame(first, rate)
    assert all(b.x - a.x >= WORDS_PX for a, b in pairwise(labelled))
    assert [tick.x for tick in found] == sorted({tick.x for tick in found})


def test_seconds_and_frames_are_named_as_editors_count_them():
    for per_frame, names in (
        (Fraction(4), ["01:00:00:00", "01:00:01:00", "01:00:02:00"]),
        (Fraction(20), ["01:00:00:00", "01:00:00:05", "01:00:00:10"]),
        (Fraction(1, 10), ["01:00:00:00", "01:01:00:00", "01:02:00:00"]),
    ):
        _, _, found = shown(Fraction(25), per_frame, HOUR)
        assert [tick.label for tick in found if tick.label][:3] == names


def test_drop_frame_minutes_begin_with_the_frame_there_is():
    rate = Fraction(30000, 1001)
    first = otio.opentime.from_timecode("01:00:59;20", float(rate)).value
    found = ticks(Scale(rate, Fraction(64), 0), int(first), 1400)
    names = [tick.label for tick in found if tick.label]
    assert "01:00:59;28" in names
    assert "01:01:00;02" in names
    assert "01:01:00;00" not in names
