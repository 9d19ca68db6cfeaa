"""Final Cut 7 XML: what the adapter leaves in the metadata, and what it does not find."""

from fractions import Fraction
from pathlib import Path

import pytest
from support.formats.fcp7 import (
    centre,
    clip,
    document,
    effect,
    file,
    parameter,
    rate,
    same_file,
    sequence,
    track,
)

from lipflap.core.errors import DubError
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.cut.reason import ReasonCode
from lipflap.plugin.timeline.dialect.fcp7_effects import stated_size
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.item_facts import ItemFacts, facts_of
from lipflap.plugin.timeline.read import read_timeline

HD = "<width>1920</width><height>1080</height>"
MOVIE = file("a.mov", 1000, start=90000)


def shots(path: Path) -> dict[str, Shot]:
    path.with_name("a.mov").touch()
    return {shot.name: shot for shot in extract_cut(read_timeline(path), path=path).shots}


def only_shot(tmp_path: Path, inside: str, *, first: int = 24) -> Shot:
    made = clip("SH010", MOVIE, (0, 50), first, inside)
    return shots(document(tmp_path / "cut.xml", sequence("s", track(made))))["SH010"]


def only_facts(tmp_path: Path, inside: str, *, media: str = MOVIE, frame: str = HD) -> ItemFacts:
    made = sequence("s", track(clip("SH010", media, (0, 50), 24, inside)), frame=frame)
    return facts_of(read_timeline(document(tmp_path / "cut.xml", made)).find_clips()[0])


SUBCLIP = "<subclipinfo><startoffset>100</startoffset><endoffset>50</endoffset></subclipinfo>"


def remap(*parameters: str, inside: str = "") -> str:
    return effect("timeremap", *parameters, inside=inside)


def test_a_clip_and_a_track_that_are_off_are_disabled(tmp_path: Path) -> None:
    off = "<enabled>FALSE</enabled>"
    low = clip("LOW", MOVIE, (0, 50), 0)
    high = clip("HIGH", same_file("a.mov"), (0, 50), 0)
    by_clip = document(
        tmp_path / "clip.xml",
        sequence("s", track(low), track(high.replace("<enabled>TRUE</enabled>", off))),
    )
    by_track = document(tmp_path / "track.xml", sequence("s", track(low), track(high, inside=off)))
    for cut, word in ((by_clip, "the clip"), (by_track, "the track")):
        found = shots(cut)
        assert found["LOW"].problem is None
        assert found["HIGH"].problem is not None
        assert found["HIGH"].problem.code == ReasonCode.DISABLED
        assert word in found["HIGH"].problem.text


@pytest.mark.parametrize(
    ("inside", "speed", "first"),
    [
        (remap(parameter("speed", 125)), Fraction(5, 4), 90030),
        (remap(parameter("speed", "50.0")), Fraction(1, 2), 90012),
        (
            remap(parameter("speed", 500.012), parameter("variablespeed", 0)),
            Fraction("5.00012"),
            90120,
        ),
        # backwards, in 24 lies 24 frames of the retimed clip before the end of the media
        (remap(parameter("speed", 100), parameter("reverse", "TRUE")), Fraction(-1), 90975),
        (remap(parameter("speed", -200)), Fraction(-2), 90951),
        (remap(parameter("speed", 0)), Fraction(0), 90024),
        (remap(parameter("speed", 100)), Fraction(1), 90024),
        (remap(parameter("speed", 125), inside="<enabled>FALSE</enabled>"), Fraction(1), 90024),
        ("", Fraction(1), 90024),
    ],
)
def test_a_speed_is_followed_and_in_counts_retimed_frames(
    tmp_path: Path, inside: str, speed: Fraction, first: int
) -> None:
    shot = only_shot(tmp_path, inside)
    assert shot.problem is None
    assert shot.speed == speed
    assert shot.source_start == first
    assert shot.record.seconds == 2


@pytest.mark.parametrize(
    "inside",
    [
        remap(parameter("speed", 80), parameter("variablespeed", 1)),
        remap(parameter("speed", "fast")),
        remap(parameter("speed", 0.25)),  # per cent, or Hiero's factor
    ],
)
def test_a_speed_that_cannot_be_followed_leaves_the_shot(tmp_path: Path, inside: str) -> None:
    problem = only_shot(tmp_path, inside).problem
    assert problem is not None
    assert problem.code == ReasonCode.RETIMED_UNEVENLY
    assert "Time Remap" in problem.text


