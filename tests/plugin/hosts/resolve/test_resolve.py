"""Resolve's menu entries, with a stand-in for Resolve and real cuts, JOBs and frames.

The scripts run as they are installed; the program itself was not at hand.
"""

import json
import os
import subprocess
import sys
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import pytest
from support.cuts.coded_job import render_coded
from support.cuts.coded_reel import SHOTS, media_name, write_media
from support.hosts.fake_resolve import MEDIA_START, START, Habits, Item, PoolItem, Resolve, Timeline
from support.hosts.own_command import OWN_COMMAND
from support.media.frame_codes import Seen, read_film
from support.media.sound_files import write_tones

from lipflap.plugin.cli.main import main
from lipflap.plugin.hosts.hosts import host
from lipflap.plugin.hosts.install import install
from lipflap.plugin.job.folder import Job

DUBBED = (1, 2, 4)
# the panel would open a window: what it is given is written down
_PANEL = "import sys, pathlib\nif sys.argv[1] == 'panel':\n    sys.exit(print(sys.argv[2]))\n"


class Editor:
    """A user of Resolve: home, scripts installed, messages that were shown."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.messages = home / "messages.txt"
        self.fusion = home / "Fusion"

    def starts(self, entry: str, resolve: object) -> str:
        """Start a menu entry as Resolve does, without a __file__; return what was shown."""
        self.messages.write_text("")
        text = (self.fusion / "Scripts" / "Edit" / f"{entry}.py").read_text()
        exec(compile(text, "<string>", "exec"), {"resolve": resolve})
        return self.messages.read_text()


@pytest.fixture(scope="module")
def editor(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    command = [*OWN_COMMAND[:2], f"{_PANEL}{OWN_COMMAND[2]}"]
    install(host("resolve"), home / "Fusion", command, home / "hosts.json")
    (home / "bin").mkdir()
    zenity = home / "bin" / "zenity"
    zenity.write_text(f'#!/bin/sh\necho "$@" >> {home}/messages.txt\n')
    zenity.chmod(0o755)
    before = dict(os.environ)
    os.environ |= {"HOME": str(home), "PATH": f"{home}/bin:/usr/bin:/bin"}
    yield Editor(home)
    os.environ.clear()
    os.environ.update(before)
    for name in [one for one in sys.modules if one.startswith("lipflap_resolve")]:
        del sys.modules[name]
    sys.path.remove(str(home / "Fusion" / "lipflap"))


def reel(home: Path, habits: Habits) -> Resolve:
    """Resolve with the reel's four shots on V1, without its mix and its title."""
    items = [
        Item(
            START + shot.record.start,
            len(shot.record),
            [(PoolItem(str(home / media_name(shot.file)), MEDIA_START), shot.first)],
            habits,
        )
        for shot in SHOTS
    ]
    sound = str(home / "de.wav")
    timeline = Timeline("reel 1/4", habits, tracks=[items, []], names=["Video 1", "Titles"])
    timeline.sounds = [(sound, 0, 100), (sound, 150, 200)]
    return Resolve(timeline, habits)


@pytest.fixture(scope="module")
def found(editor):
    """What Lipflap prints of the shots, when they were sent and rendered."""
    write_media(editor.home, Fraction(25))
    write_tones(editor.home / "de.wav", [300], 9)
    assert editor.starts("Lipflap panel", reel(editor.home, Habits())) == ""
    cut = editor.home / "Lipflap" / "A _ project" / "reel 1_4.otio"
    log = cut.with_suffix(".log")
    assert sys.modules["lipflap_resolve.menu"]._panels[-1].wait(60) == 0
    assert log.read_text().strip() == str(cut)
    job = Job(cut.with_suffix(".lipflap"))
    assert "Nothing is rendered yet" in editor.starts(
        "Lipflap bring back", reel(editor.home, Habits())
    )
    assert main(["order", str(cut), "-o", str(job.folder)]) == 0
    assert "3 are waiting" in editor.starts("Lipflap bring back", reel(editor.home, Habits()))
    render_coded(job)
    shots = [*OWN_COMMAND, "hosts", "shots", str(job.folder)]
    return json.loads(subprocess.run(shots, capture_output=True, check=True).stdout)


@lru_cache
def film(path: str) -> list[Seen]:
    return read_film(Path(path))


