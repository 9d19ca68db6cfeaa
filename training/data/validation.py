"""The clips a mouth model is evaluated on: sentences it never saw."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.face.matte import WORK

Film = NDArray[np.uint8]
Rows = TypeVar("Rows", bound=NDArray)


@dataclass(frozen=True, slots=True)
class EvalClips:
    """N sentences of T frames, all of one rate.

    names          N
    crops          [N, T, 128, 128, 3] uint8
    sound          [N, T, 80, 32] log-mel around each frame
    closed_frames  N; frames at which a b or p begins and lips must be closed; () where no
                   words' times are known

    Raises ValueError when these do not fit together, DubError when they are under a second.
    """

    names: tuple[str, ...]
    crops: Film
    sound: NDArray[np.float32]
    closed_frames: tuple[tuple[int, ...], ...] = ()
    rate: Fraction = Fraction(25)

    def __post_init__(self) -> None:
        count = len(self.names)
        if not count or len(self.crops) != count or len(self.sound) != count:
            raise ValueError(f"{count} names, {len(self.crops)} films, {len(self.sound)} sounds")
        if self.crops.shape[1] != self.sound.shape[1]:
            raise ValueError(f"{self.crops.shape[1]} frames, {self.sound.shape[1]} of sound")
        if self.closed_frames and len(self.closed_frames) != count:
            raise ValueError(f"{count} names, closed frames of {len(self.closed_frames)}")
        if self.crops.shape[1] < self.rate:
            raise DubError(
                f"has {self.crops.shape[1]} frames; at least a second is needed to evaluate.",
                where=self.names[0],
                fix="Leave shorter clips out of the SET.",
            )

    @property
    def mouths(self) -> Film:
        """The work rectangles of the crops, [N, T, 64, 96, 3]."""
        return self.crops[:, :, WORK.top : WORK.bottom, WORK.left : WORK.right]

    def first(self, count: int) -> "EvalClips":
        """Return the first `count` sentences."""
        return replace(
            self,
            names=self.names[:count],
            crops=self.crops[:count],
            sound=self.sound[:count],
            closed_frames=self.closed_frames[:count],
        )


def mismatched(rows: Rows) -> Rows:
    """Give each sentence of [N, T, ...] the rows of the one before it.

    A single sentence gets its own from half its length later, the end joined to the beginning.
    """
    is_single = len(rows) == 1
    return np.roll(rows, rows.shape[1] // 2, 1) if is_single else np.roll(rows, 1, 0)
