"""Facts of AAF: constant speeds, and effects that let what lies below be seen."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from support.cuts.timelines import REAL, clip, needs_real, timeline, track

from lipflap.plugin.timeline.dialect.aaf import adopt_aaf
from lipflap.plugin.timeline.dialect.speed import clip_speed
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.item_facts import facts_of
from lipflap.plugin.timeline.read import read_timeline


def with_speed(ratio: object) -> otio.schema.Clip:
    made = clip("SH010", 24)
    said = {"Operation": {"Name": "Video Speed Control"}, "Parameters": {"Speed Ratio": ratio}}
    made.effects.append(otio.schema.TimeEffect("Video Speed Control", metadata={"AAF": said}))
    adopt_aaf(timeline(track(made)))
    return made


@pytest.mark.parametrize(
    ("ratio", "speed"),
    [("1111111/1000000", Fraction(9, 10)), ("1/2", 2), ("1/1", 1), ("4", Fraction(1, 4))],
)
def test_a_constant_speed_is_followed(ratio: str, speed: Fraction) -> None:
    found, uneven = clip_speed(with_speed(ratio))
    assert (float(found), uneven) == (pytest.approx(float(speed), abs=1e-6), None)


@pytest.mark.parametrize("ratio", ["0/1", "fast", {"PointList": {}}, None])
def test_any_other_speed_leaves_the_shot(ratio: object) -> None:
    _, uneven = clip_speed(with_speed(ratio))
    assert uneven is not None
    assert "Video Speed Control" in uneven.text


def test_avids_picture_in_picture_lets_the_shot_below_be_seen() -> None:
    made = clip("PIP", 24)
    made.effects.append(otio.schema.Effect("Picture-in-Picture", metadata={"AAF": {}}))
    assert not facts_of(made).covers


@needs_real
def test_clips_of_a_published_aaf_use_no_more_than_their_media_holds() -> None:
    path = REAL / "aaf" / "aaf__multiple_top_level_mobs.aaf"
    cut = extract_cut(read_timeline(path, name="testNest30_2"), path=path)
    slow = [shot for shot in cut.shots if shot.speed != 1]
    assert {round(shot.speed, 5) for shot in slow} == {Fraction(9, 10)}
    for shot in slow:
        held = shot.media.available
        end = shot.source_start + shot.record.seconds * shot.speed * shot.media.rate
        assert held.start <= shot.source_start
        assert end <= held.end + 1
