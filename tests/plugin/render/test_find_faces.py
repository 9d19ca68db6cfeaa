"""Who is in a shot, asked of a real process; what it sees there is a stand-in."""

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from support.jobs.orders import job_order

from lipflap.core.analysis.face_report import FaceReport, face_report_from_json
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.order import DubOrder, FrameRange, Reference, Role, Speech, order_to_json
from lipflap.core.result import Progress
from lipflap.plugin.job.folder import Job
from lipflap.plugin.render.find_faces import (
    cached_faces,
    cached_seen_faces,
    faces_file,
    find_faces_in_child,
    find_faces_of_shots,
)

STAND_IN = Path(__file__).parents[2] / "support" / "stand_in"


@pytest.fixture
def job(tmp_path, monkeypatch) -> Job:
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    return Job(tmp_path / "JOB")


def processes(job: Job) -> list[int]:
    """Of all that have looked, in order."""
    told = job.folder / "looked.txt"
    return [int(line) for line in told.read_text().splitlines()] if told.exists() else []


def left_over(job: Job) -> list[str]:
    return [path.name for path in (job.folder / "faces").iterdir() if "order" in path.name]


def lipflap(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "lipflap.plugin.cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_progress_then_the_faces_and_the_second_time_at_once(job):
    asked = job_order(job, "SH010", 10)
    assert cached_faces(asked) is None
    *told, found = [event for event in find_faces_in_child(asked) if event]
    assert isinstance(found, FaceReport)
    assert (len(found.faces), found.suggested, found.frames) == (2, 1, 10)
    assert [event.done for event in told if isinstance(event, Progress)][-1] in (1, 10)
    assert list(find_faces_in_child(asked)) == [found]
    assert len(processes(job)) == 1
    assert left_over(job) == []


def test_what_was_decided_about_the_shot_asks_for_no_second_look(job):
    asked = job_order(job, "SH010", 10)
    found = [event for event in find_faces_in_child(asked) if event][-1]
    settings = replace(asked.settings, face=0, model="mine", steps=8, seed=3)
    assert cached_faces(replace(asked, settings=settings, exclude=(FrameRange(2, 4),))) == found
    references = (Reference(asked.picture, asked.frames),)
    assert cached_faces(replace(asked, references=references)) == found
    assert cached_faces(replace(asked, frames=replace(asked.frames, count=11))) is None
    assert cached_faces(replace(asked, settings=replace(settings, tracker="other"))) is None


def test_who_says_a_line_asks_for_no_second_look_but_another_line_does(job):
    line = Speech("de.wav", Role.DUB, 0, 100, 48_000, 0, None, "fingerprint")
    asked = replace(job_order(job, "SH010", 10), speeches=(line,))
    found = [event for event in find_faces_in_child(asked) if event][-1]
    assert cached_faces(replace(asked, speeches=(replace(line, character="Anna"),))) == found
    assert cached_faces(replace(asked, speeches=(replace(line, at_sample=5),))) is None


def test_a_look_with_fewer_mattes_than_boxes_is_looked_for_again(job):
    asked = job_order(job, "SH010", 10)
    found = [event for event in find_faces_in_child(asked) if event][-1]
    kept = faces_file(asked)
    told = json.loads(kept.read_text())
    told["faces"][0]["mattes"].pop()
    kept.write_text(json.dumps(told))
    assert cached_faces(asked) is None
    assert [event for event in find_faces_in_child(asked) if event][-1] == found


def test_it_can_be_ended_while_the_process_is_silent(job):
    with closing(find_faces_in_child(job_order(job, "SLOW", 10))) as events:
        for event in events:
            if isinstance(event, Progress):
                break
        [child] = processes(job)
        began = time.monotonic()
    assert time.monotonic() - began < 20, "its work takes a minute"
    assert not psutil.pid_exists(child)
    assert left_over(job) == []


@pytest.mark.parametrize(
    ("shot", "words"),
    [("REFUSE", "plate.mov, frame 7: is upside down."), ("KILLED", "by signal: Killed")],
)
def test_what_went_wrong_is_said_in_its_words(job, shot, words):
    with pytest.raises(DubError, match=words) as said:
        list(find_faces_in_child(job_order(job, shot, 10)))
    assert shot in str(said.value)
    assert left_over(job) == []


def placed(job: Job, shot: str) -> tuple[DubOrder, Path]:
    asked = job_order(job, shot, 10)
    write_text(job.order(shot), order_to_json(asked))
    return asked, job.order(shot)


def test_the_command_prints_json_or_says_it_in_words(job):
    asked, path = placed(job, "SH010")
    said = lipflap("faces", path, "--json")
    assert said.returncode == 0
    assert face_report_from_json(said.stdout, where="stdout") == cached_faces(asked)
    assert [json.loads(line)["done"] for line in said.stderr.splitlines()] == [1, 10]
    said = lipflap("faces", path)
    assert said.stdout.splitlines() == [
        "face 0: left, seen in 10 of 10 frames, 00:00:00:00 to 00:00:00:09",
        "face 1: middle, seen in 10 of 10 frames, 00:00:00:00 to 00:00:00:09, suggested",
    ]
    assert len(processes(job)) == 1


def test_a_broken_look_is_looked_at_anew(job):
    asked = job_order(job, "SH010", 10)
    found = [event for event in find_faces_in_child(asked) if event][-1]
    place = faces_file(asked)
    place.write_text(place.read_text()[:200])
    assert cached_faces(asked) is None
    assert [event for event in find_faces_in_child(asked) if event][-1] == found


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="no groups of sessions")
def test_in_the_background_its_session_gives_way_to_all_others(job):
    asked = [job_order(job, "SLOW", 10)]
    with closing(find_faces_of_shots(asked, in_background=True)) as events:
        next(event for event in events if isinstance(event, Progress))
        [child] = processes(job)
        assert Path(f"/proc/{child}/autogroup").read_text().split()[-1] == "19"
        assert psutil.Process(child).nice() == 19


def test_several_shots_share_a_process_and_one_that_fails_stops_no_other(job):
    asked = [job_order(job, shot, 10) for shot in ("SH010", "REFUSE", "SH020")]
    told = []
    with pytest.raises(DubError, match=r"REFUSE.*plate\.mov, frame 7: is upside down"):
        told.extend(find_faces_of_shots(asked, in_background=True))
    assert [e.shot for e in told if isinstance(e, FaceReport)] == ["SH010", "SH020"]
    assert len(set(processes(job))) == 1
    assert left_over(job) == []
    assert [face.face for face in cached_seen_faces(asked[0])] == [0, 1]
    faces_file(asked[0]).with_suffix(".seen.json").unlink()
    assert [face.frames for face in cached_seen_faces(asked[0])] == [10, 10]
    assert cached_seen_faces(asked[1]) is None
