"""Figures of finished frames, new mouth pasted, beside the same frames as filmed.

Frames come one after the other and are dropped; a few numbers of each are kept.

    finished plate --box around the crop--> rgb at plate resolution --> sharpness, error, seam
                   --crop 128 x 128-------> change from the frame before
                   --landmark network-----> points, found again
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.face.align import Crop, crop_from_box, to_crop
from lipflap.core.face.landmarks import LIPS, MOUTH_CORNERS, Points, eye_distance, opening
from lipflap.core.face.paste import crop_bounds
from lipflap.core.face.track import PointsIn
from lipflap.core.media.decode import Frame
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo
from lipflap.training.evaluation.image_metrics import Region, gradient

RIM_PX, BEYOND_RIM_PX = 6.0, 2.0  # of the crop: how far the rim reaches inwards and outwards
SMOOTHED_PX = 0.5  # of the crop: grain is no step
CHANGED = 1 / 512  # of the range 0..1

Rgb = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """The face in one frame.

    rgb            [h, w, 3] in 0..1, at plate resolution, around the crop
    crop_from_rgb  [2, 3]
    crop           [128, 128, 3]
    points         [72, 2] in the crop, found by the landmark network in this very frame
    """

    rgb: Rgb
    crop_from_rgb: NDArray[np.float64]
    crop: Crop
    points: Points


def view_face(
    picture: Frame, info: MediaInfo, crop_from_plate: NDArray, near: NDArray, points_in: PointsIn
) -> View:
    """View the face of a frame.

    near  [72, 2] points of the face as filmed, in the plate: where the network looks
    """
    left, top, right, bottom = crop_bounds(crop_from_plate, (info.width, info.height))
    crop_from_rgb = crop_from_box(crop_from_plate, left, top)
    rgb = colour.rgb(picture, info, colour.Box(left, top, right, bottom))
    found, _, _ = points_in(colour.rgb8(picture, info), near)
    points = found @ crop_from_plate[:, :2].T + crop_from_plate[:, 2]
    crop = np.asarray(to_crop(rgb, crop_from_rgb), np.float32)
    return View(rgb, crop_from_rgb, crop, points.astype(np.float32))


@dataclass(frozen=True, slots=True)
class FrameFigures:
    """Numbers of one finished frame and of the same as filmed, inside the lips of both.

    sharpness, filmed_sharpness  mean absolute gradient at plate resolution
    error                        mean square difference
    change, filmed_change        mean absolute difference from the frame before; NaN without one
    step, filmed_step            mean gradient across the rim of what was changed; NaN without
    """

    sharpness: float
    filmed_sharpness: float
    error: float
    change: float
    filmed_change: float
    step: float
    filmed_step: float


@dataclass(slots=True)
class FilmObserver:
    """The figures of one finished film, collected frame by frame.

    Only frames in which the new mouth is fully opaque count.
    """

    plan: FacePlan
    figures: list[FrameFigures] = field(default_factory=list)
    openings: NDArray[np.float64] = field(init=False)
    widths: NDArray[np.float64] = field(init=False)
    points: NDArray[np.float64] = field(init=False)
    observed: NDArray[np.bool_] = field(init=False)
    _before: tuple[int, Crop, Crop] | None = None

    def __post_init__(self) -> None:
        self.openings = np.full(len(self.plan.opacity), np.nan)
        self.widths = np.full(len(self.plan.opacity), np.nan)
        self.points = self.plan.points.astype(np.float64)
        self.observed = np.zeros(len(self.plan.opacity), bool)

    def observe(self, frame: int, finished: View, filmed: View) -> None:
        """Measure a frame of the shot."""
        row = frame - self.plan.first_frame
        self.openings[row] = opening(finished.points)
        self.widths[row] = width(finished.points)
        self.points[row] = finished.points
        self.observed[row] = True
        change = filmed_change = float("nan")
        lips = [finished.points[list(LIPS)], filmed.points[list(LIPS)]]
        if self._before is not None and self._before[0] == frame - 1:
            in_crop = hull(np.concatenate(lips), finished.crop.shape[:2])
            change = mean_change(finished.crop, self._before[1], in_crop)
            filmed_change = mean_change(filmed.crop, self._before[2], in_crop)
        self._before = frame, finished.crop, filmed.crop
        rgb_from_crop = cv2.invertAffineTransform(filmed.crop_from_rgb)
        in_rgb = np.concatenate(lips) @ rgb_from_crop[:, :2].T + rgb_from_crop[:, 2]
        around = bounds(in_rgb, filmed.rgb.shape[:2])
        inside = hull(in_rgb, filmed.rgb.shape[:2])[around]
        new, old = finished.rgb[around], filmed.rgb[around]
        scale = float(np.sqrt(abs(np.linalg.det(rgb_from_crop[:, :2]))))
        self.figures.append(
            FrameFigures(
                gradient(new[None, None], inside),
                gradient(old[None, None], inside),
                float(((new - old)[inside] ** 2).mean()),
                change,
                filmed_change,
                *rim_steps(finished.rgb, filmed.rgb, scale),
            )
        )

    def column(self, name: str) -> NDArray[np.float64]:
        """Return one number of every frame measured, those that are NaN left out."""
        values = np.array([getattr(one, name) for one in self.figures])
        return np.asarray(values[~np.isnan(values)])


def width(points: Points) -> float:
    """Return how far the corners of the mouth are apart, as a part of the eye distance."""
    left, right = points[list(MOUTH_CORNERS)]
    return float(np.linalg.norm(right - left)) / max(eye_distance(points), 1e-6)


def hull(points: NDArray, size: tuple[int, int]) -> Region:
    """Return the pixels within the convex hull of points [N, 2], of a picture [h, w]."""
    inside = np.zeros(size, np.uint8)
    corners = cv2.convexHull(np.round(points).astype(np.int32))
    return np.asarray(cv2.fillConvexPoly(inside, corners, 1) > 0)


def bounds(points: NDArray, size: tuple[int, int], margin: float = 1) -> tuple[slice, slice]:
    """Return the rows and columns of a picture [h, w] around points [N, 2]."""
    low = np.clip(np.floor(points.min(0) - margin), 0, None).astype(int)
    high = np.ceil(points.max(0) + margin).astype(int) + 1
    return slice(low[1], min(high[1], size[0])), slice(low[0], min(high[0], size[1]))


def mean_change(picture: Rgb, before: Rgb, inside: Region) -> float:
    """Return the mean absolute difference of two pictures [h, w, 3] in a region."""
    return float(np.abs(picture[inside] - before[inside]).mean())


def rim_steps(finished: Rgb, filmed: Rgb, scale: float) -> tuple[float, float]:
    """Return the mean gradient across the rim of what was changed: finished, and as filmed.

    scale  pixels of the pictures [h, w, 3] that make one of the crop

    The rim runs along the hull of all pixels that differ. NaN when none does.
    """
    changed = (np.abs(finished - filmed) > CHANGED) @ np.ones(3, bool)
    if not changed.any():
        return float("nan"), float("nan")
    rows, columns = np.nonzero(changed)
    points = np.stack([columns, rows], 1)
    around = bounds(points, changed.shape, 3 * BEYOND_RIM_PX * scale)
    inside = hull(points, changed.shape)[around].astype(np.uint8)
    inwards = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    distance = inwards - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    rim = (distance >= -BEYOND_RIM_PX * scale) & (distance <= RIM_PX * scale)
    across = np.stack(np.gradient(cv2.GaussianBlur(distance, (0, 0), scale)))
    across /= np.maximum(np.linalg.norm(across, axis=0), 1e-6)
    steps = []
    for picture in (finished[around], filmed[around]):
        grey = cv2.GaussianBlur(picture.mean(2), (0, 0), SMOOTHED_PX * scale)
        steps.append(float(np.abs((np.stack(np.gradient(grey)) * across).sum(0))[rim].mean()))
    return steps[0], steps[1]
