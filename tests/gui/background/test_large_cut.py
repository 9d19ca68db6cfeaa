"""A large cut is read, and its media checked, in a real process beside the panel."""

import psutil
import pytest
from support.cuts.small_cut import write_plate, write_small_cut
from support.jobs.dying_checks import dies_always, dies_once

from lipflap.core.errors import DubError
from lipflap.gui import cut_opening
from lipflap.gui.background import media_checker
from lipflap.gui.document import CutDocument


@pytest.fixture
def document(qtbot, monkeypatch, importable):
    """A document to which every cut is large."""
    monkeypatch.setattr(cut_opening, "_LARGE_BYTES", 0)
    monkeypatch.setattr(media_checker, "MIN_SHOTS", 0)
    made = CutDocument()
    made.problems = []
    made.error.connect(made.problems.append)
    yield made
    made.close()
    made.deleteLater()


def side_processes() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [one for one in children if any("side_main" in part for part in one.cmdline())]


def opened(qtbot, document, act) -> None:
    with qtbot.waitSignal(document.opened, timeout=60_000):
        act()
    qtbot.waitUntil(lambda: not document.is_checking, timeout=60_000)


def test_all_is_as_a_thread_finds_it_also_when_media_is_checked_again(
    qtbot, document, tmp_path, monkeypatch
):
    cut, plate = write_small_cut(tmp_path), tmp_path / "plate.mov"
    opened(qtbot, document, lambda: document.open(cut))
    (child,) = side_processes()
    first = document.orders["SH010"].picture.fingerprint
    write_plate(plate, 100, "01:00:00:00")
    opened(qtbot, document, document.reload)
    assert side_processes() == [child]
    assert document.orders["SH010"].picture.fingerprint != first
    found, cues, overhangs = document.orders, document.cues, document.overhangs
    document.close()
    assert not child.is_running()
    monkeypatch.undo()
    opened(qtbot, document, lambda: document.open(cut))
    assert side_processes() == []
    assert sorted(found) == ["SH010", "SH030"]  # the media is too short for the last
    assert (document.orders, document.cues, document.overhangs) == (found, cues, overhangs)
    assert document.problems == []


def test_a_check_goes_on_when_its_process_dies_and_says_so_when_it_always_does(
    qtbot, document, tmp_path, monkeypatch
):
    monkeypatch.setattr(cut_opening, "_LARGE_BYTES", 1 << 20)
    monkeypatch.setattr(media_checker, "iter_outcomes", dies_once)
    opened(qtbot, document, lambda: document.open(write_small_cut(tmp_path)))
    assert (tmp_path / "died").exists()
    assert sorted(document.orders) == ["SH010", "SH030", "SH040"]
    assert document.problems == []
    monkeypatch.setattr(media_checker, "iter_outcomes", dies_always)
    opened(qtbot, document, document.reload)
    (problem,) = document.problems
    assert isinstance(problem, DubError)
    assert "ended by signal: Killed" in str(problem)
    assert "Rescan media" in str(problem)
    assert document.orders == {}
