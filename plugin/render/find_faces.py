"""Who is in a shot: looked for once, kept in JOB/looks, asked for by whoever shows pictures."""

import os
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from time import sleep
from typing import IO

from lipflap.core.analysis.face_report import FaceReport, face_report_from_json, face_report_to_json
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.media.codecs import SOURCE
from lipflap.core.order import DubOrder, DubSettings, Mode, Progress, digest, order_to_json
from lipflap.core.serialize import RecordUnreadable, read_text
from lipflap.plugin.job.events import from_line
from lipflap.plugin.job.folder import job_of
from lipflap.plugin.render.child import child_process, format_exit, last_log_line

_EVERY_S = 0.1


def find_faces(
    order: DubOrder, weights: Path | None = None
) -> Generator[Progress | FaceReport, None, None]:
    """Progress, then who is in the shot; at once when that is known. Raises DubError."""
    known = cached_faces(order)
    if known is not None:
        yield known
        return
    from lipflap.core.analysis.analyse import find_faces
    from lipflap.core.analysis.detectors import load_detectors  # these take torch along

    for event in find_faces(_neutral_order(order), load_detectors(order.settings.tracker, weights)):
        if isinstance(event, FaceReport):
            write_text(_place(order), face_report_to_json(event))
        yield event


def cached_faces(order: DubOrder) -> FaceReport | None:
    """What an earlier look found, if the shot is still the same; whichever face is chosen."""
    try:
        place = _place(order)
        return face_report_from_json(read_text(place), where=str(place))
    except RecordUnreadable:
        return None


def find_faces_in_child(order: DubOrder) -> Iterator[Progress | FaceReport | None]:
    """The same, by a process of its own; None ten times a second, so that it can be ended.

    Raises DubError with what that process said.
    """
    known = cached_faces(order)
    if known is not None:
        yield known
        return
    place = _place(order)
    asked = place.with_suffix(f".{os.getpid()}.order.json")
    write_text(asked, order_to_json(_neutral_order(order)))
    try:
        with TemporaryFile("a+b") as log:
            command = ["faces", "--json", str(asked)]
            with child_process(command, log, stdout=subprocess.DEVNULL, tidy_up_s=0) as child:
                position = 0
                while child.poll() is None:
                    sleep(_EVERY_S)
                    lines, position = _new_lines(log, position)
                    yield from (e for e in map(from_line, lines) if isinstance(e, Progress))
                    yield None
            if child.returncode != 0:
                reason = last_log_line(log) or f"it ended {format_exit(child.returncode)}."
                raise DubError(reason, where=f"looking for faces in {order.shot}")
    finally:
        asked.unlink(missing_ok=True)
    yield face_report_from_json(read_text(place), where=str(place))


def _new_lines(log: IO[bytes], position: int) -> tuple[list[str], int]:
    """Return the whole lines of a growing file from byte `position`, and where they end."""
    log.seek(position)
    lines = [line for line in log.read().splitlines(keepends=True) if line.endswith(b"\n")]
    end = position + sum(map(len, lines))
    return [line.decode("utf-8", "replace").strip() for line in lines], end


def describe(looked: FaceReport) -> Iterator[str]:
    """What was found, in lines of text."""
    for number, face in enumerate(looked.faces):
        seen = sum(box is not None for box in face.boxes)
        mark = ", suggested" if number == looked.suggested else ""
        yield f"face {number}: seen in {seen} of {looked.frames} frames{mark}"
    if not looked.faces:
        yield "There is no face in it."


def _neutral_order(order: DubOrder) -> DubOrder:
    """The order as if nobody had decided anything: what is seen does not depend on that."""
    settings = DubSettings("", "", 1, 1, Mode.AUTOREGRESSIVE, 0, order.settings.tracker, None)
    path = str(job_of(order).media(order.shot, ""))
    output = replace(order.output, path=path, codec=SOURCE)
    return replace(order, output=output, settings=settings, exclude=(), part=None)


def _place(order: DubOrder) -> Path:
    return job_of(order).folder / "looks" / f"{digest(_neutral_order(order))[:32]}.json"
