"""Face detection, the embedded default: the Haar cascades of the opencv wheel.

The cascades are quick and give many false positives; the landmark network confirms their boxes.
"""

from collections.abc import Callable, Sequence
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rgb8 = NDArray[np.uint8]
Boxes = NDArray[np.float32]
Detector = Callable[[Rgb8], Boxes]

_DETECTION_PX = 640  # the longer side of the picture that the cascades get
_MIN_FACE_PX = 30  # of a face in that picture
_ROLL_DEGREES = 28.0  # cascades give up near 15 degrees of roll; two turns reach beyond 40
_SAME_FACE_IOU = 0.3  # overlap from which two boxes are one face


def cascade_detectors() -> Sequence[Detector]:
    """Load the detectors: rgb8 [H, W, 3] -> boxes [N, 4] as x0, y0, x1, y1 in its pixels.

    To be tried one after the other until a face is found: upright, with the head on a
    shoulder, in profile.
    """
    frontal = _Cascade("haarcascade_frontalface_default.xml")
    profile = _Cascade("haarcascade_profileface.xml")
    return (
        lambda rgb8: _detect_upright(frontal, rgb8),
        lambda rgb8: _detect_rolled(frontal, rgb8),
        lambda rgb8: _detect_profiles(profile, rgb8),
    )


def iou(box: NDArray, other: NDArray) -> float:
    """Return the intersection of two boxes [4] over their union."""
    x0, y0 = np.maximum(box[:2], other[:2])
    x1, y1 = np.minimum(box[2:], other[2:])
    shared = max(0.0, float(x1 - x0)) * max(0.0, float(y1 - y0))
    areas = [float((b[2] - b[0]) * (b[3] - b[1])) for b in (box, other)]
    return shared / max(sum(areas) - shared, 1e-9)


class _Cascade(local):
    """A cascade, one for each thread: it keeps the picture that it scans in itself."""

    def __init__(self, name: str) -> None:
        import cv2.data

        self.scan: Any = cv2.CascadeClassifier(cv2.data.haarcascades + name).detectMultiScale3


def _detect_upright(cascade: _Cascade, rgb8: Rgb8) -> Boxes:
    grey, shrink = _downscale_grey(rgb8)
    return _suppress_overlaps(*_detect(cascade, grey)) / shrink


def _detect_rolled(cascade: _Cascade, rgb8: Rgb8) -> Boxes:
    """Return boxes of faces leaning to either side, upright about the same middle."""
    import cv2

    grey, shrink = _downscale_grey(rgb8)
    height, width = grey.shape
    boxes, scores = [], []
    for degrees in (-_ROLL_DEGREES, _ROLL_DEGREES):
        turned_from_grey = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        turned = cv2.warpAffine(grey, turned_from_grey, (width, height))
        turned_boxes, confidence = _detect(cascade, turned)
        back = cv2.invertAffineTransform(turned_from_grey)
        middles = (turned_boxes[:, :2] + turned_boxes[:, 2:]) / 2 @ back[:, :2].T + back[:, 2]
        half = (turned_boxes[:, 2:] - turned_boxes[:, :2]) / 2
        boxes.append(np.hstack([middles - half, middles + half]))
        scores.append(confidence)
    return _suppress_overlaps(np.vstack(boxes), np.concatenate(scores)) / shrink


def _detect_profiles(cascade: _Cascade, rgb8: Rgb8) -> Boxes:
    """Return boxes of faces in profile, to the left or, mirrored, to the right."""
    grey, shrink = _downscale_grey(rgb8)
    left, left_scores = _detect(cascade, grey)
    mirrored, right_scores = _detect(cascade, np.ascontiguousarray(grey[:, ::-1]))
    right = mirrored.copy()
    right[:, [0, 2]] = grey.shape[1] - mirrored[:, [2, 0]]
    boxes = np.vstack([left, right])
    return _suppress_overlaps(boxes, np.concatenate([left_scores, right_scores])) / shrink


def _downscale_grey(rgb8: Rgb8) -> tuple[NDArray[np.uint8], float]:
    import cv2

    shrink = min(1.0, _DETECTION_PX / max(rgb8.shape[:2]))
    small = cv2.resize(rgb8, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    return cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)), shrink


def _detect(cascade: _Cascade, grey: NDArray[np.uint8]) -> tuple[Boxes, NDArray[np.float32]]:
    """Return boxes [N, 4] and the cascade's score of each [N]."""
    rectangles, _, scores = cascade.scan(
        grey, 1.2, 4, minSize=(_MIN_FACE_PX, _MIN_FACE_PX), outputRejectLevels=True
    )
    boxes = np.array(rectangles, np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes, np.array(scores, np.float32).reshape(-1)


def _suppress_overlaps(boxes: Boxes, scores: NDArray[np.float32]) -> Boxes:
    """Return the boxes by falling score, without those that overlap a better one."""
    kept: list[NDArray[np.float32]] = []
    for box in boxes[np.argsort(-scores, kind="stable")]:
        if all(iou(box, other) < _SAME_FACE_IOU for other in kept):
            kept.append(box)
    return np.array(kept, np.float32).reshape(-1, 4)
