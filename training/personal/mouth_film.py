"""A few seconds of film in which an actor's mouths are seen: what a personal model brings along.

    footage    |....[ run ]......[ run ]......|   |...[ run ]....|   runs that differ most
    film       [ run ] # [ run ] # [ run ]                           cut to the head; # is black

It lies beside the model. Shots that are dubbed with the model take mouths from it as from any
other reference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.encode.write_video import write_footage
from lipflap.core.face.align import crop_from_plate, points_in_crop
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.reference.mouth_plan import MouthBank, choose_mouths
from lipflap.training.data.split import SplitPart

MAX_MOUTHS = 300
BESIDE, ABOVE = 0.5, 0.8  # of the points' box: the hair belongs to a face that is to be found


@dataclass(frozen=True, slots=True)
class _Run:
    """Frames [start, end) of a part's recording, and the box that its head lies in."""

    part: SplitPart
    start: int
    end: int
    info: MediaInfo
    box: colour.Box


def write_mouth_film(parts: Sequence[SplitPart], path: Path) -> None:
    """Write a ProRes .mov of the actor's mouths that differ most. Raises DubError.

    parts  in which the actor is seen speaking; only those that train are looked at
    """
    learnt = [part for part in parts if not part.validates]
    runs = [_run(part, start, end) for part, start, end in _chosen(learnt)]
    write_footage(path, _frames(runs), learnt[0].recording.rate, 0)


def _chosen(parts: Sequence[SplitPart]) -> Iterator[tuple[SplitPart, int, int]]:
    """Yield runs of frames [start, end) of parts, in their order."""
    points = [_in_crop(part) for part in parts]
    lengths = [len(one) + 1 for one in points]  # no mouth follows that of another part
    firsts = np.cumsum([0, *lengths])
    numbers = [first + np.arange(len(one)) for first, one in zip(firsts, points, strict=False)]
    count = sum(map(len, points))
    bank = MouthBank(np.concatenate(numbers), np.concatenate(points), np.zeros(count))
    taken = choose_mouths(bank, MAX_MOUTHS).frames
    ends = [0, *(np.flatnonzero(np.diff(taken) > 1) + 1).tolist(), len(taken)]
    for begin, stop in pairwise(ends):
        number = int(np.searchsorted(firsts, taken[begin], side="right")) - 1
        first = int(taken[begin] - firsts[number]) + parts[number].segment.start
        yield parts[number], first, first + stop - begin


def _in_crop(part: SplitPart) -> NDArray[np.float64]:
    points = part.segment.points
    return points_in_crop(points, crop_from_plate(points))


def _run(part: SplitPart, start: int, end: int) -> _Run:
    picture = part.recording.picture
    info = probe(picture.path, picture.first_file, picture.holes)
    first = part.segment.start
    points = part.segment.points[start - first : end - first].reshape(-1, 2)
    low, high = points.min(0), points.max(0)
    x0, y0 = low - (high - low) * (BESIDE, ABOVE)
    x1, y1 = high + (high - low) * BESIDE
    left, top = max(0, int(x0)), max(0, int(y0))
    box = colour.Box(left, top, min(info.width, int(x1)), min(info.height, int(y1)))
    return _Run(part, start, end, info, box)


def _frames(runs: Sequence[_Run]) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of runs [h, w, 3], h and w even, and a black one between two runs."""
    height = max(run.box.y1 - run.box.y0 for run in runs) // 2 * 2 + 2
    width = max(run.box.x1 - run.box.x0 for run in runs) // 2 * 2 + 2
    black = np.zeros((height, width, 3), np.uint8)
    for number, run in enumerate(runs):
        if number:
            yield black
        media_frames = run.part.recording.frames.media_frames()[run.start : run.end]
        for frame in pictures(run.info, media_frames):
            rgb = np.rint(colour.rgb(frame, run.info, run.box) * 255).astype(np.uint8)
            picture = black.copy()
            picture[: rgb.shape[0], : rgb.shape[1]] = rgb
            yield picture
