"""Twelve shots of real people, rendered with the shipped model by Dask, one of whose workers is
killed, and by OpenJD: byte for byte what one process makes of them, conformed to one cut."""

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import opentimelineio as otio
import pytest
from support.jobs.farm_reel import LIPFLAP, afresh, children, command_of, cut_in, media, wait_for

from lipflap.core.media.probe import probe
from lipflap.plugin.demo.sound import ASSETS
from lipflap.plugin.job.folder import Job

FOOTAGE = Path(__file__).parents[4] / "shared" / "data" / "footage"
FRAMES = 24
SHOTS = 12
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def job(tmp_path_factory) -> Job:
    """A second of each film, of some a second one further on, under the demo's German."""
    folder = tmp_path_factory.mktemp("real")
    timeline = otio.schema.Timeline("reel")
    picture, dub = (
        otio.schema.Track(name, kind=kind) for name, kind in (("V1", "Video"), ("Dub DE", "Audio"))
    )
    films = sorted(path for path in FOOTAGE.iterdir() if path.suffix in (".mp4", ".mov"))
    for number in range(SHOTS):
        film = films[number % len(films)]
        first = 20 + 40 * (number // len(films))
        picture.append(clip(f"SH{number + 1:02}0", film, first, probe(str(film)).frame_count))
        dub.append(clip(f"DE_{number}", ASSETS / "dub_de_1.flac", 12, 2 * FRAMES))
    timeline.tracks.extend([picture, dub])
    otio.adapters.write_to_file(timeline, str(folder / "reel.otio"))
    done = lipflap(folder, "order", "reel.otio", "-o", "JOB", "--handles", "4")
    assert len(done.splitlines()) == SHOTS
    return Job(folder / "JOB")


def clip(name: str, file: Path, first: int, count: int) -> otio.schema.Clip:
    time_at = otio.opentime.RationalTime
    available = otio.opentime.TimeRange(time_at(0, 25), time_at(count, 25))
    media = otio.schema.ExternalReference(file.as_uri(), available)
    return otio.schema.Clip(
        name, media, otio.opentime.TimeRange(time_at(first, 25), time_at(FRAMES, 25))
    )


def lipflap(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(LIPFLAP), *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def farm_run(job: Job, *more: str) -> subprocess.Popen[bytes]:
    command = [str(LIPFLAP), "farm", "run", "JOB", *more]
    return subprocess.Popen(command, cwd=job.folder.parent, env=ENVIRONMENT)


@pytest.mark.soak
@pytest.mark.skipif(not FOOTAGE.is_dir(), reason="no footage at ../shared/data")
def test_twelve_real_shots_come_out_the_same_from_every_farm(job):
    took = {}
    orders = sorted(map(str, job.folder.glob("orders/*.json")))
    began = time.monotonic()
    lipflap(job.folder, "render", *orders)
    took["plain"] = time.monotonic() - began
    lipflap(job.folder.parent, "conform", "reel.otio", "JOB")
    expected, cut = media(job), cut_in(job)
    assert len(expected) == SHOTS

    afresh(job)
    began = time.monotonic()
    farm = farm_run(job, "--workers", "2", "--shots-a-task", "3")
    wait_for(lambda: list(job.folder.glob("results/S*")), 600)
    renderer = next(p for p in children(farm.pid) if "render" in command_of(p))
    renderer.parent().kill()
    assert farm.wait() == 0
    took["dask, one worker of two killed"] = time.monotonic() - began
    assert "12 of 12 shots are as ordered." in lipflap(job.folder.parent, "farm", "collect", "JOB")
    assert (media(job), cut_in(job)) == (expected, cut)

    afresh(job)
    began = time.monotonic()
    lipflap(job.folder.parent, "farm", "bundle", "JOB", "-o", "BUNDLE")
    command = ["run", "BUNDLE/template.json", "-p", f"Lipflap={LIPFLAP}"]
    subprocess.run(
        [sys.executable, "-m", "openjd", *command],
        cwd=job.folder.parent,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    took["openjd"] = time.monotonic() - began
    lipflap(job.folder.parent, "farm", "collect", "JOB")
    assert (media(job), cut_in(job)) == (expected, cut)
    logging.getLogger(__name__).info("seconds: %s", json.dumps(took))
