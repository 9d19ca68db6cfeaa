"""Errors read as their docstring shows."""

import doctest

from lipflap.core import errors


def test_the_example_of_an_error_is_true() -> None:
    assert doctest.testmod(errors).attempted == 1
    assert doctest.testmod(errors).failed == 0


def test_what_is_not_known_of_an_error_is_left_out() -> None:
    assert str(errors.DubError("no ffmpeg was found.")) == "no ffmpeg was found."
    assert str(errors.DubError("is empty.", where="a.mov")) == "a.mov: is empty."
