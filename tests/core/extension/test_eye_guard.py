"""Eyes that stay open: each reason by a picture that has it alone."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from support.puppets.puppet import Puppet, draw, points_of

from lipflap.core.extension.close_lids import eyes_of, with_found_edge
from lipflap.core.extension.eye_guard import why_open

FACE = Puppet(160, 90, 80)
ORIGIN = np.zeros(2)


def _why(picture: NDArray, face: Puppet = FACE, **eye: NDArray) -> str:
    rgb = np.ascontiguousarray(picture, np.float32) / 255
    left, right = eyes_of(points_of(face))
    found = [with_found_edge(one, rgb, ORIGIN) for one in (replace(left, **eye), right)]
    return why_open((found[0][0], found[1][0]), [edge for _, edge in found], rgb, ORIGIN)


def _with(picture: NDArray, y: slice, x: slice, level: int) -> NDArray:
    picture[y, x] = level
    return picture


def test_eyes_in_plain_sight_may_shut() -> None:
    assert _why(draw([FACE], 320, 240)) == ""


@pytest.mark.parametrize("level", [20, 250])
@pytest.mark.parametrize("thick", [2, 6])
def test_glasses_are_seen_by_the_bridge_across_the_nose(level: int, thick: int) -> None:
    worn = _with(draw([FACE], 320, 240), slice(92, 92 + thick), slice(140, 180), level)
    assert "glasses" in _why(worn)


def test_glare_small_eyes_shut_eyes_and_covered_lids_are_told() -> None:
    glare = _with(draw([FACE], 320, 240), slice(86, 92), slice(112, 122), 255)
    assert "glares" in _why(glare)
    small = Puppet(160, 90, 25)
    assert "too small" in _why(draw([small], 320, 240), small)
    assert "turned" in _why(draw([FACE], 320, 240), right=np.array([126.0, 90.0]))
    lashes = draw([FACE], 320, 240)
    lashes[70:92, 100:140] = 60
    assert "lids are not clearly seen" in _why(lashes)
    low = np.array([120.0, 74.0])
    assert "too little of its upper lids" in _why(draw([FACE], 320, 240), brow=low)


def test_eyes_that_are_nearly_shut_stay_so() -> None:
    picture = draw([FACE], 320, 240)
    picture[60:88] = picture[100, 160]  # skin down to the middle of the eyes
    picture[92:98, 90:230] = picture[100, 160]
    left, right = (
        replace(eye, lower=eye.upper + np.array([0, 5])) for eye in eyes_of(points_of(FACE))
    )
    assert "not open" in why_open((left, right), (1, 1), np.float32(picture / 255), ORIGIN)
