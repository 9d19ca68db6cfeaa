"""Another program reads a cut through OpenTimelineIO, and finds the dubbed pictures in it."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, span, timeline, track

from lipflap.core.errors import DubError
from lipflap.core.frametime import FrameSpan
from lipflap.plugin.qc.report import JobReport, write_report
from lipflap.plugin.timeline.dubbed.conform import ALTERNATE, conform_timeline
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia


@pytest.fixture
def cut(tmp_path):
    """Two clips of one name, of which the second is dubbed; and a JOB that holds the result."""
    made = timeline(
        track(
            clip("SH010", 24, start=10, url="a.mov"),
            clip("SH010", 24, start=20, url="b.mov"),
        )
    )
    held = FrameSpan(12, 60, Fraction(24))
    new = RenderedMedia(str(tmp_path / "new.mov"), held, Fraction(2, 3), None, {})
    (tmp_path / "job").mkdir()
    dubbed = conform_timeline(made, {(0, 1): new}, ALTERNATE).timeline
    otio.adapters.write_to_file(dubbed, str(tmp_path / "cut.dubbed.otio"))
    report = JobReport(str(tmp_path / "cut.otio"), str(tmp_path / "cut.dubbed.otio"), "", ())
    (tmp_path / "job" / "report.json").write_text(write_report(report))
    path = tmp_path / "cut.otio"
    otio.adapters.write_to_file(made, str(path))
    return path


def read(path, **arguments):
    return otio.adapters.read_from_file(
        str(path), media_linker_name="lipflap", media_linker_argument_map=arguments
    )


def test_any_program_with_otio_finds_us():
    assert "lipflap" in otio.media_linker.available_media_linker_names()


def test_the_new_picture_is_where_it_belongs_and_nowhere_else(cut):
    plain, linked = otio.adapters.read_from_file(str(cut)), read(cut, job=str(cut.parent / "job"))
    was, now = ([c.media_reference.target_url for c in t.find_clips()] for t in (plain, linked))
    assert now[0] == was[0]
    assert now[1].endswith("/new.mov")
    assert [c.source_range for c in linked.find_clips()] == [span(10, 24), span(20, 24)]


def test_a_missing_job_is_an_error_with_a_fix(cut, tmp_path):
    with pytest.raises(DubError, match="needs the JOB folder"):
        read(cut)
    with pytest.raises(DubError, match="has no dubbed cut"):
        read(cut, job=str(tmp_path))
