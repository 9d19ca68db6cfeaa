"""Several shots at once, what they ask of a network answered together.

Each shot runs in a thread of its own; all it has to say goes into one inbox. Whoever iterates
over `in_lockstep` reads the inbox, hands on events, and answers requests, all shots' in one go:

    shot a   look  look  ask..........paste  event  ask.....paste  event
    shot b   event  ask...............paste  event  ask.....paste  event
    shot c   event  event  event  event  event  event  event             nobody speaks in it now
    inbox      ...............  round  ..............  round  ............

A round begins as soon as every shot that is expected to ask has asked. A shot is expected from
when it asks until it tells of two events in a row: one that looks, listens, passes frames in
which nobody speaks, or has ended, is not waited for. Nothing is guessed from a clock.
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

_INBOX_LENGTH = 64  # of what was said and not read; beyond it, shots wait
_CLOSING_S = 0.05


def unbatched(answers: BatchFn, request: Any) -> Any:
    """Ask for one shot that runs by itself."""
    (answer,) = answers([request])
    return answer


def run_lockstep(shots: Iterable[Shot[Event]], together: int) -> Generator[Event, None, None]:
    """The events of all shots as they come; each shot's own stay in order.

    shots     each is called with an Ask: (what answers a list of requests, request) -> answer
    together  how many run at once; the next begins when one has ended

    What a shot raises ends the others too and is raised here; what goes wrong while requests are
    answered is raised in each shot that asked. Closing ends them all, each at its next event or
    question. Alone, a shot runs in the caller's thread, as it does when the system has no other.
    """
    if together == 1:
        for shot in shots:
            yield from shot(unbatched)
        return
    coming, stage = iter(shots), _Scheduler[Event]()
    try:
        while True:
            for shot in islice(coming, together - len(stage.seats)):
                if not stage.enter(shot):
                    coming, together = chain([shot], coming), len(stage.seats)
                    break
            if not stage.seats:
                break
            yield from stage.listen()
            stage.answer()
    finally:
        stage.clear()
    for shot in coming:  # for which there was no thread
        yield from shot(unbatched)


@dataclass(frozen=True, slots=True)
class _Requested:
    answers: BatchFn
    request: Any


@dataclass(frozen=True, slots=True)
class _Progressed(Generic[Event]):
    event: Event


@dataclass(frozen=True, slots=True)
class _Ended:
    problem: BaseException | None


class _Cancelled(Exception):
    """The answer to a shot that is to end."""


@dataclass(frozen=True, slots=True)
class _Failed:
    problem: Exception


@dataclass(slots=True)
class _Slot:
    """What is known of a shot that runs, and where its answer goes."""

    thread: Thread | None = None
    answer: "SimpleQueue[Any]" = field(default_factory=SimpleQueue)
    asked: _Requested | None = None
    told_since: int = 2  # events since it asked; from 2 on, it is not expected


class _Scheduler(Generic[Event]):
    """The shots that run now. Only the caller's thread changes it; the others fill the inbox."""

    def __init__(self) -> None:
        self.seats: dict[int, _Slot] = {}
        self._entered = 0
        self._inbox: Queue[tuple[int, _Requested | _Progressed[Event] | _Ended]] = Queue(
            _INBOX_LENGTH
        )
        self._closing = Flag()

    def enter(self, shot: Shot[Event]) -> bool:
        """Whether the system had a thread for it: not where memory is short."""
        self._entered += 1
        seat = _Slot()
        play = partial(self._play, self._entered, seat, shot)
        seat.thread = Thread(target=play, daemon=True)
        try:
            seat.thread.start()
        except (RuntimeError, MemoryError):
            return False
        self.seats[self._entered] = seat
        return True

    def listen(self) -> Generator[Event, None, None]:
        """Waits for the next thing that is said; yields it if it is an event."""
        number, said = self._inbox.get()
        seat = self.seats[number]
        match said:
            case _Progressed(event):
                seat.told_since += 1
                yield event
            case _Requested():
                seat.asked, seat.told_since = said, 0
            case _Ended(problem):
                del self.seats[number]
                if problem:
                    raise problem

    def answer(self) -> None:
        """Holds a round, if nobody is missing."""
        expected = [seat for seat in self.seats.values() if seat.told_since < 2]
        if not expected or not all(seat.asked for seat in expected):
            return
        rounds: defaultdict[BatchFn, list[_Slot]] = defaultdict(list)
        for seat in expected:
            if seat.asked:
                rounds[seat.asked.answers].append(seat)
        for answers, seats in rounds.items():
            requests = [seat.asked.request for seat in seats if seat.asked]
            for seat, answer in zip(seats, _run_batch(answers, requests), strict=True):
                seat.asked = None
                seat.answer.put(answer)

    def clear(self) -> None:
        """Ends all shots and waits for them."""
        self._closing.set()
        for seat in self.seats.values():
            seat.answer.put(_Cancelled())
        for seat in self.seats.values():
            while seat.thread and seat.thread.is_alive():
                with suppress(Empty):
                    self._inbox.get(timeout=_CLOSING_S)  # room for what they still have to say

    def _play(self, number: int, seat: _Slot, shot: Shot[Event]) -> None:
        def ask(answers: BatchFn, request: Any) -> Any:
            self._inbox.put((number, _Requested(answers, request)))
            match seat.answer.get():
                case _Cancelled() as dismissed:
                    raise dismissed
                case _Failed(problem):
                    raise problem
                case answer:
                    return answer

        problem: BaseException | None = None
        try:
            with closing(shot(ask)) as events:
                for event in events:
                    self._inbox.put((number, _Progressed(event)))
                    if self._closing.is_set():
                        break
        except _Cancelled:
            pass
        except BaseException as raised:  # noqa: BLE001  the edge of a thread: handed on
            problem = raised
        self._inbox.put((number, _Ended(problem)))


def _run_batch(answers: BatchFn, requests: Sequence[Any]) -> Sequence[Any]:
    """An answer for each request, or what went wrong for each: the shots may know what to do."""
    try:
        return answers(requests)
    except Exception as problem:  # noqa: BLE001  handed on to those who asked
        return [_Failed(problem)] * len(requests)
