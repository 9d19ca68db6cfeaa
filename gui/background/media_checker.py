"""The media of an open cut, checked cue by cue in the background; and what came of each check."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QObject, Signal

from lipflap.core.consent import Agreement
from lipflap.core.order import DubOrder
from lipflap.gui.background.side_process import MIN_SHOTS, SideProcess, SideProcessEnded
from lipflap.gui.background.slices import wait_for_slices
from lipflap.gui.background.worker import Worker
from lipflap.gui.background.workers import Workers
from lipflap.plugin.cut.cuesheet import Cue, CueSheet
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.dubbing import model_sha256
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.media_check import (
    MediaCheck,
    check_media,
    check_of,
    checked_orders,
    iter_outcomes,
    unchecked,
    with_agreements,
    with_results,
)
from lipflap.plugin.order.render_settings import RenderSettings

_REPORT_EVERY_S = 0.3  # between two messages to the views while media is checked, at least
_REST = 10  # times as long as the views took for the last one
_SEND_EVERY_S = 0.05  # what was checked there
_WAIT_S = 0.5  # for the views to show what came before, at most

_RESCAN = "The media of some shots was not checked: choose Rescan media (F5)."


class MediaChecker(QObject):
    """Checks the cues of a sheet; a check that was made is not made again.

    sheet     the cue sheet before any media is checked; None while no cut is open
    changed   checks have ended
    progress  how many cues have been checked, of how many; 0 of 0 when done
    """

    changed = Signal()
    progress = Signal(int, int)

    def __init__(self, workers: Workers, side: SideProcess, parent: QObject) -> None:
        super().__init__(parent)
        self.sheet: CueSheet | None = None
        self._workers, self._side = workers, side
        self._cues: dict[str, Cue] = {}  # of the sheet, by shot name
        self._checks: dict[str, MediaCheck] = {}
        self._orders: dict[str, DubOrder] | None = None  # None until somebody asks
        self._worker: Worker | None = None
        self._is_held = self._is_outdated = False
        self._held: tuple[RenderSettings, Job] | None = None  # a check that was started meanwhile
        self._waiting: list[Callable[[dict[str, DubOrder]], object]] = []

    @property
    def is_checking(self) -> bool:
        """Return whether media is being checked, or is to be."""
        return self._is_outdated or self._worker is not None or self._held is not None

    @property
    def orders(self) -> dict[str, DubOrder]:
        """Orders by shot, of all shots whose media has been checked and is usable."""
        if self._orders is None:
            orders = checked_orders(self.sheet, self._checks) if self.sheet else ()
            self._orders = {order.shot: order for order in orders}
        return self._orders

    def order_of(self, shot: str) -> DubOrder | None:
        """Return the order of a shot; None until its media has been checked and is usable."""
        cue, check = self._cues.get(shot), self._checks.get(shot)
        return check.order if cue and check and check.requested == cue else None

    def outdate(self) -> None:
        """Count the media as being checked until the next `start`: another sheet is being made."""
        self._is_outdated = True

    def use(self, sheet: CueSheet) -> None:
        """Check the media of this sheet from now on; checks of equal cues still count."""
        self.sheet, self._orders = sheet, None
        self._cues = {cue.shot.name: cue for cue in sheet.cues}

    def use_agreements(self, agreements: tuple[Agreement, ...]) -> bool:
        """Order with these agreements from now on; return whether they are others."""
        if self.sheet is None or self.sheet.agreements == agreements:
            return False
        self.sheet = replace(self.sheet, agreements=agreements)
        self._checks, self._orders = with_agreements(self._checks, self.sheet), None
        return True

    def forget(self) -> None:
        """Forget what came of all checks."""
        self._checks, self._orders = {}, None

    def checked_sheet(self) -> CueSheet | None:
        """Return the sheet with what came of the checks."""
        return with_results(self.sheet, self._checks) if self.sheet else None

    def when_checked(self, then: Callable[[dict[str, DubOrder]], object]) -> None:
        """Call `then` with all orders by shot, once all media has been checked."""
        if not self.is_checking:
            then(self.orders)
        else:
            self._waiting.append(then)

    def hold(self) -> None:
        """Begin no check until `release`."""
        self._is_held = True

    def release(self) -> None:
        """Begin the check that was held."""
        held, self._held, self._is_held = self._held, None, False
        if held is not None:
            self.start(*held)

    def start(self, settings: RenderSettings, job: Job) -> None:
        """Check the media of cues that are not yet checked, in the background."""
        self._is_outdated = False
        if self._worker is not None:
            self._worker.requestInterruption()
            self._worker = None
        if self._is_held:
            self._held = settings, job
            return
        if self.sheet is None:
            return
        remaining = unchecked(self.sheet, self._checks)
        if not remaining.cues:
            self._finish()
            return
        total, done = len(remaining.cues), 0
        pauses = deque([_REPORT_EVERY_S], maxlen=1)
        shots = tuple(cue.shot for cue in self.sheet.cues)
        if total < MIN_SHOTS:
            checks = check_media(remaining, shots, settings, job, model_sha256)
        else:
            checks = _check_aside(self._side, remaining, shots, settings, job)

        def on_checked(batch: tuple[MediaCheck, ...]) -> None:
            nonlocal done
            if self._worker is not worker:  # the decisions have changed meanwhile
                return
            done += len(batch)
            began = monotonic()
            self._checks.update((result.requested.shot.name, result) for result in batch)
            self._orders = None
            self.changed.emit()
            self.progress.emit(done, total)
            pauses.append(max(_REPORT_EVERY_S, _REST * (monotonic() - began)))

        def on_end() -> None:
            if self._worker is worker:
                self._worker = None
                if not self._is_outdated:
                    self._finish()

        self._worker = worker = self._workers.run(_batches(checks, pauses), on_checked, on_end)

    def _finish(self) -> None:
        """Call the functions that wait for the checks."""
        self.progress.emit(0, 0)
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then(self.orders)


def _check_aside(
    side: SideProcess,
    sheet: CueSheet,
    shots: Sequence[Shot],
    settings: RenderSettings,
    job: Job,
) -> Iterator[MediaCheck]:
    """Yield what `check_media` does, from the side process; where that dies, go on in another.

    Raises SideProcessEnded when two in a row die before they have checked a cue.
    """
    remaining, has_died = list(sheet.cues), False
    while remaining:
        rest = replace(sheet, cues=tuple(remaining))
        wait_for_slices(_WAIT_S)
        call = side.call(iter_outcomes, rest, shots, settings, job, model_sha256, _SEND_EVERY_S)
        try:
            for outcomes in call:
                has_died = has_died and not outcomes
                done, remaining = remaining[: len(outcomes)], remaining[len(outcomes) :]
                yield from map(check_of, done, outcomes)
                wait_for_slices(_WAIT_S)
            return
        except SideProcessEnded as ended:
            if has_died:
                raise SideProcessEnded(ended.problem, fix=_RESCAN) from ended
            has_died = True


def _batches(
    checks: Iterator[MediaCheck], pauses: Sequence[float]
) -> Iterator[tuple[MediaCheck, ...]]:
    """Yield the first check at once, then those of each `pauses[-1]` seconds together."""
    batch: list[MediaCheck] = []
    due = monotonic()
    for result in checks:
        batch.append(result)
        if monotonic() >= due:
            yield tuple(batch)
            batch, due = [], monotonic() + pauses[-1]
    if batch:
        yield tuple(batch)
