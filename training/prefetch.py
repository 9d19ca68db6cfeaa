"""Batches made while the network works on the one before."""

from collections.abc import Iterator
from queue import Queue
from threading import Thread
from typing import TypeVar

Batch = TypeVar("Batch")


def prefetch(batches: Iterator[Batch], count: int = 3) -> Iterator[Batch]:
    """The same batches in the same order, up to `count` of them made in advance.

    Raises what making them raised. The thread is a daemon: it ends with its process.
    """
    made: Queue[tuple[Batch | None, BaseException | None]] = Queue(count)

    def work() -> None:
        try:
            for batch in batches:
                made.put((batch, None))
        except BaseException as problem:  # noqa: BLE001 - the edge of a thread: handed on
            made.put((None, problem))
        else:
            made.put((None, None))

    Thread(target=work, daemon=True).start()
    while True:
        batch, problem = made.get()
        if problem is not None:
            raise problem
        if batch is None:
            return
        yield batch
