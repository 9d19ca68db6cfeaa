"""Faces of a shot in words: the timecodes at which they are seen."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from support.jobs.orders import job_order

from lipflap.core.analysis.face_report import FaceBox, FaceBoxes, FaceReport
from lipflap.core.media.ffmpeg_process import binary
from lipflap.plugin.job.folder import Job
from lipflap.plugin.render.portraits import describe

NTSC = Fraction(30_000, 1001)


@pytest.mark.parametrize(
    ("written", "first", "seen"),
    [
        ("01:00:59:28", 109_798, "01:00:59:29 to 01:01:00:00"),
        ("01:00:59;28", 109_690, "01:00:59;29 to 01:01:00;02"),
    ],
    ids=["non-drop", "drop"],
)
def test_faces_are_seen_at_timecodes_as_the_media_counts(written, first, seen, tmp_path: Path):
    film = tmp_path / "take.mov"
    command = [binary(), "-v", "error", "-f", "lavfi", "-i", "color=s=64x48:r=30000/1001:d=0.2"]
    subprocess.run([*command, "-timecode", written, str(film)], check=True)
    order = job_order(Job(tmp_path), "SH010", 5)
    order = replace(
        order,
        picture=replace(order.picture, path=str(film), rate=NTSC, first_frame=first),
        output=replace(order.output, rate=NTSC, start_frame=first),
    )
    box = FaceBox(0.1, 0.1, 0.2, 0.2)
    face = FaceBoxes(1, (box, box), (None, None))
    report = FaceReport("SH010", 64, 48, 5, (), (face,), 0)
    assert any(seen in line for line in describe(report, order, {}))
