"""What a farm costs beside the rendering itself, what two workers gain, and how soon a run resumes.

Run it with nothing else running:  OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/bench_farm.py
The baseline is `lipflap render` of the same orders in one process. Overhead is measured on shots
whose painter is a stand-in that takes next to no time (tests/support/stand_in_farm).
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench_shot import order_for
from support.jobs.farm_reel import ENVIRONMENT, LIPFLAP, afresh, here, write_reel

from lipflap.core.encode.write_video import write_footage
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import (
    DubOrder,
    DubSettings,
    FrameMap,
    Mode,
    Output,
    Picture,
    Role,
    Speech,
    digest,
    order_to_json,
    read_order,
)
from lipflap.core.result import result_to_json
from lipflap.plugin.cut.cuesheet import read_cues, write_cues
from lipflap.plugin.demo.portrait import Camera, Pose, draw, load_portrait
from lipflap.plugin.demo.sound import ASSETS
from lipflap.plugin.farm.tasks import pending_tasks
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.status import job_status
from lipflap.plugin.render.render import no_picture_result

FEW, MANY = 8, 48
REAL = {k: v for k, v in ENVIRONMENT.items() if k not in ("PYTHONPATH", "OMP_NUM_THREADS")}


def seconds(work: Callable[[], object], times: int = 3) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return median(took)


def command(job: Job, *arguments: str, environment: dict[str, str] = ENVIRONMENT) -> None:
    subprocess.run(
        [str(LIPFLAP), *arguments],
        cwd=job.folder.parent,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def bare(job: Job) -> None:
    command(job, "render", *map(str, sorted(job.folder.glob("orders/*.json"))))


def locally(job: Job) -> None:
    program = "import sys; from pathlib import Path\n"
    program += "from lipflap.plugin.render.render_child import render_in_child\n"
    program += "list(render_in_child([Path(name) for name in sys.argv[1:]]))"
    orders = sorted(map(str, job.folder.glob("orders/*.json")))
    subprocess.run(
        [sys.executable, "-c", program, *orders],
        cwd=job.folder.parent,
        env=ENVIRONMENT,
        check=True,
    )


def by_dask(job: Job) -> None:
    command(job, "farm", "run", "JOB", "--workers", "1", "--shots-a-task", "8")


def by_openjd(job: Job) -> None:
    here(job.folder.parent, "farm", "bundle", "JOB", "-o", "BUNDLE", "--shots-a-task", "8")
    template = ["run", "BUNDLE/template.json", "--step", "Render", "-p", f"Lipflap={LIPFLAP}"]
    subprocess.run(
        [sys.executable, "-m", "openjd", *template],
        cwd=job.folder.parent,
        env=ENVIRONMENT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def overhead(folder: Path) -> None:
    print(f"seconds for {FEW} and {MANY} shots of 14 frames that are hardly painted, 8 a task")
    took = {}
    for count in (FEW, MANY):
        job = write_reel(folder / str(count), [f"SH{n:03}" for n in range(count)])
        for way in (bare, locally, by_dask, by_openjd):
            took[way, count] = seconds(lambda j=job, w=way: w(afresh(j)))
            assert len(list(job.folder.glob("media/*"))) == count, way
    for way in (bare, locally, by_dask, by_openjd):
        few, many = took[way, FEW], took[way, MANY]
        more = [took[way, n] - took[bare, n] for n in (FEW, MANY)]
        print(
            f"    {way.__name__:<12}{few:>7.2f}{many:>7.2f}   over the bare render: {more[0]:.2f} "
            f"to start, {(more[1] - more[0]) / (MANY - FEW):.3f} a shot"
        )


def throughput(folder: Path, shots: int = 8, frames: int = 75) -> None:
    """With the shipped model: 320 x 240 portraits that sway, each three seconds long."""
    job = Job(folder / "JOB")
    for n in range(shots):
        write_text(job.order(f"SH{n}"), order_to_json(portrait(folder, job, f"SH{n}", frames)))
    one = job.order("SH0")
    print(f"{shots} shots of {frames} frames painted with the shipped model")
    loading = seconds(lambda: command(job, "render", str(one), environment=REAL), 1)
    ways: dict[str, Callable[[], None]] = {
        "one process, one shot at a time": lambda: real(job, "--together", "1"),
        "one process, as many as fit": lambda: real(job),
        "two processes of half the shots each": lambda: two(job),
    }
    print(f"    one shot alone, networks loaded for it: {loading:.1f} s")
    for name, way in ways.items():
        afresh(job)
        took = seconds(way, 1)
        print(f"    {name}: {took:.1f} s, {shots * frames / took:.2f} frames a second")


def core_seconds(folder: Path) -> None:
    """Of all processes, by two lengths of one 1080p shot: what a frame costs, and what a start."""
    folder.mkdir()
    short, long = 50, 250
    cores, clock = {}, {}
    for count in (short, long):
        order, job = order_for(folder, count), Job(folder / f"JOB{count}")
        output = replace(order.output, path=str(job.media(order.shot, ".mov")))
        write_text(job.order(order.shot), order_to_json(replace(order, output=output)))
        before, began = spent(), time.perf_counter()
        real(job)
        cores[count], clock[count] = spent() - before, time.perf_counter() - began
    a_frame = (cores[long] - cores[short]) / (long - short)
    start = cores[short] - short * a_frame
    print("one 1080p shot from ProRes to ProRes, painted with the shipped model")
    print(f"    {a_frame:.3f} core seconds a frame, and {start:.1f} to start")
    print(f"    by the clock here: {(clock[long] - clock[short]) / (long - short):.3f} s a frame")


def spent() -> float:
    """Core seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def real(job: Job, *more: str) -> None:
    command(job, "render", *more, *map(str, job.folder.glob("orders/*.json")), environment=REAL)


