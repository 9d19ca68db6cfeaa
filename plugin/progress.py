"""Progress for someone who waits: which shot, which stage, how long still."""

from collections.abc import Iterable, Iterator, Mapping
from time import monotonic
from typing import TextIO

from lipflap.core.order import DubResult, Progress
from lipflap.plugin.events import Event

_EVERY_S = 10.0  # between lines where a line cannot be written over
_EVERY_S_ON_SCREEN = 0.1


def shown(events: Iterable[Event], frames: Mapping[str, int], out: TextIO) -> Iterator[DubResult]:
    """The results among `events`; on the way, how far it is goes to `out`.

    frames   of each shot to be rendered, by name, in order
    """
    pace = _Pace(frames)
    on_screen = out.isatty()
    written_at = float("-inf")
    for event in events:
        pace.see(event, monotonic())
        if isinstance(event, DubResult):
            if on_screen:
                out.write("\r\x1b[K")
            yield event
        elif monotonic() - written_at >= (_EVERY_S_ON_SCREEN if on_screen else _EVERY_S):
            written_at = monotonic()
            line = f"{pace.place(event)} {event.stage} {event.done}/{event.total}"
            line += pace.forecast(event, written_at)
            out.write(f"\r{line}\x1b[K" if on_screen else f"{line}\n")
            out.flush()


class _Pace:
    """How fast frames went so far, and what that says about the rest."""

    def __init__(self, frames: Mapping[str, int]) -> None:
        self._frames = dict(frames)
        self._waiting = dict(frames)
        self._worked_s = 0.0
        self._worked_frames = 0
        self._shot_since: float | None = None
        self._stage_since: tuple[str, float, int] = ("", 0.0, 0)

    def see(self, event: Event, now: float) -> None:
        """Take note of an event that came at `now`."""
        if isinstance(event, Progress):
            if self._shot_since is None:
                self._shot_since = now
            if event.stage != self._stage_since[0]:
                self._stage_since = (event.stage, now, event.done)
            return
        self._waiting.pop(event.shot, None)
        if self._shot_since is not None:
            self._worked_s += now - self._shot_since
            self._worked_frames += self._frames.get(event.shot, 0)
        self._shot_since, self._stage_since = None, ("", 0.0, 0)

    def place(self, event: Progress) -> str:
        number = len(self._frames) - len(self._waiting) + 1
        return f"{event.shot} ({number} of {len(self._frames)})"

    def forecast(self, event: Progress, now: float) -> str:
        """Time left: in all, as soon as a shot was worked through; before, of this stage."""
        _, since, first = self._stage_since
        done = event.done - first
        stage_left = (now - since) / done * (event.total - event.done) if done > 0 else 0.0
        if not self._worked_frames:
            return f", about {_clock(stage_left)} left of this stage" if done > 0 else ""
        pace = self._worked_s / self._worked_frames
        shot_left = pace * self._waiting.get(event.shot, 0) - (now - (self._shot_since or now))
        others = sum(self._waiting.values()) - self._waiting.get(event.shot, 0)
        return f", about {_clock(max(stage_left, shot_left) + pace * others)} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
