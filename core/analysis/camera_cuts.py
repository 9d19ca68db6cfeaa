"""Camera cuts inside a clip: one clip of a timeline may hold several camera shots."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Rgb8 = NDArray[np.uint8]

_WINDOW_FRAMES = 2  # frames the detector needs on either side of a cut
_DETECTION_PX = 320  # the longer side of the pictures it gets
_BLACK_LEVEL = 16  # darker values count as one: in compressed black, hue is noise


def mark_cuts(pictures: Iterable[Rgb8]) -> Iterator[tuple[Rgb8, bool]]:
    """Yield each picture [H, W, 3], and whether the camera cut just before it.

    Streamed: holds three pictures. PySceneDetect's adaptive detector measures each change against
    the changes around it, so a fast pan or a shaking camera is not a cut.
    """
    cut_before = _detector()
    pending: deque[tuple[Rgb8, Rgb8]] = deque()
    for picture in pictures:
        small = _downscale(picture)
        if not pending:
            # The detector finds nothing in its own first frames: it gets ours twice over.
            for _ in range(_WINDOW_FRAMES):
                cut_before(small)
        pending.append((picture, small))
        cut = cut_before(small)
        if len(pending) > _WINDOW_FRAMES:
            yield pending.popleft()[0], cut
    for small in [pending[-1][1]] * len(pending) if pending else []:
        yield pending.popleft()[0], cut_before(small)


def _detector() -> Callable[[Rgb8], bool]:
    """Return a function of one more small picture: did the camera cut before the one two back?"""
    from scenedetect import FrameTimecode
    from scenedetect.detectors import AdaptiveDetector

    detector = AdaptiveDetector(min_scene_len=0, window_width=_WINDOW_FRAMES)
    numbers = iter(range(1 << 62))
    return lambda small: bool(detector.process_frame(FrameTimecode(next(numbers), fps=25.0), small))


def _downscale(picture: Rgb8) -> Rgb8:
    """Return a small BGR copy, enough to find a cut."""
    import cv2

    height, width = picture.shape[:2]
    shrink = min(1.0, _DETECTION_PX / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[..., ::-1]
    return np.asarray(np.maximum(small, _BLACK_LEVEL), np.uint8)
