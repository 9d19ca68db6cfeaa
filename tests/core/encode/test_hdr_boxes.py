"""HDR light levels in new files, against those that ffmpeg writes of pictures it decodes itself."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
from support.media.counted_media import write_film

from lipflap.core.encode.codecs import lost_facts
from lipflap.core.encode.concat import concat_parts
from lipflap.core.encode.encode import open_writer, suffix
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import Output

MASTERED = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
HDR10 = f"log-level=error:hdr10=1:master-display={MASTERED}:max-cll=1000,400"
NUMBERS = (13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 50)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> MediaInfo:
    options = f"{HDR10}:colorprim=9:transfer=16:colormatrix=9"
    made = write_film(
        tmp_path_factory.mktemp("hdr") / "hdr.mp4",
        range(4),
        size=(64, 48),
        pixel_format="yuv420p10le",
        codec=("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", options),
    )
    return probe(str(made))


def written(info: MediaInfo, path: Path, codec: str, first: int = 0, count: int = 2) -> Output:
    output = Output(f"{path}{suffix(info, codec)}", info.rate, first, 0, 0, codec)
    with open_writer(info, output) as writer:
        for frame in pictures(info, range(first, first + count)):
            writer.write(frame)
    return output


def boxes(path: str) -> bytes:
    """From content light to the end of mastering display, as the file has them."""
    data = Path(path).read_bytes()
    start = data.index(b"clli") - 4
    return data[start : data.index(b"mdcv") + 28]


def test_a_movie_states_them_as_ffmpeg_would(film: MediaInfo, tmp_path: Path) -> None:
    assert (film.hdr.mastering, film.hdr.content) == (NUMBERS, (1000, 400))
    new = written(film, tmp_path / "new", "prores")
    assert probe(new.path).hdr == film.hdr
    theirs = tmp_path / "theirs.mov"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", film.path]
    subprocess.run([*command, "-c:v", "prores_aw", str(theirs)], check=True)
    assert boxes(new.path) == boxes(str(theirs))
    assert lost_facts(film, "prores") == ()


def test_parts_keep_them_when_they_are_joined(film: MediaInfo, tmp_path: Path) -> None:
    whole = written(film, tmp_path / "whole", "prores", count=4)
    parts = [written(film, tmp_path / f"part{first}", "prores", first).path for first in (0, 2)]
    concat_parts(parts, Output(f"{tmp_path}/joined.mov", film.rate, 0, 0, 0, "prores"))
    assert Path(f"{tmp_path}/joined.mov").read_bytes() == Path(whole.path).read_bytes()


def test_stills_of_png_state_them_and_others_name_them_as_lost(
    film: MediaInfo, tmp_path: Path
) -> None:
    new = written(film, tmp_path / "new", "png")
    assert probe(new.path).hdr == film.hdr
    assert lost_facts(film, "png") == ()
    assert lost_facts(film, "ffv1") == ("mastering display", "content light levels")
