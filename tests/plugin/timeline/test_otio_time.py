"""Rates as other programs write them."""

from fractions import Fraction

import pytest

from lipflap.core.frametime import NTSC_RATES
from lipflap.plugin.timeline.otio_time import otio_rate


@pytest.mark.parametrize("rate", [*NTSC_RATES, Fraction(24), Fraction(25), Fraction(25, 2)])
def test_a_rate_is_written_so_that_otio_takes_it_for_the_same(rate: Fraction) -> None:
    written = otio_rate(rate)
    assert abs(written - rate) < Fraction(1, 1000)
    assert len(str(written)) <= 7
