"""Settings of a project and of its shots: asked for by keys, kept, undone, and in every order."""

from collections.abc import Callable
from pathlib import Path

import miniaudio
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox
from support.jobs.requests import parse_request

from lipflap.core.order import Mode
from lipflap.gui.choices.project_dialog import ProjectDialog
from lipflap.gui.choices.shot_dialog import ShotDialog
from lipflap.gui.panel import Panel, create
from lipflap.plugin.cut.decisions import NO_OVERRIDES
from lipflap.plugin.cut.project_settings import NO_SETTINGS, ProjectSettings

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def cut(rendered) -> Path:
    """The cut without decisions; nothing here changes its JOB."""
    yield rendered
    rendered.with_name("small.decisions.json").unlink(missing_ok=True)


def open_panel(qtbot, cut: Path, state: str = "rendered") -> Panel:
    panel = create()
    panel.resize(1400, 900)
    panel.show()
    panel.viewer.view.player._output._backends = [miniaudio.Backend.NULL]
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut)
    settle(qtbot, panel, state)
    return panel


@pytest.fixture
def panel(qtbot, cut) -> Panel:
    made = open_panel(qtbot, cut)
    yield made
    made.close()
    made.deleteLater()


def settle(qtbot, panel: Panel, state: str) -> None:
    """Wait until all media is checked, and the first shot is in a state."""

    def is_settled() -> bool:
        row = panel.rows.get("SH010")
        return row is not None and row.state == state and not panel.document.is_checking

    qtbot.waitUntil(is_settled, timeout=20_000)


def press(qtbot, panel: Panel, code, keys=PLAIN) -> None:
    qtbot.keyClick(panel.shot_list.table, code, keys)


def said(panel: Panel) -> str:
    return panel.statusBar().currentMessage()


def in_dialog(kind: type[QDialog], act: Callable[[QDialog], object]) -> None:
    """Do something in the dialog that opens next."""

    def try_again() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, kind) and dialog.isActiveWindow():
            act(dialog)
        else:
            QTimer.singleShot(20, try_again)

    QTimer.singleShot(0, try_again)


def test_project_settings_reach_every_order_and_are_kept_and_undone(qtbot, panel, cut):
    def fill(dialog: ProjectDialog) -> None:
        qtbot.keyClicks(dialog.codec, "ProRes")
        qtbot.keyClicks(dialog.mouths, "P")  # the first that is painted
        dialog.handles.selectAll()
        qtbot.keyClicks(dialog.handles, "4")
        dialog.variation.selectAll()
        qtbot.keyClicks(dialog.variation, "7")
        qtbot.keyClicks(dialog.burn_in, "AI-edited")
        qtbot.keyClick(dialog.consent, Key.Key_Space)
        qtbot.keyClick(dialog.burn_in, Key.Key_Return)

    in_dialog(ProjectDialog, fill)
    press(qtbot, panel, Key.Key_Comma, CTRL)
    wanted = ProjectSettings(
        mode=Mode.AUTOREGRESSIVE,
        seed=7,
        handles=4,
        codec="prores",
        burn_in="AI-edited",
        require_consent=True,
    )
    assert panel.document.decisions.project == wanted
    settle(qtbot, panel, "out of date")
    order = panel.document.orders["SH010"]
    assert (order.output.codec, order.output.burn_in) == ("prores", "AI-edited")
    assert (order.output.head, order.output.tail) != (8, 8)
    assert (order.settings.mode, order.settings.seed) == (Mode.AUTOREGRESSIVE, 7)
    kept = cut.with_name("small.decisions.json")
    request = parse_request([str(cut), "--decisions", str(kept)])
    assert request.settings == panel.document._request.settings
    assert request.require_consent
    press(qtbot, panel, Key.Key_Z, CTRL)
    settle(qtbot, panel, "rendered")
    assert panel.document.decisions.project == NO_SETTINGS
    press(qtbot, panel, Key.Key_Z, CTRL | SHIFT)
    panel.close()
    again = open_panel(qtbot, cut, "out of date")
    assert again.document.decisions.project == wanted
    with qtbot.waitSignal(again.document.error, timeout=30_000) as told:
        press(qtbot, again, Key.Key_R)
    assert "is not dubbed without consent" in str(told.args[0])
    again.close()


