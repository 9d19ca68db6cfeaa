"""Stretch sound in time and keep its pitch, by FFmpeg's atempo filter."""

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 16


def stretch(sound: NDArray[np.float32], rate_hz: int, speed: Fraction) -> NDArray[np.float32]:
    """Return sound [C, N] played `speed` times as fast: [C, about N / speed] at the same rate.

    What sounds at sample n sounds at n / speed, to a fiftieth of a second.
    """
    return np.concatenate([_stretch(row[None], rate_hz, speed) for row in sound])


def _stretch(mono: NDArray[np.float32], rate_hz: int, speed: Fraction) -> NDArray[np.float32]:
    graph = av.filter.Graph()
    tick = Fraction(1, rate_hz)
    source = graph.add_abuffer(
        sample_rate=rate_hz, format="fltp", layout="mono", channels=1, time_base=tick
    )
    tempo = graph.add("atempo", repr(float(speed)))
    sink = graph.add("abuffersink")
    graph.link_nodes(source, tempo, sink).configure()
    stretched: list[NDArray[np.float32]] = []
    for first in range(0, mono.shape[1], _BLOCK):
        block = np.ascontiguousarray(mono[:, first : first + _BLOCK])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, first, tick
        graph.push(frame)
        stretched += _pull(graph)
    graph.push(None)
    stretched += _pull(graph)
    return np.concatenate([np.zeros((1, 0), np.float32), *stretched], axis=1)


def _pull(graph: av.filter.Graph) -> list[NDArray[np.float32]]:
    """Return the blocks that the graph has ready."""
    blocks: list[NDArray[np.float32]] = []
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return blocks
        assert isinstance(frame, av.AudioFrame)
        blocks.append(np.asarray(frame.to_ndarray(), np.float32))
