"""The panel as a standalone program."""

import gc
import signal
import sys
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QApplication

from lipflap.core.memory import set_mmap_threshold
from lipflap.gui.document import CutDocument
from lipflap.gui.panel import create
from lipflap.plugin.timeline.media.media_finder import NO_PLACES, MediaPlaces

_SIZE, _FRAME = QSize(1500, 940), QSize(8, 40)  # of the window, and of what surrounds it
_MANY_SHOTS = 500
_FULL_COLLECTION = 1000  # of lesser ones: it stops all for 0.1 s and finds next to nothing


def run(
    cut: Path | None = None,
    places: MediaPlaces = NO_PLACES,
    rate: Fraction | None = None,
    timeline: str = "",
) -> int:
    """Run the panel until it is closed, with a cut if one is given; return the exit code.

    places    of the media of all cuts that are opened
    rate      of the cuts whose format does not say it
    timeline  name of the timeline, where a file holds several; * and ? match
    """
    set_mmap_threshold()
    app = QApplication(["lipflap"])
    app.setApplicationName("Lipflap")
    app.setApplicationDisplayName("Lipflap")
    panel = create()
    panel.document.places, panel.document.rate = places, rate
    panel.document.timeline = timeline
    panel.resize(first_size(app.primaryScreen().availableSize()))
    panel.restore_layout()
    panel.show()
    tune_process()
    exempt_cuts(panel.document)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: panel.close())
    wake_up = QTimer()  # lets Python see a Ctrl-C while Qt waits
    wake_up.start(200)
    wake_up.timeout.connect(lambda: None)
    if cut is not None:
        QTimer.singleShot(0, lambda: panel.open(cut))
    return app.exec()


def first_size(available: QSize) -> QSize:
    """Return the size of a window that was never open before: whole on the screen."""
    return _SIZE.boundedTo(available - _FRAME)


def tune_process() -> None:
    """Keep the window responsive beside background threads.

    It affects the whole process, so it is not for a panel inside a host.
    """
    sys.setswitchinterval(0.0005)
    gc.collect()
    gc.freeze()  # exempts the program's own objects from collection
    gc.set_threshold(*gc.get_threshold()[:2], _FULL_COLLECTION)


def exempt_cuts(document: CutDocument) -> None:
    """Exempt the facts of large cuts from collection, which else stops all for 0.1 s at times.

    What is garbage in a cycle just then is never collected; of a cut of 5,000 shots that is little.
    It affects the whole process, so it is not for a panel inside a host.
    """

    def exempt(*_progress: int) -> None:
        if document.cut is not None and len(document.cut.shots) >= _MANY_SHOTS:
            gc.freeze()

    document.opened.connect(exempt)
    document.check_progress.connect(exempt)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
