"""All that crosses the wall between the timeline and the pixels, and its JSON.

    timeline  --- DubOrder --->  pixels
    timeline  <-- DubResult ---  pixels

An order has one clock. Output frame `i` starts at sample `sample_at(i, rate, hz)` of it:

    output   | 0 | 1 | 2 |  ...  frames of the new file, handles included
    clock    0 --------------->  samples
    speech        [== at_sample, sample_count ==]
    leave                 [==]               frames that keep the mouth that was filmed
    part              [=========]            what this order writes, if not all
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor, sqrt
from pathlib import Path

from lipflap.core.serialize import from_json, read_text, to_json

ORDER_SCHEMA = "lipflap.order/3"
RESULT_SCHEMA = "lipflap.result/2"


class Role(StrEnum):
    """What a sound is in the cut."""

    DUB = "dub"
    PRODUCTION = "production"


class Stage(StrEnum):
    """What is being done to a shot."""

    WAIT = "wait"
    ANALYSE = "analyse"
    PAINT = "paint"


class Mode(StrEnum):
    """Whether a frame is painted from the one before it, or alone."""

    AUTOREGRESSIVE = "autoregressive"
    FRAMEWISE = "framewise"


class ShotState(StrEnum):
    """What came of an order."""

    RENDERED = "rendered"
    SKIPPED = "skipped"
    FAILED = "failed"


MAX_FRAMES = 10_000_000  # of a shot: four days; more is a slip of the pen
MAX_STEPS = 1000
CHANCE_LEVEL_OF_A_SECOND = 0.32  # measured on 31 talkers, each with the sounds of the others


@dataclass(frozen=True, slots=True)
class Picture:
    """The media of a shot.

    path         a movie file, or an image sequence as a %0Nd pattern
    rate         frames per second
    first_frame  number the first picture carries: the start timecode as a frame number
    first_file   number in the name of the first file of a sequence; None for a movie
    fingerprint  core.fingerprint of the media, so that a changed file is noticed
    """

    path: str
    rate: Fraction
    first_frame: int
    first_file: int | None
    fingerprint: str

    def __post_init__(self) -> None:
        if self.rate <= 0 or (self.first_file or 0) < 0:
            raise ValueError(f"no picture has rate {self.rate} and first file {self.first_file}")


@dataclass(frozen=True, slots=True)
class FrameMap:
    """Which picture of the media each output frame shows: floor(first + i * step), from 0.

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

    def picture(self, output_frame: int) -> int:
        return floor(self.first + output_frame * self.step)

    def pictures(self) -> list[int]:
        return [self.picture(i) for i in range(self.count)]


@dataclass(frozen=True, slots=True)
class Speech:
    """Sound that plays over a shot.

    role            "dub": the mouth must say it; "production": the mouth said it that day
    first_sample    in the sound file; with sample_count, at sample_rate_hz
    at_sample       where it starts on the order's clock, in samples at sample_rate_hz;
                    may be negative: sound before the shot, heard for context
    face            number of the face track that speaks, None for the suggested one
    """

    path: str
    role: Role
    first_sample: int
    sample_count: int
    sample_rate_hz: int
    at_sample: int
    face: int | None
    fingerprint: str

    def __post_init__(self) -> None:
        if self.first_sample < 0 or self.sample_count < 1 or self.sample_rate_hz < 1:
            raise ValueError("a speech needs samples that exist")


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Output frames [start, end) of an order."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"frames {self.start} to {self.end} are no frames of an output")

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Output:
    """The new media file.

    path         where it goes; a %0Nd pattern for a sequence
    rate         frames per second
    start_frame  number of output frame 0: the start timecode as a frame number
    head, tail   how many of the output frames are handles
    codec        "source" to stay in the source's family, or a name core.media.encode knows
    """

    path: str
    rate: Fraction
    start_frame: int
    head: int
    tail: int
    codec: str

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.head < 0 or self.tail < 0:
            raise ValueError("an output needs a rate above 0, and handles count from 0")


@dataclass(frozen=True, slots=True)
class DubSettings:
    """How to repaint.

    model         name of a shipped model or path of a safetensors file
    model_sha256  hash of that file
    steps         evaluations of the network a frame
    guidance      how much further than the sound alone would have it mouths move away from
                  silence; 1 is no further, at half the cost
    mode          whether each frame is painted knowing the one before
    tracker       "embedded" or "face-alignment"
    """

    model: str
    model_sha256: str
    steps: int
    guidance: float
    mode: Mode
    seed: int
    tracker: str
    face: int | None

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MAX_STEPS or self.guidance < 1:
            raise ValueError(f"steps go from 1 to {MAX_STEPS}, guidance from 1")
        if self.seed < 0 or (self.face or 0) < 0:
            raise ValueError("seeds and faces count from 0")


