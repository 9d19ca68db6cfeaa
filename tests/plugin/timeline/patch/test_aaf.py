"""Dubbed shots in AAFs, read back by the adapter: other tracks stay, the dub lies in its place."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

import aaf2
import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from support.cuts.coded_reel import (
    LENGTH,
    SHOTS,
    dubbed_shots,
    expected,
    media_name,
    right_frames,
    write_media,
)
from support.cuts.coded_reel import delivery as coded_delivery
from support.cuts.timelines import REAL, clip, movie, needs_real, timeline, track
from support.formats.read_reels import by_adapter, films_in, otio_reel, seen_in
from support.media.frame_codes import write_film, write_title

from lipflap.core.encode.op_atom import write_op_atom
from lipflap.core.frametime import FrameSpan
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.order import Output
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.clip.clip_media import file_of
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.patch.aaf import patch_aaf
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, DubbedSound, How
from lipflap.plugin.timeline.patch.host_element import host_element
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.read import read_timeline

AVID = REAL / "aaf" / "aaf__simple.aaf"


@pytest.fixture
def shot(tmp_path: Path) -> DubbedShot:
    """A shot of two seconds at 24 frames, one second into the cut, with eight frames of handles."""
    film = write_title(tmp_path / "SH010.mov", 64, rate=Fraction(24))
    return DubbedShot(
        name="SH010",
        address=(),
        element="",
        record=TimeRange(Fraction(1), Fraction(3)),
        file=film,
        frames=FrameSpan(86_492, 86_556, Fraction(24)),
        media_first=92,
        shown_from=Fraction(2, 3),
        is_baked=False,
        reel="A001",
    )


def delivery(*shots: DubbedShot) -> Delivery:
    return Delivery(
        shots=shots, sounds=(), how=How.TRACK, name="reel dubbed", rate=Fraction(24), zero=86_400
    )


def tracks(data: bytes, folder: Path) -> list[str]:
    """The picture and sound tracks of a sequence, as pyaaf2 walks them."""
    path = folder / "read.aaf"
    path.write_bytes(data)
    with aaf2.open(str(path)) as file:
        sequence = next(file.content.toplevel())
        return [
            "\n".join([slot.media_kind or "", *_lines(slot.segment)]) for slot in sequence.slots
        ]


def _lines(item: object) -> list[str]:
    found = [f"{type(item).__name__} {getattr(item, 'length', '')} {getattr(item, 'start', '')}"]
    for inner in getattr(item, "components", None) or []:
        found += _lines(inner)
    return found


@needs_real
def test_other_tracks_stay_and_the_dub_lies_in_its_place(shot: DubbedShot, tmp_path: Path) -> None:
    before = AVID.read_bytes()
    found = patch_aaf(before, AVID, delivery(shot))
    assert found.notes == ()
    old, new = tracks(before, tmp_path), tracks(found.data, tmp_path)
    assert new[: len(old)] == old
    assert len(new) == len(old) + 1
    timeline = otio.adapters.read_from_file(str(tmp_path / "read.aaf"))
    (track,) = (one for one in timeline.video_tracks() if one.name == "DUB")
    (clip,) = track.find_clips()
    assert (clip.name, clip.range_in_parent().start_time.value) == ("SH010 lipflap", 24)
    assert clip.source_range.duration.value == 48
    assert clip.source_range.start_time.value == 8  # after the handles
    with aaf2.open(str(tmp_path / "read.aaf")) as file:
        (tape,) = (mob for mob in file.content.mobs if mob.name == "A001")
        codes = [slot.segment for slot in tape.slots if slot.media_kind == "Timecode"]
        assert [(code.start, code.fps, code.drop) for code in codes] == [(86_492, 24, False)]
    assert timeline.video_tracks()[-1].name == "DUB"


@needs_real
@pytest.mark.parametrize("name", ["2997fps-DFTC", "multiple_top_level_mobs", "transitions"])
def test_real_aafs_keep_their_tracks(name: str, shot: DubbedShot, tmp_path: Path) -> None:
    path = REAL / "aaf" / f"aaf__{name}.aaf"
    before = path.read_bytes()
    old, new = (
        tracks(before, tmp_path),
        tracks(patch_aaf(before, path, delivery(shot)).data, tmp_path),
    )
    assert new[: len(old)] == old
    assert len(new) - len(old) <= 1


@needs_real
def test_what_cannot_be_linked_is_noted(shot: DubbedShot, tmp_path: Path) -> None:
    frames = replace(shot, name="SH020", file=tmp_path / "SH020.%04d.dpx")
    mapped = replace(shot, name="SH030", file=Path("/mnt/elsewhere/SH030.mov"))
    notes = patch_aaf(AVID.read_bytes(), AVID, delivery(shot, frames, mapped)).notes
    assert [name for name, _ in notes] == ["SH020", "SH030"]


@needs_real
def test_media_composers_own_files_are_named_by_their_identifiers(
    shot: DubbedShot, tmp_path: Path
) -> None:
    source = tmp_path / "wide.mov"
    size = ["-f", "lavfi", "-i", "testsrc2=s=256x144:r=24", "-frames:v", "64", "-c:v", "prores_ks"]
    subprocess.run([binary(), "-v", "error", *size, str(source)], check=True)
    output = Output(str(source), Fraction(24), 86_492, 8, 8, "source", "A001")
    path = tmp_path / "SH010 1a2b.mxf"
    write_op_atom(output, path, "SH010 lipflap")
    found = patch_aaf(AVID.read_bytes(), AVID, delivery(replace(shot, file=path)))
    assert found.notes == ()
    (tmp_path / "read.aaf").write_bytes(found.data)
    timeline = otio.adapters.read_from_file(str(tmp_path / "read.aaf"))
    (clip,) = timeline.video_tracks()[-1].find_clips()
    assert (clip.name, clip.range_in_parent().start_time.value) == ("SH010 lipflap", 24)
    assert clip.source_range.start_time.value == 86_492 + 8
    assert clip.media_reference.target_url == path.as_uri()
    packages = {package.mob_id for package in aaf2.mxf.MXFFile(str(path)).packages()}
    assert len(packages) == 3
    with aaf2.open(str(tmp_path / "read.aaf")) as file:
        assert packages <= {mob.mob_id for mob in file.content.mobs}
        assert "A001" in {mob.name for mob in file.content.mobs if mob.mob_id in packages}


@needs_real
@pytest.mark.parametrize("channels", [1, 2])
def test_each_channel_of_the_dubs_sound_has_a_track(
    channels: int, shot: DubbedShot, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "de.wav", np.zeros((9 * 48000, channels), np.float32), 48000)
    line = DubbedSound(
        name="DE 1",
        track="DUB de",
        record=TimeRange(Fraction(2), Fraction(5)),
        file=tmp_path / "de.wav",
        sound_start=Fraction(1),
        seconds=Fraction(9),
        sample_rate_hz=48000,
        channels=channels,
    )
    found = patch_aaf(AVID.read_bytes(), AVID, replace(delivery(shot), sounds=(line,)))
    (tmp_path / "read.aaf").write_bytes(found.data)
    timeline = otio.adapters.read_from_file(str(tmp_path / "read.aaf"))
    laid = [one for one in timeline.audio_tracks() if one.name == "DUB de"]
    assert len(laid) == channels
    for row in laid:
        (only,) = row.find_clips()
        assert only.range_in_parent().start_time.value == 48
        assert only.source_range.duration.value == 72
    with aaf2.open(str(tmp_path / "read.aaf")) as file:
        slots = list(next(file.content.toplevel()).slots)
        assert len({one.slot_id for one in slots}) == len(slots)
        sounds = [one for one in slots if one.name == "DUB de"]
        numbers = [one["PhysicalTrackNumber"].value for one in sounds]
        assert numbers == [*range(3, 3 + channels)]  # the sequence has two
        played = [list(one.segment.components)[-1].slot for one in sounds]
        assert [one["PhysicalTrackNumber"].value for one in played] == [*range(1, 1 + channels)]
    heard = [
        (one.track, *one.playback.channels)
        for one in extract_cut(read_timeline(tmp_path / "read.aaf"), path=AVID).lines
        if one.path.endswith("de.wav")
    ]
    assert [track for track, *_ in heard] == ["DUB de"] * channels
    channels_heard = {one.channel for _, *played in heard for one in played}
    assert channels_heard == ({0, 1} if channels == 2 else set())  # all of a file that holds one


@needs_real
def test_a_track_without_a_number_counts_as_the_first(shot: DubbedShot, tmp_path: Path) -> None:
    """OpenTimelineIO's own AAFs have none."""
    path = tmp_path / "cut.aaf"
    made = timeline(track(clip("take", 96)))
    made.tracks[0][0].media_reference = movie("/m/take.mov", 0, 96, 24)
    otio.adapters.write_to_file(made, str(path), use_empty_mob_ids=True)
    found = patch_aaf(path.read_bytes(), path, delivery(shot))
    (tmp_path / "read.aaf").write_bytes(found.data)
    dubbed = otio.adapters.read_from_file(str(tmp_path / "read.aaf"))
    assert [one.name for one in dubbed.video_tracks()][1:] == ["DUB"]


