"""The QC page for whoever signs off: every shot of a JOB, with pictures before and after."""

import base64
import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from PIL import Image

from lipflap.core.consent import describe_agreement
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder
from lipflap.core.result import DubResult
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.qc import Qc, ShotQc, make_qc
from lipflap.plugin.qc.report import describe_signatures
from lipflap.plugin.render.find_faces import cached_faces

_TEMPLATE = "page.html.j2"
_PICTURE_PX, _MOUTH_PX = 420, 260
_MOMENTS = (0.3, 0.5, 0.7)  # shares of a shot's length at which its pictures are taken


@dataclass(frozen=True, slots=True)
class _Figure:
    """A picture in the page; `source` is the picture itself, as a data: URL."""

    caption: str
    source: str


@dataclass(frozen=True, slots=True)
class _Section:
    """The section of a shot; record_in and record_out are timecodes."""

    name: str
    state: str
    record_in: str
    record_out: str
    remarks: tuple[str, ...]
    figures: tuple[_Figure, ...]


def write_qc_page(job: Job, out: Path) -> None:
    """Write the page of a JOB as one file that needs no other. Raises DubError."""
    qc = make_qc(job)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = templates.get_template(_TEMPLATE).render(
        title=f"QC: {Path(qc.sheet.cut_path).name}",
        consent=[describe_agreement(one) for one in qc.sheet.all_agreed],
        signed=describe_signatures(shot.result for shot in qc.shots if shot.result),
        shots=(_section(qc, shot) for shot in qc.shots),
    )
    write_text(out, page + "\n")


def _section(qc: Qc, shot: ShotQc) -> _Section:
    record = shot.cue.shot.record
    remarks, figures = list(shot.remarks), []
    result = shot.result
    if shot.order and result and shot.line.state == RenderState.RENDERED:
        mouths = result.report.repainted_frames
        remarks.append(f"{mouths} of {result.report.frames} frames have a new mouth.")
        try:
            figures = list(_figures(qc, shot, shot.order, result))
        except DubError as problem:
            remarks.append(f"No pictures: {problem}")
    return _Section(
        name=shot.line.shot,
        state=shot.state,
        record_in=qc.timecode(record.start),
        record_out=qc.timecode(record.end),
        remarks=tuple(remarks),
        figures=tuple(figures),
    )


def _figures(qc: Qc, shot: ShotQc, order: DubOrder, result: DubResult) -> Iterator[_Figure]:
    """Yield stills as filmed and as dubbed, side by side. Raises DubError."""
    first_file = order.output.start_frame if "%" in result.output_path else None
    filmed_info = probe(order.picture.path, order.picture.first_file, order.picture.holes)
    with (
        closing(Preview(filmed_info)) as filmed,
        closing(Preview(probe(result.output_path, first_file))) as dubbed,
    ):
        for moment in _MOMENTS:
            frame = int(order.frames.count * moment)
            timecode = qc.timecode((shot.cue.record_start or 0) + frame / order.output.rate)
            before, after = (
                _still(filmed, order.frames.media_frame(min(frame, order.filmed.count - 1))),
                _still(dubbed, frame),
            )
            mouth = _mouth(order, frame, before.size)
            for name, picture in (("as filmed", before), ("dubbed", after)):
                cropped = picture.crop(mouth).resize((_MOUTH_PX, _MOUTH_PX)) if mouth else picture
                yield _figure(cropped, f"{timecode}, {name}")


def _still(preview: Preview, frame: int) -> Image.Image:
    info = preview.info
    width = round(info.width * info.scan.sample_aspect)
    return Image.fromarray(preview.picture(frame, width, info.height))


def _mouth(order: DubOrder, frame: int, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Return the square around the mouth; None where faces were not looked for."""
    faces = cached_faces(order)
    number = order.settings.face
    if faces is not None and number is None:
        number = faces.suggested
    box = faces.box_at(number, frame) if faces is not None and number is not None else None
    if box is None:
        return None
    side = box.width * size[0] * 0.8
    x, y = (box.left + box.width / 2) * size[0], (box.top + box.height * 0.8) * size[1]
    left, top = round(x - side / 2), round(y - side / 2)
    return left, top, left + round(side), top + round(side)


def _figure(picture: Image.Image, caption: str) -> _Figure:
    picture.thumbnail((_PICTURE_PX, _PICTURE_PX))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=85)
    return _Figure(caption, f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}")
