"""A page for who signs off: every shot of a JOB, what was done, and pictures before and after."""

import base64
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path

from PIL import Image

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, DubResult, ShotState
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.qc import Qc, ShotQc, make_qc
from lipflap.plugin.render.find_faces import cached_faces

_WIDTH_PX, _MOUTH_PX = 420, 260
_MOMENTS = (0.3, 0.5, 0.7)  # of a shot's length: where its pictures are taken

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1000px; color: #222; }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin: 0 }
section { border-top: 1px solid #ccc; padding: 1em 0 }
.state { border: 1px solid; border-radius: 1em; padding: 0 .7em; font-size: .85em; color: #555 }
.approved { color: #1c7a34 } .sent-back, .failed { color: #b3261e } .rendered { color: #14645c }
figure { display: inline-block; margin: .6em .6em 0 0 } figcaption { font-size: .8em; color: #666 }
img { display: block } p { margin: .3em 0 } .faint { color: #666 }
"""


def write_qc_page(job: Job, out: Path) -> None:
    """Write the page of a JOB as one file that needs no other. Raises DubError."""
    write_text(out, "\n".join(_page(make_qc(job))))


def _page(qc: Qc) -> Iterator[str]:
    title = f"QC: {Path(qc.sheet.cut_path).name}"
    yield "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
    yield f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(title)}</h1>"
    yield "<p>The mouths in these pictures were edited by a machine.</p>"
    yield f"<p>Consent: {escape(qc.sheet.consent or 'none was recorded.')}</p>"
    for shot in qc.shots:
        yield from _shot(qc, shot)
    yield "<p class='faint'>Sync is measured by Lipflap's own judge; its figures are not the"
    yield " public SyncNet's.</p></body></html>"


def _shot(qc: Qc, shot: ShotQc) -> Iterator[str]:
    record, result = shot.cue.shot.record, shot.result
    yield "<section>"
    yield f"<h2>{escape(shot.line.shot)} <span class='state {shot.state.replace(' ', '-')}'>"
    yield f"{escape(shot.state)}</span></h2>"
    yield f"<p class='faint'>{qc.timecode(record.start)} to {qc.timecode(record.end)}</p>"
    yield from (f"<p>{escape(words)}</p>" for words in shot.words)
    if shot.order is not None and result is not None and result.report.state == ShotState.RENDERED:
        mouths = result.report.repainted_frames
        yield f"<p>{mouths} of {result.report.frames} frames have a new mouth.</p>"
        yield from _pictures(shot.order, result)
    yield "</section>"


def _pictures(order: DubOrder, result: DubResult) -> Iterator[str]:
    """Stills as filmed and as dubbed, side by side; in words what cannot be shown."""
    try:
        filmed = Preview(probe(order.picture.path, order.picture.first_file))
        first = order.output.start_frame if "%" in result.output_path else None
        dubbed = Preview(probe(result.output_path, first))
        for part in _MOMENTS:
            frame = int(order.frames.count * part)
            before = _still(filmed, order.frames.media_frame(frame))
            after = _still(dubbed, frame)
            place = _mouth(order, frame, before.size)
            for name, picture in (("as filmed", before), ("dubbed", after)):
                shown = picture.crop(place).resize((_MOUTH_PX, _MOUTH_PX)) if place else picture
                yield _figure(shown, f"frame {frame}, {name}")
        filmed.close()
        dubbed.close()
    except DubError as problem:
        yield f"<p>No pictures: {escape(str(problem))}</p>"


def _still(preview: Preview, frame: int) -> Image.Image:
    info = preview.info
    width = round(info.width * info.scan.sample_aspect)
    return Image.fromarray(preview.picture(frame, width, info.height))


def _mouth(order: DubOrder, frame: int, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The square around the mouth, if somebody has looked where the face is."""
    looked = cached_faces(order)
    face = order.settings.face
    if looked is not None and face is None:
        face = looked.suggested
    box = looked.box_at(face, frame) if looked is not None and face is not None else None
    if box is None:
        return None
    side = box.width * size[0] * 0.8
    x, y = (box.left + box.width / 2) * size[0], (box.top + box.height * 0.8) * size[1]
    left, top = round(x - side / 2), round(y - side / 2)
    return left, top, left + round(side), top + round(side)


def _figure(picture: Image.Image, words: str) -> str:
    picture.thumbnail((_WIDTH_PX, _WIDTH_PX))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=85)
    coded = base64.b64encode(data.getvalue()).decode()
    image = f"<img alt='{escape(words)}' src='data:image/jpeg;base64,{coded}'>"
    return f"<figure>{image}<figcaption>{escape(words)}</figcaption></figure>"
