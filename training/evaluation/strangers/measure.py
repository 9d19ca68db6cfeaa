"""Ways to paint mouths, measured on films of people who never trained, after the paste.

    film, own sound, sound of the next film --analyse--> the face that speaks, one plan for both
    each frame of it --paint each way to both sounds--> finished frame --> a few numbers

Films are measured one at a time, frame by frame; no picture is kept.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.analyse import ShotAnalysis, analyse_to_end
from lipflap.core.analysis.detectors import EMBEDDED
from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.errors import DubError
from lipflap.core.face.align import points_in_plate
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.model_files import LIP_MOTION, locate, sha256
from lipflap.core.motion.lip_sync import Agreement, LagScores, LipSync
from lipflap.core.order import DubOrder, DubSettings, FrameMap, Mode, Output, Role
from lipflap.core.paint.face_painter import FacePainter
from lipflap.core.paint.mouth_bank import find_mouths
from lipflap.core.paint.painter import Networks, load_networks
from lipflap.core.paint.reference_painter import ReferencePainter, reference_painter
from lipflap.core.paint.remembered_motion import Motion
from lipflap.core.recording import Recording
from lipflap.core.result import CHANCE_LEVEL_OF_A_SECOND
from lipflap.core.shot import STAGES, face_painter
from lipflap.core.timing import Stopwatch
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND
from lipflap.training.data.films import recordings_from_films
from lipflap.training.evaluation.image_metrics import ratio
from lipflap.training.evaluation.strangers.finished_film import FilmObserver, view_face
from lipflap.training.evaluation.strangers.loudness_motion import LoudnessMotion
from lipflap.training.evaluation.strangers.table import (
    MIN_FRAMES,
    ClipFigures,
    StrangersEvaluation,
    correlation_above_chance,
    lagged_correlation,
)

log = logging.getLogger(__name__)

MAX_SECONDS = 8
EXCLUDED_FRAMES = 25  # on each side, of the bank, when a mouth is held against the truth
MAX_LAG_TICKS = 10  # a film further out of sync than this is not believed
OWN_MOUTHS, NETWORK, LOUDNESS = "own mouths", "network alone", "loudness"
UNCORRECTED = "uncorrected"  # own mouths as they are laid
UNTOUCHED = "untouched"
WAYS = (OWN_MOUTHS, UNCORRECTED, NETWORK, LOUDNESS)
COLUMNS = (*WAYS, UNTOUCHED)
OWN, OTHER = "own sound", "other sound"
OWN_LINE, OTHER_LINE = (1,), (2,)  # of the order's speeches; 0 is the production sound
MODEL = "starter"

Painter = FacePainter | ReferencePainter


@dataclass(frozen=True, slots=True)
class ClipResult:
    """The figures of one clip.

    lag      frames that the picture is late against its sound; None when unsure
    figures  by column
    """

    lag: int | None
    figures: Mapping[str, ClipFigures]
    notes: Sequence[str]


def evaluate_strangers(folder: Path, steps: int, guidance: float) -> StrangersEvaluation:
    """Measure ways to paint on every film of a folder. Raises DubError.

    steps, guidance  that the network alone paints with
    """
    films = name_apart(list(recordings_from_films(folder)), folder)
    if len(films) < 2:
        raise DubError(
            "holds fewer than two films with sound: each is dubbed with the sound of the next.",
            where=str(folder),
        )
    settings = reference_settings(steps, guidance)
    networks = load_networks(settings)
    measured: dict[str, ClipResult] = {}
    left_out: dict[str, str] = {}
    for number, film in enumerate(films):
        log.info("measuring %s", film.name)
        try:
            order = make_order(film, films[(number + 1) % len(films)], settings)
            measured[film.name] = measure_clip(order, networks)
        except DubError as error:
            left_out[film.name] = str(error)
    return StrangersEvaluation(
        columns={
            column: [result.figures[column] for result in measured.values()] for column in COLUMNS
        },
        names=list(measured),
        lags=[result.lag for result in measured.values()],
        left_out=left_out,
        notes=[note for result in measured.values() for note in result.notes],
    )


def name_apart(films: Sequence[Recording], folder: Path) -> list[Recording]:
    """Return the films of a folder, those that share a name named by their path in it."""
    shared = Counter(film.name for film in films)
    return [
        film
        if shared[film.name] == 1
        else replace(film, name=Path(film.picture.path).relative_to(folder).as_posix())
        for film in films
    ]


def reference_settings(steps: int, guidance: float) -> DubSettings:
    """Return settings to dub with filmed mouths and the shipped networks. Raises DubError."""
    return DubSettings(
        model=MODEL,
        model_sha256=sha256(locate(MODEL)),
        steps=steps,
        guidance=guidance,
        mode=Mode.REFERENCE,
        seed=0,
        tracker=EMBEDDED,
        face=None,
        lip_motion_sha256=sha256(locate(LIP_MOTION)),
    )


def make_order(film: Recording, other: Recording, settings: DubSettings) -> DubOrder:
    """Order the first seconds of a film, to be dubbed with its own sound and with another's."""
    count = min(film.frames.count, int(MAX_SECONDS * film.rate))
    (own,), (foreign,) = film.speeches, other.speeches
    return DubOrder(
        shot=film.name,
        picture=film.picture,
        frames=FrameMap(Fraction(0), Fraction(1), count),
        speeches=(own, replace(own, role=Role.DUB), replace(foreign, role=Role.DUB)),
        output=Output("", film.rate, 0, 0, 0, "source"),
        settings=settings,
    )


