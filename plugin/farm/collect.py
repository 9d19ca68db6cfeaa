"""Collect the results of a farm: check each against its order, and join parts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from os import cpu_count
from pathlib import Path

from lipflap.core.encode import concat
from lipflap.core.errors import DiskFull, DubError, MediaBroken, MediaMissing
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file
from lipflap.core.files.sidecar import remove_sidecars
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, joined
from lipflap.core.result import DubResult, ShotReport, ShotState, SyncFigures
from lipflap.plugin.farm.tasks import read_parts
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import LocalOrder
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.job.shot_lock import shot_lock
from lipflap.plugin.render.render import (
    current_result,
    stored_result,
    write_no_picture,
    write_result,
)


@dataclass(frozen=True, slots=True)
class MissingShot:
    """A shot without a good result, and the reason."""

    shot: str
    reason: str


def missing_shots(orders: Iterable[LocalOrder]) -> list[MissingShot]:
    """Return the orders without a good result, after decoding each picture to its end.

    A shot whose picture is not what its result says has failed: the next run renders it.
    Raises DubError when a JOB cannot be written to.
    """
    checked = list(orders)
    with ThreadPoolExecutor(cpu_count()) as pool:
        reasons = zip(checked, pool.map(_missing_reason, checked), strict=True)
        return [MissingShot(order.shot, reason) for order, reason in reasons if reason]


def join_parts(job: Job, orders: Iterable[LocalOrder]) -> None:
    """Join the shots that were rendered in parts, where all parts are there.

    Raises DiskFull, and DubError when a JOB cannot be read.
    """
    parts = read_parts(job)
    for order in orders:
        names = parts.get(order.shot, ())
        if names and not current_result(order):
            _join(order, [read_job_order(job.order(name)) for name in names])


def _join(whole: LocalOrder, parts: Sequence[LocalOrder]) -> None:
    """Join a shot unless parts are still missing; it has failed when they do not fit together."""
    if any(stored_result(part) is None for part in parts):
        return
    try:
        join_results(whole, parts)
    except DiskFull:
        raise
    except DubError as problem:
        write_no_picture(whole, ShotState.FAILED, str(problem))


def _missing_reason(order: LocalOrder) -> str:
    """Return why there is no good result; empty when there is one."""
    result = stored_result(order)
    if result is None:
        return "It is not rendered yet."
    if result.report.state == ShotState.SKIPPED:
        return ""
    if result.report.state == ShotState.FAILED:
        return result.report.reason
    try:
        _check(order.local, result)
    except DubError as problem:
        write_no_picture(order, ShotState.FAILED, str(problem))
        return str(problem)
    return ""


def _check(order: DubOrder, result: DubResult) -> None:
    """Raise DubError unless a new file is the one that was rendered, and as long as ordered."""
    path = order.output.path
    if not result.is_of(fingerprint_of_picture(path)):
        raise MediaBroken("is not the file that was rendered.", where=path, fix=_RENDER_AGAIN)
    info = probe(path)
    with closing(pictures(info, range(info.frame_count))) as decoded:
        count = sum(1 for _ in decoded)
    if count != len(order.written):
        raise MediaBroken(
            f"holds {count} frames instead of {len(order.written)}.", where=path, fix=_RENDER_AGAIN
        )
    if info.first_file is None and info.rate != order.output.rate:
        raise MediaBroken(
            f"plays at {info.rate} frames a second instead of {order.output.rate}.",
            where=path,
            fix=_RENDER_AGAIN,
        )


_RENDER_AGAIN = "Render it again."


def join_results(whole: LocalOrder, parts: Sequence[LocalOrder]) -> DubResult:
    """Join parts into the whole shot, and write and return its result.

    parts   as `split_order` returned them; a shot that is not split has none but itself

    The new file is what a render in one piece writes, byte for byte. The report adds up frames and
    seconds, and has the sync of the part that fits worst. A joined shot is not joined again.
    The media of the parts is removed once the result is written.
    Raises DubError, naming the part, when one is not rendered, failed, or is of another order.
    """
    _check_are_parts(whole.original, [part.original for part in parts])
    with shot_lock(whole.job, whole.shot) as try_lock:
        while not try_lock():
            pass  # each try waits for a second
        result = current_result(whole)
        if result is None:
            result = write_result(whole, _concat(whole, parts))
        if tuple(parts) != (whole,):
            _remove_media(parts)
    return result


def _check_are_parts(whole: DubOrder, parts: Sequence[DubOrder]) -> None:
    if tuple(parts) == (whole,):
        return
    reached = 0
    for part in parts:
        output = replace(part.output, path=whole.output.path)
        as_whole = replace(part, shot=whole.shot, part=None, output=output, consent=whole.consent)
        if as_whole != whole:
            raise DubError(
                f"is not a part of {whole.shot} as it is ordered now.",
                where=part.shot,
                fix=_ORDER_AGAIN,
            )
        if part.written.start != reached:
            break
        reached = part.written.end
    if reached != whole.frames.count:
        raise DubError(
            f"has no part that starts at its frame {reached}.",
            where=whole.shot,
            fix=_ORDER_AGAIN,
        )


_ORDER_AGAIN = "Order the shot again, and render its parts."


def _concat(whole: LocalOrder, parts: Sequence[LocalOrder]) -> DubResult:
    reports = [_report_of(part) for part in parts]
    if len({(r.state, r.faces, r.face, r.camera_shots) for r in reports}) > 1:
        raise DubError(
            "has parts in which different machines found different faces.",
            where=whole.shot,
            fix="Render all parts on machines of one kind, or the shot in one piece.",
        )
    report = _merge(reports)
    if report.state == ShotState.SKIPPED:
        return DubResult(whole.shot, whole.sha256, "", "", report)
    order = whole.local
    path = order.output.path
    remove_sidecars(path)
    concat.concat_parts([part.local.output.path for part in parts], order.output)
    frames = probe(path).frame_count
    if frames != order.frames.count:
        raise MediaBroken(
            f"has {frames} frames once joined, instead of {order.frames.count}.", where=path
        )
    return DubResult(
        whole.shot, whole.sha256, whole.original.output.path, fingerprint_of_picture(path), report
    )


def _report_of(part: LocalOrder) -> ShotReport:
    """Return the report of a rendered part. Raises DubError naming the part."""
    stored, current = stored_result(part), current_result(part)
    if current:
        return current.report
    if stored is None:
        problem = "is not rendered yet."
    elif stored.report.state == ShotState.FAILED:
        problem = f"failed: {stored.report.reason}"
    else:
        problem = "was rendered, but its picture is missing or was changed."
    raise DubError(problem, where=part.shot, fix="Render that part, then collect again.")


def _merge(reports: Sequence[ShotReport]) -> ShotReport:
    seconds = Counter[str]()
    for report in reports:
        seconds.update(report.seconds)
    figures = [report.sync for report in reports if report.sync]
    return replace(
        reports[0],
        frames=sum(report.frames for report in reports),
        repainted_frames=sum(report.repainted_frames for report in reports),
        kept=tuple(one for report in reports for one in report.kept),
        repainted=joined(*(report.repainted for report in reports)),
        blinks=joined(*(report.blinks for report in reports)),
        seconds={stage: round(s, 3) for stage, s in seconds.items()},
        sync=min(figures, key=_clearness, default=None),
    )


def _clearness(sync: SyncFigures) -> float:
    """Return the confidence as a multiple of the chance level."""
    return sync.confidence / sync.chance_level


def _remove_media(parts: Sequence[LocalOrder]) -> None:
    for path in (part.local.output.path for part in parts):
        with suppress(MediaMissing, OSError):  # a file that stays does no harm
            files = [Path(path)]
            if is_sequence(path):
                files = [sequence_file(path, number) for number in numbers_on_disk(path)]
            for file in files:
                file.unlink()
