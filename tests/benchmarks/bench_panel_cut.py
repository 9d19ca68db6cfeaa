"""How the panel plays a cut of a minute, and what an hour of scrubbing in it costs in memory.

    QT_QPA_PLATFORM=offscreen .venv/bin/python tests/benchmarks/bench_panel_cut.py --films DIR

The cut has twelve shots of five seconds, 1920x1080 at 25 frames a second, by turns from a take in
H.264 of 20 Mbit/s and one in ProRes, with noise over them; a dubbed picture in ProRes for each,
production sound and a dub. It is played once, in the panel, with sound, without a pause: in the
wipe, which needs both pictures of each frame, and the dub alone. A frame is dropped when the viewer
paints a later one without it.

`--minutes 60` scrubs that long with mouse and keys, as an editor does, shot after shot, through all
ways of comparing; without it, one minute. Memory is told by sixths. `longest`: the longest that
events had to wait, and the most that their thread worked in between, which is less where other
processes have the cores; the machine's load is told.
"""

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep, thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

import miniaudio
import numpy as np
import opentimelineio as otio
import psutil
import soundfile
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from support.cuts.small_cut import span

from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.memory import set_mmap_threshold
from lipflap.core.order import digest, read_order
from lipflap.core.result import DubResult, ShotReport, ShotState, result_to_json
from lipflap.gui.app import exempt_cuts, tune_process
from lipflap.gui.compare.view import CompareView
from lipflap.gui.panel import Panel, create
from lipflap.plugin.cli import main as cli
from lipflap.plugin.job.folder import Job

RATE, SHOTS, SHOT_FRAMES, HZ = 25, 12, 125, 48_000
COUNT = SHOTS * SHOT_FRAMES
TAKE = SHOT_FRAMES + 2 * RATE  # with handles
X264 = "-c:v libx264 -preset veryfast -b:v 20M -bf 2 -pix_fmt yuv420p -g 12"
PRORES = "-c:v prores -profile:v 2 -pix_fmt yuv422p10le"
START = 90_000
Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
MODES = (Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_4, Key.Key_6, Key.Key_7)


