"""Render orders: each once, by one process at a time, with a result that says what came of it."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from lipflap.core.errors import DubError, NoFace
from lipflap.core.fingerprint import fingerprint_of_picture
from lipflap.core.lockstep import Ask, alone, in_lockstep
from lipflap.core.order import (
    FAILED,
    LEFT,
    WAIT,
    DubOrder,
    DubResult,
    DubSettings,
    Progress,
    ShotReport,
    digest,
    read_result,
    result_to_json,
)
from lipflap.core.record_json import RecordUnreadable
from lipflap.plugin.events import Event
from lipflap.plugin.job import job_of, unwritable, write_text
from lipflap.plugin.shot_progress import told_by_file

if TYPE_CHECKING:
    from lipflap.core.kit import Kit

_PATIENCE_S = 1.0
_loading = Lock()


def render_together(
    orders: Sequence[DubOrder], weights: Path | None, together: int
) -> Generator[Event, None, None]:
    """Events of all orders as they come, up to `together` rendered at once; else as `render`."""
    shots = [partial(render, order, weights) for order in orders]
    return in_lockstep(shots, min(together, len(shots)))


def render(
    order: DubOrder, weights: Path | None = None, ask: Ask = alone
) -> Generator[Event, None, None]:
    """Progress, then the result, which is also written beside the media.

    What stands already is not rendered again. A second process asked for the same shot waits and
    then finds it done. What makes a shot fail is its result, not an exception; closing cancels.

    weights   folder of the face tracker's weights, if it is not its own cache
    ask       how its mouths are painted together with those of other shots
    Raises DubError when the model is not there or not the one ordered, and when the JOB folder
    cannot be written to: what would stop every shot.
    """
    with _lock(job_of(order).lock(order.shot)) as lock:
        while not _locked(lock):
            yield Progress(order.shot, WAIT, 0, len(order.written))
        if standing := standing_result(order):
            yield standing
            return
        with told_by_file(order) as tell:
            try:
                for event in _dubbing(order, weights, ask):
                    if isinstance(event, DubResult):
                        yield _recorded(order, event)
                        return
                    tell(event)
                    yield event
            except NoFace as problem:
                yield _recorded(order, without_picture(order, LEFT, str(problem)))
            except DubError as problem:
                yield _recorded(order, without_picture(order, FAILED, str(problem)))


def _dubbing(order: DubOrder, weights: Path | None, ask: Ask) -> Iterator[Event]:
    """The events of a shot; what it needs is there when this returns. Raises DubError."""
    with _loading:
        from lipflap.core.kit import in_company
        from lipflap.core.shot import dub_shot  # takes torch along: seconds others need not wait

        kit = _kit(replace(order.settings, face=None), weights)
    return dub_shot(order, in_company(kit, ask))


@cache
def _kit(settings: DubSettings, weights: Path | None) -> "Kit":
    """Networks are loaded once for all orders of a process."""
    from lipflap.core.kit import load_kit

    return load_kit(settings, weights)


def standing_result(order: DubOrder) -> DubResult | None:
    """What an earlier run made of exactly this order, if that still lies there untouched."""
    result = result_of(order)
    if result is None or result.report.state == FAILED:
        return None
    if result.report.state == LEFT:
        return result
    try:
        untouched = fingerprint_of_picture(result.output_path) == result.output_fingerprint
    except DubError:
        return None
    return result if untouched else None


def result_of(order: DubOrder) -> DubResult | None:
    """The last result of exactly this order, whatever it says."""
    try:
        result = read_result(job_of(order).result(order.shot))
    except RecordUnreadable:
        return None
    return result if result.order_sha256 == digest(order) else None


def without_picture(order: DubOrder, state: str, reason: str) -> DubResult:
    """The result of an order that gave no new picture."""
    report = ShotReport(state, reason, len(order.written), 0, 0, None, 0, {})
    return DubResult(order.shot, digest(order), "", "", report)


def _recorded(order: DubOrder, result: DubResult) -> DubResult:
    write_text(job_of(order).result(order.shot), result_to_json(result))
    return result


@contextmanager
def _lock(lock_file: Path) -> Iterator[FileLock]:
    """A lock, not yet taken, that ends with this block or with this process, however it ends."""
    lock = FileLock(lock_file, poll_interval=0.1)
    try:
        lock_file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise unwritable(lock_file, problem) from problem
    try:
        yield lock
    finally:
        lock.release()


def _locked(lock: FileLock) -> bool:
    """Whether it is ours, after a moment's trying."""
    try:
        lock.acquire(timeout=_PATIENCE_S)
    except Timeout:
        return False
    except OSError as problem:
        raise unwritable(Path(lock.lock_file), problem) from problem
    return True
