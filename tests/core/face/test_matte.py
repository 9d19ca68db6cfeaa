import numpy as np

from lipflap.core.face.align import CANONICAL, CROP_PX
from lipflap.core.face.matte import MOUTH, WORK, soft_matte


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
