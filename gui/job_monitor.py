"""The state of a JOB folder: progress, results, reviews and queue, read off the GUI thread."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, digest
from lipflap.core.result import DubResult, read_result
from lipflap.gui.document import CutDocument
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.job_records import list_names
from lipflap.plugin.job.queue import Queue, read_queue
from lipflap.plugin.job.status import JobStatus, job_status
from lipflap.plugin.job.versions import current_render, list_versions, restore_version
from lipflap.plugin.qc.review import Review, read_review
from lipflap.plugin.render.worker import live_workers

_REFRESH_MS = 1000

_Fact = TypeVar("_Fact")


@dataclass(frozen=True, slots=True)
class OldRender:
    """A picture that was rendered before the shot was changed.

    order     that it was made from
    verdict   of the editor on it; empty where there is none
    """

    order: DubOrder
    result: DubResult
    verdict: str


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """A JOB folder at one moment.

    A shot whose order is not known, as its media is being checked, is as it was before.

    unread       shots whose order has not been known since the cut was opened
    results      by shot, of the current orders
    reviews      by shot, of these results
    outdated     by shot, the render of an earlier order, where the current one has none
    has_worker   whether a process on this machine works off the queue
    """

    status: JobStatus
    queue: Queue
    results: dict[str, DubResult] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    has_worker: bool = False
    outdated: dict[str, OldRender] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()


_JobFacts = tuple[
    frozenset[str],
    JobStatus | None,
    dict[str, DubResult],
    dict[str, Review],
    Collection[str],
    Collection[str],
]


def job_facts(snapshot: JobSnapshot | None, shots: Collection[str]) -> _JobFacts:
    """Return what shots.row.RowCache.rows needs to know of a JOB; None for one not read yet.

    shots   all that there are
    """
    if snapshot is None:
        return frozenset(), None, {}, {}, (), shots
    queued, outdated = frozenset(snapshot.queue.shots), snapshot.outdated.keys()
    status, results, reviews = snapshot.status, snapshot.results, snapshot.reviews
    return queued, status, results, reviews, outdated, snapshot.unread


class JobMonitor(QObject):
    """A monitor that reads the JOB folder of the open cut once a second, or on request.

    changed   a JobSnapshot that differs from the one before
    """

    changed = Signal(object)

    def __init__(self, document: CutDocument) -> None:
        super().__init__(document)
        self._document = document
        self._cache = _ResultCache()
        self._snapshot: JobSnapshot | None = None
        self._is_reading = self._is_wanted = False
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._on_time)
        document.opened.connect(self._start)
        document.sheet_changed.connect(lambda _changed: self.refresh())
        document.check_progress.connect(self._on_checked)

    @property
    def snapshot(self) -> JobSnapshot | None:
        """The latest snapshot; None before the first."""
        return self._snapshot

    def refresh(self) -> None:
        """Read the folder now, or as soon as it has been read."""
        job, sheet = self._document.job, self._document.sheet
        if job is None or sheet is None:
            return
        if self._is_reading:
            self._is_wanted = True
            return
        self._is_reading = True
        orders = self._document.orders
        unknown = (c.shot.name for c in sheet.cues if not c.reason and c.shot.name not in orders)
        snapshots = _take_snapshot(job, orders, self._cache, unknown, self._snapshot)
        cache = self._cache

        def report(snapshot: JobSnapshot) -> None:
            if cache is self._cache:  # else another cut has been opened meanwhile
                self._report(snapshot)

        self._document.workers.run(snapshots, report, self._on_end)

    def stop(self) -> None:
        """Read the folder no longer."""
        self._timer.stop()

    def _start(self) -> None:
        self._snapshot, self._cache = None, _ResultCache()
        self._timer.start()
        self.refresh()

    def _on_time(self) -> None:
        if not self._is_reading:  # or what takes longer to read would be read without a rest
            self.refresh()

    def _on_checked(self, _done: int, total: int) -> None:
        if not total:
            self.refresh()

    def _on_end(self) -> None:
        wanted, self._is_reading, self._is_wanted = self._is_wanted, False, False
        if wanted:
            self.refresh()

    def _report(self, snapshot: JobSnapshot) -> None:
        if snapshot != self._snapshot:
            self._snapshot = snapshot
            self.changed.emit(snapshot)


class _ResultCache:
    """Results by file, read again only when the file has changed."""

    def __init__(self) -> None:
        self._results: dict[Path, tuple[int, DubResult]] = {}
        self._digests: dict[int, tuple[DubOrder, str]] = {}

    def among(self, job: Job, shots: Iterable[str]) -> list[str]:
        """Return which of these shots may have a result: those with a file, now or before."""
        names = list_names(job.folder / "results")
        if not names and not self._results:
            return []
        return [
            shot
            for shot in shots
            if (path := job.result(shot)).name in names or path in self._results
        ]

    def find(self, job: Job, order: DubOrder) -> DubResult | None:
        """Return the result of exactly this order, if there is one."""
        path = job.result(order.shot)
        try:
            changed_ns = path.stat().st_mtime_ns
        except OSError:
            return None
        cached = self._results.get(path)
        if cached is None or cached[0] != changed_ns:
            with suppress(DubError):
                cached = self._results[path] = (changed_ns, read_result(path))
        if cached is None or cached[1].order_sha256 != self._digest(order):
            return None
        return cached[1]

    def is_stale(self, job: Job, order: DubOrder) -> bool:
        """Return whether the last result of a shot is that of another order."""
        cached = self._results.get(job.result(order.shot))
        return cached is not None and cached[1].order_sha256 != self._digest(order)

    def _digest(self, order: DubOrder) -> str:
        cached = self._digests.get(id(order))
        if cached is None or cached[0] is not order:
            cached = self._digests[id(order)] = (order, digest(order))
        return cached[1]


def _take_snapshot(
    job: Job,
    orders: dict[str, DubOrder],
    cache: _ResultCache,
    unknown: Iterable[str],
    before: JobSnapshot | None,
) -> Iterator[JobSnapshot | None]:
    """Yield a snapshot; None often before it.

    unknown   shots whose order is not known yet
    before    the snapshot before this one
    """
    outdated: dict[str, OldRender] = {}
    results: dict[str, DubResult] = {}
    for shot in cache.among(job, orders):
        order = orders[shot]
        result = cache.find(job, order)
        if result is None and cache.is_stale(job, order):
            if restore_version(job, order):
                result = cache.find(job, order)
            elif old := _old_render(job, shot):
                outdated[shot] = old
        if result is not None:
            results[shot] = result
        yield None
    reviews = {shot: review for shot in results if (review := read_review(orders[shot]))}
    unread = kept = frozenset(unknown)
    if before is not None:
        unread &= before.unread
        results |= _among(kept, before.results)
        reviews |= _among(kept, before.reviews)
        outdated |= _among(kept, before.outdated)
    status, queue = job_status(job, time()), read_queue(job)
    yield JobSnapshot(status, queue, results, reviews, live_workers(job), outdated, unread)


def _among(shots: Collection[str], facts: Mapping[str, _Fact]) -> dict[str, _Fact]:
    return {shot: fact for shot, fact in facts.items() if shot in shots}


def _old_render(job: Job, shot: str) -> OldRender | None:
    made = current_render(job, shot)
    if made is None:
        versions = list_versions(job, shot)
        return OldRender(versions[-1].order, versions[-1].result, "") if versions else None
    review = read_review(made[0])
    return OldRender(*made, review.verdict if review else "")
