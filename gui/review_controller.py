"""The actions of the Review menu: approve shots, send them back, export the results."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.core.result import DubResult, ShotState
from lipflap.gui.commands import describe_shots
from lipflap.gui.deliver.dialog import DeliverableShots, DeliverDialog, DeliveryWishes
from lipflap.gui.deliver.message import DeliveryMessage
from lipflap.gui.dialogs.note import ask_note
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor
from lipflap.gui.selection import ShotSelection
from lipflap.gui.settings import delivery_wishes, remember_delivery
from lipflap.plugin import dubbing
from lipflap.plugin.delivery import default_out
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.markers import MARKER_SUFFIXES, write_markers
from lipflap.plugin.qc.page import write_qc_page
from lipflap.plugin.qc.report import JobReport
from lipflap.plugin.qc.review import Review, Verdict, withdraw_review, write_review
from lipflap.plugin.timeline.patch.writers import modes_of

_MARKER_FILTERS = {"DaVinci Resolve (*.edl)": ".edl", "Media Composer (*.txt)": ".txt"}


_Written = tuple[str, str, Path, str]  # a message, what was written, where, and notes on it


class ReviewController(QObject):
    """The controller that approves shots, sends them back, conforms and exports them.

    stop_at   stops, and returns the record timecode of the playhead, with which a note begins
    window    parent of the dialogs
    message   a line for the status bar
    written   what was written, in words, its path, and what to know of it
    """

    message = Signal(str)
    written = Signal(str, object, str)

    def __init__(
        self,
        document: CutDocument,
        monitor: JobMonitor,
        selection: ShotSelection,
        stop_at: Callable[[], str],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._monitor = document, monitor
        self._selection, self._window = selection, window
        self._stop_at = stop_at

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the functions for entries of gui.actions, by name."""
        return {
            "approve": lambda: self.approve(self._selection.require()),
            "send_back": self._prompt_note,
            "withdraw": lambda: self.withdraw(self._selection.require()),
            "conform": self._prompt_conform,
            "qc_page": self._prompt_qc_page,
            "markers": self._prompt_markers,
        }

    def approve(self, shots: Collection[str]) -> None:
        self._review(f"Approve {describe_shots(shots)}", shots, Verdict.APPROVED, "")

    def send_back(self, shots: Collection[str], note: str) -> None:
        self._review(f"Needs changes: {describe_shots(shots)}", shots, Verdict.SENT_BACK, note)

    def withdraw(self, shots: Collection[str]) -> None:
        self._review(f"Withdraw the verdict on {describe_shots(shots)}", shots, None, "")

    def conform(
        self,
        out: Path,
        wishes: DeliveryWishes,
        *,
        only_approved: bool = True,
    ) -> None:
        """Write the approved shots, or all that are rendered, into a copy of the cut at `out`."""
        cut, job = self._document.path, self._document.job
        if cut is not None and job is not None:
            self._document.media.when_checked(
                lambda orders: self._conform_now(orders, out, wishes, only_approved)
            )

    def write_qc_page(self, out: Path) -> None:
        """Write a page with pictures of every shot."""
        job = self._document.job
        if job is not None:
            self._document.workers.run(_write_qc_page(job, out), self._report)

    def write_markers(self, out: Path) -> None:
        """Write a list of markers that an editing program imports; see `qc.markers`."""
        job = self._document.job
        if job is not None:
            self._document.workers.run(_write_markers(job, out), self._report)

    def _conform_now(
        self, orders: dict[str, DubOrder], out: Path, wishes: DeliveryWishes, only_approved: bool
    ) -> None:
        document = self._document
        cut, job, sheet = document.path, document.job, document.sheet
        if cut is None or job is None or sheet is None:
            return
        place = partial(
            dubbing.place_orders,
            job,
            cut,
            sheet,
            tuple(orders.values()),
            require_consent=document.decisions.project.require_consent,
        )
        write = partial(
            dubbing.conform,
            cut,
            job,
            wishes.how,
            out,
            only_approved=only_approved,
            with_markers=wishes.with_markers,
            sound=wishes.sound,
            mxf=wishes.mxf,
            rules=document.rules,
        )
        told = DeliveryMessage(job.report, sheet, only_approved)
        document.workers.run(_conform(place, write, told), self._report)

    def _report(self, written: _Written) -> None:
        """Say what was written, and offer to open it."""
        text, what, path, notes = written
        self.message.emit(text)
        self.written.emit(what, path, notes)

    def apply_reviews(
        self, job: Job, results: list[DubResult], reviews: list[Review | None]
    ) -> None:
        """Store a review of each result in the JOB folder; None withdraws it."""
        try:
            for result, review in zip(results, reviews, strict=True):
                if review is None:
                    withdraw_review(job, result.shot)
                else:
                    write_review(job, review)
        except DubError as problem:
            self._document.error.emit(problem)
        self._monitor.refresh()

    def _review(
        self, name: str, shots: Collection[str], verdict: Verdict | None, note: str
    ) -> None:
        snapshot, job = self._monitor.snapshot, self._document.job
        results = snapshot.results if snapshot else {}
        known = results.keys() & self._document.orders.keys()  # not while a change is looked at
        rendered = [
            results[shot]
            for shot in shots
            if shot in known and results[shot].report.state == ShotState.RENDERED
        ]
        if job is None or not rendered:
            self.message.emit("None of these shots is rendered yet: render them first, with R.")
            return
        stored = snapshot.reviews if snapshot else {}
        before = [stored.get(result.shot) for result in rendered]
        after = [_make_review(result, verdict, note) for result in rendered]
        self._document.do(_ReviewCommand(name, self, job, rendered, before, after))

    def _prompt_note(self) -> None:
        timecode, shots = self._stop_at(), self._selection.require()
        if not shots:
            return
        label = f"What is to be changed in {describe_shots(shots)}?"
        start = f"{timecode} " if timecode and len(shots) == 1 else ""
        above = QApplication.activeWindow() or self._window  # the viewer may fill the screen
        note = ask_note("Needs changes", label, start, above)
        if note is not None:
            self.send_back(shots, "" if note == timecode else note)

    def _prompt_conform(self) -> None:
        job, cut = self._document.job, self._document.path
        if job is None or cut is None:
            return
        out = default_out(cut, job, self._document.language)
        dialog = DeliverDialog(
            self._deliverable(), out, partial(modes_of, cut), delivery_wishes(cut), self._window
        )
        if dialog.exec():
            remember_delivery(cut, dialog.wishes)
            self.conform(dialog.out, dialog.wishes, only_approved=dialog.only_approved)

    def _deliverable(self) -> DeliverableShots:
        """Return which shots may be in a dubbed cut now."""
        snapshot = self._monitor.snapshot
        reviews = snapshot.reviews if snapshot else {}
        results = snapshot.results if snapshot else {}
        ready = [name for name, cue in self._document.cues.items() if not cue.reason]
        rendered = {n for n, one in results.items() if one.report.state == ShotState.RENDERED}
        approved = {n for n, one in reviews.items() if one.verdict == Verdict.APPROVED} & rendered
        return DeliverableShots(
            tuple(name for name in ready if name in approved),
            tuple(name for name in ready if name in rendered - approved),
            tuple(name for name in ready if name not in rendered),
        )

    def _prompt_qc_page(self) -> None:
        job = self._document.job
        if job is None:
            return
        default = str(self._beside_cut(job, " QC.html"))
        out, _ = QFileDialog.getSaveFileName(self._window, "QC page", default, "HTML (*.html)")
        if out:
            self.write_qc_page(Path(out))

    def _beside_cut(self, job: Job, ending: str) -> Path:
        """Return the path of a file beside the cut, named after it."""
        cut = self._document.path
        return cut.with_name(cut.stem + ending) if cut else job.folder / ending.strip()

    def _prompt_markers(self) -> None:
        job = self._document.job
        if job is None:
            return
        default = str(self._beside_cut(job, " markers.edl"))
        path, kind = QFileDialog.getSaveFileName(
            self._window, "Markers", default, ";;".join(_MARKER_FILTERS)
        )
        if path:
            out = Path(path)
            if out.suffix.casefold() not in MARKER_SUFFIXES:
                out = out.with_name(out.name + _MARKER_FILTERS[kind])
            self.write_markers(out)


