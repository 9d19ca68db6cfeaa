"""Render orders on a Dask cluster: this machine's GPUs, or machines behind a scheduler.

    farm run   --- batches of orders --->   scheduler   --->  worker   --->  child: lipflap render
               <-- progress, results ---               <---           <---  events as JSON lines

A worker paints nothing itself: a crash of its child does not end it, and a worker that dies takes
its child along, whose output then has no reader. Its batch goes to another worker, which does not
render again what is rendered already.
"""

import logging
import os
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from lipflap.core.errors import DubError
from lipflap.core.order import read_order
from lipflap.core.result import DubResult, ShotState
from lipflap.plugin.job.events import Event, from_line, to_line
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.path_map import Rules, map_path
from lipflap.plugin.render.background import BackgroundProcess, spawn
from lipflap.plugin.render.capacity import cores
from lipflap.plugin.render.render import stored_result, write_no_picture
from lipflap.plugin.render.render_child import render_in_child

if TYPE_CHECKING:
    from distributed import Client, Future

_REPORT_EVERY_S = 1.0
_SCHEDULER_TIMEOUT_S = 10.0
_FIRST_WORKER_TIMEOUT_S = 30.0
_TIDY_UP_S = 40.0
_TOPIC = "lipflap"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_LOG_LEVEL = logging.CRITICAL  # a worker's troubles show in the results of its shots


