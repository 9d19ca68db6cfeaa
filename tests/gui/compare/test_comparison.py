"""The timecode of the filmed picture that a frame of a shot shows, worked out by hand."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from support.jobs.orders import job_order, ntsc_order

from lipflap.core.order import FrameMap
from lipflap.gui.compare.comparison import make_comparison
from lipflap.plugin.job.folder import Job


@pytest.mark.parametrize(
    ("first", "step", "rate", "number", "new_rate", "start", "wanted"),
    [
        ("10", "1", 25, 90_000, 25, 90_010, {0: "01:00:00:10", 5: "01:00:00:15"}),
        ("10", "2", 25, 90_000, 25, 90_010, {0: "01:00:00:10", 5: "01:00:00:20"}),
        ("30", "-1/2", 25, 90_000, 25, 90_030, {0: "01:00:01:05", 5: "01:00:01:02"}),
        ("20", "2", 50, 180_000, 25, 90_010, {0: "01:00:00:20", 5: "01:00:00:30"}),
        ("7", "0", 25, 90_000, 25, 90_007, {0: "01:00:00:07", 9: "01:00:00:07"}),
        ("10", "2", 25, 0, 25, 10, {0: "00:00:00:10", 5: "00:00:00:20"}),
        ("10", "2", 25, 0, 25, 90_010, {0: "01:00:00:10", 5: "01:00:00:20"}),
    ],
    ids=["played", "double", "backwards", "baked", "held", "no timecode", "numbered by the cut"],
)
def test_a_retimed_shot_shows_the_timecode_of_what_was_filmed(
    first, step, rate, number, new_rate, start, wanted, tmp_path: Path
):
    order = job_order(Job(tmp_path), "SH010", 10)
    order = replace(
        order,
        picture=replace(order.picture, rate=Fraction(rate), first_frame=number),
        frames=FrameMap(Fraction(first), Fraction(step), 10),
        output=replace(order.output, rate=Fraction(new_rate), start_frame=start),
    )
    shown = make_comparison(order, Fraction(0), None)
    assert {frame: shown.source_timecode(frame) for frame in wanted} == wanted


@pytest.mark.parametrize(
    ("written", "first", "wanted"),
    [
        ("01:00:59:28", 109_798, {1: "01:00:59:29", 2: "01:01:00:00"}),
        ("01:00:59;28", 109_690, {1: "01:00:59;29", 2: "01:01:00;02"}),
    ],
    ids=["non-drop", "drop"],
)
def test_the_source_is_counted_as_its_own_timecode_is(written, first, wanted, tmp_path: Path):
    order = ntsc_order(tmp_path, written, first)
    shown = make_comparison(order, Fraction(0), None)
    assert {frame: shown.source_timecode(frame) for frame in wanted} == wanted
