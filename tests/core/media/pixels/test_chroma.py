"""Chroma filters: a biorthogonal pair by brute force, and interpolation where it should be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lipflap.core.media.pixels.chroma import coverage, downsample, upsample

KINDS = [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 2)]


@pytest.mark.parametrize("log2", KINDS)
@settings(max_examples=25, deadline=None)
@given(size=st.tuples(st.integers(1, 9), st.integers(1, 9)), seed=st.integers(0, 1000))
def test_down_after_up_is_the_same_chroma(
    log2: tuple[int, int], size: tuple[int, int], seed: int
) -> None:
    chroma = np.random.default_rng(seed).normal(size=size).astype(np.float32)
    up = upsample(chroma, log2)
    assert up.shape == (size[0] << log2[1], size[1] << log2[0])
    assert np.abs(downsample(up, log2) - chroma).max() < 1e-5


def test_chroma_sits_on_every_second_column_and_between_rows() -> None:
    """A ramp of luma positions, sampled where chroma sits, comes back as the ramp."""
    columns = np.arange(0, 20, 2, dtype=np.float32)[None].repeat(4, 0)
    assert np.allclose(upsample(columns, (1, 0))[:, :19], np.arange(19))
    rows = (np.arange(0, 20, 2, dtype=np.float32) + 0.5)[:, None].repeat(4, 1)
    assert np.allclose(upsample(rows, (0, 1))[1:-1], np.arange(1, 19)[:, None])
    assert np.allclose(
        downsample(np.arange(21.0, dtype=np.float32)[None], (1, 0))[0, 1:-1], columns[0, 1:]
    )


@pytest.mark.parametrize("log2", KINDS)
def test_coverage_is_the_mean_over_the_luma_of_a_chroma_sample(log2: tuple[int, int]) -> None:
    matte = np.random.default_rng(1).random((11, 13)).astype(np.float32)
    matte[matte < 0.7] = 0
    across, down = 1 << log2[0], 1 << log2[1]
    found = coverage(matte, log2)
    assert found.shape == (-(-11 // down), -(-13 // across))
    for y in range(found.shape[0]):
        for x in range(found.shape[1]):
            ys = np.minimum(np.arange(y * down, (y + 1) * down), 10)
            xs = np.minimum(np.arange(x * across, (x + 1) * across), 12)
            assert found[y, x] == pytest.approx(matte[np.ix_(ys, xs)].mean(), abs=1e-6)
