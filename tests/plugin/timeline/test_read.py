"""Real files and broken ones: a cut, or an error in words."""

import gc
import json
import logging
import os
import sys
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import (
    REAL,
    clip,
    gap,
    movie,
    needs_real,
    retimed,
    span,
    timeline,
    track,
)

from lipflap.core.errors import DubError
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.timeline.extract import extract_cut, sound_labels
from lipflap.plugin.timeline.read import TimelineUnclear, read_timeline

REAL_FILES = sorted(path for path in REAL.rglob("*") if path.is_file() and path.suffix != ".tsv")


def cut_of(made: otio.schema.Timeline, path: Path = Path("/cuts/cut.otio")) -> Cut:
    return extract_cut(made, path=path)


def shown(given: Cut) -> list[tuple[str, int, int, Fraction]]:
    """Name, first and last visible frame, and the media frame shown first, in record order."""
    return [
        (
            shot.name.split("_")[0],
            int(seen.start * given.rate),
            int(seen.end * given.rate),
            shot.source_start + (seen.start - shot.record.start) * given.rate,
        )
        for shot in given.shots
        for seen in shot.visible
    ]


@needs_real
@pytest.mark.parametrize("path", REAL_FILES, ids=lambda path: path.name)
def test_a_real_file_is_a_cut_or_an_error_in_words(path: Path) -> None:
    try:
        found = extract_cut(read_timeline(path), path=path)
    except DubError as problem:
        refused = str(problem)
    else:
        refused = ""
        check_facts(found)
    assert not refused or path.name in refused


def check_facts(found: Cut) -> None:
    assert len({shot.name.casefold() for shot in found.shots}) == len(found.shots)
    assert all(shot.problem for shot in found.shots if not shot.visible)
    assert all(seen.overlap(shot.record) == seen for shot in found.shots for seen in shot.visible)


@needs_real
@pytest.mark.parametrize(
    ("layered", "flat"),
    [
        ("otio/OpenTimelineIO__multitrack.otio", "otio/OpenTimelineIO__preflattened.otio"),
        ("aaf/aaf__multitrack.aaf", "aaf/aaf__preflattened.aaf"),
    ],
)
def test_what_is_seen_of_layers_is_what_the_editors_program_flattened(
    layered: str, flat: str
) -> None:
    ours, theirs = (
        shown(extract_cut(read_timeline(REAL / name), path=REAL / name)) for name in (layered, flat)
    )
    assert ours == theirs


@needs_real
def test_an_edl_has_its_start_and_its_speeds() -> None:
    path = REAL / "edl" / "cmx3600__speed_effects.edl"
    found = extract_cut(read_timeline(path), path=path)
    assert (found.first_frame, found.rate) == (86400, 24)
    shots = {shot.name: shot for shot in found.shots}
    fast = shots["Z686_5A (LAY2) (47.56 FPS)"]  # M2 Z686_5A. 047.6, 01:11:31:16 to 01:11:33:04
    assert (fast.speed, fast.record.seconds) == (Fraction(476, 240), Fraction(36, 24))
    assert fast.record.start == (11 * 60 + 31) + Fraction(16, 24)
    frozen = shots["Z682_156 (LAY3)_2"]  # M2 Z682_156 000.0, 01:08:30:00 to 01:08:30:17
    assert (frozen.speed, frozen.record.seconds) == (0, Fraction(17, 24))
    assert frozen.source_start == 86400 + 10 * 24 + 21


@needs_real
def test_generators_and_missing_media_are_listed_with_their_reason() -> None:
    path = REAL / "fcp7xml" / "fcp__premiere_generators.xml"
    found = extract_cut(read_timeline(path), path=path)
    assert len(found.shots) == 6
    assert all(shot.problem.code == ReasonCode.GENERATED for shot in found.shots)


# --- reading ---


def write(path: Path, made: otio.core.SerializableObject) -> Path:
    made.to_json_file(str(path))
    return path


def reels(path: Path, *names: str) -> Path:
    cuts = [timeline(track(clip(f"{name}_SH010", 24)), start=0) for name in names]
    for name, cut in zip(names, cuts, strict=True):
        cut.name = name
    return write(path, otio.schema.SerializableCollection(children=[*cuts, timeline(track())]))


