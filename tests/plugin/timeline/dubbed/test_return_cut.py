"""A dubbed cut that comes back knows what the media of the pictures above its shots hides."""

import subprocess
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.rendered_cut import write_render, write_rendered_cut
from support.cuts.small_cut import START_FRAME, write_small_cut
from support.cuts.timelines import track
from support.formats import fcp7

from lipflap.plugin.cli import main
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.report import read_report


def test_a_shot_under_a_logo_is_laid_whole_below_it(tmp_path: Path) -> None:
    """The logo lies between two tracks with dubbed shots."""
    cut = write_rendered_cut(tmp_path)
    logo = "color=white:s=16x8:d=1,format=rgba,pad=64:48:40:4:color=black@0"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", logo, "-frames:v", "1"]
    subprocess.run([*command, str(tmp_path / "logo.png")], check=True)
    made = otio.adapters.read_from_file(str(cut))
    shot, upper = made.tracks[0][0], made.tracks[0][3].deepcopy()
    del made.tracks[0][3]
    over = otio.schema.ExternalReference("logo.png")
    logo_clip = otio.schema.Clip("LOGO", over, shot.trimmed_range())
    made.tracks.insert(1, track(logo_clip, name="Logo"))
    lead = otio.schema.Gap(duration=otio.opentime.RationalTime(75, 25))
    made.tracks.insert(2, track(lead, upper, name="V3"))
    branded, job, out = tmp_path / "b.otio", Job(tmp_path / "b.lipflap"), tmp_path / "back.otio"
    made.to_json_file(str(branded))
    assert main.main(["order", str(branded), "-o", str(job.folder)]) == 0
    for name in ("SH010", "SH040"):
        write_render(job, name, 2000)
    command = ["conform", str(branded), str(job.folder), "-o", str(out), "--as", "track"]
    assert main.main(command) == 0
    back = otio.adapters.read_from_file(str(out))
    below_logo = back.tracks[[one.name for one in back.tracks].index("Logo") - 1]
    assert [one.duration() for one in below_logo.find_clips()] == [shot.duration()]
    assert below_logo.find_clips()[0].media_reference.target_url.endswith("SH010.mov")
    assert "lipflap_media_facts" not in out.read_text()


def _dub(folder: Path, cut: Path, name: str, *order: str) -> Job:
    """Order the one shot of a cut with the dub of a file, and write a picture for it."""
    job = Job(folder / name)
    command = ["order", str(cut), "--dub", str(folder / "de.wav"), "-o", str(job.folder)]
    assert main.main([*command, *order]) == 0
    write_render(job, "SH010", 2000)
    return job


def _conform(cut: Path, job: Job, *how: str) -> tuple[Path, str]:
    """Return the dubbed cut and the notes on it."""
    out = job.folder.with_suffix(".xml")
    assert main.main(["conform", str(cut), str(job.folder), "-o", str(out), *how]) == 0
    return out, " ".join(read_report(job.report).notes)


def test_what_a_document_cannot_hold_of_a_shot_or_keeps_of_an_earlier_dub_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_small_cut(tmp_path)
    clip = fcp7.clip("SH010", fcp7.file("plate.mov", 120, start=START_FRAME), (0, 25), 10)
    cut = fcp7.document(tmp_path / "r.xml", fcp7.sequence("r", fcp7.track(clip)))
    job = _dub(tmp_path, cut, "first", "--extend", "SH010")
    longer = "Its new file is longer than its clip, which keeps its length in this .xml"
    replaced, _ = _conform(cut, job, "--as", "replace")
    assert f"Filmed as {tmp_path / 'plate.mov'}</" in replaced.read_text()
    assert longer in capfd.readouterr().out
    once, _ = _conform(cut, job)
    assert longer not in capfd.readouterr().out
    again = _dub(tmp_path, once, "second")
    (note,) = read_cues(again.cues).notes
    assert "Picture track DUB holds the new pictures of an earlier dub" in note
    (cue,) = read_cues(again.cues).ready
    assert cue.shot.media.path.endswith("plate.mov")
    _, said = _conform(once, again)
    assert "Another dub is heard beside the new one, until it is muted: DUB de." in said
    assert "hide" not in said
    _, said = _conform(once, again, "--as", "replace")
    assert "The new pictures of an earlier dub on DUB hide what is new" in said
