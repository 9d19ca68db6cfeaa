"""Placement of clips and what is visible of them, against OTIO's ranges and a painter by frame."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cuts.timelines import clip, dissolve, gap, retimed, span, timeline, track

from lipflap.core.errors import DubError
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.dialect.speed import OTIO, PREMIERE
from lipflap.plugin.timeline.item_facts import ItemFacts
from lipflap.plugin.timeline.placement.place_clips import place_clips

FPS = 24


def frames(ranges: tuple[TimeRange, ...]) -> set[int]:
    assert all((end * FPS).denominator == 1 for one in ranges for end in (one.start, one.end))
    return {n for one in ranges for n in range(int(one.start * FPS), int(one.end * FPS))}


def visible_in(made: otio.schema.Timeline) -> dict[str, set[int]]:
    return {one.clip.name: frames(one.visible) for one in place_clips(made, OTIO)}


# --- a painter: one frame at a time, in each item's own time, from the top down ---


def painted(made: otio.schema.Timeline) -> dict[str, set[int]]:
    seen: dict[str, set[int]] = {c.name: set() for c in made.find_clips()}
    for frame in range(length(made.tracks)):
        for name in paint(made.tracks, frame, 0, 0)[0]:
            seen[name].add(frame)
    return seen


def length(item: otio.core.Item) -> int:
    if item.source_range is not None:
        return int(item.source_range.duration.value)
    lengths = [length(child) for child in item if isinstance(child, otio.core.Item)]
    if isinstance(item, otio.schema.Stack):
        return max(lengths, default=0)
    ends = [item[0], item[-1]] if len(item) else []
    offsets = [
        getattr(end, side).value
        for end, side in zip(ends, ("in_offset", "out_offset"), strict=False)
        if isinstance(end, otio.schema.Transition)
    ]
    return sum(lengths) + int(sum(offsets))


def paint(item: otio.core.Item, frame: int, head: int, tail: int) -> tuple[set[str], bool]:
    """Clips seen in an item `frame` frames after its start, and whether they hide what is below."""
    if not item.enabled or not -head <= frame < length(item) + tail:
        return set(), False
    if isinstance(item, otio.schema.Clip):
        return {item.name}, not isinstance(item.media_reference, otio.schema.GeneratorReference)
    if isinstance(item, otio.schema.Gap):
        return set(), False
    own = frame + int(item.source_range.start_time.value if item.source_range else 0)
    return paint_track(item, own) if isinstance(item, otio.schema.Track) else paint_stack(item, own)


def paint_stack(stack: otio.schema.Stack, frame: int) -> tuple[set[str], bool]:
    seen: set[str] = set()
    for child in reversed(list(stack)):
        more, hides = paint(child, frame, 0, 0)
        seen |= more
        if hides:
            return seen, True
    return seen, False


def paint_track(row: otio.schema.Track, frame: int) -> tuple[set[str], bool]:
    start, seen, hiding, mixes = 0, set(), {}, []
    for index, child in enumerate(row):
        if isinstance(child, otio.schema.Transition):
            into, out = int(child.in_offset.value), int(child.out_offset.value)
            if start - into <= frame < start + out:
                mixes.append(index)
            continue
        before = row[index - 1] if index else None
        after = row[index + 1] if index + 1 < len(row) else None
        head = int(before.in_offset.value) if isinstance(before, otio.schema.Transition) else 0
        tail = int(after.out_offset.value) if isinstance(after, otio.schema.Transition) else 0
        more, hiding[index] = paint(child, frame - start, head, tail)
        seen |= more
        start += length(child)
    if mixes:
        return seen, any(hiding.get(i - 1, False) and hiding.get(i + 1, False) for i in mixes)
    return seen, any(hiding.values())


# --- random cuts ---


@st.composite
def cuts(draw: st.DrawFn) -> otio.schema.Timeline:
    names = iter(f"c{n}" for n in range(1000))

    def leaf() -> otio.core.Item:
        made = clip(next(names), draw(st.integers(1, 12)))
        if draw(st.integers(0, 5)) == 0:
            made.media_reference = otio.schema.GeneratorReference("title")
        made.enabled = draw(st.integers(0, 5)) > 0
        return made

    def nest(depth: int) -> otio.schema.Stack:
        rows = [row(depth - 1) for _ in range(draw(st.integers(1, 2)))]
        made = otio.schema.Stack("nest", rows)
        if draw(st.booleans()):
            made.source_range = span(draw(st.integers(0, 5)), draw(st.integers(1, 15)))
        return made

    def row(depth: int) -> otio.schema.Track:
        made = track()
        for _ in range(draw(st.integers(0, 4))):
            kind = draw(st.sampled_from("cccgn" if depth else "cccg"))
            if kind == "g":
                made.append(gap(draw(st.integers(0, 10))))
            else:
                made.append(leaf() if kind == "c" else nest(depth))
            if draw(st.integers(0, 3)) == 0:
                made.append(dissolve(draw(st.integers(0, 3)), draw(st.integers(0, 3))))
        made.enabled = draw(st.integers(0, 7)) > 0
        if draw(st.integers(0, 4)) == 0:
            made.source_range = span(draw(st.integers(-6, 6)), draw(st.integers(1, 30)))
        return made

    return timeline(*(row(2) for _ in range(draw(st.integers(1, 3)))))


@settings(deadline=None, max_examples=150)
@given(cuts())
def test_what_is_seen_is_what_a_painter_paints(made: otio.schema.Timeline) -> None:
    assert visible_in(made) == painted(made)


@settings(deadline=None, max_examples=60)
@given(cuts())
def test_bodies_and_handles_lie_where_otio_puts_them(made: otio.schema.Timeline) -> None:
    for one in place_clips(made, OTIO):
        theirs = one.clip.transformed_time_range(one.clip.trimmed_range(), made.tracks)
        assert one.body.start == Fraction(theirs.start_time.value) / FPS
        assert one.body.seconds == Fraction(theirs.duration.value) / FPS
        handles = one.clip.visible_range().duration - one.clip.trimmed_range().duration
        assert one.record.seconds - one.body.seconds == Fraction(handles.value) / FPS
        found: otio.core.Item = made.tracks
        for index in one.address:
            found = found[index]
        assert found is one.clip


# --- single behaviours ---


def test_an_upper_clip_covers_and_its_fade_does_not() -> None:
    made = timeline(track(clip("A", 40)), track(gap(10), clip("B", 10), dissolve(4, 0), gap(20)))
    assert visible_in(made) == {"A": set(range(10)) | set(range(16, 40)), "B": set(range(10, 20))}


def test_a_dissolve_between_two_clips_covers() -> None:
    made = timeline(track(clip("A", 40)), track(clip("B", 20), dissolve(5, 5), clip("C", 20)))
    assert visible_in(made) == {"A": set(), "B": set(range(25)), "C": set(range(15, 40))}


def test_a_title_covers_nothing() -> None:
    title = clip("T", 40)
    title.media_reference = otio.schema.GeneratorReference("title", "Text")
    assert visible_in(timeline(track(clip("A", 40)), track(title)))["A"] == set(range(40))


def test_a_trimmed_nest_shows_only_its_part() -> None:
    """OTIO's own Timeline.range_of_child gives 12 frames here, where 8 are shown."""
    nest = otio.schema.Stack("nest", [track(clip("A", 30), clip("B", 12))])
    nest.source_range = span(6, 32)
    made = timeline(track(clip("X", 40), nest))
    assert visible_in(made) == {
        "X": set(range(40)),
        "A": set(range(40, 64)),
        "B": set(range(64, 72)),
    }
    nest.enabled = False
    left = {placed.clip.name: placed.window for placed in place_clips(made, OTIO)}
    frames = {
        name: window and (window.start * 24, window.end * 24) for name, window in left.items()
    }
    assert frames == {"X": None, "A": (40, 64), "B": (64, 72)}


