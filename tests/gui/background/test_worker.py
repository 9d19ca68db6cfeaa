"""Work off the GUI thread: real threads, and widgets that go while they run."""

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QWidget

from lipflap.core.errors import DubError
from lipflap.gui.background.worker import Worker


class Counting:
    """Counts until it is closed, and tells in which thread."""

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[int | None]:
        number = 0
        try:
            while True:
                self.threads.add(threading.get_ident())
                yield number
                yield None
                number += 1
                QThread.msleep(2)
        finally:
            self.closed.set()


def test_what_is_yielded_is_reported_in_the_gui_thread_and_none_is_not(qtbot):
    told: list[object] = []
    threads: set[int] = set()
    worker = Worker([1, None, "two"])
    worker.reported.connect(told.append)
    worker.reported.connect(lambda _: threads.add(threading.get_ident()))
    with qtbot.waitSignal(worker.finished, timeout=10_000):
        worker.start()
    qtbot.waitUntil(lambda: told == [1, "two"], timeout=10_000)
    assert threads == {threading.get_ident()}


def test_the_work_is_done_elsewhere_and_ends_when_it_is_cancelled(qtbot):
    counting = Counting()
    worker = Worker(counting)
    with qtbot.waitSignal(worker.reported, timeout=10_000):
        worker.start()
    worker.requestInterruption()
    assert worker.wait(5000)
    assert counting.closed.is_set()
    assert threading.get_ident() not in counting.threads


def broken() -> Iterator[int]:
    yield 1
    raise DubError("is gone.", where="SH010", fix="Relink it.")


def ours() -> Iterator[int]:
    yield 1
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("events", "words"),
    [(broken, "SH010: is gone. Relink it."), (ours, "ZeroDivisionError: division by zero")],
)
def test_what_goes_wrong_is_handed_on_as_words(qtbot, events, words):
    worker = Worker(events())
    with qtbot.waitSignal(worker.failed, timeout=10_000) as seen:
        worker.start()
    (problem,) = seen.args
    assert worker.wait(5000)
    assert isinstance(problem, DubError)
    assert words in str(problem)


def test_the_end_of_a_widget_ends_its_work_and_leaves_nothing_behind(qtbot):
    counting, widget = Counting(), QWidget()
    worker = Worker(counting, widget)
    with qtbot.waitSignal(worker.reported, timeout=10_000):
        worker.start()
    gone = weakref.ref(worker)
    del worker
    shiboken6.delete(widget)
    assert counting.closed.wait(5)
    qtbot.waitUntil(lambda: gc.collect() >= 0 and gone() is None, timeout=10_000)


def test_a_program_may_end_while_work_is_under_way():
    program = """
import sys, time
from PySide6.QtCore import QCoreApplication
from lipflap.gui.background.worker import Worker
application = QCoreApplication([])
def forever():
    while True:
        time.sleep(0.01)
        yield 1
Worker(forever()).start()
time.sleep(0.1)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")
