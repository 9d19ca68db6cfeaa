"""Tab goes through every dialog as it is read: from top to bottom, and in a row from the left."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from lipflap.gui.choices.project_dialog import ProjectDialog
from lipflap.gui.choices.shot_dialog import ShotDialog
from lipflap.gui.deliver.dialog import DeliverableShots, DeliverDialog, DeliveryWishes
from lipflap.gui.dialogs.dub import DubDialog
from lipflap.gui.personal.dialog import PersonaliseDialog
from lipflap.plugin.cut.decisions import NO_OVERRIDES
from lipflap.plugin.cut.project_settings import NO_SETTINGS
from lipflap.plugin.timeline.patch.dubbed_shot import How


def dub(sound: Path) -> QDialog:
    dialog = DubDialog(["Dub DE", "Dub FR"])
    dialog.file.setText(str(sound))
    return dialog


def deliver(_sound: Path) -> QDialog:
    shots = DeliverableShots(("SH010",), (), ())
    return DeliverDialog(shots, Path("/x/a.aaf"), lambda _out: (How.TRACK,), DeliveryWishes())


DIALOGS = {
    "project": (lambda _sound: ProjectDialog(NO_SETTINGS, ["starter"]), 11),
    "shot": (lambda _sound: ShotDialog("S", [NO_OVERRIDES], NO_SETTINGS, ["starter"]), 7),
    "deliver": (deliver, 10),
    "dub": (dub, 9),
    "personalise": (lambda _sound: PersonaliseDialog(Path("/x/cut.otio"), ("Anna",), ""), 8),
}


@pytest.mark.parametrize("name", DIALOGS)
def test_tab_goes_through_a_dialog_as_it_is_read(qtbot, name, tmp_path):
    make, count = DIALOGS[name]
    sound = tmp_path / "de.wav"
    sound.touch()
    dialog = make(sound)
    qtbot.addWidget(dialog)
    dialog.show()
    is_ready = lambda: dialog.isActiveWindow() and dialog.focusWidget() is not None  # noqa: E731
    qtbot.waitUntil(is_ready, timeout=10_000)
    passed: list[QWidget] = []
    while (widget := dialog.focusWidget()) not in passed:
        assert widget is not None
        passed.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    assert widget is passed[0]
    centres = [one.mapTo(dialog, one.rect().center()) for one in passed]
    rows = [(round(at.y() / 12), at.x()) for at in centres]
    assert rows == sorted(rows)
    assert len(passed) == count
