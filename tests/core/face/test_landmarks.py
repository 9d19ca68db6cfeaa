import numpy as np
import pytest

from lipflap.core.face import landmarks as face


def test_each_point_is_taken_once_and_the_mirror_image_of_a_mirror_image_is_itself() -> None:
    assert len(set(face.MESH)) == face.COUNT == 72
    assert [face.MIRROR[face.MIRROR[k]] for k in range(face.COUNT)] == list(range(face.COUNT))


def test_mirroring_swaps_left_and_right() -> None:
    assert {face.MIRROR[k] for k in face.LEFT_EYE} == set(face.RIGHT_EYE)
    assert face.MIRROR[face.CHIN] == face.CHIN
    assert face.MIRROR[face.MOUTH_CORNERS[0]] == face.MOUTH_CORNERS[1]


def test_opening_is_in_eye_distances_so_that_a_nearer_camera_changes_nothing() -> None:
    points = np.zeros((face.COUNT, 2), np.float32)
    points[list(face.RIGHT_EYE)] = (60, 0)
    upper, lower = face.INNER_LIP_MIDDLES
    points[upper], points[lower] = (30, 70), (30, 79)
    assert face.opening(points) == pytest.approx(0.15)
    assert face.opening(points * 3) == pytest.approx(0.15)
