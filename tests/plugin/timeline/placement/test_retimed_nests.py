"""Nested sequences that are retimed, against lists of the frames that each one plays."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, gap, retimed, span, timeline, track

from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.cut.reason import ReasonCode
from lipflap.plugin.timeline.extract import extract_cut

FPS = 24
_Frames = list[tuple[str, int] | None]  # clip and frame of its media, by frame of the cut


def nest(name: str, row: otio.schema.Track, start: int, count: int) -> otio.schema.Stack:
    return otio.schema.Stack(name, [row], source_range=span(start, count))


def played(item: otio.core.Item) -> _Frames:
    """The frames of an item, one for each of the cut that it lasts."""
    used = item.source_range
    start, count = int(used.start_time.value), int(used.duration.value)
    if isinstance(item, otio.schema.Gap):
        return [None] * count
    if isinstance(item, otio.schema.Clip):
        content: _Frames = [(item.name, n) for n in range(1000)]
    else:
        content = [frame for child in item[0] for frame in played(child)]
    speed = Fraction(item.effects[0].time_scalar) if item.effects else Fraction(1)
    order = range(count) if speed > 0 else reversed(range(count))
    return [content[start + int(place * abs(speed))] for place in order]


def seen(cut: Cut) -> _Frames:
    """The frames that the shots show, by frame of the cut."""
    last = max(part.end for shot in cut.shots for part in shot.visible)
    frames: _Frames = [None] * int(last * FPS)
    for shot in cut.shots:
        for part in shot.visible:
            for frame in range(int(part.start * FPS), int(part.end * FPS)):
                into = frame - shot.record.start * FPS
                frames[frame] = (shot.name, int(shot.source_start + into * shot.speed))
    return frames


def cut_of(*tracks: otio.schema.Track, suffix: str = ".otio") -> Cut:
    return extract_cut(timeline(*tracks), path=Path("/nowhere/cut").with_suffix(suffix))


@pytest.mark.parametrize(
    ("outer", "inner"),
    [(1, 1), (2, 1), (0.5, 1), (-1, 1), (-2, 1), (1, 2), (1, -1), (1, 0.5), (2, 2), (0.5, 0.5)],
)
@pytest.mark.parametrize("own", [1, -1])
def test_what_a_retimed_nest_plays_is_what_is_seen(outer: float, inner: float, own: float) -> None:
    low = nest("low", track(clip("A", 40, start=100), gap(8), clip("B", 60)), 8, 32)
    retimed(low[0][0], own)
    high = nest("high", track(clip("C", 16), retimed(low, inner), clip("D", 40, start=7)), 8, 20)
    row = track(clip("E", 6), retimed(high, outer), clip("F", 4))
    expected = [frame for item in row for frame in played(item)]
    assert seen(cut_of(row)) == expected


@pytest.mark.parametrize(("outer", "inner"), [(-1, 2), (2, -1), (-1, -1), (1, 0)])
def test_a_nest_that_would_be_a_frame_off_is_left(outer: float, inner: float) -> None:
    low = retimed(nest("low", track(clip("A", 40)), 8, 16), inner)
    (shot,) = cut_of(track(retimed(nest("high", track(low), 0, 8), outer))).shots
    assert shot.problem.code == ReasonCode.RETIMED_NEST


def test_sound_in_a_retimed_nest_is_heard_stretched() -> None:
    sound = clip("line", 48, start=24)
    row = track(gap(24), sound, kind="Audio")
    inside = otio.schema.Stack("nest", [track(clip("A", 72)), row], source_range=span(0, 48))
    made = timeline(
        track(gap(10), retimed(inside, 1.5)), track(gap(10), inside.clone(), kind="Audio")
    )
    (line,) = extract_cut(made, path=Path("/nowhere/cut.otio")).lines
    assert (line.record.start * FPS, line.record.end * FPS) == (10 + 16, 10 + 48)
    assert (line.sound_start, line.playback.speed) == (1, Fraction(3, 2))


def test_only_opentimelineio_takes_new_pictures_above_a_retimed_nest() -> None:
    row = track(retimed(nest("n", track(clip("A", 48)), 0, 24), 2))
    (shot,) = cut_of(row, suffix=".xml").shots
    assert shot.problem.code == ReasonCode.RETIMED_NEST
    assert "plays at 200 %" in shot.problem.text
    (shot,) = cut_of(row).shots
    assert shot.problem.code == ReasonCode.MEDIA_MISSING
