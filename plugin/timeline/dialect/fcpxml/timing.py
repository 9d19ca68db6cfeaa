"""Time in FCPXML: exact seconds, rates, conformed rates and time maps.

container   |------ asset-clip: offset, duration ------|
local       start ...                                      faster where a rate is conformed
content     what the time map makes of it                  time in the media or in the nest
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from lipflap.core.errors import DubError
from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.patch.xml_spans import Element

_TIME = re.compile(r"\s*-?\d{1,18}(\.\d{1,9}|/0{0,9}[1-9]\d{0,9})?s?\s*")
_NAMED_RATE = re.compile(r"(?<=[pi])(\d{2,4})$")  # FFVideoFormat1080p2398, ...576i50
_INTERLACED = re.compile(r"i\d{2,4}$")
_MIN_RATE, _MAX_RATE = Fraction(1, 100), 10_000
_EVEN = Fraction(1, 10_000)  # relative difference of speeds that are one
_FRAME_BY_FRAME = Fraction(1, 20)  # relative difference of rates that are conformed to each other


@lru_cache(maxsize=1 << 14)
def parse_time(text: str) -> Fraction:
    """Return the seconds of a time such as 1001/24000s. Raises DubError for anything else."""
    if _TIME.fullmatch(text):
        return Fraction(text.strip().removesuffix("s"))
    raise DubError(
        f"has a time that is none: {text[:40]!r}.", fix="Export the cut again from Final Cut Pro."
    )


def time_of(element: Element, name: str, default: Fraction = Fraction(0)) -> Fraction:
    """Return the seconds of an attribute, or `default` where it is left out."""
    text = element.attributes.get(name)
    return default if text is None else parse_time(text)


def rate_of(form: Element | None) -> Fraction | None:
    """Return frames per second of a <format>; None where it has no rate of its own.

    Formats that Final Cut knows by name may leave frameDuration out; of interlaced ones the name
    counts fields. Raises DubError for a rate that no film has.
    """
    if form is None:
        return None
    duration = time_of(form, "frameDuration")
    if duration:
        return _possible(1 / duration)
    name = form.attributes.get("name", "")
    found = _NAMED_RATE.search(name)
    if not found:
        return None
    rate = float(found[1]) / (100 if len(found[1]) == 4 else 1)
    return _possible(exact_rate(max(rate, 1) / (2 if _INTERLACED.search(name) else 1)))


def _possible(rate: Fraction) -> Fraction:
    """Return the rate itself. Raises DubError when no film runs at it."""
    if _MIN_RATE <= rate <= _MAX_RATE:
        return rate
    raise DubError(
        f"has an impossible frame rate: {float(rate):.5g} frames a second.",
        fix="Export the cut again from Final Cut Pro.",
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """Time in a container, or in media, as record time runs: `at` + `speed` x record seconds.

    uneven   name of what varies the speed, else empty; then `speed` is that of the whole
    """

    at: Fraction
    speed: Fraction = Fraction(1)
    uneven: str = ""

    def time(self, seconds: Fraction) -> Fraction:
        """Return the time after so many record seconds."""
        return self.at + self.speed * seconds

    def seconds(self, time: Fraction) -> Fraction:
        """Return after how many record seconds it is that time; the speed must not be 0."""
        return (time - self.at) / self.speed

    def later(self, seconds: Fraction) -> "Clock":
        """Return the clock as it runs from so many record seconds on."""
        return replace(self, at=self.time(seconds))


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A point of a time map: at a local time this content time is shown.

    before, after   local seconds around it in which the speed changes smoothly
    """

    time: Fraction
    value: Fraction
    before: Fraction = Fraction(0)
    after: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Timing:
    """An element in its container.

    at, length   container time at which it begins, and how long it lasts there
    start        its own local time at its beginning
    scale        local seconds per container second: not 1 where its rate is conformed
    play         seconds of its content per local second, counted from `origin`
    origin       local time at which its media or its sequence begins
    points       of its time map, rising in local time; none without one
    """

    at: Fraction
    length: Fraction
    start: Fraction
    scale: Fraction
    play: Fraction
    origin: Fraction
    points: tuple[Point, ...]

    @property
    def end(self) -> Fraction:
        """Return the container time at which it ends."""
        return self.at + self.length

    def container_time(self, local: Fraction) -> Fraction:
        """Return the container time of a local time, as connected clips are placed by it."""
        return self.at + (local - self.start) / self.scale

    def content(self, outer: Clock, seconds: Fraction) -> Clock:
        """Return the clock of its content for so many record seconds of its container's clock."""
        first = self.start + (outer.at - self.at) * self.scale
        local = outer.speed * self.scale
        if not self.points:
            begin = self.origin + (first - self.origin) * self.play
            return Clock(begin, local * self.play, outer.uneven)
        begin, end = _mapped(first, self.points), _mapped(first + local * seconds, self.points)
        is_even = _is_even(self.points, first, first + local * seconds)
        speed = (end - begin) / seconds if seconds else local
        return Clock(begin, speed, outer.uneven or ("" if is_even else "timeMap"))


def points_of(element: Element) -> tuple[Point, ...]:
    """Return the points of an element's time map; none without one."""
    names = ("time", "value", "inTime", "outTime")
    return tuple(
        sorted(
            Point(*(time_of(point, name) for name in names))
            for point in element.find_all("timeMap", "timept")
        )
    )


def conform(element: Element, rate: Fraction) -> tuple[Fraction, Fraction]:
    """Return local seconds per container second, and seconds of content per local second.

    `rate` is the container's. Final Cut plays a rate that is nearly the sequence's frame by frame
    (23.98 in 24 or 25), and any other at its own speed. Either way it counts local time in whole
    frames a second: 23.98 in 50 has offsets that are longer by 1.001. As its exports show.
    """
    found = element.find("conform-rate")
    one = Fraction(1)
    if found is None or found.attributes.get("scaleEnabled", "1") != "1":
        return one, one
    text = found.attributes.get("srcFrameRate", "")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", text) or float(text) < 1:
        return one, one
    source = exact_rate(float(text))
    if abs(rate / source - 1) < _FRAME_BY_FRAME:
        return rate / source, one
    return round(source) / source, source / round(source)


def _mapped(local: Fraction, points: Sequence[Point]) -> Fraction:
    """Return the content time of a local time; before and after the map its ends go on."""
    if len(points) == 1:
        return points[0].value
    index = min(max(bisect_right(points, local, key=lambda point: point.time), 1), len(points) - 1)
    here, there = points[index - 1], points[index]
    if there.time == here.time:
        return there.value
    return here.value + (local - here.time) * (there.value - here.value) / (there.time - here.time)


def _is_even(points: Sequence[Point], first: Fraction, last: Fraction) -> bool:
    """Return whether the speed is one between two local times.

    The speed of each stretch of the map counts as far as it is smoothed into its neighbours.
    """
    low, high = min(first, last), max(first, last)
    last_stretch = len(points) - 2
    speeds = [
        (there.value - here.value) / (there.time - here.time)
        for place, (here, there) in enumerate(pairwise(points))
        if there.time > here.time
        and (place == last_stretch or there.time + there.after > low)
        and (place == 0 or here.time - here.before < high)
    ]
    return not speeds or max(speeds) - min(speeds) <= _EVEN * max(map(abs, speeds))
