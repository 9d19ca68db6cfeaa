"""Frames of its media that a shot renders, and their place in the cut: exact arithmetic.

A shot that plays at its own speed keeps the media's frames and rate. A retimed one is baked:
one picture for every record frame, at the cut's rate. So is one of another rate where the cut's
own document counts in frames of the cut, and one whose file repeats pictures at a rate that
nothing filmed has.

    media    ...|h h|================|t t|...     h, t = handles
    played      |h h|0 1 2 3 4 5 6 7 |t t|        one output frame a media frame
    baked 2x    |h h|0   2   4   6   |t t|        one output frame a record frame
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from pathlib import PurePath

from lipflap.core.errors import DubError, HandlesMissing
from lipflap.core.frametime import FrameSpan
from lipflap.core.media.probe import MediaInfo, at_rate, probe
from lipflap.core.order import MAX_FRAMES, FrameMap, Picture
from lipflap.core.timecode import counts_in_drop_frame, is_drop_frame_rate
from lipflap.plugin.cut.cut import ClipMedia, Shot
from lipflap.plugin.cut.media_frames import describe_frames
from lipflap.plugin.cut.time_range import TimeRange

MAX_FILMED_RATE = (
    1000  # frames a second of what is filmed; beyond, a clock's ticks stand for frames
)


@dataclass(frozen=True, slots=True)
class MediaClock:
    """Frame count of a media file, and the numbers of its frames.

    first_frame  number of its first picture, by its timecode
    drop         that timecode counts in drop-frame
    """

    rate: Fraction
    first_frame: int
    frame_count: int
    drop: bool = False


def media_clock(media: ClipMedia, info: MediaInfo) -> MediaClock:
    """Return the clock of a clip's media; the rate of a sequence is the one the cut gives.

    Few image files know their rate. Raises MediaBroken for a timecode that does not exist at it.
    """
    info = at_rate(info, media.rate)
    return MediaClock(info.rate, info.first_frame, info.frame_count, info.coding.drop_frame)


def counts_drop(picture: Picture) -> bool:
    """Return whether the timecode of an order's media counts in drop-frame.

    Of a movie, which was looked at when its shot was ordered, it is known; files of a sequence are
    not opened for it. Where the movie is gone, its first number decides.
    """
    if is_drop_frame_rate(picture.rate) and picture.first_file is None:
        with suppress(DubError):
            return probe(picture.path).coding.drop_frame
    return counts_in_drop_frame(picture.first_frame, picture.rate)


@dataclass(frozen=True, slots=True)
class SourceFrames:
    """Frames of a shot's media to render.

    frames        pictures of the media, counted from 0
    rate          frames per second of the new file
    start_frame   start timecode of the new file as a frame number: the media's own timecode of
                  the picture that it shows first, or where the media has none the cut's
    cut_frame     number by which the cut knows that frame: its timecode too, or counted from 0
    head, tail    how many of the frames are handles
    record_start  record time of the first frame, in seconds since the cut's first frame
    unfilmed      how many of the frames, the last ones, the media does not hold
    """

    frames: FrameMap
    rate: Fraction
    start_frame: int
    cut_frame: int
    head: int
    tail: int
    record_start: Fraction
    unfilmed: int = 0

    @property
    def filmed(self) -> FrameMap:
        """Frames that the media holds."""
        return replace(self.frames, count=self.frames.count - self.unfilmed)

    @property
    def record(self) -> TimeRange:
        """Record time that the new file spans."""
        return TimeRange(self.record_start, self.record_start + self.frames.count / self.rate)


@dataclass(frozen=True, slots=True)
class _Placement:
    """Position of the media under the shot.

    position   picture of the media (from 0) that shows at record.start
    rate       pictures per media second
    number     number by which the cut knows picture 0
    file_name  of the media
    """

    position: Fraction
    rate: Fraction
    number: int
    file_name: str


def source_frames(
    shot: Shot,
    media: ClipMedia,
    clock: MediaClock,
    rate: Fraction,
    handles: int,
    *,
    whole_frames: bool = False,
) -> SourceFrames:
    """Return the frames of `shot` in a cut at `rate`, with up to `handles` more on each side.

    whole_frames   bake what runs at another rate than the cut, too
    Raises HandlesMissing when the media does not hold a frame that the cut shows, DubError when
    a retimed shot is too short to show any.
    """
    placed = _place(shot, media, clock)
    is_film = clock.rate <= MAX_FILMED_RATE
    if shot.speed == 1 and is_film and not (whole_frames and round(clock.rate) != round(rate)):
        return _played(shot, placed, clock, rate, handles)
    try:
        return _baked(shot, placed, clock, rate, handles)
    except HandlesMissing as missing:
        if not shot.extension:
            raise
        raise DubError(
            "cannot be made longer than it was filmed: it is rendered at the cut's rate, which is "
            "not its media's.",
            where=shot.name,
            fix="Dub it without --extend.",
        ) from missing


def picture_at(shot: Shot, media: ClipMedia, clock: MediaClock, seconds: Fraction) -> int:
    """Return the picture of the media, from 0, that a shot shows so many seconds after its start.

    The media need not hold it.
    """
    placed = _place(shot, media, clock)
    return floor(placed.position + seconds * shot.speed * placed.rate)


def _played(
    shot: Shot, placed: _Placement, clock: MediaClock, rate: Fraction, handles: int
) -> SourceFrames:
    first = floor(placed.position)
    end = ceil(placed.position + (shot.record.seconds - shot.extension) * placed.rate)
    last_shown = floor(placed.position + _last_record_frame_s(shot, rate) * placed.rate)
    if last_shown < clock.frame_count:
        end = min(end, clock.frame_count)
    _check_held(shot, placed, clock, first, end - 1)
    unfilmed = 0
    if shot.extension:
        end = ceil(placed.position + shot.record.seconds * placed.rate)
        unfilmed = max(0, end - clock.frame_count)
    head, tail = min(handles, first), max(0, min(handles, clock.frame_count - end))
    return SourceFrames(
        frames=_frames(shot, Fraction(first - head), Fraction(1), head + end - first + tail),
        rate=clock.rate,
        start_frame=(clock.first_frame or placed.number) + first - head,
        cut_frame=placed.number + first - head,
        head=head,
        tail=tail,
        record_start=shot.record.start + (first - head - placed.position) / placed.rate,
        unfilmed=unfilmed,
    )


def _baked(
    shot: Shot, placed: _Placement, clock: MediaClock, rate: Fraction, handles: int
) -> SourceFrames:
    begin, end = ceil(shot.record.start * rate), ceil(shot.record.end * rate)
    if begin == end:
        raise DubError(
            "is shorter than a frame of the cut.",
            where=shot.name,
            fix="Lengthen the clip.",
        )
    step = shot.speed * placed.rate / rate
    first = placed.position + (begin - shot.record.start * rate) * step
    shown = (floor(first), floor(first + (end - begin - 1) * step))
    _check_held(shot, placed, clock, min(shown), max(shown))
    head = _spare(first, -step, clock.frame_count, handles)
    tail = _spare(first + (end - begin - 1) * step, step, clock.frame_count, handles)
    picture = floor(first - head * step)
    return SourceFrames(
        frames=_frames(shot, first - head * step, step, head + end - begin + tail),
        rate=rate,
        start_frame=_renumbered((clock.first_frame or placed.number) + picture, clock.rate, rate),
        cut_frame=_renumbered(placed.number + picture, clock.rate, rate),
        head=head,
        tail=tail,
        record_start=(begin - head) / rate,
    )


def _renumbered(number: int, rate: Fraction, new_rate: Fraction) -> int:
    """Return the frame number at another rate that has the same timecode, or the next below."""
    return number * round(new_rate) // round(rate)


def _place(shot: Shot, media: ClipMedia, clock: MediaClock) -> _Placement:
    """Return where the media lies.

    Media that the cut takes for 24 and is 23.976 is counted frame for frame, as NLEs do; any other
    difference of rates is a difference of clocks.
    """
    same = round(media.rate) == round(clock.rate)
    media_rate = media.rate if same else clock.rate
    scale = media_rate / media.rate
    origin = _origin(shot, media, clock, scale)
    return _Placement(
        position=shot.source_start * scale - origin,
        rate=media_rate,
        number=round(origin),
        file_name=PurePath(media.path).name,
    )


def _origin(shot: Shot, media: ClipMedia, clock: MediaClock, scale: Fraction) -> Fraction:
    """Return the number by which the cut knows the media's first picture.

    Cuts number media by its timecode, or from the start of the available range they state.
    A stated range as long as the file is the file, whatever its numbers.
    """
    own = Fraction(clock.first_frame)
    file_frames = FrameSpan(clock.first_frame, clock.first_frame + clock.frame_count, clock.rate)
    if media.available is None:
        start = floor(shot.source_start * scale)
        return own if start in file_frames or start not in range(clock.frame_count) else Fraction(0)
    stated = media.available.start * scale
    whole = abs(len(media.available) * scale - clock.frame_count) <= 1
    return own if not whole and floor(stated) in file_frames else stated


def _last_record_frame_s(shot: Shot, rate: Fraction) -> Fraction:
    """Return seconds from record.start to the last record frame that begins in the shot.

    What a shot was extended by does not count.
    """
    end = shot.record.end - shot.extension
    return (ceil(end * rate) - 1) / rate - shot.record.start


def _spare(position: Fraction, step: Fraction, frame_count: int, handles: int) -> int:
    """Return how many record frames beyond `position` the media can fill, up to `handles`."""
    if step == 0:
        return handles
    most = ceil((frame_count - position) / step) - 1 if step > 0 else floor(position / -step)
    return max(0, min(handles, most))


def _frames(shot: Shot, first: Fraction, step: Fraction, count: int) -> FrameMap:
    if count > MAX_FRAMES:
        raise DubError(
            f"is {count} frames long, handles included; at most {MAX_FRAMES} can be dubbed.",
            where=shot.name,
            fix="Trim the clip, or use fewer handles.",
        )
    return FrameMap(first, step, count)


def _check_held(shot: Shot, placed: _Placement, clock: MediaClock, first: int, last: int) -> None:
    """Raise HandlesMissing unless the media holds pictures `first` to `last`."""
    if first >= 0 and last < clock.frame_count:
        return
    number, rate = placed.number, placed.rate
    numbered_by_cut = not clock.first_frame and number != 0
    drop = counts_in_drop_frame(number, rate) if numbered_by_cut else clock.drop
    used = describe_frames(number + first, number + last, rate, drop=drop)
    held = describe_frames(number, number + clock.frame_count - 1, rate, drop=drop)
    raise HandlesMissing(
        f"uses {used} of {placed.file_name}, which holds {held}.",
        where=shot.name,
        fix="Relink it to longer media, or trim the clip.",
    )
