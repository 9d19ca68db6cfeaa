"""Footage in memory: aligned mouths and their sound, clip after clip.

FOLDER/clips.json    name, first frame, frame count, first hop, rate and split of each clip
FOLDER/frames.raw    [frames, 80, 112, 3] uint8: the work rectangle and 8 px around it
FOLDER/hops.raw      [hops, 80] float16: log10 of the mel power of the levelled sound
"""

import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.face.matte import WORK
from lipflap.core.files.atomic import write_text
from lipflap.core.voice.log_mel import HOPS, MELS, first_hop

MARGIN_PX = 8
KEPT_PX = (WORK.bottom - WORK.top + 2 * MARGIN_PX, WORK.right - WORK.left + 2 * MARGIN_PX)
POWER_FLOOR_LOG10 = -8.0


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames [first_frame, +frame_count) and hops [first_hop, +hop_count) of a SET.

    weight     how often a frame of it is drawn, against one of weight 1
    lead_hops  hops that sound before the first frame
    """

    name: str
    first_frame: int
    frame_count: int
    first_hop: int
    hop_count: int
    rate: str
    validates: bool
    weight: float = 1.0
    lead_hops: int = 0


@dataclass(frozen=True, slots=True)
class PreparedSet:
    """A SET, its arrays mapped from disk."""

    clips: tuple[Clip, ...]
    frames: NDArray[np.uint8]
    hops: NDArray[np.float16]

    def split(self, *, validates: bool) -> list[Clip]:
        return [clip for clip in self.clips if clip.validates is validates]


def open_prepared_set(folder: Path) -> PreparedSet:
    """Raises DubError when the folder holds no SET."""
    try:
        rows = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
        frames = np.memmap(folder / "frames.raw", np.uint8, "r").reshape(-1, *KEPT_PX, 3)
        hops = np.memmap(folder / "hops.raw", np.float16, "r").reshape(-1, MELS)
    except (OSError, ValueError) as problem:
        raise DubError(f"is not a prepared set: {problem}.", where=str(folder)) from problem
    return PreparedSet(tuple(Clip(**row) for row in rows), frames, hops)


def write_clips(clips: list[Clip], folder: Path) -> None:
    rows = [asdict(clip) for clip in clips]
    write_text(folder / "clips.json", json.dumps(rows, indent=1))


def sound_window(footage: PreparedSet, clip: Clip, frame: int) -> NDArray[np.float32]:
    """Mel power [80, 32] around a frame of a clip; silence beyond what was kept of its sound."""
    start = clip.lead_hops + first_hop(frame, Fraction(clip.rate), Fraction(0))
    power = np.zeros((HOPS, MELS), np.float32)
    low, high = max(0, start), min(clip.hop_count, start + HOPS)
    kept = footage.hops[clip.first_hop + low : clip.first_hop + high].astype(np.float32)
    power[low - start : low - start + len(kept)] = 10**kept
    return power.T
