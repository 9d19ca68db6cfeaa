"""The faces of a shot in words and pictures."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from lipflap.core.analysis.face_report import FaceBox, FaceBoxes, FaceReport
from lipflap.core.analysis.speakers.people import SeenFace
from lipflap.core.errors import MediaMissing
from lipflap.core.files.atomic import write_bytes
from lipflap.core.media.portrait import portrait
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import DubOrder
from lipflap.core.timecode import format_timecode, is_drop_frame_rate
from lipflap.plugin.job.folder import job_of
from lipflap.plugin.order.source_frames import counts_drop
from lipflap.plugin.render.find_faces import faces_file


def describe(report: FaceReport, order: DubOrder, portraits: Mapping[int, Path]) -> Iterator[str]:
    """Yield a line of text about each face: where and when it is seen, and its picture if any."""
    drop = counts_drop(order.picture)
    for number, face in enumerate(report.faces):
        frames = [face.first_frame + row for row, box in enumerate(face.boxes) if box is not None]
        first, last = (_timecode(order, frame, drop) for frame in (frames[0], frames[-1]))
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


def _timecode(order: DubOrder, frame: int, drop: bool) -> str:
    """Return the timecode of a frame of the shot, as its new file counts."""
    number, rate = order.output.start_frame + frame, order.output.rate
    return format_timecode(max(0, number), rate, drop=drop and is_drop_frame_rate(rate))


def write_portraits(report: FaceReport, order: DubOrder) -> dict[int, Path]:
    """Write a picture of each face into JOB/faces, and return where; none without the media.

    Raises DubError when they cannot be written.
    """
    try:
        info = probe(order.picture.path, order.picture.first_file, order.picture.holes)
    except MediaMissing:  # of a shot whose faces were found before
        return {}
    portraits = {}
    for number, face in enumerate(report.faces):
        frame = order.frames.media_frame(face.best_frame)
        path = job_of(order).faces(order.shot).with_name(f"{order.shot}.face{number}.png")
        write_bytes(path, _portrait(info, frame, face.best_box))
        portraits[number] = path
    return portraits


def write_portrait(face: SeenFace, order: DubOrder) -> Path:
    """Write a picture of a face into JOB/faces unless it is there, and return where.

    Raises DubError when its media cannot be read, or the picture not be written.
    """
    path = faces_file(order).with_suffix(f".{face.face}.{face.frame}.png")
    if not path.exists():
        info = probe(order.picture.path, order.picture.first_file, order.picture.holes)
        write_bytes(path, _portrait(info, order.frames.media_frame(face.frame), face.box))
    return path


def _portrait(info: MediaInfo, frame: int, box: FaceBox) -> bytes:
    return portrait(info, frame, (box.left, box.top, box.width, box.height))
