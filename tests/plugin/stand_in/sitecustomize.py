"""A stand-in for core.shot, for what must be simulated: crashes, refusals, work that takes long.

A child process that starts with this folder on PYTHONPATH renders with it. What a shot does is
its name's first word. It paints nothing: the new file holds the shot's name.
"""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from lipflap.core.errors import DubError, NoFace
from lipflap.core.fingerprint import fingerprint
from lipflap.core.order import RENDERED, DubResult, Progress, ShotReport, digest


def dub_shot(order):
    yield Progress(order.shot, "sample", 0, order.frames.count)
    path = Path(order.output.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent.parent / "runs.txt").open("a") as runs:
        runs.write(f"{order.shot}\n")
    half = path.with_name(path.name + ".half")
    try:
        half.write_text(order.shot)
        _ACTS.get(order.shot.split("_")[0], lambda: None)()
        yield Progress(order.shot, "sample", order.frames.count, order.frames.count)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    report = ShotReport(RENDERED, "", order.frames.count, 1, 1, 0, 1, {"sample": 0.5})
    order_sha256 = digest(replace(order))
    yield DubResult(order.shot, order_sha256, str(path), fingerprint(path), report)


def _killed():
    os.kill(os.getpid(), signal.SIGKILL)


def _crash():
    raise RuntimeError("the graphics card is gone")


def _refuse():
    raise DubError("is upside down.", where="plate.mov, frame 7")


def _faceless():
    raise NoFace("shows no face.", where="plate.mov")


_ACTS = {
    "KILLED": _killed,
    "CRASH": _crash,
    "REFUSE": _refuse,
    "FACELESS": _faceless,
    "SLOW": lambda: time.sleep(60),
    "SLOWISH": lambda: time.sleep(1.5),
    "CHATTY": lambda: print("a library says hello\n[1, 2]"),
}

stand_in = ModuleType("lipflap.core.shot")
stand_in.dub_shot = dub_shot  # type: ignore[attr-defined]
sys.modules["lipflap.core.shot"] = stand_in