def test_sound_is_retimed_with_its_clip(tmp_path: Path) -> None:
    """It is left out as a whole rather than laid at a wrong time."""
    sound = clip("DE_1", file("d.wav", 100), (0, 50), 10, remap(parameter("speed", 125)))
    cut = document(
        tmp_path / "cut.xml",
        sequence("s", track(clip("SH010", MOVIE, (0, 50), 0)), sound=[track(sound)]),
    )
    speeds = [e.time_scalar for e in next(iter(read_timeline(cut).audio_tracks()))[0].effects]
    assert speeds == [1.25]


COVERS = {
    "nothing": "",
    "scale to fill": effect("basic", parameter("scale", 150), centre(0, 0)),
    "moved in a large picture": effect("basic", parameter("scale", 200), centre(0.3, -0.5)),
    "turned upside down": effect("basic", parameter("rotation", 180)),
    "opaque": effect("opacity", parameter("opacity", 100)),
    "no crop": effect("crop", parameter("left", 0), parameter("top", 0)),
    "graded": effect("Color Corrector", parameter("sat", 50), category="Color"),
    "switched off": effect("opacity", parameter("opacity", 40), inside="<enabled>FALSE</enabled>"),
    "normal": "<compositemode>normal</compositemode><alphatype>none</alphatype>",
}
DOES_NOT_COVER = {
    "scaled": effect("basic", parameter("scale", 40)),
    "keyed smaller": effect("basic", parameter("scale", 100, 100, 90)),
    "moved": effect("basic", centre(0.1, 0)),
    "moved too far": effect("basic", parameter("scale", 150), centre(0, 0.3)),
    "turned": effect("basic", parameter("scale", 120), parameter("rotation", 45)),
    "half opaque": effect("opacity", parameter("opacity", 50)),
    "faded": effect("opacity", parameter("opacity", 100, 0, 100)),
    "cropped": effect("crop", parameter("bottom", 12.5)),
    "keyed": effect("Chroma Keyer", category="Key"),
    "matte": effect("Garbage matte"),
    "screen": "<compositemode>screen</compositemode>",
    "alpha": "<alphatype>straight</alphatype>",
}


@pytest.mark.parametrize("inside", COVERS.values(), ids=COVERS)
def test_what_fills_the_frame_covers(tmp_path: Path, inside: str) -> None:
    assert only_facts(tmp_path, inside).covers


@pytest.mark.parametrize("inside", DOES_NOT_COVER.values(), ids=DOES_NOT_COVER)
def test_what_lets_the_picture_below_be_seen_does_not(tmp_path: Path, inside: str) -> None:
    assert not only_facts(tmp_path, inside).covers


def test_a_scale_is_of_the_pictures_own_pixels(tmp_path: Path) -> None:
    half = effect("basic", parameter("scale", 50))
    assert only_facts(tmp_path, half, media=file("uhd.mov", 100, size=(3840, 2160))).covers
    assert not only_facts(tmp_path, half, media=file("hd.mov", 100, size=(1920, 1080))).covers
    twice = effect("basic", parameter("scale", 150))
    assert not only_facts(tmp_path, twice, media=file("sd.mov", 100, size=(720, 576))).covers


def test_a_clip_of_no_opacity_says_so(tmp_path: Path) -> None:
    problem = only_shot(tmp_path, effect("opacity", parameter("opacity", 0))).problem
    assert problem is not None
    assert problem.text == "Its opacity is 0; nothing of it is visible."


def test_a_clip_and_a_file_without_a_path_are_named_as_what_they_are(tmp_path: Path) -> None:
    offline = clip("OFF", '<file id="o"><name>gone.mov</name></file>', (50, 100), 0)
    empty = clip("TITLE", "", (100, 150), 0)
    made = document(tmp_path / "cut.xml", sequence("s", track(offline, empty)))
    why = {name: shot.problem.text for name, shot in shots(made).items()}
    assert "no file called gone.mov" in why["OFF"]
    assert "as titles and adjustment clips do" in why["TITLE"]