@dataclass(frozen=True, slots=True)
class DubOrder:
    """One shot to repaint: everything a machine needs that has never seen the cut.

    leave  frames in which every mouth stays as it was filmed, in any order
    part   the frames to write, if not all. The whole shot is looked at, and a frame is what it
           is in the whole shot; the file begins at its own frame, output.start_frame + part.start
    """

    shot: str
    picture: Picture
    frames: FrameMap
    speeches: tuple[Speech, ...]
    output: Output
    settings: DubSettings
    leave: tuple[FrameRange, ...] = ()
    part: FrameRange | None = None

    def __post_init__(self) -> None:
        for span in (*self.leave, self.written):
            if span.end > self.frames.count:
                raise ValueError(
                    f"frames {span.start} to {span.end} are not among the {self.frames.count} "
                    "of the shot"
                )

    @property
    def written(self) -> FrameRange:
        """The output frames that the new file holds."""
        return self.part or FrameRange(0, self.frames.count)


@dataclass(frozen=True, slots=True)
class SyncFigures:
    """How well mouths fit the dub that drives them, by our own judge; not the public SyncNet's.

    offset_ms             the new mouth is this much late against the dub; early when negative
    confidence            how clearly it fits there better than elsewhere
    untouched_confidence  the same of the mouth as it was filmed, which says other words
    speech_s              seconds of the dub that were judged
    """

    offset_ms: int
    confidence: float
    untouched_confidence: float
    speech_s: float

    def __post_init__(self) -> None:
        if self.speech_s <= 0:
            raise ValueError(f"nothing is judged by {self.speech_s} seconds of speech")

    @property
    def chance_level(self) -> float:
        """The confidence that one in ten mouths reaches with as much speech it does not say."""
        return CHANCE_LEVEL_OF_A_SECOND / sqrt(self.speech_s)


@dataclass(frozen=True, slots=True)
class ShotReport:
    """What was done to a shot.

    state              "rendered", "left" (nothing to repaint; the original stands) or "failed"
    reason             why it was left or failed; empty when rendered
    frames             of the new file
    repainted_frames   of these, frames with a new mouth; the others are the source's, bit for bit
    faces              face tracks found in the shot
    face               the one repainted
    camera_shots       found in the shot (1 when it holds no cut)
    seconds            of work, by stage
    sync               of the face that fits worst; None when there is too little speech to judge
    """

    state: ShotState
    reason: str
    frames: int
    repainted_frames: int
    faces: int
    face: int | None
    camera_shots: int
    seconds: dict[str, float]
    sync: SyncFigures | None = None


@dataclass(frozen=True, slots=True)
class DubResult:
    """What came of an order. `output_path` is empty unless the report says rendered."""

    shot: str
    order_sha256: str
    output_path: str
    output_fingerprint: str
    report: ShotReport


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a shot is: `done` of `total` frames of a stage.

    stage   LOOK, then PAINT; WAIT while another process renders this very shot
    """

    shot: str
    stage: Stage
    done: int
    total: int


def digest(order: DubOrder) -> str:
    """sha256 of what an order asks for; two orders with one digest give one picture."""
    return hashlib.sha256(order_to_json(order).encode()).hexdigest()


def order_to_json(order: DubOrder) -> str:
    return to_json(ORDER_SCHEMA, order)


def order_from_json(text: str, *, where: str) -> DubOrder:
    """Raises RecordUnreadable, naming `where` and the field."""
    return from_json(ORDER_SCHEMA, DubOrder, text, where=where)


def read_order(path: Path) -> DubOrder:
    """Raises RecordUnreadable when the file is missing or holds no order."""
    return order_from_json(read_text(path), where=str(path))


def result_to_json(result: DubResult) -> str:
    return to_json(RESULT_SCHEMA, result)


def result_from_json(text: str, *, where: str) -> DubResult:
    """Raises RecordUnreadable, naming `where` and the field."""
    return from_json(RESULT_SCHEMA, DubResult, text, where=where)


def read_result(path: Path) -> DubResult:
    """Raises RecordUnreadable when the file is missing or holds no result."""
    return result_from_json(read_text(path), where=str(path))
