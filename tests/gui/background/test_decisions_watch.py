"""Two panels on one cut: what both decide at once, or while one reads, counts in both."""

import time
from pathlib import Path

import pytest
from support.cuts.small_cut import write_small_cut

from lipflap.gui import commands
from lipflap.gui.background.decisions_watch import DecisionsWatch
from lipflap.gui.document import CutDocument
from lipflap.plugin.cut.decisions import decisions_path, read_decisions


@pytest.fixture
def cut(tmp_path) -> Path:
    return write_small_cut(tmp_path)


@pytest.fixture
def watches(qtbot, cut):
    made = [DecisionsWatch(CutDocument()) for _ in range(2)]
    for watch in made:
        with qtbot.waitSignal(watch.parent().opened, timeout=120_000):
            watch.parent().open(cut, "track:Dub DE")
    qtbot.wait(1000)  # each has seen what the other wrote as it opened
    yield made
    for watch in made:
        watch.parent().close()
        watch.parent().deleteLater()  # else whatever thread collects garbage would take it apart


def exclude(document: CutDocument, shot: str) -> None:
    document.decide(commands.dub(document.decisions, [shot], is_dubbed=False))


def all_know(qtbot, watches: list[DecisionsWatch], cut: Path, *shots: str) -> None:
    """Wait until these shots are excluded in all panels and the file, and stay so."""

    def known() -> list[set[str]]:
        decided = [watch.parent().decisions for watch in watches]
        return [set(one.overrides) for one in (*decided, read_decisions(decisions_path(cut)))]

    qtbot.waitUntil(lambda: known() == [set(shots)] * 3, timeout=10_000)
    qtbot.wait(1000)
    assert known() == [set(shots)] * 3


def test_what_both_decide_at_once_counts_in_both(qtbot, watches, cut):
    one, other = (watch.parent() for watch in watches)
    exclude(one, "SH010")
    exclude(other, "SH030")
    all_know(qtbot, watches, cut, "SH010", "SH030")
    assert [document.undo.count() for document in (one, other)] == [2, 2]


def test_what_is_decided_while_the_file_is_read_counts_in_both(qtbot, watches, cut):
    one, other = (watch.parent() for watch in watches)
    exclude(one, "SH010")
    watches[1]._read()
    time.sleep(0.5)  # it is read by its thread, and not yet taken
    exclude(other, "SH030")
    all_know(qtbot, watches, cut, "SH010", "SH030")


def test_what_is_taken_from_the_file_is_not_written_there_again(qtbot, watches, cut):
    """Else it would take the place of what the other decides in that moment."""
    one, other = (watch.parent() for watch in watches)
    exclude(one, "SH010")
    written = decisions_path(cut).stat().st_ino
    all_know(qtbot, watches, cut, "SH010")
    assert decisions_path(cut).stat().st_ino == written
    other.undo_step()
    all_know(qtbot, watches, cut)
    other.redo_step()
    all_know(qtbot, watches, cut, "SH010")


def test_what_is_decided_while_the_other_opens_another_dub_counts_with_it(qtbot, watches, cut):
    one, other = (watch.parent() for watch in watches)
    dub = str(cut.with_name("de.wav"))
    with qtbot.waitSignal(other.opened, timeout=120_000):
        other.open(cut, dub)
        exclude(one, "SH010")
    all_know(qtbot, watches, cut, "SH010")
    assert [document.decisions.dub for document in (one, other)] == [dub, dub]


def test_where_the_system_does_not_tell_of_others_what_they_have_stored_is_kept(
    qtbot, watches, cut
):
    """As in folders of a network."""
    one, other = (watch.parent() for watch in watches)
    for watch in watches:
        watch._watched._watcher.blockSignals(True)
    exclude(one, "SH010")
    exclude(other, "SH030")
    qtbot.waitUntil(lambda: len(other.decisions.overrides) == 2, timeout=10_000)
    exclude(one, "SH020")
    all_in = {"SH010", "SH020", "SH030"}
    qtbot.waitUntil(lambda: set(one.decisions.overrides) == all_in, timeout=10_000)
    assert set(read_decisions(decisions_path(cut)).overrides) == all_in
