"""Ticks of the timecode ruler at round timecodes, drop-frame counting included."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, takewhile

from lipflap.core.timecode import (
    counts_in_drop_frame,
    cut_timecode,
    format_timecode,
    parse_timecode,
)
from lipflap.gui.timeline.scale import Scale

LABEL_PX = 92  # a timecode and its padding
_TICK_PX = 7
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at pixel `x`; `label` is its timecode, or empty for a small one."""

    x: int
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """The distance of two ticks: whole seconds of timecode, or frames within a second."""

    seconds: int
    frames: int = 0


def ticks(scale: Scale, first_frame: int, width_px: int) -> tuple[Tick, ...]:
    """Return the ticks that a ruler of a width shows, from the cut's first frame on.

    first_frame   number of that frame: the cut's start timecode as a frame number
    """
    labelled = step_of(scale, LABEL_PX)
    fine = step_of(scale, _TICK_PX)
    begin = first_frame + max(0, scale.frame_at(-LABEL_PX))  # its label may reach into view
    end = first_frame + scale.frame_at(width_px) + 1
    clock = _Clock(scale.rate, counts_in_drop_frame(first_frame, scale.rate))
    named = dict.fromkeys(_numbers(labelled, begin, end, clock))
    every = sorted({*named, *_numbers(fine, begin, end, clock)})
    return tuple(
        Tick(
            scale.x_of_frame(number - first_frame),
            cut_timecode(number - first_frame, scale.rate, first_frame) if number in named else "",
        )
        for number in every
    )


def step_of(scale: Scale, apart_px: int) -> Step:
    """Return the smallest step whose ticks lie at least `apart_px` apart."""
    base = round(scale.rate)
    min_frames = apart_px / scale.px_per_frame
    for frames in range(1, base // 2 + 1):
        if base % frames == 0 and frames >= min_frames:
            return Step(0, frames)
    return Step(next((s for s in _SECONDS if s * base >= min_frames), _DAY_S))


@dataclass(frozen=True, slots=True)
class _Clock:
    """The way in which timecode counts: frames a second, and whether it is drop-frame."""

    rate: Fraction
    drop: bool

    def second_of(self, frame: int) -> int:
        """Return the second of timecode that a frame is in."""
        days, frame = divmod(frame, self._first_of_day(1))
        timecode = format_timecode(frame, self.rate, drop=self.drop)
        hours, minutes, seconds = (int(part) for part in timecode.replace(";", ":").split(":")[:3])
        return days * _DAY_S + hours * 3600 + minutes * 60 + seconds

    def first_of(self, second: int) -> int:
        """Return the number of the first frame in a second of timecode."""
        days, second = divmod(second, _DAY_S)
        minutes, seconds = divmod(second, 60)
        dropped = self.drop and seconds == 0 and minutes % 10
        skipped = round(self.rate) // 15 if dropped else 0
        hours, minutes = divmod(minutes, 60)
        timecode = f"{hours:02}:{minutes:02}:{seconds:02}{self._mark}{skipped:02}"
        return self._first_of_day(days) + parse_timecode(timecode, self.rate)

    def _first_of_day(self, day: int) -> int:
        return day * parse_timecode(f"24:00:00{self._mark}00", self.rate)

    @property
    def _mark(self) -> str:
        return ";" if self.drop else ":"


def _numbers(step: Step, begin: int, end: int, clock: _Clock) -> Iterator[int]:
    """Yield the frame numbers in [begin, end) at which a step has its ticks."""
    every = step.seconds or 1
    second = clock.second_of(begin) // every * every
    seconds = count(second, every)
    marked = (number for at in seconds for number in _within(at, step, clock))
    return (number for number in takewhile(lambda n: n < end, marked) if number >= begin)


def _within(second: int, step: Step, clock: _Clock) -> Iterator[int]:
    """Yield the frame numbers of the ticks in one second of timecode."""
    first = clock.first_of(second)
    yield first
    if step.frames:
        base = round(clock.rate)
        dropped = base - (clock.first_of(second + 1) - first)
        after = range(0, base, step.frames)
        yield from (first + at - dropped for at in after if at >= dropped + step.frames)
