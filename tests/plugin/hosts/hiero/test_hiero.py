"""The menu in Hiero, with a stand-in for Hiero and real cuts, JOBs and frames.

The scripts run as they are installed; the program itself was not at hand.
"""

import os
import sys
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import pytest
from support.cuts.coded_job import render_coded
from support.cuts.coded_reel import SHOTS, media_name, write_media
from support.hosts.fake_hiero import Clip, MediaSource, Sequence, TrackItem, VideoTrack, modules
from support.hosts.own_command import OWN_COMMAND
from support.media.frame_codes import Seen, read_film
from support.media.sound_files import write_tones

from lipflap.plugin.cli.main import main
from lipflap.plugin.hosts.hosts import host
from lipflap.plugin.hosts.install import install
from lipflap.plugin.job.folder import Job

DUBBED = (1, 2, 4)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A user's home with the scripts, the reel's media and a way to see messages."""
    made = tmp_path_factory.mktemp("home")
    install(host("hiero"), made / "StartupUI", [*OWN_COMMAND], made / "hosts.json")
    write_media(made, Fraction(25))
    write_tones(made / "de.wav", [300], 9)
    before, known = dict(os.environ), set(sys.modules)
    os.environ |= {"HOME": str(made), "PATH": "/nowhere"}
    sys.path.insert(0, str(made / "StartupUI"))
    yield made
    sys.path.remove(str(made / "StartupUI"))
    for name in set(sys.modules) - known:
        if name.startswith(("lipflap_hiero", "hiero")):
            del sys.modules[name]
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def hiero(home):
    """Hiero's menu, with our entries in it."""
    found, menu = modules()
    sys.modules.update(found)
    import lipflap_hiero  # noqa: F401 as Hiero does when it starts

    return found["hiero"], menu


def item(path: Path, name: str, start: int, count: int, first: int) -> TrackItem:
    made = TrackItem(name)
    made.setSource(Clip(MediaSource(str(path))))
    made.setTimes(start, start + count - 1, first, first + count - 1)
    return made


def reel(home: Path) -> Sequence:
    made = Sequence("reel 1/4")
    made.tracks, made.sounds = [VideoTrack("V1")], [VideoTrack("Dub DE")]
    for shot in SHOTS:
        path = home / media_name(shot.file)
        start, count = shot.record.start, len(shot.record)
        made.tracks[0].list.append(item(path, f"film {shot.file}", start, count, shot.first))
    for start, count in ((0, 100), (150, 50)):
        made.sounds[0].list.append(item(home / "de.wav", "de", start, count, start))
    return made


@lru_cache
def film(path: str) -> list[Seen]:
    return read_film(Path(path))


def seen(sequence: Sequence) -> list[tuple]:
    shown = [sequence.shown_at(frame) for frame in range(200)]
    return [tuple(*film(path)[index].codes) for path, index in shown]


def wanted() -> list[tuple]:
    return [
        (shot.file, shot.first + frame - shot.record.start, shot.file in DUBBED)
        for shot in SHOTS
        for frame in shot.record
    ]


@pytest.fixture(scope="module")
def sent(home, hiero):
    """The sequence that was sent, and rendered."""
    module, menu = hiero
    sequence = reel(home)
    module.ui.activeSequence = lambda: sequence
    opened = sys.modules["lipflap_hiero.menu"]
    opened.start = lambda log, *arguments: arguments
    menu.entries["Open Panel on Sequence"]()
    cut = home / "Lipflap" / "reel 1_4" / "reel 1_4.otio"
    assert opened._panels == [("panel", str(cut))]
    job = Job(cut.with_suffix(".lipflap"))
    assert main(["order", str(cut), "-o", str(job.folder)]) == 0
    render_coded(job)
    return sequence


def test_shots_come_back_as_versions_and_every_frame_is_right(sent, hiero, capsys):
    _, menu = hiero
    first = sent.tracks[0].list[0]
    own = first.clip
    menu.entries["Bring Shots Back"]()
    assert "3 shots as versions, 0 on a track DUB." in capsys.readouterr().out
    assert seen(sent) == wanted()
    assert [len(own.bin_item.versions), sent.undo] == [1, ["Lipflap", "end"]]


def test_what_takes_no_version_is_laid_above_and_what_was_moved_left_alone(
    sent, home, hiero, capsys
):
    module, menu = hiero
    sequence = reel(home)
    module.ui.activeSequence = lambda: sequence
    for one in sequence.tracks[0].list:
        one.stuck = True
    sequence.tracks[0].list[1].times = (51, 100, 26, 75)
    menu.entries["Bring Shots Back"]()
    said = capsys.readouterr().out
    assert "0 shots as versions, 2 on a track DUB." in said
    assert "film 2: Its clip was moved or trimmed" in said
    assert [one.name() for one in sequence.tracks] == ["V1", "DUB"]
    frames = (*range(50), *range(150, 200))
    shown = [sequence.shown_at(frame) for frame in frames]
    codes = [tuple(*film(path)[index].codes) for path, index in shown]
    assert codes == [wanted()[frame] for frame in frames]
    first = sequence.tracks[0].list[0]
    assert (first.times, first.clip.media.path) == ((0, 49, 20, 69), str(home / media_name(1)))


def test_no_sequence_and_nothing_rendered_are_said(home, hiero, capsys):
    module, menu = hiero
    module.ui.activeSequence = lambda: Sequence("another")
    menu.entries["Bring Shots Back"]()
    assert "Nothing is rendered yet" in capsys.readouterr().out
    module.ui.activeSequence = lambda: None
    menu.entries["Open Panel on Sequence"]()
    assert "No sequence is open" in capsys.readouterr().out
