"""Dubbed shots in projects of Kdenlive, Shotcut and MLT: played by melt, and byte for byte."""

import re
from collections.abc import Callable
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
from support.cuts.timelines import REAL, needs_real
from support.formats.markup import changes
from support.formats.mlt_reels import (
    kdenlive_reel,
    melt_reel,
    needs_melt,
    plain_reel,
    render,
    shotcut_reel,
)

from lipflap.core.errors import DubError
from lipflap.core.frametime import FrameSpan
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot, DubbedSound, How
from lipflap.plugin.timeline.patch.mlt.write import patch_mlt
from lipflap.plugin.timeline.read import read_timeline

PAL = Fraction(25)
REELS: dict[str, Callable[[Path], str]] = {
    "kdenlive 22": kdenlive_reel,
    "kdenlive 24": lambda folder: kdenlive_reel(folder, nested=True),
    "shotcut": shotcut_reel,
    "plain": plain_reel,
    "melt": melt_reel,
}
PLAIN = ("plain", "melt")  # the dissolve is between tracks
# All that a patch may take away: numbers of tracks, and what an entry plays.
OURS = re.compile(r'<property name="(a_track|b_track|kdenlive:(id|clipname))">|<(entry|track) ')


def written(folder: Path, text: str) -> tuple[Path, dict[int, str]]:
    """Write a project; return it and where the clips of each film are."""
    path = folder / "reel.mlt"
    path.write_text(text, encoding="utf-8")
    names = {(folder / media_name(shot.file)).as_uri(): shot.file for shot in SHOTS}
    clips = [
        (getattr(clip.media_reference, "target_url", ""), clip.metadata["lipflap"]["element"])
        for clip in read_timeline(path).find_clips()
    ]
    return path, {names[url]: element for url, element in clips if url in names}


def patched(
    folder: Path, dialect: str, how: How, files: tuple[int, ...] = DUBBED
) -> tuple[bytes, bytes]:
    path, elements = written(folder, REELS[dialect](folder))
    is_plain = dialect in PLAIN
    shots = dubbed_shots(folder, elements, PAL, files, between_tracks=is_plain)
    found = patch_mlt(path.read_bytes(), path, delivery(shots, how, PAL))
    mixed_below = is_plain and how == How.TRACK and 2 in files
    assert [name for name, _ in found.notes] == (["SH020"] if mixed_below else [])
    return path.read_bytes(), found.data


# --- played ---


@needs_melt
@pytest.mark.parametrize(
    ("dialect", "how", "files"),
    [
        ("kdenlive 24", How.TRACK, DUBBED),
        ("kdenlive 22", How.REPLACE, DUBBED),
        ("shotcut", How.TRACK, (2,)),
        ("melt", How.TRACK, DUBBED),
        ("melt", How.REPLACE, DUBBED),
    ],
)
def test_melt_shows_the_dubbed_frames_and_all_others_as_they_were(
    dialect: str, how: How, files: tuple[int, ...], tmp_path: Path
) -> None:
    write_media(tmp_path, PAL)
    _, data = patched(tmp_path, dialect, how, files)
    path = tmp_path / "dubbed.mlt"
    path.write_bytes(data)
    assert right_frames(render(path), expected(dubbed=True, files=files)) == LENGTH


@pytest.mark.parametrize(("how", "noted"), [(How.TRACK, True), (How.REPLACE, False)])
def test_a_mix_between_tracks_is_said_to_show_the_old_picture(
    how: How, noted: bool, tmp_path: Path
) -> None:
    path, elements = written(tmp_path, REELS["plain"](tmp_path))
    shots = dubbed_shots(tmp_path, elements, PAL, (1, 2), between_tracks=True)
    notes = patch_mlt(path.read_bytes(), path, delivery(shots, how, PAL)).notes
    assert [name for name, text in notes if "old picture shows" in text] == ["SH020"] * noted


# --- bytes ---


@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
@pytest.mark.parametrize("dialect", REELS)
def test_every_other_byte_stays(dialect: str, how: How, tmp_path: Path) -> None:
    before, after = patched(tmp_path, dialect, how)
    gone, added = changes(before, after)
    tags = [one for one in gone if one.startswith("<")]
    assert [one for one in tags if not OURS.match(one)] == []
    texts = {one for one in gone if not one.startswith("<")}
    assert texts <= {*"0123456789", "reel", *(f"SH0{file}0" for file in DUBBED)}
    if how == How.TRACK:
        assert [one for one in gone if one.startswith("<entry")] == []
    assert sum("SH020 lipflap" in one for one in added) == (dialect not in PLAIN)


