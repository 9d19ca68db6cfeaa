"""Whether lips say a sound, and how late they are: shapes of lips against speech features.

    points of a face -> what is being said [T, 16] --embed_lips--->  [T, 64]  \\
                                                                               cosine at every lag
    dialogue -> speech features [T, 512] ----------embed_speech-->   [T, 64]  /

SyncNet's job (Chung and Zisserman 2016), done on shapes: no skin, light or camera reaches it, and
each actor's lips are brought to their own range first. So it knows strangers as well as the talkers
it learnt from. Its offsets and confidences are not the public SyncNet's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lipflap.core.model_files import LIP_SYNC, locate
from lipflap.core.motion.lip_shape import LATENTS, LipBasis, said_in_own_range
from lipflap.core.motion.ticks import frames_in_ticks, rows_at_ticks
from lipflap.core.motion.weights import load_lip_weights, locate_encoder
from lipflap.core.network_weights import check_kind
from lipflap.core.voice.speech_encoder import (
    TICKS_A_SECOND,
    SpeechEncoder,
    encode_speech,
    load_speech_encoder,
)
from lipflap.core.voice.speech_encoder import WIDTH as FEATURES

KIND = "lipflap lip sync 1"
MAX_LAG_TICKS = 30  # on each side; what lies further is found nowhere
MIN_TICKS = TICKS_A_SECOND  # a second of speech, or nothing is said about it
EMBEDDING = 64


class LipSyncNetwork(nn.Module):
    """Embeds lips and speech in one space, near each other when they belong together.

    `feature_mean` and `feature_spread` [512] are of the training speech.
    """

    feature_mean: Tensor
    feature_spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("feature_mean", torch.zeros(FEATURES))
        self.register_buffer("feature_spread", torch.ones(FEATURES))
        self.lips = Tower(LATENTS, 96, (1, 2, 4))
        self.speech = Tower(FEATURES, 128, (1, 2))
        self.logit_scale = nn.Parameter(torch.tensor(2.3))

    def embed_lips(self, said: Tensor) -> Tensor:
        """Return unit vectors [B, 64, T] of what lips say [B, 16, T], 50 ticks a second."""
        return self.lips(said)

    def embed_speech(self, features: Tensor) -> Tensor:
        """Return unit vectors [B, 64, T] of speech features [B, 512, T]."""
        return self.speech((features - self.feature_mean[:, None]) / self.feature_spread[:, None])


class Tower(nn.Module):
    """Dilated convolutions over time, [B, C, T] to unit vectors [B, 64, T]."""

    def __init__(self, channels_in: int, channels: int, dilations: Iterable[int]) -> None:
        super().__init__()
        self.drop = nn.Dropout1d(0.1)
        self.conv_in = nn.Conv1d(channels_in, channels, 1)
        self.blocks = nn.ModuleList(_block(channels, dilation) for dilation in dilations)
        self.conv_out = nn.Conv1d(channels, EMBEDDING, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(self.drop(x))
        for block in self.blocks:
            x = x + block(x)
        return functional.normalize(self.conv_out(x), dim=1)


def _block(channels: int, dilation: int) -> nn.Sequential:
    conv = nn.Conv1d(channels, channels, 5, padding=2 * dilation, dilation=dilation)
    return nn.Sequential(conv, nn.GroupNorm(8, channels), nn.SiLU())


@dataclass(frozen=True, slots=True)
class Agreement:
    """The fit of lips and sound.

    offset_ticks  the lips are this many 50ths of a second late against their sound
    confidence    mean cosine there, less the median over all offsets within +-MAX_LAG_TICKS
    """

    offset_ticks: int
    confidence: float

    @property
    def offset_ms(self) -> int:
        """Return how late the lips are in milliseconds, rounded down."""
        return self.offset_ticks * 1000 // TICKS_A_SECOND


@dataclass(frozen=True, slots=True)
class LagScores:
    """The cosines of lips and sound at each lag, -MAX_LAG_TICKS to +MAX_LAG_TICKS, summed.

    sums   [61] over ticks
    ticks  how many
    """

    sums: NDArray[np.float64]
    ticks: int

    def __add__(self, other: "LagScores") -> "LagScores":
        """Return the scores of both stretches of film together."""
        return LagScores(self.sums + other.sums, self.ticks + other.ticks)

    @property
    def means(self) -> NDArray[np.float64]:
        """Return the mean cosine [61] at each lag."""
        return self.sums / max(self.ticks, 1)

    def agreement(self) -> Agreement | None:
        """Return the lag that fits best; None with less than a second of ticks."""
        if self.ticks < MIN_TICKS:
            return None
        best = int(self.means.argmax())
        confidence = float(self.means[best] - np.median(self.means))
        return Agreement(best - MAX_LAG_TICKS, confidence)


@dataclass(frozen=True, slots=True)
class LipSync:
    """The judge of lips and sound.

    embed_lips   what lips say [T, 16] -> unit vectors [T, 64], 50 ticks a second
    embed_sound  samples [N] at 16 kHz -> unit vectors [T, 64]
    """

    basis: LipBasis
    embed_lips: Callable[[Tensor], Tensor]
    embed_sound: Callable[[NDArray[np.float32]], Tensor]

    def lag_scores(
        self,
        points: NDArray,
        counted: NDArray[np.bool_],
        first_s: Fraction,
        rate: Fraction,
        sound: Tensor,
    ) -> LagScores:
        """Return how lips fit a sound at each lag.

        points   [N, 72, 2] of a face in the crop, in successive frames
        counted  [N] frames that are measured
        first_s  time of the first frame in the sound, seconds
        sound    [T, 64] embedded; ticks without sound at some lag are not measured
        """
        ticks = _ticks_of(first_s, len(points) / rate)
        if not ticks:  # a frame or two at a high rate can lie between two of them
            return LagScores(np.zeros(2 * MAX_LAG_TICKS + 1), 0)
        frames = frames_in_ticks(ticks, float(rate), float(first_s))
        said = said_in_own_range(self.basis, points, counted)
        lips = self.embed_lips(torch.from_numpy(rows_at_ticks(said, frames)).float())
        shown = np.clip(np.round(frames).astype(int), 0, len(points) - 1)
        at = np.array(ticks)
        rows = counted[shown] & (at >= MAX_LAG_TICKS) & (at < len(sound) - MAX_LAG_TICKS)
        lags = range(-MAX_LAG_TICKS, MAX_LAG_TICKS + 1)
        sums = [float((lips[rows] * sound[at[rows] - lag]).sum()) for lag in lags]
        return LagScores(np.array(sums), int(rows.sum()))


def _ticks_of(first_s: Fraction, seconds: Fraction) -> range:
    """Return the ticks of a sound whose middles lie in `seconds` from `first_s` on."""
    first, end = (
        ceil(time * TICKS_A_SECOND - Fraction(1, 2)) for time in (first_s, first_s + seconds)
    )
    return range(first, end)


def load_lip_sync(path: Path | None = None, encoder: SpeechEncoder | None = None) -> LipSync:
    """Load the shipped judge, or that in `path`, with its speech encoder.

    encoder  if it is loaded already

    Raises DubError when either is missing, broken, or not the encoder that it was trained with.
    """
    file = path or locate(LIP_SYNC)
    check_kind(file, KIND, "a judge of sync")
    encoder_file = locate_encoder(file, "the judge of sync")
    network = LipSyncNetwork()
    basis = load_lip_weights(file, network, "a judge of sync")
    return make_lip_sync(network, basis, encoder or load_speech_encoder(encoder_file))


def make_lip_sync(network: LipSyncNetwork, basis: LipBasis, encoder: SpeechEncoder) -> LipSync:
    """Make the judge of trained networks."""
    network.eval().requires_grad_(False)

    def embed_lips(said: Tensor) -> Tensor:
        with torch.inference_mode():
            return network.embed_lips(said.T[None])[0].T

    def embed_sound(mono: NDArray[np.float32]) -> Tensor:
        features = torch.from_numpy(encode_speech(encoder, mono))
        with torch.inference_mode():
            return network.embed_speech(features.T[None])[0].T

    return LipSync(basis, embed_lips, embed_sound)
