"""Camera cuts inside a clip: one clip of a timeline may hold several camera shots."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Rgb8 = NDArray[np.uint8]

_WINDOW_FRAMES = 2  # frames the detector wants to see on either side of a cut
_DETECTION_PX = 320  # the longer side of what it sees
_BLACK_LEVEL = 16  # darker values are all one: in compressed black, hue is noise


def mark_cuts(pictures: Iterable[Rgb8]) -> Iterator[tuple[Rgb8, bool]]:
    """Each picture [H, W, 3], and whether the camera cut just before it.

    Streamed: holds three pictures. PySceneDetect's adaptive detector judges each change against
    the changes around it, so a fast pan or a shaking camera is not a cut.
    """
    cut_before = _detector()
    held: deque[tuple[Rgb8, Rgb8]] = deque()
    for picture in pictures:
        small = _downscale(picture)
        if not held:
            # The detector judges nothing in its own first frames: let it see ours twice over.
            for _ in range(_WINDOW_FRAMES):
                cut_before(small)
        held.append((picture, small))
        cut = cut_before(small)
        if len(held) > _WINDOW_FRAMES:
            yield held.popleft()[0], cut
    for small in [held[-1][1]] * len(held) if held else []:
        yield held.popleft()[0], cut_before(small)


def _detector() -> Callable[[Rgb8], bool]:
    """Shown one more small picture: did the camera cut just before the one two earlier?"""
    from scenedetect import FrameTimecode
    from scenedetect.detectors import AdaptiveDetector

    detector = AdaptiveDetector(min_scene_len=0, window_width=_WINDOW_FRAMES)
    seen = iter(range(1 << 62))
    return lambda small: bool(detector.process_frame(FrameTimecode(next(seen), fps=25.0), small))


def _downscale(picture: Rgb8) -> Rgb8:
    """A small BGR copy: enough to see a cut."""
    import cv2

    height, width = picture.shape[:2]
    shrink = min(1.0, _DETECTION_PX / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[..., ::-1]
    return np.asarray(np.maximum(small, _BLACK_LEVEL), np.uint8)
