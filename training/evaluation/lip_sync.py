"""Figures of the judge of lips and sound, on sentences whose sync is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.motion.lip_sync import Agreement, LipSync
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND
from lipflap.training.motion.sentences import FilmedSentence


@dataclass(frozen=True, slots=True)
class LipSyncFigures:
    """How sentences, filmed in sync, are judged.

    sentences         how many are long enough
    within_frame      share of them that are found in sync within a frame
    confidence        mean, with the own sound
    other_confidence  mean, with the next sentence's sound
    """

    sentences: int
    within_frame: float
    confidence: float
    other_confidence: float

    def as_text(self) -> str:
        return (
            f"{self.sentences} sentences that did not train: {self.within_frame:.0%} found in sync"
            f" within a frame; confidence {self.confidence:.2f},"
            f" with another sentence's sound {self.other_confidence:.2f}"
        )


def measure_lip_sync(judge: LipSync, sentences: Sequence[FilmedSentence]) -> LipSyncFigures:
    """Judge each sentence with its own sound, and with the next one's."""
    pairs = list(zip(sentences, [*sentences[1:], *sentences[:1]], strict=True))
    own = [(one, _fit(judge, one, one)) for one in sentences]
    judged = [(one.rate, fit) for one, fit in own if fit is not None]
    others = [fit for fit in (_fit(judge, one, other) for one, other in pairs) if fit is not None]
    within = [abs(fit.offset_ticks) * rate <= TICKS_A_SECOND for rate, fit in judged]
    return LipSyncFigures(
        sentences=len(judged),
        within_frame=float(np.mean(within)) if within else 0.0,
        confidence=float(np.mean([fit.confidence for _, fit in judged])) if judged else 0.0,
        other_confidence=float(np.mean([fit.confidence for fit in others])) if others else 0.0,
    )


def _fit(judge: LipSync, lips: FilmedSentence, heard: FilmedSentence) -> Agreement | None:
    counted = np.ones(len(lips.points), bool)
    sound = judge.embed_sound(heard.sound)
    first_s = Fraction(PREROLL_S)
    return judge.lag_scores(lips.points, counted, first_s, lips.rate, sound).agreement()
