"""An unpacked SET of drawn mouths, as open as their sound is loud: one number a frame."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.voice.log_mel import MELS
from lipflap.training.data.dataset import (
    KEPT_PX,
    ClipRecord,
    PreparedSet,
    open_prepared_set,
    write_clips,
)

FRAMES, HELD = 40, 4
DOWN, ACROSS = np.mgrid[0 : KEPT_PX[0], 0 : KEPT_PX[1]]


def _drawn(opening: float, skin: int) -> NDArray[np.uint8]:
    """Skin with a dark mouth, 1 to 12 px high."""
    picture = np.full((*KEPT_PX, 3), skin, np.uint8)
    mouth = ((DOWN - 34) / (1 + 11 * opening)) ** 2 + ((ACROSS - 56) / 20) ** 2 < 1
    picture[mouth] = 30
    return picture


def make_drawn_set(folder: Path, clips: int = 6) -> PreparedSet:
    """Write clips of 40 frames at 20 a second, the first of them validating."""
    rng = np.random.default_rng(4)
    rows, frames, hops = [], [], []
    for number in range(clips):
        opening = np.repeat(rng.random(FRAMES // HELD), HELD)
        frames += [_drawn(o, 120 + 100 * number // clips) for o in opening]
        hops += [np.full(MELS, -7 + 6 * o) for o in np.repeat(opening, 4)]
        rows.append(
            ClipRecord(
                name=f"clip{number}",
                rate=Fraction(20),
                frame_count=FRAMES,
                hop_count=4 * FRAMES,
                validates=number == 0,
                first_frame=number * FRAMES,
                first_hop=number * FRAMES * 4,
            )
        )
    folder.mkdir(exist_ok=True)
    np.stack(frames).tofile(folder / "frames.raw")
    np.stack(hops).astype(np.float16).tofile(folder / "hops.raw")
    write_clips(rows, folder / "clips.json")
    return open_prepared_set(folder)
