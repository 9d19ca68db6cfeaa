"""How far a JOB is, told by its files alone: from any machine that sees the folder.

orders/SH010.json                             asked for
progress/SH010.json   results/SH010.json      state
      -                     -                 waiting
    fresh             -, or it failed         running
    stale                   -                 lost: who rendered it is gone; it waits again
     any              stands, picture there   rendered, or left
      -                  it failed            failed

A long shot may be rendered in parts, SH010.part-2-of-5: they count as one shot, which is done when
its parts are joined. A file that has not changed is read once by a process, so that looking again
costs no more than listing four folders.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.sequence import is_sequence
from lipflap.core.order import ShotState, Stage
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.progress import ShotProgress, progress_from_json

WAITING, RUNNING, LOST = "waiting", "running", "lost"
STATES = (RUNNING, WAITING, ShotState.RENDERED, ShotState.SKIPPED, ShotState.FAILED, LOST)
_TO_DO = (WAITING, RUNNING, LOST)

_PART = re.compile(r"(?P<shot>.+)\.part-(?P<number>\d+)-of-(?P<count>\d+)")
_LOOKING = ("track", "listen")  # stages of a report that come before painting
_REMEMBERED = 1 << 17
_LONGEST_S = 1e9  # thirty years: no clock of ours says that of a shot
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class ShotStatus:
    """One shot of a JOB.

    stage, done, total  as its renderer told them last; waiting: 0 of its frames
    host                the machine that renders it, or did when it was lost
    reason              why it was left or failed
    seconds_left        of its own rendering, at the pace so far; None when done or not known
    """

    shot: str
    state: str
    stage: str
    done: int
    total: int
    host: str
    reason: str
    seconds_left: float | None

    @property
    def to_do(self) -> bool:
        """Whether it will be rendered, or is being."""
        return self.state in _TO_DO


@dataclass(frozen=True, slots=True)
class JobStatus:
    """All shots of a JOB, by name.

    seconds_left   as in `seconds_left`
    """

    shots: tuple[ShotStatus, ...]
    seconds_left: float | None

    def count(self, state: str) -> int:
        return sum(shot.state == state for shot in self.shots)


def job_status(job: Job, now: float) -> JobStatus:
    """What the files of a JOB say. Clocks of machines may differ by some seconds.

    now   unix seconds
    A file that is half there or not ours says nothing; a folder that is not there, neither.
    """
    asked, made = _listed(job.folder / "orders"), _listed(job.folder / "results")
    told = dict(_progress(job.folder / "progress"))
    pictures = _names(job.folder / "media")
    tasks = {
        name: _task(name, file, made.get(name), told.get(name), pictures, now)
        for name, file in asked.items()
    }
    pace = _pace(tasks.values(), now)
    parts = _parts(asked)
    shots = [
        _shot(name, task, [tasks[part] for part in parts.get(name, ())], pace)
        for name, task in tasks.items()
        if not _PART.fullmatch(name)
    ]
    shots.sort(key=lambda shot: shot.shot)
    return JobStatus(tuple(shots), seconds_left(shots))


def seconds_left(shots: Iterable[ShotStatus]) -> float | None:
    """Until all of these are done, if as many go on being rendered at once as are now.

    None when nothing is being rendered, or nothing has been painted yet that tells the pace.
    """
    to_do = [shot for shot in shots if shot.to_do]
    each = [shot.seconds_left for shot in to_do if shot.seconds_left is not None]
    at_once = sum(shot.state == RUNNING for shot in to_do)
    if not at_once or len(each) < len(to_do):
        return None
    return max(sum(each) / at_once, *each)


@dataclass(frozen=True, slots=True)
class _File:
    """A file as a folder lists it; the same stamp, the same content."""

    path: str
    stamp: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of an order matters here. The file as we write it has the digest for its hash."""

    sha256: str
    frames: int
    written: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    """What of a result matters here; `picture` is the name of its file, empty if it is not one."""

    order_sha256: str
    state: str
    reason: str
    picture: str
    frames: int
    look_s: float
    paint_s: float


