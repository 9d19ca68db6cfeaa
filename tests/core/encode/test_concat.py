"""Parts written one by one and joined, against the same frames written in one go."""

import os
import resource
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from support.media.counted_media import FFV1, framemd5, read_number, write_film

from lipflap.core.encode.concat import concat_parts
from lipflap.core.encode.encode import open_writer, suffix
from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.files.sequence import numbers_on_disk, sequence_file
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import Output

NTSC, PAL = Fraction(30000, 1001), Fraction(25)
EDGES = (0, 5, 6, 14)
HD = (
    "-vf",
    "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv",
)
FIELDS = ("-vf", "setfield=tff,setsar=16/15", "-flags", "+ildct+ilme")
DNX = ("-c:v", "dnxhd", "-profile:v")
DROP = ("-timecode", "00:59:59;20")

# name: samples, how ffmpeg writes the source, rate
FAMILIES = {
    "prores.mov": ("yuv422p10le", ("-c:v", "prores_aw", "-profile:v", "2", *HD), PAL),
    "fields.mov": ("yuv422p10le", ("-c:v", "prores_aw", "-profile:v", "3", *FIELDS), PAL),
    "4444.mov": ("yuva444p10le", ("-c:v", "prores_aw", "-profile:v", "4"), NTSC),
    "drop.mov": ("yuv422p", (*DNX, "dnxhr_hq", *HD, *DROP), NTSC),
    "hqx.mov": ("yuv422p10le", (*DNX, "dnxhr_hqx"), PAL),
    "ffv1.mkv": ("yuv420p", (*FFV1, *HD), NTSC),
    "odd.mkv": ("gbrp10le", FFV1, Fraction(24000, 1001)),
}
STILLS = {
    "a%04d.png": ("rgb24", ()),
    "a%04d.tif": ("rgb48le", ()),
    "a%04d.dpx": ("gbrp10le", ()),
    "a%04d.exr": ("gbrpf32le", ("-format", "half")),
}
FIRST = 107_800  # NTSC drop-frame skips two numbers among those that follow


def source(folder: Path, name: str, pixel_format: str, codec: tuple[str, ...], rate=PAL):
    drawn = {"pixel_format": pixel_format, "codec": codec, "rate": rate}
    film = write_film(folder / name, range(14), size=(256, 144), **drawn)
    return probe(str(film))


def written(info: MediaInfo, folder: Path, name: str, start: int, end: int) -> Output:
    path = str(folder / f"{name}{suffix(info, 'source')}")
    made = Output(path, info.rate, FIRST + start, 0, 0, "source")
    with open_writer(info, made) as writer:
        for frame in pictures(info, range(start, end)):
            writer.write(frame)
    return made


def parts_of(info: MediaInfo, folder: Path) -> list[str]:
    return [written(info, folder, f"it's {a}", a, b).path for a, b in pairwise(EDGES)]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_joined_movie_is_the_undivided_one_byte_for_byte(tmp_path: Path, name: str) -> None:
    info = source(tmp_path, name, *FAMILIES[name])
    whole = written(info, tmp_path, "whole", 0, 14)
    parts = parts_of(info, tmp_path)
    before = [Path(part).read_bytes() for part in parts]
    made = replace(whole, path=str(tmp_path / "joined folder" / Path(whole.path).name))
    concat_parts(parts, made)
    new = probe(made.path)
    assert replace(new, path=whole.path) == probe(whole.path)
    assert (new.first_frame, new.frame_count, new.rate) == (FIRST, 14, info.rate)
    assert framemd5(Path(made.path), new.pixel_format) == framemd5(
        Path(whole.path), new.pixel_format
    )
    assert [read_number(f.planes[0]) for f in pictures(new, range(14))] == list(range(14))
    assert Path(made.path).read_bytes() == Path(whole.path).read_bytes()
    assert [Path(part).read_bytes() for part in parts] == before


@pytest.mark.parametrize("name", STILLS)
def test_a_joined_sequence_is_the_undivided_one_file_by_file(tmp_path: Path, name: str) -> None:
    info = source(tmp_path, name, *STILLS[name])
    info = probe(info.path, first_file=1)
    whole = written(info, tmp_path, "whole", 0, 14)
    made = replace(whole, path=str(tmp_path / f"joined{suffix(info, 'source')}"))
    sequence_file(made.path, FIRST + 99).write_bytes(b"of an older, longer render")
    concat_parts(parts_of(info, tmp_path), made)
    assert numbers_on_disk(made.path) == list(range(FIRST, FIRST + 14))
    for number in numbers_on_disk(made.path):
        assert (
            sequence_file(made.path, number).read_bytes()
            == sequence_file(whole.path, number).read_bytes()
        )
    if name.endswith("png"):
        with Image.open(sequence_file(made.path, FIRST + 13)) as picture:
            assert picture.text["Comment"].startswith("AI-edited mouth")


def test_where_files_have_one_name_only_they_are_copied(tmp_path, monkeypatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError("no links here")

    info = source(tmp_path, "a%04d.png", *STILLS["a%04d.png"])
    parts = parts_of(info, tmp_path)
    monkeypatch.setattr(os, "link", refused)
    made = Output(str(tmp_path / "joined.%04d.png"), info.rate, FIRST, 0, 0, "source")
    concat_parts(parts, made)
    assert numbers_on_disk(made.path) == list(range(FIRST, FIRST + 14))


def test_parts_that_do_not_fit_together_are_refused_by_name(tmp_path: Path) -> None:
    info = source(tmp_path, "prores.mov", *FAMILIES["prores.mov"])
    first, second, _ = parts_of(info, tmp_path)
    other = source(tmp_path, "other.mov", *FAMILIES["drop.mov"])
    stranger = written(other, tmp_path, "stranger", 5, 14).path
    made = Output(str(tmp_path / "joined.mov"), info.rate, FIRST, 0, 0, "source")
    with pytest.raises(DubError, match=r"stranger\.mov.*differs from it's 0\.mov in"):
        concat_parts([first, stranger], made)
    Path(second).unlink()
    with pytest.raises(MediaMissing, match=r"it's 5\.mov"):
        concat_parts([first, second], made)
    assert not Path(made.path).exists()


@contextmanager
def at_most(size: int):
    """As on a full disk: no file, of ours or a child's, grows beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_an_error_that_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    info = source(tmp_path, "ffv1.mkv", *FAMILIES["ffv1.mkv"])
    parts = parts_of(info, tmp_path)
    (tmp_path / "new").mkdir()
    made = Output(str(tmp_path / "new" / "joined.mkv"), info.rate, FIRST, 0, 0, "source")
    size = max(Path(part).stat().st_size for part in parts)
    with at_most(size), pytest.raises(DubError, match=r"joined\.mkv.*needs about"):
        concat_parts(parts, made)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_part_with_the_name_of_a_protocol_is_a_file_all_the_same(tmp_path: Path) -> None:
    info = source(tmp_path, "ffv1.mkv", *FAMILIES["ffv1.mkv"])
    first, second, _ = (Path(part) for part in parts_of(info, tmp_path))
    named = first.rename(tmp_path / "concat:a|b.mkv"), second.rename(tmp_path / "-i http:c.mkv")
    made = Output(str(tmp_path / "joined.mkv"), info.rate, FIRST, 0, 0, "source")
    concat_parts([str(part) for part in named], made)
    hashes = [framemd5(part, info.pixel_format) for part in (*named, Path(made.path))]
    assert hashes[0] + hashes[1] == hashes[2]
