"""A conformed cut against the cut it came from: what changed, and that nothing else did."""

import json
import logging
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import REAL, clip, movie, needs_real, retimed, span, timeline, track

from lipflap.core.errors import DubError
from lipflap.core.frametime import FrameSpan
from lipflap.plugin.cut.cut import Cut, Shot
from lipflap.plugin.job.path_map import PathRule
from lipflap.plugin.timeline.dubbed.conform import (
    ALTERNATE,
    TRACK,
    conform_timeline,
    write_timeline,
)
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.item_facts import facts_of
from lipflap.plugin.timeline.read import read_timeline

REAL_TIMELINES = sorted(p for p in REAL.rglob("*") if p.suffix in (".otio", ".aaf", ".xml", ".edl"))
HANDLES = 8


def cut_of(made: otio.schema.Timeline) -> Cut:
    return extract_cut(made, path=Path("/cuts/cut.otio"))


def rendered_of(shot: Shot, rate: Fraction) -> RenderedMedia:
    """What a render gives: the source's numbers, or for a retimed shot one a record frame."""
    if shot.speed == 1:
        media_rate = shot.media.rate if shot.media else rate
        start = int(shot.source_start) - HANDLES
        count = int(shot.record.seconds * media_rate) + 2 * HANDLES
        record_start = shot.record.start - HANDLES / media_rate
        available = FrameSpan(start, start + count, media_rate)
    else:
        start = int(shot.source_start)
        available = FrameSpan(start, start + int(shot.record.seconds * rate), rate)
        record_start = shot.record.start
    path = f"/job/{shot.name}.mov"
    return RenderedMedia(path, available, record_start, None, {"model": "starter", "seed": 7})


def all_rendered(made: otio.schema.Timeline) -> dict[tuple[int, ...], RenderedMedia]:
    return rendered_in(cut_of(made))


def rendered_in(found: Cut) -> dict[tuple[int, ...], RenderedMedia]:
    return {shot.address: rendered_of(shot, found.rate) for shot in found.shots if shot.visible}


def text(made: otio.core.SerializableObject) -> str:
    return str(made.to_json_string())


def media_at(made: otio.schema.Timeline, frame: int) -> list[tuple[str, Fraction]]:
    """File and file frame of every picture visible at a record frame of the cut."""
    found = cut_of(made)
    when = Fraction(frame) / found.rate
    return [
        (
            Path(shot.media.path).name,
            shot.source_start + (when - shot.record.start) * shot.media.rate,
        )
        for shot in found.shots
        for seen in shot.visible
        if shot.media and seen.start <= when < seen.end
    ]


def as_the_host_sees(made: otio.schema.Timeline) -> otio.schema.Timeline:
    """The timeline as a program reads it that knows nothing of us: active media, every track."""
    plain = made.deepcopy()
    for row in plain.tracks:
        row.metadata.clear()
    for one in plain.find_clips():
        one.set_media_references({"DEFAULT_MEDIA": one.media_reference.deepcopy()}, "DEFAULT_MEDIA")
    return plain


# --- nothing lost ---


@needs_real
@pytest.mark.parametrize("path", REAL_TIMELINES, ids=lambda path: path.name)
def test_a_real_cut_comes_back_equal_and_plays_the_new_files_in_the_places_of_the_old(
    path: Path, tmp_path: Path
) -> None:
    try:
        made = read_timeline(path)
        found = extract_cut(made, path=path)
    except DubError:
        pytest.skip("refused, see test_timeline")
    before = text(made)
    mixes = any(made.find_children(descended_from_type=otio.schema.Transition))
    mixes = mixes or not all(facts_of(one).covers for one in made.find_clips())
    for how in (ALTERNATE, TRACK):
        same = conform_timeline(made, {}, how).timeline
        out = write_timeline(same, tmp_path / "out.otio", cut_path=path, media_folder=path.parent)
        assert json.loads(out.read_text()) == json.loads(before)
        new = conform_timeline(made, rendered_in(found), how).timeline
        assert text(made) == before
        again = cut_of(new).shots
        places = [[(s.name, s.record, s.visible) for s in cut] for cut in (found.shots, again)]
        assert places[0] == places[1]
        if how == TRACK and mixes:
            continue  # the old shots are seen through fades and beside small pictures
        seen = [s.media for s in cut_of(as_the_host_sees(new)).shots if s.visible and s.media]
        assert all(media.path.startswith("/job/") for media in seen)
    assert extract_cut(read_timeline(out), path=path) == found


# --- alternate ---


def test_an_alternate_adds_one_reference_and_our_metadata_and_nothing_else() -> None:
    made = timeline(track(clip("A", 20, start=100), clip("B", 10)), start=86400)
    made.tracks[0][0].metadata["host"] = {"note": "keep"}
    made.tracks[0][0].markers.append(otio.schema.Marker("M", span(105, 1)))
    new = conform_timeline(made, {(0, 0): all_rendered(made)[0, 0]}, ALTERNATE).timeline
    dubbed = new.tracks[0][0]
    assert dubbed.active_media_reference_key == "lipflap"
    references = dubbed.media_references()
    assert set(references) == {"DEFAULT_MEDIA", "lipflap"}
    assert references["lipflap"].target_url == "file:///job/A.mov"
    assert references["lipflap"].available_range == span(92, 36)
    assert dubbed.metadata["lipflap"] == {"model": "starter", "seed": 7}
    del dubbed.metadata["lipflap"]
    dubbed.set_media_references({"DEFAULT_MEDIA": references["DEFAULT_MEDIA"]}, "DEFAULT_MEDIA")
    assert text(new) == text(made)


