"""Render each order once, by one process at a time, and write its result into the JOB."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from lipflap.core.errors import DiskFull, DubError, NoFace
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.files.sidecar import remove_sidecars
from lipflap.core.memory import is_out_of_memory, out_of_memory_error
from lipflap.core.order import DubOrder, DubSettings, digest
from lipflap.core.paint.lockstep import Request, run_lockstep, unbatched
from lipflap.core.result import (
    DubResult,
    Progress,
    ShotReport,
    ShotState,
    Stage,
    read_result,
    result_to_json,
)
from lipflap.core.serialize import RecordUnreadable
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.folder import remove_stale_files
from lipflap.plugin.job.local_order import LocalOrder
from lipflap.plugin.job.progress import progress_file, remove_progress
from lipflap.plugin.job.shot_lock import shot_lock

if TYPE_CHECKING:
    from lipflap.core.paint.painter import Networks

_loading = Lock()


def render_orders(
    orders: Sequence[LocalOrder], weights: Path | None, together: int
) -> Generator[Event, None, None]:
    """Render orders as `render` does, up to `together` at once; yield events as they come.

    Shots that ran out of memory are rendered again when the others are done, half as many at once.
    """
    waiting = list(orders)
    for job in {order.job for order in orders}:
        remove_stale_files(job)
    while waiting:
        together = min(together, len(waiting))
        short: list[LocalOrder] = []
        when_short = short.append if together > 1 else None
        shots = (
            partial(render, order, weights, when_short=when_short)
            for order in _while_room(waiting, short)
        )
        yield from run_lockstep(shots, together)
        waiting, together = [*short, *waiting], max(1, together // 2)


def _while_room(waiting: list[LocalOrder], short: list[LocalOrder]) -> Iterator[LocalOrder]:
    """Yield orders from `waiting` one by one, until one of them has run out of memory."""
    while waiting and not short:
        yield waiting.pop(0)


def render(
    order: LocalOrder,
    weights: Path | None = None,
    request: Request = unbatched,
    when_short: Callable[[LocalOrder], object] | None = None,
) -> Generator[Event, None, None]:
    """Yield progress, then the result, which is also written into the JOB.

    A shot that is rendered already is not rendered again. A second process that is to render the
    same shot waits, and then finds it done. A failure of the shot is its result, not an exception.
    Closing the generator cancels the rendering.

    weights      folder of the face tracker's weights, if it is not its own cache
    request      evaluates networks in batches shared with other shots
    when_short   called with the order when it runs out of memory, in place of a result
    Raises DubError for what would stop every shot: the model is missing or not the one ordered,
    the JOB folder cannot be written to, or its disk is full.
    """
    with shot_lock(order.job, order.shot) as try_lock:
        while not try_lock():
            yield Progress(order.shot, Stage.WAIT, 0, len(order.local.written))
        if result := current_result(order):
            remove_progress(order.job, order.shot)
            yield result
            return
        remove_sidecars(order.local.output.path)
        with progress_file(order.job, order.shot, order.local.analysed_frames) as write_progress:
            events = _dub(order.local, weights, request)
            try:
                for event in events:
                    if isinstance(event, DubResult):
                        yield write_result(order, _with_original_path(order, event))
                        return
                    write_progress(event)
                    yield event
            except NoFace as problem:
                yield write_no_picture(order, ShotState.SKIPPED, str(problem))
            except DiskFull:
                raise
            except Exception as problem:
                is_short = is_out_of_memory(problem)
                if is_short and when_short:
                    when_short(order)
                elif is_short or isinstance(problem, DubError):
                    reason = out_of_memory_error(order.shot) if is_short else problem
                    yield write_no_picture(order, ShotState.FAILED, str(reason))
                else:
                    raise


def _dub(order: DubOrder, weights: Path | None, request: Request) -> Iterator[Event]:
    """Return the events of a shot, after its networks are loaded. Raises DubError."""
    with _loading:
        from lipflap.core.paint.painter import batched_across_shots
        from lipflap.core.shot import dub_shot  # imports torch, which takes seconds

        networks = _networks(replace(order.settings, face=None, seed=0, blink=False), weights)
    return dub_shot(order, batched_across_shots(networks, request))


@cache
def _networks(settings: DubSettings, weights: Path | None) -> "Networks":
    """Load networks, once for all orders of a process."""
    from lipflap.core.paint.painter import load_networks

    try:
        return load_networks(settings, weights)
    except Exception as problem:
        if not is_out_of_memory(problem):
            raise
        raise out_of_memory_error(settings.model) from problem


def _with_original_path(order: LocalOrder, result: DubResult) -> DubResult:
    """Return a result as it is stored: with the paths of the workstation."""
    path = order.original.output.path if result.output_path else ""
    return replace(result, order_sha256=order.sha256, output_path=path)


def current_result(order: LocalOrder) -> DubResult | None:
    """Return the stored result of an order, if its picture is still there, unchanged."""
    result = stored_result(order)
    return result if result and output_matches(result, order.local.output.path) else None


def output_matches(result: DubResult, path: str) -> bool:
    """Return whether the picture at `path` has not changed since its render; True when skipped."""
    if result.report.state != ShotState.RENDERED:
        return result.report.state == ShotState.SKIPPED
    try:
        return result.is_of(fingerprint_of_picture(path))
    except DubError:
        return False


def stored_result(order: LocalOrder) -> DubResult | None:
    """Return the last result of exactly this order, in whatever state."""
    try:
        result = read_result(order.job.result(order.shot))
    except RecordUnreadable:
        return None
    is_in_place = result.output_path == order.original.output.path
    if not result.output_path:
        is_in_place = result.report.state != ShotState.RENDERED
    return result if is_in_place and result.order_sha256 == order.sha256 else None


def no_picture_result(order: DubOrder, state: ShotState, reason: str) -> DubResult:
    """Return the result of an order that gave no new picture."""
    report = ShotReport(state=state, reason=reason, frames=len(order.written))
    return DubResult(order.shot, digest(order), "", "", report)


def write_no_picture(order: LocalOrder, state: ShotState, reason: str) -> DubResult:
    """Write and return the result of an order that gave no new picture. Raises DubError."""
    return write_result(order, no_picture_result(order.original, state, reason))


def write_result(order: LocalOrder, result: DubResult) -> DubResult:
    """Write a result into the JOB of its order, and return it. Raises DubError."""
    result = replace(result, consent=order.original.consent)
    write_text(order.job.result(order.shot), result_to_json(result))
    remove_progress(order.job, order.shot)
    return result
