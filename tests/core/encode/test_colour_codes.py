"""Every colour code in every codec, as a current ffmpeg and OpenCV's see it.

Neither shares code with us. Both show the source and the new file; the pictures have to be alike.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from support.media.counted_media import FFV1, write_film

from lipflap.core.encode.codecs import lost_facts
from lipflap.core.encode.encode import open_writer, suffix
from lipflap.core.errors import DubError
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels.colour_tags import ColourTags
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import Output

PRIMARIES = (
    "bt709 bt470m bt470bg smpte170m smpte240m film bt2020 smpte428 smpte431 smpte432 ebu3213"
)
TRANSFERS = (
    "bt709 bt470m bt470bg smpte170m smpte240m linear iec61966-2-4 bt1361e iec61966-2-1 bt2020-10 "
    "bt2020-12 smpte2084 smpte428 arib-std-b67 unknown"
)
MATRICES = "bt709 fcc bt470bg smpte170m smpte240m bt2020nc unknown"
# Each value of each once; the sets are of different lengths.
TAGS = [
    ColourTags(primaries or "bt709", transfer or "bt709", matrix or "smpte170m", "tv")
    for primaries, transfer, matrix in zip_longest(
        PRIMARIES.split(), TRANSFERS.split(), MATRICES.split()
    )
]
HDR = ColourTags("bt2020", "smpte2084", "bt2020nc", "tv")
CASES = [
    *(("prores", colour) for colour in TAGS),
    *(("dnxhr", colour) for colour in (*TAGS[:7], HDR)),
    *((codec, colour) for codec in ("ffv1", "png", "dpx", "tiff") for colour in (TAGS[6], HDR)),
]
SIZES = {"dnxhr": (256, 128)}  # it takes no smaller ones
SAME = {"smpte170m", "bt2020-10", "bt2020-12", "iec61966-2-4", "bt1361e"}  # as bt709: H.273
OF_HD_SIZE = {"bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m", *SAME, "iec61966-2-1"}
IN_MOV = {
    "primaries": {"bt709", "bt470bg", "smpte170m", "bt2020", "smpte431", "smpte432", "unknown"},
    "transfer": {"bt709", "smpte2084", "arib-std-b67", "unknown"},
    "matrix": {"bt709", "smpte170m", "bt2020nc", "unknown"},
}


@dataclass(frozen=True)
class Written:
    """A film with colour tags, what we made of it, and both as others show them, [H * W, 3]."""

    info: MediaInfo
    made: str
    ffmpeg: tuple[np.ndarray, np.ndarray]
    opencv: tuple[np.ndarray, np.ndarray] | None


def run(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments], check=True)


def tagged(film: Path, colours: Sequence[ColourTags]) -> list[str]:
    """Copies of a film that say other colours of the same samples."""
    arguments = ["-i", str(film)]
    for number, one in enumerate(colours):
        tags = f"{one.primaries}:color_trc={one.transfer}:colorspace={one.matrix}:range=tv"
        arguments += ["-vf", f"setparams=color_primaries={tags}", "-c:v", "ffv1"]
        arguments += [str(film.with_name(f"{film.stem}{number}.mkv"))]
    run(*arguments)
    return arguments[6::5]


def seen_by_ffmpeg(paths: Sequence[str], folder: Path) -> list[np.ndarray]:
    arguments = [part for path in paths for part in ("-i", path)]
    raws = [folder / f"{number}.raw" for number in range(len(paths))]
    for number, raw in enumerate(raws):
        arguments += ["-map", f"{number}:v", "-frames:v", "1", "-f", "rawvideo"]
        arguments += ["-pix_fmt", "rgb24", str(raw)]
    run(*arguments)
    return [np.fromfile(raw, np.uint8).reshape(-1, 3).astype(int) for raw in raws]


def seen_by_opencv(path: str) -> np.ndarray:
    film = cv2.VideoCapture(path)
    shown, picture = film.read()
    assert shown, f"OpenCV shows nothing of {path}"
    return picture.reshape(-1, 3)[:, ::-1].astype(int)


def is_slow(colour: ColourTags) -> bool:
    """Whether OpenCV works out a table of three seconds, to convert it to HD's colours."""
    return not {colour.primaries, colour.transfer} <= OF_HD_SIZE


def written(info: MediaInfo, folder: Path, codec: str) -> str:
    folder.mkdir()
    output = Output(str(folder / f"new{suffix(info, codec)}"), info.rate, 1, 0, 0, codec)
    with open_writer(info, output) as writer:
        for frame in pictures(info, [0]):
            writer.write(frame)
    return output.path % 1 if "%" in output.path else output.path


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ColourTags], Written]:
    """Every case, read back; in few processes, of which each takes a tenth of a second."""
    folder = tmp_path_factory.mktemp("colours")
    films = {}
    for size in {SIZES.get(codec, (64, 48)) for codec, _ in CASES}:
        film = folder / f"{size[0]}.mkv"
        write_film(film, [5], pixel_format="yuv422p10le", codec=FFV1, size=size)
        colours = [colour for codec, colour in CASES if SIZES.get(codec, (64, 48)) == size]
        films |= {
            (size, one): path for one, path in zip(colours, tagged(film, colours), strict=True)
        }
    infos = [probe(films[SIZES.get(codec, (64, 48)), colour]) for codec, colour in CASES]
    made = [
        written(info, folder / str(number), codec)
        for number, (info, (codec, _)) in enumerate(zip(infos, CASES, strict=True))
    ]
    shown = seen_by_ffmpeg([*(info.path for info in infos), *made], folder)
    return {
        case: Written(
            info,
            new,
            (shown[number], shown[number + len(CASES)]),
            None if is_slow(case[1]) else (seen_by_opencv(info.path), seen_by_opencv(new)),
        )
        for number, (case, info, new) in enumerate(zip(CASES, infos, made, strict=True))
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_others_show_the_new_file_as_they_show_the_old(
    survey: dict[tuple[str, ColourTags], Written], case: tuple[str, ColourTags]
) -> None:
    one = survey[case]
    assert one.info.colour == case[1]
    assert np.abs(one.ffmpeg[0] - one.ffmpeg[1]).mean() < 3
    if one.opencv:
        assert np.abs(one.opencv[0] - one.opencv[1]).mean() < 3
        assert one.opencv[1].max() - one.opencv[1].min() > 60  # neither black nor grey


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_file_can_say_it_says_and_the_rest_is_named(
    survey: dict[tuple[str, ColourTags], Written], case: tuple[str, ColourTags]
) -> None:
    one, (codec, colour) = survey[case], case
    found, lost = probe(one.made).colour, lost_facts(one.info, codec)
    if codec in ("prores", "dnxhr"):
        for name, values in IN_MOV.items():
            assert getattr(found, name) in values
    for name, same in (("transfer", SAME), ("primaries", {"smpte240m"})):
        value = getattr(colour, name)
        if value == "unknown":
            continue
        alike = {"bt709", "smpte170m"} if value in same else set()
        is_said = getattr(found, name) in {value, *alike}
        assert is_said != (f"{name} {value}" in lost) or (codec == "tiff" and value == "bt709")


def test_a_matrix_that_cannot_be_painted_in_is_refused_before_anything_is_written(
    survey: dict[tuple[str, ColourTags], Written],
) -> None:
    info = survey["prores", TAGS[0]].info
    with pytest.raises(DubError, match="matrix ictcp, which is not supported"):
        suffix(replace(info, colour=replace(info.colour, matrix="ictcp")), "prores")
