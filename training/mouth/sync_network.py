"""The sync network of pictures: a loss of the mouth model, and a measure of painted films.

    mouth clip: 5 frames, 200 ms  --embed_video--> [128]  \\
                                                            cosine: 1 when they belong together
    log-mel of 200 ms             --embed_audio--> [128]  /

After SyncNet (Chung and Zisserman 2016): its job, our network and our weights, so its offsets
and confidences are not the public SyncNet's. Works on a clock of 25 ticks a second, whatever
the rate of the picture.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from lipflap.core.network_weights import check_kind, load_weights
from lipflap.core.voice.log_mel import HOPS, MELS

TICKS_A_SECOND = 25
CLIP_TICKS = 5
AUDIO_HOPS = 16
MAX_TICKS = 15
KIND = "lipflap sync network 2"


class SyncNetwork(nn.Module):
    """Embeds mouth clips and sound in one space, near each other when they belong together."""

    def __init__(self) -> None:
        super().__init__()
        self.video_stages = nn.ModuleList(
            [
                nn.Sequential(_conv_block(CLIP_TICKS, 32)),
                nn.Sequential(_conv_block(32, 64, 2), _conv_block(64, 64)),
                nn.Sequential(_conv_block(64, 128, 2), _conv_block(128, 128)),
                nn.Sequential(_conv_block(128, 192, 2)),
            ]
        )
        self.video_proj = nn.Linear(192 * 4 * 6, 128)
        self.audio_encoder = nn.Sequential(
            nn.Conv1d(MELS, 128, 3, padding=1),
            nn.GroupNorm(8, 128),
            nn.SiLU(),
            nn.Conv1d(128, 192, 4, 2, 1),
            nn.GroupNorm(8, 192),
            nn.SiLU(),
            nn.Conv1d(192, 256, 4, 2, 1),
            nn.GroupNorm(8, 256),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(256 * AUDIO_HOPS // 4, 128),
        )
        self.logit_scale = nn.Parameter(torch.tensor(2.7))

    def embed_video(self, clips: Tensor) -> Tensor:
        """Return unit vectors [B, 128] of mouth clips [B, 5, 3, 64, 96] in -1..1."""
        embedding = self.video_proj(self.features(clips)[-1].flatten(1))
        return functional.normalize(embedding.float(), dim=1)

    def features(self, clips: Tensor) -> list[Tensor]:
        """Return the output of each stage for mouth clips [B, 5, 3, 64, 96], finest first."""
        grey = functional.avg_pool2d(clips.mean(2), 2)
        grey = grey - grey.mean((1, 2, 3), keepdim=True)
        grey = grey / (grey.std((1, 2, 3), keepdim=True) + 0.05)
        outputs, x = [], grey.contiguous(memory_format=torch.channels_last)
        for stage in self.video_stages:
            x = stage(x)
            outputs.append(x)
        return outputs

    def embed_audio(self, sound: Tensor) -> Tensor:
        """Return unit vectors [B, 128] of the middle 200 ms of log-mel windows [B, 80, 32]."""
        first = (HOPS - AUDIO_HOPS) // 2
        embedding = self.audio_encoder(sound[:, :, first : first + AUDIO_HOPS])
        return functional.normalize(embedding.float(), dim=1)


def _conv_block(channels_in: int, channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels, 3, stride, 1), nn.GroupNorm(8, channels), nn.SiLU()
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """The fit of lips and sound.

    offset_ticks  the picture is this many 25ths of a second late against its sound
    confidence    mean cosine there, less the median over all offsets within +-15 ticks
    """

    offset_ticks: int
    confidence: float

    @property
    def offset_ms(self) -> int:
        return self.offset_ticks * 1000 // TICKS_A_SECOND


def agreement(video: Tensor, audio: Tensor) -> Agreement | None:
    """Find the offset at which embeddings of mouths and sound fit best; [N, 128], one row a tick.

    Rows of NaN in `video` are ticks without a mouth. None when an offset has less than a second
    of ticks to measure.
    """
    scores = cosines(video, audio)
    if scores is None:
        return None
    best = int(scores.argmax())
    return Agreement(best - MAX_TICKS, float(scores[best] - scores.median()))


def cosines(video: Tensor, audio: Tensor) -> Tensor | None:
    """Return mean cosines [31] of mouths with the sound -15 to +15 ticks earlier; both [N, 128]."""
    means = []
    for late in range(-MAX_TICKS, MAX_TICKS + 1):
        lips = video[max(0, late) : len(video) + min(0, late)]
        sound = audio[max(0, -late) : len(audio) + min(0, -late)]
        products = (lips * sound).sum(1)
        products = products[~products.isnan()]
        if len(products) < TICKS_A_SECOND:
            return None
        means.append(products.mean())
    return torch.stack(means)


def load_sync(path: Path, device: torch.device | None = None) -> SyncNetwork:
    """Load a sync network. Raises DubError when the file is damaged or holds something else."""
    check_kind(path, KIND, "a sync network")
    network = SyncNetwork()
    load_weights(path, network, "a sync network")
    return network.to(device=device or "cpu", memory_format=torch.channels_last)  # type: ignore[call-overload]
