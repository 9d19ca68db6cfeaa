"""A rendered shot as the writers of all dialects need it, and the writers themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path, PurePath

from lipflap.core.frametime import FrameSpan
from lipflap.plugin.cut.time_range import TimeRange

Address = tuple[int, ...]


class How(StrEnum):
    """How rendered shots come back into a document.

    ALTERNATE  as a second picture of the clip, beside the original
    TRACK      on a track DUB above the shots
    REPLACE    in the place of the original picture
    """

    ALTERNATE = "alternate"
    TRACK = "track"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class DubbedShot:
    """A rendered shot, and where it lies in the cut.

    name         of the shot in the JOB
    address      of its clip in the timeline that was read
    element      place of the clip in the document, as its reader noted it in the clip's
                 metadata["lipflap"]["element"]; of FCP7 XML the clipitem's id; empty without one
    record       what the clip lasts, without what transitions add
    file         the new picture, absolute, as the editor's machine names it; a %0Nd pattern for an
                 image sequence
    frames       of the new file, numbered by its own start timecode, at its own rate
    media_first  frame of the original media, counted from 0, that the new file shows first; its
                 frames follow one by one, unless it is baked
    shown_from   record time at which its first frame plays; before `record` by its handles
    is_baked     whether it holds one picture a record frame, so that it plays at speed 1 where
                 the original is retimed
    reel         name of the reel that it was shot on; empty when it is not known
    has_sound    whether the new file holds the source's own sound, too
    added        seconds by which it goes on after `record`, for a dub that is longer
    filmed       the media that it was made of, as the editor's machine names it; documents keep it
                 beside the new file, which may stand in its place. None where that is not known
    """

    name: str
    address: Address
    element: str
    record: TimeRange
    file: PurePath
    frames: FrameSpan
    media_first: int
    shown_from: Fraction
    is_baked: bool
    reel: str
    has_sound: bool = False
    added: Fraction = Fraction(0)
    filmed: PurePath | None = None

    @property
    def first_shown(self) -> Fraction:
        """Return the number of the frame that shows at the clip's start; may be no whole one."""
        return self.frames.start + (self.record.start - self.shown_from) * self.frames.rate

    @property
    def index_shown(self) -> Fraction:
        """Return how many frames of the file come before the one that shows at the start."""
        return self.first_shown - self.frames.start

    @property
    def is_sequence(self) -> bool:
        """Return whether the new picture is an image sequence."""
        return "%" in self.file.name


@dataclass(frozen=True, slots=True)
class DubbedSound:
    """A line of the dub that was given beside the cut, to be laid into it.

    track         name of the sound track that it goes to; lines on one track do not overlap
    record        record time in which it plays, from `sound_start` seconds into its file
    file          the sound, absolute, as the editor's machine names it; it lasts `seconds`
    """

    name: str
    track: str
    record: TimeRange
    file: PurePath
    sound_start: Fraction
    seconds: Fraction
    sample_rate_hz: int
    channels: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to come back into a document.

    name   of the dubbed sequence, where the dialect has names
    rate   frames per second of the cut
    zero   number of the cut's first frame: its start timecode in frames
    """

    shots: tuple[DubbedShot, ...]
    sounds: tuple[DubbedSound, ...]
    how: How
    name: str
    rate: Fraction
    zero: int

    def is_for(self, sequence: str) -> bool:
        """Return whether the sequence of this name is the one that was dubbed."""
        undubbed = " ".join(sequence.split())
        return " ".join(self.name.split()) in (undubbed, f"{undubbed} dubbed")


@dataclass(frozen=True, slots=True)
class Patched:
    """A document with dubbed shots in it.

    notes   (shot, sentence) pairs: what the document cannot hold, or what was done in its place;
            the shot is empty where a note is about the whole document
    """

    data: bytes
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """A writer of one dialect.

    patch   (the user's document, its path for messages, what comes back) -> the dubbed document.
            Raises DubError when the document cannot be patched at all.
    modes   the ways in which it can lay shots, the default first
    whole_frames   whether the dialect counts all media in frames of the cut, so that media of
                   another rate has to be rendered at the cut's
    lengthens   the modes in which shots go on for a longer dub
    copies_look   whether a new picture on a track fades and is blended as its clip does
    """

    patch: Callable[[bytes, Path, Delivery], Patched]
    modes: tuple[How, ...]
    whole_frames: bool = False
    lengthens: tuple[How, ...] = ()
    copies_look: bool = True
