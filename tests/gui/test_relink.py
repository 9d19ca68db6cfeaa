"""Media offline: the file or its folder is chosen, and found again the next time."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from support.cuts.small_cut import write_small_cut
from support.panel_states import is_settled

from lipflap.gui.dialogs.relink import RelinkDialog
from lipflap.gui.panel import Panel, create

OFFLINE = ["missing media"] * 4
ONLINE = ["ready", "skipped", "ready", "ready"]


def opened(qtbot, cut: Path) -> Panel:
    panel = create()
    qtbot.addWidget(panel)
    panel.show()
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut)
    qtbot.waitUntil(lambda: is_settled(panel), timeout=120_000)
    return panel


def states(panel: Panel) -> list[str]:
    return [panel.rows[f"SH0{n}0"].state for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("by_folder", [False, True])
def test_what_is_offline_is_relinked_and_stays_so(qtbot, tmp_path, monkeypatch, by_folder):
    (tmp_path / "cut").mkdir()
    cut = write_small_cut(tmp_path / "cut")
    there = tmp_path / "there" / ("deep" if by_folder else "")
    there.mkdir(parents=True)
    plate = there / ("plate.mov" if by_folder else "plate_new.mov")
    cut.with_name("plate.mov").rename(plate)
    panel = opened(qtbot, cut)
    assert states(panel) == OFFLINE
    folder = str(tmp_path / "there")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *asked: (str(plate), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *asked: folder)

    def answered(dialog: RelinkDialog) -> int:
        assert dialog.files.item(0).text().startswith(f"{cut.with_name('plate.mov')}    SH010, SH0")
        dialog.show()
        button = dialog.choose_folder if by_folder else dialog.choose_file
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        return dialog.result()

    monkeypatch.setattr(RelinkDialog, "exec", answered)
    qtbot.waitUntil(panel.actions_by_name["relink"].isEnabled, timeout=10_000)
    panel.actions_by_name["relink"].trigger()
    qtbot.waitUntil(lambda: states(panel) == ONLINE, timeout=30_000)
    panel.close()
    again = opened(qtbot, cut)
    qtbot.waitUntil(lambda: states(again) == ONLINE, timeout=20_000)
    assert again.document.missing_media == {}
    again.close()


def test_dub_that_is_offline_is_listed_and_relinked_and_its_pictures_are_not(
    qtbot, tmp_path, monkeypatch
):
    (tmp_path / "cut").mkdir()
    cut = write_small_cut(tmp_path / "cut")
    there = tmp_path / "there" / "de_final.wav"
    there.parent.mkdir()
    cut.with_name("de.wav").rename(there)
    panel = opened(qtbot, cut)
    assert states(panel)[0] == "missing media"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *asked: (str(there), ""))
    listed: list[str] = []

    def answered(dialog: RelinkDialog) -> int:
        dialog.show()
        listed.extend(dialog.files.item(row).text() for row in range(dialog.files.count()))
        qtbot.mouseClick(dialog.choose_file, Qt.MouseButton.LeftButton)
        return dialog.result()

    monkeypatch.setattr(RelinkDialog, "exec", answered)
    panel.trigger("relink")
    assert listed == [f"{cut.with_name('de.wav')}    SH010, SH030, SH040"]
    qtbot.waitUntil(lambda: states(panel) == ONLINE, timeout=30_000)
    panel.close()
