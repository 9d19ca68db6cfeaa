import numpy as np

from lipflap.core.face.align import CANONICAL, CROP_PX
from lipflap.core.face.matte import MOUTH, WORK, lips_matte, soft_matte


def test_the_matte_is_nothing_outside_the_mouth_and_fades_towards_its_rim() -> None:
    matte = soft_matte()
    inside = np.zeros((CROP_PX, CROP_PX), bool)
    MOUTH.of(inside)[:] = True
    assert not matte[~inside].any()
    assert matte[(MOUTH.top + MOUTH.bottom) // 2, CROP_PX // 2] == 1
    row = matte[90, MOUTH.left : MOUTH.left + 12]
    assert (np.diff(row) >= 0).all()
    assert row[0] < 0.05


def test_the_mouth_lies_in_the_work_rectangle_and_below_the_nose() -> None:
    assert WORK.top <= MOUTH.top < MOUTH.bottom <= WORK.bottom
    assert WORK.left <= MOUTH.left < MOUTH.right <= WORK.right
    assert CANONICAL[:, 1].max() < MOUTH.top
    assert (WORK.bottom - WORK.top) % 8 == (WORK.right - WORK.left) % 8 == 0


def test_the_matte_is_the_same_left_and_right() -> None:
    matte = soft_matte()
    assert np.array_equal(MOUTH.of(matte), MOUTH.of(matte)[:, ::-1])


def test_lips_are_shown_whole_and_the_line_of_the_jaw_not_at_all() -> None:
    matte = lips_matte(np.array([60.0, 88.0]))
    assert (matte[80:100, 42:78] > 0.999).all()  # corner to corner of a usual mouth
    assert not matte[:, :18].any()
    assert not matte[:, 105:].any()
    assert not matte[120:].any()
    assert not matte[:62].any()


def test_the_matte_of_the_lips_goes_where_the_mouth_goes() -> None:
    here, there = lips_matte(np.array([60.0, 85.0])), lips_matte(np.array([67.0, 88.0]))
    assert np.array_equal(here[:-3, :-7], there[3:, 7:])
