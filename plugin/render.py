"""Render one order: once, by one process at a time, with a result that says what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from lipflap.core.errors import DubError, NoFace
from lipflap.core.fingerprint import fingerprint, fingerprint_of_all
from lipflap.core.order import (
    FAILED,
    LEFT,
    DubOrder,
    DubResult,
    ShotReport,
    digest,
    read_result,
    result_to_json,
)
from lipflap.core.record_json import RecordUnreadable
from lipflap.plugin.events import Event
from lipflap.plugin.job import job_of, unwritable, write_text


def render(order: DubOrder) -> Iterator[Event]:
    """Progress, then the result, which is also written beside the media.

    What stands already is not rendered again. A second process asked for the same shot waits and
    then finds it done. What makes a shot fail is its result, not an exception; closing cancels.
    Raises DubError when the JOB folder cannot be written to.
    """
    from lipflap.core.shot import dub_shot  # takes torch along: seconds that others need not wait

    with _alone(job_of(order).lock(order.shot)):
        if standing := standing_result(order):
            yield standing
            return
        try:
            for event in dub_shot(order):
                if isinstance(event, DubResult):
                    yield _recorded(order, event)
                    return
                yield event
        except NoFace as problem:
            yield _recorded(order, without_picture(order, LEFT, str(problem)))
        except DubError as problem:
            yield _recorded(order, without_picture(order, FAILED, str(problem)))


def standing_result(order: DubOrder) -> DubResult | None:
    """What an earlier run made of exactly this order, if that still lies there untouched."""
    result = result_of(order)
    if result is None or result.report.state == FAILED:
        return None
    if result.report.state == LEFT:
        return result
    try:
        return result if _fingerprint(order, result) == result.output_fingerprint else None
    except DubError:
        return None


def result_of(order: DubOrder) -> DubResult | None:
    """The last result of exactly this order, whatever it says."""
    try:
        result = read_result(job_of(order).result(order.shot))
    except RecordUnreadable:
        return None
    return result if result.order_sha256 == digest(order) else None


def without_picture(order: DubOrder, state: str, reason: str) -> DubResult:
    """The result of an order that gave no new picture."""
    report = ShotReport(state, reason, order.frames.count, 0, 0, None, 0, {})
    return DubResult(order.shot, digest(order), "", "", report)


def _fingerprint(order: DubOrder, result: DubResult) -> str:
    """Of the new file as it lies there now. Raises MediaMissing."""
    path, start = result.output_path, order.output.start_frame
    if "%" not in Path(path).name:
        return fingerprint(Path(path))
    return fingerprint_of_all([Path(path % (start + i)) for i in range(order.frames.count)])


def _recorded(order: DubOrder, result: DubResult) -> DubResult:
    write_text(job_of(order).result(order.shot), result_to_json(result))
    return result


@contextmanager
def _alone(lock_file: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends."""
    lock = FileLock(lock_file, poll_interval=0.5)
    try:
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as problem:
        raise unwritable(lock_file, problem) from problem
    try:
        yield
    finally:
        lock.release()
