"""Lip motion from sound: latents for every tick of what is said.

Windows are drawn one after the other; each is given the end of the one before, and the last ticks
of that, which had no future to go by, are drawn again and faded over: so motion goes on where a
window ends.

    window 0   |<---------- drawn ---------->|
    window 1                 |<given>|<-fade>|<------ drawn ------>|
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lipflap.core.diffusion.sampler import sample_ddim
from lipflap.core.diffusion.schedule import sampling_times
from lipflap.core.model_files import LIP_MOTION, locate
from lipflap.core.motion.lip_shape import LATENTS, LipBasis
from lipflap.core.motion.network import MotionCondition, MotionNetwork
from lipflap.core.motion.weights import load_lip_weights, locate_encoder
from lipflap.core.network_weights import check_kind
from lipflap.core.voice.speech_encoder import (
    TICKS_A_SECOND,
    SpeechEncoder,
    encode_speech,
    load_speech_encoder,
)

KIND = "lipflap lip motion 1"
WINDOW_TICKS, GIVEN_TICKS = 128, 32  # of a window, and of the end of the one before it
FADE_TICKS = 8  # over which two windows are mixed
STEPS = 2  # evaluations a window; the card says what others reach
SPOKEN_SPREAD = 0.8  # of the strongest latents while somebody speaks, in units of his own spread
MAX_GAIN = 1.4
_STRONGEST = 4  # latents, which hold most of the opening


@dataclass(frozen=True, slots=True)
class LipMotion:
    """The networks that draw lip motion from sound."""

    encoder: SpeechEncoder
    network: MotionNetwork
    basis: LipBasis

    def latents(
        self, mono: NDArray[np.float32], seed: int, steps: int = STEPS
    ) -> NDArray[np.float32]:
        """Draw latents [T, LATENTS], 50 ticks a second, of samples [N] at 16 kHz.

        seed   of the noise: the same sound and seed give the same motion
        steps  evaluations a window; with 1 it is a regression: the mean of all possible motions
        """
        return self.latents_of(encode_speech(self.encoder, mono), seed, steps)

    def latents_of(
        self, speech: NDArray[np.float32], seed: int, steps: int = STEPS
    ) -> NDArray[np.float32]:
        """Draw latents [T, LATENTS] of speech features [T, 512], as `latents` does of sound."""
        features = torch.from_numpy(speech)
        noise = _noise(len(features), seed)
        drawn = torch.zeros(len(features), LATENTS)
        start, end = 0, 0
        while end < len(features):
            given = GIVEN_TICKS if start else 0
            first, end = start - given, min(len(features), start - given + WINDOW_TICKS)
            is_given = torch.zeros(1, 1, end - first)
            is_given[..., :given] = 1
            condition = MotionCondition(
                features[first:end].T[None], drawn[first:end].T[None], is_given
            )
            window = self._draw(noise[first:end].T[None], condition, steps)[0].T[given:]
            drawn[start:end] = _fade_in(window, drawn[start:end]) if start else window
            start = end - FADE_TICKS
        return drawn.numpy()

    def _draw(self, noise: torch.Tensor, condition: MotionCondition, steps: int) -> torch.Tensor:
        def denoise(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
            clean: torch.Tensor = self.network(x, t.expand(len(x)), condition)
            return torch.where(condition.is_given > 0, condition.given, clean)

        with torch.inference_mode():
            return sample_ddim(denoise, noise, sampling_times(steps))


def latents_at_frames(
    latents: NDArray[np.float32], first_s: Fraction, rate: Fraction, count: int
) -> NDArray[np.float64]:
    """Return the latents [count, LATENTS] in the middle of each of `count` frames.

    first_s  time of frame 0 in the sound that the latents are of
    """
    frames = np.arange(count) + 0.5
    ticks = (float(first_s) + frames / float(rate)) * TICKS_A_SECOND - 0.5
    if not len(latents):
        return np.zeros((count, LATENTS))
    at = np.arange(len(latents))
    return np.stack([np.interp(ticks, at, column) for column in latents.T], 1)


def amplitude_gain(latents: NDArray) -> float:
    """Return the factor, 1 to MAX_GAIN, that gives latents [T, LATENTS] the spread of speech.

    Voices the network never heard move the lips too little: 0.79 as far as their speakers do, in
    the median of nine clips. The rhythm is right, so a factor puts it right.
    """
    spread = float(latents[:, :_STRONGEST].std(0).mean()) if len(latents) else 0.0
    return min(MAX_GAIN, max(1.0, SPOKEN_SPREAD / max(spread, 1e-6)))


def load_lip_motion(path: Path | None = None) -> LipMotion:
    """Load the shipped lip motion, or that in `path`, with its speech encoder.

    Raises DubError when either is missing, broken, or not the encoder that it was trained with.
    """
    file = path or locate(LIP_MOTION)
    check_kind(file, KIND, "lip motion")
    encoder = locate_encoder(file, "lip motion")
    network = MotionNetwork()
    basis = load_lip_weights(file, network, "lip motion")
    return LipMotion(load_speech_encoder(encoder), network, basis)


def _fade_in(window: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """Return ticks [T, LATENTS] of a window, its first FADE_TICKS mixed with those before."""
    weight = (torch.arange(1, len(window) + 1) / (FADE_TICKS + 1)).clamp(max=1)[:, None]
    return weight * window + (1 - weight) * before


def _noise(count: int, seed: int) -> torch.Tensor:
    """Return noise [count, LATENTS]; a tick's does not depend on how many there are."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((count, LATENTS), generator=generator)
