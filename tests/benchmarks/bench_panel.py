"""How long an editor waits for the panel: its first picture, a cut of 5,000 shots, and each moment.

    QT_QPA_PLATFORM=offscreen .venv/bin/python tests/benchmarks/bench_panel.py

Of the first picture of a cut, a dozen shots of 1920x1080 in H.264: from `Panel.open` until it is
painted, each time in a process of its own; cold: with no caches, its files not in memory.
Bytecode is kept, as Python keeps it. The baseline beside the first window is a process that shows
an empty Qt window; beside the scan, the time OpenTimelineIO alone takes to read the file.
`longest`: the longest the window did not answer, and of what its own thread was busy. Other work
on the machine lengthens all but the last; its load is told.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from time import monotonic, sleep, thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

import opentimelineio as otio
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from support.cuts.laid_cut import long
from support.cuts.small_cut import span, write_small_cut

from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.order import Role
from lipflap.gui import commands
from lipflap.gui.app import exempt_cuts, tune_process
from lipflap.gui.panel import Panel, create
from lipflap.gui.timeline.view import TimelineView

EMPTY = (
    "from PySide6.QtWidgets import QApplication, QMainWindow; a = QApplication([]);"
    "w = QMainWindow(); w.show(); a.processEvents()"
)
PANEL = (
    "from PySide6.QtWidgets import QApplication; a = QApplication([]);"
    "from lipflap.gui.panel import create; w = create(); w.show(); a.processEvents();"
    "import sys, os; assert 'torch' not in sys.modules; os._exit(0)"
)
FIRST_PICTURE = """
import os, sys
from pathlib import Path
from time import monotonic, sleep
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from lipflap.gui.app import tune_process
from lipflap.gui.panel import create

class Painted(QObject):
    at = 0.0
    def eventFilter(self, view, event):
        if event.type() == QEvent.Type.Paint and view.frames.frame is not None and not self.at:
            self.at = monotonic()
        return False

app = QApplication([])
panel, painted = create(), Painted()
panel.viewer.view.installEventFilter(painted)
panel.resize(1600, 1000)
panel.show()
app.processEvents()
tune_process()
began = monotonic()
panel.open(Path(sys.argv[1]))
while not painted.at:
    app.processEvents()
    sleep(0.0005)
