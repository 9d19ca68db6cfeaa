"""What is said of memory, against memory that is known to be held."""

import os
import re
import subprocess
import sys
import time

import pytest

from lipflap.plugin.render import memory_log
from lipflap.plugin.render.memory_log import log_memory, memory_now

MIB = 1 << 20
LINE = re.compile(
    r"memory after (\d+) s: (\d+) MiB now, (\d+) at most; "
    r"itself (\d+) and (\d+), ffmpeg (\d+) and (\d+)"
)


@pytest.fixture
def quick(monkeypatch):
    """Sample often; a call waits until two more samples were taken, however busy the machine."""
    taken = []

    def sample():
        taken.append(memory_now())
        return taken[-1]

    def wait_for_samples():
        before, until = len(taken), time.monotonic() + 20
        while len(taken) < before + 2:
            assert time.monotonic() < until, "nobody samples"
            time.sleep(0.01)

    monkeypatch.setattr(memory_log, "_SAMPLE_S", 0.02)
    monkeypatch.setattr(memory_log, "memory_now", sample)
    return wait_for_samples


def figures(line: str) -> list[int]:
    found = LINE.fullmatch(line)
    assert found, line
    return [int(figure) for figure in found.groups()]


def test_what_is_held_and_let_go_is_said_as_the_most(quick):
    said: list[str] = []
    before = memory_now().own // MIB
    with log_memory(1000, said.append):
        held = bytearray(b"x" * (150 * MIB))
        quick()
        del held
        quick()
    (line,) = said
    _, _, most_at_once, now, most, _, _ = figures(line)
    assert before + 140 < most <= most_at_once
    assert now < before + 100


def test_children_count_as_long_as_they_live(quick):
    said: list[str] = []
    others = memory_now().children // MIB
    holds = f"held = b'x' * {100 * MIB}; print(1, flush=True); input()"
    with log_memory(0.1, said.append):
        child = subprocess.Popen(
            [sys.executable, "-c", holds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert child.stdout
        child.stdout.readline()
        for _ in range(100):
            quick()
            if len(said) > 3:
                break
        child.communicate(b"\n")
        quick()
    *_, last = said
    assert len(said) > 3
    _, now, most_at_once, own, _, children, children_most = figures(last)
    assert now == own + children or now == own + children + 1
    assert children < others + 100 < children_most < others + 200
    assert most_at_once >= own + 100


def test_it_says_a_last_word_also_when_all_goes_wrong(quick):
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt), log_memory(1000, said.append):
        raise KeyboardInterrupt
    assert len(said) == 1


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not begun by a fork here")
def test_a_child_that_is_only_being_begun_does_not_count():
    """Between fork and exec it shares every page, and would count double."""
    others = memory_now().children
    hears, tells = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(tells)
        os.read(hears, 1)
        os._exit(0)
    os.close(hears)
    try:
        assert memory_now().children == others
    finally:
        os.close(tells)
        os.waitpid(pid, 0)