@needs_real
@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
@pytest.mark.parametrize("path", sorted((REAL / "kdenlive").glob("*.kdenlive")), ids=str)
def test_real_projects_keep_all_but_the_dubbed_clips(path: Path, how: How) -> None:
    """The dubbed project is read again: each dubbed clip shows where it was, and nothing moved."""
    cut = extract_cut(read_timeline(path), path=path)
    films = [shot for shot in cut.shots if shot.media]
    elements = {
        clip.metadata["lipflap"]["element"]: clip for clip in read_timeline(path).find_clips()
    }
    timeline = read_timeline(path)
    shots = []
    for shot in films:
        item = timeline.tracks
        for place in shot.address:
            item = item[place]
        shots.append(dubbed(shot.name, item.metadata["lipflap"]["element"], shot.record, cut.rate))
    found = patch_mlt(path.read_bytes(), path, delivery(tuple(shots), how, cut.rate))
    gone, _ = changes(path.read_bytes(), found.data)
    tags = ("<entry ", "<filter ")
    assert [one for one in gone if one.startswith("<") and not one.startswith(tags)] == []
    texts = [one for one in gone if not one.startswith("<") and "groups" not in one]
    assert [one for one in texts if not re.match(r"\d|\s*\[", one)] == []
    assert len(elements) > len(shots)
    assert found.data.count(b"<producer") == path.read_bytes().count(b"<producer") + len(shots)


def dubbed(name: str, element: str, record: TimeRange, rate: Fraction) -> DubbedShot:
    """A shot with eight frames of handles."""
    count = int(record.seconds * rate) + 16
    return DubbedShot(
        name=name,
        address=(),
        element=element,
        record=record,
        file=Path(f"/job/media/{name}.mov"),
        frames=FrameSpan(12, 12 + count, rate),
        media_first=12,
        shown_from=record.start - 8 / rate,
        is_baked=False,
        reel="",
    )


# --- structure ---


def test_what_lies_above_stays_above(tmp_path: Path) -> None:
    _, data = patched(tmp_path, "kdenlive 22", How.TRACK)
    (tmp_path / "dubbed.mlt").write_bytes(data)
    tracks = read_timeline(tmp_path / "dubbed.mlt").tracks
    assert [track.name for track in tracks] == ["A1", "V1", "DUB", "V2"]
    names = [clip.name for clip in tracks[2].find_clips()]
    assert names == ["SH010 lipflap", "SH020 lipflap", "SH040 lipflap"]
    starts = [clip.range_in_parent().start_time.value for clip in tracks[2].find_clips()]
    assert starts == [0, 50, 150]


@pytest.mark.parametrize("dialect", REELS)
@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
def test_a_dubbed_project_is_dubbed_again_above_what_was_laid(
    dialect: str, how: How, tmp_path: Path
) -> None:
    path, elements = written(tmp_path, REELS[dialect](tmp_path))
    shots = dubbed_shots(tmp_path, elements, PAL, (2, 4), between_tracks=dialect in PLAIN)
    once = patch_mlt(path.read_bytes(), path, delivery(shots, how, PAL)).data
    twice = patch_mlt(once, path, delivery(shots, how, PAL)).data.decode()
    ids = re.findall(r'<(?:producer|chain|playlist|tractor) id="([^"]*)"', twice)
    assert len(ids) == len(set(ids))
    kind = "track" if dialect.startswith("kdenlive") else "list"
    laid = re.findall(rf'<track [^>]*producer="(lipflap_[^"]*){kind}', twice)
    passes = ["lipflap_", "lipflap_2_"] if how == How.TRACK else []
    assert laid == passes * (2 if dialect in PLAIN else 1)


def test_the_sequence_has_the_name_of_the_dubbed_one(tmp_path: Path) -> None:
    _, data = patched(tmp_path, "kdenlive 24", How.TRACK)
    (tmp_path / "dubbed.mlt").write_bytes(data)
    assert read_timeline(tmp_path / "dubbed.mlt").name == "reel dubbed"


