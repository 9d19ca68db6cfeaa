"""Dubbed shots in projects of GES: rendered by GES, and byte for byte."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from support.coded_reel import (
    DUBBED,
    LENGTH,
    SHOTS,
    delivery,
    dubbed_shots,
    expected,
    media_name,
    right_frames,
    write_media,
)
from support.markup import changes
from support.xges_reels import needs_ges, render_ges, xges_reel

from lipflap.core.errors import DubError
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedSound, How
from lipflap.plugin.timeline.patch.xges import patch_xges
from lipflap.plugin.timeline.read import read_timeline

PAL = Fraction(25)


def written(folder: Path, rate: Fraction = PAL) -> tuple[Path, dict[int, str]]:
    """Write the project; return it and where the clips of each film are."""
    path = folder / "reel.xges"
    path.write_text(xges_reel(folder, rate), encoding="utf-8")
    names = {(folder / media_name(shot.file)).as_uri(): shot.file for shot in SHOTS}
    clips = [
        (clip.media_reference.target_url, clip.metadata["lipflap"]["element"])
        for clip in read_timeline(path).find_clips()
    ]
    return path, {names[url]: element for url, element in clips if url in names}


@pytest.mark.parametrize("rate", [PAL, Fraction(24000, 1001), Fraction(30000, 1001)], ids=str)
def test_the_reel_is_read_frame_for_frame(rate: Fraction, tmp_path: Path) -> None:
    path, _ = written(tmp_path, rate)
    cut = extract_cut(read_timeline(path), path=path)
    films = {shot.media.path: shot for shot in cut.shots if shot.media}
    assert cut.rate == rate
    for shot in SHOTS:
        one = films[str(tmp_path / media_name(shot.file))]
        frames = range(int(one.record.start * rate), int(one.record.end * rate))
        assert (frames, one.source_start) == (shot.played, shot.source[0])


@needs_ges
@pytest.mark.parametrize(
    ("how", "files"), [(How.TRACK, DUBBED), (How.TRACK, (2,)), (How.REPLACE, DUBBED)]
)
def test_ges_shows_the_dubbed_frames_and_all_others_as_they_were(
    how: How, files: tuple[int, ...], tmp_path: Path
) -> None:
    write_media(tmp_path, PAL)
    path, elements = written(tmp_path)
    shots = dubbed_shots(tmp_path, elements, PAL, files)
    path.write_bytes(patch_xges(path.read_bytes(), path, delivery(shots, how, PAL)).data)
    assert right_frames(render_ges(path, PAL), expected(dubbed=True, files=files)) == LENGTH


@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
def test_every_other_byte_stays(how: How, tmp_path: Path) -> None:
    path, elements = written(tmp_path)
    before = path.read_bytes()
    shots = dubbed_shots(tmp_path, elements, PAL)
    gone, added = changes(before, patch_xges(before, path, delivery(shots, how, PAL)).data)
    kinds = ("<layer priority='1'", "<clip ") if how == How.TRACK else ("<clip ",)
    assert [one for one in gone if not one.startswith(kinds)] == []
    assert sum("lipflap_0" in one or "SH010%20new" in one for one in added) == 2


def test_what_lies_above_stays_above_and_sound_has_a_layer(tmp_path: Path) -> None:
    path, elements = written(tmp_path)
    line = DubbedSound(
        name="DE 1",
        track="DUB de",
        record=TimeRange(Fraction(2), Fraction(5)),
        file=tmp_path / "de 1.wav",
        sound_start=Fraction(1),
        seconds=Fraction(9),
        sample_rate_hz=48000,
        channels=1,
    )
    brought = replace(
        delivery(dubbed_shots(tmp_path, elements, PAL), How.TRACK, PAL), sounds=(line,)
    )
    path.write_bytes(patch_xges(path.read_bytes(), path, brought).data)
    timeline = read_timeline(path)
    assert [track.name for track in timeline.video_tracks()] == ["V2", "DUB", "V4"]
    assert "lipflap" in timeline.video_tracks()[1].metadata
    (found,) = extract_cut(timeline, path=path).lines
    assert (found.track, found.record, found.sound_start) == ("DUB de", line.record, 1)


def test_a_project_without_the_dubbed_clips_is_refused(tmp_path: Path) -> None:
    path, elements = written(tmp_path)
    shots = dubbed_shots(tmp_path, elements, PAL, (1,))
    shots = (replace(shots[0], element="/ges/project/timeline/layer[9]/clip"),)
    with pytest.raises(DubError, match="none of the clips"):
        patch_xges(path.read_bytes(), path, delivery(shots, How.TRACK, PAL))
