"""The rate and the start that an EDL does not say."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from support.timelines import clip, gap, timeline, track

from lipflap.plugin.timeline.dialect.edl import detect_edl_rate, normalise_edl_start


@pytest.mark.parametrize(
    ("codes", "rate"),
    [
        ("01:00:00:00 01:00:01:23", None),
        ("01:00:00:00 01:00:01:24", Fraction(25)),
        ("01:00:00:00 01:00:01:29", Fraction(30)),
        ("01:00:00;00 01:00:01;12", Fraction(30000, 1001)),
        ("TITLE: 25fps", None),
    ],
)
def test_timecodes_of_an_edl_prove_its_rate(codes: str, rate: Fraction | None) -> None:
    assert detect_edl_rate(f"001 AX V C {codes}") == rate


def test_the_start_of_an_edl_becomes_that_of_the_timeline() -> None:
    """Two tracks as the CMX 3600 adapter makes them: 01:00:00:00 and ten frames later."""
    late, early = track(clip("B", 20)), track(clip("A", 30), gap(5))
    for row, record_in in ((early, 86400), (late, 86410)):
        row.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(-record_in, 24), row.duration()
        )
    made = timeline(early, late)
    normalise_edl_start(made)
    assert made.global_start_time == otio.opentime.RationalTime(86400, 24)
    places = [c.transformed_time_range(c.trimmed_range(), made.tracks) for c in made.find_clips()]
    assert [place.start_time.value for place in places] == [0, 10]
    assert [row.source_range and row.source_range.duration.value for row in made.tracks] == [
        None,
        30,
    ]
