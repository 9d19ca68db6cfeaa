"""Workers: real processes that render what a queue lists; only what paints is a stand-in."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from support.jobs.orders import job_order

from lipflap.core.files.atomic import write_text
from lipflap.core.order import order_to_json
from lipflap.core.result import ShotState, read_result
from lipflap.plugin.cli.main import main
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.queue import (
    Queue,
    enqueue,
    pause,
    read_queue,
    resume,
    set_together,
    unqueue,
)
from lipflap.plugin.job.status import job_status
from lipflap.plugin.render.worker import live_workers, start_worker

STAND_IN = Path(__file__).parents[2] / "support" / "stand_in"


@pytest.fixture
def job(tmp_path, monkeypatch) -> Job:
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    return Job(tmp_path / "JOB")


@pytest.fixture
def workers(job):
    """Starts workers; none outlives the test."""
    started = []

    def start() -> subprocess.Popen[bytes]:
        started.append(start_worker(job))
        return started[-1].process

    yield start
    for one in started:
        if one.is_running:
            one.process.kill()
        one.process.wait()
    soon(lambda: not list(job.folder.glob("progress/*.json")))


def place(job: Job, *shots: str, **settings: str) -> None:
    for shot in shots:
        write_text(job.order(shot), order_to_json(job_order(job, shot, 10, **settings)))


def soon(happened: Callable[[], object], within_s: float = 120) -> None:
    until = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < until, f"did not happen within {within_s} s"
        time.sleep(0.05)


def runs(job: Job) -> list[str]:
    """The shots in the order they were begun."""
    path = job.folder / "runs.txt"
    return path.read_text().split() if path.exists() else []


def states(job: Job) -> dict[str, str]:
    return {shot.shot: shot.state for shot in job_status(job, time.time()).shots}


def halves(job: Job) -> list[Path]:
    return list(job.folder.glob("media/*.half"))


def test_a_worker_renders_in_order_and_ends_when_the_queue_is_empty(job, workers):
    """What is spoilt is one shot's trouble, and what is no longer ordered nobody's."""
    place(job, "SH010", "SH020", "SH030", "REFUSE", "UNREADABLE")
    place(job, "UNLIKE", model="SPOILT")
    job.order("UNREADABLE").write_text("{}")
    set_together(job, 1)
    enqueue(job, ["GONE", "SH020", "REFUSE", "UNREADABLE", "UNLIKE", "SH010"])
    job.workers.mkdir()
    (job.workers / "gone-1.lock").touch()
    assert workers().wait(30) == 1
    assert runs(job) == ["SH020", "REFUSE", "SH010"]
    assert states(job) == {
        "REFUSE": "failed",
        "SH010": "rendered",
        "SH020": "rendered",
        "SH030": "waiting",
        "UNLIKE": "failed",
        "UNREADABLE": "failed",
    }
    assert "is not the model" in read_result(job.result("UNLIKE")).report.reason
    done = ("GONE", "SH020", "REFUSE", "UNREADABLE", "UNLIKE", "SH010")
    assert read_queue(job) == Queue(finished=done, together=1)
    assert not live_workers(job)
    assert not list(job.workers.iterdir())


def test_what_is_queued_while_a_worker_works_is_rendered_too_first_if_so_asked(job, workers):
    place(job, "SLOWISH_1", "SH020", "SH030", "SH040")
    set_together(job, 1)
    enqueue(job, ["SLOWISH_1", "SH020"])
    worker = workers()
    soon(lambda: runs(job))
    enqueue(job, ["SH030"])
    enqueue(job, ["SH040"], first=True)
    assert live_workers(job)
    assert worker.wait(30) == 0
    assert runs(job) == ["SLOWISH_1", "SH040", "SH020", "SH030"]


def test_cancelling_a_shot_ends_it_within_2_s_and_no_other(job, workers):
    place(job, "SLOW_1", "SLOW_2", "SH030")
    set_together(job, 2)
    enqueue(job, ["SLOW_1", "SLOW_2", "SH030"])
    workers()
    soon(lambda: len(halves(job)) == 2)
    assert states(job) == {"SH030": "waiting", "SLOW_1": "rendering", "SLOW_2": "rendering"}
    assert sorted(runs(job)) == ["SLOW_1", "SLOW_2"]
    unqueue(job, ["SLOW_1"])
    soon(lambda: len(halves(job)) == 1 and "SH030" in runs(job), within_s=2)
    assert not job.media("SLOW_1", ".mov").exists()
    assert not job.result("SLOW_1").exists()
    assert states(job)["SLOW_1"] == "waiting"
    assert states(job)["SLOW_2"] == "rendering"
    assert Counter(runs(job))["SLOW_2"] == 1


def test_pausing_leaves_no_half_file_and_the_worker_ends_until_it_is_resumed(job, workers):
    place(job, "SH010", "SLOW_1", "SLOW_2")
    set_together(job, 2)
    enqueue(job, ["SH010", "SLOW_1", "SLOW_2"])
    worker = workers()
    soon(lambda: len(halves(job)) == 2)
    pause(job)
    assert worker.wait(4) == 0
    assert [path.name for path in (job.folder / "media").iterdir()] == ["SH010.mov"]
    assert list((job.folder / "progress").iterdir()) == []
    assert read_queue(job).shots == ("SLOW_1", "SLOW_2")
    assert not live_workers(job)
    assert workers().wait(20) == 0, "a paused queue is not worked off"
    resume(job)
    workers()
    soon(lambda: len(halves(job)) == 2)
    assert Counter(runs(job)) == {"SH010": 1, "SLOW_1": 2, "SLOW_2": 2}


def test_a_crash_is_one_shots_and_the_others_go_on(job, workers):
    """A signal may end the renderer, or an error that nobody foresaw."""
    place(job, "SLOWISH_1", "KILLED", "SLOWISH_2", "SH040", "CRASH")
    set_together(job, 2)
    enqueue(job, ["SLOWISH_1", "KILLED", "SLOWISH_2", "SH040", "CRASH"])
    assert workers().wait(60) == 1
    found = {shot: read_result(job.result(shot)).report for shot in read_queue(job).finished}
    assert {shot: report.state for shot, report in found.items()} == {
        "SLOWISH_1": ShotState.RENDERED,
        "KILLED": ShotState.FAILED,
        "SLOWISH_2": ShotState.RENDERED,
        "SH040": ShotState.RENDERED,
        "CRASH": ShotState.FAILED,
    }
    assert "the graphics card is gone" in found["CRASH"].reason
    assert "Killed" in found["KILLED"].reason
    assert max(Counter(runs(job)).values()) == 2


def test_two_workers_share_the_queue_and_one_takes_over_from_the_other(job, workers):
    shots = [f"SLOWISH_{n}" for n in range(4)]
    place(job, *shots)
    set_together(job, 1)
    enqueue(job, shots)
    first = workers()
    soon(lambda: len(runs(job)) == 1)
    second = workers()
    soon(lambda: list(states(job).values()).count("rendering") == 2)
    assert runs(job) == shots[: len(runs(job))], "nobody renders what another one renders"
    first.kill()
    first.wait()
    assert second.wait(60) == 0
    times = Counter(runs(job))
    assert set(times) == set(shots)
    assert sorted(times.values()) in ([1, 1, 1, 1], [1, 1, 1, 2])
    assert set(states(job).values()) == {"rendered"}
    assert halves(job) == []


def test_a_second_worker_waits_for_what_the_first_renders_in_case_it_is_killed(job, workers):
    place(job, "SLOW_1")
    enqueue(job, ["SLOW_1"])
    first = workers()
    soon(lambda: halves(job))
    workers()
    time.sleep(1.5)
    assert runs(job) == ["SLOW_1"]
    first.kill()
    first.wait()
    soon(lambda: runs(job) == ["SLOW_1", "SLOW_1"])
    assert live_workers(job)


def test_what_somebody_holds_without_a_word_keeps_nobody_waiting(job, workers):
    place(job, "HELD", "SH020")
    set_together(job, 1)
    enqueue(job, ["HELD", "SH020"])
    job.lock("HELD").parent.mkdir(parents=True)
    with FileLock(job.lock("HELD")):
        worker = workers()
        soon(lambda: states(job)["SH020"] == "rendered")
        assert runs(job) == ["SH020"]
    assert worker.wait(30) == 0
    assert runs(job) == ["SH020", "HELD"]


def test_where_memory_is_short_for_several_shots_they_are_rendered_one_by_one(job, workers):
    place(job, "GREEDY_1", "GREEDY_2")
    set_together(job, 2)
    enqueue(job, ["GREEDY_1", "GREEDY_2"])
    assert workers().wait(30) == 0
    assert set(states(job).values()) == {"rendered"}
    assert 3 <= len(runs(job)) <= 4


def test_a_worker_outlives_the_panel_that_started_it(job):
    place(job, "SLOWISH_1", "SH020")
    enqueue(job, ["SLOWISH_1", "SH020"])
    program = (
        "import sys; from pathlib import Path\n"
        "from lipflap.plugin.job.folder import Job\n"
        "from lipflap.plugin.render.worker import start_worker\n"
        "print(start_worker(Job(Path(sys.argv[1]))).process.pid, flush=True)\n"
        "input()\n"
    )
    panel = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, str(job.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    soon(lambda: runs(job))
    os.killpg(panel.pid, signal.SIGKILL)
    panel.communicate()
    assert live_workers(job)
    soon(lambda: not live_workers(job))
    assert set(states(job).values()) == {"rendered"}


def test_what_would_stop_every_shot_ends_the_worker_and_is_said(job, workers):
    place(job, "SH010")
    enqueue(job, ["SH010"])
    (job.folder / "results").write_text("in the way")
    worker = start_worker(job)
    assert worker.is_running
    assert worker.failure == ""
    assert worker.process.wait(30) == 2
    assert f"{job.folder / 'results'}" in worker.failure
    assert "lipflap:" not in worker.failure
    assert read_queue(job).shots == ("SH010",)
    (job.folder / "results").unlink()
    worker = start_worker(job)
    assert worker.process.wait(30) == 0
    assert worker.failure == ""


def test_a_terminal_can_do_what_the_panel_can(job, capsys):
    place(job, "SH010", "SH020")
    job.order("UNREADABLE").write_text("{")

    def lipflap(*arguments: str) -> tuple[int, str]:
        command = [
            sys.executable,
            "-m",
            "lipflap.plugin.cli.main",
            "work",
            str(job.folder),
            *arguments,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240)
        return done.returncode, done.stdout + done.stderr

    enqueue(job, ["SH010", "SH020"])
    assert lipflap("--pause") == (0, "")
    assert lipflap() == (0, "lipflap: the queue is paused; go on with --resume.\n")
    code, said = lipflap("--resume", "--together", "1", "--json")
    assert (code, said.count('"event": "result"')) == (0, 2)
    enqueue(job, ["SH010", "UNREADABLE"])
    code, said = lipflap()
    assert code == 1
    assert "SH010: rendered\n" in said
    assert "UNREADABLE: failed: " in said
    assert main(["work", str(job.folder)]) == 0
    assert capsys.readouterr().err == "lipflap: no shot is queued; queue some with --add.\n"
    code, said = lipflap("--add", "SH*")
    assert code == 2
    assert "cues.json" in said
