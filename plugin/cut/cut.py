"""The facts of a cut that dubbing needs, free of any timeline library.

Record time is exact: fractions of a second since the cut's first frame.

    record   |----------- shot -----------|        Shot.record, transition handles included
               [== visible ==]    [= v. =]         not covered by an upper track
                 |--- line ---|                    DubLine.record
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.spelling import name_key
from lipflap.core.frametime import FrameSpan
from lipflap.core.order import Role
from lipflap.core.playback import PLAIN, Playback
from lipflap.plugin.cut.reason import Reason
from lipflap.plugin.cut.time_range import TimeRange

TIMELINE_SUFFIXES = (
    ".otio",
    ".otioz",
    ".otiod",
    ".xml",
    ".fcpxml",
    ".fcpxmld",
    ".aaf",
    ".edl",
    ".kdenlive",
    ".mlt",
    ".xges",
)


@dataclass(frozen=True, slots=True)
class ClipMedia:
    """Media file or image sequence of a clip's picture.

    path        local path, or a %0Nd pattern for an image sequence
    available   frames the media holds, numbered by its timecode; None when the cut does not say
    rate        of the media, as the cut has it
    first_file  number in the name of the sequence's first file; None for a movie
    holes       what the cut shows where a file of the sequence is missing
    """

    path: str
    available: FrameSpan | None
    rate: Fraction
    first_file: int | None
    holes: HolePolicy = HolePolicy.ERROR


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
    extension     seconds that were added at its end, for its dub; record and visible hold them
    titles        names of shots above it that are shown as they are, and may hide a part of it:
                  media with an alpha channel, such as a lower third
    window        the part of `record` that its nests leave, where they trim it
    """

    name: str
    address: tuple[int, ...]
    media: ClipMedia | None
    source_start: Fraction
    speed: Fraction
    record: TimeRange
    visible: tuple[TimeRange, ...]
    problem: Reason | None
    extension: Fraction = Fraction(0)
    titles: tuple[str, ...] = ()
    window: TimeRange | None = None

    @property
    def shown(self) -> TimeRange:
        """Return its place in the cut: `record`, of a nested shot what its nests let be seen."""
        if self.window is None:
            return self.record
        return TimeRange(self.window.start, self.window.end + self.extension)


@dataclass(frozen=True, slots=True)
class DubLine:
    """Sound that plays over the cut: a dubbed line, or a piece of production sound.

    role          dub or production
    track         name of the sound track it came from
    sound_start   seconds into the sound file at record.start
    playback      which channels of the file are heard, and how fast
    character     who says it, as far as its track or a cue list tells; else empty
    text          what is said, as far as a cue list tells; else empty
    """

    name: str
    path: str
    role: Role
    track: str
    sound_start: Fraction
    record: TimeRange
    playback: Playback = PLAIN
    character: str = ""
    text: str = ""

    @property
    def file_start(self) -> Fraction:
        """Record time at which the sound file starts, as it is heard."""
        return self.record.start - self.sound_start / self.playback.speed


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Sound that is not used.

    track    name of its sound track or folder
    record   where it would play; None when that is not known
    why      a sentence or two for an editor
    """

    name: str
    track: str
    record: TimeRange | None
    why: str


@dataclass(frozen=True, slots=True)
class DubPair:
    """A line that plays over a visible part of a shot."""

    shot: str
    line: DubLine
    record: TimeRange


@dataclass(frozen=True)
class Cut:
    """A cut: its clock, its shots in record order, its sound.

    first_frame   number of the cut's first frame: its start timecode in frames
    muted         sound that is there but is not heard: of muted tracks, or beside a solo
    left_out      sound that cannot be used; of a cut with its dub assigned, sound of the dub
    missing       sound of which no file is found
    notes         what an editor should know of the dub as a whole
    """

    name: str
    rate: Fraction
    first_frame: int
    shots: tuple[Shot, ...]
    lines: tuple[DubLine, ...]
    muted: tuple[DubLine, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    missing: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def end(self) -> Fraction:
        """Record time at which the last shot ends."""
        return max((shot.record.end for shot in self.shots), default=Fraction(0))

    @cached_property
    def shots_by_key(self) -> Mapping[str, Shot]:
        """The shots by what all spellings of their names have in common: `name_key`."""
        return {name_key(shot.name): shot for shot in self.shots}
