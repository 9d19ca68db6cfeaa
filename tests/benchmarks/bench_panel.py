"""How long an editor waits for the panel: its first picture, a cut of 5,000 shots, and each moment.

    QT_QPA_PLATFORM=offscreen .venv/bin/python tests/benchmarks/bench_panel.py

The baseline beside the first picture is a process that shows an empty Qt window; beside the scan,
the time OpenTimelineIO alone takes to read the file. `longest`: the longest the window did not
answer.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

import opentimelineio as otio
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from small_cut import write_small_cut

EMPTY = (
    "from PySide6.QtWidgets import QApplication, QMainWindow; a = QApplication([]);"
    "w = QMainWindow(); w.show(); a.processEvents()"
)
PANEL = (
    "from PySide6.QtWidgets import QApplication; a = QApplication([]);"
    "from lipflap.gui.panel import create; w = create(); w.show(); a.processEvents();"
    "import sys, os; assert 'torch' not in sys.modules; os._exit(0)"
)
SHOTS = 5000


def main() -> None:
    empty, panel = (min(_seconds(code) for _ in range(5)) for code in (EMPTY, PANEL))
    print(
        f"first picture: {panel:.2f} s, {panel / empty:.1f} times an empty window's {empty:.2f} s"
    )
    with TemporaryDirectory() as folder:
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = f"{folder}/{name}"
        _scan(_long_cut(Path(folder)))


def _seconds(code: str) -> float:
    began = monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return monotonic() - began


def _long_cut(folder: Path) -> Path:
    cut = write_small_cut(folder)
    timeline = otio.adapters.read_from_file(str(cut))
    for track in timeline.tracks:
        once = [child.clone() for child in track]
        for n in range(SHOTS // 4 - 1):
            for child in once:
                copy = child.clone()
                copy.name = f"{child.name}_{n}"
                track.append(copy)
    otio.adapters.write_to_file(timeline, str(cut))
    return cut


def _scan(cut: Path) -> None:
    from lipflap.gui.panel import create

    began = monotonic()
    otio.adapters.read_from_file(str(cut))
    alone = monotonic() - began
    app = QApplication.instance() or QApplication([])
    panel = create()
    panel.resize(1500, 940)
    panel.show()
    app.processEvents()
    beats = [monotonic()]
    gaps: list[float] = []

    def beat() -> None:
        gaps.append(monotonic() - beats[0])
        beats[0] = monotonic()

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(5)
    began = monotonic()
    panel.open(cut)
    _until(app, lambda: len(panel.rows) == SHOTS)
    shown = monotonic() - began
    _until(app, lambda: not panel.desk.is_looking)
    looked = monotonic() - began
    print(f"{SHOTS} shots: {shown:.2f} s to be seen ({shown / alone:.1f} times OTIO's reading),")
    print(f"  {looked:.2f} s until all media is looked at; longest {max(gaps) * 1000:.0f} ms")
    gaps.clear()
    panel.choose(panel.table.shown_shots()[:50])
    panel.actions_by_name["do_not_dub"].trigger()
    _until(app, lambda: not panel.desk.is_looking, at_least_s=1.0)
    print(f"50 shots decided about: longest {max(gaps) * 1000:.0f} ms")
    panel.close()


def _until(app: QApplication, done, at_least_s: float = 0.0) -> None:
    end = monotonic() + at_least_s
    while not done() or monotonic() < end:
        app.processEvents()
        sleep(0.001)


if __name__ == "__main__":
    main()
