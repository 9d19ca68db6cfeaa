"""The network that draws how a head moves: a small transformer over ticks.

A token a tick: [noisy | known value | known flags | sound]. As the prior of TH-PAD, it estimates
what is clean, not the noise; unlike there, of the difference from a curve through what is known
(`gap_curve.py`). With `causal` it is that paper's other prior, the autoregressive one: it sees
the ticks so far and says the next.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lipflap.core.motion.flow_time import TIME_WAVES, time_waves
from lipflap.core.motion.head_pose import HEAD
from lipflap.core.motion.lip_shape import LATENTS
from lipflap.core.voice.speech_encoder import WIDTH as FEATURES

VALUES = HEAD + LATENTS  # of the head, then of the lips
WINDOW_TICKS = 64
WIDTH, LAYERS, HEADS = 144, 4, 6


@dataclass(frozen=True, slots=True)
class HeadCondition:
    """The condition that a window [B, T] of motion is drawn from.

    known     [B, T, VALUES] values where they are known, the curve through them elsewhere
    is_known  [B, T, 2] 1 where the head's are, and where the lips' are; else 0
    features  [B, T, 512] of the sound
    hears     [B] 1 where there is a sound, else 0
    """

    known: Tensor
    is_known: Tensor
    features: Tensor
    hears: Tensor

    @property
    def mask(self) -> Tensor:
        """1 at each value [B, T, VALUES] that is known, else 0."""
        head, lips = self.is_known.split(1, -1)
        return torch.cat([head.expand(-1, -1, HEAD), lips.expand(-1, -1, LATENTS)], -1)


class HeadNetwork(nn.Module):
    """Noisy differences [B, T, VALUES] at times [B] to an estimate of the clean ones.

    causal  a tick sees itself and those before it: values of a tick before to those of this
    `feature_mean` and `feature_spread` [512] are of the training speech.
    """

    feature_mean: Tensor
    feature_spread: Tensor

    def __init__(self, *, causal: bool = False) -> None:
        super().__init__()
        self.causal = causal
        self.register_buffer("feature_mean", torch.zeros(FEATURES))
        self.register_buffer("feature_spread", torch.ones(FEATURES))
        self.sound_in = nn.Linear(FEATURES + 1, WIDTH)
        self.values_in = nn.Linear(2 * VALUES + 2, WIDTH)
        self.positions = nn.Parameter(0.02 * torch.randn(WINDOW_TICKS, WIDTH))
        self.time_embed = nn.Sequential(
            nn.Linear(2 * TIME_WAVES, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH)
        )
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 4 * WIDTH, 0.05, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(WIDTH)
        self.values_out = nn.Linear(WIDTH, VALUES)

    def forward(self, noisy: Tensor, t: Tensor, condition: HeadCondition) -> Tensor:
        ticks = noisy.shape[1]
        hears = condition.hears[:, None, None].expand(-1, ticks, 1)
        features = hears * (condition.features - self.feature_mean) / self.feature_spread
        x = self.values_in(torch.cat([noisy, condition.known, condition.is_known], -1))
        x = x + self.sound_in(torch.cat([features, hears], -1))
        x = x + self.positions[:ticks] + self.time_embed(time_waves(t))[:, None]
        mask = nn.Transformer.generate_square_subsequent_mask(ticks) if self.causal else None
        return self.values_out(self.norm(self.layers(x, mask, is_causal=self.causal)))
