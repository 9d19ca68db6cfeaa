"""The file of decisions: the latest are in it, however many were taken and how fast."""

import pytest
from PySide6.QtCore import QObject

from lipflap.gui.background.decisions_file import DecisionsFile
from lipflap.plugin.cut.decisions import Decisions, read_decisions, with_overrides


def excluded(count: int) -> Decisions:
    return with_overrides(Decisions(), [f"SH{n}" for n in range(count)], dub=False)


@pytest.fixture
def owner(qtbot):
    return QObject()


@pytest.fixture
def file(owner):
    return DecisionsFile(owner)


def test_few_decisions_are_there_at_once(file, tmp_path):
    path = tmp_path / "cut.decisions.json"
    file.write(path, excluded(3))
    assert read_decisions(path) == excluded(3)


def test_of_many_decisions_the_latest_are_there_in_the_end(qtbot, file, tmp_path):
    path = tmp_path / "cut.decisions.json"
    for count in (300, 299, 298, 2):
        file.write(path, excluded(count))
    qtbot.waitUntil(lambda: path.exists() and read_decisions(path) == excluded(2), timeout=10_000)


def test_those_of_two_cuts_are_both_written_when_the_panel_is_closed(file, tmp_path):
    for name in ("a", "b", "c"):
        file.write(tmp_path / f"{name}.json", excluded(300))
    file.finish()
    assert all(read_decisions(tmp_path / f"{name}.json") == excluded(300) for name in "abc")


def test_what_cannot_be_written_is_told_also_from_the_background(qtbot, file, tmp_path):
    (tmp_path / "none").write_text("a file in the place of the folder")
    for count in (3, 300):
        with qtbot.waitSignal(file.failed, timeout=10_000):
            file.write(tmp_path / "none" / "cut.json", excluded(count))
