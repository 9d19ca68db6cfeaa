"""Conventions of programs, as their own files show them."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from support.timelines import clip, gap, retimed, timeline, track

from lipflap.core.frametime import NTSC_RATES
from lipflap.plugin.timeline.dialects import (
    OTIO,
    PREMIERE,
    clip_speed,
    detect_dialect,
    detect_edl_rate,
    normalise_edl_start,
    otio_rate,
    record_share,
)


@pytest.mark.parametrize(
    ("programs", "dialect"),
    [
        (["PremierePro_OTIO"], PREMIERE),
        (["Resolve_OTIO"], OTIO),
        (["PremierePro_OTIO", "Resolve_OTIO"], OTIO),
        ([], OTIO),
    ],
)
def test_a_timeline_tells_who_wrote_it(programs: list[str], dialect: str) -> None:
    for place in ("timeline", "tracks"):
        made = timeline()
        metadata = made.metadata if place == "timeline" else made.tracks.metadata
        for program in programs:
            metadata[program] = {"version": "1"}
        assert detect_dialect(made) == dialect


def test_constant_speeds_multiply_and_switched_off_effects_do_not_count() -> None:
    made = retimed(retimed(clip("A", 10), 2.0), -0.1)
    off = otio.schema.LinearTimeWarp(time_scalar=7)
    off.enabled = False
    made.effects.append(off)
    assert clip_speed(made) == (Fraction(-1, 5), None)
    assert record_share(made, PREMIERE) == 5
    assert record_share(made, OTIO) == 1


def test_a_speed_within_the_clip_is_named() -> None:
    made = clip("A", 10)
    made.effects.append(otio.schema.TimeEffect("TimeWarp3", "TimeWarp"))
    assert "TimeWarp3" in clip_speed(made)[1].text
    assert "impossible speed" in clip_speed(retimed(clip("A", 10), float("nan")))[1].text


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


@pytest.mark.parametrize("rate", [*NTSC_RATES, Fraction(24), Fraction(25), Fraction(25, 2)])
def test_a_rate_is_written_so_that_otio_takes_it_for_the_same(rate: Fraction) -> None:
    written = otio_rate(rate)
    assert abs(written - rate) < Fraction(1, 1000)
    assert len(str(written)) <= 7