def test_mixed_rates_add_up_without_rounding() -> None:
    """An hour of 23.976 clips, then one at 29.97: frame counts times 1001 thousandths, exactly."""
    made = timeline(track(clip("A", 86400, rate=23.976), clip("B", 30, rate=29.97)))
    first, second = place_clips(made, OTIO)
    assert first.body.end == second.body.start == Fraction(86400 * 1001, 24000)
    assert second.body.seconds == Fraction(1001, 1000)


def test_premiere_counts_source_frames_of_a_retimed_clip() -> None:
    made = timeline(track(retimed(clip("A", 48), -2.0), clip("B", 24)))
    assert [one.body.start for one in place_clips(made, OTIO)] == [0, 2]
    assert [one.body.start for one in place_clips(made, PREMIERE)] == [0, 1]


def test_sound_is_heard_whatever_lies_above_and_named_by_its_outer_track() -> None:
    nest = otio.schema.Stack("nest", [track(clip("P", 10)), track(clip("S", 10), kind="Audio")])
    made = timeline(
        track(clip("V", 10)), track(clip("W", 10), kind="Audio"), track(nest, kind="Audio")
    )
    made.tracks[1].name = ""
    made.tracks[2].name = "DX DE"
    laid = {one.clip.name: one for one in place_clips(made, OTIO)}
    assert "P" not in laid
    assert (laid["W"].is_sound, laid["W"].track, frames(laid["W"].visible)) == (
        True,
        "A1",
        set(range(10)),
    )
    assert (laid["S"].is_sound, laid["S"].track) == (True, "DX DE")
    assert not laid["V"].is_sound


def test_media_is_looked_at_of_pictures_over_pictures_alone() -> None:
    asked = []

    def look(asked_about: otio.schema.Clip, facts: ItemFacts) -> ItemFacts:
        asked.append(asked_about.name)
        return facts

    low, logo, title = clip("LOW", 8), clip("LOGO", 16), clip("TITLE", 8)  # LOW ends before it
    in_sound = otio.schema.Stack("nest", [track(clip("S", 24), kind="Audio")])
    sound = track(clip("DE_1", 24), in_sound, kind="Audio")
    place_clips(timeline(track(low), sound, track(logo), track(gap(8), title)), OTIO, look)
    assert sorted(asked) == ["LOGO", "TITLE"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -5.0])
def test_a_length_that_cannot_be_is_refused_by_name(bad: float) -> None:
    broken = clip("SH0420", 10)
    broken.source_range = span(0, bad)
    with pytest.raises(DubError, match="SH0420"):
        place_clips(timeline(track(broken)), OTIO)


@pytest.mark.parametrize("rate", [0.0, -24.0, float("nan"), float("inf"), 1e-300, 1e300])
def test_a_rate_that_cannot_be_is_refused_by_name(rate: float) -> None:
    broken = clip("SH0420", 10)
    broken.source_range = span(0, 10, rate)
    with pytest.raises(DubError, match="SH0420"):
        place_clips(timeline(track(broken)), OTIO)


def test_a_clip_without_any_range_is_refused_by_name() -> None:
    made = timeline(track(otio.schema.Clip("SH0420", otio.schema.ExternalReference("a.mov"))))
    with pytest.raises(DubError, match="SH0420"):
        place_clips(made, OTIO)