def measure_clip(order: DubOrder, networks: Networks) -> ClipResult:
    """Paint a clip each way to both sounds and measure it. Raises DubError."""
    info, watch = probe(order.picture.path), Stopwatch(*STAGES)
    judge = networks.detectors.judge
    if judge is None:
        raise DubError("is not measured without the judge of sync.")
    analysis = analyse_to_end(order, info, networks.detectors, watch)
    if not analysis.plans:
        raise DubError("no face in it speaks.")
    plan = max(analysis.plans, key=lambda plan: (plan.opacity == 1).sum())
    if (plan.opacity == 1).sum() < MIN_FRAMES:
        raise DubError("its face is seen for less than a second.")
    painters, notes = _painters(order, info, plan, analysis, networks)
    films = _observe(order, info, plan, painters, networks)
    sounds = {
        OWN: _Sound(plan, analysis, judge, OWN_LINE, order.output.rate),
        OTHER: _Sound(plan, analysis, judge, OTHER_LINE, order.output.rate),
    }
    filmed = films[UNTOUCHED, OWN]
    own_fit = sounds[OWN].fit(filmed)
    is_proven = own_fit is not None and sounds[OWN].proves(filmed, own_fit)
    proven = own_fit if is_proven else None
    lag = (
        None if proven is None else round(proven.offset_ticks * order.output.rate / TICKS_A_SECOND)
    )
    figures = {
        column: _figures(
            films[column, OWN], films[column, OTHER], filmed, lag, proven, sounds[OTHER]
        )
        for column in COLUMNS
    }
    return ClipResult(lag, figures, notes)


@dataclass(frozen=True, slots=True)
class _Sound:
    """A sound of the clip, for the judge."""

    plan: FacePlan
    analysis: ShotAnalysis
    judge: LipSync
    lines: tuple[int, ...]
    rate: Fraction

    def fit(self, film: FilmObserver) -> Agreement | None:
        """Return how a film fits the sound, where it is heard; None if it is too short."""
        return self._lag_scores(film).agreement()

    def proves(self, film: FilmObserver, fit: Agreement) -> bool:
        """Whether a fit is above what one in twenty mouths reaches with speech it does not say."""
        chance = CHANCE_LEVEL_OF_A_SECOND / (self._lag_scores(film).ticks / TICKS_A_SECOND) ** 0.5
        return fit.confidence >= chance and abs(fit.offset_ticks) <= MAX_LAG_TICKS

    def _lag_scores(self, film: FilmObserver) -> LagScores:
        first = self.plan.first_frame
        speaks = self.analysis.speaking_frames_of(self.lines)[first : first + len(film.observed)]
        sound = self.judge.embed_sound(self.analysis.dialogue_of(self.lines))
        first_s = PREROLL_S + first / self.rate
        return self.judge.lag_scores(film.points, film.observed & speaks, first_s, self.rate, sound)


