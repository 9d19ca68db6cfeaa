"""Where every clip of a timeline lies in record time, and which parts of it are seen.

Walks OTIO's own tree, so it imports OTIO as timeline.py does, of which it is the geometry.
Everything is a fraction of a second, because tracks may mix rates. What a stack shows:

    V2   |    gap    |====== B ======|\\ fade                  upper tracks cover,
    V1   |=============== A ===================|               a fade does not
    seen |-----A-----|------B--------|-A and B-|---A---|
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from math import isfinite

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.frametime import exact_rate
from lipflap.plugin.cut.time_range import TimeRange, TimeRangeSet, difference, intersection, union
from lipflap.plugin.timeline.dialects import clip_speed, record_share

OURS = "lipflap"


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip at its place in the cut.

    record   |<- head ->|======= body =======|<- tail ->|       head, tail: transitions

    sounds   whether it lies in a sound track
    track    name of that track
    seen     what of `record` is seen (or heard)
    plays    whether the clip and all around it are enabled
    retimed  whether a composition around it has a speed
    """

    clip: otio.schema.Clip
    address: tuple[int, ...]
    sounds: bool
    track: str
    body: TimeRange
    record: TimeRange
    seen: TimeRangeSet
    plays: bool
    retimed: bool


@dataclass(frozen=True, slots=True)
class _Around:
    """What the compositions around an item say about it.

    zero    record time of the composition's own time 0
    window  record time in which its parents show it
    """

    zero: Fraction
    window: TimeRange
    plays: bool
    retimed: bool
    sounds: bool
    track: str


@dataclass(frozen=True, slots=True)
class _Position:
    """Where an item lies in its parent, in the parent's own time; `address` as of a shot."""

    address: tuple[int, ...]
    start: Fraction
    seconds: Fraction
    head: Fraction = Fraction(0)
    tail: Fraction = Fraction(0)


@dataclass(frozen=True)
class _Branch:
    """An item of the tree and all in it; how long it lasts is worked out once."""

    item: otio.core.Composable
    dialect: str

    @cached_property
    def children(self) -> tuple["_Branch", ...]:
        """Empty for anything that is no composition."""
        if not isinstance(self.item, otio.core.Composition):
            return ()
        return tuple(_Branch(child, self.dialect) for child in self.item)

    @cached_property
    def seconds(self) -> Fraction:
        """In its parent; nothing for a transition. Raises DubError when it does not say."""
        item = self.item
        if not isinstance(item, otio.core.Item):
            return Fraction(0)
        if item.source_range is not None:
            length = seconds(item.source_range.duration, item.name)
        elif isinstance(item, otio.schema.Clip):
            length = seconds(_available(item).duration, item.name)
        elif isinstance(item, otio.schema.Track):
            length = self._fades
            for child in self.children:
                length = check_denominator(length + child.seconds, item.name)
        else:
            length = max((child.seconds for child in self.children), default=Fraction(0))
        if length < 0:
            raise DubError("has a negative length.", where=item.name, fix=_AGAIN)
        return check_denominator(length * record_share(item, self.dialect), item.name)

    @property
    def _fades(self) -> Fraction:
        """What transitions at its two ends add to a track's length, as OTIO counts it."""
        return self.offset(0, "in_offset") + self.offset(len(self.children) - 1, "out_offset")

    def offset(self, index: int, side: str) -> Fraction:
        """Seconds of a transition's in_offset or out_offset; 0 where no transition is."""
        there = 0 <= index < len(self.children)
        return offset(self.children[index].item, side) if there else Fraction(0)


def place_clips(timeline: otio.schema.Timeline, dialect: str) -> list[PlacedClip]:
    """Every clip of the picture and sound tracks, disabled and hidden ones too.

    Transitions widen both neighbours. A generator covers nothing: most are titles, through which
    the picture is seen. A dissolve covers what both its sides cover, a fade nothing. Tracks that
    Lipflap laid itself are left out, so that a dubbed cut can be dubbed again.
    Raises DubError, naming the clip, when something has no length that can be told.
    """
    root = _Branch(timeline.tracks, dialect)
    whole = TimeRange(Fraction(0), root.seconds)
    around = _Around(Fraction(0), whole, True, False, False, "")
    laid, _ = _place_composition(root, _Position((), Fraction(0), whole.end), around, ())
    return laid


