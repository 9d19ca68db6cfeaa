"""The patch of a new mouth at plate resolution: its place, colour, matte and grain.

    crop  --colour matched along the rim of MOUTH-->  crop  --plate_from_crop-->  patch and matte

Nothing outside the matte is ever touched; the plate itself is not read or written here. The
matte is that of the lips, within MOUTH and the face: the background behind a cheek stays.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import CROP_PX, crop_from_box
from lipflap.core.face.matte import MOUTH, lips_matte, soft_matte
from lipflap.core.face.warp import warp

Rgb = NDArray[np.float32]

FIT_ROUNDS = 4
OUTLIER_LEVELS = 0.03  # of the range 0..1: greater differences are lips or chin, not light
BESIDE_PX = 2.0  # of the crop: how far the matte reaches over the jaw line at the ears
BELOW_PX = 9.0  # and under the chin, where a mouth that opens wider will push it


@dataclass(frozen=True, slots=True)
class Patch:
    """A new mouth for a plate.

    left, top  plate pixel of its first column and row
    rgb        [h, w, 3] in 0..1
    matte      [h, w] in 0..1, 0 along every edge that is not the plate's own
    """

    left: int
    top: int
    rgb: Rgb
    matte: NDArray[np.float32]


def make_patch(
    painted: Rgb,
    crop: Rgb,
    jaw: NDArray,
    mouth: NDArray,
    crop_from_plate: NDArray,
    plate_size: tuple[int, int],
    opacity: float,
) -> Patch:
    """Make a patch of a painted crop [128, 128, 3].

    crop        [128, 128, 3] of the plate, for its colour
    jaw         [17, 2] in crop pixels, from ear to ear
    mouth       [2] in crop pixels, the middle between its corners
    plate_size  width and height
    """
    left, top, right, bottom = mouth_bounds(crop_from_plate, plate_size)
    crop_from_patch = crop_from_box(crop_from_plate, left, top)
    face = face_matte(jaw)
    matched = match_colour(painted, crop, face)
    rgb = warp_to_plate(crop_from_patch, matched, right - left, bottom - top)
    crop_matte = soft_matte() * face * lips_matte(mouth)
    matte = warp_matte(crop_from_patch, crop_matte, right - left, bottom - top)
    return Patch(left, top, np.clip(rgb, 0, 1), matte * np.float32(opacity))


def mouth_bounds(
    crop_from_plate: NDArray, plate_size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return plate pixels left, top, right, bottom (half-open) that MOUTH covers, at least one."""
    corners = [(x, y) for x in (MOUTH.left, MOUTH.right) for y in (MOUTH.top, MOUTH.bottom)]
    return plate_bounds(crop_from_plate, corners, plate_size)


