"""The search for the faces of all shots, in the background, while nothing is rendered."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from lipflap.core.analysis.face_report import FaceReport
from lipflap.core.analysis.speakers.people import SeenFace, seen_faces
from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.core.result import Progress
from lipflap.core.timing import made_every
from lipflap.gui.background.side_process import MIN_SHOTS, SideProcess
from lipflap.gui.background.slices import Slices, Steps
from lipflap.gui.background.worker import Worker
from lipflap.gui.settings import finds_faces, remember_finds_faces
from lipflap.plugin.render.find_faces import cached_seen_faces, find_faces_of_shots

_DELAY_MS = 1500  # after the media has been checked: first the editor sees the cut
_LOOK_UP_S = 0.05  # between two answers of a look-up
_EVERY_S = 0.5  # between two reports of what has been found

_Found = dict[str, tuple[SeenFace, ...]]  # by shot


class FaceSearch(QObject):
    """A search for faces of ordered shots; those that were found before are known at once.

    found     by shot; the same dictionary, which grows
    total     how many shots there are
    at        the shot in which faces are being found, and how far it is
    problem   why it has failed; empty while it has not
    is_held   it rests

    changed      more faces are known, or the search has begun, ended or failed
    progressed   it has come further in a shot
    """

    changed = Signal()
    progressed = Signal()

    def __init__(self, side: SideProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self.found: _Found = {}
        self.total, self.problem, self.at = 0, "", ""
        self._orders: tuple[DubOrder, ...] = ()
        self._searched: tuple[DubOrder, ...] = ()  # those that the worker was started with
        self.is_held = False
        self._worker: Worker | None = None
        self._comparing = Slices(self)
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._start)

    @property
    def is_running(self) -> bool:
        return self._worker is not None

    @property
    def is_wanted(self) -> bool:
        """Return whether faces are looked for after a cut was opened."""
        return finds_faces()

    def want(self, wanted: bool) -> None:
        """Look for faces from now on, or no longer."""
        remember_finds_faces(wanted)
        self._stop_worker()
        if wanted:
            self._start()
        self.changed.emit()

    def search(self, orders: Iterable[DubOrder]) -> None:
        """Find the faces of these shots; those of others are no longer known.

        A search for the same goes on: decisions about shots change their orders, not their faces.
        """
        self._orders = now = tuple(orders)
        self._comparing.stop()
        self._comparing.do(lambda: self._begin_unless_same(now), len(now))

    def forget(self) -> None:
        """Know no faces, and look for none until the next search: another cut is open."""
        self.stop()
        self.found = {}

    def _begin_unless_same(self, orders: Sequence[DubOrder]) -> Steps:
        """Begin another search, unless one for the same faces is under way."""
        searched = self._searched
        is_under_way = self.is_running and (yield from _have_all_same_faces(searched, orders))
        if not is_under_way:
            self._begin(orders)

    def _begin(self, orders: Sequence[DubOrder]) -> None:
        """Begin a search for the faces of these shots, in the place of the one before."""
        self.total = len(orders)
        shots = {order.shot for order in orders}
        self.found = {shot: seen for shot, seen in self.found.items() if shot in shots}
        self._stop_worker()
        self._timer.start()

    def hold(self, held: bool) -> None:
        """Rest while shots are rendered: both want the whole machine."""
        if held != self.is_held:
            self.is_held = held
            self._stop_worker()
            self._timer.start()

    def stop(self) -> None:
        """Stop the search."""
        self._comparing.stop()
        self._timer.stop()
        self._stop_worker()

    def _start(self) -> None:
        if self._worker is not None:
            return
        finds = self.is_wanted and not self.is_held
        self._searched = self._orders
        self._worker = worker = Worker(_search(self._orders, self._side, finds), self)
        worker.reported.connect(self._on_found)
        worker.failed.connect(self._on_failed)
        worker.finished.connect(self._on_finished)  # no lambda: it would outlive its owner
        self.problem, self.at = "", ""
        worker.start()
        self.changed.emit()

    def _stop_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.reported.disconnect(self._on_found)
            worker.failed.disconnect(self._on_failed)
            worker.requestInterruption()

    def _on_found(self, found: _Found | Progress) -> None:
        if isinstance(found, Progress):
            self.at = f"{found.shot} {found.done * 100 // max(1, found.total)} %"
            self.progressed.emit()
        else:
            self.found.update(found)
            self.changed.emit()

    def _on_failed(self, problem: DubError) -> None:
        self.problem = str(problem)

    def _on_finished(self) -> None:
        if self._worker is not None and self._worker.isFinished():
            self._worker = None
            self.changed.emit()


def _have_all_same_faces(
    before: Sequence[DubOrder], now: Sequence[DubOrder]
) -> Generator[None, None, bool]:
    """Compare orders, a step each; return whether these are the same shots with the same faces."""
    if len(before) != len(now):
        return False
    for one, other in zip(before, now, strict=True):
        if not _have_same_faces(one, other):
            return False
        yield
    return True


def _have_same_faces(one: DubOrder, other: DubOrder) -> bool:
    return one is other or _on_which_faces_depend(one) == _on_which_faces_depend(other)


def _on_which_faces_depend(order: DubOrder) -> tuple[object, ...]:
    speeches = [replace(speech, character="") for speech in order.speeches]
    return order.shot, order.picture, order.frames, order.settings.tracker, speeches


def iter_known(orders: Sequence[DubOrder]) -> Iterator[_Found]:
    """Yield the faces of shots in which they were found before, often, if only of none."""
    looked_up = ((order.shot, cached_seen_faces(order)) for order in orders)
    for some in made_every(_LOOK_UP_S, looked_up):
        yield {shot: seen for shot, seen in some if seen is not None}


def _search(
    orders: Sequence[DubOrder], side: SideProcess, finds: bool
) -> Iterator[_Found | Progress | None]:
    """Yield the faces of shots, a few shots together, and progress; None often."""
    found: _Found = {}
    for known in side.call(iter_known, orders) if len(orders) >= MIN_SHOTS else iter_known(orders):
        found.update(known)
        yield None
    yield found or None
    remaining = [order for order in orders if order.shot not in found]
    if not finds or not remaining:
        return
    found, due, told = {}, monotonic(), monotonic()
    with closing(find_faces_of_shots(remaining, in_background=True)) as events:
        for event in events:
            if isinstance(event, FaceReport):
                found[event.shot] = seen_faces(event)
            elif isinstance(event, Progress) and monotonic() >= told:
                told = monotonic() + _EVERY_S
                yield event
            if found and monotonic() >= due:
                yield found
                found, due = {}, monotonic() + _EVERY_S
            yield None
    yield found or None
