"""How long an editor waits for pictures: scrubbing, playing with sound, and an hour of it.

    QT_QPA_PLATFORM=offscreen .venv/bin/python tests/benchmarks/bench_panel_picture.py

Original and dub are 1920x1080 at 25 frames a second, made by ffmpeg with noise over them: H.264 of
20 Mbit/s in groups as cameras and as web sites make them, and ProRes; that takes some minutes,
`--films DIR` keeps them. Each is measured in a view of a panel's size, and in one that shows all
pixels. The baseline in each line is PyAV alone in this process: it seeks to the same frames of
both files, or decodes both from the start, and converts each picture to RGB of its own size.

`longest`: the longest that events had to wait, and the most that their thread worked in between,
which is less where other processes have the cores. `--minutes 60` scrubs that long for the memory;
without it, two minutes as fast as pictures come.
"""

import argparse
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep, thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import av
import miniaudio
import numpy as np
import psutil
import soundfile
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.memory import set_mmap_threshold
from lipflap.core.order import FrameMap, Role
from lipflap.gui.app import tune_process
from lipflap.gui.compare.comparison import Comparison, Film, SourceClock
from lipflap.gui.compare.program import Program, make_program
from lipflap.gui.compare.view import CompareView
from lipflap.gui.sound.audio_output import AudioOutput
from lipflap.plugin.cut.cut import DubLine, Shot
from lipflap.plugin.cut.time_range import TimeRange

RATE, SECONDS = 25, 22
COUNT = RATE * SECONDS
PLAYED = RATE * 20
HZ = 48_000
X264 = "-c:v libx264 -preset veryfast -b:v 20M -bf 2 -pix_fmt yuv420p"
CODECS = {
    "H.264, groups of 12": (".mp4", f"{X264} -g 12"),
    "H.264, groups of 250": (".mp4", f"{X264} -g 250"),
    "ProRes": (".mov", "-c:v prores -profile:v 2 -pix_fmt yuv422p10le"),
}
VIEWS = {"panel": (960, 590), "whole": (1920, 1130)}
SEEKS = 40
PATIENCE_S = 10.0

Pair = tuple[Path, Path]
Gap = tuple[float, float]


