"""Memory stays flat: over a shot of a minute, and over forty shots in lockstep.

The shipped model at work on a portrait that moves, by the command a farm runs, and the figures it
says itself. What is needed to begin, and what grows with a shot's few numbers a frame, is told by
the first third; the last third may not hold more than a little beyond it.
"""

import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from support.puppets.puppet_shot import film_order, speech

from lipflap.core.files.atomic import write_text
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import DubOrder, DubSettings, FrameMap, Mode, Role, order_to_json
from lipflap.plugin.demo.portrait import Camera, Pose, draw, load_portrait
from lipflap.plugin.demo.sound import ASSETS
from lipflap.plugin.job.folder import Job

WIDTH, HEIGHT, RATE, HZ = 320, 240, 25, 16_000
LINE = re.compile(r"memory after (\d+) s: (\d+) MiB now, (\d+) at most")
GROWTH_MIB = 60


def write_film(path: Path, frames: int) -> str:
    portrait, pictures = load_portrait(), {}
    with av.open(str(path), "w") as movie:
        film = movie.add_stream("ffv1", rate=RATE)
        film.width, film.height, film.pix_fmt = WIDTH, HEIGHT, "yuv422p10le"
        for i in range(frames):
            step = i % 50
            if step not in pictures:
                sway = np.sin(step * 2 * np.pi / 50)
                pose = Pose(2 * sway, 0.0, 0.02 * sway, 0.0, 0.0, 0.85, 0.0)
                pictures[step] = draw(portrait, Camera(226, 106, 1.5), pose, WIDTH, HEIGHT)
            movie.mux(film.encode(av.VideoFrame.from_ndarray(pictures[step], format="rgb24")))
        movie.mux(film.encode(None))
    return str(path)


@pytest.fixture(scope="module")
def minute(tmp_path_factory) -> DubOrder:
    """1,500 frames in which all the time somebody speaks."""
    folder = tmp_path_factory.mktemp("minute")
    film = write_film(folder / "plate.mkv", 1500)
    said, _ = soundfile.read(ASSETS / "dub_de_1.flac", dtype="float32")
    sound = np.tile(said, 1 + 60 * HZ // len(said))[: 60 * HZ]
    settings = DubSettings(
        "starter", sha256(locate("starter")), 2, 1.0, Mode.AUTOREGRESSIVE, 0, "embedded", None
    )
    return film_order(
        film, Path("new.mkv"), speech(folder / "de.wav", Role.DUB, sound), settings=settings
    )


def place(job: Job, shot: str, asked: DubOrder) -> Path:
    output = replace(asked.output, path=str(job.media(shot, ".mkv")))
    write_text(job.order(shot), order_to_json(replace(asked, shot=shot, output=output)))
    return job.order(shot)


def said_of_memory(files: list[Path], together: int) -> list[tuple[int, int, int]]:
    """Seconds, MiB at that moment, and the most until then, as the renderer says them."""
    command = [sys.executable, "-m", "lipflap.plugin.cli.main", "render", "--watch-memory"]
    done = subprocess.run(
        [*command, "--together", str(together), *map(str, files)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count('"state": "rendered"') == len(files)
    return [tuple(map(int, found.groups())) for found in LINE.finditer(done.stderr)]


def judged(told: list[tuple[int, int, int]], what: str) -> None:
    assert len(told) >= 6, told
    third = len(told) // 3
    early = max(now for _, now, _ in told[: 2 * third])
    late = max(now for _, now, _ in told[-third:])
    print(f"{what}: {told[-1][0]} s, most {told[-1][2]} MiB; {[now for _, now, _ in told]}")  # noqa: T201
    assert late <= early + GROWTH_MIB, told


@pytest.mark.soak
def test_a_shot_of_1500_frames_takes_no_more_at_its_end_than_amid(minute, tmp_path):
    judged(said_of_memory([place(Job(tmp_path / "JOB"), "SH010", minute)], 1), "1,500 frames")


@pytest.mark.soak
def test_forty_shots_in_lockstep_take_no_more_than_the_first_ones(minute, tmp_path):
    job = Job(tmp_path / "JOB")
    files = [
        place(
            job,
            f"SH{n:03}",
            replace(minute, frames=FrameMap(Fraction(30 * n), Fraction(1), 40)),
        )
        for n in range(40)
    ]
    judged(said_of_memory(files, 4), "40 shots, 4 at once")
