"""A shot to be compared: the original picture and the dub."""

from dataclasses import dataclass, replace
from fractions import Fraction

from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.media.probe import at_rate, probe
from lipflap.core.order import DubOrder, FrameMap, Output
from lipflap.core.result import DubResult, ShotState
from lipflap.core.timecode import format_timecode, is_drop_frame_rate
from lipflap.plugin.cut.cuesheet import Cue
from lipflap.plugin.order.source_frames import (
    SourceFrames,
    counts_drop,
    media_clock,
    source_frames,
)

LABELS = ("original", "dub")


@dataclass(frozen=True, slots=True)
class Film:
    """The pictures of a file or sequence, and which of them each frame of the shot shows.

    fingerprint   of the file: another file under the same name is another film
    unfilmed      how many frames of the shot, the last ones, it does not hold; its own last stays
    holes         what shows where a file of a sequence is missing
    """

    path: str
    first_file: int | None
    frames: FrameMap
    fingerprint: str
    unfilmed: int = 0
    holes: HolePolicy = HolePolicy.ERROR

    @property
    def file(self) -> tuple[object, ...]:
        """The pictures of the file, whichever of them the shot shows."""
        return self.path, self.first_file, self.fingerprint, self.holes

    def media_frame(self, frame: int) -> int:
        """Return the picture of the file that a frame of the shot shows."""
        return self.frames.media_frame(min(frame, self.frames.count - self.unfilmed - 1))


@dataclass(frozen=True, slots=True)
class SourceClock:
    """The timecode of filmed media.

    first   number of its first picture: its timecode as a frame number, or where it has none the
            number by which the cut knows it
    drop    its timecode counts in drop-frame
    """

    rate: Fraction
    first: int
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A shot, ready to be compared.

    count        frames, handles included: the cut shows only some of them
    starts       record time of frame 0
    clock        of the filmed media
    dub          None while there is no new picture
    reason       why there is none; empty when there is one
    labels       how the two pictures are called
    """

    shot: str
    rate: Fraction
    count: int
    starts: Fraction
    clock: SourceClock
    original: Film
    dub: Film | None
    reason: str
    labels: tuple[str, str] = LABELS

    def frame_at(self, record: Fraction) -> int:
        """Return the frame that plays at a record time, or the nearest."""
        return max(0, min(self.count - 1, int((record - self.starts) * self.rate)))

    def source_timecode(self, frame: int) -> str:
        """Return the timecode of the filmed picture that a frame shows, however it is retimed."""
        number = self.clock.first + self.original.media_frame(frame)
        return format_timecode(number, self.clock.rate, drop=self.clock.drop)

    def record_at(self, frame: int) -> Fraction:
        return self.starts + frame / self.rate


def make_comparison(order: DubOrder, starts: Fraction, result: DubResult | None) -> Comparison:
    """Compare an ordered shot with its result, if that has a picture."""
    picture, output = order.picture, order.output
    dub, reason = None, "Not rendered yet: press R to render it."
    if result is not None:
        reason = result.report.reason
        if result.report.state == ShotState.RENDERED:
            first_file = output.start_frame if "%" in result.output_path else None
            every = FrameMap(Fraction(0), Fraction(1), order.frames.count)
            dub = Film(result.output_path, first_file, every, result.output_fingerprint)
            reason = ""
    return Comparison(
        shot=order.shot,
        rate=output.rate,
        count=order.frames.count,
        starts=starts,
        clock=_clock(order.frames, picture.rate, picture.first_frame, output, counts_drop(picture)),
        original=Film(
            picture.path,
            picture.first_file,
            order.frames,
            picture.fingerprint,
            order.unfilmed,
            picture.holes,
        ),
        dub=dub,
        reason=reason,
    )


def with_old_dub(
    comparison: Comparison, order: DubOrder, old_order: DubOrder, old: DubResult
) -> Comparison:
    """Show a picture that was rendered from an earlier order of the shot as its dub."""
    start_frame = old_order.output.start_frame
    first = Fraction(order.output.start_frame - start_frame)
    frames = FrameMap(first, Fraction(1), order.frames.count)
    first_file = start_frame if "%" in old.output_path else None
    return replace(
        comparison,
        dub=Film(old.output_path, first_file, frames, old.output_fingerprint),
        reason="Out of date: this is the render of before the change. Press R to render it again.",
    )


def make_comparison_of_skipped(cue: Cue, rate: Fraction) -> Comparison | None:
    """Show a skipped shot of a cut at `rate`; None where it has no picture media.

    Opens the media. Raises DubError when it cannot be read.
    """
    shot, media = cue.shot, cue.shot.media
    if media is None:
        return None
    info = probe(media.path, media.first_file, media.holes)
    own = media_clock(media, info)
    source = source_frames(shot, media, own, rate, handles=0)
    return Comparison(
        shot=shot.name,
        rate=source.rate,
        count=source.frames.count,
        starts=source.record_start,
        clock=_clock(
            source.frames,
            own.rate,
            own.first_frame,
            source,
            at_rate(info, media.rate).coding.drop_frame,
        ),
        original=Film(
            media.path,
            info.first_file,
            source.frames,
            fingerprint_of_picture(media.path),
            source.unfilmed,
            media.holes,
        ),
        dub=None,
        reason=cue.reason_text,
    )


def _clock(
    frames: FrameMap, rate: Fraction, own: int, new_file: Output | SourceFrames, drop: bool
) -> SourceClock:
    """Return the clock of filmed media, some of whose frames go into a new file.

    own    number of its first picture by its own timecode; 0 where it has none
    drop   that timecode counts in drop-frame
    """
    drop = drop and is_drop_frame_rate(rate)
    first, count, new_count = frames.media_frame(0), round(rate), round(new_file.rate)
    if own or first * new_count // count == new_file.start_frame:
        return SourceClock(rate, own, drop)
    return SourceClock(rate, -(-new_file.start_frame * count // new_count) - first, drop)