@needs_real
def test_of_shots_that_overlap_the_higher_one_cuts_the_other(
    shot: DubbedShot, tmp_path: Path
) -> None:
    """A cutaway of half a second on the track above, one second into the shot."""
    above = replace(
        shot, name="SH020", address=(1, 0), record=TimeRange(Fraction(2), Fraction("2.5"))
    )
    below = replace(shot, address=(0, 0))
    tracks(patch_aaf(AVID.read_bytes(), AVID, delivery(below, above)).data, tmp_path)
    timeline = otio.adapters.read_from_file(str(tmp_path / "read.aaf"))
    (track,) = (one for one in timeline.video_tracks() if one.name == "DUB")
    places = [
        (clip.name, *map(_frames, (clip.range_in_parent().start_time, clip.duration())))
        for clip in track.find_clips()
    ]
    assert places == [
        ("SH010 lipflap", 24, 24),
        ("SH020 lipflap", 48, 12),
        ("SH010 lipflap", 60, 12),
    ]
    firsts = [clip.source_range.start_time.value for clip in track.find_clips()]
    assert firsts == [8, 32, 44]


def _frames(time: otio.opentime.RationalTime) -> int:
    return int(time.value)


@needs_real
@pytest.mark.parametrize("timecode", ["01:00:00:00", "01:00:00;00"])
def test_a_tape_counts_as_the_new_file_does_in_drop_frame_or_without(
    timecode: str, shot: DubbedShot, tmp_path: Path
) -> None:
    rate = Fraction(30000, 1001)
    film = write_film(tmp_path / "ntsc.mov", 1, range(4), rate=rate, timecode=timecode)
    ntsc = replace(shot, file=film, frames=FrameSpan(107_892, 107_896, rate), reel="")
    (tmp_path / "new.aaf").write_bytes(patch_aaf(AVID.read_bytes(), AVID, delivery(ntsc)).data)
    with aaf2.open(str(tmp_path / "new.aaf")) as file:
        (tape,) = (mob for mob in file.content.mobs if mob.name == "ntsc")
        (code,) = (slot.segment for slot in tape.slots if slot.media_kind == "Timecode")
        assert code.drop is (";" in timecode)