def _painters(
    order: DubOrder, info: MediaInfo, plan: FacePlan, analysis: ShotAnalysis, networks: Networks
) -> tuple[dict[tuple[str, str], Painter], list[str]]:
    """Return painters by way and sound, and notes on those that are not what they should be.

    Where a take has too few mouths the network paints, as it does in a dub.
    """
    if networks.motion is None:
        raise ValueError("the networks were loaded without lip motion")
    motions: dict[str, Motion] = {
        OWN_MOUTHS: networks.motion,
        UNCORRECTED: networks.motion,
        LOUDNESS: LoudnessMotion(networks.motion.basis),
    }
    production = analysis.scene.production
    heard = production.speaks if production is not None else None
    mouths = find_mouths(analysis.films, plan.face, heard)
    painters: dict[tuple[str, str], Painter] = {}
    notes = []
    for sound, lines in ((OWN, OWN_LINE), (OTHER, OTHER_LINE)):
        dialogue = analysis.dialogue_of(lines)
        excluded = EXCLUDED_FRAMES if sound == OWN else None
        painters[NETWORK, sound] = face_painter(order, analysis.plates, plan, dialogue, networks)
        for way, motion in motions.items():
            correction = networks.correction if way == OWN_MOUTHS else None
            painter = reference_painter(order, plan, mouths, dialogue, motion, correction, excluded)
            if painter is None:
                notes.append(f"{order.shot}, {way}, {sound}: too few mouths, the network paints.")
            painters[way, sound] = painter or face_painter(
                order, analysis.plates, plan, dialogue, networks
            )
    return painters, notes


def _observe(
    order: DubOrder,
    info: MediaInfo,
    plan: FacePlan,
    painters: Mapping[tuple[str, str], Painter],
    networks: Networks,
) -> dict[tuple[str, str], FilmObserver]:
    """Paint the frames of a plan, and measure those in which the new mouth is fully opaque."""
    watch, points_in = Stopwatch(*STAGES), networks.detectors.points_in
    films = {key: FilmObserver(plan) for key in painters}
    untouched = FilmObserver(plan)
    frames = range(plan.first_frame, plan.first_frame + len(plan.opacity))
    media_frames = [order.frames.media_frame(frame) for frame in frames]
    for row, plate in enumerate(pictures(info, media_frames)):
        frame = frames[row]
        painted = {
            key: painter.repaint(frame, [plate], info, watch)[0]
            for key, painter in painters.items()
        }
        if plan.opacity[row] < 1:
            continue
        crop_from_plate = plan.crop_from_plate[row]
        near = points_in_plate(plan.points[row], crop_from_plate).astype(np.float32)
        filmed = view_face(plate, info, crop_from_plate, near, points_in)
        untouched.observe(frame, filmed, filmed)
        for key, picture in painted.items():
            finished = view_face(picture, info, crop_from_plate, near, points_in)
            films[key].observe(frame, finished, filmed)
    return films | {(UNTOUCHED, OWN): untouched, (UNTOUCHED, OTHER): untouched}


def _figures(
    own: FilmObserver,
    other: FilmObserver,
    filmed: FilmObserver,
    lag: int | None,
    proven: Agreement | None,
    other_sound: _Sound,
) -> ClipFigures:
    """Work out the figures of one way to paint a clip."""
    error = float(own.column("error").mean())
    fit = other_sound.fit(other)
    frame_ticks = TICKS_A_SECOND / other_sound.rate
    steps, filmed_steps = (
        np.concatenate([film.column(name) for film in (own, other)])
        for name in ("step", "filmed_step")
    )
    changes, filmed_changes = own.column("change"), own.column("filmed_change")
    return ClipFigures(
        sharpness=_mean_ratio(own, "sharpness"),
        psnr_db=float("inf") if error == 0 else float(-10 * np.log10(error)),
        opening=None if lag is None else lagged_correlation(own.openings, filmed.openings, lag),
        width=None if lag is None else lagged_correlation(own.widths, filmed.widths, lag),
        change=_mean_ratio(own, "change"),
        popping=ratio(_extreme(changes), _extreme(filmed_changes)) if len(changes) else None,
        other_sharpness=_mean_ratio(other, "sharpness"),
        other_change=_mean_ratio(other, "change"),
        in_sync=None if fit is None else float(abs(fit.offset_ticks) <= frame_ticks),
        confidence=None if fit is None or not proven else fit.confidence / proven.confidence,
        leak=correlation_above_chance(other.openings, filmed.openings),
        seam=ratio(float(steps.sum()), float(filmed_steps.sum())),
    )


def _mean_ratio(film: FilmObserver, name: str) -> float | None:
    """Return the mean of a number over the mean of the same as filmed."""
    new, filmed = film.column(name), film.column(f"filmed_{name}")
    return ratio(float(new.mean()), float(filmed.mean())) if len(new) else None


def _extreme(changes: NDArray[np.float64]) -> float:
    return float(np.percentile(changes, 99))
