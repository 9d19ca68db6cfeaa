"""Files like their source: read back by ffmpeg's hashes, PyAV and Pillow."""

import os
import resource
import struct
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import av
import numpy as np
import pytest
from support.media.counted_media import (
    FFV1,
    H264,
    PRORES,
    draw_frame,
    framemd5,
    read_number,
    write_film,
)

from lipflap.core.encode.encode import open_writer, suffix
from lipflap.core.encode.still_metadata import write_comment
from lipflap.core.errors import DubError
from lipflap.core.media.chroma_location import chroma_location
from lipflap.core.media.decode import Frame, pictures
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.pixels import colour
from lipflap.core.media.pixels.pixel_format import pixel_layout
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import Output

NTSC = Fraction(24000, 1001)
COMMENT = f"AI-edited mouth, Lipflap {version('lipflap')}"


def tagged(primaries: str, transfer: str, matrix: str, levels: str) -> tuple[str, str]:
    names = f"color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}:range={levels}"
    return "-vf", f"setparams={names}"


HD = tagged("bt709", "bt709", "bt709", "tv")
HDR = tagged("bt2020", "smpte2084", "bt2020nc", "tv")
PAL = tagged("bt709", "smpte170m", "bt470bg", "tv")
INTERLACED = ("-flags", "+ildct+ilme")
DNXHR = ("-c:v", "dnxhd", "-profile:v")
PRORES_OF = ("-c:v", "prores_aw", "-profile:v")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")

# source file: its samples, how ffmpeg writes it, and the codec, profile and samples to come of it
FAMILIES = {
    "h264.mp4": ("yuv420p", (*H264, *HD), "prores", "apch", "yuv422p10le"),
    "pal.mp4": ("yuv420p", (*H264, *PAL), "prores", "apch", "yuv422p10le"),
    "hdr.mp4": ("yuv420p10le", (*X265, *HDR), "prores", "apch", "yuv422p10le"),
    "12bit.mp4": ("yuv420p12le", (*X265, *HDR), "ffv1", "", "yuv420p12le"),
    "full.mp4": ("yuv444p", (*H264, *HD), "prores", "ap4h", "yuv444p12le"),
    "lt.mov": (
        "yuv422p10le",
        ("-c:v", "prores_aw", "-profile:v", "1", *HD),
        "prores",
        "apcs",
        None,
    ),
    "4444.mov": ("yuva444p10le", ("-c:v", "prores_aw", "-profile:v", "4"), "prores", "ap4h", None),
    "lb.mov": ("yuv422p", (*DNXHR, "dnxhr_lb", *HD), "dnxhd", "1274", None),
    "hqx.mov": ("yuv422p10le", (*DNXHR, "dnxhr_hqx", *HDR), "dnxhd", "1271", None),
    "444.mov": ("gbrp10le", (*DNXHR, "dnxhr_444"), "dnxhd", "1270", None),
    "ffv1.mkv": ("yuv411p", (*FFV1, *HD), "ffv1", "", None),
    "rgb%04d.png": ("rgb24", (), "png", "", None),
    "deep%04d.png": ("rgba64be", (), "png", "", None),
    "grey%04d.tif": ("gray16le", (), "tiff", "", None),
    "ten%04d.dpx": ("gbrp10le", (), "dpx", "", None),
    "half%04d.exr": ("gbrpf32le", ("-format", "half"), "exr", "", None),
    "float%04d.exr": ("gbrapf32le", ("-format", "float"), "exr", "", None),
}
SAME_IN_PRORES = {"bt470bg": "smpte170m", "smpte170m": "bt709"}  # of matrices and of curves
LOSSLESS = {
    name for name, made in FAMILIES.items() if made[2] in ("ffv1", "png", "tiff", "dpx", "exr")
}


def source(
    folder: Path, name: str, pixel_format: str, codec: tuple[str, ...], rate: Fraction = NTSC, **kw
) -> MediaInfo:
    path = write_film(
        folder / name, range(4), pixel_format=pixel_format, codec=codec, rate=rate, **kw
    )
    return probe(str(path))


