"""Prefetching: batches are made while the network works on the one before."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import TypeVar

Batch = TypeVar("Batch")


def prefetch(batches: Iterator[Batch], count: int = 3) -> Iterator[Batch]:
    """Yield the same batches in the same order, up to `count` of them made in advance.

    Raises what making them raises. When it is closed, or nobody holds it any more, no further
    batches are made.
    """
    ready: Queue[tuple[Batch | None, BaseException | None]] = Queue(count)
    closed = Event()

    def fill() -> None:
        try:
            for batch in batches:
                ready.put((batch, None))
                if closed.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - the edge of a thread: handed on
            ready.put((None, error))
        else:
            ready.put((None, None))

    Thread(target=fill, daemon=True).start()
    try:
        while True:
            batch, error = ready.get()
            if error is not None:
                raise error
            if batch is None:
                return
            yield batch
    finally:
        closed.set()
        with suppress(Empty):
            while True:
                ready.get_nowait()  # room for what the thread is about to put there


def prefetch_each(
    make: Callable[[int], Batch], numbers: Iterable[int], threads: int
) -> Iterator[Batch]:
    """Yield the batches that `make` makes of numbers, in their order, some threads ahead.

    Raises what making them raises. When it is closed, or nobody holds it any more, no further
    batches are made.
    """
    waiting: deque[Future[Batch]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for number in numbers:
            waiting.append(pool.submit(make, number))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
