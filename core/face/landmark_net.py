"""The landmark network, the embedded default: seventy-two points in one face.

    plate --region--> 96x96 grey --network--> a heat map for each point --mean--> points --> plate

The region is a similarity. From a box it is upright; from points it is turned and scaled with
the face, so a second pass, or the next frame, is easier than the first.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lipflap.core.face.landmarks import COUNT, LEFT_EYE, LIPS, OUTER_LIPS, RIGHT_EYE, Points
from lipflap.core.face.warp import warp
from lipflap.core.model_files import locate
from lipflap.core.network_weights import check_kind, load_weights

INPUT_PX = 96
HEAT_PX = 24
EYE_DISTANCE_PX = 29.0
FACE_MIDDLE_PX = (48.0, 46.0)
KIND = "lipflap landmark network 1"
SURE_SPREAD_PX = 3.5  # of the input: standard deviation of the heat maps of lips in plain sight

# A Haar box against the face in it, measured on the portraits: the middle of eyes and mouth
# lies this far below the box's own middle, and the eyes are this far apart, in box widths.
BOX_MIDDLE_DOWN = 0.09
BOX_EYE_DISTANCE = 0.36


class LandmarkNetwork(nn.Module):
    """Maps grey faces [B, 1, 96, 96], 0..1, to points [B, 72, 2] in input pixels and logits [B].

    Heat maps with their centre of mass as the point: integral regression, Sun et al. 2018
    (arXiv:1711.08229). Between the two comes the standard deviation [B, 72] of each map in pixels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(_layer(1, 24, 2), _layer(24, 48, 2), _layer(48, 48))
        self.middle = nn.Sequential(_layer(48, 96, 2), _layer(96, 96))
        self.coarse = nn.Sequential(_layer(96, 160, 2), _layer(160, 160), _layer(160, 96))
        self.join_middle = _layer(96 + 96, 96)
        self.join_fine = _layer(96 + 48, 96)
        self.heat = nn.Conv2d(96, COUNT, 1)
        self.face = nn.Linear(96, 1)

    def forward(self, grey: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean = grey.mean((2, 3), keepdim=True)
        deviation = grey.std((2, 3), keepdim=True)
        fine = self.fine((grey - mean) / (deviation + 0.02))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        middle = self.join_middle(torch.cat([_upsample2x(coarse), middle], 1))
        heat = self.heat(self.join_fine(torch.cat([_upsample2x(middle), fine], 1))).float()
        points, spread = _soft_argmax(heat)
        return points, spread, self.face(coarse.mean((2, 3))).float().squeeze(1)


def _layer(channels_in: int, channels_out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.SiLU(inplace=True),
    )


def _upsample2x(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _soft_argmax(heat: Tensor) -> tuple[Tensor, Tensor]:
    """Return the centre of mass [B, K, 2] and standard deviation [B, K] of maps, in pixels."""
    mass = heat.flatten(2).softmax(-1).view_as(heat)
    position = (torch.arange(HEAT_PX, device=heat.device) + 0.5) * (INPUT_PX / HEAT_PX)
    across, down = mass.sum(2), mass.sum(3)
    x, y = (across * position).sum(-1), (down * position).sum(-1)
    variance = (across * position**2).sum(-1) - x**2 + (down * position**2).sum(-1) - y**2
    return torch.stack([x, y], -1), variance.clamp(min=0).sqrt()


@dataclass(frozen=True, slots=True)
class Landmarker:
    """The landmark network, ready to find the points of a face in a plate."""

    network: LandmarkNetwork

    def points(self, rgb8: NDArray[np.uint8], region: NDArray) -> tuple[Points, float, float]:
        """Return points [72, 2] in plate pixels, the probability of a face, and that of its lips.

        rgb8    [H, W, 3]
        region  a box [4] as x0, y0, x1, y1, which takes two passes, or points [72, 2] of the
                face nearby, such as those of the frame before, which take one
        """
        if region.shape == (4,):
            region, _, _ = self._run(rgb8, region_from_box(region))
        return self._run(rgb8, region_from_points(region))

    def _run(
        self, rgb8: NDArray[np.uint8], region_from_plate: NDArray
    ) -> tuple[Points, float, float]:
        grey = cut_region(rgb8, region_from_plate)
        with torch.inference_mode():
            points, spread, face = self.network(torch.from_numpy(grey)[None, None])
        plate_from_region = cv2.invertAffineTransform(region_from_plate)
        in_plate = points[0].numpy() @ plate_from_region[:, :2].T + plate_from_region[:, 2]
        lips = min(1.0, SURE_SPREAD_PX / max(float(spread[0, list(LIPS)].mean()), 1e-6))
        return in_plate.astype(np.float32), float(face.sigmoid()), lips


def cut_region(rgb8: NDArray[np.uint8], region_from_plate: NDArray) -> NDArray[np.float32]:
    """Return a region of a plate [H, W, 3] as grey [96, 96] in 0..1."""
    region = warp(rgb8, region_from_plate, INPUT_PX, INPUT_PX)
    return cv2.cvtColor(region, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255


def region_from_box(box: NDArray) -> NDArray[np.float64]:
    """Return the similarity [2, 3] from plate to the region of a face in a Haar box."""
    x0, y0, x1, y1 = (float(v) for v in box)
    scale = EYE_DISTANCE_PX / (BOX_EYE_DISTANCE * (x1 - x0))
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2 + BOX_MIDDLE_DOWN * (y1 - y0)])
    return _similarity(scale, 0.0, middle)


def region_from_points(points: NDArray) -> NDArray[np.float64]:
    """Return the similarity [2, 3] from plate to region: eyes level, at a set distance."""
    left, right = points[list(LEFT_EYE)].mean(0), points[list(RIGHT_EYE)].mean(0)
    mouth = points[list(OUTER_LIPS)].mean(0)
    eyes, across = (left + right) / 2, right - left
    # The eyes of a face in profile are close together: its height sets a lower bound.
    size = max(float(np.linalg.norm(across)), 0.75 * float(np.linalg.norm(mouth - eyes)), 1e-3)
    roll = float(np.arctan2(across[1], across[0]))
    return _similarity(EYE_DISTANCE_PX / size, -roll, (eyes + mouth) / 2)


def _similarity(scale: float, angle: float, middle: NDArray) -> NDArray[np.float64]:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.hstack([turn, (np.array(FACE_MIDDLE_PX) - turn @ middle)[:, None]])


def load_landmarker(path: Path | None = None) -> Landmarker:
    """Load the shipped landmark network, or the one in `path`. Raises DubError."""
    file = path or locate("landmark")
    check_kind(file, KIND, "a landmark network")
    network = LandmarkNetwork()
    load_weights(file, network, "a landmark network")
    return Landmarker(network)
