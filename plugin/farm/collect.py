"""What came home: every result checked against its order, parts joined, what is wrong named."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from os import cpu_count

from lipflap.core.errors import DiskFull, DubError, MediaBroken
from lipflap.core.fingerprint import fingerprint_of_picture
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe
from lipflap.core.order import FAILED, LEFT, DubOrder, DubResult
from lipflap.plugin.farm.chunks import parts_given
from lipflap.plugin.farm.joining import join
from lipflap.plugin.farm.path_map import Rules, mapped
from lipflap.plugin.job import Job
from lipflap.plugin.order_file import order_in
from lipflap.plugin.render import recorded, result_of, standing_result, without_picture


@dataclass(frozen=True, slots=True)
class Wanting:
    """A shot that is not there as it was ordered, and why."""

    shot: str
    why: str


def wanting(orders: Iterable[DubOrder], rules: Rules = ()) -> list[Wanting]:
    """The orders without a good result, each picture decoded to its end.

    A picture that is not what its result says is recorded as failed: the next run renders it.
    rules  where this machine finds what the orders name
    Raises DubError when a JOB cannot be written to.
    """
    asked = list(orders)
    with ThreadPoolExecutor(cpu_count()) as pool:
        reasons = pool.map(lambda order: _why_not(order, rules), asked)
        return [Wanting(o.shot, why) for o, why in zip(asked, reasons, strict=True) if why]


def join_parts(job: Job, orders: Iterable[DubOrder]) -> None:
    """Join the shots that were rendered in parts, where all parts are there.

    Raises DiskFull, and DubError when a JOB cannot be read.
    """
    given = parts_given(job)
    for order in orders:
        names = given.get(order.shot, ())
        if names and not standing_result(order):
            _join(order, [order_in(job.order(name)) for name in names])


def _join(whole: DubOrder, parts: Sequence[DubOrder]) -> None:
    """A shot whose parts do not make a whole has failed; one that waits for parts waits."""
    if any(result_of(part) is None for part in parts):
        return
    try:
        join(whole, parts)
    except DiskFull:
        raise
    except DubError as problem:
        recorded(whole, without_picture(whole, FAILED, str(problem)))


def _why_not(order: DubOrder, rules: Rules) -> str:
    """Why there is no good result; empty when there is one."""
    result = result_of(order, rules)
    if result is None:
        return "It is not rendered yet."
    if result.report.state == LEFT:
        return ""
    if result.report.state == FAILED:
        return result.report.reason
    try:
        _check(order, result, mapped(result.output_path, rules))
    except DubError as problem:
        recorded(order, without_picture(order, FAILED, str(problem)), rules)
        return str(problem)
    return ""


def _check(order: DubOrder, result: DubResult, path: str) -> None:
    """Raises DubError unless a new file is the one that was made, whole and as long as ordered."""
    if fingerprint_of_picture(path) != result.output_fingerprint:
        raise MediaBroken("is not the file that was rendered.", where=path, fix=_AGAIN)
    info = probe(path)
    with closing(pictures(info, range(info.frame_count))) as decoded:
        count = sum(1 for _ in decoded)
    if count != len(order.written):
        raise MediaBroken(
            f"holds {count} frames, ordered were {len(order.written)}.", where=path, fix=_AGAIN
        )
    if info.first_file is None and info.rate != order.output.rate:
        raise MediaBroken(
            f"plays at {info.rate} frames a second, ordered were {order.output.rate}.",
            where=path,
            fix=_AGAIN,
        )


_AGAIN = "Render it again."