@dataclass(frozen=True, slots=True)
class _Task:
    """One order, what it came to, and who is at it."""

    state: str
    asked: _Asked
    made: _Made | None
    told: ShotProgress | None

    def frames_left(self) -> tuple[int, int]:
        """Still to look at, and to paint."""
        if self.state not in _TO_DO:
            return 0, 0
        if self.state != RUNNING or self.told is None:
            return self.asked.frames, self.asked.written
        left = self.told.total - self.told.done
        return (0, left) if self.told.stage == Stage.PAINT else (left, self.asked.written)


@dataclass(frozen=True, slots=True)
class _Pace:
    """Seconds a frame; None where nothing tells them."""

    look_s: float | None
    paint_s: float | None

    def seconds(self, look_frames: int, paint_frames: int) -> float | None:
        if self.look_s is None or self.paint_s is None:
            return None
        return look_frames * self.look_s + paint_frames * self.paint_s


def _task(
    name: str,
    order: _File,
    result: _File | None,
    told: ShotProgress | None,
    pictures: set[str],
    now: float,
) -> _Task:
    asked = _asked(order)
    if asked.trouble:
        return _Task(
            ShotState.FAILED, asked, _Made("", ShotState.FAILED, asked.trouble, "", 0, 0, 0), None
        )
    made = _made(result) if result else None
    if made and made.order_sha256 != asked.sha256:
        made = None
    if made and made.picture and made.picture not in pictures:
        made = None
    if made and made.state != ShotState.FAILED:
        return _Task(made.state, asked, made, None)
    if told and told.alive(now):
        return _Task(RUNNING, asked, made, told)
    if made:
        return _Task(ShotState.FAILED, asked, made, None)
    return _Task(LOST if told else WAITING, asked, None, told)


def _shot(name: str, task: _Task, parts: list[_Task], pace: _Pace) -> ShotStatus:
    """A shot by its own files, or by those of its parts as long as it has nothing of its own."""
    if not parts or task.state != WAITING:
        return _status(name, task.state, [task], pace)
    states = {part.state for part in parts}
    state = next((s for s in (RUNNING, ShotState.FAILED, LOST) if s in states), WAITING)
    return _status(name, state, parts, pace)


def _status(name: str, state: str, tasks: list[_Task], pace: _Pace) -> ShotStatus:
    telling = [task.told for task in tasks if task.told and task.state == state]
    reasons = [task.made.reason for task in tasks if task.made and task.state == state]
    look_frames = sum(task.frames_left()[0] for task in tasks)
    paint_frames = sum(task.frames_left()[1] for task in tasks)
    stage, total = Stage.PAINT if telling else "", sum(task.asked.written for task in tasks)
    done = total - paint_frames
    if len(tasks) == len(telling) == 1:
        stage, done, total = telling[0].stage, telling[0].done, telling[0].total
    return ShotStatus(
        shot=name,
        state=state,
        stage=stage,
        done=done,
        total=total,
        host=", ".join(sorted({told.host for told in telling})),
        reason=reasons[0] if reasons else "",
        seconds_left=pace.seconds(look_frames, paint_frames) if state in _TO_DO else None,
    )


def _pace(tasks: Iterable[_Task], now: float) -> _Pace:
    """Seconds a frame of all that was rendered and is being rendered."""
    seconds, frames = (
        dict.fromkeys((Stage.ANALYSE, Stage.PAINT), 0.0),
        dict.fromkeys((Stage.ANALYSE, Stage.PAINT), 0),
    )

    def spent(stage: Stage, took_s: float, count: int) -> None:
        if 0 < took_s < _LONGEST_S and count > 0:
            seconds[stage] += took_s
            frames[stage] += count

    for task in tasks:
        if task.made and task.state in (ShotState.RENDERED, ShotState.SKIPPED):
            spent(Stage.ANALYSE, task.made.look_s, task.asked.frames)
            spent(Stage.PAINT, task.made.paint_s, task.made.frames)
        elif task.told and task.state == RUNNING:
            if task.told.stage == Stage.PAINT:
                spent(Stage.ANALYSE, task.told.stage_at - task.told.started_at, task.asked.frames)
            begun_with = task.told.stage == Stage.PAINT  # its first frame is what begins that stage
            spent(task.told.stage, task.told.at - task.told.stage_at, task.told.done - begun_with)
    look_s, paint_s = (
        seconds[s] / frames[s] if frames[s] else None for s in (Stage.ANALYSE, Stage.PAINT)
    )
    return _Pace(look_s, paint_s)


