"""How far a JOB is, told by files that a test lays there: each state, parts, pace, 10,000 shots."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.jobs.orders import job_order

from lipflap.core.consent import Agreement
from lipflap.core.files.atomic import write_text
from lipflap.core.order import DubOrder, FrameRange, digest, order_to_json
from lipflap.core.result import DubResult, ShotReport, ShotState, Stage, result_to_json
from lipflap.core.serialize import to_json
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.progress import PROGRESS_SCHEMA, ShotProgress
from lipflap.plugin.job.status import JobStatus, RenderState, ShotStatus, job_status

NOW = 1_000_000.0


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path / "JOB")


def place(job: Job, *orders: DubOrder) -> None:
    for one in orders:
        write_text(job.order(one.shot), order_to_json(one))


def finish(
    job: Job, one: DubOrder, state: str = ShotState.RENDERED, reason: str = "", **seconds
) -> None:
    path = one.output.path if state == ShotState.RENDERED else ""
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    frames = len(one.written)
    report = ShotReport(
        state=state,
        reason=reason,
        frames=frames,
        repainted_frames=frames,
        faces=1,
        face=0,
        seconds=seconds,
    )
    result = DubResult(one.shot, digest(one), path, "", report)
    write_text(job.result(one.shot), result_to_json(result))


def tell(job: Job, shot: str, stage: str = Stage.PAINT, done: int = 40, total: int = 100, **change):
    told = ShotProgress(shot, stage, done, total, "farm7", 4711, NOW - 200, NOW - 80, NOW)
    write_text(job.progress(shot), to_json(PROGRESS_SCHEMA, replace(told, **change)))


def shots(job: Job) -> dict[str, ShotStatus]:
    return {shot.shot: shot for shot in job_status(job, NOW).shots}


def states(job: Job) -> dict[str, str]:
    return {name: shot.state for name, shot in shots(job).items()}


def test_every_state_has_its_files(job):
    made = {n: job_order(job, n) for n in ("a", "b", "c", "d", "e", "f")}
    place(job, *made.values())
    tell(job, "b", done=40)
    finish(job, made["c"])
    finish(job, made["d"], ShotState.SKIPPED, "There is no face in it.")
    finish(job, made["e"], ShotState.FAILED, "plate.mov is broken.")
    tell(job, "f", at=NOW - 61)
    assert list(states(job).values()) == [
        RenderState.WAITING,
        RenderState.RENDERING,
        ShotState.RENDERED,
        ShotState.SKIPPED,
        ShotState.FAILED,
        RenderState.INTERRUPTED,
    ]
    found = shots(job)
    assert (found["b"].stage, found["b"].done, found["b"].total) == (Stage.PAINT, 40, 100)
    assert found["b"].host == found["f"].host == "farm7"
    assert [found[n].reason for n in "cde"] == [
        "",
        "There is no face in it.",
        "plate.mov is broken.",
    ]
    counted = [
        job_status(job, NOW).count(s)
        for s in (
            RenderState.WAITING,
            RenderState.RENDERING,
            ShotState.RENDERED,
            ShotState.SKIPPED,
            ShotState.FAILED,
        )
    ]
    assert counted == [1] * 5


def test_a_folder_that_is_not_there_holds_no_shots(job):
    assert job_status(job, NOW) == JobStatus((), None)


def test_a_result_counts_only_for_the_order_that_stands_and_with_its_picture(job):
    same, changed, gone = job_order(job, "same"), job_order(job, "changed"), job_order(job, "gone")
    for one in (same, changed, gone):
        finish(job, one)
    place(job, same, job_order(job, "changed", seed=1), gone)
    Path(gone.output.path).unlink()
    assert states(job) == {
        "same": ShotState.RENDERED,
        "changed": RenderState.WAITING,
        "gone": RenderState.WAITING,
    }


def test_consent_that_is_on_file_leaves_a_rendered_shot_rendered(job):
    """Rendered before it was noted, or after."""
    agreed = (Agreement("Zoë", "German dub", until="2027-12-31"),)
    plain = job_order(job, "SH010")
    noted = replace(plain, consent=agreed)
    place(job, noted)
    for one in (plain, noted):
        finish(job, one)
        assert states(job) == {"SH010": ShotState.RENDERED}


def test_a_shot_that_failed_and_is_tried_again_is_running(job):
    one = job_order(job, "a")
    place(job, one)
    finish(job, one, ShotState.FAILED, "no")
    tell(job, "a")
    assert states(job) == {"a": RenderState.RENDERING}
    tell(job, "a", at=NOW - 100)
    assert states(job) == {"a": ShotState.FAILED}


def test_what_stands_is_not_running_though_its_renderer_still_says_so(job):
    one = job_order(job, "a")
    place(job, one)
    finish(job, one)
    tell(job, "a")
    assert states(job) == {"a": ShotState.RENDERED}


def test_of_this_machine_it_is_known_at_once_who_is_gone(job):
    place(job, job_order(job, "a"), job_order(job, "b"))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = os.uname().nodename
    tell(job, "a", host=here, pid=gone.pid)
    tell(job, "b", host=here, pid=os.getpid())
    assert states(job) == {"a": RenderState.INTERRUPTED, "b": RenderState.RENDERING}


def test_spoilt_files_say_nothing_and_a_spoilt_order_says_so(job):
    place(job, job_order(job, "a"), job_order(job, "b"))
    write_text(job.result("a"), '{"half": ')
    write_text(job.progress("a"), "[]")
    write_text(job.order("b"), "{}")
    (job.folder / "orders" / "notes.txt").write_text("not ours")
    (job.folder / "progress" / ".a.json.77.half").write_text("half")
    assert states(job) == {"a": RenderState.WAITING, "b": ShotState.FAILED}
    assert shots(job)["b"].reason == "Its order cannot be read. Order the cut again."


@pytest.mark.parametrize("count", ["1e999", "-1", "9" * 400, "NaN", '"many"', "[]"])
def test_an_order_of_no_such_length_is_spoilt(job, count):
    asked = job_order(job, "a")
    place(job, asked, job_order(job, "b"))
    text = job.order("a").read_text()
    write_text(job.order("a"), text.replace(f'"count": {asked.frames.count}', f'"count": {count}'))
    assert states(job) == {"a": ShotState.FAILED, "b": RenderState.WAITING}


@pytest.mark.parametrize("seconds", ["1e999", "NaN", "9" * 400, '"long"'])
def test_a_result_of_no_such_time_does_not_stand(job, seconds):
    asked = job_order(job, "a")
    place(job, asked, job_order(job, "b"))
    finish(job, asked, paint=12.5)
    assert states(job)["a"] == ShotState.RENDERED
    text = job.result("a").read_text()
    spoilt = re.sub(r'("seconds": {\s*"\w+": )[\d.]+', rf"\g<1>{seconds}", text)
    write_text(job.result("a"), spoilt)
    assert spoilt != text
    assert states(job)["a"] == RenderState.WAITING


def test_a_shot_in_parts_is_one_shot_and_done_when_joined(job):
    whole = job_order(job, "SH010", 300)
    spans = [FrameRange(0, 100), FrameRange(100, 200), FrameRange(200, 300)]
    parts = [
        replace(
            job_order(job, f"SH010.part-{n}-of-3", 300),
            part=span,
        )
        for n, span in enumerate(spans, start=1)
    ]
    place(job, whole, *parts)
    assert states(job) == {"SH010": RenderState.WAITING}
    finish(job, parts[0])
    tell(job, parts[1].shot, done=40)
    found = shots(job)["SH010"]
    assert (found.state, found.done, found.total, found.host) == (
        RenderState.RENDERING,
        140,
        300,
        "farm7",
    )
    finish(job, parts[1])
    finish(job, parts[2], ShotState.FAILED, "The renderer ended.")
    job.progress(parts[1].shot).unlink()
    found = shots(job)["SH010"]
    assert (found.state, found.reason) == (ShotState.FAILED, "The renderer ended.")
    finish(job, parts[2])
    found = shots(job)["SH010"]
    assert (found.state, found.done, found.total) == (RenderState.WAITING, 300, 300)
    finish(job, whole)
    assert states(job) == {"SH010": ShotState.RENDERED}


@pytest.mark.parametrize(("older", "state"), [(1, RenderState.RENDERING), (2, RenderState.WAITING)])
def test_parts_of_an_earlier_division_do_not_count(job, older, state):
    one, two = (job_order(job, f"SH010.part-1-of-{n}", 300) for n in (1, 2))
    place(job, job_order(job, "SH010", 300), one, replace(two, part=FrameRange(0, 99)))
    os.utime(job.order(f"SH010.part-1-of-{older}"), (1, 1))
    tell(job, two.shot)
    assert states(job) == {"SH010": state}


def test_time_left_follows_from_the_pace_of_finished_shots(job):
    """Two at once: each 60 frames to paint, then each another shot of 100."""
    done = job_order(job, "done")
    place(job, done, *(job_order(job, name) for name in "abcd"))
    finish(job, done, decode=4.0, track=7.0, listen=1.0, sample=30.0, paste=5.0, encode=3.0)
    told = {"started_at": NOW - 40, "at": NOW}
    tell(job, "a", Stage.PAINT, 40, stage_at=NOW - 16, **told)
    tell(job, "b", Stage.PAINT, 40, stage_at=NOW - 16, **told)
    whole = job_status(job, NOW)
    look_s = (10 + 24 + 24) / 300
    paint_s = (40 + 16 + 16) / (100 + 39 + 39)
    left = {shot.shot: shot.seconds_left for shot in whole.shots}
    assert left["done"] is None
    assert left["a"] == left["b"] == pytest.approx(60 * paint_s)
    assert left["c"] == left["d"] == pytest.approx(100 * look_s + 100 * paint_s)
    assert whole.seconds_left == pytest.approx(sum(left[name] for name in "abcd") / 2)


def test_the_longest_shot_is_waited_for(job):
    """Two are rendered at once; 9 frames of one are left, 989 of the other."""
    place(job, job_order(job, "a"), job_order(job, "b", 1000))
    told = {"started_at": NOW - 20, "stage_at": NOW - 10, "at": NOW}
    tell(job, "a", Stage.PAINT, 91, 100, **told)
    tell(job, "b", Stage.PAINT, 11, 1000, **told)
    whole = job_status(job, NOW)
    assert whole.seconds_left == pytest.approx(989 * 20 / 100)


def test_no_time_is_told_before_anything_was_painted_or_when_nobody_renders(job):
    place(job, job_order(job, "a"), job_order(job, "b"))
    tell(job, "a", Stage.ANALYSE, 40)
    assert job_status(job, NOW).seconds_left is None
    tell(job, "a", Stage.PAINT, 1, stage_at=NOW - 0.0001)
    assert job_status(job, NOW).seconds_left is None
    one = job_order(job, "b")
    finish(job, one, decode=1.0, sample=9.0)
    assert job_status(job, NOW).seconds_left is not None
    job.progress("a").unlink()
    assert job_status(job, NOW).seconds_left is None


def test_thousands_of_shots_are_told_in_a_moment_and_again_in_less(job):
    """Of processor time, generously: it takes about 0.2 s, and less again."""
    template = order_to_json(job_order(job, "NAME"))
    finish(job, job_order(job, "NAME"), decode=1.0, sample=9.0)
    result = job.result("NAME").read_text()
    job.result("NAME").unlink()
    (job.folder / "orders").mkdir()
    for number in range(2_000):
        name = f"SH{number:05}"
        text = template.replace("NAME", name)
        job.order(name).write_text(text)
        if number % 100:
            body = json.loads(result) | {"order_sha256": digest_of(text)}
            body["output_path"] = body["output_path"].replace("NAME", name)
            job.result(name).write_text(json.dumps(body))
            job.media(name, ".mov").touch()
    took_s = []
    for _ in range(4):
        began = time.process_time()
        found = job_status(job, NOW)
        took_s.append(time.process_time() - began)
    assert (found.count(ShotState.RENDERED), found.count(RenderState.WAITING)) == (1980, 20)
    assert took_s[0] < 2
    assert min(took_s[1:]) < took_s[0]


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
