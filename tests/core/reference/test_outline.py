"""Outlines drawn for an editor hold what is changed of a plate, and not much more."""

import cv2
import numpy as np
from support.puppets.puppet import Puppet, points_of

from lipflap.core.face.align import crop_from_box
from lipflap.core.face.landmarks import INNER_LIPS, LIPS, LOWER_JAW
from lipflap.core.reference.lay_mouth import SourceMouth, lay_mouth, mouth_box
from lipflap.core.reference.lower_face import bend_lower_face
from lipflap.core.reference.outline import lower_face_outline, mouth_outline

SIZE = (480, 480)
CROP_FROM_PLATE = np.array([[1 / 3, 0.02, -8.0], [-0.02, 1 / 3, 4.0]])
CROP = points_of(Puppet(64, 40, 36, 0.15)).astype(np.float64)
PLATE = (CROP - CROP_FROM_PLATE[:, 2]) @ np.linalg.inv(CROP_FROM_PLATE[:, :2]).T


def inside(outline: np.ndarray) -> np.ndarray:
    area = np.zeros(SIZE[::-1], np.uint8)
    cv2.fillPoly(area, [np.round(outline).astype(np.int32)], 1)
    return area > 0


def test_the_outline_of_a_mouth_is_where_its_matte_is_half():
    x0, y0, x1, y1 = mouth_box([CROP], CROP_FROM_PLATE, SIZE)
    around = np.full((y1 - y0, x1 - x0, 3), 0.5, np.float32)
    source = SourceMouth(around.astype(np.float16), crop_from_box(CROP_FROM_PLATE, x0, y0), CROP)
    patch = lay_mouth([(source, 1.0)], CROP, CROP_FROM_PLATE, (x0, y0), around)
    matte = np.zeros(SIZE[::-1], np.float32)
    matte[y0:y1, x0:x1] = patch.matte
    outlined = inside(mouth_outline(PLATE, CROP_FROM_PLATE))
    assert outlined[matte > 0.75].mean() > 0.99
    assert matte[~outlined].max() < 0.75
    assert outlined.sum() < 1.25 * (matte > 0.5).sum()


def test_the_outline_of_a_lower_face_holds_what_an_opening_mouth_bends_most():
    wanted = CROP.copy()
    wanted[[*LIPS[1:10], *INNER_LIPS[1:10], *LOWER_JAW], 1] += 4
    plate = np.random.default_rng(0).random((*SIZE[::-1], 3)).astype(np.float32)
    changed = np.abs(bend_lower_face(plate, wanted, CROP, CROP_FROM_PLATE).rgb - plate).max(2) > 0.1
    outlined = inside(lower_face_outline(PLATE, CROP_FROM_PLATE))
    assert changed[outlined].mean() > 0.3
    assert changed[~outlined].sum() < 0.35 * changed.sum()
