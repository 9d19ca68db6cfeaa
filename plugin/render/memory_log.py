"""Log how much memory a render takes, so that a night's log shows that it stays flat."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic

import psutil

_SAMPLE_S = 0.5


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes in memory of this process, and of its child processes, one of which is ffmpeg."""

    own: int = 0
    children: int = 0

    @property
    def total(self) -> int:
        return self.own + self.children

    def maximum(self, other: "MemoryUse") -> "MemoryUse":
        return MemoryUse(max(self.own, other.own), max(self.children, other.children))


@contextmanager
def log_memory(every_s: float, log: Callable[[str], object]) -> Iterator[None]:
    """Log a line about memory every so often during the block, and once at its end.

    The maximum is of two samples a second. Pages that processes share count for each.
    """
    ended = Event()
    thread = Thread(target=_watch, args=(every_s, log, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(every_s: float, log: Callable[[str], object], ended: Event) -> None:
    started = logged_at = monotonic()
    peak, peak_total = MemoryUse(), 0
    while True:
        is_over = ended.wait(_SAMPLE_S)
        use, now = memory_now(), monotonic()
        peak, peak_total = peak.maximum(use), max(peak_total, use.total)
        if is_over or now - logged_at >= every_s:
            logged_at = now
            log(_line(now - started, use, peak, peak_total))
        if is_over:
            return


def memory_now() -> MemoryUse:
    """Return the memory that this process and its children take now.

    A child that is only being started still has our command line: it counts as nothing.
    """
    own = psutil.Process()
    command, children = own.cmdline(), 0
    for child in own.children(recursive=True):
        with suppress(psutil.Error):
            if child.cmdline() != command:
                children += child.memory_info().rss
    return MemoryUse(own.memory_info().rss, children)


def _line(after_s: float, use: MemoryUse, peak: MemoryUse, peak_total: int) -> str:
    return (
        f"memory after {after_s:.0f} s: {_mib(use.total)} MiB now, {_mib(peak_total)} at most; "
        f"itself {_mib(use.own)} and {_mib(peak.own)}, "
        f"ffmpeg {_mib(use.children)} and {_mib(peak.children)}"
    )


def _mib(count: int) -> int:
    return count >> 20
