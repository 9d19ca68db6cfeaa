"""Progress for someone who waits: which shots, which stage, how long still."""

from collections.abc import Iterable, Iterator, Mapping
from time import monotonic
from typing import TextIO

from lipflap.core.order import DubResult, Progress, Stage
from lipflap.plugin.job.events import Event

_EVERY_S = 10.0  # between lines where a line cannot be written over
_EVERY_S_ON_SCREEN = 0.1
_STAGES = (Stage.ANALYSE, Stage.PAINT)


def show_progress(
    events: Iterable[Event], frames: Mapping[str, int], out: TextIO
) -> Iterator[DubResult]:
    """The results among `events`; on the way, how far it is goes to `out`.

    frames   of each shot to be rendered, by name, in order
    """
    pace = _Pace(frames, monotonic())
    on_screen = out.isatty()
    written_at = float("-inf")
    for event in events:
        now = monotonic()
        pace.see(event, now)
        if isinstance(event, DubResult):
            if on_screen:
                out.write("\r\x1b[K")
            yield event
        elif now - written_at >= (_EVERY_S_ON_SCREEN if on_screen else _EVERY_S):
            written_at = now
            line = pace.place() + pace.forecast()
            out.write(f"\r{line}\x1b[K" if on_screen else f"{line}\n")
            out.flush()


class _Pace:
    """What a frame of each stage took so far, and what that says about the rest.

    Shots that are rendered together share the machine: the time between two events counts for
    the frames that the second tells of, so that all time is counted once.
    """

    def __init__(self, frames: Mapping[str, int], now: float) -> None:
        self._shots = len(frames)
        self._waiting = dict(frames)
        self._under_way: dict[str, Progress] = {}
        self._left = {(shot, stage): n for shot, n in frames.items() for stage in _STAGES}
        self._seconds = dict.fromkeys(_STAGES, 0.0)
        self._frames = dict.fromkeys(_STAGES, 0)
        self._since = now

    def see(self, event: Event, now: float) -> None:
        """Take note of an event that came at `now`."""
        if isinstance(event, DubResult):
            self._waiting.pop(event.shot, None)
            self._under_way.pop(event.shot, None)
            for stage in _STAGES:
                self._left.pop((event.shot, stage), None)
        else:
            self._under_way[event.shot] = event
            if event.stage in _STAGES:
                self._count(event, now - self._since)
        self._since = now

    def _count(self, event: Progress, seconds: float) -> None:
        left = event.total - event.done
        if event.done > 1:  # before the first frame lies what belongs to none: loading, listening
            self._frames[event.stage] += max(0, self._left[event.shot, event.stage] - left)
            self._seconds[event.stage] += seconds
        self._left[event.shot, event.stage] = left
        if event.stage == Stage.ANALYSE:  # perhaps anew, after a crash
            self._left[event.shot, Stage.PAINT] = event.total

    def place(self) -> str:
        """How many shots are done, and how far the one is that was begun first."""
        shot, told = next(iter(self._under_way.items()))
        others = len(self._under_way) - 1
        beside = f" and {others} more" if others else ""
        done = self._shots - len(self._waiting)
        return f"{done} of {self._shots} done, {shot} {told.stage} {told.done}/{told.total}{beside}"

    def forecast(self) -> str:
        """Time left: in all, once mouths are painted; before that, of looking."""
        pace = {s: self._seconds[s] / n for s, n in self._frames.items() if n > 0}
        if Stage.ANALYSE not in pace:
            return ""
        left = sum(pace.get(stage, 0.0) * n for (_, stage), n in self._left.items())
        if not left:
            return ""
        return f", about {format_duration(left)} left" + ("" if Stage.PAINT in pace else " to look")


def format_duration(seconds: float) -> str:
    """Seconds as minutes and seconds, or hours too."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