def test_the_chromaticities_of_an_exr_are_kept(tmp_path: Path) -> None:
    plain = source(tmp_path, "half%04d.exr", "gbrpf32le", ("-format", "half"))
    aces = struct.pack("<8f", 0.7347, 0.2653, 0, 1, 0.0001, -0.077, 0.32168, 0.33767)
    said = b"chromaticities\0chromaticities\0" + struct.pack("<i", 32) + aces
    for file in tmp_path.glob("*.exr"):
        write_comment(file, "as filmed", said)
    before = framemd5(plain.path, "gbrpf32le")
    filmed = probe(plain.path)
    assert (plain.exr_colour, filmed.exr_colour) == (b"", said)
    (tmp_path / "out").mkdir()
    new = written(filmed, tmp_path / "out", start_frame=0)
    assert framemd5(new.path, "gbrpf32le") == before
    for file in sorted((tmp_path / "out").glob("*.exr")):
        assert file.read_bytes().count(said) == 1


def output(
    info: MediaInfo, folder: Path, codec: str = "source", start_frame: int = 86_400
) -> Output:
    path = str(folder / f"new{suffix(info, codec)}")
    drop = info.coding.drop_frame
    return Output(path, info.rate, start_frame, 0, 0, codec, info.coding.reel, drop_frame=drop)


def written(info: MediaInfo, folder: Path, codec: str = "source", **kw) -> MediaInfo:
    """The whole source written again, untouched."""
    made = output(info, folder, codec, **kw)
    with open_writer(info, made) as writer:
        for frame in pictures(info, range(info.frame_count)):
            writer.write(frame)
    return probe(made.path)


def write_and_stop(info: MediaInfo, made: Output, stop: type[BaseException]) -> None:
    with open_writer(info, made) as writer:
        for frame in pictures(info, range(3)):
            writer.write(frame)
        raise stop


def write_all(info: MediaInfo, made: Output, frames: list[Frame]) -> None:
    with open_writer(info, made) as writer:
        for frame in frames:
            writer.write(frame)


def comment_in(path: str) -> str | None:
    with av.open(path) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    return tags.get("comment")


