"""Render orders: each once, by one process at a time, with a result that says what came of it."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from lipflap.core.errors import DiskFull, DubError, NoFace
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.memory import is_out_of_memory, out_of_memory_error
from lipflap.core.order import (
    DubOrder,
    DubResult,
    DubSettings,
    Progress,
    ShotReport,
    ShotState,
    Stage,
    digest,
    read_result,
    result_to_json,
)
from lipflap.core.paint.lockstep import Request, run_lockstep, unbatched
from lipflap.core.serialize import RecordUnreadable
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.folder import remove_stale_files
from lipflap.plugin.job.path_map import Rules, localise_job, localise_order, map_path
from lipflap.plugin.job.progress import forget_progress, progress_file
from lipflap.plugin.job.shot_lock import shot_lock

if TYPE_CHECKING:
    from lipflap.core.paint.painter import Networks

_loading = Lock()


def render_orders(
    orders: Sequence[DubOrder], weights: Path | None, together: int, rules: Rules = ()
) -> Generator[Event, None, None]:
    """Events of all orders as they come, up to `together` rendered at once; else as `render`.

    Those for which memory was short are rendered again when the others are done, half as many at
    once.
    """
    waiting = list(orders)
    for job in {localise_job(order, rules) for order in orders}:
        remove_stale_files(job)
    while waiting:
        together = min(together, len(waiting))
        short: list[DubOrder] = []
        again = short.append if together > 1 else None
        shots = (
            partial(render, one, weights, rules=rules, again=again)
            for one in _while_room(waiting, short)
        )
        yield from run_lockstep(shots, together)
        waiting, together = [*short, *waiting], max(1, together // 2)


def _while_room(waiting: list[DubOrder], short: list[DubOrder]) -> Iterator[DubOrder]:
    """Takes one order after the other from `waiting`, until memory is short for any."""
    while waiting and not short:
        yield waiting.pop(0)


def render(
    order: DubOrder,
    weights: Path | None = None,
    ask: Request = unbatched,
    rules: Rules = (),
    again: Callable[[DubOrder], object] | None = None,
) -> Generator[Event, None, None]:
    """Progress, then the result, which is also written beside the media.

    What stands already is not rendered again. A second process asked for the same shot waits and
    then finds it done. What makes a shot fail is its result, not an exception; closing cancels.

    weights   folder of the face tracker's weights, if it is not its own cache
    ask       how its mouths are painted together with those of other shots
    rules     where this machine finds what the order names; the result names what the order does
    again     told of the order when memory is short for it: there is no result then
    Raises DubError when the model is not there or not the one ordered, and when the JOB folder
    cannot be written to or its disk is full: what would stop every shot.
    """
    here = localise_order(order, rules)
    with shot_lock(here) as is_ours:
        while not is_ours():
            yield Progress(order.shot, Stage.WAIT, 0, len(order.written))
        if standing := current_result(order, rules):
            forget_progress(localise_job(order, rules), order.shot)
            yield standing
            return
        with progress_file(here) as tell:
            events = _dubbing(here, weights, ask)
            try:
                for event in events:
                    if isinstance(event, DubResult):
                        yield write_result(order, _check_unchanged(order, event), rules)
                        return
                    tell(event)
                    yield event
            except NoFace as problem:
                yield write_result(
                    order, no_picture_result(order, ShotState.SKIPPED, str(problem)), rules
                )
            except DiskFull:
                raise
            except Exception as problem:
                short = is_out_of_memory(problem)
                if short and again:
                    again(order)
                elif short or isinstance(problem, DubError):
                    said = out_of_memory_error(order.shot) if short else problem
                    yield write_result(
                        order, no_picture_result(order, ShotState.FAILED, str(said)), rules
                    )
                else:
                    raise


def _dubbing(order: DubOrder, weights: Path | None, ask: Request) -> Iterator[Event]:
    """The events of a shot; what it needs is there when this returns. Raises DubError."""
    with _loading:
        from lipflap.core.paint.painter import batched_across_shots
        from lipflap.core.shot import dub_shot  # takes torch along: seconds others need not wait

        networks = _networks(replace(order.settings, face=None), weights)
    return dub_shot(order, batched_across_shots(networks, ask))


@cache
def _networks(settings: DubSettings, weights: Path | None) -> "Networks":
    """Networks are loaded once for all orders of a process."""
    from lipflap.core.paint.painter import load_networks

    try:
        return load_networks(settings, weights)
    except Exception as problem:
        if not is_out_of_memory(problem):
            raise
        raise out_of_memory_error(settings.model) from problem


def _check_unchanged(order: DubOrder, result: DubResult) -> DubResult:
    """The result in the words of the order, which names the workstation's files."""
    path = order.output.path if result.output_path else ""
    return replace(result, order_sha256=digest(order), output_path=path)


def current_result(order: DubOrder, rules: Rules = ()) -> DubResult | None:
    """What an earlier run made of exactly this order, if that still lies there untouched."""
    result = stored_result(order, rules)
    return result if result and output_matches(result, rules) else None


def output_matches(result: DubResult, rules: Rules = ()) -> bool:
    """Whether what was made of an order still lies there, if anything was."""
    if result.report.state != ShotState.RENDERED:
        return result.report.state == ShotState.SKIPPED
    try:
        made = fingerprint_of_picture(map_path(result.output_path, rules))
    except DubError:
        return False
    return made == result.output_fingerprint


def stored_result(order: DubOrder, rules: Rules = ()) -> DubResult | None:
    """The last result of exactly this order, whatever it says."""
    try:
        result = read_result(localise_job(order, rules).result(order.shot))
    except RecordUnreadable:
        return None
    is_its = result.order_sha256 == digest(order)
    return result if is_its and result.output_path in ("", order.output.path) else None


def no_picture_result(order: DubOrder, state: ShotState, reason: str) -> DubResult:
    """The result of an order that gave no new picture."""
    report = ShotReport(state, reason, len(order.written), 0, 0, None, 0, {})
    return DubResult(order.shot, digest(order), "", "", report)


def write_result(order: DubOrder, result: DubResult, rules: Rules = ()) -> DubResult:
    """The result, which now stands in the JOB. Raises DubError."""
    job = localise_job(order, rules)
    write_text(job.result(order.shot), result_to_json(result))
    forget_progress(job, order.shot)
    return result
