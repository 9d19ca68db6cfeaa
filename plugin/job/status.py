"""The status of a JOB, read from its files alone, on any machine that sees the folder.

orders/SH010.json                             ordered
progress/SH010.json   results/SH010.json      state
      -                     -                 waiting
    fresh             -, or failed            rendering
    stale                   -                 interrupted: its renderer was killed; it waits again
     any          done, picture there     rendered, or skipped
      -                   failed              failed

A long shot may be rendered in parts, SH010.part-2-of-5: they count as one shot, which is done when
its parts are joined.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lipflap.core.result import ShotState, Stage
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.job_records import (
    OrderFacts,
    RecordFile,
    ResultFacts,
    list_names,
    list_records,
    read_all_progress,
    read_order_facts,
    read_result_facts,
)
from lipflap.plugin.job.pace import STAGES, Pace
from lipflap.plugin.job.progress import ShotProgress

_PART = re.compile(r"(?P<shot>.+)\.part-(?P<number>\d+)-of-(?P<count>\d+)")
_MAX_SECONDS = 1e9  # thirty years: no shot takes as long unless a clock is wrong


class RenderState(StrEnum):
    """The state of a shot in its JOB."""

    RENDERED = "rendered"
    SKIPPED = "skipped"
    FAILED = "failed"
    RENDERING = "rendering"
    WAITING = "waiting"
    INTERRUPTED = "interrupted"

    @property
    def is_pending(self) -> bool:
        """Return whether the shot is being rendered, or will be."""
        return self in (RenderState.RENDERING, RenderState.WAITING, RenderState.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class ShotStatus:
    """One shot of a JOB.

    stage, done, total  as its renderer reported last; while it waits: 0 of its frames
    host                the machine that renders it, or did when it was interrupted
    reason              why it was skipped or failed
    seconds_left        of its own rendering, at the pace so far; None when done or not known
    """

    shot: str
    state: RenderState
    stage: str
    done: int
    total: int
    host: str
    reason: str
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """All shots of a JOB, by name.

    seconds_left   until all are done; see the function `seconds_left`
    """

    shots: tuple[ShotStatus, ...]
    seconds_left: float | None

    def count(self, state: RenderState) -> int:
        return sum(shot.state == state for shot in self.shots)


def job_status(job: Job, now: float) -> JobStatus:
    """Return the status of a JOB. Clocks of machines may differ by some seconds.

    now   unix seconds
    A broken or foreign file counts as missing; a missing folder counts as empty.
    """
    orders, results = list_records(job.folder / "orders"), list_records(job.folder / "results")
    progress = dict(read_all_progress(job.folder / "progress"))
    pictures = list_names(job.folder / "media")
    tasks = {
        name: _task(read_order_facts(file), results.get(name), progress.get(name), pictures, now)
        for name, file in orders.items()
    }
    pace = _pace(tasks.values())
    parts = _parts(orders)
    shots = [
        _shot_status(name, task, [tasks[part] for part in parts.get(name, ())], pace)
        for name, task in tasks.items()
        if not _PART.fullmatch(name)
    ]
    shots.sort(key=lambda shot: shot.shot)
    return JobStatus(tuple(shots), seconds_left(shots))


def seconds_left(shots: Iterable[ShotStatus]) -> float | None:
    """Return the seconds until all of these are done, if as many as now are rendered at once.

    None when nothing is being rendered, or nothing has been painted yet that tells the pace.
    """
    pending = [shot for shot in shots if shot.state.is_pending]
    known = [shot.seconds_left for shot in pending if shot.seconds_left is not None]
    at_once = sum(shot.state == RenderState.RENDERING for shot in pending)
    if not at_once or len(known) < len(pending):
        return None
    return max(sum(known) / at_once, *known)


@dataclass(frozen=True, slots=True)
class _Task:
    """One order: its result, and the progress of its rendering."""

    state: RenderState
    order: OrderFacts
    result: ResultFacts | None
    progress: ShotProgress | None

    @property
    def reason(self) -> str:
        return self.order.problem or (self.result.reason if self.result else "")

    def frames_left(self) -> tuple[int, int]:
        """Return the frames still to analyse, and to paint."""
        if not self.state.is_pending:
            return 0, 0
        if self.state != RenderState.RENDERING or self.progress is None:
            return self.order.frames, self.order.written
        left = self.progress.total - self.progress.done
        return (0, left) if self.progress.stage == Stage.PAINT else (left, self.order.written)


def _task(
    order: OrderFacts,
    result_file: RecordFile | None,
    progress: ShotProgress | None,
    pictures: set[str],
    now: float,
) -> _Task:
    if order.problem:
        return _Task(RenderState.FAILED, order, None, None)
    result = read_result_facts(result_file) if result_file else None
    if result and result.order_sha256 != order.sha256:
        result = None
    if result and result.picture and result.picture not in pictures:
        result = None
    if result and result.state != ShotState.FAILED:
        return _Task(RenderState(result.state), order, result, None)
    if progress and progress.is_alive(now):
        return _Task(RenderState.RENDERING, order, result, progress)
    if result:
        return _Task(RenderState.FAILED, order, result, None)
    state = RenderState.INTERRUPTED if progress else RenderState.WAITING
    return _Task(state, order, None, progress)


def _shot_status(name: str, task: _Task, parts: list[_Task], pace: Pace) -> ShotStatus:
    """Return the status of a shot, or of its parts as long as it has no files of its own."""
    if not parts or task.state != RenderState.WAITING:
        return _status(name, task.state, [task], pace)
    states = {part.state for part in parts}
    order = (RenderState.RENDERING, RenderState.FAILED, RenderState.INTERRUPTED)
    state = next((state for state in order if state in states), RenderState.WAITING)
    return _status(name, state, parts, pace)


def _status(name: str, state: RenderState, tasks: list[_Task], pace: Pace) -> ShotStatus:
    progress = [task.progress for task in tasks if task.progress and task.state == state]
    reasons = [task.reason for task in tasks if task.reason and task.state == state]
    analyse_frames = sum(task.frames_left()[0] for task in tasks)
    paint_frames = sum(task.frames_left()[1] for task in tasks)
    stage, total = Stage.PAINT if progress else "", sum(task.order.written for task in tasks)
    done = total - paint_frames
    if len(tasks) == len(progress) == 1:
        stage, done, total = progress[0].stage, progress[0].done, progress[0].total
    return ShotStatus(
        shot=name,
        state=state,
        stage=stage,
        done=done,
        total=total,
        host=", ".join(sorted({one.host for one in progress})),
        reason=reasons[0] if reasons else "",
        seconds_left=_seconds(pace, analyse_frames, paint_frames) if state.is_pending else None,
    )


def _seconds(pace: Pace, analyse_frames: int, paint_frames: int) -> float | None:
    analyse_s = pace.seconds_per_frame(Stage.ANALYSE)
    paint_s = pace.seconds_per_frame(Stage.PAINT)
    if analyse_s is None or paint_s is None:
        return None
    return analyse_frames * analyse_s + paint_frames * paint_s


def _pace(tasks: Iterable[_Task]) -> Pace:
    """Return the pace of all that was rendered and is being rendered."""
    pace = Pace()

    def count(stage: Stage, frames: int, seconds: float) -> None:
        if stage in STAGES and 0 < seconds < _MAX_SECONDS and frames > 0:
            pace.count(stage, frames, seconds)

    for task in tasks:
        result, progress, frames = task.result, task.progress, task.order.frames
        if result and task.state in (RenderState.RENDERED, RenderState.SKIPPED):
            count(Stage.ANALYSE, frames, result.analyse_s)
            count(Stage.PAINT, result.frames, result.paint_s)
        elif progress and task.state == RenderState.RENDERING:
            is_painting = progress.stage == Stage.PAINT
            if is_painting:
                count(Stage.ANALYSE, frames, progress.stage_at - progress.started_at)
            # The first painted frame is what begins that stage.
            count(progress.stage, progress.done - is_painting, progress.at - progress.stage_at)
    return pace


def _parts(orders: Mapping[str, RecordFile]) -> dict[str, list[str]]:
    """Return the parts of each split shot: those ordered last, if it was split twice."""
    splits: dict[str, dict[int, list[str]]] = {}
    for name in orders:
        if (part := _PART.fullmatch(name)) and part["shot"] in orders:
            of_shot = splits.setdefault(part["shot"], {})
            of_shot.setdefault(int(part["count"]), []).append(name)
    return {
        shot: max(of_shot.values(), key=lambda names: max(orders[n].changed_ns for n in names))
        for shot, of_shot in splits.items()
    }
