"""Orders on a Dask cluster: this machine's GPUs, or a studio's machines behind a scheduler.

    farm run   --- portions of orders --->   scheduler   --->  worker   --->  child: lipflap render
               <-- progress, results ----               <---           <---  events as JSON lines

A worker paints nothing itself: what fells the child fells no worker, and a worker that dies takes
its child along, which notices that nobody listens. Its portion then goes to another worker, which
finds there what is rendered already.
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
from lipflap.core.order import DubResult, ShotState, read_order
from lipflap.plugin.job.events import Event, from_line, to_line
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.path_map import Rules, map_path
from lipflap.plugin.render.background import BackgroundProcess, spawn
from lipflap.plugin.render.render import stored_result, write_no_picture
from lipflap.plugin.render.render_child import render_in_child

if TYPE_CHECKING:
    from distributed import Client, Future

_EVERY_S = 1.0
_ANSWERS_S = 10.0  # within which a scheduler must answer
_JOINED_S = 30.0  # within which the first worker of a cluster must have joined
_TIDY_UP_S = 40.0
_TOPIC = "lipflap"
_QUIET = logging.CRITICAL  # what goes wrong with a worker is told by what becomes of its shots


@contextmanager
def local_cluster(gpus: int, workers: int) -> "Iterator[Client]":
    """A cluster on this machine: a worker a GPU, or so many that paint on the processor."""
    from distributed import Client, Nanny, Scheduler, SpecCluster

    logging.getLogger("distributed").setLevel(_QUIET)
    private = {"host": "127.0.0.1", "dashboard": False}  # nobody else gives it work
    alone = private | {"nthreads": 1, "memory_limit": 0, "silence_logs": _QUIET}
    spec = {
        name: {"cls": Nanny, "options": alone | _worker_options(name, gpus)}
        for name in range(gpus or workers)
    }
    scheduler = {"cls": Scheduler, "options": private}
    with SpecCluster(workers=spec, scheduler=scheduler) as cluster, Client(cluster) as client:
        yield client


def _worker_options(number: int, gpus: int) -> dict[str, Any]:
    """What a worker has of this machine: one GPU of those that may be used."""
    if not gpus:
        return {}
    usable = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    gpu = usable[number] if len(usable) > number and usable[0] else str(number)
    return {"resources": {"GPU": 1}, "env": {"CUDA_VISIBLE_DEVICES": gpu}}


@contextmanager
def scheduler_at(address: str) -> "Iterator[Client]":
    """The cluster behind a scheduler. Raises DubError when it cannot be used."""
    from distributed import Client

    logging.getLogger("distributed").setLevel(_QUIET)
    try:
        client = Client(address, timeout=_ANSWERS_S)
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
        client.wait_for_workers(1, timeout=_JOINED_S)
    except TimeoutError as problem:
        raise DubError("has no worker.", where=address, fix=f"Start one: {start}") from problem
    for worker in client.scheduler_info(n_workers=-1)["workers"].values():
        if worker["nthreads"] > 1 and "GPU" not in worker["resources"]:
            raise DubError(
                f"its worker on {worker['host']} would render {worker['nthreads']} portions at "
                "once, each of which takes all there is.",
                where=address,
                fix=f"Start it so: {start}",
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


def workers_of(client: "Client") -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def run_on_cluster(
    client: "Client", portions: Sequence[tuple[Path, ...]], rules: Rules
) -> Generator[Event, None, None]:
    """Progress and one result for each order; closing ends what is being rendered.

    rules   where the workers find what the orders name, and the orders
    Raises DubError when a file holds no order, and what would stop every shot.
    """
    inbox: SimpleQueue[Future | str] = SimpleQueue()
    waiting: dict[Future, tuple[Path, ...]] = {}
    told: set[str] = set()
    client.subscribe_topic(_TOPIC, lambda event: inbox.put(event[1]))
    has_gpus = any(w["resources"] for w in client.scheduler_info(n_workers=-1)["workers"].values())
    try:
        for portion in portions:
            there = [map_path(str(file), rules) for file in portion]
            needs = {"GPU": 1} if has_gpus else None
            future = client.submit(_render, there, rules, resources=needs, pure=False)
            waiting[future] = portion
            future.add_done_callback(inbox.put)
        while waiting:
            said = _next(inbox)
            heard = [said] if isinstance(said, str) else _outcome(said, waiting.pop(said))
            for event in map(from_line, heard):
                if event and event.shot not in told:
                    yield event
                    told |= {event.shot} if isinstance(event, DubResult) else set()
    finally:
        if waiting:
            _cancel(client, list(waiting))


def _next(inbox: "SimpleQueue[Any]") -> Any:
    """What is said next; a Ctrl-C is heard meanwhile, on Windows too."""
    while True:
        try:
            return inbox.get(timeout=_EVERY_S)
        except Empty:
            continue


def _outcome(future: "Future", portion: tuple[Path, ...]) -> list[str]:
    """Result lines of a portion that has ended, in whatever way."""
    from distributed import KilledWorker

    if future.status == "finished":
        done: _Done = future.result()
        if done.refused:
            raise DubError(done.refused)
        return list(done.results)
    if future.status == "cancelled":
        raise DubError("the scheduler is gone.", fix="Start it again, then `lipflap farm run`.")
    problem = future.exception()
    if not isinstance(problem, KilledWorker):
        raise problem
    return [to_line(_given_up(path)) for path in portion]


def _given_up(path: Path) -> DubResult:
    order = localise_order(read_order(path))
    reason = "Several machines died that were rendering it."
    return stored_result(order) or write_no_picture(order, ShotState.FAILED, reason)


def _cancel(client: "Client", futures: "list[Future]") -> None:
    """Ends portions; returns when no worker is at work any more, or after a while."""
    client.cancel(futures)
    until = monotonic() + _TIDY_UP_S
    while any(client.run(_at_work).values()) and monotonic() < until:
        sleep(0.2)


# Below: what happens on a worker.


@dataclass(frozen=True, slots=True)
class _Done:
    """Result lines of a portion; `refused` says what would have stopped every shot."""

    results: tuple[str, ...]
    refused: str


_working: set[str] = set()


def _at_work() -> int:
    return len(_working)


def _render(files: list[str], rules: Rules) -> _Done:
    from distributed import get_worker

    worker, results, told_at = get_worker(), [], float("-inf")
    key = worker.get_current_task()
    _working.add(key)
    try:
        with closing(render_in_child([Path(file) for file in files], rules=rules)) as events:
            for event in events:
                if worker.state.tasks[key].state == "cancelled":
                    break
                if isinstance(event, DubResult):
                    results.append(to_line(event))
                elif monotonic() - told_at < _EVERY_S:
                    continue
                told_at = monotonic()
                worker.log_event(_TOPIC, to_line(event))
    except DubError as problem:
        return _Done(tuple(results), str(problem))
    finally:
        _working.discard(key)
    return _Done(tuple(results), "")