class Watched(CompareView):
    """A view that notes what is painted when, and what had been heard by then."""

    def __init__(self) -> None:
        self.out = AudioOutput([miniaudio.Backend.NULL])
        self.painted: list[tuple[int | None, float, int]] = []
        super().__init__(self.out)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.append((self.frames.frame, monotonic(), self.out.position()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--films", type=Path, help="a folder to keep the films in")
    asked = parser.parse_args()
    set_mmap_threshold()
    app = QApplication([])
    tune_process()
    with TemporaryDirectory() as made:
        folder = asked.films or Path(made)
        sound = _sound(folder)
        pairs = {name: _films(folder, name) for name in CODECS}
        for name, films in pairs.items():
            print(f"{name}, load {os.getloadavg()[0]:.1f}")
            whole_s = _decoding(films)
            for size in VIEWS:
                view = _shown(app, films, sound, size)
                _scrub(app, view, films, size)
                _play(app, view, size, whole_s)
                view.close_media()
        _remember(app, list(pairs.values()), sound, asked.minutes)


def _films(folder: Path, name: str) -> Pair:
    ending, codec = CODECS[name]
    made = []
    for part, source in (("original", "testsrc2"), ("dub", "testsrc")):
        path = folder / f"{name} {part}{ending}"
        size = f"{source}=size=1920x1080:rate={RATE}:duration={SECONDS}"
        command = [binary(), "-v", "error", "-f", "lavfi", "-i", size]
        command += ["-vf", "noise=alls=3:allf=t", *codec.split(), str(path)]
        if not path.exists():
            subprocess.run(command, check=True)
        made.append(path)
    return made[0], made[1]


def _sound(folder: Path) -> Path:
    path = folder / "dub.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.01, (HZ * SECONDS, 2)), HZ)
    return path


def _comparison(films: Pair) -> Comparison:
    def film(path: Path) -> Film:
        return Film(str(path), None, FrameMap(Fraction(0), Fraction(1), COUNT), path.name)

    return Comparison(
        shot=films[0].stem,
        rate=Fraction(RATE),
        count=COUNT,
        starts=Fraction(0),
        clock=SourceClock(Fraction(25), 0),
        original=film(films[0]),
        dub=film(films[1]),
        reason="",
    )


def _cut(films: Pair) -> Program:
    record = TimeRange(Fraction(0), Fraction(SECONDS))
    name = films[0].stem
    shot = Shot(name, (0, 0), None, Fraction(0), Fraction(1), record, (record,), None)
    return make_program([shot], Fraction(RATE), 0)


def _shown(app: QApplication, films: Pair, sound: Path, size: str) -> Watched:
    view = Watched()
    view.resize(*VIEWS[size])
    view.show()
    record = TimeRange(Fraction(0), Fraction(SECONDS))
    line = DubLine("DE_1", str(sound), Role.DUB, "Dub DE", Fraction(0), record)
    view.load(_cut(films), [line])
    view.show_shot(_comparison(films))
    _until(app, lambda: "sound: dub" in view.caption)
    return view


def _scrub(app: QApplication, view: Watched, films: Pair, size: str) -> None:
    anywhere = random.Random(1).sample(range(COUNT), SEEKS)
    start, steps = COUNT // 2, random.Random(2).choices((-5, -3, -2, -1, 1, 1, 2, 3, 5, 8), k=SEEKS)
    nearby = [start + sum(steps[: n + 1]) for n in range(SEEKS)]
    for name, frames in (("anywhere", anywhere), ("by steps", nearby)):
        with _stalls(app) as gaps:
            took = [_seek(app, view, frame) for frame in frames]
        plain = [sum(_plain(path, frame) for path in films) for frame in frames[::4]]
        print(f"  {size}, scrub {name}: {_spread(took)}; {_longest(gaps)}; PyAV {_spread(plain)}")
    _drag(app, view, size)


def _seek(app: QApplication, view: Watched, frame: int) -> float:
    """Seconds until a frame is painted."""
    began = monotonic()
    view.painted.clear()
    if view.frames.frame == frame:
        return 0.0
    view.seek(frame)
    _until(app, lambda: any(painted == frame for painted, _, _ in view.painted))
    return monotonic() - began


def _drag(app: QApplication, view: Watched, size: str) -> None:
    """Scrub through all of the shot in three seconds."""
    view.painted.clear()
    with _stalls(app) as gaps:
        began = monotonic()
        while (passed := monotonic() - began) < 3:
            view.seek(int(COUNT * passed / 3))
            _turn(app, 0.016)
    at = [when for _, when, _ in view.painted]
    gap = max(b - a for a, b in zip([began, *at], [*at, began + 3], strict=True))
    print(
        f"  {size}, drawn along: {len(at) / 3:.0f} pictures a second, {_ms(gap)} without one "
        f"at most; {_longest(gaps)}"
    )


def _play(app: QApplication, view: Watched, size: str, plain_s: float) -> None:
    view.seek(0)
    _until(app, lambda: view.frames.frame == 0)
    _turn(app, 0.5)
    used, began = psutil.Process().cpu_times(), monotonic()
    view.painted.clear()
    with _stalls(app) as gaps:
        view.play()
        _until(app, lambda: view.player.frame >= PLAYED)
        view.stop()
    ended, took = psutil.Process().cpu_times(), monotonic() - began
    cores = (ended.user + ended.system - used.user - used.system) / took
    first: dict[int, float] = {}
    for frame, _, sample in view.painted:
        if frame is not None:
            first.setdefault(frame, sample * RATE / HZ - frame)
    seen = {frame: late for frame, late in first.items() if frame < PLAYED}
    timely = sum(late < 1 for late in seen.values())
    print(
        f"  {size}, 20 s played: {timely} of {PLAYED} on time, {PLAYED - len(seen)} dropped; "
        f"{_longest(gaps)}; {cores:.2f} cores; PyAV alone {PLAYED / plain_s:.0f} a second"
    )


def _remember(app: QApplication, pairs: list[Pair], sound: Path, minutes: float | None) -> None:
    """Scrub, another shot every so often, and look at how much is held."""
    process, view, chance = (
        psutil.Process(),
        _shown(app, pairs[0], sound, "panel"),
        random.Random(3),
    )
    end, seeks = monotonic() + 60 * (minutes or 2), 0
    held: list[float] = []
    while monotonic() < end:
        view.show_shot(_comparison(pairs[seeks // 100 % len(pairs)]))
        for _ in range(100):
            _seek(app, view, chance.randrange(COUNT))
            seeks += 1
        held.append(process.memory_info().rss / 2**20)
    view.close_media()
    third = max(1, len(held) // 3)
    spans = [held[n : n + third] for n in (0, third, 2 * third)]
    told = ", ".join(f"{np.median(span):.0f}" for span in spans if span)
    print(f"{seeks} seeks through shot after shot: {told} MiB by thirds, {max(held):.0f} at most")


def _plain(path: Path, frame: int) -> float:
    """Seconds in which PyAV alone opens nothing, seeks, decodes up to a frame and converts it."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        began = monotonic()
        container.seek(int(frame / RATE / stream.time_base), stream=stream)
        for picture in container.decode(stream):
            if picture.time is not None and picture.time * RATE >= frame - 0.5:
                picture.to_ndarray(format="rgb24")
                break
        return monotonic() - began


def _decoding(films: Pair) -> float:
    """Seconds in which PyAV alone decodes PLAYED pictures of both, and converts them."""
    began = monotonic()
    for path in films:
        with av.open(str(path)) as container:
            container.streams.video[0].thread_type = "AUTO"
            for _, picture in zip(range(PLAYED), container.decode(video=0), strict=False):
                picture.to_ndarray(format="rgb24")
    return monotonic() - began


@contextmanager
def _stalls(app: QApplication) -> Iterator[list[Gap]]:
    """How long events had to wait, in seconds, and how much of that this thread was at work."""
    gaps, last = [(0.0, 0.0)], [(monotonic(), thread_time())]

    def beat() -> None:
        now, worked = monotonic(), thread_time()
        gaps.append((now - last[0][0], worked - last[0][1]))
        last[0] = now, worked

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(2)
    yield gaps
    timer.stop()


def _until(app: QApplication, done: Callable[[], bool]) -> None:
    end = monotonic() + 60 + PATIENCE_S
    while not done():
        if monotonic() > end:
            raise TimeoutError("no picture came")
        _turn(app, 0.001)


def _turn(app: QApplication, seconds: float) -> None:
    end = monotonic() + seconds
    while True:
        app.processEvents()
        if monotonic() >= end:
            return
        sleep(0.0005)


def _spread(seconds: list[float]) -> str:
    median, most = np.percentile(seconds, (50, 95))
    return f"{_ms(float(median))}, 95% {_ms(float(most))}"


def _longest(gaps: list[Gap]) -> str:
    return f"longest {_ms(max(gap for gap, _ in gaps))}, at work {_ms(max(w for _, w in gaps))}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
