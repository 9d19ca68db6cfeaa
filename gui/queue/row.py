"""The render queue row by row: what its list and the files of the JOB say together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lipflap.core.order import Stage
from lipflap.core.timing import format_duration
from lipflap.plugin.job.queue import Queue
from lipflap.plugin.job.status import JobStatus, RenderState, ShotStatus, seconds_left

CANCELLED = "cancelled"

_LOOKING_SHARE = 1 / 3  # of the work on a shot, roughly
_NOT_ORDERED = ShotStatus("", RenderState.WAITING, "", 0, 0, "", "", None)
_STATE_WORDS = {
    RenderState.WAITING: "Waiting",
    RenderState.INTERRUPTED: "Interrupted, waiting",
    RenderState.RENDERED: "Done",
    RenderState.SKIPPED: "Left as it was",
    RenderState.FAILED: "Failed",
    CANCELLED: "Cancelled",
}


@dataclass(frozen=True, slots=True)
class RenderRow:
    """One shot of the queue.

    state   as in ShotStatus, or "cancelled"
    share   of its work that is done, 0 to 1
    queued  whether it is in the list of shots to be rendered
    """

    shot: str
    state: str
    share: float
    queued: bool
    status: ShotStatus

    @property
    def words(self) -> str:
        """Its state for an editor."""
        if self.state == RenderState.RENDERING:
            return "Looking" if self.status.stage in (Stage.ANALYSE, "") else "Painting"
        return _STATE_WORDS[self.state]

    @property
    def remark(self) -> str:
        """Why it is left or failed; else who renders it."""
        return self.status.reason or (
            self.status.host if self.state == RenderState.RENDERING else ""
        )


def rows_of(status: JobStatus, queue: Queue) -> tuple[RenderRow, ...]:
    """Shots in the order they are rendered; below, what others render and what is over."""
    found = {shot.shot: shot for shot in status.shots}
    queued = [_row(shot, found, queued=True) for shot in queue.shots]
    elsewhere = [
        _row(one.shot, found)
        for one in status.shots
        if one.state == RenderState.RENDERING and one.shot not in set(queue.shots)
    ]
    running = {row.shot for row in elsewhere}
    over = [
        *(_row(shot, found) for shot in reversed(queue.finished) if shot not in running),
        *(_row(shot, found, CANCELLED) for shot in queue.cancelled if shot not in running),
    ]
    return (*sorted(queued, key=lambda row: row.state != RenderState.RENDERING), *elsewhere, *over)


def share_of(rows: Sequence[RenderRow]) -> float:
    """How much of all their work is done, 0 to 1; what was cancelled is no work."""
    counted = [(row.share, row.status.total) for row in rows if row.state != CANCELLED]
    frames = sum(total for _, total in counted)
    return sum(share * total for share, total in counted) / frames if frames else 0.0


def heading(rows: Sequence[RenderRow], queue: Queue) -> str:
    """A line about all of them."""
    if not rows:
        return "Nothing is queued"
    counted = [row for row in rows if row.state != CANCELLED]
    to_do = [row for row in counted if row.queued or row.status.state.is_pending]
    failed = sum(row.state == RenderState.FAILED for row in counted)
    said = [f"{len(counted) - len(to_do)} of {len(counted)} done"]
    said[0] += f" ({failed} failed)" if failed else ""
    left = seconds_left(row.status for row in to_do)
    if queue.paused and queue.shots:
        said.append("paused")
    elif to_do and left is not None:
        said.append(f"about {format_duration(left)} left")
    return ", ".join(said)


def _row(
    shot: str, found: Mapping[str, ShotStatus], state: str = "", queued: bool = False
) -> RenderRow:
    status = found.get(shot, _NOT_ORDERED)
    state = state or status.state
    if queued and state not in (RenderState.RENDERING, RenderState.INTERRUPTED):
        state = RenderState.WAITING  # what an earlier time came to, it is to be rendered anew
    return RenderRow(shot, state, _share(state, status), queued, status)


def _share(state: str, status: ShotStatus) -> float:
    if state in (RenderState.RENDERED, RenderState.SKIPPED, RenderState.FAILED):
        return 1.0
    if state != RenderState.RENDERING or not status.total:
        return 0.0
    done = status.done / status.total
    if status.stage in (Stage.ANALYSE, ""):
        return done * _LOOKING_SHARE
    return _LOOKING_SHARE + done * (1 - _LOOKING_SHARE)


def shots_of(rows: Iterable[RenderRow]) -> tuple[str, ...]:
    return tuple(row.shot for row in rows)
