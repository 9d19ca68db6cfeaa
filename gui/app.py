"""The panel as a program of its own."""

import ctypes
import gc
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from lipflap.gui.panel import create


def run(cut: Path | None = None) -> int:
    """Open the panel, with a cut if one is given, until it is closed; the exit code."""
    set_mmap_threshold()
    app = QApplication(["lipflap"])
    app.setApplicationName("Lipflap")
    app.setApplicationDisplayName("Lipflap")
    panel = create()
    panel.resize(1500, 940)
    panel.restore_layout()
    panel.show()
    tune_process()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: panel.close())
    awake = QTimer()  # lets Python see a Ctrl-C while Qt waits
    awake.start(200)
    awake.timeout.connect(lambda: None)
    if cut is not None:
        QTimer.singleShot(0, lambda: panel.open(cut))
    return app.exec()


def tune_process() -> None:
    """Let the window wait for background threads no longer than it must. This is for the whole
    process, so not for inside a host."""
    sys.setswitchinterval(0.0005)
    gc.collect()
    gc.freeze()  # what the program itself is made of is never looked through again


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]) if len(sys.argv) > 1 else None))

_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 1 << 20  # malloc.h of glibc


def set_mmap_threshold() -> None:
    """Have glibc keep each large block apart, so that it goes back when it is freed.

    By itself glibc puts ever larger blocks among the small ones, once such a block was freed.
    Decoded pictures then leave holes that the next ones do not fit into: of an hour of scrubbing
    a gigabyte stays. For a process of our own alone: it changes how all of it takes memory.
    """
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
