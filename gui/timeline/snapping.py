"""Distance of a dragged dub line in whole frames, snapped to shot edges."""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from lipflap.plugin.cut.time_range import TimeRange


def snap(
    line: TimeRange, frames: int, points: Sequence[Fraction], rate: Fraction, reach: Fraction
) -> int:
    """Return `frames`, or the number near it that puts an end of the line on a shot edge.

    points   shot edges, in order
    reach    in frames, the distance from which it snaps
    """
    aligned = [
        round((point - end) * rate)
        for end in (line.start, line.end)
        for point in _around(points, end + frames / rate)
    ]
    candidates = [other for other in aligned if abs(other - frames) <= reach]
    return min(candidates, key=lambda other: abs(other - frames), default=frames)


def clamp(line: TimeRange, frames: int, rate: Fraction, length: int) -> int:
    """Limit `frames` so that the line begins within the cut, or where it begins already.

    length   frames of the cut
    """
    begin = line.start * rate
    earliest, latest = min(0, -floor(begin)), max(0, ceil(length - begin) - 1)
    return min(max(frames, earliest), latest)


def format_slip(frames: int) -> str:
    """Return the label beside a dragged line, such as "+12 frames"."""
    return f"{frames:+d} frame{'' if abs(frames) == 1 else 's'}" if frames else "not slipped"


def _around(points: Sequence[Fraction], moment: Fraction) -> Sequence[Fraction]:
    after = bisect_left(points, moment)
    return points[max(0, after - 1) : after + 1]
