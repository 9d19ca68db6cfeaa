"""Verdicts on rendered shots, in JOB/reviews/: each on the picture that the editor saw."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.disk_space import write_error
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.files.sequence import is_sequence
from lipflap.core.order import DubOrder, digest
from lipflap.core.result import ShotState
from lipflap.core.serialize import RecordUnreadable, from_json, read_text, to_json
from lipflap.plugin.job.file_stamp import FileStamp, file_stamp
from lipflap.plugin.job.folder import Job, job_of
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.render.render import current_result, stored_result

REVIEW_SCHEMA = "lipflap.review/1"


class Verdict(StrEnum):
    """The verdict of an editor on a rendered shot."""

    APPROVED = "approved"
    SENT_BACK = "sent back"


_MAX_MOVIES = 1 << 14


@dataclass(frozen=True, slots=True)
class Review:
    """A verdict on a shot.

    note          what is to be changed, or anything else
    order_sha256  digest of the order whose picture the editor saw
    """

    shot: str
    verdict: Verdict
    note: str
    order_sha256: str


def read_review(order: DubOrder) -> Review | None:
    """Return the verdict on the picture of an order, unless there is none or it has changed.

    Fast when called repeatedly: a process reads a movie again only when it has changed.
    """
    path = job_of(order).review(order.shot)
    if not path.exists():
        return None
    try:
        review = from_json(REVIEW_SCHEMA, Review, read_text(path), where=str(path))
    except RecordUnreadable:
        return None
    result = stored_result(localise_order(order))
    if result is None or not result.order_sha256 == review.order_sha256 == digest(order):
        return None
    return review if result.is_of(_fingerprint(result.output_path)) else None


def make_review(order: DubOrder, verdict: Verdict, note: str = "") -> Review:
    """Return a verdict on the picture of an order. Raises DubError when there is no picture."""
    result = current_result(localise_order(order))
    if result is None or result.report.state != ShotState.RENDERED:
        is_skipped = result is not None and result.report.state == ShotState.SKIPPED
        raise DubError(
            "has no rendered picture to be reviewed.",
            where=order.shot,
            fix="It was skipped: it stays as filmed." if is_skipped else "Render it first.",
        )
    return Review(order.shot, verdict, note, result.order_sha256)


def write_review(job: Job, review: Review) -> None:
    """Write a verdict into the JOB. Raises DubError."""
    write_text(job.review(review.shot), to_json(REVIEW_SCHEMA, review))


def withdraw_review(job: Job, shot: str) -> None:
    """Remove the verdict on a shot. Raises DubError."""
    path = job.review(shot)
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        raise write_error(path, problem) from problem


def is_approved(order: DubOrder) -> bool:
    review = read_review(order)
    return review is not None and review.verdict == Verdict.APPROVED


def describe(review: Review) -> str:
    """Return a line of text about a verdict."""
    return f"{review.shot}: {review.verdict}" + (f": {review.note}" if review.note else "")


def _fingerprint(path: str) -> str | None:
    """Return the fingerprint of a picture; None when there is none."""
    try:
        if is_sequence(path):
            return fingerprint_of_picture(path)
        return _fingerprint_of_movie(path, file_stamp(Path(path).stat()))
    except (DubError, OSError):
        return None


@lru_cache(_MAX_MOVIES)
def _fingerprint_of_movie(path: str, stamp: FileStamp) -> str:
    return fingerprint_of_picture(path)