class Painted(QObject):
    """The frames of the cut that were painted."""

    def __init__(self, view: CompareView) -> None:
        super().__init__(view)
        self.frames: set[int] = set()
        view.installEventFilter(self)

    def eventFilter(self, view: CompareView, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and view.frames.frame is not None:
            self.frames.add(view.cut_frame(view.frames.frame))
        return False


class Stalls:
    """The longest that the window did not answer, and the most its thread worked meanwhile."""

    def __init__(self) -> None:
        self._waited = self._worked = 0.0
        self._late = 0
        self._last = monotonic(), thread_time()
        self._timer = QTimer(interval=2)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def told(self) -> str:
        longest = f"longest {self._waited * 1000:.0f} ms, {self._worked * 1000:.0f} ms at work"
        return f"{longest}; {self._late} over 50 ms of work"

    def _beat(self) -> None:
        now = monotonic(), thread_time()
        waited, worked = now[0] - self._last[0], now[1] - self._last[1]
        self._waited, self._worked = max(self._waited, waited), max(self._worked, worked)
        self._late += worked > 0.05
        self._last = now


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--films", type=Path, help="a folder to keep the films in")
    asked = parser.parse_args()
    set_mmap_threshold()
    app = QApplication([])
    with TemporaryDirectory() as made:
        folder = asked.films or Path(made)
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = f"{made}/{name}"
        cut = _rendered_cut(folder)
        panel = create()
        panel.viewer.view.player._output._backends = [miniaudio.Backend.NULL]
        panel.resize(1600, 1000)
        panel.show()
        tune_process()
        exempt_cuts(panel.document)
        panel.open(cut)
        _until(lambda: len(panel.rows) == SHOTS and not panel.document.is_checking)
        _until(lambda: all(row.state == "rendered" for row in panel.rows.values()))
        _turn(app, 3.0)
        for mode in ("wipe", "dubbed"):
            panel.actions_by_name[mode].trigger()
            _play(app, panel, mode)
        _scrub(app, panel, asked.minutes)
        panel.close()


def _play(app: QApplication, panel: Panel, mode: str) -> None:
    """Play the cut once, from its start to its end."""
    view = panel.viewer.view
    view.seek(0)
    _until(lambda: view.frames.frame is not None)
    _turn(app, 1.0)
    painted, stalls, load, began = Painted(view), Stalls(), os.getloadavg()[0], monotonic()
    used = psutil.Process().cpu_times()
    view.play()
    _until(lambda: view.player.speed == 0)
    took, ended = monotonic() - began, psutil.Process().cpu_times()
    cores = (ended.user + ended.system - used.user - used.system) / took
    print(
        f"{mode}: {took:.1f} s played, {len(set(range(COUNT)) - painted.frames)} of {COUNT} frames "
        f"never painted, {view.dropped_frames} counted as dropped; "
        f"{stalls.told()}; {cores:.2f} cores; load {load:.1f} to {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _scrub(app: QApplication, panel: Panel, minutes: float) -> None:
    """Drag, step, shuttle, play and compare for so long, and look at how much is held."""
    process, chance, stalls = psutil.Process(), random.Random(5), Stalls()
    doings = (_drag, _drag, _drag, _step, _shuttle, _compare, _zoom)
    held: list[float] = []
    end, done = monotonic() + 60 * minutes, 0
    while monotonic() < end:
        chance.choice(doings)(app, panel, chance)
        done += 1
        held.append(process.memory_info().rss / 2**20)
    sixth = max(1, len(held) // 6)
    spans = [np.median(held[n : n + sixth]) for n in range(0, 6 * sixth, sixth)]
    told = ", ".join(f"{span:.0f}" for span in spans)
    most = f"{max(held):.0f} at most"
    print(f"{minutes:.0f} minutes, {done} doings: {told} MiB by sixths, {most}; {stalls.told()}")


def _drag(app: QApplication, panel: Panel, chance: random.Random) -> None:
    """Draw the playhead along the ruler."""
    port = panel.timeline.viewport()
    at, y = chance.randrange(120, port.width() - 10), 8
    QTest.mousePress(port, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(at, y))
    for _ in range(30):
        at = max(110, min(port.width() - 5, at + chance.randrange(-40, 41)))
        QTest.mouseMove(port, QPoint(at, y))
        _turn(app, 0.03)
    QTest.mouseRelease(port, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(at, y))


def _step(app: QApplication, panel: Panel, chance: random.Random) -> None:
    key = chance.choice((Key.Key_Left, Key.Key_Right, Key.Key_PageDown, Key.Key_PageUp))
    for _ in range(10):
        QTest.keyClick(panel.shot_list.table, key)
        _turn(app, 0.05)


def _shuttle(app: QApplication, panel: Panel, chance: random.Random) -> None:
    for key in chance.choices((Key.Key_J, Key.Key_L, Key.Key_Space), k=3):
        QTest.keyClick(panel.shot_list.table, key)
        _turn(app, 0.4)
    QTest.keyClick(panel.shot_list.table, Key.Key_K)


def _compare(app: QApplication, panel: Panel, chance: random.Random) -> None:
    QTest.keyClick(panel.shot_list.table, chance.choice(MODES))
    _turn(app, 0.3)


def _zoom(app: QApplication, panel: Panel, chance: random.Random) -> None:
    panel.timeline.zoom(chance.choice((-1, 1)), 500)
    _turn(app, 0.1)


def _rendered_cut(folder: Path) -> Path:
    """A cut of shots by turns from two takes, its JOB with a dubbed picture for each."""
    takes = (("h264.mp4", X264), ("prores.mov", PRORES))
    for name, codec in takes:
        _film(folder / name, "testsrc2", TAKE, codec)
    _film(folder / "dub.mov", "testsrc", SHOT_FRAMES + 16, PRORES)
    noise = np.random.default_rng(0).normal(0, 0.01, (TAKE * HZ // RATE, 2))
    for name in ("day.wav", "de.wav"):
        soundfile.write(folder / name, noise, HZ)
    picture, said, dub = (
        otio.schema.Track(name, kind=kind)
        for name, kind in (("V1", "Video"), ("Production", "Audio"), ("Dub DE", "Audio"))
    )
    for number in range(SHOTS):
        media = otio.schema.ExternalReference(takes[number % 2][0], span(0, TAKE))
        picture.append(otio.schema.Clip(f"SH{number:02}0", media, span(RATE, SHOT_FRAMES)))
        for track, file in ((said, "day.wav"), (dub, "de.wav")):
            sound = otio.schema.ExternalReference(file, span(0, TAKE))
            name = f"{file[:2].upper()}_{number}"
            track.append(otio.schema.Clip(name, sound, span(RATE, SHOT_FRAMES)))
    timeline = otio.schema.Timeline(
        "minute", global_start_time=otio.opentime.RationalTime(START, RATE)
    )
    timeline.tracks.extend([picture, said, dub])
    cut = folder / "minute.otio"
    otio.adapters.write_to_file(timeline, str(cut))
    job = Job(folder / "minute.lipflap")
    if cli.main(["order", str(cut), "-o", str(job.folder)]) != 0:
        raise SystemExit("The cut cannot be ordered.")
    for number in range(SHOTS):
        _put_render(job, f"SH{number:02}0", folder / "dub.mov")
    return cut


def _put_render(job: Job, shot: str, film: Path) -> None:
    order = read_order(job.order(shot))
    made = Path(order.output.path)
    made.parent.mkdir(exist_ok=True)
    made.unlink(missing_ok=True)
    made.hardlink_to(film)
    count = order.frames.count
    report = ShotReport(
        state=ShotState.RENDERED, frames=count, repainted_frames=count, faces=1, face=0
    )
    told = DubResult(shot, digest(order), str(made), fingerprint_of_picture(str(made)), report)
    write_text(job.result(shot), result_to_json(told))


def _film(path: Path, source: str, frames: int, codec: str) -> None:
    if path.exists():
        return
    lavfi = f"{source}=size=1920x1080:rate={RATE}:duration={frames / RATE}"
    command = [binary(), "-v", "error", "-f", "lavfi", "-i", lavfi]
    command += ["-vf", "noise=alls=3:allf=t", *codec.split(), str(path)]
    subprocess.run(command, check=True)


def _turn(app: QApplication, seconds: float) -> None:
    end = monotonic() + seconds
    while monotonic() < end:
        app.processEvents()
        sleep(0.0005)


def _until(done: Callable[[], bool], patience_s: float = 240) -> None:
    end = monotonic() + patience_s
    while not done():
        if monotonic() > end:
            raise TimeoutError("the panel did not come so far")
        QApplication.processEvents()
        sleep(0.0005)


if __name__ == "__main__":
    main()