def test_a_shots_own_settings_are_in_its_order_alone(qtbot, panel):
    for kind, code in ((ShotDialog, Key.Key_Escape), (ShotDialog, Key.Key_Return)):
        in_dialog(kind, lambda dialog, code=code: qtbot.keyClick(dialog, code))
        press(qtbot, panel, Key.Key_I, CTRL)
    in_dialog(ProjectDialog, lambda dialog: qtbot.keyClick(dialog, Key.Key_Return))
    press(qtbot, panel, Key.Key_Comma, CTRL)
    assert said(panel) == "Project settings: nothing changes."
    assert not panel.document.undo.canUndo()

    def fill(dialog: ShotDialog) -> None:
        assert dialog.handles.placeholderText() == "Project default (8)"
        qtbot.keyClicks(dialog.quality, "Draft")
        qtbot.keyClicks(dialog.mouths, "P")
        qtbot.keyClicks(dialog.variation, "5")
        qtbot.keyClick(dialog.variation, Key.Key_Return)

    in_dialog(ShotDialog, fill)
    press(qtbot, panel, Key.Key_I, CTRL)
    assert said(panel) == "✓ Quality, New mouths, Variation of SH010"
    settle(qtbot, panel, "out of date")
    settings = panel.document.orders["SH010"].settings
    assert (settings.mode, settings.seed, settings.guidance) == (Mode.AUTOREGRESSIVE, 5, 1)
    assert "Variation 5." in panel.rows["SH010"].remarks
    others = [one for shot, one in panel.document.orders.items() if shot != "SH010"]
    assert {(one.settings.mode, one.settings.seed) for one in others} == {(Mode.REFERENCE, 0)}
    change_handles_of_all(qtbot, panel)
    for _ in range(2):
        press(qtbot, panel, Key.Key_Z, CTRL)
    settle(qtbot, panel, "rendered")


def change_handles_of_all(qtbot, panel: Panel) -> None:
    """Change one setting of shots of which another differs."""
    seen = []

    def fill(dialog: ShotDialog) -> None:
        seen.append((dialog.variation.placeholderText(), dialog.quality.currentText()))
        qtbot.keyClicks(dialog.handles, "2")
        qtbot.keyClick(dialog.handles, Key.Key_Return)

    in_dialog(ShotDialog, fill)
    press(qtbot, panel, Key.Key_A, CTRL)
    press(qtbot, panel, Key.Key_I, CTRL)
    assert seen == [("As they are: they differ", "As they are: they differ")]
    overrides = panel.document.decisions.overrides
    assert {one.handles for one in overrides.values()} == {2}
    assert len(overrides) == len(panel.document.cues) > 1
    seeds = {name: one.seed for name, one in overrides.items() if one.seed is not None}
    assert seeds == {"SH010": 5}


def test_a_line_that_cannot_be_painted_is_said_while_it_is_typed(qtbot):
    dialog = ProjectDialog(NO_SETTINGS, ["starter"])
    qtbot.addWidget(dialog)
    dialog.show()
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    qtbot.keyClicks(dialog.burn_in, "ge")
    dialog.burn_in.insert("ändert")  # as pasted: the test has no key for it
    assert not ok.isEnabled()
    assert "no letter 'ä'" in dialog.problem.text()
    for _ in range(6):
        qtbot.keyClick(dialog.burn_in, Key.Key_Backspace)
    assert ok.isEnabled()
    assert dialog.settings.burn_in == "ge"
    dialog.handles.clear()
    assert not ok.isEnabled()


def test_what_this_machine_lacks_stays_chosen(qtbot):
    settings = ProjectSettings(
        model="/elsewhere/own.safetensors", handles=300, require_consent=True
    )
    dialog = ProjectDialog(settings, ["starter"], studio_requires=True)
    qtbot.addWidget(dialog)
    assert dialog.settings == settings
    assert not dialog.consent.isEnabled()
    shot = ShotDialog("SH010", [NO_OVERRIDES], settings, ["starter"])
    qtbot.addWidget(shot)
    assert shot.changes == {}
    assert shot.model.currentText() == "Project default (/elsewhere/own.safetensors)"
