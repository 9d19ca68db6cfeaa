"""Clips that are heard from the file that they show do not fall silent with a new one."""

import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import soundfile
from support.cuts.coded_reel import delivery, dubbed_shots, media_name
from support.formats.mlt_reels import needs_melt, shotcut_reel
from support.formats.read_reels import edl_reel
from support.formats.xges_reels import xges_reel
from support.media.sound_files import write_tones

from lipflap.core.errors import DubError
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.clip.clip_frames import reference_of
from lipflap.plugin.timeline.clip.clip_media import file_of
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot, DubbedSound, How, Writer
from lipflap.plugin.timeline.patch.edl import EDL
from lipflap.plugin.timeline.patch.heard_clip import SILENT
from lipflap.plugin.timeline.patch.mlt.write import MLT
from lipflap.plugin.timeline.patch.xges import XGES
from lipflap.plugin.timeline.read import read_timeline

PAL = Fraction(25)


def heard_reel(folder: Path, suffix: str) -> tuple[Path, tuple[DubbedShot, ...]]:
    """Write a reel of Shotcut or GES whose first film has sound; return new files of two shots."""
    path = folder / f"reel{suffix}"
    if suffix == ".mlt":
        heard = '<property name="audio_index">2'
        text = shotcut_reel(folder).replace('<property name="audio_index">-1', heard, 1)
        kinds = ("video", "audio", "audio")
        said = (f'<property name="meta.media.{n}.stream.type">{one}' for n, one in enumerate(kinds))
        text = text.replace(heard, "".join(f"{one}</property>" for one in said) + heard, 1)
    else:
        text = xges_reel(folder, PAL).replace(
            "supported-formats=(int)4", "supported-formats=(int)6", 1
        )
        text = text.replace("track-types='4'", "track-types='6'")
    path.write_text(text, encoding="utf-8")
    elements = {
        Path(unquote(file_of(reference_of(clip)))).name: clip.metadata["lipflap"]["element"]
        for track in read_timeline(path).video_tracks()
        for clip in track.find_clips()
    }
    places = {file: elements[media_name(file)] for file in (1, 4)}
    return path, dubbed_shots(folder, places, PAL, places)


def with_sound(shots: tuple[DubbedShot, ...]) -> tuple[DubbedShot, ...]:
    return tuple(replace(one, has_sound=True) for one in shots)


def values(data: bytes, name: str) -> list[str]:
    """Properties of that name in producers of new files."""
    return [
        str(one.text)
        for chain in ET.fromstring(data).iter("chain")
        for one in chain.iter("property")
        if chain.get("id", "").startswith("lipflap") and one.get("name") == name
    ]


@pytest.mark.parametrize(("suffix", "writer"), [(".mlt", MLT), (".xges", XGES)])
def test_a_silent_file_takes_no_place_of_one_that_is_heard(
    tmp_path: Path, suffix: str, writer: Writer
) -> None:
    path, shots = heard_reel(tmp_path, suffix)
    brought = delivery(shots, How.REPLACE, PAL)
    found = writer.patch(path.read_bytes(), path, brought)
    assert (shots[0].name, SILENT) in found.notes
    assert (shots[1].name, SILENT) not in found.notes
    shown = read_timeline(write(tmp_path / f"new{suffix}", found.data)).find_clips()
    names = {Path(unquote(file_of(reference_of(one)))).name for one in shown}
    assert {media_name(1), shots[1].file.name} <= names
    assert shots[0].file.name not in names
    with pytest.raises(DubError, match="needs the clips' sound in the new files for --as replace"):
        writer.patch(path.read_bytes(), path, replace(brought, shots=shots[:1]))
    brought = replace(brought, shots=with_sound(shots))
    assert SILENT not in str(writer.patch(path.read_bytes(), path, brought).notes)
    brought = delivery(shots, How.TRACK, PAL)
    assert SILENT not in str(writer.patch(path.read_bytes(), path, brought).notes)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_the_stream_that_was_heard_is_heard_of_the_new_file(tmp_path: Path) -> None:
    path, shots = heard_reel(tmp_path, ".mlt")
    for how, wanted in ((How.REPLACE, ["2", "-1"]), (How.TRACK, ["-1", "-1"])):
        brought = delivery(with_sound(shots), how, PAL)
        assert values(MLT.patch(path.read_bytes(), path, brought).data, "audio_index") == wanted


def test_a_new_layer_of_ges_is_not_heard_beside_the_clip(tmp_path: Path) -> None:
    path, shots = heard_reel(tmp_path, ".xges")
    found = XGES.patch(path.read_bytes(), path, delivery(with_sound(shots), How.TRACK, PAL)).data
    laid = [
        one.get("track-types")
        for one in ET.fromstring(found).iter("clip")
        if "name=(string)lipflap_" in one.get("properties", "")
        and one.get("asset-id", "").endswith("new.mkv")
    ]
    assert laid == ["4", "4"]


