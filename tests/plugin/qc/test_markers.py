"""Where to look and why, as three programs read it; OTIO's own reader and a hand-written list."""

import opentimelineio as otio
import pytest
from support.cuts.small_cut import write_small_cut
from support.jobs.farm_reel import here

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.order import digest, read_order
from lipflap.core.result import DubResult, ShotReport, ShotState, SyncFigures, result_to_json
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.markers import write_markers
from lipflap.plugin.qc.review import Review, Verdict, write_review

NOTE = "Lags | in the\nsecond half"


@pytest.fixture
def job(tmp_path) -> Job:
    """SH010 was sent back, SH020 has no dub, SH030 failed, SH040 is to be rendered."""
    write_small_cut(tmp_path)
    (tmp_path / "mouth.safetensors").write_bytes(b"no network, but it has a hash")
    here(tmp_path, "order", "small.otio", "-o", "JOB", "--model", "mouth.safetensors")
    job = Job(tmp_path / "JOB")
    finish(job, "SH010", ShotState.RENDERED)
    order = read_order(job.order("SH010"))
    write_review(job, Review("SH010", Verdict.SENT_BACK, NOTE, digest(order)))
    finish(job, "SH030", ShotState.FAILED, "Frame 7 cannot be read.")
    return job


def finish(job: Job, shot: str, state: str, reason: str = "", sync: SyncFigures | None = None):
    order = read_order(job.order(shot))
    job.media(shot, ".mov").parent.mkdir(exist_ok=True)
    path = job.media(shot, ".mov")
    path.write_text("a picture")
    made = (str(path), fingerprint(path)) if state == ShotState.RENDERED else ("", "")
    report = ShotReport(
        state=state, reason=reason, frames=25, repainted_frames=12, faces=1, face=0, sync=sync
    )
    write_text(job.result(shot), result_to_json(DubResult(shot, digest(order), *made, report)))


def test_resolve_gets_an_edl_of_one_frame_events(job, tmp_path):
    write_markers(job, tmp_path / "m.edl")
    lines = (tmp_path / "m.edl").read_text().splitlines()
    assert lines[:2] == ["TITLE: small", "FCM: NON-DROP FRAME"]
    found = [line for line in lines[2:] if line]
    assert found == [
        "001  001      V     C        01:00:00:00 01:00:00:01 01:00:00:00 01:00:00:01  ",
        " |C:ResolveColorRed |M:SH010: sent back. Lags / in the second half |D:1",
        "002  001      V     C        01:00:02:00 01:00:02:01 01:00:02:00 01:00:02:01  ",
        " |C:ResolveColorRed |M:SH030: failed. Frame 7 cannot be read. |D:1",
        "003  001      V     C        01:00:03:00 01:00:03:01 01:00:03:00 01:00:03:01  ",
        " |C:ResolveColorCyan |M:SH040: waiting. Not rendered yet. |D:1",
    ]


def test_media_composer_gets_a_line_a_marker(job, tmp_path):
    finish(job, "SH040", ShotState.RENDERED, sync=SyncFigures(-80, 0.9, 0.2, 4.0))
    assert here(tmp_path, "report", "JOB", "-o", "m.txt").returncode == 0
    rows = [line.split("\t") for line in (tmp_path / "m.txt").read_text().splitlines()]
    assert [row[:4] + row[5:] for row in rows] == [
        ["lipflap", "01:00:00:00", "V1", "red", "1"],
        ["lipflap", "01:00:02:00", "V1", "red", "1"],
        ["lipflap", "01:00:03:00", "V1", "yellow", "1"],
    ]
    assert "80 ms early" in rows[2][4]


def test_the_dubbed_cut_is_marked_when_that_is_asked(job, tmp_path):
    cut = otio.adapters.read_from_file(str(tmp_path / "small.otio"))
    cut.tracks[0][0].markers.append(otio.schema.Marker("the editor's own"))
    otio.adapters.write_to_file(cut, str(tmp_path / "small.otio"))
    here(tmp_path, "order", "small.otio", "-o", "JOB", "--model", "mouth.safetensors")
    assert here(tmp_path, "conform", "small.otio", "JOB", "-o", "plain.otio").returncode == 0
    said = here(tmp_path, "conform", "small.otio", "JOB", "-o", "marked.otio", "--markers")
    assert said.returncode == 0, said.stderr

    def marks(name: str) -> list[tuple[str, str, str, str, float]]:
        read = otio.adapters.read_from_file(str(tmp_path / name))
        return [
            (clip.name, mark.name, mark.color, mark.comment, mark.marked_range.start_time.value)
            for clip in read.find_clips()
            for mark in clip.markers
        ]

    own = ("SH010", "the editor's own", "RED", "", 0.0)
    assert marks("plain.otio") == [own]
    assert marks("marked.otio") == [
        own,
        ("SH010", "lipflap: SH010", "RED", f"sent back. {NOTE}", 90_030.0),
        ("SH030", "lipflap: SH030", "RED", "failed. Frame 7 cannot be read.", 90_070.0),
        ("SH040", "lipflap: SH040", "CYAN", "waiting. Not rendered yet.", 90_090.0),
    ]


def test_a_marked_cut_is_marked_anew_not_twice(job, tmp_path):
    here(tmp_path, "conform", "small.otio", "JOB", "-o", "small2.otio", "--markers")
    here(tmp_path, "order", "small2.otio", "-o", "JOB2", "--model", "mouth.safetensors")
    here(tmp_path, "conform", "small2.otio", "JOB2", "-o", "again.otio", "--markers")
    read = otio.adapters.read_from_file(str(tmp_path / "again.otio"))
    assert [len(clip.markers) for clip in read.tracks[0].find_clips()] == [1, 0, 1, 1]


def test_a_suffix_of_no_marker_list_is_refused(job, tmp_path):
    with pytest.raises(DubError, match=r"m\.csv: has no suffix of a marker list.* \.edl or \.txt"):
        write_markers(job, tmp_path / "m.csv")
    assert not (tmp_path / "m.csv").exists()
