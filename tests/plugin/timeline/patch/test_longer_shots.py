"""Shots that go on for a longer dub: on the DUB track of every dialect that holds them so."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

import opentimelineio as otio
import pytest
from support.cuts.coded_reel import delivery, dubbed_shots, media_name
from support.formats.read_reels import edl_reel, fcp7_reel, fcpxml_reel, otio_reel
from support.formats.xges_reels import xges_reel

from lipflap.plugin.timeline.clip.clip_frames import reference_of
from lipflap.plugin.timeline.clip.clip_media import file_of
from lipflap.plugin.timeline.patch.dubbed_shot import How
from lipflap.plugin.timeline.patch.host_element import host_element
from lipflap.plugin.timeline.patch.writers import WRITERS
from lipflap.plugin.timeline.read import read_timeline, says_rate

PAL = Fraction(25)
ADDED = 20  # frames
REELS: dict[str, Callable[[Path, Fraction], str]] = {
    ".edl": edl_reel,
    ".fcpxml": fcpxml_reel,
    ".xges": xges_reel,
    ".xml": fcp7_reel,
}


def reel(folder: Path, suffix: str) -> Path:
    path = folder / f"reel{suffix}"
    if suffix == ".aaf":
        made = otio_reel(folder, PAL, mixed=False)
        otio.adapters.write_to_file(made, str(path), use_empty_mob_ids=True)
    else:
        path.write_text(REELS[suffix](folder, PAL), encoding="utf-8")
    return path


def clips(path: Path) -> dict[str, otio.schema.Clip]:
    """The clips of a document by the names of their files."""
    timeline = read_timeline(path, rate=None if says_rate(path) else PAL)
    kept.append(timeline)
    names = [
        (unquote(file_of(reference_of(one))).rpartition("/")[2] or one.name, one)
        for one in timeline.find_clips()
    ]
    return dict(names)


kept: list[otio.schema.Timeline] = []  # clips live as long as their timeline


@pytest.mark.parametrize("suffix", [*REELS, ".aaf"])
def test_the_new_clip_lasts_as_long_as_the_dub(suffix: str, tmp_path: Path) -> None:
    path = reel(tmp_path, suffix)
    place = {4: host_element(clips(path)[media_name(4)])}
    (shot,) = dubbed_shots(tmp_path, place, PAL, (4,), suffix=".mov")
    lasts = []
    for added in (0, ADDED):
        shots = (replace(shot, added=added / PAL),)
        data = WRITERS[suffix].patch(path.read_bytes(), path, delivery(shots, How.TRACK, PAL)).data
        out = tmp_path / f"out{suffix}"
        out.write_bytes(data)
        span = clips(out)["SH040 new.mov"].trimmed_range()
        lasts.append((span.start_time.value, span.duration.value))
    assert lasts[1] == (lasts[0][0], 50 + ADDED)
    assert lasts[0][1] == 50
    assert How.TRACK in WRITERS[suffix].lengthens


def test_a_sequence_of_final_cut_7_lasts_until_the_shot_ends(tmp_path: Path) -> None:
    path = reel(tmp_path, ".xml")
    text = path.read_text().replace(
        "<name>reel</name>", "<name>reel</name><duration>200</duration>"
    )
    path.write_text(text)
    place = {4: host_element(clips(path)[media_name(4)])}
    (shot,) = dubbed_shots(tmp_path, place, PAL, (4,))
    asked = delivery((replace(shot, added=ADDED / PAL),), How.TRACK, PAL)
    found = WRITERS[".xml"].patch(path.read_bytes(), path, asked).data
    assert b"<name>reel dubbed</name><duration>220</duration>" in found
