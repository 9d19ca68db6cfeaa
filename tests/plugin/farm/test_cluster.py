"""Orders on a Dask cluster of real processes, which are killed while they render."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from distributed import nanny
from support.jobs.farm_reel import (
    ENVIRONMENT,
    LIPFLAP,
    SHOTS,
    afresh,
    children,
    command_of,
    cut_in,
    gone,
    here,
    lipflap,
    media,
    rendered_plainly,
    runs,
    wait_for,
    write_reel,
)

from lipflap.core.result import ShotState, read_result
from lipflap.plugin.farm import cluster
from lipflap.plugin.job.folder import Job


@pytest.fixture(scope="module")
def reel(tmp_path_factory) -> Job:
    return write_reel(tmp_path_factory.mktemp("reel"))


@pytest.fixture(scope="module")
def plain(reel) -> dict[str, str]:
    return rendered_plainly(reel)


@pytest.fixture(scope="module")
def plain_cut(reel, plain) -> str:
    """The dubbed cut, rendered by no farm."""
    here(reel.folder.parent, "conform", "reel.otio", "JOB")
    return cut_in(reel)


@pytest.fixture
def job(reel, plain, plain_cut) -> Job:
    return afresh(reel)


def start(job: Job, *more: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(LIPFLAP), "farm", "run", "JOB", *more],
        cwd=job.folder.parent,
        env=ENVIRONMENT | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def workers(pid: int) -> list[psutil.Process]:
    """The processes of Dask's workers that have a renderer below them."""
    rendering = (p.parent() for p in children(pid) if "render" in command_of(p))
    return [parent for parent in rendering if parent and parent.pid != pid]


def done(job: Job) -> set[str]:
    return {path.stem for path in job.folder.glob("results/*.json")}


def test_the_batch_of_a_worker_that_is_killed_is_rendered_by_another(job, plain, plain_cut):
    farm = start(job, "--workers", "2", "--shots-a-task", "3", SECONDS_A_FRAME="0.05")
    wait_for(lambda: done(job) and len(workers(farm.pid)) == 2)
    before = done(job)
    victim = workers(farm.pid)[0]
    below = victim.children()
    victim.kill()
    out, errors = farm.communicate(timeout=240)
    assert (farm.returncode, out) == (0, "6 rendered, 0 failed. Next: lipflap farm collect JOB\n")
    assert sorted(line for line in errors.splitlines() if line.endswith(": rendered")) == [
        f"{shot}: rendered" for shot in SHOTS
    ]
    assert media(job) == plain
    assert all(runs(job).count(shot) == 1 for shot in before)
    wait_for(lambda: gone([victim, *below]))
    home = here(job.folder.parent, "farm", "collect", "JOB")
    assert (home.returncode, home.stderr) == (0, "")
    assert cut_in(job) == plain_cut


def test_ctrl_c_leaves_no_half_file_and_no_process(tmp_path):
    job = write_reel(tmp_path, ["SH010", "ENDLESS"])
    farm = start(job, "--workers", "2", "--shots-a-task", "1")
    wait_for(lambda: done(job) and list(job.folder.glob("media/.*")))
    below = children(farm.pid)
    farm.send_signal(signal.SIGINT)
    _, errors = farm.communicate(timeout=240)
    assert farm.returncode == 130
    assert errors.endswith("lipflap: interrupted.\n")
    assert {Path(name).stem for name in media(job)} == done(job) == {"SH010"}
    assert list(job.folder.glob("progress/*")) == []
    wait_for(lambda: gone(below))


@pytest.mark.soak
def test_when_the_run_itself_is_killed_nothing_goes_on_and_no_half_file_stays(job):
    farm = start(job, "--workers", "1", SECONDS_A_FRAME="0.1")
    wait_for(lambda: list(job.folder.glob("media/.*")))
    below = children(farm.pid)
    farm.kill()
    farm.communicate()
    wait_for(lambda: gone(below))
    assert {Path(name).stem for name in media(job)} == done(job)


def test_a_wrong_shot_stops_no_other_and_is_not_tried_on_every_machine(tmp_path):
    job = write_reel(tmp_path, ["SH010", "WRONG", "KILLED", "SH020"])
    farm = lipflap(tmp_path, "farm", "run", "JOB", "--workers", "1", "--shots-a-task", "1")
    assert farm.returncode == 1
    assert farm.stdout == "2 rendered, 2 failed. Next: lipflap farm collect JOB\n"
    reason = read_result(job.result("WRONG")).report.reason
    assert reason
    assert f"WRONG: failed {reason}\n" in farm.stderr
    assert sorted(runs(job)) == ["KILLED", "SH010", "SH020", "WRONG"]


