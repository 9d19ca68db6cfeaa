"""Orders in child processes: what one shot does to itself, it does not do to others."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from support.jobs.orders import job_order

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.order import order_to_json
from lipflap.core.result import DubResult, Progress, ShotState, Stage
from lipflap.plugin.job.folder import Job
from lipflap.plugin.render.render_child import render_in_child

STAND_IN = Path(__file__).parents[2] / "support" / "stand_in"


@pytest.fixture
def job(tmp_path, monkeypatch) -> Job:
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    return Job(tmp_path / "JOB")


def place(job: Job, *shots: str) -> list[Path]:
    for shot in shots:
        write_text(job.order(shot), order_to_json(job_order(job, shot, 10)))
    return [job.order(shot) for shot in shots]


def results(files: list[Path], together: int | None = None) -> dict[str, DubResult]:
    events = render_in_child(files, together=together)
    return {event.shot: event for event in events if isinstance(event, DubResult)}


def runs(job: Job) -> list[str]:
    return (job.folder / "runs.txt").read_text().split()


def test_shots_that_fail_stop_no_other(job):
    shots = ("KILLED", "SH010", "REFUSE", "CRASH", "FACELESS", "SH020")
    got = results(place(job, *shots))
    states = {shot: result.report.state for shot, result in got.items()}
    assert states == {
        "KILLED": ShotState.FAILED,
        "SH010": ShotState.RENDERED,
        "REFUSE": ShotState.FAILED,
        "CRASH": ShotState.FAILED,
        "FACELESS": ShotState.SKIPPED,
        "SH020": ShotState.RENDERED,
    }
    assert "Killed" in got["KILLED"].report.reason
    assert "the graphics card is gone" in got["CRASH"].report.reason
    assert got["REFUSE"].report.reason == "plate.mov, frame 7: is upside down."
    assert Path(got["SH020"].output_path).read_text() == "SH020"
    assert set(runs(job)) == set(shots)


def test_who_was_rendered_beside_a_crash_is_rendered_alone_and_not_twice_more(job):
    files = place(job, "SLOWISH_1", "SLOWISH_2", "CRASH", "SLOWISH_3", "SLOWISH_4")
    got = results(files, together=3)
    assert [shot for shot, r in got.items() if r.report.state == ShotState.FAILED] == ["CRASH"]
    times = Counter(runs(job))
    assert times["CRASH"] == 2
    assert times["SLOWISH_4"] == 1
    assert max(times.values()) == 2


def test_progress_comes_before_the_result(job):
    events = list(render_in_child(place(job, "SH010")))
    assert [type(event) for event in events] == [Progress, Progress, DubResult]


def test_what_a_library_prints_is_no_event(job):
    assert results(place(job, "CHATTY"))["CHATTY"].report.state == ShotState.RENDERED


def test_a_second_run_renders_only_what_failed_changed_or_is_missing(job):
    files = place(job, "SH010", "SH020", "SH030", "REFUSE", "FACELESS")
    first = results(files)
    job.media("SH020", ".mov").unlink()
    write_text(job.order("SH030"), order_to_json(job_order(job, "SH030", 10, seed=1)))
    second = results(files)
    assert sorted(runs(job)[5:]) == ["REFUSE", "SH020", "SH030"]
    assert second["SH010"] == first["SH010"]
    assert second["FACELESS"] == first["FACELESS"]


def test_a_picture_that_was_tampered_with_is_rendered_again(job):
    files = place(job, "SH010")
    results(files)
    job.media("SH010", ".mov").write_text("cut short")
    results(files)
    assert runs(job) == ["SH010", "SH010"]
    assert job.media("SH010", ".mov").read_text() == "SH010"


def test_what_would_stop_every_shot_stops_the_run_once(job):
    files = place(job, "SH010", "SH020")
    for path, shot in zip(files, ("SH010", "SH020"), strict=True):
        write_text(path, order_to_json(job_order(job, shot, 10, model="SPOILT")))
    with pytest.raises(DubError, match=r"^SPOILT\.safetensors: is not the model"):
        list(render_in_child(files))
    assert not (job.folder / "runs.txt").exists()


def test_closing_ends_the_child_and_leaves_no_half_file(job):
    with closing(render_in_child(place(job, "SLOW"))) as events:
        assert isinstance(next(events), Progress)
        wait_for(lambda: list(job.folder.glob("media/*.half")))
    assert list(job.folder.glob("media/*")) == []
    assert not job.result("SLOW").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("shots", [["SLOW"], ["SLOW_1", "SLOW_2", "SLOW_3"]])
def test_an_interrupted_render_tidies_up_and_says_130(job, shots, how):
    child = subprocess.Popen(
        [sys.executable, "-m", "lipflap.plugin.cli.main", "render", *map(str, place(job, *shots))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: len(list(job.folder.glob("media/*.half"))) == len(shots))
    child.send_signal(how)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130
    assert said == "lipflap: interrupted.\n"
    assert list(job.folder.glob("media/*")) == []


def test_of_two_processes_one_renders_and_both_get_the_result(job):
    (path,) = place(job, "SLOWISH")
    command = [sys.executable, "-m", "lipflap.plugin.cli.main", "render", str(path)]
    two = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate(timeout=240)[0].splitlines() for one in two]
    ends = [json.loads(lines[-1]) for lines in said]
    stages = {json.loads(line).get("stage") for lines in said for line in lines}
    assert stages == {Stage.WAIT, Stage.PAINT, None}
    assert runs(job) == ["SLOWISH"]
    assert [end["report"]["state"] for end in ends] == [ShotState.RENDERED, ShotState.RENDERED]


def test_a_file_that_is_no_order_is_refused_before_any_work(job):
    good, bad = place(job, "SH010", "SH020")
    bad.write_text("{}")
    with pytest.raises(DubError, match=r"SH020\.json"):
        list(render_in_child([good, bad]))
    assert not (job.folder / "runs.txt").exists()


def wait_for(happened) -> None:
    for _ in range(1200):
        if happened():
            return
        time.sleep(0.1)
    pytest.fail("nothing happened for 120 s")
