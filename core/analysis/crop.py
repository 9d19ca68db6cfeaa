"""Crops of plates and of face tracks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import Crop, crop_from_box, crop_from_plate, to_crop
from lipflap.core.face.matte import WORK
from lipflap.core.face.paste import crop_bounds
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import Frame
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo


def track_crops(track: FaceTrack, cuts: Sequence[int] = ()) -> NDArray[np.float64]:
    """Return the similarities [N, 2, 3] from plate to crop for the rows of a track.

    cuts  frames of the shot at which a new camera shot begins

    Smoothed from frame to frame, but not across a cut or a gap in which the face is not visible.
    """
    gaps = np.flatnonzero(np.diff(track.visible.astype(np.int8))) + 1
    rows = (cut - track.first_frame for cut in cuts)
    return crop_from_plate(track.points, [*gaps.tolist(), *(r for r in rows if 0 < r < len(track))])


def extract_crop(plate: Frame, info: MediaInfo, crop_from_plate: NDArray[np.float64]) -> Crop:
    """Return the crop [128, 128, 3] of a plate; only the pixels it needs are converted."""
    left, top, right, bottom = crop_bounds(crop_from_plate, (info.width, info.height))
    box_to_crop = crop_from_box(crop_from_plate, left, top)
    box = colour.Box(left, top, right, bottom)
    return np.asarray(to_crop(colour.rgb(plate, info, box), box_to_crop), np.float32)


def extract_mouth(
    plate: Frame, info: MediaInfo, crop_from_plate: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the work rectangle [64, 96, 3] of the crop of a plate, RGB in 0..1."""
    crop = extract_crop(plate, info, crop_from_plate)
    return crop[WORK.top : WORK.bottom, WORK.left : WORK.right]
