"""Lips that open as far as the sound is loud: the baseline of lip motion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.face.landmarks import INNER_LIP_MIDDLES
from lipflap.core.motion.lip_shape import SHAPE, LipBasis
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND

TICK_SAMPLES = SAMPLE_RATE_HZ // TICKS_A_SECOND
SMOOTHED_TICKS = 3


@dataclass(frozen=True, slots=True)
class LoudnessMotion:
    """Lip motion that knows loudness only; the rest of the lips' shape goes with the opening."""

    basis: LipBasis

    def latents(self, mono: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        """Return latents [T, LATENTS], 50 ticks a second, of samples [N] at 16 kHz.

        mono  from PREROLL_S before the picture to PREROLL_S after it; only the sound between
              says how loud is usual
        """
        count = len(mono) // TICK_SAMPLES
        samples = mono[: count * TICK_SAMPLES].astype(np.float64).reshape(count, -1)
        loud = np.cbrt((samples**2).mean(1))  # as core.analysis.dialogue.loudness
        loud = np.convolve(loud, np.ones(SMOOTHED_TICKS) / SMOOTHED_TICKS, "same")
        preroll = PREROLL_S * TICKS_A_SECOND
        shown = loud[preroll : count - preroll]
        usual = (loud - shown.mean()) / max(float(shown.std()), 1e-9)
        return np.asarray(usual[:, None] * opening_direction(self.basis), np.float32)


def opening_direction(basis: LipBasis) -> NDArray[np.float64]:
    """Return the unit latent [LATENTS] along which lips open most."""
    apart = np.zeros((len(SHAPE), 2))
    upper, lower = (SHAPE.index(point) for point in INNER_LIP_MIDDLES)
    apart[upper, 1], apart[lower, 1] = -1, 1
    direction = basis.spread * (basis.components @ apart.reshape(-1))
    return np.asarray(direction / np.linalg.norm(direction))
