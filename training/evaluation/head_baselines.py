"""Motions of a head to measure a model against: each fills a gap between what was filmed.

filmed     |--- before ---|         gap         |--- after ---|
hold        ..............................______
ping-pong   ............../ the frames before, backwards, forwards again
cubic       a curve that leaves and arrives with the speed that was filmed
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.motion.head_network import VALUES, WINDOW_TICKS, HeadCondition, HeadNetwork
from lipflap.core.motion.head_pose import HEAD, Array
from lipflap.core.voice.speech_encoder import WIDTH as FEATURES

_SPEED_TICKS = 2  # over which the speed at an end of the gap is measured


def hold(before: Array, after: Array, ticks: int) -> Array:
    """Return the last head filmed before the gap, in each of its `ticks`."""
    return np.repeat(before[-1:], ticks, axis=0)


def ping_pong(before: Array, after: Array, ticks: int) -> Array:
    """Return the heads filmed before the gap, two or more, backwards and forwards in turns."""
    last = len(before) - 1
    return np.asarray(before[np.abs(last - np.arange(1, ticks + 1) % (2 * last))])


def cubic(before: Array, after: Array, ticks: int) -> Array:
    """Return the cubic Hermite curve from one end of the gap to the other."""
    span = ticks + 1
    at = (np.arange(1, ticks + 1) / span)[:, None]
    leave = (before[-1] - before[-1 - _SPEED_TICKS]) / _SPEED_TICKS * span
    arrive = (after[_SPEED_TICKS] - after[0]) / _SPEED_TICKS * span
    return np.asarray(
        (2 * at**3 - 3 * at**2 + 1) * before[-1]
        + (at**3 - 2 * at**2 + at) * leave
        + (3 * at**2 - 2 * at**3) * after[0]
        + (at**3 - at**2) * arrive
    )


def real_elsewhere(
    before: Array, ticks: int, others: Sequence[NDArray], rng: np.random.Generator
) -> Array:
    """Return filmed heads of another place, moved so that they begin where `before` ends.

    others  [T, HEAD], each of more than `ticks` ticks
    """
    other = others[int(rng.integers(len(others)))]
    start = rng.integers(0, len(other) - ticks)
    return np.asarray(other[start + 1 : start + 1 + ticks] - other[start] + before[-1])


def autoregressive(network: HeadNetwork, before: Array, ticks: int) -> Array:
    """Return what the autoregressive prior says follows, tick by tick, without a sound.

    before  [T, VALUES], lips too
    Returns [ticks, HEAD].
    """
    told = np.concatenate([before, np.zeros((ticks, VALUES))])
    for now in range(len(before), len(told)):
        rows = told[max(0, now - WINDOW_TICKS) : now]
        values = torch.zeros(1, min(now + 1, WINDOW_TICKS), VALUES)
        values[0, len(values[0]) - len(rows) :] = torch.from_numpy(rows)
        told[now] = _say_next(network, values)
    return told[len(before) :, :HEAD]


def _say_next(network: HeadNetwork, values: Tensor) -> Array:
    ticks = values.shape[1]
    silence = torch.zeros(1, ticks, FEATURES)
    alone = HeadCondition(values, torch.zeros(1, ticks, 2), silence, torch.zeros(1))
    with torch.inference_mode():
        said: Tensor = network(values, torch.zeros(1), alone)
    return said[0, -1].double().numpy()
