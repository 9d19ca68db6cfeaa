"""The soft step against the algebra that defines it."""

import numpy as np
import pytest

from lipflap.core.soft_step import soft_step


def test_it_is_the_cubic_that_begins_and_ends_level():
    """Of all cubics a + b x + c x2 + d x3, the one with values 0 and 1, and slopes 0 and 0."""
    conditions = [[1, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0], [0, 1, 2, 3]]
    cubic = np.linalg.solve(conditions, [0, 1, 0, 0])
    at = np.linspace(0, 1, 101)
    assert soft_step(at) == pytest.approx(np.polynomial.Polynomial(cubic)(at), abs=1e-12)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_beyond_its_ends_nothing_changes_and_numbers_keep_their_kind(kind):
    ends = soft_step(np.array([-3, -1e-9, 0, 1, 1 + 1e-9, np.inf], kind))
    assert ends.dtype == kind
    assert ends.tolist() == [0, 0, 0, 1, 1, 1]
