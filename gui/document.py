"""The open cut and all that was decided about it: what views show and commands change.

cut (read once)  +  decisions (undo stack)  ->  cue sheet  ->  looked at, cue by cue
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.order import DubOrder
from lipflap.gui.commands import Decide, Step
from lipflap.gui.settings import job_folder, remember_cut, remember_job_folder
from lipflap.gui.worker import Worker
from lipflap.plugin.cli.dub import parse_request
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.cut.cut import Cut, DubLine, Shot
from lipflap.plugin.cut.decisions import (
    Decisions,
    apply_slips,
    decisions_path,
    read_decisions,
    stale_decisions,
    write_decisions,
)
from lipflap.plugin.dubbing import (
    DubRequest,
    make_cue_sheet,
    model_sha256,
    read_cut,
    with_decisions,
)
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.media_check import (
    MediaCheck,
    check_media,
    checked_orders,
    unchecked,
    with_results,
)

_EVERY_S = 0.3  # between two messages to the views while media is looked at


class CutDocument(QObject):
    """Holds one cut, or none. Reading and looking at media happen in threads of their own.

    opened          a cut lies on the desk; its media is still being looked at
    sheet_changed   names of the shots whose cues are not what they were
    refused_path    the cut that was asked for last, whether it could be read or not
    checking        how many cues were looked at, of how many
    refused         a DubError: the cut, its decisions or its job cannot be used
    noticed         words for who sits here
    """

    opened = Signal()
    sheet_changed = Signal(object)
    checking = Signal(int, int)
    refused = Signal(object)
    noticed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self.cut: Cut | None = None
        self.decisions = Decisions()
        self.sheet: CueSheet | None = None
        self.job: Job | None = None
        self._lines: tuple[DubLine, ...] = ()
        self._request: DubRequest | None = None
        self._asked: CueSheet | None = None
        self._known: dict[str, MediaCheck] = {}
        self._workers: set[Worker] = set()
        self._checker: Worker | None = None
        self.refused_path: Path | None = None
        self._waiting: list[Callable[[dict[str, DubOrder]], object]] = []

    @property
    def path(self) -> Path | None:
        return self._request.cut if self._request else None

    @property
    def is_looking(self) -> bool:
        """Whether media is being looked at."""
        return self._checker is not None

    @property
    def lines(self) -> tuple[DubLine, ...]:
        """All sound of the cut, where it is decided to play."""
        return self._lines

    @property
    def orders(self) -> dict[str, DubOrder]:
        """By shot, of all whose media was looked at and will do."""
        made = checked_orders(self._asked, self._known) if self._asked else ()
        return {order.shot: order for order in made}

    def shot(self, name: str) -> Shot | None:
        return next((s for s in self.cut.shots if s.name == name), None) if self.cut else None

    def open(self, path: Path, dub: str | None = None, dub_at: str | None = None) -> None:
        """Read a cut; `opened` or `refused` follows.

        dub   as on the command line; None for what was decided earlier, or what the cut tells
        """
        self.refused_path = path = path.expanduser().absolute()
        try:
            kept = (
                read_decisions(decisions_path(path))
                if decisions_path(path).exists()
                else Decisions()
            )
        except DubError as problem:
            self.refused.emit(problem)
            return
        if dub is not None:
            kept = replace(kept, dub=dub, dub_at=dub_at)
        request = replace(_request(path, kept), decisions=kept)
        job = Job(job_folder(path))
        self.work(_read(request, job), lambda read: self._lay_out(request, job, *read))

    def close(self) -> None:
        """End what still runs; the desk is empty."""
        for worker in list(self._workers):
            worker.requestInterruption()
            worker.wait()
        self.cut = self.sheet = self.job = self._asked = self._request = None

    def decide(self, step: Step) -> None:
        """Take a step that can be undone."""
        name, after = step
        if after != self.decisions:
            self.undo.push(Decide(name, self.decisions, after, self._settle))

    def use_job_folder(self, folder: Path) -> None:
        """Render into another folder from now on."""
        if self.path is not None:
            remember_job_folder(self.path, folder)
            self.open(self.path)

    def when_looked_at(self, then: Callable[[dict[str, DubOrder]], object]) -> None:
        """Call with all orders by shot, once all media has been looked at."""
        if self._checker is None:
            then(self.orders)
        else:
            self._waiting.append(then)

    def look_again(self) -> None:
        """Read the cut again and look at all its media anew; `opened` follows.

        Files come and go, and cuts are saved again. What was decided stays, and can be undone.
        """
        request, job = self._request, self.job
        if request is None or job is None:
            return

        def read_again(read: tuple[Cut, CueSheet]) -> None:
            if request is self._request:
                self._lay_out(request, job, *read)
            else:  # decided otherwise meanwhile
                self.look_again()

        self.work(_read(request, job), read_again)

    def work(
        self,
        events: Iterator[object],
        on_report: Callable[..., object],
        on_end: Callable[[], object] | None = None,
    ) -> Worker:
        """Go through `events` in a thread; what they raise is refused in words."""
        worker = Worker(events, self)
        worker.reported.connect(on_report)
        worker.failed.connect(self.refused)
        self._workers.add(worker)

        def ended() -> None:
            self._workers.discard(worker)
            if on_end:
                on_end()
            worker.deleteLater()

        worker.finished.connect(ended)
        worker.start()
        return worker

    def _lay_out(self, request: DubRequest, job: Job, cut: Cut, asked: CueSheet) -> None:
        if request.cut != self.path or request.decisions != self.decisions:
            self.undo.clear()
        self.cut, self.job, self._request = cut, job, request
        self.decisions, self._asked, self._known = request.decisions, asked, {}
        self.sheet, self._lines = asked, apply_slips(cut.lines, self.decisions.slips)
        remember_cut(request.cut)
        self.opened.emit()
        if gone := stale_decisions(self.decisions, cut):
            self.noticed.emit(f"Decided about, but no longer in the cut: {', '.join(gone)}.")
        self._look()

    def _settle(self, decisions: Decisions) -> None:
        """Let decisions count, and keep them beside the cut."""
        if self.cut is None or self._asked is None or self._request is None:
            return
        self._asked = with_decisions(self._asked, self.cut, self.decisions, decisions)
        self.decisions, self._lines = decisions, apply_slips(self.cut.lines, decisions.slips)
        self._request = replace(self._request, decisions=decisions, consent=decisions.consent)
        self._show()
        self._look()
        try:
            write_text(decisions_path(self._request.cut), write_decisions(decisions))
        except DubError as problem:
            self.refused.emit(problem)

    def _show(self) -> None:
        """Say which cues are not what they were."""
        if self._asked is None or self.sheet is None:
            return
        before, self.sheet = self.sheet, with_results(self._asked, self._known)
        pairs = zip(before.cues, self.sheet.cues, strict=True)
        if changed := {new.shot.name for old, new in pairs if old is not new and old != new}:
            self.sheet_changed.emit(changed)

    def _look(self) -> None:
        """Look at the media of cues that nothing is known of, in the background."""
        if self._checker is not None:
            self._checker.requestInterruption()
            self._checker = None
        if self._asked is None or self._request is None or self.job is None:
            return
        waiting = unchecked(self._asked, self._known)
        if not waiting.cues:
            self._looked()
            return
        total, done = len(waiting.cues), 0
        looked_at = check_media(waiting, self._request.settings, self.job, model_sha256)

        def seen(some: tuple[MediaCheck, ...]) -> None:
            nonlocal done
            if self._checker is not checker:  # decided otherwise meanwhile
                return
            done += len(some)
            self._known.update((one.requested.shot.name, one) for one in some)
            self._show()
            self.checking.emit(done, total)

        def ended() -> None:
            if self._checker is checker:
                self._checker = None
                self._looked()

        self._checker = checker = self.work(_by(looked_at, _EVERY_S), seen, ended)

    def _looked(self) -> None:
        """All that is asked for now has been looked at."""
        self.checking.emit(0, 0)
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then(self.orders)


def _request(cut: Path, kept: Decisions) -> DubRequest:
    """What the command line would ask for if nothing else were said."""
    words = [str(cut)]
    words += [f"--dub={kept.dub}"] if kept.dub is not None else []
    words += [f"--dub-at={kept.dub_at}"] if kept.dub_at is not None else []
    return replace(parse_request(words), consent=kept.consent)


def _read(request: DubRequest, job: Job) -> Iterator[tuple[Cut, CueSheet]]:
    cut = read_cut(request, job.bundle)
    yield cut, make_cue_sheet(request, cut)


def _by(some: Iterator[MediaCheck], every_s: float) -> Iterator[tuple[MediaCheck, ...]]:
    """What came together in so many seconds: views are not troubled for each; the first at once."""
    held: list[MediaCheck] = []
    due = monotonic()
    for one in some:
        held.append(one)
        if monotonic() >= due:
            yield tuple(held)
            held, due = [], monotonic() + every_s
    if held:
        yield tuple(held)