def test_of_several_sequences_the_dubbed_one_is_renamed(tmp_path: Path) -> None:
    other = (
        '<playlist id="q"><entry producer="film3" in="0" out="9"/></playlist><tractor id="{other}">'
        '<property name="kdenlive:uuid">{other}</property><property name="kdenlive:clipname">other'
        '</property><track producer="q"/></tractor>'
    )
    text = kdenlive_reel(tmp_path, nested=True)
    text = text.replace('<tractor id="project"', f'{other}<tractor id="project"')
    text = text.replace('<track producer="{6b1e}"/>', '<track producer="{other}"/>')
    path = tmp_path / "reel.mlt"
    path.write_text(text, encoding="utf-8")
    clips = read_timeline(path, name="reel").find_clips()
    elements = {1: next(c.metadata["lipflap"]["element"] for c in clips if c.name == "SH010")}
    shots = dubbed_shots(tmp_path, elements, PAL, (1,))
    path.write_bytes(patch_mlt(path.read_bytes(), path, delivery(shots, How.TRACK, PAL)).data)
    timeline = read_timeline(path, name="reel dubbed")
    assert [track.name for track in timeline.tracks] == ["A1", "V1", "DUB", "V2"]
    assert read_timeline(path, name="other").name == "other"


def test_groups_of_clips_stay_together_when_tracks_are_added(tmp_path: Path) -> None:
    groups = '<property name="kdenlive:docproperties.groups">[{"data": "0:5"}, {"data": "2:160"}]'
    text = kdenlive_reel(tmp_path).replace(
        '<playlist id="main_bin">', f'<playlist id="main_bin">{groups}</property>'
    )
    path, elements = written(tmp_path, text)
    shots = dubbed_shots(tmp_path, elements, PAL)
    found = patch_mlt(path.read_bytes(), path, delivery(shots, How.TRACK, PAL)).data.decode()
    assert '[{"data": "0:5"}, {"data": "3:160"}]' in found  # DUB lies at 2


@pytest.mark.parametrize("dialect", ["kdenlive 22", "shotcut"])
def test_the_dubs_sound_has_a_track(dialect: str, tmp_path: Path) -> None:
    path, elements = written(tmp_path, REELS[dialect](tmp_path))
    line = DubbedSound(
        name="DE 1",
        track="DUB de",
        record=TimeRange(Fraction(2), Fraction(5)),
        file=tmp_path / "de & 1.wav",
        sound_start=Fraction(1),
        seconds=Fraction(9),
        sample_rate_hz=48000,
        channels=1,
    )
    shots = dubbed_shots(tmp_path, elements, PAL)
    brought = replace(delivery(shots, How.TRACK, PAL), sounds=(line,))
    path.write_bytes(patch_mlt(path.read_bytes(), path, brought).data)
    cut = extract_cut(read_timeline(path), path=path)
    (found,) = (one for one in cut.lines if one.track == "DUB de")
    assert (found.record, found.sound_start) == (line.record, 1)
    assert Path(found.path) == line.file


def test_effects_move_with_the_frames(tmp_path: Path) -> None:
    """A fade of the first 25 frames of a clip that starts at frame 20 of its film, and keys."""
    fade = (
        '<filter in="00:00:00.800" out="00:00:01.760"><property name="mlt_service">volume'
        '</property></filter><filter><property name="level">00:00:00.800=1;00:00:01.800~=0.5'
        "</property></filter>"
    )
    text = kdenlive_reel(tmp_path).replace(
        'out="00:00:03.000">\n  <property name="kdenlive:id">2</property></entry>',
        f'out="00:00:03.000">\n  <property name="kdenlive:id">2</property>{fade}</entry>',
    )
    assert fade in text
    path, elements = written(tmp_path, text)
    shots = dubbed_shots(tmp_path, elements, PAL, (1,))
    found = patch_mlt(path.read_bytes(), path, delivery(shots, How.REPLACE, PAL)).data.decode()
    assert '<filter in="00:00:00.320" out="00:00:01.280">' in found  # 8 handles: frame 8, not 20
    assert "00:00:00.320=1;00:00:01.320~=0.5" in found


def test_effects_are_counted_from_where_the_producer_begins(tmp_path: Path) -> None:
    keys = '<filter><property name="level">0=1;20=0</property></filter>'
    text = melt_reel(tmp_path)
    text = re.sub(r'(<producer id="film1".*?)(?=</producer>)', rf"\1{keys}", text, flags=re.DOTALL)
    text = re.sub(r'(<entry producer="film1"[^>]*>)', rf"\1{keys}", text)
    path, elements = written(tmp_path, text)
    shots = dubbed_shots(tmp_path, elements, PAL, (1,))
    found = patch_mlt(path.read_bytes(), path, delivery(shots, How.REPLACE, PAL)).data.decode()
    # frame 30 of the film is frame 18 of the new file, which has 8 handles before frame 20
    assert found.count(">0=1;18=0<") == 2


