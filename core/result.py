"""The records that come back from the pixels: progress, and the result of an order; and their JSON.

timeline  --- DubOrder --->  pixels
timeline  <-- DubResult ---  pixels
"""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import sqrt
from pathlib import Path

from lipflap.core.consent import Agreement
from lipflap.core.order import FrameRange
from lipflap.core.serialize import from_json, read_text, to_json

RESULT_SCHEMA = "lipflap.result/9"

CHANCE_LEVEL_OF_A_SECOND = 0.29  # measured on nine strangers, each with the sounds of the others


class Stage(StrEnum):
    """A stage of the work on a shot."""

    WAIT = "wait"
    ANALYSE = "analyse"
    PAINT = "paint"


class ShotState(StrEnum):
    """The outcome of an order."""

    RENDERED = "rendered"
    SKIPPED = "skipped"
    FAILED = "failed"


class KeptReason(StrEnum):
    """The reason why a frame that was to get a new mouth stays as filmed.

    TURNED     the head is turned too far aside
    COVERED    something is before the mouth
    OVERLAID   a title of the cut lies over the mouth
    NO_MOUTH   no filmed mouth of the actor comes near the one wanted
    MISMATCH   the new mouth does not meet the picture around it
    """

    TURNED = "turned"
    COVERED = "covered"
    OVERLAID = "overlaid"
    NO_MOUTH = "no mouth"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class SyncFigures:
    """The fit of new mouths and their dub, by our own judge; not the public SyncNet's.

    offset_ms             how late the new mouth is against the dub; negative when it is early
    confidence            of that offset: mean cosine there, less the median over all offsets
    untouched_confidence  the same of the mouth as it was filmed, which says other words
    speech_s              seconds of the dub that were measured
    """

    offset_ms: int
    confidence: float
    untouched_confidence: float
    speech_s: float

    def __post_init__(self) -> None:
        if self.speech_s <= 0:
            raise ValueError(f"no sync is measured on {self.speech_s} seconds of speech")

    @property
    def chance_level(self) -> float:
        """Return the confidence that one in twenty mouths reaches with speech it does not say."""
        return CHANCE_LEVEL_OF_A_SECOND / sqrt(self.speech_s)


@dataclass(frozen=True, slots=True)
class KeptFrames:
    """Successive frames that stay as filmed although they were to get a new mouth.

    start  of the first of them, in seconds on the order's clock
    """

    reason: KeptReason
    start: Fraction
    frames: int

    def __post_init__(self) -> None:
        if self.start < 0 or self.frames < 1:
            raise ValueError(f"{self.frames} frames at {self.start} s are not kept")


@dataclass(frozen=True, slots=True)
class SaidBy:
    """A character, or a line of nobody known, and the face that says it."""

    who: str
    face: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotReport:
    """The outcome of one shot, in its result and in the report of a job.

    state              rendered, skipped (nothing to repaint: the original stays) or failed
    reason             why it was skipped or failed; empty when rendered
    frames             of the new file, handles included
    repainted_frames   of these, frames with a new mouth; the others are the source's, bit for bit
    faces              face tracks found in the shot
    face               number of the one repainted
    camera_shots       found in the shot (1 when it holds no cut)
    seconds            of work, by stage
    mouths             filmed mouths of the actor that new ones were made from; 0 when there were
                       too few and the network painted alone; None when it was ordered to
    network_faces      faces that the network alone painted, all the time or in parts of the shot,
                       although filmed mouths were ordered: there were too few that fit
    closed_faces       faces that no film shows with an open mouth: their lips are filmed, not what
                       shows between them
    bend_px            mean distance that lips of filmed open mouths were bent, in pixels of the
                       128 px crop
    kept               frames that guards left as filmed, in order of time
    sync               of the face that fits worst; None when there is too little speech to measure
    said_by            which face says the lines of whom, in the order of the lines
    dub_s              seconds of speech in the dub; None when they were not looked for
    repainted          output frames with a new mouth, in order; those of a part count from the
                       whole shot's first
    blinks             output frames of stills in which lids are new, as `repainted`; some of these
                       have no new mouth
    eyes_open          why eyes that were to blink stay open, a reason each
    """

    state: ShotState
    reason: str = ""
    frames: int = 0
    repainted_frames: int = 0
    faces: int = 0
    face: int | None = None
    camera_shots: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    mouths: int | None = None
    network_faces: tuple[int, ...] = ()
    closed_faces: tuple[int, ...] = ()
    bend_px: float = 0.0
    kept: tuple[KeptFrames, ...] = ()
    sync: SyncFigures | None = None
    said_by: tuple[SaidBy, ...] = ()
    dub_s: float | None = None
    repainted: tuple[FrameRange, ...] = ()
    blinks: tuple[FrameRange, ...] = ()
    eyes_open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature that a new picture has got since it was rendered.

    by            organisation in the certificate
    facts_sha256  hash of what was signed: the certificate, and all that the manifest says
    fingerprint   of the signed picture, which holds its manifest where its format can
    """

    by: str
    facts_sha256: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DubResult:
    """The result of an order. `output_path` is empty unless the report says rendered.

    output_fingerprint  of the picture as it was rendered, before it was signed
    signature           None until it is signed
    consent             that the order carried when this was written
    """

    shot: str
    order_sha256: str
    output_path: str
    output_fingerprint: str
    report: ShotReport
    signature: Signature | None = None
    consent: tuple[Agreement, ...] = ()

    def is_of(self, fingerprint: str | None) -> bool:
        """Return whether a picture of this fingerprint is the one rendered, signed or not yet."""
        signed = self.signature.fingerprint if self.signature else self.output_fingerprint
        return fingerprint in (self.output_fingerprint, signed)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a shot: `done` of `total` frames of a stage.

    stage  ANALYSE, then PAINT; WAIT while another process renders this very shot
    """

    shot: str
    stage: Stage
    done: int
    total: int


def result_to_json(result: DubResult) -> str:
    return to_json(RESULT_SCHEMA, result)


def result_from_json(text: str, *, where: str) -> DubResult:
    """Parse a result. Raises RecordUnreadable, naming `where` and the field."""
    return from_json(RESULT_SCHEMA, DubResult, text, where=where)


def read_result(path: Path) -> DubResult:
    """Read a result. Raises RecordUnreadable when the file is missing or holds none."""
    return result_from_json(read_text(path), where=str(path))