def test_a_file_may_be_defined_later_or_in_a_bin(tmp_path: Path) -> None:
    first, second = (clip(n, same_file(f"{n}.mov"), (0, 50), 5) for n in ("A", "B"))
    master = f'<clip id="m"><media><video><track>{clip("M", file("A.mov", 900), (0, 9), 0)}'
    bin_ = f"<bin><children>{master}</track></video></media></clip></children></bin>"
    later = clip("C", file("B.mov", 900, start=75), (50, 60), 0)
    made = sequence("s", track(first), track(second, later))
    cut = document(tmp_path / "cut.xml", bin_, made)
    found = {c.name: c.media_reference for c in read_timeline(cut).find_clips()}
    assert {name: ref.target_url for name, ref in found.items()} == {
        "A": "A.mov",
        "B": "B.mov",
        "C": "B.mov",
    }
    assert shots(cut)["B"].source_start == 80


def test_nested_sequences_hold_their_clips(tmp_path: Path) -> None:
    inner = sequence("inner", track(clip("IN", MOVIE, (0, 100), 10)))
    nest = clip("NEST", inner, (0, 50), 20)
    again = clip("AGAIN", '<sequence id="inner"/>', (50, 60), 0)
    cut = document(tmp_path / "cut.xml", sequence("s", track(nest, again)))
    found = extract_cut(read_timeline(cut), path=cut).shots
    assert [(s.visible[0].start, s.visible[0].seconds) for s in found] == [
        (0, 2),
        (2, Fraction(2, 5)),
    ]
    assert [s.source_start for s in found] == [90010, 90010]
    assert [s.record.start for s in found] == [Fraction(-4, 5), 2]
    assert [(s.shown.start, s.shown.seconds) for s in found] == [(0, 2), (2, Fraction(2, 5))]


def test_a_still_that_is_one_frame_of_a_movie_starts_at_that_frame(tmp_path: Path) -> None:
    held = "<stillframe>TRUE</stillframe><stillframeoffset>77</stillframeoffset>"
    assert only_shot(tmp_path, held).source_start == 90077
    assert only_facts(tmp_path, held).still


def test_a_dubbed_cut_that_was_final_cut_xml_is_not_retimed_twice(tmp_path: Path) -> None:
    made = clip("SH010", MOVIE, (0, 50), 24, remap(parameter("speed", 125)))
    read = read_timeline(document(tmp_path / "cut.xml", sequence("s", track(made))))
    read.to_json_file(str(tmp_path / "again.otio"))
    again = shots(tmp_path / "again.otio")["SH010"]
    assert (again.speed, again.source_start) == (Fraction(5, 4), 90030)


@pytest.mark.parametrize("said", [["a list"], "a word", {"media": ["a list"]}])
def test_a_size_that_is_said_in_no_mapping_is_none(said: object) -> None:
    assert stated_size({"media": {"video": {"format": said}}}) is None
    assert stated_size(said) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("inside", "first"),
    [
        ("", 90124),
        (remap(parameter("speed", 100)), 90124),
        (remap(parameter("speed", 200)), 90148),
        (remap(parameter("speed", 0)), 90124),
        (remap(parameter("speed", -100)), 90925),
    ],
)
def test_a_subclip_counts_from_where_it_begins(inside: str, first: int, tmp_path: Path) -> None:
    """Backwards from where it ends, 50 frames before its media does."""
    assert only_shot(tmp_path, SUBCLIP + inside).source_start == first


def test_clips_lie_where_they_start_in_whatever_order_they_stand(tmp_path: Path) -> None:
    row = track(clip("B", MOVIE, (100, 150), 0), clip("A", same_file("a.mov"), (0, 50), 10))
    found = shots(document(tmp_path / "cut.xml", sequence("s", row)))
    places = {name: (one.record.start * 25, one.source_start) for name, one in found.items()}
    assert places == {"A": (0, 90010), "B": (100, 90000)}


def test_clips_of_one_track_that_overlap_are_refused_by_name(tmp_path: Path) -> None:
    row = track(clip("A", MOVIE, (0, 50), 0), clip("B", same_file("a.mov"), (49, 90), 10))
    with pytest.raises(DubError, match="'B' begins before 'A' ends, on the same track"):
        shots(document(tmp_path / "cut.xml", sequence("s", row)))


def test_a_sequence_without_a_rate_is_refused_by_its_name(tmp_path: Path) -> None:
    made = sequence("reel 1", track(clip("A", MOVIE, (0, 50), 0))).replace(rate(), "", 1)
    with pytest.raises(DubError, match="its sequence 'reel 1' says no frame rate"):
        shots(document(tmp_path / "cut.xml", made))