def test_an_alternate_takes_the_dub_track_of_an_earlier_dub_away_which_would_hide_it() -> None:
    made = timeline(track(clip("A", 48, start=100)))
    laid = conform_timeline(made, all_rendered(made), TRACK).timeline
    assert [one.name for one in laid.tracks] == ["", "DUB"]
    again = conform_timeline(laid, all_rendered(laid), ALTERNATE).timeline
    assert [[one.active_media_reference_key for one in row] for row in again.tracks] == [
        ["lipflap"]
    ]


def test_a_clip_that_used_all_its_media_says_so_before_its_media_has_handles() -> None:
    whole = otio.schema.Clip("A", movie("A.mov", 50, 24))
    made = timeline(track(whole, clip("B", 10)))
    new = conform_timeline(made, {(0, 0): all_rendered(made)[0, 0]}, ALTERNATE).timeline
    assert new.tracks[0][0].source_range == span(50, 24)
    assert new.tracks.duration() == made.tracks.duration()


@pytest.mark.parametrize(("scalar", "first"), [(2.0, 50), (-1.0, 59), (0.0, 50)])
def test_a_retimed_clip_stays_and_its_baked_picture_lies_above(scalar: float, first: int) -> None:
    made = timeline(track(clip("A", 10), retimed(clip("B", 10, start=50), scalar)))
    conformed = conform_timeline(made, all_rendered(made), ALTERNATE)
    new = conformed.timeline
    assert list(conformed.notes) == [(0, 1)]
    assert "it is retimed" in conformed.notes[0, 1]
    assert text(new.tracks[0][1]) == text(made.tracks[0][1])
    baked = new.tracks[1][1]
    assert (new.tracks[1].name, list(baked.effects)) == ("DUB", [])
    assert baked.source_range == span(first, 10)
    assert media_at(as_the_host_sees(new), 13) == [("B.mov", first + 3)]


@pytest.mark.parametrize(
    ("own", "outer", "frame", "shown"), [(1, 2, 10, 52), (1, -1, 19, 64), (-1, -1, 19, 55)]
)
def test_a_shot_in_a_retimed_nest_lies_above_the_nest(
    own: float, outer: float, frame: int, shown: int
) -> None:
    inside = track(retimed(clip("B", 10, start=50), own), clip("C", 30, start=7))
    nest = otio.schema.Stack("nest", [inside], source_range=span(4, 10))
    made = timeline(track(clip("A", 10), retimed(nest, outer)))
    new = conform_timeline(made, all_rendered(made), ALTERNATE).timeline
    assert text(new.tracks[0][1]) == text(made.tracks[0][1])
    assert new.tracks[1].name == "DUB"
    assert media_at(as_the_host_sees(new), frame) == [("B.mov", shown)]


@pytest.mark.parametrize("rate", [24000 / 1001, 23.976, 23.98])
def test_an_ntsc_rate_gets_alternates_however_it_is_written(rate: float) -> None:
    """Frame 86420 at 24000/1001 is 86419.9 at 23.976: it is compared as the clip writes it."""
    made = timeline(track(clip("A", 20, start=86_420, rate=rate)), start=86_400, rate=rate)
    span_of = FrameSpan(86_412, 86_448, Fraction(24_000, 1001))
    shot = RenderedMedia("/job/A.mov", span_of, -8 * Fraction(1001, 24_000), None, {})
    conformed = conform_timeline(made, {(0, 0): shot}, ALTERNATE)
    assert conformed.timeline.tracks[0][0].active_media_reference_key == "lipflap"
    assert conformed.notes == {}


def test_a_bare_path_stays_a_bare_path() -> None:
    """DaVinci Resolve reads no file:// URLs, and writes none."""
    for url, new in (("/media/A.mov", "/job/A.mov"), ("A.mov", "file:///job/A.mov")):
        made = timeline(track(clip("A", 20, start=100, url=url)))
        dubbed = conform_timeline(made, all_rendered(made), ALTERNATE).timeline.tracks[0][0]
        assert dubbed.media_references()["lipflap"].target_url == new


def test_a_file_with_numbers_of_its_own_goes_to_the_track() -> None:
    """A movie without timecode, rendered with one: the clip's source range would be wrong."""
    made = timeline(track(clip("A", 20, start=100)))
    shot = RenderedMedia("/job/A.mov", FrameSpan(95, 135, Fraction(24)), Fraction(0), None, {})
    conformed = conform_timeline(made, {(0, 0): shot}, ALTERNATE)
    new = conformed.timeline
    assert "numbers its frames in another way" in conformed.notes[0, 0]
    assert new.tracks[0][0].active_media_reference_key == "DEFAULT_MEDIA"
    assert media_at(as_the_host_sees(new), 5) == [("A.mov", 100)]


