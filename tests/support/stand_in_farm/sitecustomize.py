"""A stand-in for core.shot and core.paint.painter without networks: turns pictures upside down.

Decoder, encoder and files are the real ones. A child process that starts with this folder on
PYTHONPATH renders with it, and each shot leaves a line in JOB/runs.txt. A shot whose name begins
with a word of _ACTS does what that says; ENDLESS gets no further than its first frame, and
SECONDS_A_FRAME makes all of them slow.
"""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType


def dub_shot(order, networks):
    # Imported when something is rendered: every other process starts as quickly as it would.
    from lipflap.core.encode.encode import open_writer
    from lipflap.core.files.fingerprint import fingerprint_of_picture
    from lipflap.core.media.decode import pictures
    from lipflap.core.media.probe import probe
    from lipflap.core.order import digest
    from lipflap.core.result import DubResult, Progress, ShotReport, ShotState, Stage

    _check_media(order)
    with (Path(order.output.path).parent.parent / "runs.txt").open("a") as runs:
        runs.write(f"{order.shot}\n")
    _ACTS.get(order.shot.split("_")[0], lambda: None)()
    info, span = probe(order.picture.path), order.written
    output = replace(order.output, start_frame=order.output.start_frame + span.start)
    with open_writer(info, output) as writer:
        taken = order.frames.media_frames()[span.start : span.end]
        for done, frame in enumerate(pictures(info, taken), start=1):
            time.sleep(float(os.environ.get("SECONDS_A_FRAME", "0")))
            planes = tuple(plane[::-1].copy() for plane in frame.planes)
            writer.write(replace(frame, planes=planes))
            yield Progress(order.shot, Stage.PAINT, done, len(span))
            while order.shot == "ENDLESS":
                time.sleep(0.1)
                yield Progress(order.shot, Stage.PAINT, done, len(span))
    report = ShotReport(
        state=ShotState.RENDERED,
        frames=len(span),
        repainted_frames=len(span),
        faces=1,
        face=0,
        seconds={"sample": 0.5},
    )
    path = order.output.path
    yield DubResult(order.shot, digest(order), path, fingerprint_of_picture(path), report)


def _check_media(order):
    """As core.shot and core.paint.painter do."""
    from lipflap.core.errors import DubError
    from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture
    from lipflap.core.model_files import locate, sha256

    checks = {
        speech.path: (fingerprint(Path(speech.path)), speech.fingerprint)
        for speech in order.speeches
    }
    for picture in (order.picture, *(reference.picture for reference in order.references)):
        checks[picture.path] = (fingerprint_of_picture(picture.path), picture.fingerprint)
    for path, (found, ordered) in checks.items():
        if found != ordered:
            raise DubError("has changed since the shot was ordered.", where=path)
    if sha256(locate(order.settings.model)) != order.settings.model_sha256:
        raise DubError("is not the model this shot was ordered with.", where=order.settings.model)


def _killed():
    os.kill(os.getpid(), signal.SIGKILL)


def _wrong():
    from lipflap.core.errors import DubError

    raise DubError("is upside down.", where="plate.mov, frame 7")


_ACTS = {"KILLED": _killed, "WRONG": _wrong}

shot, painter = ModuleType("lipflap.core.shot"), ModuleType("lipflap.core.paint.painter")
shot.dub_shot = dub_shot  # type: ignore[attr-defined]
painter.load_networks = lambda settings, weights: None  # type: ignore[attr-defined]
painter.batched_across_shots = lambda networks, ask: networks  # type: ignore[attr-defined]
sys.modules |= {"lipflap.core.shot": shot, "lipflap.core.paint.painter": painter}
