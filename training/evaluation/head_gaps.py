"""Gaps in filmed motion of heads, filled again by models and by baselines.

window   |<--- BEFORE --->|<--- GAP --->|<- AFTER ->|     64 ticks, 2.56 s
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from lipflap.core.motion.head_motion import HeadMotion, Heard
from lipflap.core.motion.head_network import HeadNetwork
from lipflap.core.motion.head_pose import Array
from lipflap.training.evaluation import head_baselines
from lipflap.training.motion.heads import HeadTake

BEFORE, GAP, AFTER = 24, 24, 16
TRIES = 4  # of what draws at random
FILMED, AUTOREGRESSIVE = "filmed", "autoregressive"
HOLD, PING_PONG, CUBIC, ELSEWHERE = "hold", "ping-pong", "cubic", "real, elsewhere"
OWN_SOUND, SHUFFLED_SOUND = "own sound", "shuffled sound"

Filled = Sequence[Array]  # a try each [GAP, HEAD]


@dataclass(frozen=True, slots=True)
class Gap:
    """A window of a take.

    take   number of the take it lies in
    start  its first tick
    """

    take: int
    start: int


def find_gaps(takes: Sequence[HeadTake]) -> list[Gap]:
    """Return the gaps of takes; they do not overlap, what lies beside them may."""
    length = BEFORE + GAP + AFTER
    return [
        Gap(number, start)
        for number, take in enumerate(takes)
        for start in range(0, len(take.own) - length + 1, GAP)
    ]


def window_of(gap: Gap, takes: Sequence[HeadTake]) -> Array:
    """Return the filmed window [64, HEAD] that a gap lies in."""
    return np.asarray(takes[gap.take].own[_rows(gap)], np.float64)


def fill_plainly(gaps: Sequence[Gap], takes: Sequence[HeadTake]) -> Mapping[str, list[Filled]]:
    """Return what was filmed in each gap, and what each baseline without a model puts there."""
    rng = np.random.default_rng(0)
    filled: dict[str, list[Filled]] = {}
    for gap in gaps:
        window = window_of(gap, takes)
        before, after = window[:BEFORE], window[BEFORE + GAP :]
        others = [take.own for n, take in enumerate(takes) if n != gap.take and len(take.own) > GAP]
        tries = {
            FILMED: [window[BEFORE : BEFORE + GAP]],
            HOLD: [head_baselines.hold(before, after, GAP)],
            PING_PONG: [head_baselines.ping_pong(before, after, GAP)],
            CUBIC: [head_baselines.cubic(before, after, GAP)],
        }
        if others:
            tries[ELSEWHERE] = [
                head_baselines.real_elsewhere(before, GAP, others, rng) for _ in range(TRIES)
            ]
        for name, one in tries.items():
            filled.setdefault(name, []).append(one)
    return filled


def fill_with_model(
    motion: HeadMotion, gaps: Sequence[Gap], takes: Sequence[HeadTake], guidance: float = 0.0
) -> list[Filled]:
    """Return what a model draws in each gap; heard with a guidance above 0, to its own sound."""
    return _draw(motion, gaps, gaps, takes, guidance)


def fill_with_other_sound(
    motion: HeadMotion, gaps: Sequence[Gap], takes: Sequence[HeadTake], guidance: float
) -> list[Filled]:
    """Return what a model draws in each gap to the sound of the gap half of all further on."""
    half = len(gaps) // 2
    return _draw(motion, gaps, [*gaps[half:], *gaps[:half]], takes, guidance)


def fill_with_autoregressive(
    network: HeadNetwork, gaps: Sequence[Gap], takes: Sequence[HeadTake]
) -> list[Filled]:
    """Return what the autoregressive prior says in each gap."""
    filled: list[Filled] = []
    for gap in gaps:
        take, rows = takes[gap.take], slice(gap.start, gap.start + BEFORE)
        before = np.concatenate([take.own[rows], take.lips[rows]], 1).astype(np.float64)
        filled.append([head_baselines.autoregressive(network, before, GAP)])
    return filled


def _draw(
    motion: HeadMotion,
    gaps: Sequence[Gap],
    sounds: Sequence[Gap],
    takes: Sequence[HeadTake],
    guidance: float,
) -> list[Filled]:
    """Return what is drawn in each gap to the sound of another, TRIES times."""
    generator = torch.Generator().manual_seed(0)
    filled: list[Filled] = []
    for gap, sound in zip(gaps, sounds, strict=True):
        windows = np.repeat(window_of(gap, takes)[None], TRIES, axis=0)
        is_known = np.ones(windows.shape[:2], bool)
        is_known[:, BEFORE : BEFORE + GAP] = False
        features = takes[sound.take].features[_rows(sound)]
        heard = Heard(np.repeat(features[None], TRIES, axis=0), guidance) if guidance else None
        drawn = motion.fill_windows(windows, is_known, generator, heard)
        filled.append(list(drawn[:, BEFORE : BEFORE + GAP]))
    return filled


def _rows(gap: Gap) -> slice:
    return slice(gap.start, gap.start + BEFORE + GAP + AFTER)
