"""Progress of a rendering on a terminal: shots done, the stage, the time left."""

from collections.abc import Iterable, Iterator, Mapping
from time import monotonic
from typing import TextIO

from lipflap.core.result import DubResult, Progress, Stage
from lipflap.core.timing import format_duration
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.pace import STAGES, Pace

_EVERY_S = 10.0  # between lines where a line cannot be written over
_EVERY_S_ON_SCREEN = 0.1


def show_progress(
    events: Iterable[Event], frames: Mapping[str, int], out: TextIO
) -> Iterator[DubResult]:
    """Yield the results among `events`, and write progress to `out` on the way.

    frames   frames of each shot to be rendered, by name, in order
    """
    estimate = _Estimate(frames, monotonic())
    on_screen = out.isatty()
    written_at = float("-inf")
    for event in events:
        now = monotonic()
        estimate.update(event, now)
        if isinstance(event, DubResult):
            if on_screen:
                out.write("\r\x1b[K")
            yield event
        elif now - written_at >= (_EVERY_S_ON_SCREEN if on_screen else _EVERY_S):
            written_at = now
            line = estimate.progress_text() + estimate.remaining_text()
            out.write(f"\r{line}\x1b[K" if on_screen else f"{line}\n")
            out.flush()


class _Estimate:
    """An estimate of the time left, from the frames done and the pace so far.

    Shots that are rendered together share the machine: the time between two events counts for
    the frames that the second event reports, so that all time is counted once.
    """

    def __init__(self, frames: Mapping[str, int], now: float) -> None:
        self._shots = len(frames)
        self._waiting = dict(frames)
        self._running: dict[str, Progress] = {}
        self._frames_left = {(shot, stage): n for shot, n in frames.items() for stage in STAGES}
        self._pace = Pace()
        self._last_event_at = now

    def update(self, event: Event, now: float) -> None:
        """Count an event that came at `now`, in seconds of the monotonic clock."""
        if isinstance(event, DubResult):
            self._waiting.pop(event.shot, None)
            self._running.pop(event.shot, None)
            for stage in STAGES:
                self._frames_left.pop((event.shot, stage), None)
        else:
            self._running[event.shot] = event
            if event.stage in STAGES:
                self._count(event, now - self._last_event_at)
        self._last_event_at = now

    def _count(self, event: Progress, seconds: float) -> None:
        left = event.total - event.done
        if event.done > 1:  # time before the first frame is loading, not painting
            before = self._frames_left[event.shot, event.stage]
            self._pace.count(event.stage, max(0, before - left), seconds)
        self._frames_left[event.shot, event.stage] = left
        if event.stage == Stage.ANALYSE:  # also again, after a crash
            self._frames_left[event.shot, Stage.PAINT] = self._waiting[event.shot]

    def progress_text(self) -> str:
        """Return how many shots are done, and how far the one is that started first."""
        shot, progress = next(iter(self._running.items()))
        others = len(self._running) - 1
        more = f" and {others} more" if others else ""
        done = self._shots - len(self._waiting)
        stage = f"{progress.stage} {progress.done}/{progress.total}"
        return f"{done} of {self._shots} done, {shot} {stage}{more}"

    def remaining_text(self) -> str:
        """Return the time left: for all stages once frames are painted, before that to analyse."""
        pace = {stage: self._pace.seconds_per_frame(stage) for stage in STAGES}
        if pace[Stage.ANALYSE] is None:
            return ""
        seconds = sum((pace[stage] or 0.0) * n for (_, stage), n in self._frames_left.items())
        if not seconds:
            return ""
        known = "left to analyse" if pace[Stage.PAINT] is None else "left"
        return f", about {format_duration(seconds)} {known}"
