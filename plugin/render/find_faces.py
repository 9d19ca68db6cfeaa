"""Find the faces of a shot, once: the report is kept in JOB/faces for whoever shows pictures."""

import subprocess
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from time import sleep
from typing import IO, TYPE_CHECKING

from lipflap.core.analysis.face_report import (
    FaceReport,
    face_report_from_json,
    face_report_to_json,
)
from lipflap.core.analysis.speakers.people import SeenFace, seen_faces, seen_from_json, seen_to_json
from lipflap.core.encode.codecs import SOURCE
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.temp_names import temp_name
from lipflap.core.order import DubOrder, DubSettings, Mode, digest, order_to_json
from lipflap.core.result import Progress
from lipflap.core.serialize import RecordUnreadable, read_text
from lipflap.plugin.job.events import from_line
from lipflap.plugin.job.folder import job_of
from lipflap.plugin.render.child import child_process, format_exit, last_log_line
from lipflap.plugin.render.precedence import yield_processor

if TYPE_CHECKING:
    from lipflap.core.analysis.detectors import Detectors

_POLL_S = 0.1
_SEEN = ".seen.json"  # beside the file of faces: without where they are
_TOGETHER = 32  # shots to a child process


def find_faces(
    order: DubOrder, weights: Path | None = None
) -> Generator[Progress | FaceReport, None, None]:
    """Yield progress, then the faces of a shot; at once when they are cached. Raises DubError.

    weights   folder of the face tracker's weights, if it is not its own cache
    """
    cached = cached_faces(order)
    if cached is not None:
        yield cached
        return
    from lipflap.core.analysis.analyse import find_faces  # imports torch, which takes seconds

    for event in find_faces(_neutral_order(order), _detectors(order.settings.tracker, weights)):
        if isinstance(event, FaceReport):
            write_text(faces_file(order).with_suffix(_SEEN), seen_to_json(seen_faces(event)))
            write_text(faces_file(order), face_report_to_json(event))
        yield event


@cache
def _detectors(tracker: str, weights: Path | None) -> "Detectors":
    from lipflap.core.analysis.detectors import load_detectors

    return load_detectors(tracker, weights)


def cached_faces(order: DubOrder) -> FaceReport | None:
    """Return the faces that were found before, if the shot has not changed; None else."""
    return _read_faces(faces_file(order))


def _read_faces(file: Path) -> FaceReport | None:
    try:
        return face_report_from_json(read_text(file), where=str(file))
    except RecordUnreadable:
        return None


def cached_seen_faces(order: DubOrder) -> tuple[SeenFace, ...] | None:
    """Return the faces that were found before, without where they are; None as `cached_faces`."""
    file = faces_file(order)
    try:
        seen = file.with_suffix(_SEEN)
        return seen_from_json(read_text(seen), where=str(seen))
    except RecordUnreadable:
        report = _read_faces(file)
        return None if report is None else seen_faces(report)


def find_faces_in_child(order: DubOrder) -> Iterator[Progress | FaceReport | None]:
    """Run `find_faces` in a child process; also yield None often, so that a caller can close it.

    Raises DubError with the reason that process gave.
    """
    yield from find_faces_of_shots([order])


def find_faces_of_shots(
    orders: Sequence[DubOrder], *, in_background: bool = False
) -> Generator[Progress | FaceReport | None, None, None]:
    """Run `find_faces` for several shots in one child process: yield progress and each report.

    in_background   leave the processor to whatever else wants it
    Also yields None often, so that a caller can close it. Raises DubError with the reason that the
    process gave, after all shots that could be read.
    """
    problems: list[DubError] = []
    pending: dict[Path, DubOrder] = {}
    for number, order in enumerate(orders, 1):
        file = faces_file(order)
        if (cached := _read_faces(file)) is not None:
            yield cached
        else:
            pending[file] = order
        if len(pending) == _TOGETHER or (pending and number == len(orders)):
            try:
                yield from _find_in_child(pending, in_background)
            except DubError as problem:
                problems.append(problem)
            pending = {}
    if problems:
        raise problems[0]


def _find_in_child(
    pending: dict[Path, DubOrder], in_background: bool
) -> Iterator[Progress | FaceReport | None]:
    files = [report.with_name(temp_name(report.stem, ".json")) for report in pending]
    for report in pending:
        report.unlink(missing_ok=True)  # of an older kind, or damaged
    try:
        for file, order in zip(files, pending.values(), strict=True):
            write_text(file, order_to_json(_neutral_order(order)))
        with TemporaryFile("a+b") as log:
            command = ["faces", "--json", *map(str, files)]
            with child_process(command, log, stdout=subprocess.DEVNULL, tidy_up_s=0) as child:
                if in_background:
                    yield_processor(child.pid)
                position = 0
                while child.poll() is None:
                    sleep(_POLL_S)
                    lines, position = _new_lines(log, position)
                    yield from (e for e in map(from_line, lines) if isinstance(e, Progress))
                    yield from _found(pending)
                    yield None
            yield from _found(pending)
            if child.returncode != 0:
                reason = last_log_line(log) or f"it ended {format_exit(child.returncode)}."
                names = ", ".join(order.shot for order in pending.values())
                raise DubError(reason, where=f"looking for faces in {names}")
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def _found(pending: dict[Path, DubOrder]) -> Iterator[FaceReport]:
    """Yield the reports that have been written, and take their shots out of those pending."""
    for file in [file for file in pending if file.exists()]:
        del pending[file]
        yield face_report_from_json(read_text(file), where=str(file))


def _new_lines(log: IO[bytes], position: int) -> tuple[list[str], int]:
    """Return the whole lines of a growing file from byte `position`, and where they end."""
    log.seek(position)
    lines = [line for line in log.read().splitlines(keepends=True) if line.endswith(b"\n")]
    end = position + sum(map(len, lines))
    return [line.decode("utf-8", "replace").strip() for line in lines], end


def _neutral_order(order: DubOrder) -> DubOrder:
    """Return the order without the editor's decisions, on which faces do not depend."""
    settings = DubSettings("", "", 1, 1, Mode.AUTOREGRESSIVE, 0, order.settings.tracker, None)
    path = str(job_of(order).media(order.shot, ""))
    output = replace(order.output, path=path, codec=SOURCE)
    speeches = tuple(replace(speech, character="") for speech in order.speeches)
    return replace(
        order,
        frames=order.filmed,
        unfilmed=0,
        output=output,
        settings=settings,
        speeches=speeches,
        exclude=(),
        part=None,
        references=(),
        speakers=(),
    )


def faces_file(order: DubOrder) -> Path:
    """Return where the faces of a shot are kept, as it would be ordered now."""
    return job_of(order).faces(digest(_neutral_order(order))[:32])
