"""Verdicts on rendered shots, and what leaves the house after them: the cut, the QC page."""

from collections.abc import Collection, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from lipflap.core.errors import DubError
from lipflap.core.order import DubResult, ShotState
from lipflap.gui.commands import named
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor
from lipflap.plugin import dubbing
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.markers import write_markers
from lipflap.plugin.qc.page import write_qc_page
from lipflap.plugin.qc.review import Review, Verdict, withdraw_review, write_review
from lipflap.plugin.timeline.conform import ALTERNATE, TRACK


class ReviewController(QObject):
    """Approves, sends back and hands over the desk's shots.

    noticed   words for who sits here
    """

    noticed = Signal(str)

    def __init__(self, desk: CutDocument, watch: JobMonitor) -> None:
        super().__init__(desk)
        self._desk, self._watch = desk, watch

    def approve(self, shots: Collection[str]) -> None:
        self._judge(f"Approve {named(shots)}", shots, Verdict.APPROVED, "")

    def send_back(self, shots: Collection[str], note: str) -> None:
        self._judge(f"Send back {named(shots)}", shots, Verdict.SENT_BACK, note)

    def withdraw(self, shots: Collection[str]) -> None:
        self._judge(f"Withdraw the verdict on {named(shots)}", shots, None, "")

    def approved(self) -> list[str]:
        seen = self._watch.last
        held = seen.reviews.values() if seen else ()
        return [review.shot for review in held if review.verdict == Verdict.APPROVED]

    def conform(self, out: Path, on_track: bool) -> None:
        """Write the approved shots into a copy of the cut at `out`."""
        cut, job, how = self._desk.path, self._desk.job, TRACK if on_track else ALTERNATE
        if cut is not None and job is not None:
            self._desk.work(_conformed(cut, job, how, out), self.noticed.emit)

    def write_qc_page(self, out: Path) -> None:
        """Write a page with pictures of every shot."""
        job = self._desk.job
        if job is not None:
            self._desk.work(_paged(job, out), self.noticed.emit)

    def write_markers(self, out: Path) -> None:
        """Write a list of markers that an editing program imports; see `markers.LISTS`."""
        job = self._desk.job
        if job is not None:
            self._desk.work(_marked(job, out), self.noticed.emit)

    def _judge(self, name: str, shots: Collection[str], verdict: Verdict | None, note: str) -> None:
        seen, job = self._watch.last, self._desk.job
        results = seen.results if seen else {}
        judged = [
            results[shot]
            for shot in shots
            if shot in results and results[shot].report.state == ShotState.RENDERED
        ]
        if job is None or not judged:
            self.noticed.emit("There is no new picture of these shots to judge yet.")
            return
        after = [_verdict(result, verdict, note) for result in judged]
        before = seen.reviews if seen else {}
        was = [before.get(result.shot) for result in judged]
        self._desk.undo.push(_Judge(name, self, job, judged, was, after))

    def settle(self, job: Job, judged: list[DubResult], verdicts: list[Review | None]) -> None:
        """Let these verdicts stand in the JOB folder."""
        try:
            for result, verdict in zip(judged, verdicts, strict=True):
                if verdict is None:
                    withdraw_review(job, result.shot)
                else:
                    write_review(job, verdict)
        except DubError as problem:
            self._desk.refused.emit(problem)
        self._watch.look()


class _Judge(QUndoCommand):
    """From the verdicts before to those after, and back."""

    def __init__(
        self,
        name: str,
        reviewing: ReviewController,
        job: Job,
        judged: list[DubResult],
        before: list[Review | None],
        after: list[Review | None],
    ) -> None:
        super().__init__(name)
        self._reviewing, self._job, self._judged = reviewing, job, judged
        self._before, self._after = before, after

    def redo(self) -> None:
        self._reviewing.settle(self._job, self._judged, self._after)

    def undo(self) -> None:
        self._reviewing.settle(self._job, self._judged, self._before)


def _verdict(result: DubResult, verdict: Verdict | None, note: str) -> Review | None:
    if verdict is None:
        return None
    return Review(result.shot, verdict, note, result.order_sha256)


def _conformed(cut: Path, job: Job, how: str, out: Path) -> Iterator[str]:
    report = dubbing.conform(cut, job, how, out, only_approved=True)
    yield f"The approved shots are in {report.conformed}"


def _paged(job: Job, out: Path) -> Iterator[str]:
    write_qc_page(job, out)
    yield f"The QC page is {out}"


def _marked(job: Job, out: Path) -> Iterator[str]:
    write_markers(job, out)
    yield f"The markers are {out}"
