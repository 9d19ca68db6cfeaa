"""A stand-in for core.shot and core.kit, to simulate crashes, refusals and work that takes long.

A child process that starts with this folder on PYTHONPATH renders with it. What a shot does is
its name's first word. It paints nothing: the new file holds the shot's name.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import ModuleType

from lipflap.core.errors import DubError, NoFace
from lipflap.core.fingerprint import fingerprint
from lipflap.core.order import PAINT, RENDERED, DubResult, Progress, ShotReport, digest


def dub_shot(order, kit):
    yield Progress(order.shot, PAINT, 0, order.frames.count)
    path = Path(order.output.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent.parent / "runs.txt").open("a") as runs:
        runs.write(f"{order.shot}\n")
    half = path.with_name(path.name + ".half")
    try:
        half.write_text(order.shot)
        for _ in _ACTS.get(order.shot.split("_")[0], lambda: None)() or ():
            yield Progress(order.shot, PAINT, 0, order.frames.count)
        yield Progress(order.shot, PAINT, order.frames.count, order.frames.count)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    report = ShotReport(RENDERED, "", order.frames.count, 1, 1, 0, 1, {"sample": 0.5})
    yield DubResult(order.shot, digest(order), str(path), fingerprint(path), report)


def load_kit(settings, weights):
    if settings.model == "SPOILT":
        raise DubError("is not the model this shot was ordered with.", where="SPOILT.safetensors")


def in_company(kit, ask):
    return kit


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


_ACTS = {
    "KILLED": _killed,
    "CRASH": _crash,
    "REFUSE": _refuse,
    "FACELESS": _faceless,
    "SLOW": lambda: (time.sleep(0.1) for _ in range(600)),
    "SLOWISH": lambda: time.sleep(1.5),
    "CHATTY": _chatty,
}

shot, kit = ModuleType("lipflap.core.shot"), ModuleType("lipflap.core.kit")
shot.dub_shot = dub_shot  # type: ignore[attr-defined]
kit.load_kit = load_kit  # type: ignore[attr-defined]
kit.in_company = in_company  # type: ignore[attr-defined]
sys.modules |= {"lipflap.core.shot": shot, "lipflap.core.kit": kit}
