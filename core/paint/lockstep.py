"""Several shots at once, their requests to a network answered in common batches.

Each shot runs in a thread of its own and puts its messages into one inbox. Whoever iterates over
`run_lockstep` reads the inbox, hands on events, and answers requests, those of all shots at once:

    shot a   event  event  request.......paste  event  request....paste  event
    shot b   event  request..............paste  event  request....paste  event
    shot c   event  event  event  event  event  event  event           nobody speaks in it now
    inbox      ..................  batch  ..............  batch  ............

A batch runs as soon as every shot that is expected to request has done so. A shot is expected
from its request until it reports two events in a row: one that analyses, passes frames in which
nobody speaks, or has ended, is not waited for. Nothing depends on a clock.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from queue import Empty, Queue, SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Any, Generic, TypeVar

Event = TypeVar("Event")
BatchFn = Callable[[Sequence[Any]], Sequence[Any]]
Request = Callable[[BatchFn, Any], Any]
Shot = Callable[[Request], Generator[Event, None, None]]

_INBOX_LENGTH = 64  # messages that are not read yet; beyond it, shots wait
_STOPPING_S = 0.05


def unbatched(batch_fn: BatchFn, item: Any) -> Any:
    """Answer the request of a shot that runs alone."""
    (answer,) = batch_fn([item])
    return answer


def run_lockstep(shots: Iterable[Shot[Event]], together: int) -> Generator[Event, None, None]:
    """Yield the events of all shots as they come; each shot's own stay in order.

    shots     each is called with a Request: (function from items to answers, item) -> answer
    together  how many run at once; the next starts when one has ended

    An error raised by a shot stops the others too and is raised here; an error while requests
    are answered is raised in each shot that requested. Closing stops them all, each at its next
    event or request. A single shot runs in the caller's thread, as does every shot when the
    system has no thread to spare.
    """
    if together == 1:
        for shot in shots:
            yield from shot(unbatched)
        return
    waiting, scheduler = iter(shots), _Scheduler[Event]()
    try:
        while True:
            for shot in islice(waiting, together - len(scheduler.slots)):
                if not scheduler.start(shot):
                    waiting, together = chain([shot], waiting), len(scheduler.slots)
                    break
            if not scheduler.slots:
                break
            yield from scheduler.next_message()
            scheduler.run_batch()
    finally:
        scheduler.stop_all()
    for shot in waiting:  # for which there was no thread
        yield from shot(unbatched)


@dataclass(frozen=True, slots=True)
class _Requested:
    batch_fn: BatchFn
    item: Any


@dataclass(frozen=True, slots=True)
class _Progressed(Generic[Event]):
    event: Event


@dataclass(frozen=True, slots=True)
class _Ended:
    problem: BaseException | None


class _Cancelled(Exception):
    """The answer to a shot that is to stop."""


@dataclass(frozen=True, slots=True)
class _Failed:
    problem: Exception


@dataclass(slots=True)
class _Slot:
    """A running shot: its thread, its open request, and the queue for the answer.

    events_since  events since its last request; from 2 on, none is expected
    """

    thread: Thread | None = None
    answer: "SimpleQueue[Any]" = field(default_factory=SimpleQueue)
    request: _Requested | None = None
    events_since: int = 2


class _Scheduler(Generic[Event]):
    """The shots that run now. Only the caller's thread changes it; the others fill the inbox."""

    def __init__(self) -> None:
        self.slots: dict[int, _Slot] = {}
        self._started = 0
        self._inbox: Queue[tuple[int, _Requested | _Progressed[Event] | _Ended]] = Queue(
            _INBOX_LENGTH
        )
        self._stopping = Flag()

    def start(self, shot: Shot[Event]) -> bool:
        """Start a shot; return False where the system has no thread for it, memory being short."""
        self._started += 1
        slot = _Slot()
        run = partial(self._run, self._started, slot, shot)
        slot.thread = Thread(target=run, daemon=True)
        try:
            slot.thread.start()
        except (RuntimeError, MemoryError):
            return False
        self.slots[self._started] = slot
        return True

    def next_message(self) -> Generator[Event, None, None]:
        """Wait for the next message; yield it if it is an event."""
        number, message = self._inbox.get()
        slot = self.slots[number]
        match message:
            case _Progressed(event):
                slot.events_since += 1
                yield event
            case _Requested():
                slot.request, slot.events_since = message, 0
            case _Ended(problem):
                del self.slots[number]
                if problem:
                    raise problem

    def run_batch(self) -> None:
        """Answer all requests, if every shot that is expected to has made one."""
        expected = [slot for slot in self.slots.values() if slot.events_since < 2]
        if not expected or not all(slot.request for slot in expected):
            return
        batches: defaultdict[BatchFn, list[_Slot]] = defaultdict(list)
        for slot in expected:
            if slot.request:
                batches[slot.request.batch_fn].append(slot)
        for batch_fn, slots in batches.items():
            items = [slot.request.item for slot in slots if slot.request]
            for slot, answer in zip(slots, _answers(batch_fn, items), strict=True):
                slot.request = None
                slot.answer.put(answer)

    def stop_all(self) -> None:
        """Stop all shots and wait for their threads."""
        self._stopping.set()
        for slot in self.slots.values():
            slot.answer.put(_Cancelled())
        for slot in self.slots.values():
            while slot.thread and slot.thread.is_alive():
                with suppress(Empty):
                    self._inbox.get(timeout=_STOPPING_S)  # room for their last messages

    def _run(self, number: int, slot: _Slot, shot: Shot[Event]) -> None:
        """Run a shot in its own thread."""

        def request(batch_fn: BatchFn, item: Any) -> Any:
            self._inbox.put((number, _Requested(batch_fn, item)))
            match slot.answer.get():
                case _Cancelled() as cancelled:
                    raise cancelled
                case _Failed(problem):
                    raise problem
                case answer:
                    return answer

        problem: BaseException | None = None
        try:
            with closing(shot(request)) as events:
                for event in events:
                    self._inbox.put((number, _Progressed(event)))
                    if self._stopping.is_set():
                        break
        except _Cancelled:
            pass
        except BaseException as raised:  # noqa: BLE001  the edge of a thread: handed on
            problem = raised
        self._inbox.put((number, _Ended(problem)))


def _answers(batch_fn: BatchFn, items: Sequence[Any]) -> Sequence[Any]:
    """Return an answer for each item, or the error for each: the shots may know what to do."""
    try:
        return batch_fn(items)
    except Exception as problem:  # noqa: BLE001  handed on to the shots that requested
        return [_Failed(problem)] * len(items)
