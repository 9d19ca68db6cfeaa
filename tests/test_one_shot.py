"""A cut in, a dubbed cut out: the command an editor types, the shipped models, a face that is shut.

record     0          1          2 seconds
V1         | SH010: a portrait, mouth shut |
Dub DE         [= speech =]
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from av.video.plane import VideoPlane

from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.landmarks import opening
from lipflap.plugin.demo.portrait import Camera, Pose, draw, load_portrait

RATE, FRAMES = 25, 44
SPOKEN = range(12, 30)
WIDTH, HEIGHT = 320, 240
HZ = 16_000


@pytest.fixture(scope="module")
def dubbed(tmp_path_factory) -> Path:
    """The folder of the cut after it was dubbed."""
    folder = tmp_path_factory.mktemp("reel")
    write_plate(folder / "plate.mkv")
    write_dub(folder / "de.wav")
    write_cut(folder / "cut.otio")
    command = [sys.executable, "-m", "lipflap.plugin.cli.main", "dub", "cut.otio", "-o", "JOB"]
    done = subprocess.run(
        command, cwd=folder, env=os.environ, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return folder


def write_plate(path: Path) -> None:
    portrait = load_portrait()
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv422p10le"
        for i in range(FRAMES):
            pose = Pose(0.05 * i, 0.0, 0.01 * np.sin(i / 5), 0.0, 0.0, 0.85, 0.0)
            picture = draw(portrait, Camera(226, 106, 1.5), pose, WIDTH, HEIGHT)
            movie.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        movie.mux(stream.encode(None))


def write_dub(path: Path) -> None:
    """A sentence of the demo in the frames SPOKEN, silence around it."""
    from lipflap.plugin.demo.sound import ASSETS

    said, rate_hz = soundfile.read(ASSETS / "dub_de_1.flac", dtype="float32")
    assert rate_hz == HZ
    loud = int(np.flatnonzero(np.abs(said) > 0.1 * np.abs(said).max())[0])
    sound = np.zeros(FRAMES * HZ // RATE, np.float32)
    first, end = (edge * HZ // RATE for edge in (SPOKEN.start, SPOKEN.stop))
    sound[first:end] = said[loud : loud + end - first]
    soundfile.write(path, sound, HZ)


def write_cut(path: Path) -> None:
    whole = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, RATE), otio.opentime.RationalTime(FRAMES, RATE)
    )
    timeline = otio.schema.Timeline("one shot")
    for name, kind, clip, file in (
        ("V1", "Video", "SH010", "plate.mkv"),
        ("Dub DE", "Audio", "DE_1", "de.wav"),
    ):
        media = otio.schema.ExternalReference(file, whole)
        timeline.tracks.append(
            otio.schema.Track(name, kind=kind, children=[otio.schema.Clip(clip, media, whole)])
        )
    otio.adapters.write_to_file(timeline, str(path))


def frames(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as movie:
        return list(movie.decode(video=0))


def stored(plane: VideoPlane) -> np.ndarray:
    """The samples of a 16-bit plane, without what pads its lines."""
    lines = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)
    return lines[:, : plane.width]


def new_media(folder: Path) -> Path:
    (movie,) = (folder / "JOB" / "media").glob("SH010*")
    return movie


def openings(path: Path) -> np.ndarray:
    landmarker, upright = load_landmarker(), cascade_detectors()[0]
    found = []
    for frame in frames(path):
        rgb8 = frame.to_ndarray(format="rgb24")
        points, sure, _ = landmarker.points(rgb8, upright(rgb8)[0])
        assert sure > 0.9
        found.append(opening(points))
    return np.array(found)


def test_the_cut_that_comes_back_plays_the_new_media_and_keeps_the_old(dubbed):
    (conformed,) = dubbed.glob("*.dubbed.otio")
    shot = next(iter(otio.adapters.read_from_file(str(conformed)).find_clips()))
    references = shot.media_references()
    assert shot.active_media_reference_key == "lipflap"
    assert Path(references["lipflap"].target_url).name == new_media(dubbed).name
    (old,) = [media for key, media in references.items() if key != "lipflap"]
    assert Path(old.target_url).name == "plate.mkv"


def test_what_is_not_spoken_is_the_source_bit_for_bit(dubbed):
    pairs = zip(frames(dubbed / "plate.mkv"), frames(new_media(dubbed)), strict=True)
    same = [
        all(np.array_equal(stored(a), stored(b)) for a, b in zip(x.planes, y.planes, strict=True))
        for x, y in pairs
    ]
    (shot,) = json.loads((dubbed / "JOB" / "report.json").read_text())["shots"]
    assert same.count(False) == shot["report"]["repainted_frames"]
    assert not any(same[SPOKEN.start : SPOKEN.stop])
    assert all(same[:6])
    assert all(same[SPOKEN.stop + 9 :])


def test_a_mouth_that_was_shut_opens_to_the_dub(dubbed):
    shut, spoken = openings(dubbed / "plate.mkv"), openings(new_media(dubbed))
    heard = slice(SPOKEN.start, SPOKEN.stop)
    assert np.abs(spoken - shut)[:6].max() < 1e-6
    assert shut.max() < 0.04
    assert np.percentile(spoken[heard], 80) > shut.max() + 0.05
    assert np.ptp(spoken[heard]) > 0.05
