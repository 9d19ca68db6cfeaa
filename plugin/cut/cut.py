"""The facts of a cut that dubbing needs, free of any timeline library.

Record time is exact: fractions of a second since the cut's first frame.

    record   |----------- shot -----------|        Shot.record, transition handles included
               [== visible ==]    [= v. =]         not covered by an upper track
                 |--- line ---|                    DubLine.record
"""

from dataclasses import dataclass
from fractions import Fraction

from lipflap.core.frametime import FrameSpan
from lipflap.core.order import Role
from lipflap.plugin.cut.reason import Reason
from lipflap.plugin.cut.time_range import TimeRange


@dataclass(frozen=True, slots=True)
class ClipMedia:
    """Media file or image sequence of a clip's picture.

    path        local path, or a %0Nd pattern for an image sequence
    available   frames the media holds, numbered by its timecode; None when the cut does not say
    rate        of the media, as the cut has it
    first_file  number in the name of the sequence's first file; None for a movie
    """

    path: str
    available: FrameSpan | None
    rate: Fraction
    first_file: int | None


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture clip of the cut.

    name          unique in the cut and fit to be a file name
    address       child indices from the timeline's root stack down to the clip
    media         None when the clip has no picture media
    source_start  media frame shown at record.start (numbered by the media's timecode)
    speed         media seconds a record second; 1 plays, 0 holds, negative plays backwards
    record        what the clip and its transitions occupy, not clamped by its parents
    visible       the parts of `record` that the audience sees
    problem       why it cannot be dubbed; None when it can
    """

    name: str
    address: tuple[int, ...]
    media: ClipMedia | None
    source_start: Fraction
    speed: Fraction
    record: TimeRange
    visible: tuple[TimeRange, ...]
    problem: Reason | None


@dataclass(frozen=True, slots=True)
class DubLine:
    """Sound that plays over the cut: a dubbed line, or a piece of production sound.

    role          dub or production
    track         name of the sound track it came from
    sound_start   seconds into the sound file at record.start
    """

    name: str
    path: str
    role: Role
    track: str
    sound_start: Fraction
    record: TimeRange


@dataclass(frozen=True, slots=True)
class DubPair:
    """A line that plays over a visible part of a shot."""

    shot: str
    line: DubLine
    record: TimeRange


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut: its clock, its shots in record order, its sound.

    first_frame   number of the cut's first frame: its start timecode in frames
    """

    name: str
    rate: Fraction
    first_frame: int
    shots: tuple[Shot, ...]
    lines: tuple[DubLine, ...]
