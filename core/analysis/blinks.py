"""Blinks of people in stills: when their eyes shut, and plates in which they do.

A photograph, or a frame that is held, stares. Where that is ordered, the upper lids of whoever gets
a new mouth are drawn down over the eyes now and then; nobody who is filmed is touched.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.extension import Plates
from lipflap.core.analysis.repaint_plan import FacePlan, Scene
from lipflap.core.extension.close_lids import Eye, close_lids, eyes_of, lids_box, with_found_edge
from lipflap.core.extension.eye_guard import why_open
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import Frame
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo
from lipflap.core.motion.blinks import draw_blinks
from lipflap.core.order import DubOrder

MIN_HELD_S = 1


@dataclass(frozen=True, slots=True)
class Lids:
    """The eyes of one face in a frame, and how far they are shut there, above 0."""

    eyes: tuple[Eye, Eye]
    shut: float


@dataclass(frozen=True, slots=True)
class Blinks:
    """The blinks of a shot.

    lids  by number of the frame, of everybody who blinks there
    kept  why eyes of a still stay open, a reason each
    """

    lids: Mapping[int, Sequence[Lids]] = field(default_factory=dict)
    kept: tuple[str, ...] = ()

    def laid(self, plates: Iterable[Frame], first: int, info: MediaInfo) -> Iterator[Frame]:
        """Yield plates from frame `first` on, with the lids of those who blink in them."""
        for number, plate in enumerate(plates, first):
            for one in self.lids.get(number, ()):
                plate = _with_lids(plate, info, one)
            yield plate


NO_BLINKS = Blinks()


def plan_blinks(order: DubOrder, scene: Scene, plans: Sequence[FacePlan], plates: Plates) -> Blinks:
    """Plan the blinks of faces that get new mouths, wherever one frame is held for a second.

    None in frames that stay as they are. Raises DubError where a plate cannot be read.
    """
    stays = np.zeros(order.frames.count, bool)
    for span in order.exclude:
        stays[span.start : span.end] = True
    lids: dict[int, list[Lids]] = {}
    kept: dict[str, None] = {}
    for start, end in _held_frames(plates.media_frames, MIN_HELD_S * order.output.rate):
        for face in _repainted_faces(plans, start, end):
            points = _points_while_held(scene.tracks[face], start, end)
            eyes, reason = _eyes_of_still(points, plates, start)
            if reason:
                kept[reason] = None
                continue
            shut = draw_blinks(end - start, order.output.rate, order.settings.seed + face)
            for frame in np.flatnonzero(_whole(shut, stays[start:end])).tolist():
                lids.setdefault(start + frame, []).append(Lids(eyes, float(shut[frame])))
    return Blinks(lids, tuple(kept))


def _whole(shut: NDArray[np.float64], stays: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return blinks [T] without those of which a frame stays as it is."""
    whole = shut.copy()
    edges = np.flatnonzero(np.diff((shut > 0).astype(np.int8), prepend=0, append=0))
    for start, end in edges.reshape(-1, 2):
        if stays[start:end].any():
            whole[start:end] = 0
    return whole


def _held_frames(media_frames: Sequence[int], least: Fraction) -> Iterator[tuple[int, int]]:
    """Yield the frames [start, end) through which one frame of the media is seen for long."""
    start = 0
    for _, run in groupby(media_frames):
        end = start + len(list(run))
        if end - start >= least:
            yield start, end
        start = end


def _repainted_faces(plans: Sequence[FacePlan], start: int, end: int) -> list[int]:
    """Return the faces that get a new mouth in frames [start, end)."""
    return sorted(
        {
            plan.face
            for plan in plans
            if plan.opacity[max(0, start - plan.first_frame) : max(0, end - plan.first_frame)].any()
        }
    )


def _points_while_held(track: FaceTrack, start: int, end: int) -> NDArray[np.float64]:
    """Return the points [72, 2] of a face that stands still in frames [start, end)."""
    rows = slice(max(0, start - track.first_frame), max(0, end - track.first_frame))
    seen = track.points[rows][track.visible[rows]]
    return np.asarray(np.median(seen, axis=0), np.float64)


def _eyes_of_still(
    points: NDArray[np.float64], plates: Plates, frame: int
) -> tuple[tuple[Eye, Eye], str]:
    """Return the eyes of a face [72, 2] in a plate, and why they stay open, if they do."""
    eyes, info = eyes_of(points), plates.info
    box = colour.Box(*lids_box(eyes, (info.width, info.height)))
    (plate,) = plates.read(frame, frame + 1)
    rgb = colour.rgb(plate, info, box)
    origin = np.array([box.x0, box.y0])
    (left, left_edge), (right, right_edge) = (with_found_edge(eye, rgb, origin) for eye in eyes)
    return (left, right), why_open((left, right), (left_edge, right_edge), rgb, origin)


def _with_lids(plate: Frame, info: MediaInfo, lids: Lids) -> Frame:
    bounds = lids_box(lids.eyes, (info.width, info.height))
    box = colour.Box(*bounds)
    new, matte = close_lids(colour.rgb(plate, info, box), lids.eyes, lids.shut, bounds)
    return colour.composite(plate, info, box, new, matte)
