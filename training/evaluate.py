"""What mouth models do on sentences they never saw, against the truth and against baselines.

A model walks frame by frame from its own previous frames, as it does at work.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lipflap.core.voice.features import SILENCE
from lipflap.training import table
from lipflap.training.figures import Figures, Performance, figures
from lipflap.training.judged import Sentences, another
from lipflap.training.observed import Observer, Truth, moved, observe, truth_of
from lipflap.training.speed import speed
from lipflap.training.sweep import AtCost, sweep
from lipflap.training.walks import Painter, long_walk, walk

log = logging.getLogger(__name__)

TRUTH, TRUTH_ELSEWHERE, STILL = "untouched", "another's truth", "frame 0 repeated"
SHUFFLED, FRAMEWISE = "sound of another", "frame by frame"
BASELINES = (TRUTH, TRUTH_ELSEWHERE, STILL, SHUFFLED)
LONG_SENTENCES = 2
STEPS_SENTENCES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What takes long and is measured on demand.

    drift  1500 frames of two sentences; about as long as all the rest
    steps  quality over evaluations, of four sentences and the first model; longer still
    speed  of eight shots in lockstep; true only on a machine that does nothing else
    """

    drift: bool = False
    steps: bool = False
    speed: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything measured, and the films it was measured on.

    columns  of the table, those of the models first
    shown    by column
    costs    quality over evaluations, of the first model
    """

    truth: Truth
    columns: Mapping[str, Figures]
    shown: Mapping[str, Performance]
    costs: tuple[AtCost, ...] = ()

    def as_text(self) -> str:
        return table.as_text(self.columns)

    def as_markdown(self) -> str:
        return table.as_markdown(self.columns)


def compare(
    painters: Mapping[str, Painter],
    sentences: Sentences,
    by: Observer,
    extras: Extras = Extras(),
) -> Evaluation:
    """Models side by side; the first of them also without the frame before and with wrong sound."""
    truth = truth_of(sentences, by)
    shown = {name: perform(painter, truth, by, extras) for name, painter in painters.items()}
    first = next(iter(painters.values()))
    shown |= baselines(first, next(iter(shown.values())), truth, by)
    columns = {name: figures(one, truth) for name, one in shown.items()}
    if not extras.steps:
        return Evaluation(truth, columns, shown)
    few = truth_of(sentences.first(STEPS_SENTENCES), by)
    return Evaluation(truth, columns, shown, tuple(sweep(first, few, by)))


def perform(painter: Painter, truth: Truth, by: Observer, extras: Extras = Extras()) -> Performance:
    """What a model shows with the own sound, another's, and silence."""
    mouths, sound, sentences = truth.seen.film, truth.sentences.sound, truth.sentences
    # Guidance leads away from the silent mouth: in silence there is nowhere to be led to.
    unled = replace(painter, quality=replace(painter.quality, guidance=None))
    log.info("painting %d sentences of %d frames", *mouths.shape[:2])
    own = observe(walk(painter, mouths, sound), sentences, by)
    cross = observe(walk(painter, mouths, another(sound)), sentences, by)
    silent = observe(walk(unled, mouths, np.full_like(sound, SILENCE)), sentences, by)
    few = slice(LONG_SENTENCES)
    return Performance(
        region=painter.mask.numpy() > 0,
        own=own,
        cross=cross,
        silent=silent,
        long=long_walk(painter, mouths[few], sound[few]) if extras.drift else None,
        speed=speed(painter) if extras.speed else None,
    )


def baselines(
    painter: Painter, performed: Performance, truth: Truth, by: Observer
) -> dict[str, Performance]:
    """What the figures of a model are to be seen against.

    performed  what it showed
    """
    true, region = truth.seen, performed.region
    still = observe(np.repeat(true.film[:, :1], true.film.shape[1], 1), truth.sentences, by)
    shown = {
        TRUTH: Performance(region=region, own=true, cross=true, silent=true),
        TRUTH_ELSEWHERE: Performance(region=region, cross=moved(truth, by)),
        STILL: Performance(region=region, own=still, cross=still, silent=still),
        SHUFFLED: Performance(region=region, own=performed.cross),
    }
    if not painter.quality.framewise:
        alone = replace(painter, quality=replace(painter.quality, framewise=True))
        shown[FRAMEWISE] = perform(alone, truth, by)
    return shown
