import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.core.face.align import ANCHOR_POINTS, CANONICAL, CROP_PX, crop_from_plate, to_crop
from lipflap.core.face.landmarks import COUNT


def _points(anchors: NDArray) -> NDArray:
    """Faces [T, 72, 2] with these anchors [T, 7, 2]."""
    points = np.full((len(anchors), COUNT, 2), 1e4)
    points[:, list(ANCHOR_POINTS)] = anchors
    return points


def _turned(angle: float, scale: float, shift: tuple[float, float]) -> NDArray:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.hstack([turn, np.array(shift)[:, None]])


@pytest.mark.parametrize(("angle", "scale"), [(0.0, 1.0), (0.4, 2.5), (-1.2, 0.3)])
def test_a_turned_scaled_face_is_brought_back_to_the_canonical_one(
    angle: float, scale: float
) -> None:
    plate_from_crop = _turned(angle, scale, (300.0, 200.0))
    anchors = CANONICAL @ plate_from_crop[:, :2].T + plate_from_crop[:, 2]
    (found,) = crop_from_plate(_points(anchors[None]))
    assert np.allclose(found, cv2.invertAffineTransform(plate_from_crop), atol=1e-9)


def test_the_fit_is_the_least_squares_one_that_opencv_finds() -> None:
    rng = np.random.default_rng(1)
    anchors = CANONICAL * 1.7 + 40 + rng.normal(0, 2, CANONICAL.shape)
    (found,) = crop_from_plate(_points(anchors[None]))
    unknowns = np.vstack([row for x, y in anchors for row in ([x, -y, 1, 0], [y, x, 0, 1])])
    a, b, x, y = np.linalg.lstsq(unknowns, CANONICAL.ravel(), rcond=None)[0]
    assert np.allclose(found, [[a, -b, x], [b, a, y]])


def test_a_steady_drift_is_followed_without_lag() -> None:
    anchors = CANONICAL[None] + np.arange(20)[:, None, None] * [1.5, 0.5]
    found = crop_from_plate(_points(anchors))
    for t, matrix in enumerate(found):
        assert np.allclose(matrix[:, 2], [-1.5 * t, -0.5 * t], atol=1e-6)


def test_jitter_is_averaged_over_seven_frames_and_never_across_a_cut() -> None:
    rng = np.random.default_rng(2)
    jitter = rng.normal(0, 1, (30, 1, 2))
    anchors = CANONICAL[None] + jitter
    anchors[15:] += 100
    found = crop_from_plate(_points(anchors), cuts=[15])
    shift = -found[:, :, 2]
    assert np.allclose(shift[5], jitter[2:9].mean((0, 1)))
    assert np.allclose(shift[14], jitter[14, 0])
    assert np.allclose(shift[15], jitter[15, 0] + 100)
    assert np.allclose(shift[17], jitter[15:20].mean((0, 1)) + 100)


@pytest.mark.parametrize("scale", [0.9, 0.25])
def test_the_crop_shows_the_plate_where_its_matrix_says(scale: float) -> None:
    rows, columns = np.mgrid[0:600, 0:800].astype(np.float32)
    plate = np.stack([columns, rows, columns + rows], -1)
    matrix = _turned(0.2, scale, (-30.0, -30.0))
    crop = to_crop(plate, matrix)
    inverse = cv2.invertAffineTransform(matrix)
    at = inverse[:, :2] @ (CROP_PX // 2, CROP_PX // 2) + inverse[:, 2]
    assert np.allclose(crop[CROP_PX // 2, CROP_PX // 2], [*at, at.sum()], atol=0.1)


def test_a_crop_far_smaller_than_the_plate_is_averaged_not_sampled() -> None:
    checks = (np.indices((1024, 1024)).sum(0) % 2).astype(np.float32)
    crop = to_crop(np.repeat(checks[..., None], 3, -1), _turned(0.0, 0.125, (0.0, 0.0)))
    assert np.allclose(crop[1:-1, 1:-1], 0.5, atol=0.02)
