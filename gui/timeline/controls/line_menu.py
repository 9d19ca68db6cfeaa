"""The menu of a dub line in the timeline."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu

from lipflap.core.order import Role
from lipflap.gui.timeline.view import TimelineView
from lipflap.plugin.cut.cut import DubLine


def fill_line_menu(menu: QMenu, line: DubLine, timeline: TimelineView) -> None:
    """Put what can be done with a line into a menu; production sound cannot be slipped."""
    title = menu.addAction(line.name)
    title.setEnabled(False)
    if line.role == Role.DUB:
        for text, frames in (("One frame earlier\t,", -1), ("One frame later\t.", 1)):
            action = menu.addAction(text)
            action.triggered.connect(lambda _checked, frames=frames: timeline.nudge(frames))
        reset = menu.addAction("Reset slip")
        reset.setEnabled(line in timeline.offsets)
        reset.triggered.connect(lambda: timeline.reset_slip(line))
    folder = menu.addAction("Show sound file in its folder")
    url = QUrl.fromLocalFile(str(Path(line.path).parent))
    folder.triggered.connect(lambda: QDesktopServices.openUrl(url))
    menu.addSeparator()