def crop_bounds(crop_from_plate: NDArray, plate_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return plate pixels left, top, right, bottom (half-open) that the crop covers."""
    corners = [(x, y) for x in (-2, CROP_PX + 1) for y in (-2, CROP_PX + 1)]
    return plate_bounds(crop_from_plate, corners, plate_size)


def face_matte(jaw: NDArray) -> NDArray[np.float32]:
    """Return the matte [128, 128] of a face, a little beyond its jaw [17, 2] in crop pixels."""
    import cv2

    middle = jaw.mean(0)
    down = np.linspace(-1, 1, len(jaw))
    outward = np.sign(jaw[:, 0] - middle[0]) * BESIDE_PX
    reach = jaw + np.stack([outward, BELOW_PX * (1 - down**2)], 1)
    above = np.array([[reach[-1, 0], -CROP_PX], [reach[0, 0], -CROP_PX]])
    face = np.zeros((CROP_PX, CROP_PX), np.float32)
    corners = np.round(np.concatenate([reach, above]) * 16).astype(np.int32)
    cv2.fillPoly(face, [corners], 1.0, cv2.LINE_8, 4)
    return np.asarray(cv2.GaussianBlur(face, (0, 0), 2.5))


def match_colour(painted: Rgb, crop: Rgb, face: NDArray[np.float32]) -> Rgb:
    """Match light and colour of a painted crop to those of the plate along the rim of MOUTH.

    face  matte [128, 128] of the face; nothing outside it is compared

    The difference is fitted by a plane for each channel, over the rim where both show the same
    skin; where they do not, because the jaw moved, Tukey's weights leave it out.
    """
    matte = soft_matte()
    rim = (matte > 0) & (matte < 1) & (face > 0.5)
    if not rim.any():
        return painted
    offset = colour_offset(painted, crop, np.flatnonzero(rim))
    return np.where(matte[..., None] > 0, painted + offset, crop).astype(np.float32)


def warp_to_plate(crop_from_patch: NDArray, crop: Rgb, width_px: int, height_px: int) -> Rgb:
    """Warp a crop [128, 128, ...] to the plate's resolution: [height_px, width_px, ...]."""
    import cv2

    if np.linalg.det(crop_from_patch[:, :2]) > 1:
        return warp(crop, cv2.invertAffineTransform(crop_from_patch), width_px, height_px)
    return np.asarray(
        cv2.warpAffine(
            crop,
            crop_from_patch,
            (width_px, height_px),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def colour_offset(rgb: Rgb, wanted: Rgb, rim: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return a plane for each channel [h, w, 3] that brings `rgb` to `wanted` along a rim.

    rim  indices of pixels, counted row after row
    """
    height, width = rgb.shape[:2]
    across, down = (np.arange(size) / size - 0.5 for size in (width, height))
    rows, columns = np.divmod(rim, width)
    on_rim = np.stack([np.ones(len(rim)), across[columns], down[rows]], -1)
    apart = wanted[rows, columns] - rgb[rows, columns]
    level, slope_x, slope_y = np.stack([_fit_plane(on_rim, one) for one in apart.T], -1)
    offset = level + across[:, None] * slope_x + down[:, None, None] * slope_y
    return np.asarray(offset, np.float32)


def _fit_plane(basis: NDArray, difference: NDArray) -> NDArray:
    """Fit a plane [3] to differences [N] by reweighted least squares."""
    spread = max(OUTLIER_LEVELS, float(np.median(np.abs(difference))))
    plane = np.array([np.median(difference), 0.0, 0.0])
    for _ in range(FIT_ROUNDS):
        off = (difference - basis @ plane) / (3 * spread)
        weighted = basis * np.where(np.abs(off) < 1, (1 - off**2) ** 2, 0)[:, None]
        # The small ridge keeps the plane level where the skin does not determine its slope.
        ridge = len(basis) * np.diag([1e-6, 2e-3, 2e-3])
        plane = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ difference)
    return plane


def warp_matte(
    crop_from_patch: NDArray, crop_matte: NDArray[np.float32], width_px: int, height_px: int
) -> NDArray[np.float32]:
    """Warp a matte [128, 128] of the crop to the plate's resolution, 0 beyond its edge."""
    import cv2

    matte = cv2.warpAffine(
        crop_matte,
        crop_from_patch,
        (width_px, height_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    return np.asarray(matte)


def plate_bounds(
    crop_from_plate: NDArray, corners: list[tuple[int, int]], plate_size: tuple[int, int]
) -> tuple[int, int, int, int]:
    import cv2

    plate_from_crop = cv2.invertAffineTransform(crop_from_plate)
    points = np.array(corners) @ plate_from_crop[:, :2].T + plate_from_crop[:, 2]
    last = np.array(plate_size) - 1
    left, top = np.clip(np.floor(points.min(0)).astype(int) - 1, 0, last).tolist()
    right, bottom = np.clip(np.ceil(points.max(0)).astype(int) + 1, 0, last).tolist()
    return left, top, right + 1, bottom + 1


_SIMILAR_LEVELS = 0.06  # of the range 0..1: greater differences are another surface
SMOOTHED_PX = 1.5  # of the crop: grain fades in and out


def add_grain(patch: Patch, plate: Rgb, painted: Rgb, crop: Rgb, crop_from_plate: NDArray) -> Patch:
    """Add the grain and detail of the plate [h, w, 3] beneath a patch to it.

    painted, crop  [128, 128, 3] in 0..1, the new and the old mouth
    """
    height, width = patch.matte.shape
    crop_from_patch = crop_from_box(crop_from_plate, patch.left, patch.top)
    detail = plate - warp_to_plate(crop_from_patch, crop, width, height)
    similarity = warp_to_plate(crop_from_patch, likeness(painted, crop), width, height)
    rgb = patch.rgb + np.clip(similarity, 0, 1)[..., None] * detail
    return replace(patch, rgb=np.clip(rgb, 0, 1))


def likeness(painted: Rgb, crop: Rgb) -> NDArray[np.float32]:
    """Return how alike two crops [128, 128, 3] are in each pixel [128, 128], 1 to 0."""
    import cv2

    difference = np.abs(painted - crop).max(2).astype(np.float32)
    difference = cv2.GaussianBlur(difference, (0, 0), SMOOTHED_PX)
    return np.exp(-((difference / _SIMILAR_LEVELS) ** 2)).astype(np.float32)
