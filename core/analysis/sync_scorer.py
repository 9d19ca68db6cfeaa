"""The sync judge at work: what it makes of a face and of a sound, 128 numbers a tick.

frame   |  0   |  1   |  2   |  3   |  4   |  5   |   at the picture's own rate
tick    |  0  |  1  |  2  |  3  |  4  |  5  |  6  |   25 a second; shows the frame at its middle
look          [------------ 5 ------------]           about tick 3

Pictures are let go as soon as they were looked at, so that a shot may be of any length.
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
NUMBERS = 128
CLIPS_PER_BATCH, AUDIO_PER_BATCH = 8, 64

Embed = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class SyncScorer:
    """The two halves of a sync network.

    see   looks [B, 5, 3, 64, 96] at the work rectangle, in -1..1 -> unit vectors [B, 128]
    hear  log-mel windows [B, 80, 32] -> unit vectors [B, 128]
    """

    see: Embed
    hear: Embed


def load_sync_scorer() -> SyncScorer:
    """The sync network that is shipped, on the best device there is. Raises DubError."""
    device = best_device()
    network = load_sync(locate("sync"), device)

    def on_device(embed: Embed) -> Embed:
        def embedded(given: Tensor) -> Tensor:
            with torch.inference_mode(), fast_precision(device):
                return embed(given.to(device)).float().cpu()

        return embedded

    return SyncScorer(on_device(network.see), on_device(network.hear))


def frame_at(tick: int, rate: Fraction) -> int:
    """The frame that is shown in the middle of a tick."""
    return floor((tick + Fraction(1, 2)) / RATE * rate)


def ticks_of(frame: int, rate: Fraction) -> range:
    """The ticks in whose middle a frame is shown: none, one or more."""
    first, end = (ceil(f / rate * RATE - Fraction(1, 2)) for f in (frame, frame + 1))
    return range(first, end)


def scored_ticks(frames: range, speaks: NDArray[np.bool_], rate: Fraction) -> tuple[range, Tensor]:
    """The ticks of some frames and MOST_TICKS beyond each end; and [N, 1] which to judge by.

    speaks  [count] frames of the shot in which there is something to say

    With the ends, every tick that is judged finds its sound at every offset.
    """
    first, end = (ticks_of(frame, rate).start for frame in (frames.start, frames.stop))
    ticks = range(first - MAX_TICKS, end + MAX_TICKS)
    judged = [first <= t < end and bool(speaks[frame_at(t, rate)]) for t in ticks]
    return ticks, torch.tensor(judged)[:, None]


@dataclass(slots=True)
class MouthEmbeddings:
    """Remembers how one face looked, tick by tick.

    see   as a Judge sees
    rate  of the picture
    """

    see: Embed
    rate: Fraction
    _rows: dict[int, Tensor] = field(default_factory=dict)
    _mouths: list[Tensor] = field(default_factory=list)
    _next_tick: int = 0

    def show(self, frame: int, mouth: NDArray[np.float32]) -> None:
        """The work rectangle [64, 96, 3] of a frame, RGB in 0..1; frames come in their order."""
        for tick in ticks_of(frame, self.rate):
            if tick != self._next_tick:
                self._remember()
                self._mouths = []
            self._mouths.append(torch.from_numpy(mouth).permute(2, 0, 1) * 2 - 1)
            self._next_tick = tick + 1
            if len(self._mouths) == CLIPS_PER_BATCH + CLIP_TICKS - 1:
                self._remember()

    def seen(self, ticks: range) -> Tensor:
        """[N, 128]; NaN at ticks of whose look not every mouth was shown."""
        self._remember()
        nothing = torch.full((NUMBERS,), torch.nan)
        return torch.stack([self._rows.get(tick, nothing) for tick in ticks])

    def _remember(self) -> None:
        if len(self._mouths) < CLIP_TICKS:
            return
        looks = torch.stack(self._mouths).unfold(0, CLIP_TICKS, 1).permute(0, 4, 1, 2, 3)
        first = self._next_tick - len(self._mouths) + CLIP_TICKS // 2
        self._rows.update(enumerate(self.see(looks), start=first))
        self._mouths = self._mouths[1 - CLIP_TICKS :]


def audio_embeddings(
    hear: Embed, log_mel: NDArray[np.float32], ticks: range, origin_s: Fraction
) -> Tensor:
    """[N, 128] of the sound at ticks, one batch of windows in memory at a time.

    origin_s  time of tick 0 in the sound
    """
    some = (ticks[n : n + AUDIO_PER_BATCH] for n in range(0, len(ticks), AUDIO_PER_BATCH))
    windows = (np.stack([window(log_mel, tick, RATE, origin_s) for tick in few]) for few in some)
    return torch.cat([hear(torch.from_numpy(batch)) for batch in windows])
