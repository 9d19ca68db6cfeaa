"""Facts of items, and what they change in what is seen and dubbed."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, gap, timeline, track

from lipflap.core.errors import DubError
from lipflap.plugin.cut.reason import ReasonCode
from lipflap.plugin.timeline.dialect.speed import OTIO
from lipflap.plugin.timeline.item_facts import FACTS, ItemFacts, facts_of
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placement_problem import seen_problem

DOES_NOT_COVER = {
    "half opaque": {"opacity": 0.5},
    "scaled": {"fills_frame": False},
    "a title": {"graphic": True},
    "blended": {"blend": "screen"},
    "off": {"enabled": False},
}


def seconds_seen(upper: otio.core.Item) -> Fraction:
    made = timeline(track(clip("LOW", 48)), track(gap(12), upper))
    low = next(one for one in place_clips(made, OTIO) if one.clip.name == "LOW")
    return sum((one.seconds for one in low.visible), Fraction(0))


def saying(facts: dict[str, object], item: otio.core.Item) -> otio.core.Item:
    item.metadata[FACTS] = facts
    return item


@pytest.mark.parametrize("facts", DOES_NOT_COVER.values(), ids=DOES_NOT_COVER)
def test_what_does_not_hide_the_picture_below_does_not_cover_it(facts: dict[str, object]) -> None:
    assert seconds_seen(clip("HIGH", 24)) == 1
    assert seconds_seen(saying(facts, clip("HIGH", 24))) == 2


@pytest.mark.parametrize("facts", DOES_NOT_COVER.values(), ids=DOES_NOT_COVER)
def test_nor_does_a_nested_sequence_that_is_shown_so(facts: dict[str, object]) -> None:
    def nest() -> otio.schema.Stack:
        return otio.schema.Stack("NEST", [track(clip("HIGH", 24))])

    assert seconds_seen(nest()) == 1
    assert seconds_seen(saying(facts, nest())) == 2


def test_facts_that_change_nothing_seen_leave_it_covering() -> None:
    assert seconds_seen(saying({"still": True, "uneven_speed": "ramp"}, clip("HIGH", 24))) == 1
    assert seconds_seen(saying({"opacity": 1}, clip("HIGH", 24))) == 1


@pytest.mark.parametrize(
    "facts", [{"opacity": "half"}, {"blend": 3}, {"enabled": 2.5}, {"covers": True}, [1]]
)
def test_facts_that_cannot_be_are_refused_by_the_name_of_the_clip(facts: object) -> None:
    made = clip("SH010", 24)
    made.metadata[FACTS] = facts
    with pytest.raises(DubError, match=r"SH010.*does not know") as problem:
        facts_of(made)
    assert FACTS in problem.value.fix


def test_why_a_clip_that_is_shown_like_this_is_not_dubbed() -> None:
    assert seen_problem(ItemFacts(opacity=0.5, fills_frame=False, blend="add")) is None
    codes = [
        reason.code
        for facts in (
            ItemFacts(graphic=True),
            ItemFacts(hidden=True),
            ItemFacts(uneven_speed="ramp"),
        )
        if (reason := seen_problem(facts))
    ]
    assert codes == [ReasonCode.GENERATED, ReasonCode.COVERED, ReasonCode.RETIMED_UNEVENLY]
