"""Do these lips say this sound, and how far apart are they: the audio-visual sync network.

    5 frames of a mouth, 200 ms  --see-->  [128]  \\
                                                    cosine: 1 when they belong together
    log-mel of 200 ms            --hear--> [128]  /

After SyncNet (Chung and Zisserman 2016): its job, our network and our weights, so its offsets
and confidences are not the public SyncNet's. Works on a clock of 25 ticks a second, whatever
the rate of the picture.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from lipflap.core.errors import DubError
from lipflap.core.voice.log_mel import HOPS, MELS

TICKS_A_SECOND = 25
CLIP_TICKS = 5
AUDIO_HOPS = 16
MAX_TICKS = 15
KIND = "lipflap sync network 1"


class SyncNetwork(nn.Module):
    """Mouths and sound to points of one space, near each other when they belong together."""

    def __init__(self) -> None:
        super().__init__()
        self.finest = nn.Sequential(_check_clip(CLIP_TICKS, 32))
        self.fine = nn.Sequential(_check_clip(32, 64, 2), _check_clip(64, 64))
        self.middle = nn.Sequential(_check_clip(64, 128, 2), _check_clip(128, 128))
        self.coarse = nn.Sequential(_check_clip(128, 192, 2))
        self.seen = nn.Linear(192 * 4 * 6, 128)
        self.heard = nn.Sequential(
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
        self.sharpness = nn.Parameter(torch.tensor(2.7))

    def see(self, mouths: Tensor) -> Tensor:
        """Unit vectors [B, 128] of looks [B, 5, 3, 64, 96] at the work rectangle, in -1..1."""
        return functional.normalize(self.seen(self.features(mouths)[-1].flatten(1)).float(), dim=1)

    def features(self, mouths: Tensor) -> list[Tensor]:
        """What each stage makes of looks [B, 5, 3, 64, 96], finest first."""
        grey = functional.avg_pool2d(mouths.mean(2), 2)
        grey = grey - grey.mean((1, 2, 3), keepdim=True)
        grey = grey / (grey.std((1, 2, 3), keepdim=True) + 0.05)
        made, x = [], grey.contiguous(memory_format=torch.channels_last)
        for stage in (self.finest, self.fine, self.middle, self.coarse):
            x = stage(x)
            made.append(x)
        return made

    def hear(self, sound: Tensor) -> Tensor:
        """Unit vectors [B, 128] of the middle 200 ms of log-mel windows [B, 80, 32]."""
        first = (HOPS - AUDIO_HOPS) // 2
        heard = self.heard(sound[:, :, first : first + AUDIO_HOPS])
        return functional.normalize(heard.float(), dim=1)


def _check_clip(channels_in: int, channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels, 3, stride, 1), nn.GroupNorm(8, channels), nn.SiLU()
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well lips and sound agree.

    offset_ticks  the picture is this many 25ths of a second late against its sound
    confidence    mean cosine there, less the median over all offsets within +-15 ticks
    """

    offset_ticks: int
    confidence: float

    @property
    def offset_ms(self) -> int:
        return self.offset_ticks * 1000 // TICKS_A_SECOND


def agreement(seen: Tensor, heard: Tensor) -> Agreement | None:
    """Where in `heard` what is `seen` fits best; both [N, 128], one row a tick.

    Rows of NaN in `seen` are ticks with nothing to see. None when no offset has a second of
    ticks to judge by.
    """
    scores = cosines(seen, heard)
    if scores is None:
        return None
    best = int(scores.argmax())
    return Agreement(best - MAX_TICKS, float(scores[best] - scores.median()))


def cosines(seen: Tensor, heard: Tensor) -> Tensor | None:
    """Mean cosines [31] of what is seen with what is heard -15 to +15 ticks earlier."""
    means = []
    for late in range(-MAX_TICKS, MAX_TICKS + 1):
        lips = seen[max(0, late) : len(seen) + min(0, late)]
        sound = heard[max(0, -late) : len(heard) + min(0, -late)]
        each = (lips * sound).sum(1)
        each = each[~each.isnan()]
        if len(each) < TICKS_A_SECOND:
            return None
        means.append(each.mean())
    return torch.stack(means)


def load_sync(path: Path, device: torch.device | None = None) -> SyncNetwork:
    """Raises DubError when the file is damaged or holds something else."""
    try:
        with safe_open(path, "pt") as opened:
            kind = (opened.metadata() or {}).get("kind")
        if kind != KIND:
            raise DubError(f"is not a sync network of this version ({kind}).", where=str(path))
        network = SyncNetwork()
        network.load_state_dict({name: v.float() for name, v in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as problem:
        raise DubError(
            f"cannot be read as a sync network: {problem}.", where=str(path)
        ) from problem
    network.eval().requires_grad_(False)
    return network.to(device=device or "cpu", memory_format=torch.channels_last)  # type: ignore[call-overload]