def seen(timeline: Timeline) -> list[tuple[int, int, bool]]:
    """What every frame of the reel says, through the files that the timeline shows."""
    codes = []
    for frame in range(200):
        path, index = timeline.shown_at(frame)
        (code,) = film(path)[index].codes
        codes.append(tuple(code))
    return codes


def wanted(*, dubbed: tuple[int, ...] = DUBBED) -> list[tuple[int, int, bool]]:
    return [
        (shot.file, shot.first + frame - shot.record.start, shot.file in dubbed)
        for shot in SHOTS
        for frame in shot.record
    ]


def test_shots_come_back_as_takes_on_a_duplicate(editor, found):
    resolve = reel(editor.home, Habits())
    original = resolve.project.current
    said = editor.starts("Lipflap bring back", resolve)
    assert "reel 1/4 dubbed: 3 shots, 3 as takes." in said
    assert resolve.project.current.name == "reel 1/4 dubbed"
    assert seen(resolve.project.current) == wanted()
    assert seen(original) == wanted(dubbed=())
    assert [item.GetTakesCount() for item in resolve.project.current.tracks[0]] == [2, 2, 0, 2]
    assert [folder.name for folder in resolve.project.pool.root.folders] == ["Lipflap"]
    resolve.project.current = original
    assert "reel 1/4 dubbed 2: 3 shots" in editor.starts("Lipflap bring back", resolve)


@pytest.mark.parametrize("last_counts", [False, True])
@pytest.mark.parametrize("takes", [False, True])
@pytest.mark.parametrize("by_index", [False, True])
def test_every_frame_is_right_whatever_a_version_refuses(
    editor, found, last_counts, takes, by_index
):
    from lipflap_resolve.bring_back import lay_shots

    habits = Habits(last_counts=last_counts, takes=takes, tracks_by_index=by_index)
    resolve = reel(editor.home, habits)
    said = lay_shots(resolve.project, resolve.project.current, found)
    made = resolve.project.current
    assert seen(made) == wanted()
    if takes:
        assert (said, len(made.tracks)) == (["reel 1/4 dubbed: 3 shots, 3 as takes."], 2)
    else:
        assert said[0] == "reel 1/4 dubbed: 3 shots, 3 on tracks DUB."
        assert made.names == (
            ["Video 1", "DUB", "Titles"] if by_index else ["Video 1", "Titles", "DUB"]
        )
        assert any("move it below your titles" in line for line in said) is not by_index


def test_a_retimed_shot_is_laid_above_as_a_take_would_be_retimed_again(editor, found):
    from lipflap_resolve.bring_back import lay_shots

    shots = [{**shot, "is_baked": True} for shot in found["shots"]]
    resolve = reel(editor.home, Habits())
    lay_shots(resolve.project, resolve.project.current, {**found, "shots": shots})
    assert [len(track) for track in resolve.project.current.tracks] == [4, 3, 0]


def test_a_clip_that_was_moved_since_or_lies_in_a_compound_clip_is_left_alone(editor, found):
    from lipflap_resolve.bring_back import lay_shots

    resolve = reel(editor.home, Habits())
    resolve.project.current.tracks[0][0].start += 1
    nested = [{**shot, "track": 0} if "4" in shot["name"] else shot for shot in found["shots"]]
    said = lay_shots(resolve.project, resolve.project.current, {**found, "shots": nested})
    assert "1 as takes" in said[0]
    assert any("was moved or trimmed" in line for line in said)
    assert any("compound clip" in line for line in said)


def test_when_nothing_can_be_laid_no_duplicate_is_left(editor, found):
    resolve = reel(editor.home, Habits(imports=False))
    said = editor.starts("Lipflap bring back", resolve)
    assert "No shot could be brought back" in said
    assert "does not import its new file" in said
    assert [one.name for one in resolve.project.timelines] == ["reel 1/4"]


def test_what_is_refused_before_is_said(editor, found):
    resolve = reel(editor.home, Habits(exports_otio=False))
    assert "neither as OTIO, nor as FCPXML or XML" in editor.starts("Lipflap panel", resolve)
    resolve.project.current.name = "another"
    assert "another was not sent" in editor.starts("Lipflap bring back", resolve)
    resolve.project.current = None
    assert "No timeline is open" in editor.starts("Lipflap panel", resolve)
    assert "does not answer" in editor.starts("Lipflap panel", None)