def _parts(asked: Mapping[str, _File]) -> dict[str, list[str]]:
    """The parts of each shot that has some: those ordered last, if it was divided twice."""
    divided: dict[str, dict[int, list[str]]] = {}
    for name in asked:
        if (found := _PART.fullmatch(name)) and found["shot"] in asked:
            divided.setdefault(found["shot"], {}).setdefault(int(found["count"]), []).append(name)
    return {
        shot: max(ways.values(), key=lambda names: max(asked[n].stamp[1] for n in names))
        for shot, ways in divided.items()
    }


@lru_cache(_REMEMBERED)
def _asked(file: _File) -> _Asked:
    try:
        text = _read(file).replace(b"\r\n", b"\n")
        body = json.loads(text)
        frames = _count(body["frames"]["count"])
        part = body["part"]
        written = _count(part["end"]) - _count(part["start"]) if part else frames
    except _UNREADABLE:
        return _Asked("", 0, 0, "Its order cannot be read.")
    return _Asked(hashlib.sha256(text).hexdigest(), frames, written)


@lru_cache(_REMEMBERED)
def _made(file: _File) -> _Made | None:
    try:
        body = json.loads(_read(file))
        report, picture = body["report"], str(body["output_path"])
        seconds = {str(stage): float(s) for stage, s in report["seconds"].items()}
        frames, state = _count(report["frames"]), str(report["state"])
        said = str(body["order_sha256"]), state, str(report["reason"])
        "".join(said).encode()
    except _UNREADABLE:
        return None
    if state not in (ShotState.RENDERED, ShotState.SKIPPED, ShotState.FAILED) or not all(
        map(isfinite, seconds.values())
    ):
        return None
    look_s = sum(seconds.values())
    if state == ShotState.RENDERED:  # every picture is decoded twice, to look and to paint
        look_s = sum(seconds.get(s, 0.0) for s in _LOOKING) + seconds.get("decode", 0.0) / 2
    file_name = "" if is_sequence(picture) else _name(picture)
    return _Made(*said, file_name, frames, look_s, sum(seconds.values()) - look_s)


def _count(said: Any) -> int:
    """Frames. Raises ValueError or OverflowError for what no order counts to."""
    count = int(said)
    if not 0 <= count < 1 << 63:
        raise ValueError("no such frame")
    return count


def _name(path: str) -> str:
    """Of a file, whichever system its path is from."""
    return PureWindowsPath(PurePosixPath(path).name).name


def _progress(folder: Path) -> Iterator[tuple[str, ShotProgress]]:
    for name, file in _listed(folder).items():
        try:
            yield name, progress_from_json(_read(file).decode(), where=file.path)
        except (OSError, UnicodeDecodeError, DubError):
            continue  # it has just been removed, or is not ours


def _read(file: _File) -> bytes:
    with open(file.path, "rb", buffering=0) as opened:
        return opened.read()


def _listed(folder: Path) -> dict[str, _File]:
    """The JSON files in a folder, by name without suffix."""
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    known = entry.stat()
                    stamp = (known.st_ino, known.st_mtime_ns, known.st_size)
                    found[entry.name.removesuffix(".json")] = _File(entry.path, stamp)
    except OSError:  # none there, or one is gone while we look
        pass
    return found


def _names(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()
