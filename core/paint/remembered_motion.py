"""Lip motion that draws each dialogue once, for all camera shots of a shot that say it."""

from hashlib import sha256
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lipflap.core.motion.lip_shape import LipBasis

Latents = NDArray[np.float32]


class Motion(Protocol):
    """A drawer of lip motion from sound, such as LipMotion."""

    @property
    def basis(self) -> LipBasis: ...

    def latents(self, mono: NDArray[np.float32], seed: int) -> Latents: ...


class RememberedMotion:
    """Another motion, whose latents are drawn once for a sound and a seed."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        self._drawn: dict[tuple[bytes, int], Latents] = {}

    @property
    def basis(self) -> LipBasis:
        return self._motion.basis

    def latents(self, mono: NDArray[np.float32], seed: int) -> Latents:
        """Return latents [T, LATENTS] of samples [N] at 16 kHz."""
        key = (sha256(mono.tobytes()).digest(), seed)
        if key not in self._drawn:
            self._drawn[key] = self._motion.latents(mono, seed)
        return self._drawn[key]
