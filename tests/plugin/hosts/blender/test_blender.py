"""The add-on in a real Blender: `blender`, or the Python with bpy that LIPFLAP_BPY names."""

import os
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from support.cuts.coded_job import render_coded
from support.cuts.coded_reel import LENGTH, expected, right_frames, write_media
from support.hosts.own_command import OWN_COMMAND
from support.media.frame_codes import read_film
from support.media.sound_files import write_tones

from lipflap.plugin.cli.main import main
from lipflap.plugin.hosts.hosts import host
from lipflap.plugin.hosts.install import install
from lipflap.plugin.job.folder import Job

REEL = Path(__file__).parents[3] / "support" / "hosts" / "blender_reel.py"
BPY, BLENDER = os.environ.get("LIPFLAP_BPY"), shutil.which("blender")
RATE = Fraction(30000, 1001)

pytestmark = pytest.mark.skipif(
    not (BPY or BLENDER),
    reason="there is no Blender here, and LIPFLAP_BPY names no Python with bpy",
)


def blender(*arguments: str) -> str:
    """What the reel's script says in Blender."""
    program = [BPY, str(REEL)] if BPY else [str(BLENDER), "-b", "--factory-startup"]
    if not BPY:
        program += ["--python-exit-code", "3", "--python", str(REEL)]
    done = subprocess.run(
        [*map(str, program), "--", *arguments], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_shots_come_back_above_and_in_place_and_every_frame_is_right(tmp_path: Path) -> None:
    folder = tmp_path / "reel"
    folder.mkdir()
    write_media(folder, RATE, "10:00:00;00")
    write_tones(folder / "de.wav", [300], 9)
    install(host("blender"), tmp_path / "addons", OWN_COMMAND, tmp_path / "hosts.json")
    blender("make", str(tmp_path / "addons"), str(folder), str(RATE))
    cut = folder / "lipflap" / "reel Scene.otio"
    sent = cut.read_text()
    job = Job(cut.with_suffix(".lipflap"))
    assert main(["order", str(cut), "-o", str(job.folder)]) == 0
    render_coded(job)
    said = blender("back", str(tmp_path / "addons"), str(folder), "-")
    assert said.count("['Shots rendered: 3; still to be rendered: 0.']") == 2
    films = {name: read_film(folder / f"{name}.mkv") for name in ("filmed", "above", "replace")}
    right = {
        name: right_frames(film, expected(dubbed=name != "filmed")) for name, film in films.items()
    }
    assert right == dict.fromkeys(films, LENGTH)
    assert cut.read_text() == sent  # the originals are back, as they were
