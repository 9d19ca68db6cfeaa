"""The small cut, with a new picture for its first shot: no network has painted it.

The pictures of the plate are numbered from 1000 on, those of the dub from 2000; the dub's sound is
negative, the production sound positive.
"""

from pathlib import Path

import numpy as np
import soundfile
from support.cuts.small_cut import HZ, write_small_cut
from support.media.counted_media import PRORES, write_film

from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.order import digest, read_order
from lipflap.core.result import DubResult, ShotReport, ShotState, result_to_json
from lipflap.plugin.cli import main
from lipflap.plugin.job.folder import Job

CODING = (*PRORES, "-timecode", "01:00:00:00")


def write_rendered_cut(folder: Path) -> Path:
    """Write the cut, its media and its JOB; return the cut."""
    cut = write_small_cut(folder)
    write_film(folder / "plate.mov", range(1000, 1120), codec=CODING, pixel_format="yuv422p10le")
    ramp = np.linspace(0.1, 0.9, 4 * HZ, dtype=np.float32)
    soundfile.write(folder / "day.wav", ramp, HZ, subtype="FLOAT")
    soundfile.write(folder / "de.wav", -ramp, HZ, subtype="FLOAT")
    job = Job(folder / "small.lipflap")
    assert main.main(["order", str(cut), "-o", str(job.folder)]) == 0
    write_render(job, "SH010", 2000)
    return cut


def write_render(job: Job, shot: str, first: int) -> None:
    """Write a new picture for an ordered shot, its frames numbered from `first` on."""
    order = read_order(job.order(shot))
    made = Path(order.output.path)
    made.parent.mkdir(exist_ok=True)
    count = order.frames.count
    temp = made.with_name("being_made.mov")
    write_film(temp, range(first, first + count), codec=CODING, pixel_format="yuv422p10le")
    temp.replace(made)
    report = ShotReport(
        state=ShotState.RENDERED, frames=count, repainted_frames=count, faces=1, face=0
    )
    told = DubResult(shot, digest(order), str(made), fingerprint_of_picture(str(made)), report)
    write_text(job.result(shot), result_to_json(told))