@contextmanager
def local_cluster(gpus: int, workers: int) -> "Iterator[Client]":
    """Start a cluster on this machine: a worker for each GPU, or `workers` on the processor."""
    import dask
    from distributed import Client, Nanny, Scheduler, SpecCluster

    logging.getLogger("distributed").setLevel(_LOG_LEVEL)
    private = {"host": "127.0.0.1", "dashboard": False}  # nobody else gives it work
    alone = private | {"nthreads": 1, "memory_limit": 0, "silence_logs": _LOG_LEVEL}
    spec = {
        name: {"cls": Nanny, "options": alone | _worker_options(name, gpus)}
        for name in range(gpus or workers)
    }
    scheduler = {"cls": Scheduler, "options": private}
    with (
        dask.config.set(_threads(gpus or workers)),
        SpecCluster(workers=spec, scheduler=scheduler) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _threads(workers: int) -> dict[str, str | None]:
    """Return Dask's settings that share this machine's cores among workers.

    Dask lets the libraries of a worker use one thread, and the render that it starts with them,
    where the user does not say otherwise. One worker has them all, as `lipflap dub` has.
    """
    share = str(max(1, cores() // workers)) if workers > 1 else None
    return {f"distributed.nanny.pre-spawn-environ.{name}": share for name in _THREADS}


def _worker_options(number: int, gpus: int) -> dict[str, Any]:
    """Return the options of a worker: it sees one GPU of those that may be used."""
    if not gpus:
        return {}
    usable = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    gpu = usable[number] if len(usable) > number and usable[0] else str(number)
    return {"resources": {"GPU": 1}, "env": {"CUDA_VISIBLE_DEVICES": gpu}}


@contextmanager
def scheduler_at(address: str) -> "Iterator[Client]":
    """Connect to the cluster of a scheduler. Raises DubError when it cannot be used."""
    from distributed import Client

    logging.getLogger("distributed").setLevel(_LOG_LEVEL)
    try:
        client = Client(address, timeout=_SCHEDULER_TIMEOUT_S)
    except (OSError, ValueError, TimeoutError) as problem:
        raise DubError(
            f"no scheduler answers: {problem}.", where=address, fix="Start one: dask scheduler"
        ) from problem
    with client:
        _check_workers(client, address)
        yield client


def _check_workers(client: "Client", address: str) -> None:
    start = f"dask worker {address} --nthreads 1"
    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER_TIMEOUT_S)
    except TimeoutError as problem:
        raise DubError(
            "the scheduler has no worker.", where=address, fix=f"Start one: {start}"
        ) from problem
    for worker in client.scheduler_info(n_workers=-1)["workers"].values():
        if worker["nthreads"] > 1 and "GPU" not in worker["resources"]:
            raise DubError(
                f"the worker on {worker['host']} has {worker['nthreads']} threads: it would "
                "render as many batches at once, each of which needs the whole machine.",
                where=address,
                fix=f"Start it with: {start}",
            )


def start_farm(job: Job, address: str, shots: Collection[str] = ()) -> BackgroundProcess:
    """Start rendering orders of a JOB on a cluster, in the background. Raises DubError.

    address   of a Dask scheduler, or "local"
    shots     the shots that are meant; none for all
    The log is JOB/farm.log.
    """
    command = ["farm", "run", str(job.folder.absolute()), "--cluster", address]
    if shots:
        command += ["--only", *shots]
    return spawn(command, job.folder / "farm.log")


def count_workers(client: "Client") -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def run_on_cluster(
    client: "Client", batches: Sequence[tuple[Path, ...]], rules: Rules
) -> Generator[Event, None, None]:
    """Yield progress and one result for each order; closing ends the rendering.

    batches   order files that one worker renders in one process
    rules     where the workers find what the orders name, and the orders
    Raises DubError when a file holds no order, and for what would stop every shot.
    """
    inbox: SimpleQueue[Future | str] = SimpleQueue()
    waiting: dict[Future, tuple[Path, ...]] = {}
    finished: set[str] = set()
    client.subscribe_topic(_TOPIC, lambda event: inbox.put(event[1]))
    has_gpus = any(w["resources"] for w in client.scheduler_info(n_workers=-1)["workers"].values())
    try:
        for batch in batches:
            files = [map_path(str(file), rules) for file in batch]
            resources = {"GPU": 1} if has_gpus else None
            future = client.submit(_render, files, rules, resources=resources, pure=False)
            waiting[future] = batch
            future.add_done_callback(inbox.put)
        while waiting:
            message = _next_message(inbox)
            is_line = isinstance(message, str)
            lines = [message] if is_line else _result_lines(message, waiting.pop(message))
            for event in map(from_line, lines):
                if event and event.shot not in finished:
                    yield event
                    finished |= {event.shot} if isinstance(event, DubResult) else set()
    finally:
        if waiting:
            _cancel(client, list(waiting))


def _next_message(inbox: "SimpleQueue[Any]") -> Any:
    """Wait for a message; a Ctrl-C interrupts that, on Windows too."""
    while True:
        try:
            return inbox.get(timeout=_REPORT_EVERY_S)
        except Empty:
            continue


def _result_lines(future: "Future", batch: tuple[Path, ...]) -> list[str]:
    """Return the result lines of a batch that ended, in whatever way. Raises DubError."""
    from distributed import KilledWorker

    if future.status == "finished":
        outcome: _BatchOutcome = future.result()
        if outcome.error:
            raise DubError(outcome.error)
        return list(outcome.results)
    if future.status == "cancelled":
        raise DubError("the scheduler ended.", fix="Start it again, then `lipflap farm run`.")
    problem = future.exception()
    if not isinstance(problem, KilledWorker):
        raise problem
    return [to_line(_give_up(path)) for path in batch]


def _give_up(path: Path) -> DubResult:
    """Return the result of an order that its workers did not survive."""
    order = localise_order(read_order(path))
    reason = "Several workers died while they rendered it. Their logs may say why."
    return stored_result(order) or write_no_picture(order, ShotState.FAILED, reason)


def _cancel(client: "Client", futures: "list[Future]") -> None:
    """Cancel batches; return when no worker renders any more, or after a while."""
    client.cancel(futures)
    until = monotonic() + _TIDY_UP_S
    while any(client.run(_count_running).values()) and monotonic() < until:
        sleep(0.2)


# Below: what happens on a worker.


@dataclass(frozen=True, slots=True)
class _BatchOutcome:
    """The result lines of a batch; `error` is what stopped all of it."""

    results: tuple[str, ...]
    error: str


_running: set[str] = set()


def _count_running() -> int:
    return len(_running)


def _render(files: list[str], rules: Rules) -> _BatchOutcome:
    from distributed import get_worker

    worker, results, reported_at = get_worker(), [], float("-inf")
    key = worker.get_current_task()
    _running.add(key)
    try:
        with closing(render_in_child([Path(file) for file in files], rules=rules)) as events:
            for event in events:
                if worker.state.tasks[key].state == "cancelled":
                    break
                if isinstance(event, DubResult):
                    results.append(to_line(event))
                elif monotonic() - reported_at < _REPORT_EVERY_S:
                    continue
                reported_at = monotonic()
                worker.log_event(_TOPIC, to_line(event))
    except DubError as problem:
        return _BatchOutcome(tuple(results), str(problem))
    finally:
        _running.discard(key)
    return _BatchOutcome(tuple(results), "")
