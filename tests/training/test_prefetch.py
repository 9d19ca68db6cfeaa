"""Batches made ahead are the same batches, and so are their errors and their end."""

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from lipflap.core.errors import DubError
from lipflap.training.prefetch import prefetch


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
