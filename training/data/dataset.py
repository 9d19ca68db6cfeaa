"""An unpacked SET: arrays of aligned mouths and their sound, clip after clip.

FOLDER/clips.json    a ClipRecord for each clip
FOLDER/frames.raw    [frames, 80, 112, 3] uint8: the work rectangle and 8 px around it
FOLDER/hops.raw      [hops, 80] float16: log10 of the mel power of the normalised sound
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.face.matte import WORK
from lipflap.core.files.atomic import write_text
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.core.voice.log_mel import HOPS, MELS, first_hop

SCHEMA = "lipflap.set/2"
MARGIN_PX = 8
KEPT_PX = (WORK.bottom - WORK.top + 2 * MARGIN_PX, WORK.right - WORK.left + 2 * MARGIN_PX)
POWER_FLOOR_LOG10 = -8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRecord:
    """One clip of a SET, as its index and the index of an unpacked SET list it.

    lead_hops      hops that sound before the first frame
    validates      kept for evaluation; never trains
    closed_frames  at which a b or p begins, where words' times are known
    weight         how often a frame of it is drawn, against one of weight 1
    first_frame, first_hop
                   where it begins in the arrays of an unpacked SET; 0 in a SET, where each clip
                   has files of its own
    """

    name: str
    rate: Fraction
    frame_count: int
    hop_count: int
    validates: bool
    lead_hops: int = 0
    closed_frames: tuple[int, ...] = ()
    weight: float = 1.0
    first_frame: int = 0
    first_hop: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """The clips of a SET, in the order of their files' numbers."""

    clips: tuple[ClipRecord, ...]


@dataclass(frozen=True, slots=True)
class PreparedSet:
    """An unpacked SET, its arrays mapped from disk.

    frames  [frames, 80, 112, 3]
    hops    [hops, 80]
    """

    clips: tuple[ClipRecord, ...]
    frames: NDArray[np.uint8]
    hops: NDArray[np.float16]

    def split(self, *, validates: bool) -> list[ClipRecord]:
        """The clips that validate, or those that train."""
        return [clip for clip in self.clips if clip.validates is validates]


def open_prepared_set(folder: Path) -> PreparedSet:
    """Map an unpacked SET. Raises DubError when the folder holds none."""
    index = folder / "clips.json"
    try:
        if not index.is_file():
            raise FileNotFoundError("it holds neither set.json nor clips.json")
        frames = np.memmap(folder / "frames.raw", np.uint8, "r").reshape(-1, *KEPT_PX, 3)
        hops = np.memmap(folder / "hops.raw", np.float16, "r").reshape(-1, MELS)
    except (OSError, ValueError) as error:
        raise DubError(
            f"is not a prepared set: {error}.",
            where=str(folder),
            fix="Make one with `lipflap train prepare`.",
        ) from error
    return PreparedSet(read_clips(index), frames, hops)


def read_clips(index: Path) -> tuple[ClipRecord, ...]:
    """Read the index of a SET, packed or unpacked. Raises DubError."""
    return from_json(SCHEMA, Index, read_text(index), where=str(index)).clips


def write_clips(clips: Sequence[ClipRecord], index: Path) -> None:
    """Write the index of a SET, packed or unpacked."""
    write_text(index, to_json(SCHEMA, Index(tuple(clips))))


def sound_window(footage: PreparedSet, clip: ClipRecord, frame: int) -> NDArray[np.float32]:
    """Return mel power [80, 32] around a frame of a clip; silence beyond what was kept of it."""
    start = clip.lead_hops + first_hop(frame, clip.rate, Fraction(0))
    power = np.zeros((HOPS, MELS), np.float32)
    low, high = max(0, start), max(0, min(clip.hop_count, start + HOPS))
    kept = footage.hops[clip.first_hop + low : clip.first_hop + high].astype(np.float32)
    power[low - start : low - start + len(kept)] = 10**kept
    return power.T
