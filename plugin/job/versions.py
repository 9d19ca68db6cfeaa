"""Earlier renders of a shot: kept when its order changes, put back when the order comes back.

JOB/versions/<shot>/<digest>/    order.json, result.json, review.json if there was a verdict,
                                 and media/: the picture, or the pictures of a sequence

A picture is linked, not copied, where the disk can: keeping a version costs no room until the shot
is rendered again.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from lipflap.core.files.atomic import atomic_file, atomic_folder, copy_file
from lipflap.core.files.sidecar import picture_files, remove_sidecars
from lipflap.core.order import DubOrder, digest, read_order
from lipflap.core.result import DubResult, ShotState, read_result
from lipflap.core.serialize import RecordUnreadable
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.progress import is_rendering

_DIGITS = 16  # of the digest in the name of a version's folder


@dataclass(frozen=True, slots=True)
class Version:
    """A render of a shot that is kept.

    order    that it was made from
    result   its output path is that of the kept picture
    folder   in which it is kept
    """

    order: DubOrder
    result: DubResult
    folder: Path


def keep_version(job: Job, shot: str) -> Version | None:
    """Keep the render that a shot has now; None when it has none. Raises DubError."""
    made = current_render(job, shot)
    if made is None:
        return None
    order, result = made
    folder = _folder(job, shot, result.order_sha256)
    if not folder.exists():
        with atomic_folder(folder) as temp:
            (temp / "media").mkdir()
            for file in picture_files(result.output_path):
                _link(file, temp / "media" / file.name)
            _link(job.order(shot), temp / "order.json")
            _link(job.result(shot), temp / "result.json")
    _copy_review(job.review(shot), folder / "review.json")
    return _version(order, result, folder)


def current_render(job: Job, shot: str) -> tuple[DubOrder, DubResult] | None:
    """Return the rendered picture of a shot and the order it was made from, in the JOB now."""
    try:
        order, result = read_order(job.order(shot)), read_result(job.result(shot))
    except RecordUnreadable:
        return None
    is_whole = result.report.state == ShotState.RENDERED and result.order_sha256 == digest(order)
    return (order, result) if is_whole and picture_files(result.output_path) else None


def list_versions(job: Job, shot: str) -> tuple[Version, ...]:
    """Return the kept renders of a shot, the oldest first."""
    found: list[tuple[int, Version]] = []
    folder = job.folder / "versions" / job.order(shot).stem
    with suppress(OSError):
        for each in folder.iterdir():
            with suppress(RecordUnreadable, OSError):
                order, result = read_order(each / "order.json"), read_result(each / "result.json")
                changed_ns = (each / "result.json").stat().st_mtime_ns
                found.append((changed_ns, _version(order, result, each)))
    return tuple(version for _, version in sorted(found, key=lambda item: item[0]))


def restore_version(job: Job, order: DubOrder) -> bool:
    """Put back the render of exactly this order, if one is kept; return whether one was.

    The render that is there now is kept. Nothing changes while the shot is rendered.
    Raises DubError.
    """
    folder = _folder(job, order.shot, digest(order))
    if not folder.exists() or is_rendering(job, order.shot):
        return False
    made = current_render(job, order.shot)
    if made is not None and made[1].order_sha256 == digest(order):
        return False
    keep_version(job, order.shot)
    remove_sidecars(order.output.path)
    kept = {file.name: file for file in (folder / "media").iterdir()}
    for name, file in kept.items():
        _put(file, Path(order.output.path).parent / name)
    for file in picture_files(order.output.path):
        if file.name not in kept:
            file.unlink()  # a sequence that was longer
    _put(folder / "order.json", job.order(order.shot))
    if (folder / "review.json").exists():
        _put(folder / "review.json", job.review(order.shot))
    _put(folder / "result.json", job.result(order.shot))
    return True


def change_orders(job: Job, orders: Iterable[DubOrder]) -> None:
    """Keep the renders that these new orders put out of date; put back those made from them.

    To be called before the orders are written. Raises DubError.
    """
    for order in orders:
        made = current_render(job, order.shot)
        if not restore_version(job, order) and made and made[1].order_sha256 != digest(order):
            keep_version(job, order.shot)


def _version(order: DubOrder, result: DubResult, folder: Path) -> Version:
    path = str(folder / "media" / Path(result.output_path).name)
    return Version(order, replace(result, output_path=path), folder)


def _folder(job: Job, shot: str, order_sha256: str) -> Path:
    return job.folder / "versions" / job.order(shot).stem / order_sha256[:_DIGITS]


def _copy_review(review: Path, kept: Path) -> None:
    """Keep the verdict as it is now, or that there is none."""
    if review.exists():
        copy_file(review, kept)
    else:
        kept.unlink(missing_ok=True)


def _put(source: Path, path: Path) -> None:
    """Put a kept file in the place of another."""
    with atomic_file(path) as temp:
        _link(source, temp)


def _link(source: Path, path: Path) -> None:
    """Link a file, or copy it where the disk cannot link."""
    try:
        os.link(source, path)
    except OSError:
        copy_file(source, path)
