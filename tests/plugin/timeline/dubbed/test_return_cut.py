"""A dubbed cut that comes back knows what the media of the pictures above its shots hides."""

import subprocess
from pathlib import Path

import opentimelineio as otio
from support.cuts.rendered_cut import write_render, write_rendered_cut
from support.cuts.timelines import track

from lipflap.plugin.cli import main
from lipflap.plugin.job.folder import Job


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