class _ReviewCommand(QUndoCommand):
    """The step from the reviews before to those after, and back."""

    def __init__(
        self,
        name: str,
        controller: ReviewController,
        job: Job,
        results: list[DubResult],
        before: list[Review | None],
        after: list[Review | None],
    ) -> None:
        super().__init__(name)
        self._controller, self._job, self._results = controller, job, results
        self._before, self._after = before, after

    def redo(self) -> None:
        self._controller.apply_reviews(self._job, self._results, self._after)

    def undo(self) -> None:
        self._controller.apply_reviews(self._job, self._results, self._before)


def _make_review(result: DubResult, verdict: Verdict | None, note: str) -> Review | None:
    if verdict is None:
        return None
    return Review(result.shot, verdict, note, result.order_sha256)


def _conform(
    place: Callable[[], object], write: Callable[[], JobReport], told: DeliveryMessage
) -> Iterator[_Written]:
    """Bring the orders up to date with what is decided, then write the dubbed cut."""
    place()
    report = write()
    notes = "\n".join(told.notes(report))
    yield told.describe(report), "Dubbed cut", Path(report.conformed), notes


def _write_qc_page(job: Job, out: Path) -> Iterator[_Written]:
    write_qc_page(job, out)
    yield f"The QC page is {out}", "QC page", out, ""


def _write_markers(job: Job, out: Path) -> Iterator[_Written]:
    write_markers(job, out)
    yield f"The markers are {out}", "Markers", out, ""
