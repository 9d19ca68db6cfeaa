"""The order of one shot: what passes from the timeline to the pixels, and its JSON.

An order has one clock. Output frame `i` starts at sample `frame_to_sample(i, rate, hz)` of it:

    output   | 0 | 1 | 2 |  ...  frames of the new file, handles included
    clock    0 --------------->  samples
    speech        [== at_sample, sample_count ==]
    exclude               [==]               frames that keep the mouth that was filmed
    part              [=========]            the frames this order writes, if not all
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import chain
from math import floor
from pathlib import Path

from lipflap.core.consent import Agreement
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.playback import PLAIN, Playback
from lipflap.core.serialize import from_json, read_text, to_json, unreadable_fix

ORDER_SCHEMA = "lipflap.order/12"


class Role(StrEnum):
    """The part of a sound in the cut."""

    DUB = "dub"
    PRODUCTION = "production"


class Mode(StrEnum):
    """The way in which mouths are painted.

    REFERENCE       from the actor's own mouths in the shot and its references; as AUTOREGRESSIVE
                    where there are none
    AUTOREGRESSIVE  by the network, each frame from the frame before it
    FRAMEWISE       by the network, each frame alone
    """

    REFERENCE = "reference"
    AUTOREGRESSIVE = "autoregressive"
    FRAMEWISE = "framewise"


MAX_FRAMES = 10_000_000  # of a shot: four days; more is a typing error
MAX_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Picture:
    """The media of a shot.

    path         a movie file, or an image sequence as a %0Nd pattern
    rate         frames per second
    first_frame  number of the first frame: the start timecode as a frame number
    first_file   number in the name of the first file of a sequence; None for a movie
    fingerprint  of the media (core.files.fingerprint), so that a changed file is noticed
    holes        what shows where a file of a sequence is missing
    """

    path: str
    rate: Fraction
    first_frame: int
    first_file: int | None
    fingerprint: str
    holes: HolePolicy = HolePolicy.ERROR

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"no picture has rate {self.rate}")


@dataclass(frozen=True, slots=True)
class FrameMap:
    """The frames of the media, counted from 0, that output frames show: floor(first + i * step).

    step 1 plays, -1 plays backwards, 0 holds, 2 is double speed.
    """

    first: Fraction
    step: Fraction
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_FRAMES:
            raise ValueError(
                f"an order needs at least one frame and at most {MAX_FRAMES}, has {self.count}"
            )

    def media_frame(self, output_frame: int) -> int:
        """Return the frame of the media that an output frame shows."""
        return floor(self.first + output_frame * self.step)

    def media_frames(self) -> list[int]:
        """Return the frame of the media for every output frame."""
        return [self.media_frame(i) for i in range(self.count)]


@dataclass(frozen=True, slots=True)
class Reference:
    """Frames of a film in which more mouths of the shot's actors are looked for.

    frames  of `picture`, at its own rate
    """

    picture: Picture
    frames: FrameMap


@dataclass(frozen=True, slots=True)
class Speech:
    """A line of dialogue over a shot.

    role            "dub": the mouth is to say it; "production": the mouth says it as filmed
    first_sample    in the sound file as it is heard; with sample_count, at sample_rate_hz
    at_sample       its start on the order's clock, in samples at sample_rate_hz; negative for
                    sound that starts before the shot
    face            number of the face track that speaks; None for the suggested one
    playback        which channels of the file are heard, and how fast
    character       who says it; empty when that is not known
    """

    path: str
    role: Role
    first_sample: int
    sample_count: int
    sample_rate_hz: int
    at_sample: int
    face: int | None
    fingerprint: str
    playback: Playback = PLAIN
    character: str = ""

    def __post_init__(self) -> None:
        if self.first_sample < 0 or self.sample_count < 1 or self.sample_rate_hz < 1:
            raise ValueError("a speech needs samples that exist")


@dataclass(frozen=True, slots=True)
class Speaker:
    """A character, and the face by which he or she is known: one of another shot, or of this.

    character  as speeches name it, whatever its case
    frames     of `picture`, at its own rate: those of the shot in which the face was shown
    face       its number there
    """

    character: str
    picture: Picture
    frames: FrameMap
    face: int


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Output frames [start, end) of an order, at least one.

    It has no rate, unlike core.frametime.FrameSpan: an order has one clock, while spans of media
    are compared at their own rates and may be empty.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"frames {self.start} to {self.end} are no frames of an output")

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Overlay:
    """An opaque rectangle that the cut shows over the picture for some output frames: of a title.

    left, top, right, bottom   in parts of the picture's width and height, from 0 to 1
    """

    frames: FrameRange
    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise ValueError("an overlay has a width and a height, and lies in the picture")


@dataclass(frozen=True, slots=True)
class Output:
    """The new media file.

    path         the file to write; a %0Nd pattern for a sequence
    rate         frames per second
    start_frame  number of output frame 0: the start timecode as a frame number
    head, tail   how many of the output frames are handles
    reel         name of the reel that it was shot on, as the source has it; empty without one
    codec        "source" for the source's own family, or a name of core.encode.codecs
    burn_in      a line painted into every frame, such as "AI-edited mouth"; empty for none
    drop_frame   whether the start timecode counts in drop-frame, where the rate has it
    """

    path: str
    rate: Fraction
    start_frame: int
    head: int
    tail: int
    codec: str
    reel: str = ""
    burn_in: str = ""
    drop_frame: bool = False

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.head < 0 or self.tail < 0:
            raise ValueError("an output needs a rate above 0, and handles count from 0")


@dataclass(frozen=True, slots=True)
class DubSettings:
    """The quality and model of a dub.

    model              name of a shipped model, or path of a safetensors file
    model_sha256       hash of that file
    steps              evaluations of the network a frame
    guidance           weight of classifier-free guidance away from the silent mouth; 1 is none, at
                       half the cost
    mode               how mouths are painted
    tracker            "embedded" or "face-alignment"
    face               number of the face track to dub; None for the suggested one
    lip_motion_sha256  hash of the lip motion model; empty unless mode is REFERENCE
    blink              in stills, eyes of those who get a new mouth close now and then
    """

    model: str
    model_sha256: str
    steps: int
    guidance: float
    mode: Mode
    seed: int
    tracker: str
    face: int | None
    lip_motion_sha256: str = ""
    blink: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MAX_STEPS or self.guidance < 1:
            raise ValueError(f"steps go from 1 to {MAX_STEPS}, guidance from 1")
        if self.seed < 0 or (self.face or 0) < 0:
            raise ValueError("seeds and faces count from 0")


@dataclass(frozen=True, slots=True)
class DubOrder:
    """One shot to repaint: everything needed on a machine that does not have the cut.

    exclude     frames in which every mouth stays as it was filmed, in any order
    part        the frames to write, if not all. The whole shot is analysed, and every frame comes
                out as it does in the whole shot; the file starts at output.start_frame + part.start
    references  more film of its actors; only Mode.REFERENCE looks at it
    speakers    faces of characters who say its lines, as far as they were shown
    consent     of whose mouths may be changed, as it was on file; changes no picture
    unfilmed    how many of its frames, the last ones, the media does not hold: others of the shot
                stand for them
    overlays    what is known to cover a part of it; a mouth below one stays as it was filmed
    """

    shot: str
    picture: Picture
    frames: FrameMap
    speeches: tuple[Speech, ...]
    output: Output
    settings: DubSettings
    exclude: tuple[FrameRange, ...] = ()
    part: FrameRange | None = None
    references: tuple[Reference, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    consent: tuple[Agreement, ...] = ()
    unfilmed: int = 0
    overlays: tuple[Overlay, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.unfilmed < self.frames.count:
            raise ValueError("a shot has frames that were filmed")
        covered = (overlay.frames for overlay in self.overlays)
        for span in (*self.exclude, *covered, self.written):
            if span.end > self.frames.count:
                raise ValueError(
                    f"frames {span.start} to {span.end} are not among the {self.frames.count} "
                    "of the shot"
                )

    @property
    def filmed(self) -> FrameMap:
        """Return the frames of the media that it shows, without those it does not hold."""
        return replace(self.frames, count=self.frames.count - self.unfilmed)

    @property
    def written(self) -> FrameRange:
        """Return the output frames that the new file holds."""
        return self.part or FrameRange(0, self.frames.count)

    @property
    def characters(self) -> tuple[str, ...]:
        """Return who says its dub, each once, as far as the dub names them."""
        dub = (speech for speech in self.speeches if speech.role == Role.DUB)
        return tuple(dict.fromkeys(one.character for one in dub if one.character))

    @property
    def analysed_frames(self) -> int:
        """Return how many frames are analysed, references and those of speakers included."""
        references = self.references if self.settings.mode == Mode.REFERENCE else ()
        others = (*references, *self.shown_elsewhere)
        return self.filmed.count + sum(reference.frames.count for reference in others)

    @property
    def shown_elsewhere(self) -> tuple[Reference, ...]:
        """Return the other shots in which its speakers were shown, each once."""
        if self.settings.face is not None:
            return ()
        films = (Reference(speaker.picture, speaker.frames) for speaker in self.speakers)
        own = Reference(self.picture, self.filmed)
        return tuple(dict.fromkeys(film for film in films if film != own))


def joined(*several: Iterable[FrameRange]) -> tuple[FrameRange, ...]:
    """Return the ranges of frames that are in any of several, in order; those that meet are one."""
    ranges: list[FrameRange] = []
    for one in sorted(chain(*several), key=lambda one: one.start):
        if ranges and one.start <= ranges[-1].end:
            ranges[-1] = FrameRange(ranges[-1].start, max(one.end, ranges[-1].end))
        else:
            ranges.append(one)
    return tuple(ranges)


def digest(order: DubOrder) -> str:
    """Return the sha256 of an order; orders with one digest give the same pictures.

    Consent is left out: it may come or end after a shot was rendered.
    """
    return hashlib.sha256(order_to_json(replace(order, consent=())).encode()).hexdigest()


def order_to_json(order: DubOrder) -> str:
    return to_json(ORDER_SCHEMA, order)


def order_from_json(text: str, *, where: str) -> DubOrder:
    """Parse an order. Raises RecordUnreadable, naming `where` and the field."""
    return from_json(ORDER_SCHEMA, DubOrder, text, where=where)


def read_order(path: Path) -> DubOrder:
    """Read an order. Raises RecordUnreadable when the file is missing or holds none."""
    with unreadable_fix("Run `lipflap order` again."):
        return order_from_json(read_text(path), where=str(path))
