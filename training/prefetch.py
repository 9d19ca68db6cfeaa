"""Prefetching: batches are made while the network works on the one before."""

from collections.abc import Iterator
from queue import Queue
from threading import Thread
from typing import TypeVar

Batch = TypeVar("Batch")


def prefetch(batches: Iterator[Batch], count: int = 3) -> Iterator[Batch]:
    """Yield the same batches in the same order, up to `count` of them made in advance.

    Raises what making them raises. The thread is a daemon: it ends with its process.
    """
    ready: Queue[tuple[Batch | None, BaseException | None]] = Queue(count)

    def fill() -> None:
        try:
            for batch in batches:
                ready.put((batch, None))
        except BaseException as error:  # noqa: BLE001 - the edge of a thread: handed on
            ready.put((None, error))
        else:
            ready.put((None, None))

    Thread(target=fill, daemon=True).start()
    while True:
        batch, error = ready.get()
        if error is not None:
            raise error
        if batch is None:
            return
        yield batch