def test_a_sequence_comes_back_as_a_sequence() -> None:
    made = timeline(track(clip("A", 20, start=100)))
    rendered = all_rendered(made)[0, 0]
    shot = RenderedMedia(
        "/job/A b/100%%.%04d.exr", rendered.available, rendered.record_start, 1001, {}
    )
    reference = (
        conform_timeline(made, {(0, 0): shot}, ALTERNATE).timeline.tracks[0][0].media_reference
    )
    assert isinstance(reference, otio.schema.ImageSequenceReference)
    assert reference.target_url_for_image_number(0) == "file:///job/A%20b/100%.1001.exr"
    assert reference.available_range == span(92, 36)


def test_a_nest_gets_its_alternates_inside() -> None:
    nest = otio.schema.Stack("nest", [track(clip("A", 30, start=10))])
    nest.source_range = span(5, 10)
    made = timeline(track(clip("X", 10), nest))
    new = conform_timeline(made, all_rendered(made), ALTERNATE).timeline
    assert new.tracks[0][1][0][0].active_media_reference_key == "lipflap"
    assert media_at(as_the_host_sees(new), 12) == [("A.mov", 17)]


# --- what goes wrong ---


def test_an_address_of_another_cut_is_refused() -> None:
    made = timeline(track(clip("A", 20)))
    with pytest.raises(DubError, match=r"lacks the clip of A.mov"):
        conform_timeline(made, {(0, 7): all_rendered(made)[0, 0]}, ALTERNATE)


def test_the_cut_itself_is_never_written_to(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    made = timeline(track(clip("A", 20)))
    made.to_json_file(str(path))
    before = path.read_bytes()
    with pytest.raises(DubError, match="the cut itself"):
        write_timeline(made, path, cut_path=path, media_folder=tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["content.otio", "new.otio", "media/new.otio"])
def test_nothing_is_written_into_a_cut_that_is_a_folder(name: str, tmp_path: Path) -> None:
    made, cut = timeline(track(clip("A", 20))), tmp_path / "cut.otiod"
    (cut / "media").mkdir(parents=True)
    made.to_json_file(str(cut / "content.otio"))
    before = sorted(cut.rglob("*"))
    (tmp_path / "link").symlink_to(cut)
    for folder in (cut, tmp_path / "link"):
        with pytest.raises(DubError, match="in the cut itself"):
            write_timeline(made, folder / name, cut_path=cut, media_folder=cut)
    assert sorted(cut.rglob("*")) == before


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "out.otio").mkdir()
    with pytest.raises(DubError, match="cannot be written"):
        write_timeline(
            timeline(track(clip("A", 20))),
            tmp_path / "out.otio",
            cut_path=tmp_path / "cut.otio",
            media_folder=tmp_path,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["out.otio"]


def test_another_format_comes_back_as_otio_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        written = write_timeline(
            timeline(track(clip("A", 20))),
            tmp_path / "reel.aaf",
            cut_path=tmp_path / "cut.aaf",
            media_folder=tmp_path,
        )
    assert written == tmp_path / "reel.otio"
    assert "is written as .otio" in caplog.text


def test_relative_media_is_still_found_from_the_new_folder(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "A b.mov").touch()
    made = timeline(track(clip("A", 20, url="media/A b.mov"), clip("B", 5, url="media/gone.mov")))
    out = tmp_path / "job" / "out.otio"
    again = read_timeline(
        write_timeline(made, out, cut_path=tmp_path / "cut.otio", media_folder=tmp_path)
    )
    there, gone = (one.media_reference.target_url for one in again.find_clips())
    assert there == (tmp_path / "media" / "A b.mov").as_uri()
    assert gone == "media/gone.mov"
    assert made.tracks[0][0].media_reference.target_url == "media/A b.mov"


def test_with_a_path_map_the_copy_names_media_as_the_editors_machine_does(tmp_path: Path) -> None:
    (tmp_path / "reel").mkdir()
    (tmp_path / "reel" / "day.wav").touch()
    made = timeline(track(clip("A", 24, url="file:///P:/show/A.mov"), clip("B", 24, url="day.wav")))
    shot = cut_of(made).shots[0]
    new = replace(rendered_of(shot, Fraction(24)), path="P:\\show\\job\\media\\A 1.mov")
    dubbed = conform_timeline(made, {shot.address: new}, ALTERNATE).timeline
    path = write_timeline(
        dubbed,
        tmp_path / "new.otio",
        cut_path=tmp_path / "cut.otio",
        media_folder=tmp_path / "reel",
        rules=(PathRule("P:\\show", str(tmp_path)),),
    )
    clips = list(read_timeline(path).find_clips())
    assert clips[0].media_reference.target_url == "file:///P:/show/job/media/A%201.mov"
    assert clips[0].media_references()["DEFAULT_MEDIA"].target_url == "file:///P:/show/A.mov"
    assert clips[1].media_reference.target_url == "file:///P:/show/reel/day.wav"
