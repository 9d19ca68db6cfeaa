"""Rows of frames on the ticks of a sound, against a line that is known."""

import numpy as np
import pytest

from lipflap.core.motion.ticks import frames_in_ticks, rows_at_ticks


@pytest.mark.parametrize("rate", [24000 / 1001, 25.0, 50.0, 60.0])
def test_what_moves_evenly_does_so_on_ticks_and_holds_at_the_ends(rate: float) -> None:
    middles_s = (np.arange(40) + 0.5) / rate
    rows = np.stack([middles_s, 1 - middles_s], 1)
    first_s = 0.13
    ticks = range(-5, 100)
    shown = rows_at_ticks(rows, frames_in_ticks(ticks, rate, first_s))
    ticks_s = (np.array(ticks) + 0.5) / 50 - first_s
    wanted = np.clip(ticks_s, middles_s[0], middles_s[-1])
    assert np.abs(shown - np.stack([wanted, 1 - wanted], 1)).max() < 1e-12
