"""The dialog that asks how the dubbed cut is delivered."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QMessageBox

from lipflap.gui.deliver.dialog import DeliverableShots, DeliverDialog, DeliveryWishes
from lipflap.plugin.timeline.patch.dubbed_shot import How

SHOTS = DeliverableShots(("SH010",), ("SH020",), ("SH030",))


def ways_of(out: Path) -> tuple[How, ...]:
    return (How.ALTERNATE, How.TRACK) if out.suffix == ".otio" else (How.TRACK, How.REPLACE)


@pytest.fixture
def dialog(qtbot) -> DeliverDialog:
    made = DeliverDialog(SHOTS, Path("/x/reel.otio"), ways_of, DeliveryWishes(How.TRACK))
    qtbot.addWidget(made)
    made.show()
    return made


def test_what_is_delivered_and_what_is_left_as_filmed_is_said(dialog):
    said = "Approved and delivered: SH010. Left as filmed: SH020, SH030."
    assert dialog.about.text() == said
    dialog.approved.click()
    said = "Delivered: SH010, SH020. Not approved: SH020. Left as filmed: SH030."
    assert dialog.about.text() == said


def test_the_ways_are_those_of_the_file_and_the_one_that_was_chosen_stays(qtbot, dialog):
    assert dialog.wishes.how == How.TRACK
    dialog.file.clear()
    assert not dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    qtbot.keyClicks(dialog.file, "/x/reel.xml")
    assert [dialog.ways.itemData(n) for n in range(2)] == [How.TRACK, How.REPLACE]
    assert dialog.out == Path("/x/reel.xml")


def test_the_folder_of_media_composer_is_asked_for_an_aaf_alone_and_has_to_be_there(
    qtbot, dialog, tmp_path
):
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not dialog.mxf.isVisible()
    dialog.file.setText("/x/reel.AAF")
    assert dialog.mxf.isVisible()
    qtbot.keyClicks(dialog.mxf, str(tmp_path / "none"))
    assert not ok.isEnabled()
    dialog.mxf.setText(str(tmp_path))
    assert ok.isEnabled()
    assert dialog.wishes.mxf == tmp_path
    dialog.file.setText("/x/reel.otio")
    assert dialog.wishes.mxf is None


def test_what_is_there_is_replaced_only_if_that_is_agreed_to(qtbot, dialog, tmp_path, monkeypatch):
    there, answers, asked = tmp_path / "other.otio", ["No", "Yes"], []
    there.write_text("another cut")

    def answer(_parent, _title, text: str, _buttons, default) -> QMessageBox.StandardButton:
        asked.append(text)
        assert default == QMessageBox.StandardButton.No
        return QMessageBox.StandardButton[answers.pop(0)]

    monkeypatch.setattr(QMessageBox, "question", answer)
    dialog.file.setText(str(there))
    deliver = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    deliver.click()
    assert asked == ["other.otio is there already. Replace it?"]
    assert (dialog.isVisible(), dialog.result()) == (True, 0)
    deliver.click()
    assert dialog.result() == 1


def test_what_was_agreed_to_where_the_file_was_chosen_is_not_asked_again(
    qtbot, dialog, tmp_path, monkeypatch
):
    there = tmp_path / "other.otio"
    there.write_text("another cut")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked: (str(there), ""))
    dialog._browse()
    dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert dialog.result() == 1
