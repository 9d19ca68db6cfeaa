"""Batches made ahead are the same batches, and so are their errors and their end."""

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from lipflap.core.errors import DubError
from lipflap.training.prefetch import prefetch, prefetch_each


def test_batches_come_in_their_order_and_end() -> None:
    assert list(prefetch(iter(range(1, 10)))) == list(range(1, 10))


def test_no_batches_are_made_for_nobody() -> None:
    before = set(threading.enumerate())
    batches = prefetch(count(1))
    assert next(batches) == 1
    (maker,) = set(threading.enumerate()) - before
    del batches
    maker.join(5)
    assert not maker.is_alive()


def test_what_making_a_batch_raises_is_raised_and_nobody_waits() -> None:
    def some() -> Iterator[int]:
        yield 1
        raise DubError("has nothing more.", where="the set")

    batches = prefetch(some())
    assert next(batches) == 1
    with pytest.raises(DubError, match="nothing more"):
        next(batches)


def test_batches_that_several_threads_make_come_in_their_order() -> None:
    started = threading.Barrier(4, timeout=5)

    def make(number: int) -> int:
        if number < 4:
            started.wait()  # four at a time, or never
        return number**2

    assert list(prefetch_each(make, range(9), 4)) == [number**2 for number in range(9)]


def test_none_of_several_threads_goes_on_for_nobody() -> None:
    made: list[int] = []
    batches = prefetch_each(lambda number: made.append(number) or number, count(), 2)
    assert next(batches) == 0
    batches.close()
    assert len(made) <= 3


def test_what_one_of_several_threads_raises_is_raised() -> None:
    def make(number: int) -> int:
        if number == 2:
            raise DubError("has nothing more.", where="the set")
        return number

    batches = prefetch_each(make, count(), 3)
    assert [next(batches), next(batches)] == [0, 1]
    with pytest.raises(DubError, match="nothing more"):
        next(batches)
