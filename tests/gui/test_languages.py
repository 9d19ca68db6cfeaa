"""Several dubs of one cut in one panel: a JOB each, and decisions that do not mix."""

from pathlib import Path

import opentimelineio as otio
import pytest
from PySide6.QtCore import Qt
from support.cuts.small_cut import write_small_cut
from support.panel_states import is_settled

from lipflap.core.order import Role
from lipflap.gui import commands
from lipflap.gui.dialogs.dub import DubDialog
from lipflap.gui.panel import Panel, create
from lipflap.plugin.cut.decisions import read_decisions

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def cut(tmp_path) -> Path:
    """The small cut with a French dub beside the German one; SH020 has French alone."""
    path = write_small_cut(tmp_path)
    timeline = otio.adapters.read_from_file(str(path))
    french = timeline.tracks[2].deepcopy()
    french.name = "Dub FR"
    french[1] = french[0].deepcopy()
    timeline.tracks.append(french)
    otio.adapters.write_to_file(timeline, str(path))
    return path


def switched(qtbot, panel: Panel, text: str) -> None:
    """Choose a dub in the menu of the top row, and wait for it."""
    menu = panel.bar.languages
    menu.aboutToShow.emit()
    action = next(action for action in menu.actions() if action.text() == text)
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        action.trigger()
    qtbot.waitUntil(lambda: is_settled(panel), timeout=120_000)


def test_a_dub_of_two_tracks_is_chosen_in_one_list_and_shown_again(qtbot, cut, monkeypatch):
    panel = create()
    qtbot.addWidget(panel)
    panel.show()
    about: list[str] = []

    def both(dialog: DubDialog) -> int:
        dialog.show()
        for number, keys in enumerate((Qt.KeyboardModifier.NoModifier, CTRL)):
            place = dialog.tracks.visualItemRect(dialog.tracks.item(1 + number)).center()
            qtbot.mouseClick(dialog.tracks.viewport(), Qt.MouseButton.LeftButton, keys, place)
        qtbot.waitUntil(lambda: "clips" in dialog._about.text(), timeout=10_000)
        about.append(dialog._about.text())
        dialog.done(1)
        return 1

    monkeypatch.setattr(DubDialog, "exec", both)
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut)
    qtbot.waitUntil(lambda: is_settled(panel), timeout=120_000)
    decided = read_decisions(cut.with_name("small.decisions.json"))
    assert decided.dub == "track:Dub DE, Dub FR"
    assert about[0].startswith("7 clips")
    assert {line.track for line in panel.document.lines if line.role == Role.DUB} == {
        "Dub DE",
        "Dub FR",
    }
    shown: list[str | None] = []

    def given(dialog: DubDialog) -> int:
        shown.append(dialog.dub)
        return 0

    monkeypatch.setattr(DubDialog, "exec", given)
    panel.trigger("dub_source")
    qtbot.waitUntil(lambda: shown == [decided.dub], timeout=10_000)
    panel.close()


def test_a_language_is_added_switched_and_each_keeps_its_decisions(qtbot, cut, monkeypatch):
    panel = create()
    qtbot.addWidget(panel)
    panel.show()
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut, "track:Dub DE")
    qtbot.waitUntil(lambda: is_settled(panel), timeout=120_000)
    panel.document.decide(commands.dub(panel.document.decisions, ["SH040"], is_dubbed=False))

    def french(dialog: DubDialog) -> int:
        dialog.choose("Dub FR")
        return 1

    monkeypatch.setattr(DubDialog, "exec", french)
    switched(qtbot, panel, "Add a lan&guage…")
    assert (panel.document.language, panel.bar.dub.text()) == ("Dub FR", "Dub: Dub FR")
    assert panel.document.job.folder == cut.with_name("small (Dub FR).lipflap")
    states = lambda: [panel.rows[f"SH0{n}0"].state for n in (1, 2, 3, 4)]  # noqa: E731
    all_ready = ["ready", "ready", "ready", "skipped"]
    qtbot.waitUntil(lambda: states() == all_ready, timeout=20_000)
    panel.document.decide(commands.dub(panel.document.decisions, ["SH010"], is_dubbed=False))
    switched(qtbot, panel, "Dub DE")
    assert panel.document.job.folder == cut.with_name("small.lipflap")
    without = ["ready", "skipped", "ready", "skipped"]
    qtbot.waitUntil(lambda: states() == without, timeout=20_000)
    panel.close()
    again = create()
    qtbot.addWidget(again)
    with qtbot.waitSignal(again.document.opened, timeout=120_000):
        again.open(cut)
    assert again.document.language == ""
    switched(qtbot, again, "Dub FR")
    assert [name for name, cue in again.document.cues.items() if cue.reason] == ["SH010", "SH040"]
    again.close()
