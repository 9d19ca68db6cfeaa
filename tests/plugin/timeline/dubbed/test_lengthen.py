"""Clips made longer in a copy of their cut: nothing else may move."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, gap, timeline, track

from lipflap.core.frametime import FrameSpan
from lipflap.plugin.timeline.dubbed.conform import ALTERNATE, TRACK, Conformed, conform_timeline
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip

RATE = Fraction(24)


def _rendered(frames: int) -> RenderedMedia:
    return RenderedMedia("/job/A.mov", FrameSpan(0, frames, RATE), Fraction(0), None, {})


def _cut(*after: otio.core.Composable) -> otio.schema.Timeline:
    return timeline(track(clip("A", 72), *after))


def _conform(cut: otio.schema.Timeline, how: str, seconds: Fraction) -> Conformed:
    rendered = {(0, 0): _rendered(72 + int(seconds * RATE))}
    return conform_timeline(cut, rendered, how, extensions={(0, 0): seconds})


def _pictures(made: otio.schema.Timeline) -> dict[str, PlacedClip]:
    return {one.clip.name: one for one in place_clips(made, "") if not one.is_sound}


@pytest.mark.parametrize("how", [ALTERNATE, TRACK])
@pytest.mark.parametrize("left", [0, 10])
def test_a_clip_grows_into_its_gap_and_what_follows_stays_where_it_is(how: str, left: int) -> None:
    cut = _cut(gap(48 + left), clip("B", 48))
    before = cut.to_json_string()
    conformed = _conform(cut, how, Fraction(2))
    assert cut.to_json_string() == before
    assert not conformed.notes
    found = _pictures(conformed.timeline)
    assert found["B"].record.start == Fraction(120 + left, 24)
    assert found["A"].body.seconds == 5
    gaps = [one for one in conformed.timeline.tracks[0] if isinstance(one, otio.schema.Gap)]
    assert [one.trimmed_range().duration.value for one in gaps] == ([left] if left else [])
    if how == ALTERNATE:
        assert found["A"].clip.active_media_reference_key == "lipflap"
    else:
        (new,) = conformed.timeline.tracks[1]
        assert new.trimmed_range().duration.value == 120


def test_at_the_end_of_its_track_a_clip_grows_freely() -> None:
    conformed = _conform(_cut(), ALTERNATE, Fraction(2))
    assert _pictures(conformed.timeline)["A"].body.seconds == 5
    assert not conformed.notes


def test_a_clip_whose_neighbour_moved_up_stays_and_a_note_says_so() -> None:
    for after in (gap(47), clip("B", 48)):
        conformed = _conform(_cut(after), ALTERNATE, Fraction(2))
        assert _pictures(conformed.timeline)["A"].body.seconds == 3
        assert "no room" in conformed.notes[(0, 0)]
