"""Seconds that a frame takes, measured as frames are done, and so the time for frames to come."""

from lipflap.core.result import Stage

STAGES = (Stage.ANALYSE, Stage.PAINT)  # a shot is first analysed whole, then painted


class Pace:
    """Seconds a frame of each stage takes, averaged over all frames that were counted."""

    def __init__(self) -> None:
        self._seconds = dict.fromkeys(STAGES, 0.0)
        self._frames = dict.fromkeys(STAGES, 0)

    def count(self, stage: Stage, frames: int, seconds: float) -> None:
        """Count frames that were done, and the seconds they took."""
        self._seconds[stage] += seconds
        self._frames[stage] += frames

    def seconds_per_frame(self, stage: Stage) -> float | None:
        """Return None before the first frame of the stage."""
        frames = self._frames[stage]
        return self._seconds[stage] / frames if frames else None
