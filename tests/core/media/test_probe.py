"""What a file is said to be, against what ffmpeg was told to make of it."""

import socket
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from support.media.counted_media import FFV1, H264, PRORES, framemd5, write_film, write_ramp

from lipflap.core.errors import MediaBroken, MediaMissing
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.pixels.colour_tags import ColourTags
from lipflap.core.media.probe import at_rate, probe, probe_sound

DATA = Path(__file__).parents[4] / "shared" / "data"
NTSC = [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)]
RATES = [*NTSC, Fraction(24), Fraction(25), Fraction(50), Fraction(15), Fraction(25, 2)]
TORN = [b"", b"no film at all" * 999, b"\0\0\0\x18ftypmp42" + bytes(999)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts"])
def test_the_rate_is_exact_whatever_clock_the_container_has(
    tmp_path: Path, rate: Fraction, name: str
) -> None:
    info = probe(str(write_film(tmp_path / name, range(40), rate=rate)))
    assert (info.rate, info.frame_count) == (rate, 40)


def test_everything_a_file_says_is_read(tmp_path: Path) -> None:
    names = "color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc:range=tv"
    how = (*PRORES, "-timecode", "10:00:00:05", "-vf", f"setparams={names},setsar=4/3")
    path = write_film(tmp_path / "film.mov", range(7), pixel_format="yuv422p10le", codec=how)
    info = probe(str(path))
    assert info.colour == ColourTags("bt2020", "arib-std-b67", "bt2020nc", "tv")
    assert (info.codec, info.coding.profile, info.pixel_format) == ("prores", "apch", "yuv422p10le")
    assert (info.width, info.height, info.scan.sample_aspect) == (128, 96, Fraction(4, 3))
    assert info.first_frame == 10 * 3600 * 25 + 5
    assert (info.scan.field_order, info.scan.rotation_deg, info.first_file) == ("prog", 0, None)


def test_what_a_file_does_not_say_stays_unknown(tmp_path: Path) -> None:
    info = probe(str(write_film(tmp_path / "film.mp4", range(2))))
    assert info.colour == ColourTags("unknown", "unknown", "unknown", "unknown")
    assert (info.first_frame, info.coding.drop_frame) == (0, False)


@pytest.mark.parametrize("name", ["film.mov", "film.mkv", "film.mxf"])
def test_drop_frame_timecode_is_counted_as_smpte_does(tmp_path: Path, name: str) -> None:
    how = ("-c:v", "mpeg2video", "-qscale:v", "2", "-timecode", "00:10:00;00")
    if name == "film.mkv":
        how = (*how[:-2], "-metadata", "timecode=00:10:00;00")
    info = probe(str(write_film(tmp_path / name, range(4), rate=Fraction(30000, 1001), codec=how)))
    assert (info.first_frame, info.coding.drop_frame) == (17_982, True)
    assert info.frame_name(3) == "00:10:00;03"
    assert replace(info, rate=Fraction(25)).frame_name(0) == "00:11:59:07"  # 17 982 / 25 s


def test_a_timecode_that_cannot_be_is_refused(tmp_path: Path) -> None:
    how = (*FFV1, "-metadata", "timecode=00:00:00:30")
    path = write_film(tmp_path / "film.mkv", range(3), codec=how)
    with pytest.raises(MediaBroken, match="00:00:00:30 does not exist at 25 frames"):
        probe(str(path))


def test_a_sequence_starts_where_it_is_said_to(tmp_path: Path) -> None:
    pattern = tmp_path / "A.%04d.dpx"
    write_film(pattern, range(6), pixel_format="gbrp10le", codec=("-start_number", "998"))
    info = probe(str(pattern))
    assert (info.first_file, info.first_frame, info.frame_count) == (998, 998, 6)
    later = probe(str(pattern), first_file=1001)
    assert (later.first_file, later.first_frame, later.frame_count) == (1001, 1001, 3)
    assert later.frame_name(2) == "1003"
    assert (info.codec, info.colour.matrix, info.colour.range) == ("dpx", "gbr", "pc")


def stamp_dpx(path: Path, timecode: int, rate: float) -> None:
    """Write a timecode, in BCD, and a rate into the television header (SMPTE ST 268-1)."""
    data = path.read_bytes()
    order = ">" if data.startswith(b"SDPX") else "<"
    (begin,) = struct.unpack_from(f"{order}I", data, 4)
    header = bytearray(data[:begin].ljust(2048, b"\xff"))
    struct.pack_into(f"{order}I", header, 4, 2048)
    struct.pack_into(f"{order}I", header, 1920, timecode)
    for at in (1724, 1940):
        struct.pack_into(f"{order}f", header, at, rate)
    path.write_bytes(bytes(header) + data[begin:])


def write_stamped(tmp_path: Path, timecode: int, rate: float) -> str:
    pattern = tmp_path / "A.%04d.dpx"
    write_film(pattern, range(3), pixel_format="gbrp10le", codec=("-start_number", "1"))
    for number in (1, 2, 3):
        stamp_dpx(tmp_path / f"A.{number:04}.dpx", timecode + number - 1, rate)
    return str(pattern)


def test_the_timecode_in_files_is_counted_at_the_rate_they_state(tmp_path: Path) -> None:
    info = probe(write_stamped(tmp_path, 0x01000026, 29.97))
    assert (info.rate, info.first_frame) == (Fraction(30000, 1001), 3600 * 30 + 26)


def test_the_timecode_in_files_is_counted_at_the_rate_of_the_cut(
    tmp_path: Path,
) -> None:
    pattern = write_stamped(tmp_path, 0x01000026, 24)
    info = probe(pattern)
    assert (info.first_frame, info.timecode) == (1, "01:00:00:26")
    assert at_rate(info, Fraction(48)).first_frame == 3600 * 48 + 26
    assert at_rate(info, Fraction(48)).rate == 48
    with pytest.raises(MediaBroken, match="01:00:00:26 does not exist at 24 frames"):
        at_rate(info, Fraction(24))


def test_one_file_of_a_sequence_is_a_still_of_no_rate(tmp_path: Path) -> None:
    write_stamped(tmp_path, 0x01000026, 29.97)
    info = probe(str(tmp_path / "A.0001.dpx"))
    assert (info.frame_count, info.first_frame) == (1, 0)


def test_a_sequence_that_ends_before_its_first_file_is_missing(tmp_path: Path) -> None:
    write_film(tmp_path / "A.%04d.png", range(3), pixel_format="rgb24", codec=())
    with pytest.raises(MediaMissing, match=r"A\.1001\.png: is missing.* end at 3"):
        probe(str(tmp_path / "A.%04d.png"), first_file=1001)


def test_cover_art_is_no_picture_and_does_not_move_the_sound(tmp_path: Path) -> None:
    ramp = write_ramp(tmp_path / "ramp.wav", 48_000)
    cover = write_film(tmp_path / "cover.png", [0], pixel_format="rgb24", codec=("-update", "1"))
    path = tmp_path / "song.m4a"
    command = [binary(), "-v", "error", "-i", str(ramp), "-i", str(cover), "-map", "0", "-map", "1"]
    command += ["-c:v", "copy", "-disposition:v:0", "attached_pic", str(path)]
    subprocess.run(command, check=True)
    with pytest.raises(MediaBroken, match="has no picture track"):
        probe(str(path))
    assert abs(probe_sound(str(path)).sample_count - 48_000) < 1024


def test_a_sound_file_is_counted_exactly(tmp_path: Path) -> None:
    path = write_ramp(tmp_path / "ramp.wav", 12_345, sample_rate_hz=44_100, channels=6)
    info = probe_sound(str(path))
    assert (info.sample_rate_hz, info.sample_count, info.channels) == (44_100, 12_345, 6)


@pytest.mark.parametrize("content", TORN)
def test_what_is_no_film_is_broken_and_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "SH0420.mov"
    path.write_bytes(content)
    for look in (probe, probe_sound):
        with pytest.raises(MediaBroken, match=r"SH0420\.mov"):
            look(str(path))


def test_a_film_cut_off_before_its_index_is_broken(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mov", range(10), codec=PRORES, pixel_format="yuv422p10le")
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(MediaBroken, match=r"film\.mov: cannot be read"):
        probe(str(path))


def test_what_is_not_there_is_missing_and_named(tmp_path: Path) -> None:
    for name in ("film.mov", "A.%04d.png"):
        with pytest.raises(MediaMissing, match=name):
            probe(str(tmp_path / name))
        with pytest.raises(MediaMissing):
            probe(str(tmp_path / "no such folder" / name))
    with pytest.raises(MediaMissing, match="is missing"):
        probe(str(tmp_path))


def test_a_bare_stream_says_why_it_is_refused(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.h264", range(5), codec=H264)
    with pytest.raises(MediaBroken, match="has no timestamps for its pictures"):
        probe(str(path))


def test_a_listing_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere, ThreadPoolExecutor() as threads:
        elsewhere.settimeout(1)
        visit = threads.submit(lambda: elsewhere.accept()[0].close())
        port = elsewhere.getsockname()[1]
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            "#EXT-X-TARGETDURATION:2",
            "#EXT-X-MEDIA-SEQUENCE:0",
        ]
        lines += ["#EXTINF:1.0,", f"http://127.0.0.1:{port}/film.ts", "#EXT-X-ENDLIST", ""]
        path = tmp_path / "film.m3u8"
        path.write_text("\n".join(lines))
        with pytest.raises(MediaBroken):
            probe(str(path))
        with pytest.raises(TimeoutError):
            visit.result()


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason=f"no real footage at {DATA}")
def test_real_footage_has_the_frames_ffmpeg_counts() -> None:
    small = (path for path in (DATA / "footage").iterdir() if path.stat().st_size < 2_000_000)
    for path in sorted([*small, *sorted((DATA / "grid_others").iterdir())[::4]]):
        info = probe(str(path))
        stored = framemd5(path, "gray")
        held = path.name.startswith("OpenTalker-video-retalking__") and info.rate == 30
        assert info.frame_count == (len(stored) if not held else info.frame_count), path.name
        assert info.frame_count > len(stored) or not held
