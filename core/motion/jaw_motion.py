"""How far the lower jaw goes from where it was filmed, when other words are said.

    what is to be said - what the filmed points say --directions of lips and jaw--> moves of the jaw

Filmed points are read through the directions in which lips and jaw move together, and moves are
averaged over frames: single points of a jaw are found with an error that would show as trembling.
"""

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import LIPS
from lipflap.core.motion.lip_shape import ActorLips, Array

MAX_MOVE_PX = 8.0  # of the crop: a plate that is bent further tears at collar and neck
_AVERAGE = np.array([1, 4, 6, 4, 1]) / 16  # over frames


def jaw_moves(
    actor: ActorLips, latents: NDArray, points: NDArray, runs_on: NDArray[np.bool_]
) -> Array:
    """Return how far, in crop pixels, the lower jaw moves [T, 9, 2] from where it was filmed.

    latents  [T, LATENTS] of what is to be said
    points   [T, 72, 2] as filmed, in the crop
    runs_on  [T] frames that follow the one before; nothing is averaged across the others
    """
    said = (latents - actor.latents_of(points)) * actor.spread
    moves = (said @ actor.basis.components).reshape(len(said), -1, 2)[:, len(LIPS) :]
    starts = np.flatnonzero(~runs_on[1:]) + 1
    calm = np.concatenate([_average(run) for run in np.split(moves, starts)])
    part = np.linalg.norm(calm, axis=2, keepdims=True) / MAX_MOVE_PX
    return np.asarray(calm / (1 + part**4) ** 0.25)


def _average(moves: Array) -> Array:
    """Return moves [T, 9, 2], each averaged with those before and after; the ends go on."""
    if not len(moves):
        return moves
    reach = len(_AVERAGE) // 2
    wide = np.pad(moves, ((reach, reach), (0, 0), (0, 0)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, len(_AVERAGE), axis=0)
    return np.asarray(windows @ _AVERAGE)
