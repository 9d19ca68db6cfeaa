"""Two who render one JOB: on one machine, on two, and where the shared folder knows no locks.

Another machine is a process that has another host's name. A folder without locks is one in which
the system says so: flock is answered as an NFS mount without a lock daemon answers it.
"""

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from support.jobs.lost_job import left_over, media, place, results
from support.puppets.puppet_renderer import Ready, Renderer

from lipflap.core.files.atomic import write_text
from lipflap.core.result import ShotState, Stage
from lipflap.core.serialize import to_json
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.progress import PROGRESS_SCHEMA, ShotProgress

ELSEWHERE = "import socket; socket.gethostname = lambda: 'render7'\n"
LOCKLESS = """
import errno, fcntl
def flock(file, how):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = flock
"""
IMPATIENT = "from lipflap.plugin.job import shot_lock; shot_lock.FRESH_S = 1.5\n"


def painted(renderer: Renderer) -> Counter[str]:
    """Shots of which it painted the first frame."""
    events = (json.loads(line) for line in renderer.lines() if line.startswith("{"))
    return Counter(e["shot"] for e in events if e.get("stage") == Stage.ANALYSE and e["done"] == 1)


def both(ready: Ready, command: list, told: Path, first: str, second: str) -> list[Counter[str]]:
    """What each of two renderers has painted that begin one after the other."""
    others = told.with_name("told by the other")
    with ready.begin(command, told, first) as one:
        assert one.saw(lambda: len(one.lines()) > 0)
        with ready.begin(command, others, second) as other:
            assert [one.ended(), other.ended()] == [0, 0], (one.lines(), other.lines())
            return [painted(one), painted(other)]


def test_two_processes_share_the_shots(ready, orders, undisturbed, tmp_path, told):
    job = Job(tmp_path / "JOB")
    command = ["--together", 1, *place(job, orders)]
    counts = both(ready, command, told, "", "")
    assert counts[0] + counts[1] == Counter(orders.keys())
    assert media(job) == media(undisturbed)
    assert results(job) == results(undisturbed)
    assert left_over(job) == []


def test_two_machines_on_a_folder_without_locks_do_each_shot_once(
    ready, orders, undisturbed, tmp_path, told
):
    job = Job(tmp_path / "JOB")
    command = ["--together", 1, *place(job, orders)]
    counts = both(ready, command, told, LOCKLESS, LOCKLESS + ELSEWHERE)
    assert counts[0] + counts[1] == Counter(orders.keys())
    assert media(job) == media(undisturbed)
    assert left_over(job) == []
    assert "is on a disk without file locks" in told.read_text()


@pytest.mark.soak
def test_without_locks_and_without_a_word_of_each_other_pictures_are_still_whole(
    ready, orders, undisturbed, tmp_path, told
):
    """The worst there is: each renders all, at the same time, into the same files."""
    job = Job(tmp_path / "JOB")
    command = ["--together", 2, *place(job, orders)]
    deaf = LOCKLESS + "from lipflap.plugin.job import shot_lock\nshot_lock.FRESH_S = 0\n"
    counts = both(ready, command, told, deaf, deaf + ELSEWHERE)
    assert counts[0] + counts[1] > Counter(orders.keys())
    assert media(job) == media(undisturbed)
    assert results(job) == results(undisturbed)


@pytest.mark.parametrize("ahead_s", [86_400, pytest.param(0, marks=pytest.mark.soak)])
def test_a_shot_of_a_machine_that_died_is_rendered_after_a_silence(
    ready, orders, tmp_path, told, ahead_s
):
    """It told of the shot a moment ago, or by its clock will do so tomorrow, and never again."""
    job, now = Job(tmp_path / "JOB"), time.time() + ahead_s
    place(job, orders)
    left = ShotProgress("SH030", "paint", 3, 24, "render7", 4711, now, now, now)
    write_text(job.progress("SH030"), to_json(PROGRESS_SCHEMA, left))
    code, said = ready.run([job.order("SH030")], told, IMPATIENT)
    assert code == 0
    assert '"wait"' in said[0]
    assert results(job) == {"SH030": ShotState.SKIPPED}
    assert left_over(job) == []


@pytest.mark.soak
def test_what_this_machine_left_when_it_was_killed_is_not_waited_for(ready, orders, tmp_path, told):
    job = Job(tmp_path / "JOB")
    place(job, orders)
    with ready.begin([job.order("SH010")], told) as killed:
        assert killed.saw(lambda: job.progress("SH010").exists())
        killed.kill()
    assert job.progress("SH010").exists()
    code, said = ready.run([job.order("SH010")], told)
    assert code == 0
    assert not any('"wait"' in line for line in said)
    assert left_over(job) == []
