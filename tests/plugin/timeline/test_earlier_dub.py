"""Dubbed cuts that are dubbed again: the shots are found below, and what is new is on top."""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import opentimelineio as otio
import pytest
from support.cuts.coded_reel import media_name
from support.cuts.dubbed_shots import dubbed_shots
from support.cuts.timelines import clip, gap, timeline, track
from support.formats.mlt_reels import kdenlive_reel
from support.formats.read_reels import fcp7_reel, fcpxml_reel

from lipflap.plugin.timeline.clip.clip_frames import reference_of
from lipflap.plugin.timeline.clip.clip_media import file_of
from lipflap.plugin.timeline.dialect.speed import detect_dialect
from lipflap.plugin.timeline.earlier_dub import earlier_dub_notes, mark_dub_tracks
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, How
from lipflap.plugin.timeline.patch.writers import WRITERS
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip
from lipflap.plugin.timeline.read import read_timeline

PAL = Fraction(25)
REELS: dict[str, Callable[[Path, Fraction], str]] = {
    ".xml": fcp7_reel,
    ".fcpxml": fcpxml_reel,
    ".kdenlive": kdenlive_reel,
}
WAYS = [(suffix, How.TRACK) for suffix in REELS] + [(".fcpxml", How.ALTERNATE)]
kept: list[object] = []  # a timeline that is gone takes its clips' parents with it


def dub(path: Path, how: How, folder: str, *names: str) -> Path:
    """Dub these shots of a cut, or all; the new files are in a folder that says which dub it is."""
    shots = tuple(
        replace(shot, file=PurePosixPath(f"/{folder}/{shot.name.split()[1]}.mov"), has_sound=True)
        for shot in dubbed_shots(path, PAL, *names)
    )
    delivery = Delivery(shots, (), how, "reel dubbed", PAL, 0)
    out = path.with_name(f"{folder}{path.suffix}")
    out.write_bytes(WRITERS[path.suffix].patch(path.read_bytes(), path, delivery).data)
    return out


def pictures(path: Path, *, all_tracks: bool = False) -> list[PlacedClip]:
    """The pictures of a cut as it is dubbed, or as it is seen."""
    found = read_timeline(path)
    kept.append(found)
    for one in found.find_children(descended_from_type=otio.schema.Track):
        if all_tracks and OURS in one.metadata:
            del one.metadata[OURS]
    return [one for one in place_clips(found, detect_dialect(found)) if not one.is_sound]


def filmed(path: Path) -> list[tuple[object, ...]]:
    """What is there to dub: files, their frames, and where they lie and are seen."""
    return [
        (
            file_of(reference_of(one.clip)),
            one.clip.name,
            one.clip.source_range.start_time.value,
            one.record,
            one.visible,
        )
        for one in pictures(path)
    ]


def seen(path: Path, frame: int) -> str:
    """The path of the film that shows at a frame of one."""
    at = (frame + Fraction(1, 2)) / PAL
    (url,) = (
        one.clip.media_reference.target_url
        for one in pictures(path, all_tracks=True)
        if any(part.start <= at < part.end for part in one.visible)
    )
    return unquote(url.removeprefix("file://localhost").removeprefix("file://"))


@pytest.mark.parametrize(("suffix", "how"), WAYS)
def test_a_dubbed_cut_is_dubbed_again_from_what_was_filmed(
    suffix: str, how: How, tmp_path: Path
) -> None:
    path = tmp_path / f"reel{suffix}"
    path.write_text(REELS[suffix](tmp_path, PAL), encoding="utf-8")
    names = ["SH010", "SH030", "SH040"]  # the first is mixed with one that stays
    once = dub(path, how, "once", *names)
    assert filmed(once) == filmed(path)
    (note,) = earlier_dub_notes(read_timeline(once))
    assert "an earlier dub" in note
    twice = dub(once, how, "twice", *names)
    assert filmed(twice) == filmed(path)
    shown = [seen(twice, frame) for frame in (10, 75, 125, 155)]
    original = str(tmp_path / media_name(2))
    assert shown == ["/twice/SH010.mov", original, "/twice/SH030.mov", "/twice/SH040.mov"]
    assert seen(twice, 170).endswith("title.mov")


def test_a_film_of_the_users_on_the_lane_of_an_earlier_dub_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "reel.fcpxml"
    path.write_text(fcpxml_reel(tmp_path, PAL), encoding="utf-8")
    once = dub(path, How.TRACK, "once", "SH030")
    inserted = '<asset-clip ref="film1" lane="1" name="insert" offset="36002s" duration="1s"/>'
    text = re.sub(r'(<asset-clip ref="film2"[^>]*>)', rf"\1{inserted}", once.read_text())
    once.write_text(text, encoding="utf-8")
    names = [name for _, name, *_, visible in filmed(once) if visible]
    assert sorted(names) == ["SH010", "SH020", "SH030", "SH040", "insert", "title"]


@pytest.mark.parametrize("name", ["DUB", "Video 2", ""])
def test_clips_named_as_ours_above_others_tell_a_dub_track(name: str) -> None:
    """Programs drop metadata, and some the names of tracks."""
    made = timeline(track(clip("SH010", 50)), track(clip("SH010 lipflap", 50), name=name))
    mark_dub_tracks(made)
    assert [OURS in one.metadata for one in made.tracks] == [False, True]


@pytest.mark.parametrize(
    ("name", "others"),
    [("Graphics", ()), ("DUB", (clip("film", 9),)), ("DUB", (gap(9), clip("SH010", 9)))],
)
def test_other_tracks_are_no_dub_tracks(
    name: str, others: tuple[otio.core.Composable, ...]
) -> None:
    """One with a name of its own, those that also hold a film of the user's; the lowest."""
    below = track(clip("SH010 lipflap", 50), clip("SH010", 50))
    copies = [one.clone() for one in others]
    made = timeline(below, track(clip("SH010 lipflap", 50), *copies, name=name))
    mark_dub_tracks(made)
    assert [OURS in one.metadata for one in made.tracks] == [False, False]
