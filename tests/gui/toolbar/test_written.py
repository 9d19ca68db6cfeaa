"""What was written is named in the status bar, to be opened, shown in its folder, or hidden."""

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from lipflap.gui.toolbar.written import WrittenFile

LEFT = Qt.MouseButton.LeftButton


class Desktop(QObject):
    """Takes what would be opened by the desktop's programs."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[QUrl] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.opened.append(url)


@pytest.fixture
def desktop():
    made = Desktop()
    QDesktopServices.setUrlHandler("file", made, "take")
    yield made
    QDesktopServices.unsetUrlHandler("file")


def test_its_buttons_open_the_file_and_its_folder(qtbot, desktop, tmp_path):
    line = WrittenFile()
    qtbot.addWidget(line)
    assert not line.isVisibleTo(None)
    cut = tmp_path / "reel #1 ä.otio"
    line.show_file("Dubbed cut", cut)
    assert line._label.text() == "Dubbed cut: reel #1 ä.otio"
    qtbot.mouseClick(line.show_folder, LEFT)
    qtbot.mouseClick(line.open, LEFT)
    assert [url.toLocalFile() for url in desktop.opened] == [str(tmp_path), str(cut)]
    assert not line.notes.isVisible()
    qtbot.mouseClick(line.dismiss, LEFT)
    assert not line.isVisible()


def test_what_no_program_of_the_desktop_opens_is_told(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    line, cut = WrittenFile(), tmp_path / "reel.otio"
    qtbot.addWidget(line)
    line.show_file("Dubbed cut", cut)
    with qtbot.waitSignal(line.refused, timeout=10_000) as told:
        qtbot.mouseClick(line.open, LEFT)
    assert told.args == ["This desktop has no program that opens reel.otio."]
