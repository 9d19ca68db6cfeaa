"""The sync network applied to a shot: embeddings of mouths and of sound, tick by tick.

frame   |  0   |  1   |  2   |  3   |  4   |  5   |   at the picture's own rate
tick    |  0  |  1  |  2  |  3  |  4  |  5  |  6  |   25 a second; shows the frame at its middle
clip          [------------ 5 ------------]           mouth clip of tick 3

Pictures are dropped as soon as they are embedded, so that a shot may be of any length.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.device import best_device, fast_precision
from lipflap.core.model_files import locate
from lipflap.core.voice.log_mel import window
from lipflap.core.voice.syncnet import CLIP_TICKS, MAX_TICKS, TICKS_A_SECOND, load_sync

RATE = Fraction(TICKS_A_SECOND)
EMBEDDING_DIM = 128
CLIPS_PER_BATCH, AUDIO_PER_BATCH = 8, 64

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


def ticks_of(frame: int, rate: Fraction) -> range:
    """Return the ticks in whose middle a frame is shown: none, one or more."""
    first, end = (ceil(f / rate * RATE - Fraction(1, 2)) for f in (frame, frame + 1))
    return range(first, end)


def scored_ticks(frames: range, speaks: NDArray[np.bool_], rate: Fraction) -> tuple[range, Tensor]:
    """Return the ticks of frames and MAX_TICKS beyond each end, and which [N, 1] of them count.

    speaks  [count] frames of the shot in which somebody speaks

    With the ends, every tick that counts finds its sound at every offset.
    """
    first, end = (ticks_of(frame, rate).start for frame in (frames.start, frames.stop))
    ticks = range(first - MAX_TICKS, end + MAX_TICKS)
    scored = [first <= t < end and bool(speaks[frame_at(t, rate)]) for t in ticks]
    return ticks, torch.tensor(scored)[:, None]


@dataclass(slots=True)
class MouthEmbeddings:
    """The embeddings of one face's mouth through a shot, tick by tick.

    embed_video  as that of a SyncScorer
    rate         of the picture
    """

    embed_video: Embed
    rate: Fraction
    _rows: dict[int, Tensor] = field(default_factory=dict)
    _mouths: list[Tensor] = field(default_factory=list)
    _next_tick: int = 0

    def add(self, frame: int, mouth: NDArray[np.float32]) -> None:
        """Add the work rectangle [64, 96, 3] of a frame, RGB in 0..1; frames come in order."""
        for tick in ticks_of(frame, self.rate):
            if tick != self._next_tick:
                self._embed_pending()
                self._mouths = []
            self._mouths.append(torch.from_numpy(mouth).permute(2, 0, 1) * 2 - 1)
            self._next_tick = tick + 1
            if len(self._mouths) == CLIPS_PER_BATCH + CLIP_TICKS - 1:
                self._embed_pending()

    def embeddings(self, ticks: range) -> Tensor:
        """Return [N, 128] for ticks; NaN where a mouth of the clip is missing."""
        self._embed_pending()
        missing = torch.full((EMBEDDING_DIM,), torch.nan)
        return torch.stack([self._rows.get(tick, missing) for tick in ticks])

    def _embed_pending(self) -> None:
        if len(self._mouths) < CLIP_TICKS:
            return
        clips = torch.stack(self._mouths).unfold(0, CLIP_TICKS, 1).permute(0, 4, 1, 2, 3)
        first = self._next_tick - len(self._mouths) + CLIP_TICKS // 2
        self._rows.update(enumerate(self.embed_video(clips), start=first))
        self._mouths = self._mouths[1 - CLIP_TICKS :]


def audio_embeddings(
    embed_audio: Embed, log_mel: NDArray[np.float32], ticks: range, origin_s: Fraction
) -> Tensor:
    """Return embeddings [N, 128] of the sound at ticks, one batch of windows in memory at a time.

    origin_s  time of tick 0 in the sound
    """
    batches = (ticks[n : n + AUDIO_PER_BATCH] for n in range(0, len(ticks), AUDIO_PER_BATCH))
    windows = (np.stack([window(log_mel, t, RATE, origin_s) for t in batch]) for batch in batches)
    return torch.cat([embed_audio(torch.from_numpy(batch)) for batch in windows])
