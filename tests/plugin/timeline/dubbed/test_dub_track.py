"""The DUB track: the new file of what was visible at each record frame, and nothing else."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cuts.timelines import clip, dissolve, gap, retimed, span, timeline, track

from lipflap.core.frametime import FrameSpan
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.timeline.dubbed.conform import TRACK, conform_timeline
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia
from lipflap.plugin.timeline.extract import extract_cut


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
    return conform_timeline(made, rendered(made, **options), TRACK).timeline


def dub_of(made: otio.schema.Timeline) -> otio.schema.Track:
    return next(row for row in made.tracks if row.name == "DUB")


def kinds(row: otio.schema.Track) -> list[str]:
    """Names and lengths of a track's children: `*` new files, `-` gaps and transitions."""
    return [
        f"{child.name.replace(' lipflap', '*')}{int(child.duration().value)}"
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
    assert kinds(dub_of(new)) == ["A*20", "-10", "B*20"]
    mix = dub_of(new)[1]
    assert (mix.in_offset.value, mix.out_offset.value) == (4, 6)


def test_a_dissolve_with_an_undubbed_neighbour_is_laid_with_the_neighbours_own_clip() -> None:
    """The mix then shows the new mouth alone, and no program meets a dissolve into a gap."""
    made = timeline(track(clip("A", 20, start=50), dissolve(4, 6), clip("B", 20, start=70)))
    made.tracks[0][2].effects.append(otio.schema.Effect(effect_name="LUT"))
    made.tracks[0][2].markers.append(otio.schema.Marker("M", span(71, 1)))
    shots = rendered(made)
    row = dub_of(conform_timeline(made, {(0, 0): shots[0, 0]}, TRACK).timeline)
    assert kinds(row) == ["A*20", "-10", "B6"]
    assert row[2].source_range == span(70, 6)
    assert (row[2].media_reference.target_url, len(row[2].markers)) == ("B.mov", 0)
    assert [effect.effect_name for effect in row[2].effects] == ["LUT"]
    row = dub_of(conform_timeline(made, {(0, 2): shots[0, 2]}, TRACK).timeline)
    assert kinds(row) == ["-16", "A4", "-10", "B*20"]
    assert row[1].source_range == span(66, 4)


@pytest.mark.parametrize(
    ("speed", "premiere", "first", "last"),
    [(2, False, (70, 6), (102, 4)), (2, True, (70, 12), (82, 8)), (-1, False, (84, 6), (70, 4))],
)
def test_a_retimed_neighbour_shows_the_frames_that_it_shows_in_the_cut(
    speed: float, premiere: bool, first: tuple[int, int], last: tuple[int, int]
) -> None:
    """Source ranges last as long as the clip, in Premiere as long as the media that it uses."""
    neighbour = retimed(clip("B", 20, start=70), speed)
    made = timeline(track(clip("A", 20, start=50), dissolve(4, 6), neighbour))
    if premiere:
        made.metadata["PremierePro_OTIO"] = {}
    shots = rendered(made)
    row = dub_of(conform_timeline(made, {(0, 0): shots[0, 0]}, TRACK).timeline)
    assert (kinds(row)[0], row[2].source_range) == ("A*20", span(*first))
    made = timeline(
        track(retimed(clip("B", 20, start=70), speed), dissolve(4, 6), clip("A", 20, start=50))
    )
    if premiere:
        made.metadata["PremierePro_OTIO"] = {}
    shot = RenderedMedia("/job/A.mov", FrameSpan(0, 200, Fraction(24)), Fraction(-1), None, {})
    row = dub_of(conform_timeline(made, {(0, 2): shot}, TRACK).timeline)
    assert row[1].source_range == span(*last)


def test_a_neighbour_too_short_for_both_its_dissolves_is_laid_for_one() -> None:
    made = timeline(
        track(
            clip("A", 20, start=50),
            dissolve(4, 6),
            clip("B", 10, start=70),
            dissolve(6, 4),
            clip("C", 20, start=50),
        )
    )
    shots = rendered(made)
    row = dub_of(conform_timeline(made, {a: shots[a] for a in ((0, 0), (0, 4))}, TRACK).timeline)
    assert kinds(row) == ["A*20", "-4", "B6", "-10", "C*20"]


def test_a_fade_to_nothing_fades_as_in_the_cut() -> None:
    row = dub_of(dubbed(timeline(track(clip("A", 20, start=50), dissolve(4, 6), gap(20)))))
    assert kinds(row) == ["A*20", "-10", "-6"]


def test_a_transition_is_not_laid_where_it_is_not_wholly_seen_or_held() -> None:
    below = track(clip("A", 20, start=50), dissolve(4, 6), clip("B", 20, start=50))
    covered = dubbed(timeline(below, track(gap(22), clip("C", 10, start=50))))
    assert kinds(dub_of(covered)) == ["A*20", "B*2", "C*10", "B*8"]
    made = timeline(track(clip("A", 20, start=50), dissolve(4, 6), clip("B", 20, start=50)))
    shots = rendered(made, handles=0)
    short = shots[0, 0]
    held = FrameSpan(short.available.start, short.available.end - 6, Fraction(24))
    shots[0, 0] = RenderedMedia(short.path, held, short.record_start, None, {})
    assert kinds(dub_of(conform_timeline(made, shots, TRACK).timeline)) == ["A*20", "B*20"]


@pytest.mark.parametrize("offsets", [(4, 0), (0, 4)])
def test_a_shot_that_another_fades_in_over_lies_below_it_whole(offsets: tuple[int, int]) -> None:
    above = track(gap(10), dissolve(*offsets), clip("B", 10, start=50))
    new = dubbed(timeline(track(clip("A", 30, start=50)), above))
    assert [row.name for row in new.tracks] == ["", "DUB", "", "DUB 2"]
    assert kinds(new.tracks[1]) == ["A*30"]
    assert kinds(new.tracks[3]) == ["-10", "-4", "B*10"]


def test_only_film_between_a_shot_and_the_track_cuts_it() -> None:
    """C covers A, B lies below: what is above the highest dubbed track stays above DUB."""
    made = timeline(
        track(clip("A", 30, start=50), clip("B", 30, start=50)),
        track(gap(10), clip("C", 5, start=50)),
        track(gap(30), clip("D", 5, start=50)),
        track(gap(40), clip("E", 5, start=50)),
    )
    shots = rendered(made)
    new = conform_timeline(made, {a: shots[a] for a in ((0, 0), (0, 1))}, TRACK).timeline
    assert [row.name for row in new.tracks] == ["", "DUB", "", "", ""]
    assert kinds(new.tracks[1]) == ["A*30", "B*30"]
    chosen = {a: shots[a] for a in ((0, 0), (0, 1), (2, 1))}
    new = conform_timeline(made, chosen, TRACK).timeline
    assert [row.name for row in new.tracks] == ["", "", "", "DUB", ""]
    assert kinds(new.tracks[3]) == ["A*10", "-5", "A*15", "D*5", "B*25"]


def test_a_title_between_a_shot_and_the_track_is_not_hidden() -> None:
    title = clip("T", 5)
    title.media_reference = otio.schema.GeneratorReference("title", "Text")
    made = timeline(
        track(clip("A", 30, start=50), clip("B", 30, start=50)),
        track(gap(10), title),
        track(gap(40), clip("D", 5, start=50)),
    )
    shots = rendered(made)
    new = conform_timeline(made, {a: shots[a] for a in ((0, 0), (0, 1), (2, 1))}, TRACK).timeline
    assert [row.name for row in new.tracks] == ["", "DUB", "", "", "DUB 2"]
    assert kinds(new.tracks[1]) == ["A*30"]
    assert kinds(new.tracks[4]) == ["-30", "B*10", "D*5", "B*15"]


def test_a_dub_clip_looks_like_the_clip_that_it_stands_for() -> None:
    made = timeline(track(retimed(clip("A", 20, start=50), 2)))
    shown = made.tracks[0][0]
    shown.effects.append(otio.schema.Effect(effect_name="LUT", metadata={"file": "day.cube"}))
    shown.metadata["Resolve_OTIO"] = {"Clip Color": "Teal", "Link Group ID": 7}
    shown.metadata["lipflap"] = {"element": "/a/b"}
    shot = RenderedMedia("/job/A.mov", FrameSpan(0, 20, Fraction(24)), Fraction(0), None, {"n": 1})
    (laid,) = dub_of(conform_timeline(made, {(0, 0): shot}, TRACK).timeline)
    assert laid.name == "A lipflap"
    assert [(effect.effect_name, effect.metadata["file"]) for effect in laid.effects] == [
        ("LUT", "day.cube")
    ]
    assert laid.metadata["Resolve_OTIO"] == {"Clip Color": "Teal"}
    assert laid.metadata["lipflap"] == {"n": 1}


def test_rates_are_written_as_the_timeline_writes_them() -> None:
    rate = 23.976024627685547
    made = timeline(track(clip("A", 20, start=50, rate=rate)), start=86400, rate=rate)
    ntsc = Fraction(24000, 1001)
    shot = RenderedMedia("/job/A.mov", FrameSpan(50, 70, ntsc), Fraction(0), None, {})
    (laid,) = dub_of(conform_timeline(made, {(0, 0): shot}, TRACK).timeline)
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
    assert kinds(dub_of(dubbed(made))) == ["-15", "A*5", "B*15"]
    assert dub_of(dubbed(made))[1].source_range == span(65, 5)
