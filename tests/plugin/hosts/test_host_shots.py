"""What the script in a host is told of rendered shots, against the pictures themselves."""

import json
from pathlib import Path

import pytest
from support.cuts.rendered_cut import write_render, write_rendered_cut
from support.cuts.timelines import clip, timeline, track

from lipflap.core.media.probe import probe
from lipflap.plugin.cli.main import main
from lipflap.plugin.hosts.host_shots import _track_number
from lipflap.plugin.job.folder import Job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    write_rendered_cut(tmp_path)
    return Job(tmp_path / "small.lipflap")


def test_the_picture_that_shows_at_the_start_is_counted_from_the_files_first(job, capsys):
    write_render(job, "SH030", 3000)  # at half speed: baked
    capsys.readouterr()
    assert main(["hosts", "shots", str(job.folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rate"], told["waiting"]) == ("25", 1)
    first, baked = told["shots"]
    assert (first["name"], first["track"], first["start"], first["length"]) == ("SH010", 1, 0, 25)
    # SH010 starts at frame 30 of the plate, and has 8 handles before
    assert (first["shown"], first["source_frame"], first["count"]) == (8, 30, 41)
    assert first["count"] == probe(first["file"]).frame_count
    assert (baked["name"], baked["start"], baked["is_baked"]) == ("SH030", 50, True)
    assert baked["source_frame"] is None


def test_picture_tracks_are_counted_from_1_and_what_is_nested_has_none():
    sound = track(kind="Audio")
    cut = timeline(track(clip("A", 24)), sound, track(clip("B", 24)))
    assert [_track_number(cut, address) for address in ((0, 0), (2, 0), (2, 0, 0, 0))] == [1, 2, 0]


def test_only_approved_shots_are_told_when_those_are_asked_for(job, capsys):
    assert main(["hosts", "shots", str(job.folder), "--approved"]) == 0
    assert json.loads(capsys.readouterr().out)["shots"] == []


def test_a_cut_that_changed_since_is_an_error(job, capsys):
    cut = job.folder.with_name("small.otio")
    cut.write_text(cut.read_text() + "\n")
    assert main(["hosts", "shots", str(job.folder)]) == 2
    assert "has changed since its orders were written" in capsys.readouterr().err
