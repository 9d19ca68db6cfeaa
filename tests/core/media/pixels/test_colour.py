"""Colour there and back: against ffmpeg's own conversion, and bit for bit outside the matte."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media.counted_media import FFV1, draw_frame, write_film

from lipflap.core.errors import MediaBroken
from lipflap.core.media.decode import Frame, pictures
from lipflap.core.media.ffmpeg_process import run_ffmpeg
from lipflap.core.media.pixels.colour import Box, composite, rgb, rgb8
from lipflap.core.media.pixels.colour_tags import PROGRESSIVE, ColourTags
from lipflap.core.media.pixels.pixel_format import pixel_layout
from lipflap.core.media.probe import Coding, MediaInfo, Scan, probe

FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv411p", "yuv440p", "yuvj420p", "gray", "gray10le"]
FORMATS += ["yuv420p10le", "yuv422p10le", "yuv444p12le", "yuva444p10le", "yuv420p16le"]
FORMATS += ["gbrp", "gbrp10le", "gbrap16le", "gbrpf32le", "gbrpf16le"]
WIDTH, HEIGHT = 46, 38
BT709 = ColourTags("bt709", "bt709", "bt709", "tv")


def info_of(
    pixel_format: str, width: int = WIDTH, height: int = HEIGHT, colour: ColourTags = BT709
) -> MediaInfo:
    linear = replace(colour, transfer="linear")
    return MediaInfo(
        path="film.mov",
        first_file=None,
        codec="none",
        pixel_format=pixel_format,
        width=width,
        height=height,
        rate=Fraction(25),
        frame_count=1,
        first_frame=0,
        colour=linear if pixel_layout(pixel_format).is_float else colour,
        scan=Scan(PROGRESSIVE, Fraction(1), 0),
        coding=Coding("", drop_frame=False),
    )


def noise(info: MediaInfo, seed: int = 0) -> Frame:
    """A frame of every value the format has, alpha too; floats with lights up to 20."""
    random = np.random.default_rng(seed)
    layout = pixel_layout(info.pixel_format)
    planes = []
    for shape in layout.shapes(info.width, info.height):
        if layout.is_float:
            planes.append((random.random(shape) * 20).astype(layout.dtype))
        else:
            planes.append(random.integers(0, 1 << layout.bits, shape).astype(layout.dtype))
    return Frame(tuple(planes))


def gentle(info: MediaInfo) -> Frame:
    """A frame of soft colours well inside the gamut, written by way of `composite` itself."""
    picture = draw_frame(3, info.width, info.height).astype(np.float32) / 255 * 0.5 + 0.25
    whole = Box(0, 0, info.width, info.height)
    return composite(noise(info), info, whole, picture, np.ones(picture.shape[:2], np.float32))


def ellipse(box: Box) -> np.ndarray:
    """A soft matte that is 0 near the edges of its box."""
    height, width = box.y1 - box.y0, box.x1 - box.x0
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.clip(1.6 - 2 * np.hypot(x, y), 0, 1).astype(np.float32)


def may_change(layout_name: str, info: MediaInfo, box: Box, matte: np.ndarray) -> Iterator:
    """For each plane, brute force: which samples stand for a pixel the matte covers."""
    layout = pixel_layout(layout_name)
    covered = np.zeros((info.height, info.width), bool)
    covered[box.y0 : box.y1, box.x0 : box.x1] = matte > 0
    ys, xs = np.nonzero(covered)
    for plane, shape in enumerate(layout.shapes(info.width, info.height)):
        mask = np.zeros(shape, bool)
        across, down = layout.chroma_log2 if layout.is_chroma(plane) else (0, 0)
        if not (layout.has_alpha and plane == layout.plane_count - 1):
            mask[ys >> down, xs >> across] = True
        yield mask


@pytest.mark.parametrize("pixel_format", FORMATS)
@settings(max_examples=12, deadline=None)
@given(
    corner=st.tuples(st.integers(0, WIDTH - 4), st.integers(0, HEIGHT - 4)), seed=st.integers(0, 99)
)
def test_nothing_outside_the_matte_changes_and_nothing_leaks_in(
    pixel_format: str, corner: tuple[int, int], seed: int
) -> None:
    info = info_of(pixel_format)
    random = np.random.default_rng(seed)
    x0, y0 = corner
    box = Box(
        x0, y0, int(random.integers(x0 + 1, WIDTH + 1)), int(random.integers(y0 + 1, HEIGHT + 1))
    )
    matte = ellipse(box)
    patch = np.where(matte[..., None] > 0, random.random((*matte.shape, 3)), np.nan)
    plate = noise(info, seed)
    kept = [plane.copy() for plane in plate.planes]
    laid = composite(plate, info, box, patch.astype(np.float32), matte)
    for before, plane, after, mask in zip(
        kept, plate.planes, laid.planes, may_change(pixel_format, info, box, matte), strict=True
    ):
        assert np.array_equal(before, plane)
        assert np.array_equal(before[~mask], after[~mask])
        assert after.dtype == before.dtype
        assert np.isfinite(after.astype(np.float64)).all()


@pytest.mark.parametrize("pixel_format", [name for name in FORMATS if "gray" not in name])
def test_a_composited_patch_decodes_as_the_patch(pixel_format: str) -> None:
    info = info_of(pixel_format)
    box = Box(5, 7, 41, 33)
    shape = (box.y1 - box.y0, box.x1 - box.x0)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    patch = np.stack([0.5 + x / 120, 0.4 + y / 100, 0.6 - x / 200], axis=-1).astype(np.float32)
    seen = rgb(composite(gentle(info), info, box, patch, np.ones(shape, np.float32)), info, box)
    steps = 255 if pixel_layout(pixel_format).bits == 8 else 1023
    inner = (slice(4, -4), slice(6, -6))
    assert np.abs(seen - patch)[inner].max() < 2 / steps


@pytest.mark.parametrize("pixel_format", ["yuv420p10le", "yuv422p10le", "yuv411p", "gbrp10le"])
def test_half_a_matte_is_half_a_patch_in_luma_and_in_chroma(pixel_format: str) -> None:
    info = info_of(pixel_format)
    plate, box = gentle(info), Box(4, 4, 40, 32)
    before = rgb(plate, info, box)
    patch = before[::-1, ::-1] * 0.8
    laid = composite(plate, info, box, patch, np.full((28, 36), 0.5, np.float32))
    off = np.abs(rgb(laid, info, box) - (before + patch) / 2)
    assert np.median(off) < 1.5 / (255 if pixel_layout(pixel_format).bits == 8 else 1023)


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_a_decoded_box_composited_back_is_the_plate(pixel_format: str) -> None:
    info = info_of(pixel_format)
    plate = gentle(info)
    box = Box(4, 4, 40, 32)
    matte = np.ones((28, 36), np.float32)
    again = composite(plate, info, box, rgb(plate, info, box), matte)
    for before, after in zip(plate.planes, again.planes, strict=True):
        off = np.abs(before.astype(np.float64) - after.astype(np.float64))
        assert off.max() <= (2e-3 * before.max() if before.dtype.kind == "f" else 0)


@pytest.mark.parametrize("pixel_format", ["gbrpf32le", "gbrpf16le"])
def test_lights_above_one_survive_around_a_patch(pixel_format: str) -> None:
    info = info_of(pixel_format)
    plate = noise(info)
    assert max(plane.max() for plane in plate.planes) > 15
    assert rgb(plate, info).max() == 1
    matte = np.full((10, 10), 0.5, np.float32)
    laid = composite(plate, info, Box(10, 10, 20, 20), np.full((10, 10, 3), 0.5, np.float32), matte)
    light = ((0.5 + 0.055) / 1.055) ** 2.4  # IEC 61966-2-1, by hand
    wanted = plate.planes[0][10:20, 10:20].astype(np.float64) / 2 + light / 2
    assert np.allclose(laid.planes[0][10:20, 10:20], wanted, rtol=1e-3)


def test_light_that_is_no_number_stays_around_a_patch_and_is_seen_as_black_or_white() -> None:
    info = info_of("gbrpf32le")
    plate = noise(info)
    planes = [plane.copy() for plane in plate.planes]
    for plane in planes:
        plane[::2, ::3], plane[1::2, ::5] = np.inf, np.nan
    plate = Frame(tuple(planes))
    matte = ellipse(Box(10, 10, 30, 30))
    laid = composite(plate, info, Box(10, 10, 30, 30), np.full((20, 20, 3), 0.5, np.float32), matte)
    untouched = next(may_change("gbrpf32le", info, Box(10, 10, 30, 30), matte)) == 0
    for before, after in zip(plate.planes, laid.planes, strict=True):
        assert np.array_equal(before[untouched], after[untouched], equal_nan=True)
    seen = rgb(plate, info)
    assert seen[0, 0].tolist() == pytest.approx([1, 1, 1])
    assert seen[1, 0].tolist() == [0, 0, 0]
    assert rgb8(plate, info)[0, 0].tolist() == [255, 255, 255]


def test_a_curve_that_is_no_number_is_black_or_white_and_hinders_no_patch() -> None:
    info = replace(info_of("gbrpf32le"), colour=BT709)
    planes = [plane.copy() for plane in noise(info).planes]
    for plane in planes:
        plane[:, 0], plane[:, 1], plane[:, 2] = np.nan, np.inf, -1e9
    plate = Frame(tuple(planes))
    assert [pixel.tolist() for pixel in rgb(plate, info)[0, :3]] == [[0] * 3, [1] * 3, [0] * 3]
    assert rgb8(plate, info)[0, :3].tolist() == [[0] * 3, [255] * 3, [0] * 3]
    box, patch = Box(0, 0, 8, 8), np.full((8, 8, 3), 0.5, np.float32)
    matte = np.zeros((8, 8), np.float32)
    matte[4:, 4:] = 1
    for before, after in zip(planes, composite(plate, info, box, patch, matte).planes, strict=True):
        assert np.array_equal(before[:4, :4], after[:4, :4], equal_nan=True)
        assert np.allclose(after[4:8, 4:8], 0.5)


@pytest.mark.parametrize(
    ("matrix", "said_to_ffmpeg"),
    [("bt709", "bt709"), ("smpte170m", "smpte170m"), ("bt2020nc", "bt2020")],
)
@pytest.mark.parametrize("levels", ["tv", "pc"])
@pytest.mark.parametrize("pixel_format", ["yuv444p12le", "yuv422p10le"])
def test_colours_are_those_ffmpeg_makes(
    tmp_path: Path, matrix: str, said_to_ffmpeg: str, levels: str, pixel_format: str
) -> None:
    colour = ColourTags("bt709", "bt709", matrix, levels)
    info = info_of(pixel_format, colour=colour)
    flat = np.array([[0.9, 0.2, 0.3], [0.1, 0.8, 0.4], [0.2, 0.3, 0.9], [0.5, 0.5, 0.5]])
    picture = np.repeat(flat, [12, 12, 12, 10], axis=0)[None].repeat(HEIGHT, 0).astype(np.float32)
    whole = Box(0, 0, WIDTH, HEIGHT)
    laid = composite(noise(info), info, whole, picture, np.ones((HEIGHT, WIDTH), np.float32))
    raw = tmp_path / "raw"
    raw.write_bytes(b"".join(plane.tobytes() for plane in laid.planes))
    source = ffmpeg.input(str(raw), format="rawvideo", pix_fmt=pixel_format, s=f"{WIDTH}x{HEIGHT}")
    graph = source.filter(
        "scale", in_color_matrix=said_to_ffmpeg, in_range=levels, flags="accurate_rnd"
    ).output("pipe:", format="rawvideo", pix_fmt="gbrp16le")
    with run_ffmpeg(graph) as child:
        data = b"".join(iter(lambda: child.stdout.read(1 << 20), b""))
    green, blue, red = np.frombuffer(data, "<u2").reshape(3, HEIGHT, WIDTH) / 65535
    theirs = np.stack([red, green, blue], axis=-1)
    ours = rgb(laid, info)
    middles = [6, 18, 30, 41]
    assert np.abs(ours - picture)[:, middles].max() < 2 / 1023
    assert np.abs(ours - theirs)[:, middles].max() < 4 / 1023  # swscale's white is 65280


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_a_box_decodes_as_it_does_in_the_whole_plate(pixel_format: str) -> None:
    info = info_of(pixel_format)
    plate = noise(info)
    whole = rgb(plate, info)
    for box in (Box(0, 0, 3, 5), Box(11, 13, 30, 20), Box(45, 37, 46, 38)):
        assert np.array_equal(rgb(plate, info, box), whole[box.y0 : box.y1, box.x0 : box.x1])


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_the_quick_picture_is_near_the_exact_one(pixel_format: str) -> None:
    info = info_of(pixel_format)
    plate = gentle(info)
    quick = rgb8(plate, info)
    assert quick.shape == (HEIGHT, WIDTH, 3)
    assert quick.dtype == np.uint8
    off = np.abs(quick / 255 - rgb(plate, info))
    assert np.median(off) < 2 / 255
    assert off.max() < 40 / 255  # along the bars, where chroma is interpolated otherwise


def test_without_a_tag_hd_is_bt709_and_sd_is_bt601() -> None:
    untagged = ColourTags("unknown", "unknown", "unknown", "unknown")
    for height, matrix in ((720, "bt709"), (576, "smpte170m"), (360, "bt470bg")):
        plain = info_of("yuv444p", width=8, height=height, colour=untagged)
        tagged = replace(plain, colour=replace(BT709, matrix=matrix))
        plate = noise(plain)
        assert np.array_equal(rgb(plate, plain), rgb(plate, tagged)), height


def test_a_colour_matrix_that_is_not_linear_is_refused_by_name() -> None:
    info = info_of("yuv444p", colour=replace(BT709, matrix="ictcp"))
    with pytest.raises(MediaBroken, match=r"film\.mov: has the colour matrix ictcp"):
        rgb(noise(info), info)


def test_a_patch_that_is_no_number_or_does_not_fit_is_our_mistake() -> None:
    info = info_of("yuv420p")
    plate, box = noise(info), Box(4, 4, 8, 8)
    matte = np.ones((4, 4), np.float32)
    with pytest.raises(ValueError, match="not a number"):
        composite(plate, info, box, np.full((4, 4, 3), np.nan, np.float32), matte)
    with pytest.raises(ValueError, match="do not fit"):
        composite(plate, info, box, np.zeros((4, 5, 3), np.float32), matte)
    with pytest.raises(ValueError, match="not inside"):
        rgb(plate, info, Box(40, 0, 47, 4))


def test_a_real_frame_keeps_its_tags_matrix_through_a_codec(tmp_path: Path) -> None:
    """The painted gradient, coded as BT.709 by ffmpeg, is seen in the colours it was drawn in."""
    tagging = ("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709")
    path = write_film(tmp_path / "film.mkv", [5], pixel_format="yuv444p", codec=(*FFV1, *tagging))
    info = probe(str(path))
    (frame,) = pictures(info, [0])
    assert info.colour.matrix == "bt709"
    assert np.abs(rgb(frame, info) * 255 - draw_frame(5))[40:].max() < 2.5
