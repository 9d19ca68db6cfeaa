"""Find the faces of a shot, once: the report is kept in JOB/faces for whoever shows pictures."""

import subprocess
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import sleep
from typing import IO

from lipflap.core.analysis.face_report import (
    FaceBoxes,
    FaceReport,
    face_report_from_json,
    face_report_to_json,
)
from lipflap.core.encode.codecs import SOURCE
from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.files.atomic import write_bytes, write_text
from lipflap.core.files.temp_names import temp_name
from lipflap.core.media.portrait import portrait
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, DubSettings, Mode, digest, order_to_json
from lipflap.core.result import Progress
from lipflap.core.serialize import RecordUnreadable, read_text
from lipflap.core.timecode import format_timecode
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


def describe(report: FaceReport, order: DubOrder, portraits: Mapping[int, Path]) -> Iterator[str]:
    """Yield a line of text about each face: where and when it is seen, and its picture if any."""
    for number, face in enumerate(report.faces):
        frames = [face.first_frame + row for row, box in enumerate(face.boxes) if box is not None]
        first, last = (_timecode(order, frame) for frame in (frames[0], frames[-1]))
        mark = ", suggested" if number == report.suggested else ""
        seen = f"seen in {len(frames)} of {report.frames} frames, {first} to {last}"
        yield f"face {number}: {_side(face)}, {seen}{mark}"
        if number in portraits:
            yield f"        {portraits[number]}"
    if not report.faces:
        yield "No face was found in this shot."


def _side(face: FaceBoxes) -> str:
    """Return where in the picture a face mostly is."""
    middles = [box.left + box.width / 2 for box in face.boxes if box is not None]
    place = median(middles)
    return "left" if place < 1 / 3 else "right" if place > 2 / 3 else "middle"


def _timecode(order: DubOrder, frame: int) -> str:
    """Return the timecode of a frame of the shot, as its media counts."""
    number = order.output.start_frame + frame
    return format_timecode(max(0, number), order.output.rate)


def write_portraits(report: FaceReport, order: DubOrder) -> dict[int, Path]:
    """Write a picture of each face into JOB/faces, and return where; none without the media.

    Raises DubError when they cannot be written.
    """
    try:
        info = probe(order.picture.path, first_file=order.picture.first_file)
    except MediaMissing:  # of a shot whose faces were found before
        return {}
    portraits = {}
    for number, face in enumerate(report.faces):
        boxes = [(row, box) for row, box in enumerate(face.boxes) if box is not None]
        row, box = max(boxes, key=lambda pair: pair[1].width)
        frame = order.frames.media_frame(face.first_frame + row)
        path = job_of(order).faces(order.shot).with_name(f"{order.shot}.face{number}.png")
        write_bytes(path, portrait(info, frame, (box.left, box.top, box.width, box.height)))
        portraits[number] = path
    return portraits


def _neutral_order(order: DubOrder) -> DubOrder:
    """Return the order without the editor's decisions, on which faces do not depend."""
    settings = DubSettings("", "", 1, 1, Mode.AUTOREGRESSIVE, 0, order.settings.tracker, None)
    path = str(job_of(order).media(order.shot, ""))
    output = replace(order.output, path=path, codec=SOURCE)
    return replace(
        order, output=output, settings=settings, exclude=(), part=None, references=(), speakers=()
    )


def _report_file(order: DubOrder) -> Path:
    return job_of(order).faces(digest(_neutral_order(order))[:32])
