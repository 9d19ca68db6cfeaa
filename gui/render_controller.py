"""The actions of the Render menu: queue shots, and start a worker that outlives the panel."""

from collections.abc import Callable, Collection, Iterator

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.core.result import ShotState
from lipflap.gui.commands import describe_shots
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor
from lipflap.gui.queue.view import RenderView
from lipflap.gui.selection import ShotSelection
from lipflap.plugin.cut.cuesheet import CueState
from lipflap.plugin.dubbing import place_orders
from lipflap.plugin.farm.cluster import start_farm
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.queue import (
    clear_finished,
    enqueue,
    move,
    pause,
    read_queue,
    resume,
    unqueue,
)
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.render.background import BackgroundProcess
from lipflap.plugin.render.worker import live_workers, start_worker

_POLL_MS = 1000

_started: list[BackgroundProcess] = []


class RenderController(QObject):
    """The controller that queues shots of the open cut, and starts processes to render them.

    window    parent of the dialogs
    message   a line for the status bar
    """

    message = Signal(str)

    def __init__(
        self,
        document: CutDocument,
        monitor: JobMonitor,
        selection: ShotSelection,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._monitor = document, monitor
        self._selection, self._window = selection, window
        self._farm = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._report_failures)
        self._timer.start()

    def serve(self, queue: RenderView) -> None:
        """Do what is asked for in the render queue."""
        queue.pause_requested.connect(self.pause)
        queue.resume_requested.connect(self.resume)
        queue.cancel_requested.connect(self.cancel)
        queue.retry_requested.connect(self.render)
        queue.move_requested.connect(self.move)
        queue.clear_requested.connect(self.clear)
        queue.farm_changed.connect(self.set_farm)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the functions for entries of gui.actions, by name."""
        return {
            "render": lambda: self.render(self._selection.require()),
            "render_all": lambda: self.render(self.left_to_render()),
            "pause": self.toggle_pause,
            "cancel": lambda: self.cancel(self._selection.require()),
            "retry": self.retry_failed,
            "farm": self._prompt_farm,
        }

    def render(self, shots: Collection[str]) -> None:
        """Write the orders of the cut, queue these shots, and start to render."""

        def start(orders: dict[str, DubOrder]) -> None:
            ordered = [shot for shot in orders if shot in shots]
            if not ordered:
                self.message.emit("None of these shots can be rendered: see Remarks in the list.")
                return
            said = f"✓ Render {describe_shots(ordered)}"
            if self._farm:
                self._write_orders(
                    orders, lambda job: _remember(start_farm(job, self._farm, ordered)), said
                )
            else:
                self._write_orders(orders, lambda job: _enqueue(job, ordered), said)

        self._document.media.when_checked(start)

    def left_to_render(self) -> frozenset[str]:
        """Return the shots that are ready and have no picture of their current order."""
        snapshot = self._monitor.snapshot
        done = snapshot.results if snapshot else {}
        queued = frozenset(snapshot.queue.shots) if snapshot else frozenset[str]()
        ready = {name for name, cue in self._document.cues.items() if cue.state == CueState.READY}
        settled = {name for name, result in done.items() if result.report.state != ShotState.FAILED}
        return frozenset(ready - settled - queued)

    def render_on_farm(self, address: str) -> None:
        """Write the orders of the cut, and give all of them to a cluster."""
        self._document.media.when_checked(
            lambda orders: self._write_orders(
                orders, lambda job: _remember(start_farm(job, address))
            )
        )

    def set_farm(self, address: str) -> None:
        """Render on the cluster with this address from now on; on this machine if it is empty."""
        self._farm = address

    def pause(self) -> None:
        self._change_job(pause)

    def resume(self) -> None:
        self._change_job(_resume)

    def toggle_pause(self) -> None:
        self._change_job(lambda job: _resume(job) if read_queue(job).paused else pause(job))

    def move(self, shots: Collection[str], by: int) -> None:
        """Move these shots down the queue by a number of places; up when negative."""
        self._change_job(lambda job: move(job, shots, by))

    def clear(self) -> None:
        """Drop finished shots from the queue."""
        self._change_job(clear_finished)

    def cancel(self, shots: Collection[str]) -> None:
        self._change_job(lambda job: unqueue(job, shots))

    def retry_failed(self) -> None:
        """Queue all shots that failed."""
        snapshot = self._monitor.snapshot
        shots = snapshot.status.shots if snapshot else ()
        if failed := [status.shot for status in shots if status.state == RenderState.FAILED]:
            self._change_job(lambda job: _enqueue(job, failed))

    def _prompt_farm(self) -> None:
        address, accepted = QInputDialog.getText(
            self._window,
            "Render on a farm",
            "Address of its Dask scheduler, such as tcp://farm:8786",
        )
        if accepted and address.strip():
            self.render_on_farm(address.strip())

    def _write_orders(
        self, orders: dict[str, DubOrder], then: Callable[[Job], object], said: str = ""
    ) -> None:
        """Write the orders, then call `then` off the GUI thread; say what was done at its end."""
        sheet, path = self._document.sheet, self._document.path
        required = self._document.decisions.project.require_consent

        def write(job: Job) -> None:
            if sheet is not None and path is not None:
                place_orders(job, path, sheet, tuple(orders.values()), require_consent=required)
                then(job)

        self._change_job(write, said)

    def _report_failures(self) -> None:
        """Forget processes that have ended; emit why, where one failed."""
        for process in [process for process in _started if not process.is_running]:
            _started.remove(process)
            if process.failure:
                fix = f"Read {process.log}."
                self._document.error.emit(DubError(process.failure, where="Rendering", fix=fix))

    def _change_job(self, change: Callable[[Job], object], said: str = "") -> None:
        """Change the JOB folder off the GUI thread, then read its new state; say what was done."""

        def on_done(_done: object) -> None:
            if said:
                self._document.done.emit(said)

        job = self._document.job
        if job is not None:
            self._document.workers.run(_call(change, job), on_done, self._monitor.refresh)


def _call(change: Callable[[Job], object], job: Job) -> Iterator[object]:
    change(job)
    yield True


def _enqueue(job: Job, shots: Collection[str]) -> None:
    enqueue(job, shots)
    _resume(job)


def _resume(job: Job) -> None:
    resume(job)
    if not live_workers(job):
        _remember(start_worker(job))


def _remember(process: BackgroundProcess) -> None:
    """Watch for the end of a process that may outlive the panel."""
    _started.append(process)
