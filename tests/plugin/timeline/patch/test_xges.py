"""Dubbed shots in projects of GES: rendered by GES, and byte for byte."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from support.cuts.coded_reel import (
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
from support.formats.markup import changes
from support.formats.xges_reels import needs_ges, render_ges, xges_reel

from lipflap.core.errors import DubError
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedSound, How
from lipflap.plugin.timeline.patch.xges import moved_keys, patch_xges
from lipflap.plugin.timeline.read import read_timeline

PAL, NTSC = Fraction(25), Fraction(30000, 1001)


def written(folder: Path, rate: Fraction = PAL) -> tuple[Path, dict[int, str]]:
    """Write the project; return it and where the clips of each film are."""
    path = folder / "reel.xges"
    path.write_text(xges_reel(folder, rate), encoding="utf-8")
    return path, elements_of(path)


def elements_of(path: Path) -> dict[int, str]:
    """Return where the clips of each film are in the project."""
    names = {(path.parent / media_name(shot.file)).as_uri(): shot.file for shot in SHOTS}
    clips = [
        (clip.media_reference.target_url, clip.metadata["lipflap"]["element"])
        for clip in read_timeline(path).find_clips()
    ]
    return {names[url]: element for url, element in clips if url in names}


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
    ("how", "files", "rate"),
    [(How.TRACK, DUBBED, PAL), (How.TRACK, (2,), PAL), (How.REPLACE, DUBBED, NTSC)],
)
def test_ges_shows_the_dubbed_frames_and_all_others_as_they_were(
    how: How, files: tuple[int, ...], rate: Fraction, tmp_path: Path
) -> None:
    write_media(tmp_path, rate)
    path, elements = written(tmp_path, rate)
    shots = dubbed_shots(tmp_path, elements, rate, files)
    path.write_bytes(patch_xges(path.read_bytes(), path, delivery(shots, how, rate)).data)
    assert right_frames(render_ges(path, rate), expected(dubbed=True, files=files)) == LENGTH


def test_lines_that_follow_one_another_neither_overlap_nor_leave_a_gap(tmp_path: Path) -> None:
    """GES mixes what overlaps, if only by a nanosecond."""
    path, _ = written(tmp_path, NTSC)
    lines = tuple(
        DubbedSound(
            name=f"DE {number}",
            track="DUB",
            record=TimeRange(number / NTSC, (number + 1) / NTSC),
            file=tmp_path / "de.wav",
            sound_start=Fraction(0),
            seconds=Fraction(9),
            sample_rate_hz=48000,
            channels=1,
        )
        for number in range(50)
    )
    brought = replace(delivery((), How.TRACK, NTSC), sounds=lines)
    text = patch_xges(path.read_bytes(), path, brought).data.decode()
    spans = re.findall(r"track-types='2' start='(\d+)' duration='(\d+)'", text)
    ends = [int(start) + int(length) for start, length in spans]
    assert len(spans) == 50
    assert ends[:-1] == [int(start) for start, _ in spans[1:]]


@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
def test_every_other_byte_stays(how: How, tmp_path: Path) -> None:
    path, elements = written(tmp_path)
    before = path.read_bytes()
    shots = dubbed_shots(tmp_path, elements, PAL)
    gone, added = changes(before, patch_xges(before, path, delivery(shots, how, PAL)).data)
    kinds = ("<layer priority='1'", "<clip ") if how == How.TRACK else ("<clip ",)
    assert [one for one in gone if not one.startswith(kinds)] == []
    assert sum("SH010%20new" in one for one in added) == 2


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


def test_a_dubbed_project_is_dubbed_again_above_what_was_laid(tmp_path: Path) -> None:
    path, elements = written(tmp_path)
    shots = dubbed_shots(tmp_path, elements, PAL, (2, 4))
    once = patch_xges(path.read_bytes(), path, delivery(shots, How.TRACK, PAL)).data
    path.write_bytes(once)
    found = elements_of(path)  # of the second film its side of the mix with the first, too
    again = tuple(replace(one, element=found[int(one.name[3])]) for one in shots[1:])
    root = ET.fromstring(patch_xges(once, path, delivery(again, How.TRACK, PAL)).data)
    names = re.findall(r"name=\(string\)(lipflap_\w*)", ET.tostring(root, "unicode"))
    assert len(names) == len(set(names))
    layers = sorted(root.iter("layer"), key=lambda one: int(one.get("priority")))
    held = [
        [Path(clip.get("asset-id")).stem for clip in one if clip.tag == "clip"] for one in layers
    ]
    new = [sum(name.endswith("new") for name in one) for one in held]
    assert [one.get("priority") for one in layers] == ["0", "1", "2", "3"]
    assert new == [0, 1, 2, 0]  # the title, the second pass, the first, what was filmed


def test_a_project_without_the_dubbed_clips_is_refused(tmp_path: Path) -> None:
    path, elements = written(tmp_path)
    shots = dubbed_shots(tmp_path, elements, PAL, (1,))
    shots = (replace(shots[0], element="/ges/project/timeline/layer[9]/clip"),)
    with pytest.raises(DubError, match="none of the clips"):
        patch_xges(path.read_bytes(), path, delivery(shots, How.TRACK, PAL))


def test_shots_on_two_layers_have_a_dub_layer_above_each(tmp_path: Path) -> None:
    """GES mixes what overlaps on one layer."""
    path, _ = written(tmp_path)
    text = path.read_text(encoding="utf-8")
    clips = re.findall(r"<clip .*?</clip>|<clip [^>]*/>", text, re.S)
    moved = next(clip for clip in clips if "film%203" in clip)
    top = text.index("<clip ")
    text = text.replace(moved, "")
    text = text[:top] + moved.replace("layer-priority='1'", "layer-priority='0'") + text[top:]
    path.write_text(text, encoding="utf-8")
    brought = delivery(dubbed_shots(tmp_path, elements_of(path), PAL, (1, 3)), How.TRACK, PAL)
    root = ET.fromstring(patch_xges(path.read_bytes(), path, brought).data)
    layers = [(int(one.get("priority")), one) for one in root.iter("layer")]
    assert sorted(number for number, _ in layers) == [0, 1, 2, 3]
    for number, layer in layers:
        assert {int(clip.get("layer-priority")) for clip in layer.iter("clip")} <= {number}
    dubs = {number: len(layer) for number, layer in layers if "DUB" in layer.get("metadatas", "")}
    assert dubs == {0: 1, 2: 3}  # of shot 1 with the dissolve to the next, and that


_PLACED = "GstFramePositioner::posx=(int)100, GstFramePositioner::width=(int)32;"
_SOURCES = f"""<source track-id='1' children-properties='GstVolume::volume=(double)0.5;'>
</source><source track-id='0' children-properties='properties, {_PLACED}'>
<binding property='alpha' values =' 800000000:0  1200000000:1 '/></source>"""


@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
def test_a_new_picture_is_placed_and_faded_as_the_old_one_was(how: How, tmp_path: Path) -> None:
    """The clip begins with frame 20 of its film, of which the new file has 8 before it."""
    path, _ = written(tmp_path)
    text = re.sub(r"(<clip id='1'[^>]*?) />", rf"\1>{_SOURCES}</clip>", path.read_text())
    path.write_text(text)
    shots = dubbed_shots(tmp_path, elements_of(path), PAL, (1,))
    found = patch_xges(path.read_bytes(), path, delivery(shots, how, PAL)).data.decode()
    clip = re.search(r"<clip [^>]*SH010%20new.*?</clip>", found, re.DOTALL)
    assert clip is not None
    assert _PLACED in clip[0]
    inpoint = int(re.search(r'inpoint="(\d+)"', clip[0])[1])
    first = inpoint - 800_000_000
    assert f'values=" {max(0, 800_000_000 + first)}:0  {1_200_000_000 + first}:1 "' in clip[0]
    assert found.count("GstVolume") == 1
    assert ("GstVolume" in clip[0]) == (how == How.REPLACE)


@pytest.mark.parametrize(
    ("keys", "moved", "found"),
    [
        (" 10:0  20:1 ", -5, " 5:0  15:1 "),
        (" 10:0  20:1 ", -15, " 0:0.5  5:1 "),
        (" 10:0  20:1 ", -30, " 0:1 "),
        (" 10:0.25 ", 5, " 15:0.25 "),
    ],
)
def test_keys_move_with_the_frames(keys: str, moved: int, found: str) -> None:
    assert moved_keys(keys, moved) == found
