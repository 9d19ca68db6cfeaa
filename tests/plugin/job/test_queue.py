"""The queue of a JOB: a list that several processes change, and that survives them."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.core.errors import DubError
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.queue import (
    CachedQueue,
    Queue,
    clear_finished,
    enqueue,
    finish,
    move,
    pause,
    read_queue,
    resume,
    set_together,
    unqueue,
)


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path / "JOB")


def test_a_job_without_a_queue_has_an_empty_one(job):
    assert read_queue(job) == Queue()
    assert not job.folder.exists()


def test_shots_are_queued_once_at_the_end_or_first(job):
    enqueue(job, ["a", "b", "a"])
    enqueue(job, ["c", "b"])
    assert read_queue(job).shots == ("a", "c", "b")
    enqueue(job, ["b", "d"], first=True)
    assert read_queue(job).shots == ("b", "d", "a", "c")


def test_a_shot_is_in_one_list_at_a_time(job):
    enqueue(job, "abcd")
    finish(job, "a")
    unqueue(job, ["b", "nobody"])
    assert read_queue(job) == Queue(("c", "d"), cancelled=("b",), finished=("a",))
    enqueue(job, ["a", "b"])
    assert read_queue(job) == Queue(("c", "d", "a", "b"))


def test_what_was_cancelled_while_it_ended_stays_cancelled(job):
    enqueue(job, "a")
    unqueue(job, "a")
    finish(job, "a")
    assert read_queue(job) == Queue(cancelled=("a",))


def test_clearing_forgets_what_is_over_and_nothing_else(job):
    enqueue(job, "abc")
    finish(job, "a")
    unqueue(job, "b")
    pause(job)
    set_together(job, 3)
    clear_finished(job)
    assert read_queue(job) == Queue(("c",), paused=True, together=3)
    resume(job)
    assert read_queue(job) == Queue(("c",), together=3)


@pytest.mark.parametrize(
    ("shots", "by", "expected"),
    [
        ("b", -1, "bacde"),
        ("b", 1, "acbde"),
        ("bd", 1, "acbed"),
        ("ab", -1, "abcde"),
        ("de", 1, "abcde"),
        ("ac", -1, "acbde"),
        ("e", -10, "eabcd"),
        ("ace", 10, "bdace"),
    ],
)
def test_shots_move_and_stop_at_the_ends(job, shots, by, expected):
    enqueue(job, "abcde")
    assert "".join(move(job, shots, by).shots) == expected


@given(st.sets(st.sampled_from("abcdef")), st.integers(-7, 7))
def test_moving_loses_nothing_and_keeps_the_order_of_both_kinds(tmp_path_factory, moved, by):
    job = Job(tmp_path_factory.mktemp("JOB"))
    enqueue(job, "abcdef")
    after = move(job, moved, by).shots
    assert [s for s in after if s in moved] == sorted(moved)
    assert [s for s in after if s not in moved] == sorted(set("abcdef") - moved)


def test_a_file_that_is_no_queue_is_refused_in_words(job):
    enqueue(job, "a")
    job.queue.write_text('{"schema": "lipflap.queue/1", "shots": ["a"], "together": 0}')
    with pytest.raises(DubError, match=r"queue\.json.*Remove it"):
        read_queue(job)


def test_a_cached_queue_sees_changes_soon_and_does_not_read_in_vain(job, monkeypatch):
    from lipflap.plugin.job import queue

    now, read = [0.0], []
    monkeypatch.setattr(queue, "monotonic", lambda: now[0])
    monkeypatch.setattr(queue, "read_text", lambda path: (read.append(path), path.read_text())[1])
    enqueue(job, "ab")
    read.clear()
    cached = CachedQueue(job)
    for tick in range(100):
        now[0] = tick / 10
        assert cached.is_wanted("a")
    assert len(read) == 1
    unqueue(job, "a")
    read.clear()
    assert cached.is_wanted("a"), "as it was a moment ago"
    now[0] += 0.3
    assert not cached.is_wanted("a")
    assert cached.is_wanted("b")
    pause(job)
    now[0] += 0.3
    assert not cached.is_wanted("b")


def test_of_two_processes_that_queue_at_once_none_is_lost(job):
    program = (
        "import sys; from pathlib import Path\n"
        "from lipflap.plugin.job.folder import Job; from lipflap.plugin.job.queue import enqueue\n"
        "for i in range(40): enqueue(Job(Path(sys.argv[1])), [f'{sys.argv[2]}{i}'])\n"
    )
    command = [sys.executable, "-c", program, str(job.folder)]
    both = [subprocess.Popen([*command, name]) for name in "ab"]
    assert [one.wait(60) for one in both] == [0, 0]
    shots = read_queue(job).shots
    assert sorted(shots) == sorted(f"{name}{i}" for name in "ab" for i in range(40))
    assert [p.name for p in Path(job.folder).glob("*.half")] == []
