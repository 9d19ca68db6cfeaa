"""A reel of 200 frames in frame codes: four shots, a dissolve, a title above the last one.

V2                                             |= title =|
V1   |==== 1 ====|x|==== 2 ====|==== 3 ====|==== 4 ======|
     0          44 56          100         150 160     190 200
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from support.media.frame_codes import Code, Seen, write_film, write_title

from lipflap.core.frametime import FrameSpan
from lipflap.core.timecode import format_timecode, parse_timecode
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, How

LENGTH = 200
MIX = range(44, 56)
TITLE = range(160, 190)
MEDIA_FRAMES = 250


@dataclass(frozen=True)
class CodedShot:
    """A shot of the reel: its file, and the frame of it that shows at the start of its body."""

    file: int
    record: range
    first: int

    @property
    def name(self) -> str:
        return f"SH0{self.file}0"

    @property
    def played(self) -> range:
        """Record frames with those of the dissolve."""
        start = MIX.start if self.file == 2 else self.record.start
        return range(start, MIX.stop if self.file == 1 else self.record.stop)

    @property
    def source(self) -> range:
        """Frames of its file that it plays."""
        first = self.first + self.played.start - self.record.start
        return range(first, first + len(self.played))


SHOTS = (
    CodedShot(1, range(50), 20),
    CodedShot(2, range(50, 100), 25),
    CodedShot(3, range(100, 150), 10),
    CodedShot(4, range(150, 200), 30),
)
DUBBED = (1, 2, 4)


def media_name(file: int) -> str:
    return f"film {file} ü.mkv"


def first_number(rate: Fraction) -> int:
    """Return the number of a film's first frame: ten o'clock, in drop frame at 29.97."""
    return parse_timecode("10:00:00;00" if rate == Fraction(30000, 1001) else "10:00:00:00", rate)


def write_media(folder: Path, rate: Fraction, timecode: str = "10:00:00:00") -> None:
    """Write the reel's four files and its title."""
    for shot in SHOTS:
        name = folder / media_name(shot.file)
        write_film(name, shot.file, range(MEDIA_FRAMES), rate=rate, timecode=timecode)
    write_title(folder / "title.mov", len(TITLE), rate=rate)


def expected(*, dubbed: bool, files: Iterable[int] = DUBBED) -> list[Seen]:
    """Return what each frame of the reel shows."""
    return [_shown(frame, files if dubbed else ()) for frame in range(LENGTH)]


def _shown(frame: int, dubbed: Iterable[int]) -> Seen:
    codes = {
        Code(shot.file, shot.source[frame - shot.played.start], shot.file in dubbed)
        for shot in SHOTS
        if frame in shot.played
    }
    return Seen(frozenset(codes), frame in TITLE)


def right_frames(seen: list[Seen], wanted: list[Seen]) -> int:
    """Return how many frames are right; of a dissolve one side may be too weak to be read."""
    return sum(_is_right(one, want) for one, want in zip(seen, wanted, strict=False))


def _is_right(one: Seen, want: Seen) -> bool:
    weak = len(want.codes) == 2 and one.codes and one.codes <= want.codes
    return one.title == want.title and (one.codes == want.codes or bool(weak))


HANDLES = 8


def dubbed_shots(
    folder: Path,
    elements: Mapping[int, str],
    rate: Fraction,
    files: Iterable[int] = DUBBED,
    *,
    between_tracks: bool = False,
    suffix: str = ".mkv",
) -> tuple[DubbedShot, ...]:
    """Write new files of shots, with handles, and return them as they come from a JOB.

    elements         where each file's clip is in the document
    between_tracks   the dissolve is laid between tracks, so that it counts as part of both clips
    """
    found = []
    for shot in (one for one in SHOTS if one.file in files):
        first = shot.source[0] - HANDLES
        frames = range(first, shot.source[-1] + 1 + HANDLES)
        body = shot.played if between_tracks else shot.record
        path = folder / f"SH0{shot.file}0 new{suffix}"
        number = first_number(rate) + first
        timecode = format_timecode(number, rate, drop=None)
        write_film(path, shot.file, frames, rate=rate, dubbed=True, timecode=timecode)
        found.append(
            DubbedShot(
                name=shot.name,
                address=(),
                element=elements[shot.file],
                record=TimeRange(body.start / rate, body.stop / rate),
                file=path,
                frames=FrameSpan(number, number + len(frames), rate),
                media_first=first,
                shown_from=(shot.played.start - HANDLES) / rate,
                is_baked=False,
                reel="",
            )
        )
    return tuple(found)


def delivery(shots: tuple[DubbedShot, ...], how: How, rate: Fraction) -> Delivery:
    """Return what comes back into the reel's document."""
    return Delivery(shots=shots, sounds=(), how=how, name="reel dubbed", rate=rate, zero=0)