def test_of_several_timelines_the_named_one_is_read(tmp_path: Path) -> None:
    path = reels(tmp_path / "reels.otio", "reel 1", "reel 2", "trailer")
    with pytest.raises(TimelineUnclear) as unclear:
        read_timeline(path)
    assert unclear.value.names == ("reel 1", "reel 2", "trailer")
    for name in ("trailer", "trail*", "*l?r"):
        assert read_timeline(path, name=name).name == "trailer"
    for name, said in (("", "several timelines"), ("reel*", "several"), ("teaser", "no timeline")):
        with pytest.raises(DubError, match=said) as refused:
            read_timeline(path, name=name)
        assert "'reel 1', 'reel 2'" in refused.value.problem
        assert "--timeline NAME" in refused.value.fix


def test_a_name_with_brackets_is_read_as_it_stands(tmp_path: Path) -> None:
    path = reels(tmp_path / "reels.otio", "reel [1]", "reel 1")
    assert read_timeline(path, name="reel [1]").name == "reel [1]"


def test_the_only_timeline_needs_no_name_but_takes_no_other(tmp_path: Path) -> None:
    path = reels(tmp_path / "reel.otio", "reel 1")
    assert read_timeline(path).name == read_timeline(path, name="reel*").name == "reel 1"
    with pytest.raises(DubError, match="no timeline that is called reel 2; it holds 'reel 1'"):
        read_timeline(path, name="reel 2")


def newer(tmp_path: Path, schema: str) -> Path:
    """A cut whose marker, and whatever has this schema, a newer OTIO wrote."""
    made = timeline(track(clip("SH010", 24)), start=86400)
    made.tracks[0][0].markers.append(otio.schema.Marker("LOOK", span(3, 1), color="RED"))
    colour = '{"OTIO_SCHEMA": "Color.1", "r": 1.0, "g": 0.0, "b": 0.0, "a": 1.0, "name": "RED"}'
    text = made.to_json_string().replace('"Marker.2"', '"Marker.3"').replace('"RED"', colour)
    path = tmp_path / "newer.otio"
    path.write_text(text.replace(f'"{schema}.1"', f'"{schema}.7"'))
    return path


def test_newer_markers_are_read_for_they_change_nothing_seen(tmp_path: Path) -> None:
    (marker,) = read_timeline(newer(tmp_path, "Other")).find_clips()[0].markers
    assert (marker.name, marker.color, marker.marked_range) == ("LOOK", "RED", span(3, 1))


@pytest.mark.parametrize("schema", ["Timeline", "ExternalReference"])
def test_anything_else_that_is_newer_is_refused_by_its_name(tmp_path: Path, schema: str) -> None:
    path = newer(tmp_path, schema)
    with pytest.raises(DubError, match="newer OTIO schema") as refused:
        read_timeline(path)
    assert f"({schema}.7)" in refused.value.problem
    assert str(path) == refused.value.where


def test_a_newer_cut_that_is_broken_besides_is_refused_in_words(tmp_path: Path) -> None:
    path = newer(tmp_path, "Other")
    path.write_text(path.read_text().replace('"media_references"', '"media"'))
    with pytest.raises(DubError, match="cannot be read"):
        read_timeline(path)


