"""What small trainings learn from: sentences and takes as numbers, without a film."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.face.landmarks import COUNT, LIPS
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.speech_encoder import WIDTH
from lipflap.training.correction.laid_takes import LaidTake
from lipflap.training.motion.sentences import FilmedSentence
from lipflap.training.motion.talkers import SpokenLips

TICKS, RATE_HZ = 150, 25.0
MARGIN = round(PREROLL_S * SAMPLE_RATE_HZ)
DARKER = 40


def sentence(
    talker: str, seed: int, ticks: int = TICKS, voices: int = 2
) -> tuple[SpokenLips, NDArray[np.float64]]:
    """A sentence whose features say how far lips are apart, and that distance at each tick."""
    rng = np.random.default_rng(seed)
    smooth = np.convolve(rng.standard_normal(ticks + 14), np.hanning(15), "valid")
    face = np.random.default_rng(len(talker)).uniform(20, 100, (COUNT, 2))
    frames = smooth.reshape(-1, 2).mean(1)
    points = np.repeat(face[None], len(frames), axis=0)
    points[:, list(LIPS[:20]), 1] += 2 * frames[:, None]
    points += 0.05 * rng.standard_normal(points.shape)
    direction = np.random.default_rng(0).standard_normal(WIDTH)
    own = smooth[:, None] * direction + 0.1 * rng.standard_normal((ticks, WIDTH))
    features = np.stack([own + 0.1 * number for number in range(voices)]).astype(np.float16)
    return SpokenLips(talker, features, points.astype(np.float32), RATE_HZ), smooth


def filmed(talker: str, seed: int, frames: int = 50) -> FilmedSentence:
    """A sentence whose sound is the louder, the wider its lips are open."""
    spoken, smooth = sentence(talker, seed, 2 * frames)
    loud = np.interp(
        np.arange(frames * 640 + 2 * MARGIN) - MARGIN, np.arange(2 * frames) * 320, smooth
    )
    hum = np.sin(np.arange(len(loud)) * 0.06) + 0.3 * np.sin(np.arange(len(loud)) * 0.6)
    sound = (0.05 * np.exp(loud / 4) * hum).clip(-1, 1).astype(np.float32)
    return FilmedSentence(f"{talker} {seed}", talker, Fraction(25), spoken.points, sound)


def take(talker: str, count: int) -> LaidTake:
    """Smooth pictures; in the matte, those laid are darker."""
    coarse = np.random.default_rng(count).uniform(90, 200, (count, 8, 12, 3))
    filmed = coarse.repeat(8, 1).repeat(8, 2)
    matte = np.zeros((count, 64, 96))
    matte[:, 20:44, 30:66] = 255
    laid = filmed - DARKER * matte[..., None] / 255
    return LaidTake(talker, *(part.astype(np.uint8) for part in (filmed, laid, matte)))
