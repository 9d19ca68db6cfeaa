"""Work beside the panel, in a real process: what it yields, how it stops, how it dies."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from lipflap.core.errors import DubError
from lipflap.gui.background.side_process import SideProcess, SideProcessEnded
from lipflap.plugin.cut.dub_source import DubUnclear

_SENT: list[object] = []


def double(values: tuple[Fraction, ...]) -> Iterator[object]:
    """Yield each value twice as large, and who did it; print, as libraries may."""
    sys.stdout.write("said by a library\n")
    os.write(1, b"and by C\n")
    yield from (2 * value for value in values)
    yield os.getpid()


def refuse() -> Iterator[object]:
    yield "begun"
    raise DubUnclear("is unclear.", where="A cut", fix="Choose.", tracks=("DE", "FR"))


def fault() -> Iterator[object]:
    raise KeyError("lost")
    yield


def counting(note: Path) -> Iterator[int]:
    """Yield numbers until nobody wants more, and note that."""
    try:
        for number in range(10_000):
            sleep(0.005)
            yield number
    finally:
        note.write_text("closed")


def dying(how: signal.Signals) -> Iterator[object]:
    yield os.getpid()
    os.kill(os.getpid(), how)


def same(value: object) -> Iterator[bool]:
    """Yield whether the value is the very one that was sent first."""
    _SENT.append(value)
    yield value is _SENT[0]


def lives(process: psutil.Process) -> bool:
    """Return whether a process has not ended; who was to note its end may not have done so yet."""
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture(scope="module")
def side(importable):
    process = SideProcess()
    yield process
    process.close()


def test_it_yields_what_a_function_yields_in_another_process_that_stays(side, capfd):
    values = (Fraction(24000, 1001), Fraction(-1, 3))
    *doubled, process = side.call(double, values)
    assert doubled == [Fraction(48000, 1001), Fraction(-2, 3)]
    assert process != os.getpid()
    assert [*side.call(double, ())] == [process]
    assert capfd.readouterr().out == ""


def test_its_errors_arrive_as_they_were_raised(side):
    call = side.call(refuse)
    assert next(call) == "begun"
    with pytest.raises(DubUnclear, match="A cut: is unclear") as raised:
        next(call)
    assert raised.value.tracks == ("DE", "FR")
    with pytest.raises(RuntimeError, match="KeyError: 'lost'"):
        next(side.call(fault))


def test_what_was_sent_once_is_known_there_and_forgotten_in_time(side):
    value = Path("take.mov")
    first, *later = [next(side.call(same, value)) for _ in range(10)]
    assert first
    assert later[0]
    assert not all(later)


def test_a_call_that_is_closed_stops_there_and_the_process_serves_the_next(side, tmp_path):
    (process,) = side.call(double, ())
    call = side.call(counting, tmp_path / "note")
    assert next(call) == 0
    call.close()
    assert (tmp_path / "note").read_text() == "closed"
    assert [*side.call(double, ())] == [process]


def test_a_process_that_dies_is_told_and_another_is_started(side):
    call = side.call(dying, signal.SIGKILL)
    dead = next(call)
    with pytest.raises(SideProcessEnded, match="ended by signal: Killed") as raised:
        next(call)
    assert isinstance(raised.value, DubError)
    (process,) = side.call(double, ())
    assert process != dead


def test_closed_it_is_gone_and_its_calls_end_without_a_word(tmp_path):
    side = SideProcess()
    child = psutil.Process(*side.call(double, ()))
    call = side.call(counting, tmp_path / "note")
    next(call)
    side.close()
    assert not child.is_running()
    list(call)  # what was on its way may still arrive


def test_it_ends_with_a_panel_that_is_killed():
    code = (
        "from itertools import count\n"
        "from lipflap.gui.background.side_process import SideProcess\n"
        "for number in SideProcess().call(count): print(number, flush=True)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as panel:
        assert panel.stdout
        panel.stdout.readline()
        (child,) = psutil.Process(panel.pid).children()
        panel.kill()
    end = monotonic() + 10
    while lives(child) and monotonic() < end:
        sleep(0.01)
    assert not lives(child)


def test_where_no_python_can_be_started_it_works_here(monkeypatch):
    monkeypatch.setattr("sys.executable", "/opt/host/EditingProgram")
    assert [*SideProcess().call(double, ())] == [os.getpid()]
