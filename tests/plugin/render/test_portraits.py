"""Faces of a shot in words: the timecodes at which they are seen."""

from pathlib import Path

import pytest
from support.jobs.orders import ntsc_order

from lipflap.core.analysis.face_report import FaceBox, FaceBoxes, FaceReport
from lipflap.plugin.render.portraits import describe


@pytest.mark.parametrize(
    ("written", "first", "seen"),
    [
        ("01:00:59:28", 109_798, "01:00:59:29 to 01:01:00:00"),
        ("01:00:59;28", 109_690, "01:00:59;29 to 01:01:00;02"),
    ],
    ids=["non-drop", "drop"],
)
def test_faces_are_seen_at_timecodes_as_the_media_counts(written, first, seen, tmp_path: Path):
    order = ntsc_order(tmp_path, written, first)
    box = FaceBox(0.1, 0.1, 0.2, 0.2)
    face = FaceBoxes(1, (box, box), (None, None), 1)
    report = FaceReport("SH010", 64, 48, 5, (), (face,), 0)
    assert any(seen in line for line in describe(report, order, {}))
