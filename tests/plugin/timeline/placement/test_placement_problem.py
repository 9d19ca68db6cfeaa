"""Why a clip is not dubbed where it lies: the reason that an editor would find."""

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, gap, retimed, span, timeline, track

from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.timeline.dialect.speed import OTIO
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placement_problem import PlacementProblems


def problem_of(name: str, made: otio.schema.Timeline) -> Reason | None:
    pictures = [one for one in place_clips(made, OTIO) if not one.is_sound]
    problems = PlacementProblems(pictures)
    (found,) = (problems.of(one) for one in pictures if one.clip.name == name)
    return found


def off(item: otio.core.Item) -> otio.core.Item:
    item.enabled = False
    return item


def nest(*tracks: otio.core.Item, name: str = "SC 12") -> otio.schema.Stack:
    return otio.schema.Stack(name, list(tracks))


def title(name: str, count: int) -> otio.schema.Clip:
    made = clip(name, count)
    made.media_reference = otio.schema.GeneratorReference("title")
    return made


@pytest.mark.parametrize(
    ("above", "names"),
    [
        ([track(clip("B", 30))], "by track V2;"),
        ([track(clip("B", 30), name="Inserts")], "by track Inserts;"),
        ([track(clip("B", 12)), track(gap(12), clip("C", 12))], "by track V2 and track V3;"),
        ([track(nest(track(clip("B", 30))))], "by track V2;"),
        ([nest(track(clip("B", 30)))], "by SC 12;"),
        ([track(clip("B", 30)), track(title("T", 30))], "by track V2;"),
        ([track(clip("B", 30)), track(gap(24), clip("C", 6))], "by track V2;"),
    ],
)
def test_what_covers_a_clip_is_named(above, names):
    found = problem_of("A", timeline(track(clip("A", 24)), *above))
    assert found is not None
    assert found.code == ReasonCode.COVERED
    assert names in found.text


def test_what_covers_a_clip_in_its_own_nest_is_named():
    inner = nest(track(clip("A", 24), name="Plates"), track(clip("B", 24), name="Comps"))
    found = problem_of("A", timeline(track(inner), track(gap(24), clip("C", 24))))
    assert found is not None
    assert found.text == "It is covered by track Comps; nothing of it is visible."


def test_a_clip_outside_of_the_range_of_its_nest_is_told_from_a_covered_one():
    inner = nest(track(clip("A", 24), clip("B", 24)))
    inner.source_range = span(24, 24)
    found = problem_of("A", timeline(track(inner), track(clip("C", 48))))
    assert found is not None
    assert found.code == ReasonCode.OUTSIDE_NEST
    assert "the nested sequence 'SC 12'" in found.text


def test_the_nest_that_leaves_a_clip_out_is_named():
    inner = nest(track(clip("A", 24), clip("B", 24)), name="inner")
    outer = nest(track(clip("C", 24), inner), name="outer")
    outer.source_range = span(48, 24)
    made = timeline(track(outer))
    for name in ("C", "A"):
        found = problem_of(name, made)
        assert found is not None
        assert "'outer'" in found.text
    assert problem_of("B", made) is None


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (timeline(track(off(clip("A", 24)))), "It is disabled."),
        (timeline(off(track(clip("A", 24), name="Alts"))), "Its track Alts is disabled."),
        (timeline(track(off(nest(track(clip("A", 24)))))), "sequence 'SC 12', which is disabled."),
    ],
)
def test_what_is_disabled_is_named(made, text):
    found = problem_of("A", made)
    assert found is not None
    assert found.code == ReasonCode.DISABLED
    assert text in found.text


def test_a_nest_whose_speed_is_not_followed_is_named():
    found = problem_of("A", timeline(track(retimed(nest(track(clip("A", 24))), 0.0))))
    assert found is not None
    assert found.code == ReasonCode.RETIMED_NEST
    assert "the nested sequence 'SC 12', whose speed varies, is 0" in found.text


def test_a_clip_that_is_partly_visible_is_no_problem():
    assert problem_of("A", timeline(track(clip("A", 24)), track(clip("B", 12)))) is None