print(painted.at - began, flush=True)
os._exit(0)
"""
SHOTS = 5000


class Beats:
    """Every gap between two moments at which the window answers: seconds, and seconds of work."""

    def __init__(self) -> None:
        self.gaps: list[tuple[float, float]] = [(0.0, 0.0)]
        self._last = monotonic(), thread_time()
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def told(self) -> str:
        """The longest since the last time it was asked."""
        longest, (_, work) = max(self.gaps), max(self.gaps, key=lambda gap: gap[1])
        self.gaps = [(0.0, 0.0)]
        return f"longest {longest[0] * 1000:.0f} ms, {work * 1000:.0f} ms of work"

    def _beat(self) -> None:
        now = monotonic(), thread_time()
        self.gaps.append((now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now


def main() -> None:
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # processes end a little later
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "PYTHONPYCACHEPREFIX"):
            os.environ[name] = f"{folder}/{name}"
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        empty, panel = (min(_seconds(code) for _ in range(6)) for code in (EMPTY, PANEL))
        times = f"{panel / empty:.1f} times an empty window's {empty:.2f} s"
        print(f"first window: {panel:.2f} s, {times}")
        _first_picture(Path(folder))
        tune_process()
        _timeline()
        _scan(_long_cut(Path(folder)))
    print(f"load {os.getloadavg()[0]:.1f}")


def _first_picture(folder: Path) -> None:
    """The wait for the first picture of a cut of a dozen shots."""
    film = folder / "take.mp4"
    lavfi = "testsrc2=size=1920x1080:rate=25:duration=6"
    command = [binary(), "-v", "error", "-f", "lavfi", "-i", lavfi]
    command += [
        "-vf",
        "noise=alls=3:allf=t",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-b:v",
        "20M",
    ]
    subprocess.run([*command, str(film)], check=True)
    cut = write_small_cut(folder)
    timeline = otio.adapters.read_from_file(str(cut))
    media = otio.schema.ExternalReference(film.name, span(0, 150))
    shots = [otio.schema.Clip(f"SH{n:02}0", media.clone(), span(25, 100)) for n in range(12)]
    timeline.video_tracks()[0][:] = shots
    cut = folder / "dozen.otio"
    otio.adapters.write_to_file(timeline, str(cut))
    took: dict[str, list[float]] = {"cold": [], "warm": []}
    for _ in range(3):
        for how, seconds in took.items():
            if how == "cold":
                for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
                    rmtree(os.environ[name], ignore_errors=True)
                for path in (film, cut, folder / "plate.mov"):
                    _drop_from_memory(path)
            run = [sys.executable, "-c", FIRST_PICTURE, str(cut)]
            told = subprocess.run(run, check=True, capture_output=True, text=True).stdout
            seconds.append(float(told))
    for how, seconds in took.items():
        listed = ", ".join(f"{each:.2f}" for each in sorted(seconds))
        print(f"first picture of a cut, {how}: {listed} s; load {os.getloadavg()[0]:.1f}")


def _drop_from_memory(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)


def _seconds(code: str) -> float:
    began = monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return monotonic() - began


def _timeline() -> None:
    """Frames of the timeline while 5,000 shots and as many lines are scrolled and zoomed."""
    app = QApplication.instance() or QApplication([])
    timeline = TimelineView()
    timeline.resize(1800, 330)
    timeline.show()
    timeline.show_sheet(*long(SHOTS), {})
    took = []
    for doing in (
        lambda: timeline.zoom(1, 900),
        lambda: timeline.zoom(-1, 900),
        lambda: _push(timeline),
    ):
        for _ in range(60):
            app.processEvents()
            began = monotonic()
            doing()
            timeline.viewport().repaint()
            took.append((monotonic() - began) * 1000)
    took.sort()
    print(
        f"timeline, {SHOTS} shots: {took[len(took) // 2]:.0f} ms a frame, longest {took[-1]:.0f} ms"
    )
    timeline.stop()
    timeline.close()


def _push(timeline: TimelineView) -> None:
    bar = timeline.horizontalScrollBar()
    if bar.maximum() == 0:
        timeline.zoom(20, 900)
    bar.setValue((bar.value() + 96) % bar.maximum())


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
    began = monotonic()
    otio.adapters.read_from_file(str(cut))
    alone = monotonic() - began
    app = QApplication.instance() or QApplication([])
    panel = create()
    panel.resize(1500, 940)
    panel.show()
    app.processEvents()
    exempt_cuts(panel.document)
    beats = Beats()
    began = monotonic()
    panel.open(cut)
    _until(app, lambda: len(panel.rows) == SHOTS)
    app.processEvents()
    shown, opening = monotonic() - began, beats.told()
    _until(app, lambda: not panel.document.is_checking)
    looked = monotonic() - began
    times = f"{shown / alone:.1f} times OTIO's reading"
    print(f"{SHOTS} shots: {shown:.2f} s to be seen ({times}); {opening}")
    print(f"  {looked:.2f} s until all media is looked at; {beats.told()}")
    _decide(app, panel, beats)
    panel.close()


def _decide(app: QApplication, panel: Panel, beats: Beats) -> None:
    """Take decisions about one, some and all shots, and undo each."""
    document, shots = panel.document, panel.shot_list.shown_shots()
    line = next(line for line in document.lines if line.role == Role.DUB)
    other = replace(document.decisions.project, handles=7)
    steps: dict[str, Callable[[], object]] = {
        "one line given to a character": lambda: panel.cast.say(line, "Anna", track=False),
        "a whole track given to one": lambda: panel.cast.say(line, "Anna", track=True),
        "a line slipped": lambda: panel.timeline.line_slipped.emit(line, 3 / document.sheet.rate),
        "50 shots excluded": panel.actions_by_name["do_not_dub"].trigger,
        "all shots excluded": panel.actions_by_name["do_not_dub"].trigger,
        "other settings": lambda: document.decide(commands.project(document.decisions, other)),
    }
    for name, do in steps.items():
        panel.select(shots[:50] if "50" in name else shots if "all" in name else shots[:1])
        for what, act in ((name, do), ("  undone", panel.actions_by_name["undo"].trigger)):
            _until(app, lambda: not document.is_checking, at_least_s=1.5)
            beats.told()
            act()
            _until(app, lambda: not document.is_checking, at_least_s=1.5)
            print(f"  {what}: {beats.told()}")


def _until(app: QApplication, done, at_least_s: float = 0.0) -> None:
    end = monotonic() + at_least_s
    while not done() or monotonic() < end:
        app.processEvents()
        sleep(0.001)


if __name__ == "__main__":
    main()
