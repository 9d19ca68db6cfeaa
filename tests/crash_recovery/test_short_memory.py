"""Too little memory: fewer mouths at once, fewer shots at once, or a sentence; no other pictures.

A graphics card that is full is a painter that raises what torch raises then. Limits on this
process's own memory are the system's.
"""

import re

import pytest
from support.jobs.lost_job import left_over, media, place, results

from lipflap.core.result import ShotState
from lipflap.plugin.job.folder import Job

# The painter of the renderer; `cramped` says whether there is no room for some rows, the nth time.
CRAMPED = """
from dataclasses import replace
import torch
from lipflap.core.paint import batching, painter
puppets, sizes = painter.load_networks(None), []
def paint(condition, noise):
    sizes.append(len(noise))
    if {cramped}:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB.")
    return puppets.paint(condition, noise)
smaller = replace(puppets, paint={paint})
painter.load_networks = lambda settings, weights=None: smaller
"""


def test_a_full_graphics_card_paints_fewer_mouths_at_once_and_the_same(
    ready, orders, undisturbed, tmp_path, told
):
    job = Job(tmp_path / "JOB")
    first = CRAMPED.format(cramped="len(noise) > 1", paint="batching.in_batches(paint, (1, 2, 4))")
    code, said = ready.run(["--together", 3, *place(job, orders)], told, first)
    assert code == 0, said[-3:]
    assert media(job) == media(undisturbed)


def test_shots_that_do_not_fit_beside_others_are_rendered_when_those_are_done(
    ready, orders, undisturbed, tmp_path, told
):
    """There is no room the first time a mouth is to be painted, and no smaller batch."""
    job = Job(tmp_path / "JOB")
    first = CRAMPED.format(cramped="len(sizes) == 1", paint="paint")
    code, said = ready.run(["--together", 3, *place(job, orders)], told, first)
    assert code == 0, said[-3:]
    assert media(job) == media(undisturbed)
    assert results(job) == results(undisturbed)
    assert sum('"analyse", "done": 1,' in line for line in said) > len(orders)
    assert left_over(job) == []


def test_a_shot_that_does_not_fit_even_alone_has_failed_and_says_so(ready, orders, tmp_path, told):
    job = Job(tmp_path / "JOB")
    code, said = ready.run(
        ["--together", 2, *place(job, orders)], told, CRAMPED.format(cramped="True", paint="paint")
    )
    assert code == 1
    failed = dict.fromkeys(("SH010", "SH020", "SH040"), ShotState.FAILED)
    assert results(job) == {**failed, "SH030": ShotState.SKIPPED}
    alone = "SH040: there is not enough memory for it, even with nothing else rendering."
    assert any(alone in line for line in said)
    assert (media(job), left_over(job)) == ({}, [])


LIMITS_MIB = (0, 5, 20, 60, 150, 400)


@pytest.mark.soak
@pytest.mark.parametrize("more_mib", LIMITS_MIB)
def test_a_process_held_to_little_memory_makes_the_same_pictures_or_none(
    ready, orders, undisturbed, tmp_path, told, more_mib
):
    """To what it holds when it begins, and so much more."""
    job = Job(tmp_path / "JOB")
    first = (
        "import psutil, resource\n"
        f"most = psutil.Process().memory_info().vms + ({more_mib} << 20)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (most, most))"
    )
    code, said = ready.run(["--together", 4, *place(job, orders)], told, first)
    assert media(job).items() <= media(undisturbed).items()
    made = {shot: state for shot, state in results(job).items() if state != ShotState.FAILED}
    assert made.items() <= results(undisturbed).items()
    if code:
        words = " ".join(said)
        assert re.search("memory", words, re.IGNORECASE), said[-5:]
        assert "plugin/cli/main.py" not in words  # where a traceback of ours begins
    assert ready.run(["--together", 4, *place(job, orders)], told)[0] == 0
    assert media(job) == media(undisturbed)
    assert left_over(job) == []
