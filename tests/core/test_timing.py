"""Seconds are counted once, under the innermost stage; the clock is ours."""

import contextlib

import pytest

from lipflap.core import timing
from lipflap.core.timing import Stopwatch, format_duration, format_estimate, made_every


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(timing, "perf_counter", lambda: now[0])
    monkeypatch.setattr(timing, "monotonic", lambda: now[0])
    return now


def test_a_stage_inside_another_stops_it(clock):
    watch = Stopwatch("outer", "inner")
    clock[0] += 5
    with watch.on("outer"):
        clock[0] += 1
        with watch.on("inner"):
            clock[0] += 2
        clock[0] += 4
    clock[0] += 8
    assert watch.seconds == {"outer": 5.0, "inner": 2.0}


def test_items_are_counted_while_they_are_made_only(clock):
    watch = Stopwatch("make", "use")

    def made():
        for _ in range(3):
            clock[0] += 1
            yield clock[0]
        clock[0] += 0.5

    for _ in watch.each("make", made()):
        clock[0] += 10
        with watch.on("use"):
            clock[0] += 2
    assert watch.seconds == {"make": 3.5, "use": 6.0}


def test_an_error_ends_its_stage(clock):
    watch = Stopwatch("work")
    with contextlib.suppress(RuntimeError), watch.on("work"):
        clock[0] += 1
        raise RuntimeError
    clock[0] += 7
    assert watch.seconds == {"work": 1.0}


def test_the_first_item_comes_at_once_then_those_of_a_while_together_and_what_is_left(clock):
    def made():
        for number in range(8):
            clock[0] += 1
            yield number

    assert list(made_every(3, made())) == [[0], [1, 2, 3], [4, 5, 6], [7]]
    assert list(made_every(3, range(1, 1))) == [[]]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89.4, "89 s"), (91, "2 min"), (3600, "60 min"), (7500, "2 h 05 min")],
)
def test_a_time_to_wait_is_no_more_exact_than_it_can_be(seconds, words):
    assert format_duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "5 s"),
        (23, "25 s"),
        (27, "25 s"),
        (28, "30 s"),
        (54, "50 s"),
        (55, "1 min"),
        (83, "1½ min"),
        (110, "2 min"),
        (280, "4½ min"),
        (290, "5 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_an_estimate_is_said_as_people_say_it(seconds, words):
    assert format_estimate(seconds) == words
