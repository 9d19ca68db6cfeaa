"""The panel as a program: what its process holds, as the system counts it, and its first window."""

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, QSize

from lipflap.gui.app import first_size
from lipflap.gui.panel import Panel, create

HOLES = """
import psutil, sys
from lipflap.core.memory import set_mmap_threshold
if sys.argv[1] == "apart":
    set_mmap_threshold()
b"x" * (16 << 20)  # taken and freed: from now on such blocks lie among the others
large, small = [], []
for n in range(640):
    large.append(b"x" * (256 << 10))
    small.append(b"x" * 5000)
full = psutil.Process().memory_info().rss
large.clear()
print((full - psutil.Process().memory_info().rss) >> 20)
"""


def given_back(how: str) -> int:
    """MiB that come back of 160 in blocks of a quarter, freed between blocks that stay."""
    command = [sys.executable, "-c", HOLES, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="it is about glibc")
def test_large_blocks_go_back_to_the_system_from_between_small_ones():
    assert given_back("apart") > 150
    if given_back("as it comes") > 150:
        pytest.skip("this C library gives them back by itself")


@pytest.mark.parametrize("screen", [(1280, 720), (1066, 666), (1600, 1000), (3840, 2160)])
def test_the_first_window_is_whole_on_the_screen_title_bar_and_all(screen):
    size = first_size(QSize(*screen))
    assert (size.width() <= screen[0], size.height() + 30 <= screen[1]) == (True, True)
    assert size.width() >= min(1500, screen[0]) - 10
    assert size.height() >= min(940, screen[1]) - 40


def test_the_buttons_below_the_viewer_take_two_lines_of_the_first_window_and_no_room_more(qtbot):
    panel = create()
    qtbot.addWidget(panel)
    panel.resize(first_size(QSize(1440, 900)))
    panel.show()
    qtbot.waitUntil(lambda: _lines_of_buttons(panel) == 2, timeout=10_000)
    flow, width = panel.transport.flow, panel.transport.width()
    qtbot.waitUntil(lambda: panel.transport.height() == flow.heightForWidth(width), timeout=10_000)


def _lines_of_buttons(panel: Panel) -> int:
    buttons = [button for button in panel.transport.buttons.values() if button.isVisible()]
    return len({button.mapTo(panel, QPoint()).y() for button in buttons})
