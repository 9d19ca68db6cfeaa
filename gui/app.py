"""The panel as a program of its own."""

import gc
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from lipflap.gui.heap import give_back_large_blocks
from lipflap.gui.panel import create


def run(cut: Path | None = None) -> int:
    """Open the panel, with a cut if one is given, until it is closed; the exit code."""
    give_back_large_blocks()
    app = QApplication(["lipflap"])
    app.setApplicationName("Lipflap")
    app.setApplicationDisplayName("Lipflap")
    panel = create()
    panel.resize(1500, 940)
    panel.restore_layout()
    panel.show()
    be_quick()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: panel.close())
    awake = QTimer()  # lets Python see a Ctrl-C while Qt waits
    awake.start(200)
    awake.timeout.connect(lambda: None)
    if cut is not None:
        QTimer.singleShot(0, lambda: panel.open(cut))
    return app.exec()


def be_quick() -> None:
    """Let the window wait for background threads no longer than it must. This is for the whole
    process, so not for inside a host."""
    sys.setswitchinterval(0.0005)
    gc.collect()
    gc.freeze()  # what the program itself is made of is never looked through again


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