def is_generated(laid: PlacedClip) -> bool:
    """Whether a clip is a title, a matte or the like, and not film of anything."""
    return isinstance(laid.clip.media_reference, otio.schema.GeneratorReference)


def seconds_of(item: otio.core.Item, dialect: str) -> Fraction:
    """How long an item lasts in its parent. Raises DubError when it does not say."""
    return _Branch(item, dialect).seconds


def source_start(item: otio.core.Item) -> otio.opentime.RationalTime:
    """First time of the item's own media or content that it uses."""
    if item.source_range is not None:
        return item.source_range.start_time
    if isinstance(item, otio.schema.Clip):
        return _available(item).start_time
    return otio.opentime.RationalTime(0, 1)


def seconds(time: otio.opentime.RationalTime, where: str) -> Fraction:
    """An OTIO time in exact seconds. Raises DubError when it is none."""
    value, rate = time.value, time.rate
    if not isfinite(value) or abs(value) > _LARGEST_VALUE:
        raise DubError(f"has a time that cannot be: {value}.", where=where, fix=_AGAIN)
    return _seconds(value, check_rate(rate, where))


@lru_cache(maxsize=1 << 16)  # every range is asked for several times
def _seconds(value: float, rate: float) -> Fraction:
    return exact_value(value) / exact_rate(rate)


def check_rate(rate: float, where: str) -> float:
    """The rate itself. Raises DubError when nothing runs at it."""
    if not _RATES[0] <= rate <= _RATES[1]:
        raise DubError(f"has a rate that cannot be: {rate} a second.", where=where, fix=_AGAIN)
    return rate


def check_denominator(time: Fraction, where: str) -> Fraction:
    """The time itself. Raises DubError when it sums up too many odd rates to be counted in."""
    if time.denominator.bit_length() > _LONGEST_DENOMINATOR_BITS:
        raise DubError(
            "mixes so many frame rates that its times cannot be told exactly.",
            where=where,
            fix="Conform its media to one rate.",
        )
    return time


_LARGEST_VALUE = 1e12
_RATES = (0.01, 1e7)  # from a time lapse to samples of sound
_LONGEST_DENOMINATOR_BITS = 1024
_AGAIN = "Export the cut again."

# Parts of a frame that programs count in: 80ths, 1001sts, samples of sound at any usual rates.
_PARTS = 2**8 * 3**2 * 5**3 * 7**2 * 11 * 13


def exact_value(value: float) -> Fraction:
    """The number meant by a float: whole when it is whole to a millionth.

    Its denominator divides one number, so that those of a sum do not grow with the cut.
    """
    if value.is_integer():
        return Fraction(int(value))
    simple = Fraction(value).limit_denominator(1_000_000)
    if _PARTS % simple.denominator == 0:
        return simple
    return Fraction(round(Fraction(value) * _PARTS), _PARTS)


def _available(clip: otio.schema.Clip) -> otio.opentime.TimeRange:
    reference = clip.media_reference
    if reference is None or reference.available_range is None:
        raise DubError(
            "does not say how long it is, so nothing after it can be placed.",
            where=clip.name or "a clip",
            fix="Give the clip a source range, or its media an available range.",
        )
    return reference.available_range


def track_name(track: otio.schema.Track) -> str:
    """The track's name, or the one its place gives it: A1 is the first sound track from below."""
    parent = track.parent()
    if track.name or parent is None:
        return str(track.name)
    alike = [
        sibling
        for sibling in parent
        if isinstance(sibling, otio.schema.Track) and sibling.kind == track.kind
    ]
    return f"{track.kind[:1]}{next(i for i, one in enumerate(alike, 1) if one is track)}"


def offset(neighbour: otio.core.Composable | None, side: str) -> Fraction:
    """Seconds of a transition's in_offset or out_offset; 0 for anything that is no transition."""
    if not isinstance(neighbour, otio.schema.Transition):
        return Fraction(0)
    offset = getattr(neighbour, side)
    return Fraction(0) if offset is None else max(Fraction(0), seconds(offset, neighbour.name))


