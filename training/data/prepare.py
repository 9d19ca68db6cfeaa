"""Recordings to takes: the code that dubs finds the faces, cuts the crops and hears the sound."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from math import floor
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.dialogue import PREROLL_S, mix_dialogue
from lipflap.core.errors import DubError
from lipflap.core.face.align import crop_from_plate, to_crop
from lipflap.core.face.detect import Detector
from lipflap.core.face.matte import WORK
from lipflap.core.face.track import PointsIn
from lipflap.core.face.warp import warp
from lipflap.core.media.decode import samples
from lipflap.core.recording import Recording
from lipflap.core.voice.log_mel import HOP_SAMPLES, SAMPLE_RATE_HZ, mel_power, normalise_loudness
from lipflap.training.data.dataset import KEPT_PX, MARGIN_PX, POWER_FLOOR_LOG10
from lipflap.training.data.face_segments import analyse_recording, face_segments, usable_segments
from lipflap.training.data.split import SplitPart, by_seconds, validating
from lipflap.training.data.training_clip import LEAD_HOPS, TrainingClip

log = logging.getLogger(__name__)

EDGE_HOPS = 3  # heard on each side and thrown away: there a mel window reaches beyond the sound


def training_clips(
    recordings: Sequence[Recording],
    searches: Sequence[Detector],
    points_in: PointsIn,
    held_out: Sequence[str] = (),
    often: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[TrainingClip]:
    """What can be learnt from the recordings, one take in memory at a time.

    held_out  speakers who validate; () to choose, as `split` does
    often     how many times as often as others a speaker is drawn

    A recording that cannot be read, or in which nobody is seen speaking, is left out with a
    warning. Raises DubError when `held_out` names nobody.
    """
    split = validating(recordings, held_out)
    found: Iterable[SplitPart] = (
        part
        for number, recording in enumerate(recordings)
        for part in parts_of(recording, split is not None and split[number], searches, points_in)
    )
    return prepare_recordings(found if split is not None else by_seconds(list(found)), often)


def prepare_recordings(
    found: Iterable[SplitPart], often: Mapping[str, int] = MappingProxyType({})
) -> Iterator[TrainingClip]:
    """What the parts show and let hear; those of a recording follow one another."""
    for recording, parts in groupby(found, lambda part: part.recording):
        sound = normalise_loudness(mix_dialogue(recording.speeches, recording.seconds, samples))
        for part in parts:
            yield replace(_take(part, sound), weight=often.get(recording.speaker, 1))


def parts_of(
    recording: Recording, validates: bool, searches: Sequence[Detector], points_in: PointsIn
) -> list[SplitPart]:
    """Where in a recording the face that speaks can be learnt from; none, with a warning, where
    it cannot."""
    try:
        scene = analyse_recording(recording, searches, points_in)
        found = list(face_segments(scene, recording.face))
    except DubError as problem:
        log.warning("Left out: %s", problem)
        return []
    learnt = sum(map(len, found))
    if not found:
        log.warning("Left out: nobody is seen speaking in %s for a second.", recording.name)
    else:
        log.info("%s: %d of %d frames", recording.name, learnt, scene.count)
    return [SplitPart(recording, appearance, validates) for appearance in found]


def _take(part: SplitPart, sound: NDArray[np.float32]) -> TrainingClip:
    """sound  of the whole recording, as `heard`"""
    recording, appearance = part.recording, part.appearance
    start, end = appearance.start, appearance.end
    matrices = crop_from_plate(appearance.points)
    kept = matrices.copy()
    kept[:, :, 2] -= (WORK.left - MARGIN_PX, WORK.top - MARGIN_PX)
    frames, crops = [], []
    for row, plate in enumerate(usable_segments(recording, start, end)):
        frames.append(warp(plate, kept[row], KEPT_PX[1], KEPT_PX[0]))
        if part.validates:
            crops.append(to_crop(plate, matrices[row]))
    turned = np.einsum("tij,tkj->tki", matrices[:, :, :2], appearance.points)
    whole = len(appearance) == recording.frames.count
    return TrainingClip(
        name=recording.name if whole else f"{recording.name} {start}-{end}",
        rate=recording.rate,
        frames=np.stack(frames),
        points=(turned + matrices[:, None, :, 2]).astype(np.float32),
        hops=_hops(sound, start, end, recording.rate),
        crops=np.stack(crops) if part.validates else None,
        closed_frames=_closed(part) if part.validates else (),
    )


def _hops(sound: NDArray[np.float32], start: int, end: int, rate: Fraction) -> NDArray[np.float16]:
    """Log10 of mel power [H, 80] from LEAD_HOPS before frame `start` to as much after `end`."""
    spare = (LEAD_HOPS + EDGE_HOPS) * HOP_SAMPLES
    first = round((PREROLL_S + start / rate) * SAMPLE_RATE_HZ) - spare
    count = round((end - start) / rate * SAMPLE_RATE_HZ) + 2 * spare
    power = mel_power(sound[first : first + count]).T[EDGE_HOPS:-EDGE_HOPS]
    return np.log10(np.maximum(power, 10**POWER_FLOOR_LOG10)).astype(np.float16)


def _closed(part: SplitPart) -> tuple[int, ...]:
    """Frames of the appearance at which a b or p begins, where words' times are known."""
    frames, media = part.recording.frames, Path(part.recording.picture.path)
    if frames.step != 1:
        return ()
    times = media.parent / "align" / f"{media.stem}.align"
    first = frames.media_frame(part.appearance.start)
    found = (frame - first for frame in closed_frames(times, part.recording.rate))
    return tuple(frame for frame in found if 0 <= frame < len(part.appearance))


UNITS_A_SECOND = 25_000
CLOSED_WORDS = frozenset({"b", "bin", "blue", "p", "place", "please"})


def closed_frames(align: Path, rate: Fraction) -> tuple[int, ...]:
    """Frames in which a b or p begins; none where there is no such file.

    Lines are `first last word`, in 25,000ths of a second. Raises DubError on others.
    """
    if not align.is_file():
        return ()
    found = []
    for line in align.read_text(encoding="utf-8").splitlines():
        try:
            first, _, word = line.split()
            frame = floor(int(first) * rate / UNITS_A_SECOND)
        except ValueError as problem:
            raise DubError(f"is not a word alignment: {line!r}.", where=str(align)) from problem
        if word in CLOSED_WORDS:
            found.append(frame)
    return tuple(found)