@needs_real
@pytest.mark.parametrize("name", ["premiere_example", "screening_example"])
def test_published_cuts_with_newer_markers_are_read(name: str) -> None:
    path = REAL / "otio" / f"OpenTimelineIO__{name}.otio"
    assert extract_cut(read_timeline(path), path=path).shots


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.otio", None, "does not exist"),
        ("cut.veg", "x", "Vegas"),
        ("cut", "x", "no reader"),
        ("cut.ma", "x", "no reader"),  # which OTIO would run
        ("empty.otio", "", "cannot be read"),
        ("broken.otio", '{"OTIO_SCHEMA": "Timeline.1", ', "cannot be read"),
        ("future.otio", '{"OTIO_SCHEMA": "Timeline.99"}', "schema"),
        ("other.otio", '{"OTIO_SCHEMA": "Clip.1"}', "no timeline, but a Clip"),
        ("list.otio", "[1, 2]", "no timeline"),
        ("cut.edl", "\0\1\2 nothing", "cut.edl"),
        ("cut.xml", "<xml", "cannot be read"),
        ("cut.fcpxml", "<fcpxml/>", "cut.fcpxml"),
        ("cut.otioz", "no zip", "cannot be read"),
        ("cut.kdenlive", "<mlt/>", "cut.kdenlive"),
    ],
)
def test_what_cannot_be_read_is_refused_by_file(
    name: str, content: str | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(DubError) as refused:
        extract_cut(read_timeline(path), path=path)
    assert name in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broken_aaf_is_refused_by_file(tmp_path: Path) -> None:
    """Its reader leaves the file open, which Python says when it collects it."""
    path = tmp_path / "cut.aaf"
    path.write_text("no aaf")
    try:
        read_timeline(path)
    except DubError as problem:
        said = str(problem)
    gc.collect()
    assert "cut.aaf: cannot be read" in said


def test_what_an_adapter_prints_does_not_reach_our_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "cut.otio", timeline(track(clip("A", 10))))
    real = otio.adapters.read_from_file

    def noisy(*args: object, **options: object) -> otio.core.SerializableObject:
        sys.stdout.write("an adapter says hello")
        return real(*args, **options)

    monkeypatch.setattr(otio.adapters, "read_from_file", noisy)
    read_timeline(path)
    assert capsys.readouterr().out == ""


def test_of_several_timelines_none_is_chosen_unless_one_alone_plays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    playing, empty = timeline(track(clip("A", 10))), timeline()
    playing.name, empty.name = "reel 1", "reel 0"
    both = otio.schema.SerializableCollection("bin", [empty, playing])
    with caplog.at_level(logging.WARNING):
        assert read_timeline(write(tmp_path / "cut.otio", both)).name == "reel 1"
    assert "reel 1" in caplog.text
    empty.tracks.append(track(clip("B", 10)))
    both = otio.schema.SerializableCollection("bin", [empty, playing])
    with pytest.raises(DubError, match="'reel 0', 'reel 1'"):
        read_timeline(write(tmp_path / "two.otio", both))


@pytest.mark.parametrize("made", [timeline(), timeline(track(gap(10))), timeline(track())])
def test_a_cut_without_picture_is_refused(made: otio.schema.Timeline) -> None:
    with pytest.raises(DubError, match="no picture"):
        cut_of(made)


# --- the facts ---


@pytest.mark.parametrize(
    ("start", "rate", "clip_rate", "expected"),
    [
        (86400, 23.976, 23.976, (Fraction(24000, 1001), 86400)),
        (None, 24, 29.97, (Fraction(30000, 1001), 0)),
        (107892, 29.97, 29.97, (Fraction(30000, 1001), 107892)),
        (90000, 25, 50, (Fraction(25), 90000)),
    ],
)
def test_the_clock_of_the_cut(
    start: float | None, rate: float, clip_rate: float, expected: tuple[Fraction, int]
) -> None:
    found = cut_of(timeline(track(clip("A", 10, rate=clip_rate)), start=start, rate=rate))
    assert (found.rate, found.first_frame) == expected


@pytest.mark.parametrize("where", ["references", "active"])
def test_media_under_no_name_is_refused(where: str, tmp_path: Path) -> None:
    text = otio.adapters.write_to_string(timeline(track(clip("SH1", 24))), "otio_json")
    named = {"references": '"DEFAULT_MEDIA":', "active": '_key": "DEFAULT_MEDIA"'}[where]
    (tmp_path / "cut.otio").write_text(text.replace(named, named.replace("DEFAULT_MEDIA", "")))
    assert named in text
    with pytest.raises(DubError, match="media reference has no key: SH1 on V1"):
        read_timeline(tmp_path / "cut.otio")


