"""Media that leads elsewhere: nothing of it is read, and no other machine hears of us."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fuzz.elsewhere import Elsewhere, elsewhere
from fuzz.listings import addresses, listings
from support.media.counted_media import write_film, write_ramp

from lipflap.core.encode import write_video
from lipflap.core.errors import DubError, MediaBroken
from lipflap.core.media.decode import pictures, samples
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.frame_reader import open_frames, read_frames
from lipflap.core.media.probe import probe, probe_sound
from lipflap.core.media.sound.audio_reader import audio_track, read_track

BLACK = np.zeros((64, 64, 3), np.uint8)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Elsewhere]:
    with elsewhere(tmp_path / "elsewhere") as found:
        yield found


def frames_by_ffmpeg(*source: str) -> int:
    """Pictures that ffmpeg decodes when nobody holds it back."""
    free = ["-protocol_whitelist", "file,http,tcp,crypto,data,concat,subfile,async"]
    command = [binary(), "-v", "error", "-nostdin", *free, *source, "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return sum(not line.startswith("#") for line in done.stdout.splitlines())


@pytest.mark.parametrize("name", listings(""))
def test_a_listing_is_opened_under_no_name(name: str, tmp_path: Path, other: Elsewhere) -> None:
    path = tmp_path / name
    for target in (f"http://{other.address}/film.ts", str(other.film), other.film.as_uri()):
        path.write_text(listings(target)[name])
        for look in (probe, probe_sound):
            with pytest.raises(MediaBroken, match=name):
                look(str(path))
    assert other.heard == []


def test_ffmpeg_alone_would_have_followed(tmp_path: Path, other: Elsewhere) -> None:
    """Else the tests here prove nothing."""
    here, there = str(other.film), f"http://{other.address}/film.ts"
    for name, options in (("hls.m3u8", ["-extension_picky", "0"]), ("concat.mov", ["-safe", "0"])):
        for target in (here, there):
            (tmp_path / name).write_text(listings(target)[name])
            asked = [*options, "-allowed_extensions", "ALL"] if "hls" in name else options
            assert frames_by_ffmpeg(*asked, "-i", str(tmp_path / name)) == 10
    assert frames_by_ffmpeg("-i", there) == frames_by_ffmpeg("-i", f"concat:{here}") == 10
    assert len(other.heard) >= 3


def test_an_address_is_no_file(
    tmp_path: Path, other: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for address in addresses(other.address, str(other.film)):
        for look in (probe, probe_sound, lambda path: samples(path, 0, 100)):
            with pytest.raises(DubError, match="is missing"):
                look(address)
    assert other.heard == []


def test_a_file_may_have_the_name_of_an_address(
    tmp_path: Path, other: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for address in addresses(other.address, "film.ts")[6:]:
        Path(address).parent.mkdir(parents=True, exist_ok=True)
        write_film(tmp_path / "own.mkv", range(3)).rename(address)
        info = probe(address)
        assert (info.frame_count, len(list(pictures(info, range(3))))) == (3, 3)
    assert other.heard == []


@pytest.mark.parametrize("name", ["hls.mov", "concat.mov", "dash.mov"])
def test_what_was_a_film_and_is_a_listing_now_is_not_followed(
    name: str, tmp_path: Path, other: Elsewhere
) -> None:
    """ffmpeg's own process is held back too, not only our look before it."""
    good = write_film(tmp_path / "film.mov", range(10))
    heard = write_ramp(tmp_path / "sound.wav", 96_000)
    stored, track = open_frames(probe(str(good))), audio_track(str(heard))
    for target in (f"http://{other.address}/film.ts", str(other.film)):
        for path in (good, heard):
            path.write_text(listings(target)[name])
        with pytest.raises(DubError, match=r"film\.mov"):
            list(read_frames(stored, 0, 9))
        for first in (0, 90_000):
            with pytest.raises(DubError, match=r"sound\.wav"):
                read_track(replace(track, first_pts=0), first, 5000)
        with pytest.raises(DubError):
            write_video.write_viewing_copy(tmp_path / "copy.mp4", [BLACK], stored.info.rate, heard)
    assert other.heard == []
    assert not (tmp_path / "copy.mp4").exists()


def test_a_still_of_a_sequence_that_is_a_listing_is_not_followed(
    tmp_path: Path, other: Elsewhere
) -> None:
    for number in range(3):
        target = f"http://{other.address}/film.ts"
        (tmp_path / f"plate.{number:04}.png").write_text(listings(target)["drawing.png"])
    with pytest.raises(MediaBroken):
        probe(str(tmp_path / "plate.%04d.png"))
    assert other.heard == []