def test_a_producer_in_a_playlist_makes_way_for_an_entry(tmp_path: Path) -> None:
    found = re.search(r'<producer id="film3".*?</producer>', text := melt_reel(tmp_path), re.DOTALL)
    assert found is not None
    inside = found[0].replace('id="film3" ', "").replace('out="249"', 'out="59"')
    text = text.replace(found[0], "")
    text = re.sub(r'<entry producer="film3".*?</entry>', inside, text, flags=re.DOTALL)
    path, elements = written(tmp_path, text)
    shots = dubbed_shots(tmp_path, elements, PAL, (3,))
    found = patch_mlt(path.read_bytes(), path, delivery(shots, How.REPLACE, PAL)).data.decode()
    assert '<entry producer="lipflap_0" in="8" out="57"/>' in found
    assert "film 3" not in found.partition("<playlist")[2]


def test_a_clip_that_one_entry_repeats_is_left(tmp_path: Path) -> None:
    text = plain_reel(tmp_path).replace(
        '<entry producer="film3"', '<entry repeat="2" producer="film3"'
    )
    path, elements = written(tmp_path, text)
    shots = dubbed_shots(tmp_path, elements, PAL, (3, 4))
    made = patch_mlt(path.read_bytes(), path, delivery(shots, How.TRACK, PAL))
    assert [name for name, text in made.notes if "several times in a row" in text] == ["SH030"]
    assert '<blank length="200"/><entry producer="lipflap_0"' in made.data.decode()
    with pytest.raises(DubError, match="more than once by one entry"):
        patch_mlt(path.read_bytes(), path, delivery(shots[:1], How.TRACK, PAL))


def test_a_retimed_clip_plays_its_baked_file_at_its_own_speed(tmp_path: Path) -> None:
    said = {"mlt_service": "timewarp", "warp_speed": 2, "warp_resource": "/a.mov", "length": 100}
    inside = "".join(f'<property name="{key}">{value}</property>' for key, value in said.items())
    path = tmp_path / "cut.mlt"
    path.write_text(
        '<mlt><profile frame_rate_num="25" frame_rate_den="1"/>'
        f'<producer id="a" in="0" out="99"><property name="resource">2:/a.mov</property>{inside}'
        '</producer><playlist id="p"><entry producer="a" in="10" out="29"/></playlist>'
        '<tractor id="t"><track producer="p"/></tractor></mlt>'
    )
    record = TimeRange(Fraction(0), Fraction(20, 25))
    shot = replace(dubbed("SH010", "/mlt/playlist[1]/entry[1]", record, PAL), is_baked=True)
    found = patch_mlt(path.read_bytes(), path, delivery((shot,), How.REPLACE, PAL)).data.decode()
    assert '<entry producer="lipflap_0" in="8" out="27"/>' in found
    new = found.partition('id="lipflap_0"')[2].partition("</producer>")[0]
    assert "warp" not in new.replace("timewarp", "warp")
    assert '<property name="mlt_service">avformat-novalidate</property>' in new


def test_a_track_that_is_played_twice_is_replaced_once(tmp_path: Path) -> None:
    track = '<track producer="track1"/>'
    text = kdenlive_reel(tmp_path).replace(track, track * 2)
    path, elements = written(tmp_path, text)
    shots = dubbed_shots(tmp_path, elements, PAL, (1,))
    found = patch_mlt(path.read_bytes(), path, delivery(shots, How.REPLACE, PAL))
    assert found.data.count(b'<entry producer="lipflap_0"') == 2  # in the bin, and on the track


def test_a_project_without_the_dubbed_clips_is_refused(tmp_path: Path) -> None:
    path, elements = written(tmp_path, kdenlive_reel(tmp_path))
    shots = dubbed_shots(tmp_path, elements, PAL, (1,))
    shots = (replace(shots[0], element="/mlt/playlist[99]/entry[1]"),)
    with pytest.raises(DubError, match="none of the clips"):
        patch_mlt(path.read_bytes(), path, delivery(shots, How.TRACK, PAL))


def test_a_clip_that_is_gone_is_noted(tmp_path: Path) -> None:
    path, elements = written(tmp_path, kdenlive_reel(tmp_path))
    shots = dubbed_shots(tmp_path, elements, PAL, (1, 2))
    shots = (shots[0], replace(shots[1], element="/mlt/gone"))
    found = patch_mlt(path.read_bytes(), path, delivery(shots, How.TRACK, PAL))
    assert [name for name, _ in found.notes] == ["SH020"]