@contextmanager
def dask(*arguments: str, cwd: Path, says: str, **environment: str) -> Iterator[tuple[int, str]]:
    """A process of Dask's own command, as a studio starts it; its pid, and what it says once it
    is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=cwd,
        env=ENVIRONMENT | environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr
    try:
        yield process.pid, next(line for line in process.stderr if says in line)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stderr.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Where a scheduler listens."""
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    folder = tmp_path_factory.mktemp("scheduler")
    with dask("scheduler", *options, cwd=folder, says="Scheduler at:") as (_, said):
        yield re.findall(r"tcp://[\d.:]+", said)[0]


def test_workers_behind_a_scheduler_find_things_elsewhere(job, plain, address, tmp_path):
    """By another name for the workstation's folder; a Ctrl-C ends them before it returns."""
    farm = tmp_path / "farm"
    farm.symlink_to(job.folder.parent)
    run = ("--cluster", address, "--map", f"{job.folder.parent}={farm}")
    worker = ("worker", address, "--nthreads", "1")
    slow = {"SECONDS_A_FRAME": "0.05"}
    with dask(*worker, cwd=tmp_path, says="Registered to", **slow) as (pid, _):
        stopped = start(job, *run)
        wait_for(lambda: list(job.folder.glob("media/.*")))
        commands = {tuple(command_of(p)) for p in children(pid)}  # a fork has its parent's
        (renderer,) = (command for command in commands if "render" in command)
        assert [arg for arg in renderer if arg.startswith(str(job.folder.parent))] == []
        stopped.send_signal(signal.SIGINT)
        stopped.communicate(timeout=240)
        assert stopped.returncode == 130
        assert {Path(name).stem for name in media(job)} == done(job) < set(SHOTS)
        assert not any("render" in command_of(p) for p in children(pid))
        before = done(job)
        rendered = lipflap(job.folder.parent, "farm", "run", "JOB", *run)
    assert rendered.returncode == 0, rendered.stderr
    assert media(job) == plain
    assert all(runs(job).count(shot) == 1 for shot in before)
    results = [read_result(job.result(shot)) for shot in SHOTS]
    assert [result.report.state for result in results] == [ShotState.RENDERED] * len(SHOTS)
    assert {Path(result.output_path).parent for result in results} == {job.folder / "media"}


def test_a_worker_that_would_render_several_batches_at_once_is_refused(job, address, tmp_path):
    with dask("worker", address, "--nthreads", "2", cwd=tmp_path, says="Registered to"):
        refused = here(job.folder.parent, "farm", "run", "JOB", "--cluster", address)
    assert refused.returncode == 2
    assert f"Start it with: dask worker {address} --nthreads 1" in refused.stderr


def test_a_scheduler_that_is_not_there_is_a_sentence(job, monkeypatch):
    monkeypatch.setattr(cluster, "_SCHEDULER_TIMEOUT_S", 1)
    farm = here(job.folder.parent, "farm", "run", "JOB", "--cluster", "tcp://127.0.0.1:9")
    assert farm.returncode == 2
    assert farm.stderr.startswith("lipflap: tcp://127.0.0.1:9: no scheduler answers")
    farm = here(job.folder.parent, "farm", "run", "JOB", "--cluster", "nonsense://")
    assert (farm.returncode, farm.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("workers", "said", "wanted"), [(1, None, None), (3, None, "2"), (3, "5", "5")]
)
def test_workers_of_this_machine_share_its_cores(monkeypatch, workers, said, wanted):
    """Dask gives the libraries of a worker one thread, and so what it renders."""
    found = []

    def start(**_: object) -> None:
        found.append(nanny._get_env_variables("distributed.nanny.pre-spawn-environ"))
        raise InterruptedError

    monkeypatch.setattr("distributed.SpecCluster", start)
    monkeypatch.setattr(cluster, "cores", lambda: 7)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if said:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    with pytest.raises(InterruptedError), cluster.local_cluster(0, workers):
        pass
    assert found[0].get("OMP_NUM_THREADS") == wanted
    assert found[0].get("MKL_NUM_THREADS") == (None if workers == 1 else "2")
