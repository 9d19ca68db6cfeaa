"""Exact frames and samples, against numbers painted into them and ffmpeg's own hashes."""

import hashlib
import subprocess
from fractions import Fraction
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support.media.counted_media import (
    FFV1,
    H264,
    PRORES,
    framemd5,
    read_number,
    transcode,
    write_film,
)

from lipflap.core.errors import HandlesMissing, MediaBroken, MediaMissing
from lipflap.core.media import ffmpeg_process
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels.pixel_format import pixel_layout
from lipflap.core.media.probe import probe
from lipflap.core.timecode import format_timecode

COUNT = 60
OPEN_GOP = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "20")
OPEN_GOP += ("-x264-params", "open-gop=1")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast")
HEVC += ("-x265-params", "log-level=error:open-gop=1:keyint=20:bframes=4")
MPEG2 = ("-c:v", "mpeg2video", "-bf", "2", "-g", "12", "-b:v", "2M")
FILMS = {
    "open.mp4": ("yuv420p", OPEN_GOP),
    "open.ts": ("yuv420p", OPEN_GOP),
    "long.mov": ("yuv422p10le", (*H264, "-g", "250")),
    "hevc.mkv": ("yuv420p10le", HEVC),
    "mpeg2.mxf": ("yuv422p", MPEG2),
    "mpeg1.mpg": ("yuv420p", ("-c:v", "mpeg1video", "-bf", "2", "-g", "12", "-b:v", "2M")),
    "prores.mov": ("yuv422p10le", PRORES),
    "dnxhr.mov": ("yuv422p", ("-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-s", "256x144")),
    "ffv1.mkv": ("yuv422p10le", (*FFV1, "-g", "20")),
    "png%04d.png": ("rgb24", ("-start_number", "1001")),
}
ORDERS = {
    "forwards": list(range(COUNT)),
    "backwards": list(range(COUNT - 1, -1, -1)),
    "with gaps": list(range(3, COUNT, 7)),
    "held": [41, 41, 41, 41],
    "fast backwards": list(range(50, 2, -3)),
    "anyhow": [59, 0, 23, 22, 24, 24, 3, 58, 59],
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def film(folder: Path, name: str) -> str:
    path = folder / name
    if not path.exists():
        pixel_format, codec = FILMS[name]
        write_film(path, range(COUNT), pixel_format=pixel_format, codec=codec)
    return str(path)


def numbers(path: str, indices: list[int]) -> list[int]:
    return [read_number(frame.planes[0]) for frame in pictures(probe(path), indices)]


def hashes(path: str, count: int) -> list[str]:
    found = []
    for frame in pictures(probe(path), range(count)):
        whole = b"".join(np.ascontiguousarray(plane).tobytes() for plane in frame.planes)
        found.append(hashlib.md5(whole).hexdigest())
    return found


@pytest.mark.parametrize("name", FILMS)
def test_every_frame_is_the_one_asked_for_in_any_order(films: Path, name: str) -> None:
    path = film(films, name)
    for order, indices in ORDERS.items():
        assert numbers(path, indices) == indices, order


@pytest.mark.parametrize("name", ["open.mp4", "open.ts", "mpeg1.mpg", "hevc.mkv"])
def test_a_frame_is_the_same_whether_seeked_or_played_to(films: Path, name: str) -> None:
    path = film(films, name)
    played = list(pictures(probe(path), range(COUNT)))
    for index in (19, 20, 21, 39, 43, 59):
        (seeked,) = pictures(probe(path), [index])
        assert all(map(np.array_equal, seeked.planes, played[index].planes)), index


@pytest.mark.parametrize(
    "stored", ["nv12", "yuyv422", "rgb24", "bgra", "gray10le", "rgb48le", "yuva422p10le"]
)
def test_samples_are_what_ffmpeg_decodes(tmp_path: Path, stored: str) -> None:
    raw = ("-c:v", "rawvideo") if "yuva" not in stored else ("-c:v", "ffv1")
    path = write_film(tmp_path / "film.nut", range(5), pixel_format=stored, codec=raw)
    info = probe(str(path))
    assert info.pixel_format == stored
    planar = pixel_layout(stored).name
    assert hashes(str(path), 5) == framemd5(path, planar)


def test_a_variable_frame_rate_is_conformed_as_ffmpeg_does(tmp_path: Path) -> None:
    holes = "select='not(between(n,7,9)+eq(n,20)+eq(n,33))'"
    path = tmp_path / "phone.mp4"
    write_film(path, range(50), codec=(*H264, "-vf", holes, "-fps_mode", "vfr"))
    info = probe(str(path))
    assert (info.rate, info.frame_count) == (Fraction(25), 50)
    steady = transcode(path, tmp_path / "steady.mkv", *FFV1, "-vf", "fps=25")
    assert hashes(str(path), 50) == framemd5(steady, "yuv420p")


def test_what_an_edit_list_hides_is_not_there(tmp_path: Path) -> None:
    whole = write_film(tmp_path / "whole.mp4", range(60))
    path = tmp_path / "trimmed.mp4"
    command = [ffmpeg_process.binary(), "-v", "error", "-ss", "1.4", "-i", str(whole)]
    subprocess.run([*command, "-c", "copy", str(path)], check=True)
    assert numbers(str(path), list(range(25))) == list(range(35, 60))
    assert probe(str(path)).frame_count == 25


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_rotated_film_comes_upright_as_ffmpeg_turns_it(tmp_path: Path, degrees: int) -> None:
    flat = write_film(tmp_path / "flat.mp4", range(4))
    path = tmp_path / "turned.mp4"
    command = [
        ffmpeg_process.binary(),
        "-v",
        "error",
        "-display_rotation",
        str(degrees),
        "-i",
        str(flat),
    ]
    subprocess.run([*command, "-c", "copy", str(path)], check=True)
    info = probe(str(path))
    assert (info.width, info.height) == ((96, 128) if degrees != 180 else (128, 96))
    assert hashes(str(path), 4) == framemd5(path, "yuv420p")


def test_a_rotated_film_that_would_lose_chroma_is_refused(tmp_path: Path) -> None:
    flat = write_film(tmp_path / "flat.mov", range(2), pixel_format="yuv422p")
    path = tmp_path / "turned.mov"
    command = [ffmpeg_process.binary(), "-v", "error", "-display_rotation", "90", "-i", str(flat)]
    subprocess.run([*command, "-c", "copy", str(path)], check=True)
    with pytest.raises(MediaBroken, match="upright without loss"):
        next(pictures(probe(str(path)), [0]))


def broken_in_the_middle(whole: str, path: Path) -> tuple[list[int], str]:
    """Numbers that decode of a copy whose middle is overwritten, and how the rest is refused."""
    data = bytearray(Path(whole).read_bytes())
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    path.write_bytes(data)
    decoded, seen = pictures(probe(str(path)), range(COUNT)), []
    with pytest.raises(MediaBroken) as refusal:
        seen.extend(read_number(frame.planes[0]) for frame in decoded)
    return seen, refusal.value.problem


def test_a_damaged_picture_is_named_and_those_before_it_come(films: Path, tmp_path: Path) -> None:
    seen, problem = broken_in_the_middle(film(films, "prores.mov"), tmp_path / "damaged.mov")
    assert len(seen) in (29, 30, 31)
    assert seen == list(range(len(seen)))
    at = format_timecode(len(seen), Fraction(25))
    assert problem.startswith(f"the frame at {at} cannot be decoded (prores: ")


def test_damage_that_ffmpeg_only_warns_of_is_refused_too(films: Path, tmp_path: Path) -> None:
    seen, problem = broken_in_the_middle(film(films, "ffv1.mkv"), tmp_path / "damaged.mkv")
    assert seen == list(range(len(seen)))
    at = format_timecode(len(seen), Fraction(25))
    assert problem.startswith(f"the frame at {at} cannot be decoded (ffv1: or one soon")


def test_damage_is_refused_however_late_it_is_read(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_now = ffmpeg_process._read_stderr

    def read_late(*arguments: Any) -> None:
        sleep(0.4)
        read_now(*arguments)

    monkeypatch.setattr(ffmpeg_process, "_read_stderr", read_late)
    seen, problem = broken_in_the_middle(film(films, "ffv1.mkv"), tmp_path / "damaged.mkv")
    assert seen == list(range(len(seen)))
    assert "cannot be decoded (ffv1: or one soon" in problem


def test_a_truncated_film_breaks_at_the_first_frame_it_lacks(films: Path, tmp_path: Path) -> None:
    whole = probe(film(films, "ffv1.mkv"))
    path = tmp_path / "ffv1.mkv"
    path.write_bytes(Path(whole.path).read_bytes()[: Path(whole.path).stat().st_size // 3])
    cut = probe(str(path))
    assert 10 < cut.frame_count < 40
    held = cut.frame_count - 1  # the last packet may be torn
    assert numbers(str(path), list(range(held))) == list(range(held))
    first, last, needed = (
        format_timecode(n, cut.rate) for n in (0, cut.frame_count - 1, COUNT - 1)
    )
    with pytest.raises(HandlesMissing, match=f"has frames {first} to {last}; {needed} is"):
        next(pictures(cut, [COUNT - 1]))


def test_a_sequence_with_a_hole_names_the_missing_file(tmp_path: Path) -> None:
    pattern = tmp_path / "A.%04d.png"
    write_film(pattern, range(8), pixel_format="rgb24", codec=("-start_number", "1001"))
    (tmp_path / "A.1005.png").unlink()
    assert numbers(str(pattern), [0, 1, 2, 3]) == [0, 1, 2, 3]
    assert numbers(str(pattern), [5, 6, 7]) == [5, 6, 7]
    with pytest.raises(MediaMissing, match=r"A\.1005\.png"):
        list(pictures(probe(str(pattern)), range(8)))


def test_a_torn_file_of_a_sequence_is_named(tmp_path: Path) -> None:
    pattern = tmp_path / "A.%04d.png"
    write_film(pattern, range(4), pixel_format="rgb24", codec=("-start_number", "1"))
    torn = tmp_path / "A.0003.png"
    torn.write_bytes(torn.read_bytes()[:600])
    with pytest.raises(MediaBroken, match=r"A\.0003\.png: cannot be decoded \(png"):
        list(pictures(probe(str(pattern)), range(4)))


def test_an_odd_folder_name_is_no_pattern_protocol_or_option(tmp_path: Path) -> None:
    folder = tmp_path / "-50% of: it's [a] 'cut', %d"
    folder.mkdir()
    one = write_film(folder / "film.mov", range(3), codec=PRORES, pixel_format="yuv422p10le")
    assert numbers(str(one), [2, 0]) == [2, 0]
    escaped = str(folder).replace("%", "%%")
    plain = tmp_path / "plain.%03d.png"
    write_film(plain, range(3), pixel_format="rgb24", codec=("-start_number", "7"))
    for file in tmp_path.glob("plain.*"):
        file.rename(folder / file.name)
    assert numbers(f"{escaped}/plain.%03d.png", [1, 2]) == [1, 2]


def test_frames_cannot_be_written_to(films: Path) -> None:
    frame = next(pictures(probe(film(films, "prores.mov")), [0]))
    with pytest.raises(ValueError, match="read-only"):
        frame.planes[0][0, 0] = 0


def test_closing_ends_the_child_process(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def noting(*args, **kwargs):
        started.append(real(*args, **kwargs))
        return started[-1]

    real = subprocess.Popen
    monkeypatch.setattr(ffmpeg_process.subprocess, "Popen", noting)
    reading = pictures(probe(film(films, "long.mov")), range(COUNT))
    next(reading)
    assert [child.poll() for child in started] == [None]
    reading.close()
    assert all(child.poll() is not None for child in started)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_a_photograph_is_held_for_as_long_as_it_is_asked_for(tmp_path, suffix):
    photograph = tmp_path / f"a.{suffix}"
    Image.fromarray(np.full((16, 24, 3), 90, np.uint8)).save(photograph)
    held = list(pictures(probe(str(photograph)), [0, 0, 0]))
    assert len(held) == 3
