"""From shots that are to be rendered to a worker that renders them and outlives the panel."""

from collections.abc import Callable, Collection, Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor
from lipflap.plugin.farm.cluster import start_farm
from lipflap.plugin.job.folder import Job, claim_folder, write_orders
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

_LOOK_MS = 1000

_started: list[BackgroundProcess] = []


class RenderController(QObject):
    """Queues the desk's shots, and has a process of its own render them.

    noticed   words for who sits here
    """

    noticed = Signal(str)

    def __init__(self, desk: CutDocument, watch: JobMonitor) -> None:
        super().__init__(desk)
        self._desk, self._watch = desk, watch
        self._place = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._tell_trouble)
        self._timer.start()

    def render(self, shots: Collection[str]) -> None:
        """Order what is on the desk, queue these shots, and begin."""

        def begin(orders: dict[str, DubOrder]) -> None:
            wanted = [shot for shot in orders if shot in shots]
            if not wanted:
                self.noticed.emit("None of these shots can be rendered; the list says why.")
                return
            if self._place:
                self._with_orders(orders, lambda job: _keep(start_farm(job, self._place, wanted)))
            else:
                self._with_orders(orders, lambda job: _queued(job, wanted))

        self._desk.when_looked_at(begin)

    def render_on_farm(self, address: str) -> None:
        """Order what is on the desk, and give all of it to a cluster."""
        self._desk.when_looked_at(
            lambda orders: self._with_orders(orders, lambda job: _keep(start_farm(job, address)))
        )

    def use_place(self, address: str) -> None:
        """Where to render from now on: the address of a cluster, or empty for this machine."""
        self._place = address

    def pause(self) -> None:
        self._told(pause)

    def go_on(self) -> None:
        self._told(_go_on)

    def pause_or_go_on(self) -> None:
        self._told(lambda job: _go_on(job) if read_queue(job).paused else pause(job))

    def move(self, shots: Collection[str], by: int) -> None:
        self._told(lambda job: move(job, shots, by))

    def clear(self) -> None:
        self._told(clear_finished)

    def cancel(self, shots: Collection[str]) -> None:
        self._told(lambda job: unqueue(job, shots))

    def retry_failed(self) -> None:
        seen = self._watch.last
        failed = (
            [one.shot for one in seen.status.shots if one.state == RenderState.FAILED]
            if seen
            else []
        )
        if failed:
            self._told(lambda job: _queued(job, failed))

    def _with_orders(self, orders: dict[str, DubOrder], then: Callable[[Job], object]) -> None:
        sheet, path = self._desk.sheet, self._desk.path

        def placing(job: Job) -> None:
            if sheet is not None and path is not None:
                claim_folder(job, path)
                write_orders(job, sheet, orders.values())
                then(job)

        self._told(placing)

    def _tell_trouble(self) -> None:
        """Take leave of what has ended; say why, where that was not for lack of work."""
        for ended in [one for one in _started if not one.is_running]:
            _started.remove(ended)
            if ended.failure:
                fix = f"Read {ended.log}."
                self._desk.refused.emit(DubError(ended.failure, where="Rendering", fix=fix))

    def _told(self, does: Callable[[Job], object]) -> None:
        """Do something to the JOB folder off the GUI thread, then look what came of it."""
        job = self._desk.job
        if job is not None:
            self._desk.work(_doing(does, job), lambda _done: None, self._watch.look)


def _doing(does: Callable[[Job], object], job: Job) -> Iterator[object]:
    yield does(job)


def _queued(job: Job, shots: Collection[str]) -> None:
    enqueue(job, shots)
    _go_on(job)


def _go_on(job: Job) -> None:
    resume(job)
    if not live_workers(job):
        _keep(start_worker(job))


def _keep(begun: BackgroundProcess) -> None:
    """A process that may outlive us is not ours to end, only to take leave of once it has ended."""
    _started.append(begun)
