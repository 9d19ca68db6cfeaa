"""The DUB track: the new file of what was visible at each record frame, and nothing else."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from hypothesis import given, settings
from hypothesis import strategies as st
from support.timelines import clip, dissolve, gap, span, timeline, track

from lipflap.core.frametime import FrameSpan
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.timeline.conform import TRACK, conform_timeline
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.new_media import RenderedMedia


def cut_of(made: otio.schema.Timeline) -> Cut:
    return extract_cut(made, path=Path("/cuts/cut.otio"))


def rendered(
    made: otio.schema.Timeline, *, handles: int = 8
) -> dict[tuple[int, ...], RenderedMedia]:
    return {
        shot.address: RenderedMedia(
            f"/job/{shot.name}.mov",
            FrameSpan(
                int(shot.source_start) - handles,
                int(shot.source_start + shot.record.seconds * 24) + handles,
                Fraction(24),
            ),
            shot.record.start - Fraction(handles, 24),
            None,
            {"shot": shot.name},
        )
        for shot in cut_of(made).shots
        if shot.visible and shot.media
    }


def dubbed(made: otio.schema.Timeline, **options: int) -> otio.schema.Timeline:
    return conform_timeline(made, rendered(made, **options), TRACK)


def dub_of(made: otio.schema.Timeline) -> otio.schema.Track:
    return next(row for row in made.tracks if row.name == "DUB")


def kinds(row: otio.schema.Track) -> list[str]:
    return [
        f"{child.name}{int(child.duration().value)}"
        if isinstance(child, otio.schema.Clip)
        else f"-{int(child.duration().value)}"
        for child in row
    ]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=5), max_size=3))
def test_the_track_shows_the_new_file_of_what_was_seen(rows: list[list[tuple[bool, int]]]) -> None:
    names = iter(f"c{n}" for n in range(99))
    made = timeline(
        track(clip("base", 30, start=500)),
        *(
            track(*(clip(next(names), n, start=50) if film else gap(n) for film, n in row))
            for row in rows
        ),
    )
    new = dubbed(made)
    old_tracks = [row.to_json_string() for row in made.tracks]
    assert [row.to_json_string() for row in new.tracks if row.name != "DUB"] == old_tracks
    row = dub_of(new)
    found = cut_of(made)
    for frame in range(int(made.tracks.duration().value)):
        when = Fraction(frame, 24)
        seen = [s for s in found.shots for v in s.visible if v.start <= when < v.end]
        time = otio.opentime.RationalTime(frame, 24)
        child = (
            row.child_at_time(time, shallow_search=True) if frame < row.duration().value else None
        )
        if not seen:
            assert not isinstance(child, otio.schema.Clip)
            continue
        (shot,) = seen
        shown = row.transformed_time(time, child)
        assert child.metadata["lipflap"]["shot"] == shot.name
        assert shown.value == shot.source_start + (when - shot.record.start) * 24


def test_a_dissolve_between_two_shots_is_laid_again() -> None:
    new = dubbed(timeline(track(clip("A", 20, start=50), dissolve(4, 6), clip("B", 20, start=50))))
    assert kinds(dub_of(new)) == ["A20", "-10", "B20"]
    mix = dub_of(new)[1]
    assert (mix.in_offset.value, mix.out_offset.value) == (4, 6)


def test_a_shot_dissolving_to_one_that_was_not_rendered_fades_with_it() -> None:
    made = timeline(track(clip("A", 20, start=50), dissolve(4, 6), clip("B", 20, start=50)))
    shots = rendered(made)
    assert kinds(dub_of(conform_timeline(made, {(0, 0): shots[0, 0]}, TRACK))) == [
        "A20",
        "-10",
        "-6",
    ]
    assert kinds(dub_of(conform_timeline(made, {(0, 2): shots[0, 2]}, TRACK))) == [
        "-20",
        "-10",
        "B20",
    ]


def test_a_transition_is_not_laid_where_it_is_not_wholly_seen_or_held() -> None:
    below = track(clip("A", 20, start=50), dissolve(4, 6), clip("B", 20, start=50))
    covered = dubbed(timeline(below, track(gap(22), clip("C", 10, start=50))))
    assert kinds(dub_of(covered)) == ["A20", "B2", "C10", "B8"]
    made = timeline(track(clip("A", 20, start=50), dissolve(4, 6), clip("B", 20, start=50)))
    shots = rendered(made, handles=0)
    short = shots[0, 0]
    held = FrameSpan(short.available.start, short.available.end - 6, Fraction(24))
    shots[0, 0] = RenderedMedia(short.path, held, short.record_start, None, {})
    assert kinds(dub_of(conform_timeline(made, shots, TRACK))) == ["A20", "B20"]


def test_where_two_shots_are_seen_at_once_the_upper_one_is_laid() -> None:
    """B fades in over A from frame 6: A goes on below the fade, and is laid up to B's own start."""
    above = track(gap(10), dissolve(4, 0), clip("B", 10, start=50))
    new = dubbed(timeline(track(clip("A", 30, start=50)), above))
    assert kinds(dub_of(new)) == ["A10", "-4", "B10", "A10"]
    late = track(gap(10), dissolve(0, 4), clip("B", 10, start=50))
    new = dubbed(timeline(track(clip("A", 30, start=50)), late))
    assert kinds(dub_of(new)) == ["A10", "-4", "B10", "A10"]


def test_rates_are_written_as_the_timeline_writes_them() -> None:
    rate = 23.976024627685547
    made = timeline(track(clip("A", 20, start=50, rate=rate)), start=86400, rate=rate)
    ntsc = Fraction(24000, 1001)
    shot = RenderedMedia("/job/A.mov", FrameSpan(50, 70, ntsc), Fraction(0), None, {})
    (laid,) = dub_of(conform_timeline(made, {(0, 0): shot}, TRACK))
    for written in (laid.source_range, laid.media_reference.available_range):
        assert (written.start_time.value, written.duration.value) == (50, 20)
        assert {written.start_time.rate, written.duration.rate} == {rate}


def test_titles_stay_on_top() -> None:
    title = clip("T", 10)
    title.media_reference = otio.schema.GeneratorReference("title", "Text")
    new = dubbed(timeline(track(clip("A", 20)), track(title), track(clip("A", 20), kind="Audio")))
    assert [row.name or row.kind for row in new.tracks] == ["Video", "DUB", "Video", "Audio"]


def test_a_second_conform_replaces_the_track() -> None:
    made = timeline(track(clip("A", 20)))
    once = dubbed(made)
    assert dubbed(once).to_json_string() == once.to_json_string()


def test_a_trimmed_root_keeps_the_dub_in_place() -> None:
    made = timeline(track(clip("A", 20, start=50), clip("B", 20, start=50)))
    made.tracks.source_range = span(15, 20)
    assert kinds(dub_of(dubbed(made))) == ["-15", "A5", "B15"]
    assert dub_of(dubbed(made))[1].source_range == span(65, 5)