def test_a_cut_shows_at_least_a_frame_a_second() -> None:
    slow, steady = clip("slow", 3, rate=0.5), clip("steady", 48)
    assert cut_of(timeline(track(slow, clip("slow too", 3, rate=0.5), steady))).rate == 24
    with pytest.raises(DubError, match="less than one frame a second"):
        cut_of(timeline(track(slow.clone())))


def test_shots_come_in_record_order_with_their_media(tmp_path: Path) -> None:
    (tmp_path / "A.mov").touch()
    made = timeline(track(gap(5), clip("A", 10, start=3)), track(clip("B", 5)))
    first, second = cut_of(made, tmp_path / "cut.otio").shots
    assert (first.name, first.address, second.name, second.address) == ("B", (1, 0), "A", (0, 1))
    assert second.media is not None
    assert (second.media.path, second.source_start) == (str(tmp_path / "A.mov"), 3)
    assert first.problem == Reason(
        ReasonCode.MEDIA_MISSING,
        f"Its media {tmp_path}/B.mov is not there, and no B.mov is in {tmp_path} or below it. "
        "Relink it in the cut, or say where it lies here: with Relink media… in the panel, or with "
        "--media or --map.",
    )
    assert second.problem is None


def test_reasons_in_words_for_an_editor() -> None:
    off, hidden, empty = clip("off", 5), clip("hidden", 5), clip("empty", 0)
    off.enabled = False
    warped = clip("warped", 5)
    warped.effects.append(otio.schema.TimeEffect("Warp 1"))
    nest = otio.schema.Stack("nest", [track(clip("nested", 5))])
    below = track(off, hidden, empty, warped, retimed(nest, 0.0), name="V1")
    found = cut_of(timeline(below, track(gap(5), clip("above", 5))))
    problems = {shot.name: shot.problem for shot in found.shots}
    assert {name: problem.code for name, problem in problems.items() if problem} == {
        "off": ReasonCode.DISABLED,
        "hidden": ReasonCode.COVERED,
        "empty": ReasonCode.NO_LENGTH,
        "warped": ReasonCode.RETIMED_UNEVENLY,
        "nested": ReasonCode.RETIMED_NEST,
        "above": ReasonCode.MEDIA_MISSING,
    }
    assert "Warp 1" in problems["warped"].text


def test_sound_of_the_cut_lies_where_it_is_heard() -> None:
    """A 48 kHz file with timecode in a 24-frame cut, trimmed, after a gap, and once in a nest."""
    media = movie("boom.wav", 3600 * 48000, 48000 * 60, 48000)
    sound = otio.schema.Clip("boom", media, span(3602 * 48000, 96000, 48000))
    off = clip("off", 24)
    off.enabled = False
    nest = otio.schema.Stack("nest", [track(clip("N", 48)), track(clip("n", 48), kind="Audio")])
    nest.source_range = span(12, 24)
    made = timeline(
        track(clip("A", 72), nest), track(gap(12), sound, off, kind="Audio", name="Boom")
    )
    lines = {line.name: line for line in cut_of(made).lines}
    boom = lines["boom"]
    assert (boom.record.start, boom.record.end) == (Fraction(1, 2), Fraction(5, 2))
    assert (boom.sound_start, boom.track, boom.role) == (2, "Boom", "production")
    assert (lines["n"].record.start, lines["n"].sound_start) == (3, Fraction(1, 2))
    assert set(lines) == {"boom", "n"}
    assert [item.name for item in cut_of(made).left_out] == ["off"]


def test_metadata_of_sound_tracks() -> None:
    spoken = track(clip("A", 5), kind="Audio", name="A2")
    spoken.metadata["host"] = {"Language": "fr-FR", "color": "blue"}
    assert sound_labels(timeline(track(clip("A", 5)), spoken)) == {"A2": ("fr-FR",)}


def test_reading_writes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.otio", timeline(track(clip("A", 10))))
    before = path.read_bytes()
    path.chmod(0o400)
    extract_cut(read_timeline(path), path=path)
    assert path.read_bytes() == before
    assert json.loads(before)["OTIO_SCHEMA"] == "Timeline.1"
    assert os.listdir(tmp_path) == ["cut.otio"]
