"""Batches made while the network works on the one before."""

from collections.abc import Iterator
from queue import Queue
from threading import Thread
from typing import TypeVar

Batch = TypeVar("Batch")


def ahead(batches: Iterator[Batch], count: int = 3) -> Iterator[Batch]:
    """The same batches in the same order, up to `count` of them made in advance.

    For endless supplies in a process that ends with its run: the thread is a daemon.
    """
    made: Queue[Batch] = Queue(count)

    def work() -> None:
        for batch in batches:
            made.put(batch)

    Thread(target=work, daemon=True).start()
    while True:
        yield made.get()
