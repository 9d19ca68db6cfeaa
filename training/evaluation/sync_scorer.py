"""The sync network as it measures painted films.

frame   |  0   |  1   |  2   |  3   |  4   |  5   |   at the picture's own rate
tick    |  0  |  1  |  2  |  3  |  4  |  5  |  6  |   25 a second; shows the frame at its middle
clip          [------------ 5 ------------]           mouth clip of tick 3
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import torch
from torch import Tensor

from lipflap.core.device import best_device, fast_precision
from lipflap.core.model_files import locate
from lipflap.training.mouth.sync_network import TICKS_A_SECOND, load_sync

RATE = Fraction(TICKS_A_SECOND)
EMBEDDING_DIM = 128

Embed = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class SyncScorer:
    """The two halves of a sync network.

    embed_video  mouth clips [B, 5, 3, 64, 96] of the work rectangle, in -1..1
                 -> unit vectors [B, 128]
    embed_audio  log-mel windows [B, 80, 32] -> unit vectors [B, 128]
    """

    embed_video: Embed
    embed_audio: Embed


def load_sync_scorer() -> SyncScorer:
    """Load the shipped sync network on the best device there is. Raises DubError."""
    device = best_device()
    network = load_sync(locate("sync"), device)

    def on_device(embed: Embed) -> Embed:
        def embed_on_device(batch: Tensor) -> Tensor:
            with torch.inference_mode(), fast_precision(device):
                return embed(batch.to(device)).float().cpu()

        return embed_on_device

    return SyncScorer(on_device(network.embed_video), on_device(network.embed_audio))


def frame_at(tick: int, rate: Fraction) -> int:
    """Return the frame that is shown in the middle of a tick."""
    return floor((tick + Fraction(1, 2)) / RATE * rate)
