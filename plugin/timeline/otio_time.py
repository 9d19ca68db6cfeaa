"""Exact seconds of OTIO's times, which are floats."""

from fractions import Fraction
from functools import lru_cache
from math import isfinite
from typing import TypeAlias

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.item_names import describe

_MAX_VALUE = 1e12
_MIN_RATE, _MAX_RATE = 0.01, 1e7  # from a time lapse to samples of sound
_MAX_DENOMINATOR_BITS = 1024

# Parts of a frame that programs count in: 80ths, 1001sts, samples of sound at any usual rates.
_PARTS = 2**8 * 3**2 * 5**3 * 7**2 * 11 * 13

Owner: TypeAlias = otio.core.Composable | str  # of a time: the item that has it, or its name


def seconds(time: otio.opentime.RationalTime, owner: Owner) -> Fraction:
    """Return an OTIO time in exact seconds. Raises DubError when it is no time."""
    value, rate = time.value, time.rate
    if not isfinite(value) or abs(value) > _MAX_VALUE:
        raise DubError(
            f"has an impossible time in the cut: {value}.",
            where=describe(owner),
            fix="Trim the clip again in your editing program, and export the cut again.",
        )
    return _seconds(value, check_rate(rate, owner))


@lru_cache(maxsize=1 << 16)  # every range is asked for several times
def _seconds(value: float, rate: float) -> Fraction:
    return exact_value(value) / exact_rate(rate)


def check_rate(rate: float, owner: Owner) -> float:
    """Return the rate itself. Raises DubError when nothing runs at it."""
    if not _MIN_RATE <= rate <= _MAX_RATE:
        raise DubError(
            f"has an impossible rate in the cut: {rate} a second.",
            where=describe(owner),
            fix="Correct the clip's frame rate in your editing program, and export the cut again.",
        )
    return rate


def check_denominator(time: Fraction, owner: Owner) -> Fraction:
    """Return the time itself. Raises DubError when it sums up too many odd rates to stay exact."""
    if time.denominator.bit_length() > _MAX_DENOMINATOR_BITS:
        raise DubError(
            "mixes so many frame rates that its times cannot be kept exact.",
            where=describe(owner),
            fix="Conform its media to one rate.",
        )
    return time


def exact_value(value: float) -> Fraction:
    """Return the number meant by a float: whole when it is whole to a millionth.

    Its denominator divides one number, so that those of a sum do not grow with the cut.
    """
    if value.is_integer():
        return Fraction(int(value))
    simple = Fraction(value).limit_denominator(1_000_000)
    if _PARTS % simple.denominator == 0:
        return simple
    return Fraction(round(Fraction(value) * _PARTS), _PARTS)


def otio_rate(rate: Fraction) -> float:
    """Return a rate as other programs write it: 23.976, not 23.976023976…"""
    if rate.denominator == 1:
        return float(rate)
    short = round(float(rate), 3)
    return short if exact_rate(short) == rate else float(rate)
