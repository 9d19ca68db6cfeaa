"""Footage of one talking person a file to a SET: the code that dubs cuts the crops."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.face.align import crop_from_plate
from lipflap.core.face.detect import Search
from lipflap.core.face.matte import WORK
from lipflap.core.face.track import PointsIn, follow, tracks_of
from lipflap.core.face.warp import warp
from lipflap.core.media import colour
from lipflap.core.media.decode import pictures, samples
from lipflap.core.media.probe import probe, probe_sound
from lipflap.core.voice.features import levelled, mel_power, resampled
from lipflap.training.footage import KEPT_PX, MARGIN_PX, POWER_FLOOR_LOG10, Clip, write_clips

VALIDATE_EVERY = 19


@dataclass(frozen=True, slots=True)
class Take:
    """One file of footage, ready to learn from, or kept to judge by when it `validates`.

    frames  [T, 80, 112, 3] the work rectangle and what lies around it
    points  [T, 72, 2] in crop pixels
    hops    [H, 80] log10 of mel power
    """

    name: str
    validates: bool
    rate: Fraction
    frames: NDArray[np.uint8]
    points: NDArray[np.float32]
    hops: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Seen:
    """One face from the first to the last frame of a file.

    plates  T pictures [H, W, 3]
    points  [T, 72, 2] in plate pixels
    """

    rate: Fraction
    plates: list[NDArray[np.uint8]]
    points: NDArray[np.float32]


def see(path: Path, searches: Sequence[Search], points_in: PointsIn) -> Seen:
    """Raises DubError when one face is not seen from the first to the last frame."""
    info = probe(str(path))
    plates = [colour.rgb8(frame, info) for frame in pictures(info, range(info.frame_count))]
    sighted = follow(((plate, False) for plate in plates), searches, points_in)
    tracks = tracks_of([face for faces in sighted for face in faces], [])
    whole = [track for track in tracks if len(track) == len(plates) and track.visible.all()]
    if len(whole) != 1:
        raise DubError(
            f"shows {len(whole)} faces throughout; one is needed.",
            where=str(path),
            fix="Cut the footage so that one person is seen from first to last frame.",
        )
    return Seen(info.rate, plates, whole[0].points)


def take(path: Path, searches: Sequence[Search], points_in: PointsIn, *, validates: bool) -> Take:
    """Raises DubError as `see` does, and when there is no sound."""
    seen = see(path, searches, points_in)
    matrices = crop_from_plate(seen.points)
    kept = matrices.copy()
    kept[:, :, 2] -= (WORK.left - MARGIN_PX, WORK.top - MARGIN_PX)
    frames = [warp(p, m, KEPT_PX[1], KEPT_PX[0]) for p, m in zip(seen.plates, kept, strict=True)]
    turned = np.einsum("tij,tkj->tki", matrices[:, :, :2], seen.points)
    points = (turned + matrices[:, None, :, 2]).astype(np.float32)
    return Take(path.stem, validates, seen.rate, np.stack(frames), points, _hops(path))


def _hops(path: Path) -> NDArray[np.float16]:
    sound = probe_sound(str(path))
    mono = samples(str(path), 0, sound.sample_count).mean(0)
    power = mel_power(levelled(resampled(mono, sound.sample_rate_hz)))
    return np.log10(np.maximum(power.T, 10**POWER_FLOOR_LOG10)).astype(np.float16)


def write_set(takes: Iterator[Take], folder: Path) -> list[Clip]:
    """Takes as a SET, one in memory at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    clips: list[Clip] = []
    frame_count = hop_count = 0
    with (folder / "frames.raw").open("wb") as frames, (folder / "hops.raw").open("wb") as hops:
        for one in takes:
            sizes = (frame_count, len(one.frames), hop_count, len(one.hops))
            clips.append(Clip(one.name, *sizes, str(one.rate), one.validates))
            frames.write(one.frames.tobytes())
            hops.write(one.hops.tobytes())
            frame_count, hop_count = frame_count + len(one.frames), hop_count + len(one.hops)
    write_clips(clips, folder)
    return clips
