"""References of a shot: a few seconds of more film in which its actors may be seen.

    given     a run every so often of each film that the user names
    own       |.......[ before ]|== frames the shot renders ==|[ after ].......|   of its media
    others    what other shots of the cut show: of the same media first, then the nearest

They do not depend on which shots are dubbed, only on the cut and its media: what was rendered for
one shot stays valid whatever is decided about the others.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm

from lipflap.core.errors import DubError
from lipflap.core.order import FrameMap, Picture, Reference
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.order.source_frames import MAX_FILMED_RATE

REFERENCE_S = 12  # of film with the actor: with more, mouths hardly come nearer to what is wanted
RUN_S = 4  # of a film that is given, and of another shot
MIN_FRAMES = 12  # a shorter run holds too few mouths to be worth it
MAX_OTHER_SHOTS = 8


@dataclass(frozen=True, slots=True)
class MediaRange:
    """Frames [first, end) of media with `frame_count` frames."""

    picture: Picture
    frame_count: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class ReferencePool:
    """All film that references of a cut's shots can be taken from.

    given     whole films that the user names
    shots     of the cut with media, in record order
    of_media  the same by path of their media
    starts    record times of all shots of the cut by name, in whole ticks
    range_of  frames that another shot shows; raises DubError
    """

    given: Sequence[MediaRange]
    shots: Sequence[Shot]
    of_media: Mapping[str, Sequence[Shot]]
    starts: Mapping[str, int]
    range_of: Callable[[Shot], MediaRange]


def reference_pool(
    given: Sequence[MediaRange], shots: Sequence[Shot], range_of: Callable[[Shot], MediaRange]
) -> ReferencePool:
    """Return the pool of a cut's shots; those without usable media are left out."""
    usable = [shot for shot in shots if shot.media and not shot.problem]
    of_media: dict[str, list[Shot]] = {}
    for shot in usable:
        if shot.media:
            of_media.setdefault(shot.media.path, []).append(shot)
    ticks = lcm(*(shot.record.start.denominator for shot in shots))  # a second
    starts = {shot.name: int(shot.record.start * ticks) for shot in shots}
    return ReferencePool(given, usable, of_media, starts, range_of)


def find_references(shot: Shot, used: MediaRange, pool: ReferencePool) -> tuple[Reference, ...]:
    """Return the references of a shot that renders the frames `used`, at most REFERENCE_S in all.

    Given films come first. A shot that shows REFERENCE_S itself needs no others.
    """
    chosen = _Selection(used)
    for film in pool.given:
        share_s = Fraction(REFERENCE_S, len(pool.given))
        for first, end in _spread(film, share_s):
            chosen.add(film, first, end)
    own_s = REFERENCE_S - (used.end - used.first) / used.picture.rate
    if own_s > 0:
        for first, end in _around(used, min(own_s, chosen.left_s)):
            chosen.add(used, first, end)
        for other in _other_shots(shot, pool):
            if chosen.left_s <= 0:
                break
            try:
                shown = pool.range_of(other)
            except DubError:  # no media there is a reason to skip that shot, not this one
                continue
            chosen.add(shown, shown.first, min(shown.end, shown.first + _frames(RUN_S, shown)))
    return tuple(chosen.references)


class _Selection:
    """References chosen so far, none of them twice, and the seconds that are left."""

    def __init__(self, used: MediaRange) -> None:
        self.references: list[Reference] = []
        self.left_s = Fraction(REFERENCE_S)
        self._taken = {used.picture.path: [(used.first, used.end)]}

    def add(self, media: MediaRange, first: int, end: int) -> None:
        """Add frames [first, end) of media, except those taken already and too short runs.

        A file that repeats pictures at a rate that nothing filmed has holds too few mouths.
        """
        if media.picture.rate > MAX_FILMED_RATE:
            return
        taken = self._taken.setdefault(media.picture.path, [])
        for start, stop in _without(first, end, taken):
            stop = min(stop, start + _frames(self.left_s, media))
            if stop - start < MIN_FRAMES:
                continue
            frames = FrameMap(Fraction(start), Fraction(1), stop - start)
            self.references.append(Reference(media.picture, frames))
            self.left_s -= (stop - start) / media.picture.rate
            taken.append((start, stop))


def _spread(film: MediaRange, seconds: Fraction) -> Iterator[tuple[int, int]]:
    """Yield runs of a film that are `seconds` together, spread evenly over it."""
    length = film.end - film.first
    total = min(length, _frames(seconds, film))
    count = ceil(total / _frames(RUN_S, film)) if total else 0
    for number in range(count):
        run = total * (number + 1) // count - total * number // count
        middle = film.first + length * (2 * number + 1) // (2 * count)
        start = min(max(film.first, middle - run // 2), film.end - run)
        yield start, start + run


def _around(used: MediaRange, seconds: Fraction) -> Iterator[tuple[int, int]]:
    """Yield the frames before and after those used, `seconds` together where media has them."""
    count = _frames(max(Fraction(0), seconds), used)
    before = min(used.first, max(count // 2, count - (used.frame_count - used.end)))
    after = min(used.frame_count - used.end, count - before)
    yield used.first - before, used.first
    yield used.end, used.end + after


def _other_shots(shot: Shot, pool: ReferencePool) -> list[Shot]:
    """Return the shots nearest in the cut that show the same media, then any nearest."""
    same = pool.of_media.get(shot.media.path, ()) if shot.media else ()
    starts = pool.starts
    nearest = [*_nearest(shot, same, starts), *_nearest(shot, pool.shots, starts)]
    return list({other.name: other for other in nearest}.values())[:MAX_OTHER_SHOTS]


def _nearest(shot: Shot, shots: Sequence[Shot], starts: Mapping[str, int]) -> list[Shot]:
    """Return up to MAX_OTHER_SHOTS of `shots`, which are in record order, nearest first."""
    start = starts[shot.name]
    place = bisect_left(shots, start, key=lambda other: starts[other.name])
    around = shots[max(0, place - MAX_OTHER_SHOTS) : place + MAX_OTHER_SHOTS + 1]
    others = [other for other in around if other.name != shot.name]
    others.sort(key=lambda other: abs(starts[other.name] - start))
    return others[:MAX_OTHER_SHOTS]


def _without(first: int, end: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of [first, end) without the ranges that are taken."""
    pieces = [(first, end)] if first < end else []
    for start, stop in taken:
        cut = [(a, min(b, start)) for a, b in pieces] + [(max(a, stop), b) for a, b in pieces]
        pieces = sorted((a, b) for a, b in cut if a < b)
    return pieces


def _frames(seconds: int | Fraction, media: MediaRange) -> int:
    return int(seconds * media.picture.rate)
