"""Rows of the render queue, from the queue and the state of the JOB folder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lipflap.core.result import Stage
from lipflap.core.timing import format_duration
from lipflap.plugin.job.queue import Queue
from lipflap.plugin.job.status import JobStatus, RenderState, ShotStatus, seconds_left

CANCELLED = "cancelled"

_ANALYSE_SHARE = 1 / 3  # of the work on a shot, roughly
_UNKNOWN = ShotStatus("", RenderState.WAITING, "", 0, 0, "", "", None)
_STATE_LABELS = {
    RenderState.WAITING: "Waiting",
    RenderState.INTERRUPTED: "Interrupted, waiting",
    RenderState.RENDERED: "Done",
    RenderState.SKIPPED: "Skipped",
    RenderState.FAILED: "Failed",
    CANCELLED: "Cancelled",
}


@dataclass(frozen=True, slots=True)
class RenderRow:
    """A shot of the render queue.

    state       as in ShotStatus, or "cancelled"
    done_share  of its work, 0 to 1
    queued      whether it waits to be rendered, or is being rendered
    """

    shot: str
    state: str
    done_share: float
    queued: bool
    status: ShotStatus

    @property
    def label(self) -> str:
        """The text of its state."""
        if self.state == RenderState.RENDERING:
            return "Finding faces" if self.status.stage in (Stage.ANALYSE, "") else "Rendering"
        return _STATE_LABELS[self.state]

    @property
    def machine(self) -> str:
        """Return the name of the machine that renders it; empty while none does."""
        return self.status.host if self.state == RenderState.RENDERING else ""


def make_rows(status: JobStatus, queue: Queue) -> tuple[RenderRow, ...]:
    """Make rows in rendering order; below, what other machines render and what has ended."""
    statuses = {shot.shot: shot for shot in status.shots}
    queued = [_row(shot, statuses, queued=True) for shot in queue.shots]
    elsewhere = [
        _row(status.shot, statuses)
        for status in status.shots
        if status.state == RenderState.RENDERING and status.shot not in set(queue.shots)
    ]
    running = {row.shot for row in elsewhere}
    ended = [
        *(_row(shot, statuses) for shot in reversed(queue.finished) if shot not in running),
        *(_row(shot, statuses, CANCELLED) for shot in queue.cancelled if shot not in running),
    ]
    return (*sorted(queued, key=lambda row: row.state != RenderState.RENDERING), *elsewhere, *ended)


def total_share(rows: Sequence[RenderRow]) -> float:
    """Return how much of all work is done, 0 to 1; cancelled shots do not count."""
    active = [(row.done_share, row.status.total) for row in rows if row.state != CANCELLED]
    frames = sum(total for _, total in active)
    return sum(share * total for share, total in active) / frames if frames else 0.0


def describe_queue(rows: Sequence[RenderRow], queue: Queue) -> str:
    """Return one line about the whole queue."""
    if not rows:
        return "No shots are queued"
    active = [row for row in rows if row.state != CANCELLED]
    remaining = [row for row in active if row.queued or row.status.state.is_pending]
    failed = sum(row.state == RenderState.FAILED for row in active)
    parts = [f"{len(active) - len(remaining)} of {len(active)} done"]
    parts[0] += f" ({failed} failed)" if failed else ""
    left = seconds_left(row.status for row in remaining)
    if queue.paused and queue.shots:
        parts.append("paused")
    elif remaining and left is not None:
        parts.append(f"about {format_duration(left)} left")
    return ", ".join(parts)


def _row(
    shot: str, statuses: Mapping[str, ShotStatus], state: str = "", queued: bool = False
) -> RenderRow:
    status = statuses.get(shot, _UNKNOWN)
    state = state or status.state
    if queued and state not in (RenderState.RENDERING, RenderState.INTERRUPTED):
        state = RenderState.WAITING  # whatever its last result, it is to be rendered again
    return RenderRow(shot, state, _share(state, status), queued, status)


def _share(state: str, status: ShotStatus) -> float:
    if state in (RenderState.RENDERED, RenderState.SKIPPED, RenderState.FAILED):
        return 1.0
    if state != RenderState.RENDERING or not status.total:
        return 0.0
    done = status.done / status.total
    if status.stage in (Stage.ANALYSE, ""):
        return done * _ANALYSE_SHARE
    return _ANALYSE_SHARE + done * (1 - _ANALYSE_SHARE)


def shot_names(rows: Iterable[RenderRow]) -> tuple[str, ...]:
    return tuple(row.shot for row in rows)