@pytest.mark.parametrize("name", FAMILIES)
def test_the_new_file_is_like_its_source(tmp_path: Path, name: str) -> None:
    pixel_format, how, codec, profile, stored = FAMILIES[name]
    info = source(tmp_path, name, pixel_format, how, size=(256, 144))
    new = written(info, tmp_path)
    assert (new.codec, new.coding.profile) == (codec, profile)
    assert new.pixel_format == (stored or info.pixel_format)
    assert (new.width, new.height, new.frame_count) == (256, 144, 4)
    assert new.scan == info.scan
    assert new.first_frame == 86_400
    for tag in ("primaries", "transfer", "matrix", "range"):
        before, after = getattr(info.colour, tag), getattr(new.colour, tag)
        same = SAME_IN_PRORES.get(before, before) if codec == "prores" else before
        assert after == same or (before == "unknown" and tag == "range"), tag
    if "%" not in name:
        assert new.rate == NTSC
        assert comment_in(new.path) == COMMENT
    if name in LOSSLESS:
        planar = pixel_layout(info.pixel_format).name
        number = () if info.first_file is None else ("-start_number", str(new.first_file))
        assert framemd5(Path(new.path), planar, *number) == framemd5(Path(info.path), planar)
    else:
        seen = [colour.rgb(frame, new) for frame in pictures(new, range(4))]
        before = [colour.rgb(frame, info) for frame in pictures(info, range(4))]
        off = np.abs(np.array(seen) - np.array(before))
        assert off.mean() < 0.012


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "yuv444p12le", "gbrp", "gray"])
def test_ffv1_proves_that_nothing_changes_outside_the_matte(
    tmp_path: Path, pixel_format: str
) -> None:
    info = source(tmp_path, "film.mkv", pixel_format, (*FFV1, "-color_range", "tv"))
    box = colour.Box(40, 40, 80, 72)
    patch = np.full((32, 40, 3), 0.5, np.float32)
    matte = np.ones((32, 40), np.float32)
    made = output(info, tmp_path, "ffv1")
    with open_writer(info, made) as writer:
        for number, frame in enumerate(pictures(info, range(4))):
            writer.write(colour.composite(frame, info, box, patch, matte) if number == 2 else frame)
    before, after = (
        framemd5(Path(path), pixel_layout(pixel_format).name) for path in (info.path, made.path)
    )
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, False, True]
    (plate,), (new,) = pictures(info, [2]), pictures(probe(made.path), [2])
    for old_plane, new_plane in zip(plate.planes, new.planes, strict=True):
        changed = np.argwhere(old_plane != new_plane)
        down = info.height // old_plane.shape[0]
        across = info.width // old_plane.shape[1]
        assert changed.min(axis=0).tolist() >= [40 // down, 40 // across]
        assert (changed.max(axis=0) < [72 // down, 80 // across]).all()


@pytest.mark.parametrize(("field_order", "setfield"), [("tff", "tff"), ("bff", "bff")])
@pytest.mark.parametrize("codec", ["source", "ffv1"])
def test_fields_and_sample_aspect_stay(
    tmp_path: Path, field_order: str, setfield: str, codec: str
) -> None:
    how = (*PRORES, *INTERLACED, "-vf", f"setfield={setfield},setsar=64/45")
    info = source(tmp_path, "film.mov", "yuv422p10le", how, rate=Fraction(25))
    assert (info.scan.field_order, info.scan.sample_aspect) == (field_order, Fraction(64, 45))
    assert written(info, tmp_path, codec).scan == info.scan


def test_interlaced_chroma_is_upsampled_field_by_field(tmp_path: Path) -> None:
    """One field red, one blue: they stay so in 4:2:2, and do not blend."""
    height = 96
    lines = np.zeros((height, 128, 3), np.uint8)
    lines[0::2], lines[1::2] = (200, 30, 30), (30, 30, 200)
    how = ("-c:v", "ffv1", *INTERLACED, "-vf", "scale=interl=1,format=yuv420p,setfield=tff")
    raw = tmp_path / "raw"
    raw.write_bytes(lines.tobytes())
    path = tmp_path / "fields.mkv"
    drawing = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"128x{height}", "-i", str(raw)]
    subprocess.run([binary(), "-v", "error", *drawing, *how, str(path)], check=True)
    new = written(probe(str(path)), tmp_path, "prores")
    (frame,) = pictures(new, [0])
    cr = frame.planes[2].astype(int)
    assert (cr[4:-4:2] - cr[5:-4:2]).min() > 300


@pytest.mark.parametrize(
    ("timecode", "rate", "codec"),
    [
        ("01:00:00;02", Fraction(30000, 1001), "source"),
        ("01:00:00;02", Fraction(30000, 1001), "ffv1"),
        ("10:20:30:12", Fraction(24000, 1001), "source"),
        ("00:59:59:24", Fraction(25), "ffv1"),
    ],
)
def test_the_start_timecode_is_counted_as_the_source_counts_and_the_reel_kept(
    tmp_path: Path, timecode: str, rate: Fraction, codec: str
) -> None:
    how = (*PRORES, "-timecode", timecode, "-metadata:s:v:0", "reel_name=A001_C002")
    info = source(tmp_path, "film.mov", "yuv422p10le", how, rate=rate)
    assert info.coding.reel == "A001_C002"
    new = written(info, tmp_path, codec, start_frame=info.first_frame)
    assert new.coding.reel == "A001_C002"
    assert new.first_frame == info.first_frame
    assert new.coding.drop_frame == (";" in timecode)
    with av.open(new.path) as container:
        held = [container.metadata, *(stream.metadata for stream in container.streams)]
    said = {value for tags in held for key, value in tags.items() if key.lower() == "timecode"}
    assert said == {timecode}


def test_full_range_becomes_the_same_picture_in_video_levels(tmp_path: Path) -> None:
    how = ("-c:v", "mjpeg", "-q:v", "1", *tagged("bt709", "bt709", "bt709", "pc"))
    info = source(tmp_path, "film.mov", "yuvj422p", how)
    assert info.colour.range == "pc"
    new = written(info, tmp_path)
    assert (new.codec, new.colour.range) == ("prores", "tv")
    (before,), (after,) = pictures(info, [1]), pictures(new, [1])
    off = colour.rgb(after, new)[40:] - colour.rgb(before, info)[40:]
    assert abs(float(off.mean())) < 0.002
    kept = written(info, tmp_path, "ffv1")
    assert kept.colour.range == "pc"
    (exact,) = pictures(kept, [1])
    assert all(map(np.array_equal, before.planes, exact.planes))


@pytest.mark.parametrize("size", [(127, 95), (255, 143), (361, 289)])
def test_odd_sizes_are_kept_to_the_sample(tmp_path: Path, size: tuple[int, int]) -> None:
    for name, pixel_format, how in (("film.mkv", "yuv420p", FFV1), ("film.mp4", "yuv444p", H264)):
        info = source(tmp_path, name, pixel_format, how, size=size)
        new = written(info, tmp_path)
        assert new.codec == "ffv1"
        assert framemd5(Path(new.path), pixel_format) == framemd5(Path(info.path), pixel_format)
    with pytest.raises(DubError, match="even width"):
        suffix(info, "prores")


def test_a_rotated_film_is_written_upright(tmp_path: Path) -> None:
    flat = write_film(tmp_path / "flat.mp4", range(3))
    turned = tmp_path / "turned.mp4"
    command = [binary(), "-v", "error", "-display_rotation", "90", "-i", str(flat), "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True)
    new = written(probe(str(turned)), tmp_path, "ffv1")
    assert (new.width, new.height, new.scan.rotation_deg) == (96, 128, 0)
    assert framemd5(Path(new.path), "yuv420p") == framemd5(turned, "yuv420p")


def test_a_sequence_is_numbered_from_its_start_frame_and_replaces_an_older_one(
    tmp_path: Path,
) -> None:
    info = source(tmp_path, "A.%04d.png", "rgb24", ("-start_number", "1001"))
    assert suffix(info, "source") == ".%04d.png"
    for start_frame in (1000, 1002):
        new = written(info, tmp_path / "out", start_frame=start_frame)
    assert sorted(os.listdir(tmp_path / "out")) == [f"new.{n}.png" for n in range(1002, 1006)]
    assert (new.first_file, new.first_frame, new.frame_count) == (1002, 1002, 4)
    numbers = [read_number(frame.planes[0]) for frame in pictures(new, range(4))]
    assert numbers == [0, 1, 2, 3]


@pytest.mark.parametrize("codec", ["source", "ffv1", "dnxhr", "png", "dpx"])
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, codec: str) -> None:
    info = source(tmp_path, "film.mov", "yuv422p10le", PRORES, size=(256, 144))
    made = []
    for name in ("one", "two"):
        new = written(info, tmp_path / name, codec)
        files = sorted(Path(new.path).parent.iterdir())
        made.append([(file.name, file.read_bytes()) for file in files])
    assert made[0] == made[1]


@pytest.mark.parametrize("height", [144, 150])
def test_fields_that_end_in_half_a_block_give_the_same_bytes_every_time(
    tmp_path: Path, height: int
) -> None:
    """Without rows below, prores_aw codes what happens to lie in memory, or crashes."""
    how = (*FFV1, "-vf", "setfield=tff")
    info = source(tmp_path, "film.mkv", "yuv422p10le", how, size=(256, height))
    made = set()
    for _ in range(8):
        new = written(info, tmp_path, "prores")
        assert (new.width, new.height) == (256, height)
        made.add(tuple(framemd5(Path(new.path), "yuv422p10le")))
    assert len(made) == 1


@pytest.mark.parametrize(
    ("pixel_format", "codec", "said"),
    [
        (
            "yuv422p",
            "betacam",
            "betacam: is not a codec that Lipflap writes. Choose source, pro",
        ),
        ("yuva444p", "dnxhr", "has alpha"),
        ("yuv422p", "dnxhr", "at least 256 x 120"),
        ("yuv422p", "exr", "scene-linear"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(
    tmp_path: Path, pixel_format: str, codec: str, said: str
) -> None:
    info = source(tmp_path, "film.mkv", pixel_format, FFV1)
    with pytest.raises(DubError, match=said):
        suffix(info, codec)


@pytest.mark.parametrize(("codec", "fix"), [("prores", "exr or source"), ("source", "exr")])
def test_scene_linear_light_in_tiff_is_to_become_exr(tmp_path: Path, codec: str, fix: str) -> None:
    info = source(tmp_path, "film.mkv", "yuv422p", FFV1)
    info = replace(info, codec="tiff", pixel_format="gbrpf32le", path="A.%04d.tif", first_file=1)
    with pytest.raises(DubError, match=rf"is scene-linear.* Choose {fix}\.$"):
        suffix(info, codec)


@pytest.mark.parametrize(("place", "shift"), [("left", -1.0), ("topleft", 0.0)])
def test_chroma_is_resampled_from_where_the_source_has_it(
    tmp_path: Path, place: str, shift: float
) -> None:
    ramp = "geq=lum=128:cb='60+4*Y':cr=128"
    said = f"{ramp},setparams=chroma_location={place}"
    info = source(tmp_path, "film.mkv", "yuv420p", (*FFV1, "-vf", said), size=(64, 64))
    kept = written(info, tmp_path, "ffv1")
    assert chroma_location(kept.path) == place
    new = written(info, tmp_path, "prores")
    (frame,) = pictures(new, [0])
    rows = frame.planes[1].astype(float).mean(1)[8:-8] / 4
    assert np.abs(rows - (60 + 2 * np.arange(8, 56) + shift)).max() < 0.6


def test_fields_are_refused_by_dnxhr(tmp_path: Path) -> None:
    info = source(tmp_path, "film.mkv", "yuv422p", FFV1)
    fields = replace(info, width=256, height=128, scan=replace(info.scan, field_order="tff"))
    with pytest.raises(DubError, match="is interlaced, which dnxhr cannot hold"):
        suffix(fields, "dnxhr")


def test_the_matrix_of_a_dnxhr_file_outranks_what_its_frames_say_by_default(tmp_path: Path) -> None:
    how = (*DNXHR, "dnxhr_hqx", *tagged("bt2020", "bt2020-10", "bt2020nc", "tv"))
    info = source(tmp_path, "film.mov", "yuv422p10le", how, size=(256, 128))
    assert info.colour.matrix == "bt2020nc"
    assert written(info, tmp_path).colour.matrix == "bt2020nc"


@pytest.mark.parametrize("name", ["new.mp4", "new.%04d.mov", "new.%04d.png"])
def test_a_name_that_does_not_fit_the_codec_is_refused(tmp_path: Path, name: str) -> None:
    info = source(tmp_path, "film.mov", "yuv422p10le", PRORES)
    made = replace(output(info, tmp_path), path=str(tmp_path / name))
    with pytest.raises(DubError, match=r"must end in \.mov"):
        write_all(info, made, [])


def test_an_encoder_that_refuses_the_picture_is_quoted(tmp_path: Path) -> None:
    info = source(tmp_path, "film.mkv", "yuv422p", FFV1)
    info = replace(info, codec="dnxhd", coding=replace(info.coding, profile="1237"))
    with pytest.raises(DubError, match="incompatible with DNxHD"):
        written(info, tmp_path)
    assert os.listdir(tmp_path) == ["film.mkv"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError, GeneratorExit])
@pytest.mark.parametrize("codec", ["source", "png"])
def test_stopping_half_way_leaves_what_was_there(
    tmp_path: Path, stop: type[BaseException], codec: str
) -> None:
    info = source(tmp_path, "film.mov", "yuv422p10le", PRORES)
    made = output(info, tmp_path, codec)
    if codec == "source":
        Path(made.path).write_bytes(b"of yesterday")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(stop):
        write_and_stop(info, made, stop)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    info = source(tmp_path, "film.mov", "yuv422p10le", PRORES)
    for codec in ("source", "png"):
        with pytest.raises(DubError, match=r"film\.mov.*cannot be written"):
            written(info, tmp_path / "film.mov", codec)


@contextmanager
def disk_of(size: int):
    """As if the disk were full: no file may grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("codec", ["ffv1", "png"])
def test_a_full_disk_is_an_error_that_names_the_file_and_leaves_nothing(
    tmp_path: Path, codec: str
) -> None:
    info = source(tmp_path, "film.mov", "yuv422p10le", PRORES, size=(512, 288))
    frames = list(pictures(info, range(4))) * 5
    made = output(info, tmp_path, codec)
    with disk_of(20_000), pytest.raises(DubError, match=r"new.*cannot be written"):
        write_all(info, made, frames)
    assert os.listdir(tmp_path) == ["film.mov"]


def test_no_frame_at_all_is_an_error(tmp_path: Path) -> None:
    info = source(tmp_path, "film.mov", "yuv422p10le", PRORES)
    with (
        pytest.raises(DubError, match="no frame was written"),
        open_writer(info, output(info, tmp_path)),
    ):
        pass


def test_a_frame_of_another_layout_is_our_mistake(tmp_path: Path) -> None:
    info = source(tmp_path, "film.mov", "yuv422p10le", PRORES)
    wrong = Frame((np.zeros((96, 128), np.uint16),) * 3)
    with (
        pytest.raises(ValueError, match="layout"),
        open_writer(info, output(info, tmp_path)) as file,
    ):
        file.write(wrong)


def test_rgb_becomes_prores_4444_in_its_own_colours(tmp_path: Path) -> None:
    info = source(tmp_path, "film.mov", "rgb24", ("-c:v", "png"))
    new = written(info, tmp_path)
    assert (new.coding.profile, new.colour.matrix, new.colour.range) == ("ap4h", "smpte170m", "tv")
    (frame,) = pictures(new, [2])
    assert np.abs(colour.rgb(frame, new) * 255 - draw_frame(2))[40:].max() < 4


def test_alpha_comes_through(tmp_path: Path) -> None:
    fading = ("-vf", "format=yuva444p10le,geq=lum=lum(X\\,Y):cb=cb(X\\,Y):cr=cr(X\\,Y):a=X*4")
    info = source(
        tmp_path, "film.mov", "yuva444p10le", (*fading, "-c:v", "prores_aw", "-profile:v", "4")
    )
    new = written(info, tmp_path)
    (before,), (after,) = pictures(info, [0]), pictures(new, [0])
    assert before.planes[3].max() > 1000
    assert np.abs(before.planes[3].astype(int) - after.planes[3]).max() <= 4


@pytest.mark.parametrize("rate", ["10", "25/2", "30000/1001", "48", "60000/1001", "120000/1001"])
@pytest.mark.parametrize("codec", ["prores", "ffv1"])
def test_a_rate_of_the_cut_is_written_as_it_is(tmp_path: Path, rate: str, codec: str) -> None:
    info = source(tmp_path, "A.%04d.png", "rgb24", ("-start_number", "1"))
    made = replace(output(info, tmp_path, codec), rate=Fraction(rate))
    write_all(info, made, list(pictures(info, range(4))))
    new = probe(made.path)
    assert (new.rate, new.frame_count, new.first_frame) == (Fraction(rate), 4, 86_400)
