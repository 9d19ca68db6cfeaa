"""New pictures for the ordered shots of a coded reel: no network has painted them."""

from pathlib import Path

from support.media.frame_codes import write_film

from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.order import digest, read_order
from lipflap.core.result import DubResult, ShotReport, ShotState, result_to_json
from lipflap.plugin.job.folder import Job


def render_coded(job: Job) -> None:
    """Write the picture and the result of every order; a media file's number is in its name."""
    for path in sorted((job.folder / "orders").glob("*.json")):
        order = read_order(path)
        file = int("".join(one for one in Path(order.picture.path).stem if one.isdecimal()))
        frames = [int(order.frames.media_frame(n)) for n in range(order.frames.count)]
        made = Path(order.output.path)
        made.parent.mkdir(exist_ok=True)
        rate = order.output.rate
        write_film(made, file, frames, rate=rate, dubbed=True)
        report = ShotReport(
            state=ShotState.RENDERED,
            frames=len(frames),
            repainted_frames=len(frames),
            faces=1,
            face=0,
        )
        fingerprint = fingerprint_of_picture(str(made))
        told = DubResult(order.shot, digest(order), str(made), fingerprint, report)
        write_text(job.result(order.shot), result_to_json(told))