def test_where_nothing_can_be_laid_no_track_is_added(shot: DubbedShot, tmp_path: Path) -> None:
    frames = replace(shot, file=tmp_path / "SH010.%04d.dpx")
    before = tracks(AVID.read_bytes(), tmp_path)
    assert tracks(patch_aaf(AVID.read_bytes(), AVID, delivery(frames)).data, tmp_path) == before


def test_a_title_above_the_dubbed_track_stays_above_it(tmp_path: Path) -> None:
    rate = Fraction(25)
    write_media(tmp_path, rate)
    path = tmp_path / "reel.aaf"
    reel = otio_reel(tmp_path, rate, mixed=False)
    otio.adapters.write_to_file(reel, str(path), use_empty_mob_ids=True)
    names = {media_name(one.file): one.file for one in SHOTS}
    elements = {
        names[unquote(file_of(one.media_reference))]: host_element(one)
        for one in read_timeline(path).find_clips()
        if unquote(file_of(one.media_reference)) in names
    }
    shots = dubbed_shots(tmp_path, elements, rate, suffix=".mov")
    found = patch_aaf(path.read_bytes(), path, coded_delivery(shots, How.TRACK, rate))
    assert found.notes == ()
    dubbed = tmp_path / "dubbed.aaf"
    dubbed.write_bytes(found.data)
    timeline = by_adapter(dubbed)
    assert [one.name for one in timeline.video_tracks()] == ["V1", "DUB", "V2"]
    with aaf2.open(str(dubbed)) as file:
        slots = next(file.content.toplevel()).slots
        numbers = [one["PhysicalTrackNumber"].value for one in slots if one.name == "DUB"]
    assert numbers == [2]
    seen = seen_in(timeline, films_in(tmp_path, rate), rate)
    assert right_frames(seen, expected(dubbed=True)) == LENGTH
    _dub_again(dubbed, shots, rate)


