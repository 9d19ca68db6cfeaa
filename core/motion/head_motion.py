"""Motion of a head where none was filmed: drawn so that it meets what is known on either side.

    known      |-- filmed --|                         |-- filmed --|
    window 0   |<---------------- drawn ---------------->|
    window 1                        |<known>|<---- drawn ---->|

Known ticks are laid over the estimate at every step of sampling (mask editing): there what is
drawn, the difference from a curve through them, is 0. A window that follows another knows its end.
Blinks are drawn by themselves (`blinks.py`).
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.diffusion.sampler import sample_ddim
from lipflap.core.diffusion.schedule import sampling_times
from lipflap.core.model_files import HEAD_MOTION, locate
from lipflap.core.motion.blinks import draw_blinks
from lipflap.core.motion.gap_curve import gap_curve
from lipflap.core.motion.head_network import VALUES, WINDOW_TICKS, HeadCondition, HeadNetwork
from lipflap.core.motion.head_pose import HEAD, HEAD_TICKS_A_SECOND, LIDS, Array
from lipflap.core.network_weights import check_kind, load_weights
from lipflap.core.voice.speech_encoder import WIDTH as FEATURES

KIND = "lipflap head motion 1"
AUTOREGRESSIVE_KIND = "lipflap head motion, autoregressive 1"
STEPS = 8
GIVEN_TICKS = 16
BLINK_DEPTH = 3.2  # of an actor's own range: the mean of 84 blinks of GRID's talkers


@dataclass(frozen=True, slots=True)
class Heard:
    """The sound of windows of T ticks.

    features  [B, T, 512], one row a tick
    guidance  weight of the sound: 0 is none, 1 as it was learnt, above it more
    """

    features: NDArray[np.float32]
    guidance: float


@dataclass(frozen=True, slots=True)
class HeadMotion:
    """The network that draws motion of a head."""

    network: HeadNetwork

    def fill(self, own: Array, is_known: NDArray[np.bool_], seed: int, steps: int = STEPS) -> Array:
        """Return heads [T, HEAD] that are `own` where known, and drawn elsewhere.

        own       [T, HEAD] in the actor's own range, 25 a second; any values where not known
        is_known  [T]
        seed      of the noise: the same ticks and seed give the same motion
        """
        drawn, known = np.where(is_known[:, None], own, 0.0), is_known.copy()
        generator = torch.Generator().manual_seed(seed)
        while not known.all():
            start = max(0, int(np.argmin(known)) - GIVEN_TICKS)
            rows = slice(start, start + WINDOW_TICKS)
            window = drawn[rows][None]
            drawn[rows] = self.fill_windows(window, known[rows][None], generator, steps=steps)[0]
            known[rows] = True
        return drawn

    def fill_windows(
        self,
        own: Array,
        is_known: NDArray[np.bool_],
        generator: torch.Generator,
        heard: Heard | None = None,
        steps: int = STEPS,
    ) -> Array:
        """Fill windows [B, T, HEAD] of at most WINDOW_TICKS, as `fill` does.

        heard  what is heard meanwhile; None to draw without a sound
        """
        curves = gap_curves(own, is_known)
        deaf, hearing = _condition(curves, is_known, None), _condition(curves, is_known, heard)
        mask = deaf.mask

        def estimate(x: Tensor, t: Tensor, condition: HeadCondition) -> Tensor:
            clean: Tensor = self.network(x * (1 - mask), t.expand(len(x)), condition)
            return clean * (1 - mask)

        def denoise(x: Tensor, t: Tensor) -> Tensor:
            clean = estimate(x, t, deaf)
            if heard is None or heard.guidance == 0:
                return clean
            return clean + heard.guidance * (estimate(x, t, hearing) - clean)

        noise = torch.randn((*own.shape[:2], VALUES), generator=generator)
        with torch.inference_mode():
            drawn = sample_ddim(denoise, noise, sampling_times(steps))
        away = curves.room * drawn[..., :HEAD].double().numpy()
        heads = curves.curve + away
        for one, known in zip(heads, is_known, strict=True):
            _blink(one, known, generator)
        return np.where(is_known[..., None], own, heads)


def _blink(heads: Array, is_known: NDArray[np.bool_], generator: torch.Generator) -> None:
    """Let heads [T, HEAD] blink where they are not known; each blink lies in there.

    The network learns how lids are held, and when they move with a head; of blinks, which come at
    any time, it draws the average, which is none.
    """
    edges = np.flatnonzero(np.diff((~is_known).astype(np.int8), prepend=0, append=0))
    for start, end in edges.reshape(-1, 2):
        seed = int(torch.randint(1 << 31, (), generator=generator))
        shut = draw_blinks(end - start, Fraction(HEAD_TICKS_A_SECOND), seed)
        heads[start:end, LIDS] -= BLINK_DEPTH * shut[:, None]


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves [B, T, HEAD] of windows, and the room [B, T, 1] about them."""

    curve: Array
    room: Array


def gap_curves(own: Array, is_known: NDArray[np.bool_]) -> Curves:
    """Return the curves through windows [B, T, HEAD] where they are known."""
    found = [gap_curve(*window) for window in zip(own, is_known, strict=True)]
    return Curves(np.stack([curve for curve, _ in found]), np.stack([room for _, room in found]))


def _condition(curves: Curves, is_known: NDArray[np.bool_], heard: Heard | None) -> HeadCondition:
    """Return the condition of windows [B, T, HEAD]: heads as known, lips never."""
    windows, ticks = is_known.shape
    known, flags = torch.zeros(windows, ticks, VALUES), torch.zeros(windows, ticks, 2)
    known[..., :HEAD] = torch.from_numpy(curves.curve)
    flags[..., 0] = torch.from_numpy(is_known)
    features = torch.zeros(windows, ticks, FEATURES)
    if heard is not None:
        features = torch.from_numpy(heard.features)
    hears = torch.full((windows,), float(heard is not None))
    return HeadCondition(known, flags, features, hears)


def load_head_motion(path: Path | None = None) -> HeadMotion:
    """Load the shipped motion of heads, or that in `path`.

    Raises DubError when it is missing, broken or something else.
    """
    return HeadMotion(load_head_network(path or locate(HEAD_MOTION), causal=False))


def load_head_network(file: Path, *, causal: bool) -> HeadNetwork:
    """Load a file's network; `causal` for the autoregressive one. Raises DubError."""
    check_kind(file, AUTOREGRESSIVE_KIND if causal else KIND, "motion of a head")
    network = HeadNetwork(causal=causal)
    load_weights(file, network, "motion of a head")
    return network
