"""A small cut with real media and its orders, and commands in processes of their own.

What paints is a stand-in (stand_in_farm); what decodes, encodes and hands around is real.
"""

import hashlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import opentimelineio as otio
import psutil
import pytest
import soundfile
from support.cuts.small_cut import HZ, RATE, START_FRAME, shot, sound, write_plate

from lipflap.plugin.cli.main import main
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.report import read_report

STAND_IN = Path(__file__).parents[1] / "stand_in_farm"
LIPFLAP = Path(sys.executable).with_name("lipflap")
_PATHS = os.pathsep.join([str(STAND_IN), *filter(None, [os.environ.get("PYTHONPATH")])])
ENVIRONMENT = os.environ | {"PYTHONPATH": _PATHS, "OMP_NUM_THREADS": "1"}
SHOTS = ("SH010", "SH020", "SH030", "SH040", "SH050", "SH060")


def write_reel(folder: Path, shots: Iterable[str] = SHOTS) -> Job:
    """A cut reel.otio of shots of 10 frames, all of them dubbed, and its JOB."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(shots)
    write_plate(folder / "plate.mov", 120, "01:00:00:00")
    ramp = np.arange(4 * HZ, dtype=np.float32) / (4 * HZ)
    soundfile.write(folder / "de.wav", ramp, HZ, subtype="FLOAT")
    picture = otio.schema.Track("V1", kind="Video")
    dub = otio.schema.Track("Dub DE", kind="Audio")
    for number, name in enumerate(names):
        tenth = number % 8
        clip = shot(name, START_FRAME + 10 + 10 * tenth)
        clip.source_range = otio.opentime.TimeRange(
            clip.source_range.start_time, otio.opentime.RationalTime(10, RATE)
        )
        picture.append(clip)
        dub.append(sound(f"DE_{number}", "de.wav", 10 * tenth, 10))
    timeline = otio.schema.Timeline(
        "reel", global_start_time=otio.opentime.RationalTime(START_FRAME, RATE)
    )
    timeline.tracks.extend([picture, dub])
    otio.adapters.write_to_file(timeline, str(folder / "reel.otio"))
    (folder / "mouth.safetensors").write_bytes(b"no network, but it has a hash")
    order = ("order", "reel.otio", "-o", "JOB", "--model", "mouth.safetensors", "--handles", "2")
    done = here(folder, *order)
    assert done.returncode == 0, done.stderr
    return Job(folder / "JOB")


@dataclass(frozen=True)
class Said:
    """What a command said before it ended."""

    returncode: int
    stdout: str
    stderr: str


def here(folder: Path, *arguments: str) -> Said:
    """A command that renders nothing, in this process: it starts at once."""
    out, errors = StringIO(), StringIO()
    before, terminate = Path.cwd(), signal.getsignal(signal.SIGTERM)
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(errors):
            code = main([*arguments])
    finally:
        os.chdir(before)
        signal.signal(signal.SIGTERM, terminate)
        logging.getLogger("lipflap").handlers = []
    return Said(code, out.getvalue(), errors.getvalue())


def lipflap(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LIPFLAP), *arguments],
        cwd=folder,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


def openjd(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "openjd", *arguments],
        cwd=folder,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


def afresh(job: Job) -> Job:
    """The JOB as it was ordered, nothing rendered."""
    for path in job.folder.iterdir():
        if path.is_dir() and path.name != "orders":
            shutil.rmtree(path)
        elif path.is_file() and path != job.cues:
            path.unlink()
    for part in job.folder.glob("orders/*.part-*"):
        part.unlink()
    return job


def rendered_plainly(job: Job) -> dict[str, str]:
    """What `lipflap render` makes of all orders, here, one process, no farm."""
    orders = sorted(map(str, (job.folder / "orders").iterdir()))
    done = lipflap(job.folder.parent, "render", *orders)
    assert done.returncode == 0, done.stderr
    return media(job)


def cut_in(job: Job) -> str:
    """The dubbed cut as OpenTimelineIO writes it."""
    return otio.adapters.read_from_file(read_report(job.report).conformed).to_json_string()


def media(job: Job) -> dict[str, str]:
    """Hashes of all that lies in the media folder, half files included."""
    files = (job.folder / "media").iterdir()
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def runs(job: Job) -> list[str]:
    """The shots that were rendered, each as often as it was."""
    return (job.folder / "runs.txt").read_text().split()


def children(pid: int) -> list[psutil.Process]:
    """All that a process started and that lives, and what those started."""
    return psutil.Process(pid).children(recursive=True)


def gone(processes: Iterable[psutil.Process]) -> bool:
    """Whether all have ended; those nobody has asked after yet, too."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def wait_for(happened: Callable[[], object], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            pytest.fail(f"nothing happened for {seconds} s")
        time.sleep(0.05)
