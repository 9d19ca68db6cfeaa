import numpy as np
import pytest

from lipflap.core.face import landmarks


def test_each_point_is_taken_once_and_the_mirror_image_of_a_mirror_image_is_itself() -> None:
    assert len(set(landmarks.MESH)) == landmarks.COUNT == 72
    assert [landmarks.MIRROR[landmarks.MIRROR[k]] for k in range(landmarks.COUNT)] == list(
        range(landmarks.COUNT)
    )


def test_mirroring_swaps_left_and_right() -> None:
    assert {landmarks.MIRROR[k] for k in landmarks.LEFT_EYE} == set(landmarks.RIGHT_EYE)
    assert landmarks.MIRROR[landmarks.CHIN] == landmarks.CHIN
    assert landmarks.MIRROR[landmarks.MOUTH_CORNERS[0]] == landmarks.MOUTH_CORNERS[1]


def test_opening_is_in_eye_distances_so_that_a_nearer_camera_changes_nothing() -> None:
    points = np.zeros((landmarks.COUNT, 2), np.float32)
    points[list(landmarks.RIGHT_EYE)] = (60, 0)
    upper, lower = landmarks.INNER_LIP_MIDDLES
    points[upper], points[lower] = (30, 70), (30, 79)
    assert landmarks.opening(points) == pytest.approx(0.15)
    assert landmarks.opening(points * 3) == pytest.approx(0.15)
