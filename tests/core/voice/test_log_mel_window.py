from fractions import Fraction

import numpy as np
import pytest

from lipflap.core.voice.log_mel import HOPS, HOPS_A_SECOND, MELS, SILENCE, first_hop, window

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]


@pytest.mark.parametrize("rate", RATES)
def test_the_window_is_centred_on_the_frame_to_half_a_hop(rate: Fraction) -> None:
    for frame in (0, 1, 7, 100, 90_000):
        middle_s = Fraction(first_hop(frame, rate, Fraction(0)) + HOPS // 2, HOPS_A_SECOND)
        assert abs(middle_s - (frame + Fraction(1, 2)) / rate) <= Fraction(1, 2 * HOPS_A_SECOND)


def test_a_ramp_shows_which_hops_a_window_holds() -> None:
    ramp = np.tile(np.arange(400, dtype=np.float32), (MELS, 1))
    seen = window(ramp, 50, Fraction(25))
    assert seen[0].tolist() == [float(h) for h in range(146, 178)]
    later = window(ramp, 50, Fraction(25), origin_s=Fraction(1, 2))
    assert later[0, 0] == seen[0, 0] + HOPS_A_SECOND / 2


def test_beyond_the_sound_there_is_silence() -> None:
    ramp = np.tile(np.arange(100, dtype=np.float32), (MELS, 1))
    before, after = window(ramp, 0, Fraction(25)), window(ramp, 40, Fraction(25))
    assert (before[:, :14] == np.float32(SILENCE)).all()
    assert before[0, 14] == 0
    assert (after == np.float32(SILENCE)).all()