def _dub_again(dubbed: Path, shots: Sequence[DubbedShot], rate: Fraction) -> None:
    """Dub the first shot of a dubbed cut again: it is found, and lies above what was laid."""
    placed = place_clips(again := read_timeline(dubbed), "")
    films = [unquote(file_of(one.clip.media_reference)) for one in placed if one.visible]
    assert again
    assert {one for one in films if one.startswith("film")} == set(map(media_name, range(1, 5)))
    assert not any("new" in one for one in films)
    found = patch_aaf(dubbed.read_bytes(), dubbed, coded_delivery(shots[:1], How.TRACK, rate))
    dubbed.write_bytes(found.data)
    held = [(one.name, len(list(one.find_clips()))) for one in by_adapter(dubbed).video_tracks()]
    assert held == [("V1", 4), ("DUB", 3), ("DUB", 1), ("V2", 1)]


def test_effects_that_stay_with_the_old_clip_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "reel.aaf"
    write_media(tmp_path, Fraction(25))
    made = otio_reel(tmp_path, Fraction(25), mixed=False)
    otio.adapters.write_to_file(made, str(path), use_empty_mob_ids=True)
    with aaf2.open(str(path), "rw") as file:
        (top,) = file.content.toplevel()
        row = next(slot for slot in top.slots if slot.media_kind == "Picture").segment
        clip = row.components.pop(0)
        resize = file.create.OperationDef("9d2ea891-0968-11d3-8a38-0050040ef7d2", "Resize")
        resize.media_kind = "picture"
        resize["NumberInputs"].value = 1
        file.dictionary.register_def(resize)
        group = file.create.OperationGroup(resize)
        group.media_kind, group.length = "picture", clip.length
        group.segments.append(clip)
        row.components.insert(0, group)
        file.save()
    shots = dubbed_shots(tmp_path, dict.fromkeys((1, 2), ""), Fraction(25), (1, 2), suffix=".mov")
    with aaf2.open(str(path)) as file:
        (top,) = file.content.toplevel()
        low = next(str(slot.slot_id) for slot in top.slots if slot.media_kind == "Picture")
    shots = tuple(replace(one, element=low) for one in shots)
    notes = patch_aaf(path.read_bytes(), path, coded_delivery(shots, How.TRACK, Fraction(25))).notes
    assert [(name, "effects stay" in said) for name, said in notes] == [("SH010", True)]


@needs_real
def test_a_transition_that_becomes_a_cut_is_noted(shot: DubbedShot) -> None:
    path = REAL / "aaf" / "aaf__transitions.aaf"
    with aaf2.open(str(path)) as file:
        (top,) = file.content.toplevel()
        slot = next(one for one in top.slots if one.media_kind == "Picture")
        parts = list(slot.segment.components)
        place = next(n for n, one in enumerate(parts) if type(one).__name__ == "Transition")
        at = sum(one.length for one in parts[:place])
        element, length = str(slot.slot_id), parts[place].length
    for before, noted in ((0, True), (length, False)):
        ends = at - before
        record = TimeRange(Fraction(max(0, ends - 12), 24), Fraction(ends, 24))
        one = replace(shot, element=element, record=record, shown_from=record.start)
        notes = patch_aaf(path.read_bytes(), path, delivery(one)).notes
        assert any("with a cut" in said for _, said in notes) == noted
