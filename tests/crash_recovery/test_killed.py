"""A renderer that is killed by SIGKILL at any moment, and the same command again.

What must come out is what a renderer left to itself has made, byte for byte.
"""

import random
import time

import pytest
from support.jobs.lost_job import left_over, media, place, results, stamps

from lipflap.plugin.job.folder import Job

SEED = 20260
LINES = 110  # that a renderer says until all is done


def moments(count: int) -> list[tuple[int, float]]:
    """After so many lines were said, so many seconds later."""
    draw = random.Random(SEED)
    return [(draw.randrange(LINES), draw.uniform(0, 0.2)) for _ in range(count)]


@pytest.mark.soak
@pytest.mark.parametrize(("lines", "later_s"), moments(30))
def test_after_a_kill_the_same_command_makes_the_same_and_nothing_twice(
    ready, orders, undisturbed, tmp_path, told, lines, later_s
):
    job, whole = Job(tmp_path / "JOB"), media(undisturbed)
    command = ["--together", 2, *place(job, orders)]
    with ready.begin(command, told) as renderer:
        renderer.saw(lambda: len(renderer.lines()) >= lines)
        time.sleep(later_s)
        renderer.kill()
    assert media(job).items() <= whole.items()
    assert results(job).items() <= results(undisturbed).items()
    finished = stamps(job)
    code, said = ready.run(command, told)
    assert code == 0, said[-5:]
    assert media(job) == whole
    assert results(job) == results(undisturbed)
    assert finished.items() <= stamps(job).items()
    assert left_over(job) == []


def test_killed_again_and_again_it_comes_to_an_end(ready, orders, undisturbed, tmp_path, told):
    """Each time a little later, so that each time a little more is done."""
    job, begun = Job(tmp_path / "JOB"), []
    command = ["--together", 2, *place(job, orders)]
    for lines in (30, 70, 100):
        with ready.begin(command, told) as renderer:
            renderer.saw(lambda lines=lines: len(renderer.lines()) >= lines)
            renderer.kill()
        assert media(job).items() <= media(undisturbed).items()
        begun.append(stamps(job))
    assert ready.run(command, told)[0] == 0
    assert media(job) == media(undisturbed)
    final = stamps(job)
    assert all(stamped.items() <= final.items() for stamped in begun)
    assert left_over(job) == []
