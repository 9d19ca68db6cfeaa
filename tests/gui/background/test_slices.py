"""Work in slices: the window answers in between, and the latest work counts."""

from time import sleep

import pytest
from PySide6.QtCore import QObject, QTimer

from lipflap.gui.background.slices import Slices, wait_for_slices
from lipflap.gui.background.worker import Worker


@pytest.fixture
def owner(qtbot):
    return QObject()


@pytest.fixture
def slices(owner):
    return Slices(owner)


def counted(into, name, steps, step_s=0.002):
    def work():
        for number in range(steps):
            sleep(step_s)
            into.append((name, number))
            yield

    return work


def test_what_is_about_few_shots_is_done_at_once(slices):
    done = []
    slices.do(counted(done, "few", 20), shots=8)
    assert len(done) == 20
    assert not slices.is_busy


def test_what_is_about_many_shots_lets_the_window_answer(qtbot, slices):
    done, seen = [], []
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: seen.append(len(done)))
    timer.start()
    slices.do(counted(done, "many", 60), shots=5000)
    assert not done
    qtbot.waitUntil(lambda: not slices.is_busy, timeout=10_000)
    assert done == [("many", n) for n in range(60)]
    assert len({count for count in seen if 0 < count < 60}) >= 3


def test_the_latest_of_what_is_given_meanwhile_is_done_after_it(qtbot, slices):
    done = []
    for name in ("first", "second", "third"):
        slices.do(counted(done, name, 5), shots=5000)
    qtbot.waitUntil(lambda: not slices.is_busy, timeout=10_000)
    assert [name for name, _ in done] == ["first"] * 5 + ["third"] * 5


def test_what_a_step_gives_is_done_after_the_others(slices):
    done = []

    def work():
        slices.do(counted(done, "given", 2), shots=1)
        yield
        done.append(("giver", 0))

    slices.do(work, shots=1)
    assert [name for name, _ in done] == ["giver", "given", "given"]


def test_stopped_work_is_not_gone_on_with_and_a_fault_does_not_block(qtbot, slices):
    done = []
    slices.do(counted(done, "many", 60), shots=5000)
    slices.stop()
    slices.do(counted(done, "next", 2), shots=5000)
    qtbot.waitUntil(lambda: not slices.is_busy, timeout=10_000)
    assert done == [("next", 0), ("next", 1)]
    with pytest.raises(ZeroDivisionError):
        slices.do(lambda: iter(1 // zero for zero in [0]), shots=1)
    slices.do(counted(done, "after", 1), shots=1)
    assert done[-1] == ("after", 0)


def test_a_thread_waits_until_nothing_is_worked_on_but_no_longer_than_it_wants(qtbot, slices):
    done, seen = [], []

    def waiting(seconds):
        wait_for_slices(seconds)
        seen.append(len(done))
        yield

    slices.do(counted(done, "many", 40), shots=5000)
    patient, impatient = Worker(waiting(30)), Worker(waiting(0.01))
    patient.start()
    impatient.start()
    qtbot.waitUntil(lambda: len(seen) == 2, timeout=10_000)
    assert seen[0] < 40
    assert seen[1] == 40
    slices.do(counted(done, "again", 40), shots=5000)
    slices.stop()
    wait_for_slices(30)
    qtbot.waitUntil(lambda: patient.isFinished() and impatient.isFinished(), timeout=10_000)
