"""The panel's settings outlive a session, whoever else writes, and nobody waits for the disk."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from lipflap.gui import settings
from lipflap.gui.background.settings_file import store, stored
from lipflap.plugin.job.path_map import PathRule
from lipflap.plugin.timeline.media.media_finder import MediaPlaces

_ADD = """
import sys
from lipflap.gui.background.settings_file import change
for number in range(40):
    change("list", lambda before: [*(before or []), f"{sys.argv[1]} {number}"])
"""
_REMEMBER = """
import sys
from pathlib import Path
from lipflap.gui.settings import remember_cut
remember_cut(Path(sys.argv[1]))
"""


def test_panels_that_store_at_once_lose_nothing_of_each_other():
    panels = [subprocess.Popen([sys.executable, "-c", _ADD, name]) for name in ("one", "other")]
    assert [panel.wait() for panel in panels] == [0, 0]
    expected = {f"{name} {number}" for name in ("one", "other") for number in range(40)}
    assert set(stored("list")) == expected
    assert len(stored("list")) == 80


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_disk_is_not_waited_for(tmp_path):
    cut, trace = tmp_path / "cut.otio", tmp_path / "trace"
    cut.touch()
    strace = ["strace", "-f", "-e", "trace=/sync", "-o", str(trace)]
    subprocess.run([*strace, sys.executable, "-c", _REMEMBER, str(cut)], check=True)
    assert settings.recent_cuts() == [cut]
    assert "sync(" not in trace.read_text()


def test_a_file_that_is_damaged_or_cannot_be_written_stops_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "lipflap" / "panel.json"
    store("a", 1)
    file.write_text("{")
    assert stored("a") is None
    store("a", 2)
    assert stored("a") == 2
    file.unlink()
    file.mkdir()
    store("a", 3)
    assert stored("a") is None


def test_what_the_panel_keeps_comes_back_as_it_was(tmp_path):
    cut, folder = tmp_path / "cut.otio", tmp_path / "media"
    folder.mkdir()
    state = QByteArray(bytes(range(256)))
    places = MediaPlaces((PathRule("P:\\show", str(folder)),), (folder,))
    settings.remember_layout("window", state)
    settings.remember_media_places(cut, places)
    settings.remember_job_folder(cut, "Dub FR", folder)
    settings.remember_finds_faces(False)
    assert settings.layout("window") == state
    assert settings.layout("another") is None
    assert settings.media_places(cut) == places
    assert settings.job_folder(cut, "Dub FR") == folder
    assert settings.job_folder(cut, "") == Path(f"{cut.with_suffix('')}.lipflap")
    assert not settings.finds_faces()
