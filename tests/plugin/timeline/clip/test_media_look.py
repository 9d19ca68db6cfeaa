"""What media hides of the pictures below it: in a cut of real files."""

import subprocess
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, dissolve, gap, movie, span, timeline, track
from support.media.sound_files import write_tones

from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.timeline.clip.media_look import forget_media, note_media
from lipflap.plugin.timeline.dialect.speed import OTIO
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.item_facts import FACTS
from lipflap.plugin.timeline.media.media_finder import MediaFinder
from lipflap.plugin.timeline.placement.place_clips import place_clips

LOGO = "color=white:s=16x8:d=1,format=rgba,pad=64:48:40:4:color=black@0"
FULL = "testsrc=s=64x48:d=1,format=rgba"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    alpha = ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")
    for name, source, options in (
        ("logo.png", LOGO, ()),
        ("logo.mov", LOGO, alpha),
        ("photo.png", FULL, ()),  # with an alpha channel that is full
        ("cutaway.mov", FULL, alpha),
        ("film.mp4", FULL, ("-pix_fmt", "yuv420p")),
    ):
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "1"]
        subprocess.run([*command, *options, str(folder / name)], check=True)
    write_tones(folder / "sound.wav", [300])
    return folder


def shots(made: otio.schema.Timeline, folder: Path) -> dict[str, Shot]:
    return {one.name: one for one in extract_cut(made, path=folder / "cut.otio").shots}


def over(upper: otio.core.Item) -> otio.schema.Timeline:
    low = clip("LOW", 48, url="film.mp4")
    return timeline(track(low), track(gap(12), upper), start=0)


def seen_of_low(made: otio.schema.Timeline, folder: Path) -> int:
    return int(sum(piece.seconds for piece in shots(made, folder)["LOW"].visible) * 24)


@pytest.mark.parametrize(
    ("file", "frames"),
    [
        ("logo.png", 48),
        ("logo.mov", 48),
        ("photo.png", 24),
        ("cutaway.mov", 24),
        ("film.mp4", 24),
        ("sound.wav", 48),  # holds no picture at all
        ("lost.mov", 24),
        ("lost.png", 24),
    ],
)
def test_media_with_holes_does_not_cover_and_lost_film_does(
    media: Path, file: str, frames: int
) -> None:
    assert seen_of_low(over(clip("HIGH", 24, url=file)), media) == frames
    nest = otio.schema.Stack("NEST", [track(clip("HIGH", 24, url=file))])
    assert seen_of_low(over(nest), media) == frames


@pytest.mark.parametrize("below", ["nest", "trimmed track", "mixed track"])
def test_media_is_looked_at_over_whatever_lies_below(media: Path, below: str) -> None:
    low = clip("LOW", 48, url="film.mp4")
    lower: otio.core.Item
    if below == "nest":
        lower = otio.schema.Stack("NEST", [track(low)])
    elif below == "trimmed track":
        lower = track(gap(24), low)
        lower.source_range = span(24, 48)
    else:
        lower = track(dissolve(0, 12), low)
    made = timeline(lower, track(clip("HIGH", 48, url="logo.png")), start=0)
    assert seen_of_low(made, media) >= 48


def test_a_clip_that_never_had_film_does_not_cover(media: Path) -> None:
    """Resolve writes titles and adjustment clips so."""

    def without(name: str, **facts: object) -> otio.schema.Clip:
        made = otio.schema.Clip(name, otio.schema.MissingReference(), span(0, 24))
        made.metadata.update(facts)
        return made

    assert seen_of_low(over(without("Text+")), media) == 48
    assert seen_of_low(over(without("Adjustment Clip")), media) == 48
    assert seen_of_low(over(without("A001C003_0712.mov")), media) == 24
    assert seen_of_low(over(without("SH010", cmx_3600={"reel": "A001"})), media) == 24
    ranged = otio.schema.Clip("SH010", otio.schema.MissingReference(), span(0, 24))
    ranged.media_reference.available_range = span(0, 100)
    assert seen_of_low(over(ranged), media) == 24


def test_a_picture_in_its_own_pixels_covers_if_it_has_enough_of_them(media: Path) -> None:
    def scaled(scale: float, frame: tuple[int, int]) -> otio.schema.Timeline:
        high = clip("HIGH", 24, url="film.mp4")
        high.metadata[FACTS] = {"native_scale": scale}
        made = over(high)
        size = {"width": frame[0], "height": frame[1]}
        made.tracks.metadata["PremierePro_OTIO"] = {"VideoResolution": size}
        return made

    assert seen_of_low(scaled(0.5, (32, 24)), media) == 24
    assert seen_of_low(scaled(0.5, (64, 48)), media) == 48
    assert seen_of_low(scaled(1.5, (128, 96)), media) == 48


def test_only_media_of_clips_over_others_is_opened(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a file, however often it is used: a cut may have ten thousand clips."""
    opened: list[str] = []
    look = "lipflap.plugin.timeline.clip.media_look.picture_surface"
    from lipflap.core.media.alpha import picture_surface

    def counted(path: str, first_file: int | None) -> object:
        opened.append(Path(path).name)
        return picture_surface(path, first_file)

    monkeypatch.setattr(look, counted)
    low = [clip(f"L{i}", 24, url="film.mp4") for i in range(4)]
    high = [clip(f"H{i}", 24, url="logo.png") for i in range(2)]
    beside = clip("BESIDE", 24, url="photo.png")
    shots(timeline(track(*low), track(gap(12), *high, gap(60), beside), start=0), media)
    assert opened == ["logo.png"]


def test_notes_tell_the_same_without_media_and_are_taken_out_again(media: Path) -> None:
    made = over(clip("HIGH", 24, url="logo.png"))
    before = made.to_json_string()
    note_media(made, MediaFinder(media))
    low = next(one for one in place_clips(made, OTIO) if one.clip.name == "LOW")
    assert sum(piece.seconds for piece in low.visible) == 2
    forget_media(made)
    assert made.to_json_string() == before


@pytest.mark.parametrize(
    "reference", [movie("photo.png", 0, 1), otio.schema.ExternalReference("photo.png")]
)
def test_a_still_is_held_as_long_as_the_cut_shows_it(
    media: Path, reference: otio.core.MediaReference
) -> None:
    photo = otio.schema.Clip("PHOTO", reference, span(107892, 50))
    found = shots(timeline(track(photo), start=0), media)["PHOTO"]
    assert (found.problem, found.speed, found.source_start) == (None, 0, 0)
    assert found.record.seconds * 24 == 50


def test_a_movie_that_is_said_to_stand_still_is_held(media: Path) -> None:
    held = clip("HELD", 24, start=7, url="film.mp4")
    held.metadata[FACTS] = {"still": True}
    found = shots(timeline(track(held), start=0), media)["HELD"]
    assert (found.problem, found.speed, found.source_start) == (None, 0, 7)
