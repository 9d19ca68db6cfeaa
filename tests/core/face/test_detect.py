"""Cascades are asked about a photograph whose eyes were measured by hand, turned and mirrored."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from lipflap.core.face.detect import cascade_detectors, iou

EYES = np.array([(202.5, 102.0), (247.5, 104.5)])  # of the portrait, by hand, in its 512 pixels


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    data = pytest.importorskip("skimage.data")
    return data.astronaut()


@pytest.fixture(scope="module")
def searches():
    return cascade_detectors()


def seen_at(picture: np.ndarray, picture_from_portrait: np.ndarray, size: tuple[int, int]):
    moved = cv2.warpAffine(picture, picture_from_portrait, size, borderMode=cv2.BORDER_REPLICATE)
    return moved, EYES @ picture_from_portrait[:, :2].T + picture_from_portrait[:, 2]


def holds(box: np.ndarray, eyes: np.ndarray) -> bool:
    """A face's box holds both eyes, and its width is that of a face with such eyes."""
    inside = (eyes > box[:2]).all() and (eyes < box[2:]).all()
    between = np.linalg.norm(eyes[1] - eyes[0])
    return bool(inside) and 1.5 * between < box[2] - box[0] < 4 * between


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_an_upright_face_is_found_at_any_size_and_place(portrait, searches, scale):
    place = np.array([[scale, 0, 40.0], [0, scale, 25.0]])
    picture, eyes = seen_at(portrait, place, (round(640 * scale), round(560 * scale)))
    assert holds(searches[0](picture)[0], eyes)


@pytest.mark.parametrize("degrees", [-30, -24, 24, 30])
def test_a_face_on_a_shoulder_is_found_by_the_second_search(portrait, searches, degrees):
    place = cv2.getRotationMatrix2D((226, 110), degrees, 1.0)
    place[:, 2] += (60, 60)
    picture, eyes = seen_at(portrait, place, (640, 560))
    assert any(holds(box, eyes) for box in searches[1](picture))


def test_a_profile_is_found_whichever_way_it_looks(portrait, searches):
    # No free photograph of a profile is at hand: one that looks left must be found mirrored
    # wherever it is found unmirrored.
    for picture in (portrait, np.ascontiguousarray(portrait[:, ::-1])):
        boxes, mirrored = searches[2](picture), searches[2](np.ascontiguousarray(picture[:, ::-1]))
        back = mirrored.copy()
        back[:, [0, 2]] = picture.shape[1] - mirrored[:, [2, 0]]
        assert len(boxes) == len(back)
        assert np.sort(boxes, 0) == pytest.approx(np.sort(back, 0), abs=1e-3)


def test_nothing_is_found_where_there_is_nothing(searches):
    picture = np.full((360, 640, 3), 90, np.uint8)
    assert [search(picture).shape for search in searches] == [(0, 4)] * 3


def test_overlap_is_the_share_of_common_pixels():
    rng = np.random.default_rng(4)
    for _ in range(50):
        boxes = []
        for _ in range(2):
            x0, y0 = rng.integers(0, 20, 2)
            boxes.append(np.array([x0, y0, x0 + rng.integers(1, 15), y0 + rng.integers(1, 15)]))
        grids = []
        for x0, y0, x1, y1 in boxes:
            grid = np.zeros((40, 40), bool)
            grid[y0:y1, x0:x1] = True
            grids.append(grid)
        expected = (grids[0] & grids[1]).sum() / (grids[0] | grids[1]).sum()
        assert iou(*boxes) == pytest.approx(expected)


def test_shots_that_look_at_the_same_time_do_not_disturb_one_another(portrait, searches):
    pictures = [np.roll(portrait, 37 * k, axis=1)[: 400 + 20 * k] for k in range(4)]
    alone = [searches[0](picture) for picture in pictures]
    with ThreadPoolExecutor(4) as threads:
        seen = list(threads.map(searches[0], pictures * 4))
    for found, expected in zip(seen, alone * 4, strict=True):
        assert np.array_equal(found, expected)