@pytest.mark.parametrize("how", EDL.modes)
def test_an_event_of_sound_too_is_said_to_need_it(tmp_path: Path, how: How) -> None:
    path = tmp_path / "reel.edl"
    text = edl_reel(tmp_path, PAL).replace("R003     V  ", "R003     AA/V")
    path.write_text(text, encoding="utf-8")
    lines = {number: str(row) for row, number in enumerated(text)}
    shots = dubbed_shots(tmp_path, {3: lines[3], 4: lines[4]}, PAL, (3, 4))
    for one, noted in ((shots, [shots[0].name]), (with_sound(shots), [])):
        notes = EDL.patch(path.read_bytes(), path, delivery(one, how, PAL)).notes
        wanted = noted if how == How.REPLACE else []
        assert [name for name, said in notes if "holds sound, too" in said] == wanted


def enumerated(text: str) -> list[tuple[int, int]]:
    """Line and number of each event."""
    rows = enumerate(text.splitlines(), 1)
    return [(row, int(line[:3])) for row, line in rows if line[:3].isdecimal()]


BLACK_BELOW = """<mlt><profile frame_rate_num="25" frame_rate_den="1" width="64" height="48"/>
<producer id="black" in="0" out="24"><property name="resource">0</property>
<property name="mlt_service">color</property><property name="length">25</property></producer>
<producer id="day" in="0" out="24"><property name="resource">day.wav</property>
<property name="mlt_service">avformat</property><property name="length">25</property>
<property name="audio_index">0</property><property name="video_index">-1</property></producer>
<playlist id="p0"><entry producer="black" in="0" out="24"/></playlist>
<playlist id="p1"><entry producer="day" in="0" out="24"/></playlist>
<tractor id="t" in="0" out="24"><track producer="p0"/><track producer="p1"/><transition>
<property name="a_track">0</property><property name="b_track">1</property>
<property name="mlt_service">mix</property><property name="always_active">1</property>
<property name="sum">1</property></transition></tractor></mlt>
"""


@needs_melt
def test_melt_plays_the_dub_beside_the_sound_of_the_day(tmp_path: Path) -> None:
    write_tones(tmp_path / "day.wav", [440])
    dub = write_tones(tmp_path / "dub.wav", [1000])
    path, out = tmp_path / "cut.mlt", tmp_path / "played.wav"
    record, second = TimeRange(Fraction(0), Fraction(1)), Fraction(1)
    line = DubbedSound("L", "DUB", record, dub, Fraction(0), second, 48_000, 1)
    brought = replace(delivery((), How.TRACK, PAL), sounds=(line,))
    path.write_bytes(MLT.patch(BLACK_BELOW.encode(), path, brought).data)
    command = ["melt", str(path), "in=0", "out=24", "-consumer", f"avformat:{out}", "vn=1"]
    subprocess.run(
        [*command, "real_time=-1", "terminate_on_pause=1"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        check=True,
    )
    played, rate = soundfile.read(out, always_2d=True)
    tones = np.abs(np.fft.rfft(played[:, 0]))
    heard = {round(one * rate / len(played), -1) for one in np.flatnonzero(tones > tones.max() / 4)}
    assert {440, 1000} <= heard


def test_a_timeline_of_ges_without_sound_gets_a_track_that_plays_the_dub(tmp_path: Path) -> None:
    """A clip of sound is heard on such a track alone."""
    path, sound = tmp_path / "reel.xges", tmp_path / "dub.wav"
    record = TimeRange(Fraction(0), Fraction(1))
    line = DubbedSound("L", "DUB", record, sound, Fraction(0), Fraction(1), 48_000, 1)
    text = xges_reel(tmp_path, PAL)
    kinds = {"video alone": ["4"], "both": ["4", "2"]}
    for name, of_reel in kinds.items():
        tracks = "".join(
            f"<track caps='x' track-type='{one}' track-id='{number}'/>"
            for number, one in enumerate(of_reel)
        )
        bare = re.sub(r"<track [^>]*?/>|<track .*?</track>", "", text, flags=re.DOTALL)
        path.write_text(re.sub(r"(<timeline[^>]*>)", rf"\1{tracks}", bare), encoding="utf-8")
        brought = replace(delivery((), How.TRACK, PAL), sounds=(line,))
        found = ET.fromstring(XGES.patch(path.read_bytes(), path, brought).data)
        assert [one.get("track-type") for one in found.iter("track")] == ["4", "2"], name
        assert len({one.get("track-id") for one in found.iter("track")}) == 2
