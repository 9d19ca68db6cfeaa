"""A stand-in for core.shot, core.analysis and core.paint: crashes, refusals, work that takes long.

A child process that starts with this folder on PYTHONPATH renders with it. What a shot does is
its name's first word. It paints nothing: the new file holds the shot's name.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

from lipflap.core.analysis.face_report import FaceBox, FaceBoxes, FaceReport
from lipflap.core.errors import DubError, NoFace
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.order import digest
from lipflap.core.result import DubResult, Progress, ShotReport, ShotState, Stage


def dub_shot(order, networks):
    yield Progress(order.shot, Stage.PAINT, 0, order.frames.count)
    path = Path(order.output.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent.parent / "runs.txt").open("a") as runs:
        runs.write(f"{order.shot}\n")
    half = path.with_name(path.name + ".half")
    try:
        half.write_text(order.shot)
        for _ in _ACTS.get(order.shot.split("_")[0], lambda: None)() or ():
            yield Progress(order.shot, Stage.PAINT, 0, order.frames.count)
        yield Progress(order.shot, Stage.PAINT, order.frames.count, order.frames.count)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    report = ShotReport(
        state=ShotState.RENDERED,
        frames=order.frames.count,
        repainted_frames=1,
        faces=1,
        face=0,
        seconds={"sample": 0.5},
    )
    yield DubResult(order.shot, digest(order), str(path), fingerprint(path), report)


def find_faces(order, detectors):
    folder = Path(order.output.path).parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "looked.txt").open("a") as runs:
        runs.write(f"{os.getpid()}\n")
    count = order.frames.count
    yield Progress(order.shot, Stage.ANALYSE, 1, count)
    for _ in _ACTS.get(order.shot.split("_")[0], lambda: None)() or ():
        yield Progress(order.shot, Stage.ANALYSE, 1, count)
    yield Progress(order.shot, Stage.ANALYSE, count, count)
    seen = 0 if order.shot == "EMPTY" else 2
    boxes = tuple(FaceBox(0.1 + 0.4 * n, 0.2, 0.3, 0.6) for n in range(seen))
    faces = tuple(
        FaceBoxes(0, (box,) * count, (None,) * count, 0, appearance=(2.0 * n,) * 192)
        for n, box in enumerate(boxes)
    )
    yield FaceReport(order.shot, 128, 96, count, (), faces, 1 if seen else None)


def load_detectors(tracker, weights, encoder=None):
    return None


def load_networks(settings, weights):
    if settings.model == "SPOILT":
        raise DubError("is not the model this shot was ordered with.", where="SPOILT.safetensors")


def batched_across_shots(networks, ask):
    return networks


def _killed():
    os.kill(os.getpid(), signal.SIGKILL)


def _crash():
    raise RuntimeError("the graphics card is gone")


def _refuse():
    raise DubError("is upside down.", where="plate.mov, frame 7")


def _faceless():
    raise NoFace("shows no face.", where="plate.mov")


def _chatty():
    sys.stdout.write("a library says hello\n[1, 2]\n")


def _greedy():
    """Needs all the memory there is: fails beside others. Each runs in a thread of its own."""
    time.sleep(0.5)
    if threading.active_count() > 2:
        raise MemoryError


_ACTS = {
    "KILLED": _killed,
    "CRASH": _crash,
    "REFUSE": _refuse,
    "FACELESS": _faceless,
    "SLOW": lambda: (time.sleep(0.1) for _ in range(600)),
    "SLOWISH": lambda: time.sleep(1.5),
    "CHATTY": _chatty,
    "GREEDY": _greedy,
}

shot, painter = ModuleType("lipflap.core.shot"), ModuleType("lipflap.core.paint.painter")
analyse = ModuleType("lipflap.core.analysis.analyse")
detectors = ModuleType("lipflap.core.analysis.detectors")
analyse.find_faces = find_faces  # type: ignore[attr-defined]
detectors.load_detectors = load_detectors  # type: ignore[attr-defined]
shot.dub_shot = dub_shot  # type: ignore[attr-defined]
painter.load_networks = load_networks  # type: ignore[attr-defined]
painter.batched_across_shots = batched_across_shots  # type: ignore[attr-defined]
sys.modules |= {
    "lipflap.core.shot": shot,
    "lipflap.core.paint.painter": painter,
    "lipflap.core.analysis.analyse": analyse,
    "lipflap.core.analysis.detectors": detectors,
}