def _place_item(
    branch: _Branch, place: _Position, around: _Around, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    """The clips in an item, and the record time in which it covers what lies below."""
    if isinstance(branch.item, otio.schema.Clip):
        return _place_clip(branch.item, place, around, above)
    if isinstance(branch.item, otio.core.Composition):
        return _place_composition(branch, place, around, above)
    return [], ()


def _place_clip(
    clip: otio.schema.Clip, place: _Position, around: _Around, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    start = around.zero + place.start
    body = TimeRange(start, start + place.seconds)
    record = body
    if place.head or place.tail:
        record = TimeRange(body.start - place.head, body.end + place.tail)
    plays = around.plays and clip.enabled
    shown = record.overlap(around.window) if plays else None
    seen = difference([shown], () if around.sounds else above) if shown else ()
    laid = PlacedClip(
        clip, place.address, around.sounds, around.track, body, record, seen, plays, around.retimed
    )
    return [laid], (shown,) if shown and not is_generated(laid) else ()


def _place_composition(
    branch: _Branch, place: _Position, around: _Around, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    item = branch.item
    start = around.zero + place.start
    shown = TimeRange(start - place.head, start + place.seconds + place.tail).overlap(around.window)
    speed, trouble = clip_speed(item)
    inside = replace(
        around,
        zero=start - seconds(source_start(item), item.name),
        window=shown or TimeRange(start, start),
        plays=around.plays and item.enabled,
        retimed=around.retimed or speed != 1 or bool(trouble),
    )
    above = intersection([inside.window], above)
    if not isinstance(item, otio.schema.Track):
        return _place_stack(branch, place.address, inside, above)
    sounds = around.sounds or item.kind == otio.schema.TrackKind.Audio
    track = around.track if around.sounds else track_name(item)
    inside = replace(inside, sounds=sounds, track=track)
    return _place_track(branch, place.address, inside, above)


def _place_stack(
    stack: _Branch, address: tuple[int, ...], inside: _Around, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    """Children from the top down, each under what the ones above it cover."""
    laid: list[PlacedClip] = []
    cover: TimeRangeSet = ()
    for index, child in reversed(list(enumerate(stack.children))):
        if not _plays_here(child.item, inside.sounds):
            continue
        place = _Position((*address, index), Fraction(0), child.seconds)
        found, covered = _place_item(child, place, inside, union((*above, *cover)))
        laid += found
        cover = union((*cover, *covered))
    return laid, cover


def _plays_here(child: otio.core.Composable, in_sound: bool) -> bool:
    """Whether a stack's child plays for us; in a sound track a nest's picture does not."""
    if isinstance(child, otio.schema.Track):
        kinds = otio.schema.TrackKind
        wanted = (kinds.Audio,) if in_sound else (kinds.Audio, kinds.Video)
        return child.kind in wanted and OURS not in child.metadata
    return isinstance(child, otio.core.Item)


def _place_track(
    track: _Branch, address: tuple[int, ...], inside: _Around, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    laid: list[PlacedClip] = []
    covers: dict[int, TimeRangeSet] = {}
    mixes: dict[int, TimeRange] = {}
    start = Fraction(0)
    for index, child in enumerate(track.children):
        if isinstance(child.item, otio.schema.Transition):
            cut = inside.zero + start
            head, tail = offset(child.item, "in_offset"), offset(child.item, "out_offset")
            mixes[index] = TimeRange(cut - head, cut + tail)
            continue
        head, tail = track.offset(index - 1, "in_offset"), track.offset(index + 1, "out_offset")
        place = _Position((*address, index), start, child.seconds, head, tail)
        found, covers[index] = _place_item(child, place, inside, above)
        laid += found
        start = check_denominator(start + place.seconds, track.item.name)
    return laid, () if inside.sounds else _track_cover(covers, mixes)


def _track_cover(covers: dict[int, TimeRangeSet], mixes: dict[int, TimeRange]) -> TimeRangeSet:
    """What a track covers: its items, and within a transition only what both its sides cover."""
    alone = union(stretch for cover in covers.values() for stretch in cover)
    solid = list(difference(alone, union(mixes.values())))
    for index, mix in mixes.items():
        both = intersection(covers.get(index - 1, ()), covers.get(index + 1, ()))
        solid += intersection([mix], both)
    return union(solid)
