"""Exact samples, against a ramp whose samples are their own numbers and ffmpeg's decoders."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.media.counted_media import (
    H264,
    PRORES,
    ramp_numbers,
    transcode,
    write_film,
    write_ramp,
)

from lipflap.core.errors import MediaBroken
from lipflap.core.media import ffmpeg_process
from lipflap.core.media.decode import samples
from lipflap.core.media.probe import probe_sound


def test_a_ramp_comes_back_sample_for_sample(tmp_path: Path) -> None:
    path = str(write_ramp(tmp_path / "ramp.wav", 200_000, channels=2))
    for first, count in ((0, 10), (1, 1), (47_999, 48_003), (150_001, 49_999)):
        found = samples(path, first, count)
        assert found.dtype == np.float32
        wanted = np.arange(first, first + count)
        assert np.array_equal(ramp_numbers(found), np.stack([wanted, wanted + 1]))


@pytest.mark.parametrize(
    ("name", "coding"),
    [("in.mov", ("-c:a", "pcm_s24le")), ("in.mkv", ("-c:a", "flac")), ("a.flac", ())],
)
def test_a_ramp_survives_the_containers_that_do_not_lose(
    tmp_path: Path, name: str, coding: tuple[str, ...]
) -> None:
    ramp = write_ramp(tmp_path / "ramp.wav", 150_000)
    path = tmp_path / name
    if name.startswith("in"):
        write_film(path, range(80), sound=ramp, codec=(*H264, *coding))
    else:
        transcode(ramp, path)
    assert probe_sound(str(path)).sample_count == 150_000
    found = samples(str(path), 100_001, 7)
    assert ramp_numbers(found)[0].tolist() == list(range(100_001, 100_008))


def test_sound_that_starts_after_the_picture_begins_with_silence(tmp_path: Path) -> None:
    ramp = write_ramp(tmp_path / "ramp.wav", 96_000, first=1)
    film_path = write_film(tmp_path / "film.mov", range(60))
    path = tmp_path / "late.mov"
    command = [ffmpeg_process.binary(), "-v", "error", "-i", str(film_path), "-itsoffset", "0.1"]
    command += ["-i", str(ramp), "-map", "0:v", "-map", "1:a", "-c:v", "copy"]
    subprocess.run([*command, "-c:a", "pcm_s24le", str(path)], check=True)
    assert probe_sound(str(path)).sample_count == 96_000 + 4_800
    found = ramp_numbers(samples(str(path), 4_797, 6))[0]
    assert found.tolist() == [0, 0, 0, 1, 2, 3]


@pytest.mark.parametrize("name", ["a.m4a", "a.mp3", "a.ogg", "a.mkv"])
def test_lossy_sound_is_what_ffmpeg_decodes_priming_taken_off(tmp_path: Path, name: str) -> None:
    at_s = np.arange(130_000) / 48_000
    tone = np.sin(2 * np.pi * (300 + 200 * at_s) * at_s) / 2
    soundfile.write(tmp_path / "tone.wav", tone, 48_000)
    coding = ("-c:a", "libvorbis") if name == "a.ogg" else ()
    path = transcode(tmp_path / "tone.wav", tmp_path / name, *coding)
    command = [ffmpeg_process.binary(), "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    heard = np.frombuffer(raw, "<f4")
    info = probe_sound(str(path))
    assert info.sample_count == len(heard)
    assert np.array_equal(samples(str(path), 0, info.sample_count)[0], heard)
    off = samples(str(path), 90_000, 5_000)[0] - heard[90_000:95_000]
    assert np.abs(off).max() < 1e-4  # AAC fills noise in afresh, wherever decoding begins
    assert np.abs(heard[2_000:120_000] - tone[2_000:120_000]).max() < 0.1


def test_samples_that_are_no_number_are_silence(tmp_path: Path) -> None:
    path, sound = tmp_path / "float.wav", np.full(480, 0.25, np.float32)
    sound[7:10] = np.nan, np.inf, -np.inf
    soundfile.write(path, sound, 48_000, subtype="FLOAT")
    (found,) = samples(str(path), 0, 480)
    assert found[7:10].tolist() == [0, 0, 0]
    assert np.all(np.delete(found, [7, 8, 9]) == 0.25)


def test_sound_that_ends_early_is_named(tmp_path: Path) -> None:
    path = str(write_ramp(tmp_path / "ramp.wav", 1_000))
    with pytest.raises(MediaBroken, match=r"ends at 0\.021 s; 0\.021 to 0\.021 s are needed"):
        samples(path, 990, 20)


def test_a_film_without_sound_is_named(tmp_path: Path) -> None:
    silent = write_film(tmp_path / "film.mov", [0], codec=PRORES, pixel_format="yuv422p10le")
    with pytest.raises(MediaBroken, match="has no sound track"):
        probe_sound(str(silent))
