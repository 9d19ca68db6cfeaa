"""The timecode of new files counts as that of their media; without one, as the cut."""

import json
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.jobs.orders import make_settings

from lipflap.core.encode.encode import open_writer
from lipflap.core.media.decode import pictures
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.probe import probe
from lipflap.core.order import Role
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import ClipMedia, DubLine, DubPair, Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.ordering import make_orders
from lipflap.plugin.order.render_settings import RenderSettings

NTSC, FILM = Fraction(30_000, 1001), Fraction(24_000, 1001)
DROP_HOUR, PLAIN_HOUR = 107_892, 108_000  # frames of an hour, counted both ways
FIRST = 1810  # by the cut, of the frames used; between the minutes two numbers are dropped


def film(path: Path, *options: str) -> None:
    source = ["-f", "lavfi", "-i", "color=s=64x48:r=30000/1001", "-frames:v", "1900"]
    coding = ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le", *options]
    subprocess.run([binary(), "-v", "error", *source, *coding, str(path)], check=True)


def written(folder: Path, rate: Fraction, first_frame: int) -> str:
    """The timecode, as ffprobe reads it, of the file made for a shot of a cut."""
    record = TimeRange(Fraction(10), Fraction(10) + 20 / NTSC)
    soundfile.write(folder / "de.wav", np.zeros(48_000, np.float32), 48_000)
    line = DubLine("DE_1", str(folder / "de.wav"), Role.DUB, "Dub", Fraction(0), record)
    media = ClipMedia(str(folder / "take.mov"), None, NTSC, None)
    shot = Shot(
        "SH010", (0, 0), media, Fraction(FIRST), Fraction(1), record, (record,), problem=None
    )
    pairs = (DubPair("SH010", line, record),)
    cue = Cue(shot, pairs, NO_OVERRIDES, CueState.READY, None, (), None)
    sheet = CueSheet("/cuts/reel.otio", "abc", rate, first_frame, "", (cue,))
    terms = RenderSettings(0, "source", make_settings())
    _, (order,) = make_orders(sheet, terms, Job(folder / "job"), lambda _model: "hash")
    info = probe(order.picture.path)
    (folder / "job" / "media").mkdir(parents=True)
    with open_writer(info, order.output) as writer:
        for picture in pictures(info, order.frames.media_frames()):
            writer.write(picture)
    shown = ["-show_entries", "stream_tags=timecode", "-of", "json", order.output.path]
    told = subprocess.run(["ffprobe", "-v", "error", *shown], capture_output=True, check=True)
    (timecode,) = {
        tags["timecode"] for one in json.loads(told.stdout)["streams"] if (tags := one.get("tags"))
    }
    return timecode


@pytest.mark.parametrize(
    ("rate", "first_frame", "timecode"),
    [
        (NTSC, DROP_HOUR, "00:01:00;12"),
        (NTSC, PLAIN_HOUR, "00:01:00:10"),
        (FILM, 86_400, "00:01:00:10"),
    ],
    ids=["a drop-frame cut", "a non-drop cut", "a cut without drop-frame"],
)
def test_media_without_timecode_give_files_that_count_as_the_cut(
    tmp_path, rate, first_frame, timecode
):
    film(tmp_path / "take.mov")
    assert written(tmp_path, rate, first_frame) == timecode


@pytest.mark.parametrize("timecode", ["00:00:00:00", "00:00:00;00"])
def test_media_with_timecode_give_files_that_count_as_they_do_whatever_the_cut_does(
    tmp_path, timecode
):
    film(tmp_path / "take.mov", "-timecode", timecode)
    drops = ";" in timecode
    new = written(tmp_path, NTSC, PLAIN_HOUR if drops else DROP_HOUR)
    assert new == ("00:01:00;12" if drops else "00:01:00:10")
