"""What memory a render takes, said every so often, so that a night's log shows it stays flat."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic

import psutil

_SAMPLE_S = 0.5


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes in memory: of this process, and of those it has begun, which is where ffmpeg is."""

    own: int = 0
    children: int = 0

    @property
    def whole(self) -> int:
        return self.own + self.children

    def or_more(self, other: "MemoryUse") -> "MemoryUse":
        return MemoryUse(max(self.own, other.own), max(self.children, other.children))


@contextmanager
def log_memory(every_s: float, say: Callable[[str], object]) -> Iterator[None]:
    """While the block lasts, and once at its end, a line about memory goes to `say`.

    The most is of what was seen twice a second. Pages that processes share count for each.
    """
    ended = Event()
    watcher = Thread(target=_watch, args=(every_s, say, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch(every_s: float, say: Callable[[str], object], ended: Event) -> None:
    began = monotonic()
    most, most_at_once, said_at = MemoryUse(), 0, began
    while True:
        over = ended.wait(_SAMPLE_S)
        held, now = memory_now(), monotonic()
        most, most_at_once = most.or_more(held), max(most_at_once, held.whole)
        if over or now - said_at >= every_s:
            said_at = now
            say(_line(now - began, held, most, most_at_once))
        if over:
            return


def memory_now() -> MemoryUse:
    """What this process and its children hold at the moment.

    One that is only being begun is still this process by another number, and holds nothing.
    """
    own = psutil.Process()
    command, children = own.cmdline(), 0
    for child in own.children(recursive=True):
        with suppress(psutil.Error):
            if child.cmdline() != command:
                children += child.memory_info().rss
    return MemoryUse(own.memory_info().rss, children)


def _line(after_s: float, held: MemoryUse, most: MemoryUse, most_at_once: int) -> str:
    return (
        f"memory after {after_s:.0f} s: {_mib(held.whole)} MiB now, {_mib(most_at_once)} at most; "
        f"itself {_mib(held.own)} and {_mib(most.own)}, "
        f"ffmpeg {_mib(held.children)} and {_mib(most.children)}"
    )


def _mib(count: int) -> int:
    return count >> 20