def two(job: Job) -> None:
    files = sorted(map(str, job.folder.glob("orders/*.json")))
    both = [
        subprocess.Popen([str(LIPFLAP), "render", *half], env=REAL, stdout=subprocess.DEVNULL)
        for half in (files[::2], files[1::2])
    ]
    for one in both:
        assert one.wait() == 0


def portrait(folder: Path, job: Job, shot: str, frames: int) -> DubOrder:
    plate, voice, rate = folder / f"{shot}.mov", ASSETS / "dub_de_1.flac", Fraction(25)
    face = load_portrait()
    poses = (Pose(0.03 * i, 0.0, 0.01 * np.sin(i / 5), 0.0, 0.0, 0.85, 0.0) for i in range(frames))
    camera = Camera(226, 106, 1.5)
    folder.mkdir(exist_ok=True)
    write_footage(plate, (draw(face, camera, pose, 320, 240) for pose in poses), rate, 0)
    said = soundfile.info(voice)
    heard = min(said.frames, frames * said.samplerate // 25)
    sound = Speech(str(voice), Role.DUB, 0, heard, said.samplerate, 0, None, fingerprint(voice))
    model = DubSettings(
        "starter", sha256(locate("starter")), 1, 1.25, Mode.AUTOREGRESSIVE, 0, "embedded", None
    )
    return DubOrder(
        shot=shot,
        picture=Picture(str(plate), rate, 0, None, fingerprint(plate)),
        frames=FrameMap(Fraction(0), Fraction(1), frames),
        speeches=(sound,),
        output=Output(str(job.media(shot, ".mov")), rate, 0, 0, 0, "source"),
        settings=model,
    )


def resuming(folder: Path, shots: int = 10_000) -> None:
    """A JOB in which every hundredth shot is still to be rendered."""
    job = write_reel(folder / "small", ["SH010"])
    (cue,), sheet = read_cues(job.cues).cues, read_cues(job.cues)
    order, names = read_order(job.order("SH010")), [f"SH{n:05}" for n in range(shots)]
    job.order("SH010").unlink()
    picture = b"a picture" * 1_000
    for number, name in enumerate(names):
        path = job.media(name, ".mov")
        one = replace(order, shot=name, output=replace(order.output, path=str(path)))
        write_text(job.order(name), order_to_json(one))
        if number % 100 == 0:
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(picture)
        result = no_picture_result(one, "rendered", "")
        made = {"output_path": str(path), "output_fingerprint": fingerprint(path)}
        write_text(job.result(name), result_to_json(replace(result, **made)))
        assert result.order_sha256 == digest(one)
    cues = tuple(replace(cue, shot=replace(cue.shot, name=name)) for name in names)
    write_text(job.cues, write_cues(replace(sheet, cues=cues)))
    print(f"a JOB of {shots} shots, 99 % done, its media on this machine's disk")
    print(f"    what is still to do:   {seconds(lambda: pending_tasks(job, None)):.2f} s")
    print(f"    status, the first time: {seconds(lambda: job_status(job, time.time()), 1):.2f} s")
    print(f"    status, looked at again: {seconds(lambda: job_status(job, time.time())):.2f} s")
    assert len(pending_tasks(job, None).orders) == shots // 100


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        resuming(Path(folder) / "resuming")
        overhead(Path(folder) / "overhead")
        throughput(Path(folder) / "throughput")
        core_seconds(Path(folder) / "cores")


if __name__ == "__main__":
    main()
