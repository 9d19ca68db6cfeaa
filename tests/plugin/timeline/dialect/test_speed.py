"""Conventions of programs, as their own files show them."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, retimed, timeline

from lipflap.plugin.timeline.dialect.speed import (
    OTIO,
    PREMIERE,
    clip_speed,
    detect_dialect,
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
