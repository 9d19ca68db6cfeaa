"""Durations: seconds of work by stage, what is made meanwhile, and time to wait in words."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic, perf_counter
from typing import TypeVar

Item = TypeVar("Item")


class Stopwatch:
    """A sum of seconds for each stage of work.

    A stage begun inside another stops the outer one until it ends, so that no second counts
    twice. Time outside every stage is not counted.
    """

    def __init__(self, *stages: str) -> None:
        self.seconds = dict.fromkeys(stages, 0.0)
        self._running: list[str] = []
        self._since = 0.0

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Count the time of a `with` block."""
        self._charge()
        self._running.append(stage)
        try:
            yield
        finally:
            self._charge()
            self._running.pop()

    def each(self, stage: str, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items`, counting the time each takes to make, not what is done with it."""
        iterator = iter(items)
        while True:
            with self.on(stage):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def _charge(self) -> None:
        now = perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now


def made_every(seconds: float, items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield the first of `items`, then those made in each so many seconds; at last what is left.

    That may be none: then the list is empty.
    """
    made: list[Item] = []
    due = monotonic()
    for item in items:
        made.append(item)
        if monotonic() >= due:
            yield made
            made, due = [], monotonic() + seconds
    yield made


def format_duration(seconds: float) -> str:
    """Return a time to wait, no more exact than it can be known: 40 s, 12 min, 1 h 05 min."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"


def format_estimate(seconds: float) -> str:
    """Return a time as people guess it: 5 s, 40 s, 1½ min, 12 min, 1 h 05 min."""
    if seconds < 55:
        nearest = 5 if seconds < 27.5 else 10
        return f"{max(nearest, round(seconds / nearest) * nearest)} s"
    halves = round(seconds / 30)
    if halves >= 10:
        return format_duration(seconds)
    return f"{halves // 2}{'½' if halves % 2 else ''} min"
