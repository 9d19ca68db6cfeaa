"""What lies in a JOB folder now: states, results, verdicts, the queue; read off the GUI thread."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time

from PySide6.QtCore import QObject, QTimer, Signal

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, DubResult, digest, read_result
from lipflap.gui.document import CutDocument
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.queue import Queue, read_queue
from lipflap.plugin.job.status import JobStatus, job_status
from lipflap.plugin.qc.review import Review, read_review
from lipflap.plugin.render.worker import live_workers

_EVERY_MS = 1000


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """A JOB folder at one moment.

    results   by shot, of the orders that stand now
    reviews   by shot, of these results
    working   whether a process here works off the queue
    """

    status: JobStatus
    queue: Queue
    results: dict[str, DubResult] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    working: bool = False


class JobMonitor(QObject):
    """Looks into the desk's JOB folder once a second, and at once when told to.

    seen   a JobSeen, when it is not as it was
    """

    seen = Signal(object)

    def __init__(self, desk: CutDocument) -> None:
        super().__init__(desk)
        self._desk = desk
        self._results = _Results()
        self._last: JobSnapshot | None = None
        self._looking = False
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)
        desk.opened.connect(self._begin)
        desk.sheet_changed.connect(lambda _changed: self.look())

    @property
    def last(self) -> JobSnapshot | None:
        return self._last

    def look(self) -> None:
        """Look now, unless a look is under way."""
        job = self._desk.job
        if job is None or self._looking:
            return
        self._looking = True
        self._desk.work(
            _take_snapshot(job, self._desk.orders, self._results), self._report, self._looked
        )

    def end(self) -> None:
        self._timer.stop()

    def _begin(self) -> None:
        self._last, self._results = None, _Results()
        self._timer.start()
        self.look()

    def _looked(self) -> None:
        self._looking = False

    def _report(self, seen: JobSnapshot) -> None:
        if seen != self._last:
            self._last = seen
            self.seen.emit(seen)


class _Results:
    """Results by file, read again only when the file is another one."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[int, DubResult]] = {}
        self._digests: dict[int, tuple[DubOrder, str]] = {}

    def of(self, job: Job, order: DubOrder) -> DubResult | None:
        """The result of exactly this order, if there is one."""
        path = job.result(order.shot)
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            return None
        held = self._read.get(path)
        if held is None or held[0] != changed:
            with suppress(DubError):
                held = self._read[path] = (changed, read_result(path))
        if held is None or held[1].order_sha256 != self._digest(order):
            return None
        return held[1]

    def _digest(self, order: DubOrder) -> str:
        held = self._digests.get(id(order))
        if held is None or held[0] is not order:
            held = self._digests[id(order)] = (order, digest(order))
        return held[1]


def _take_snapshot(
    job: Job, orders: dict[str, DubOrder], results: _Results
) -> Iterator[JobSnapshot]:
    found = {shot: results.of(job, order) for shot, order in orders.items()}
    standing = {shot: result for shot, result in found.items() if result}
    reviews = {shot: read_review(orders[shot]) for shot in standing}
    yield JobSnapshot(
        job_status(job, time()),
        read_queue(job),
        standing,
        {shot: review for shot, review in reviews.items() if review},
        live_workers(job),
    )
