"""Find the faces of a shot, once: the report is kept in JOB/faces for whoever shows pictures."""

import subprocess
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from time import sleep
from typing import IO

from lipflap.core.analysis.face_report import FaceReport, face_report_from_json, face_report_to_json
from lipflap.core.encode.codecs import SOURCE
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.temp_names import temp_name
from lipflap.core.order import DubOrder, DubSettings, Mode, Progress, digest, order_to_json
from lipflap.core.serialize import RecordUnreadable, read_text
from lipflap.plugin.job.events import from_line
from lipflap.plugin.job.folder import job_of
from lipflap.plugin.render.child import child_process, format_exit, last_log_line

_POLL_S = 0.1


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
    from lipflap.core.analysis.analyse import find_faces
    from lipflap.core.analysis.detectors import (
        load_detectors,  # imports torch, which takes seconds
    )

    for event in find_faces(_neutral_order(order), load_detectors(order.settings.tracker, weights)):
        if isinstance(event, FaceReport):
            write_text(_report_file(order), face_report_to_json(event))
        yield event


def cached_faces(order: DubOrder) -> FaceReport | None:
    """Return the faces that were found before, if the shot has not changed; None else."""
    try:
        file = _report_file(order)
        return face_report_from_json(read_text(file), where=str(file))
    except RecordUnreadable:
        return None


def find_faces_in_child(order: DubOrder) -> Iterator[Progress | FaceReport | None]:
    """Run `find_faces` in a child process; also yield None often, so that a caller can close it.

    Raises DubError with the reason that process gave.
    """
    cached = cached_faces(order)
    if cached is not None:
        yield cached
        return
    report = _report_file(order)
    order_file = report.with_name(temp_name(report.stem, ".json"))
    write_text(order_file, order_to_json(_neutral_order(order)))
    try:
        with TemporaryFile("a+b") as log:
            command = ["faces", "--json", str(order_file)]
            with child_process(command, log, stdout=subprocess.DEVNULL, tidy_up_s=0) as child:
                position = 0
                while child.poll() is None:
                    sleep(_POLL_S)
                    lines, position = _new_lines(log, position)
                    yield from (e for e in map(from_line, lines) if isinstance(e, Progress))
                    yield None
            if child.returncode != 0:
                reason = last_log_line(log) or f"it ended {format_exit(child.returncode)}."
                raise DubError(reason, where=f"looking for faces in {order.shot}")
    finally:
        order_file.unlink(missing_ok=True)
    yield face_report_from_json(read_text(report), where=str(report))


def _new_lines(log: IO[bytes], position: int) -> tuple[list[str], int]:
    """Return the whole lines of a growing file from byte `position`, and where they end."""
    log.seek(position)
    lines = [line for line in log.read().splitlines(keepends=True) if line.endswith(b"\n")]
    end = position + sum(map(len, lines))
    return [line.decode("utf-8", "replace").strip() for line in lines], end


def describe(report: FaceReport) -> Iterator[str]:
    """Yield a line of text about each face."""
    for number, face in enumerate(report.faces):
        count = sum(box is not None for box in face.boxes)
        mark = ", suggested" if number == report.suggested else ""
        yield f"face {number}: seen in {count} of {report.frames} frames{mark}"
    if not report.faces:
        yield "No face was found in this shot."


def _neutral_order(order: DubOrder) -> DubOrder:
    """Return the order without the editor's decisions, on which faces do not depend."""
    settings = DubSettings("", "", 1, 1, Mode.AUTOREGRESSIVE, 0, order.settings.tracker, None)
    path = str(job_of(order).media(order.shot, ""))
    output = replace(order.output, path=path, codec=SOURCE)
    return replace(order, output=output, settings=settings, exclude=(), part=None, references=())


def _report_file(order: DubOrder) -> Path:
    return job_of(order).faces(digest(_neutral_order(order))[:32])
