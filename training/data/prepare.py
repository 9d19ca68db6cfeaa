"""Recordings to training clips, with the code that dubs: it finds faces and cuts the crops."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.dialogue import PREROLL_S, mix_dialogue
from lipflap.core.errors import DubError
from lipflap.core.face.align import crop_from_plate, points_in_crop, to_crop
from lipflap.core.face.detect import Detector
from lipflap.core.face.matte import WORK
from lipflap.core.face.track import PointsIn
from lipflap.core.face.warp import warp
from lipflap.core.media.decode import samples
from lipflap.core.recording import Recording
from lipflap.core.voice.log_mel import HOP_SAMPLES, SAMPLE_RATE_HZ, mel_power, normalise_loudness
from lipflap.training.data.dataset import KEPT_PX, MARGIN_PX, POWER_FLOOR_LOG10
from lipflap.training.data.face_segments import analyse_recording, face_segments, plates
from lipflap.training.data.split import SplitPart, choose_validating, split_by_seconds
from lipflap.training.data.training_clip import LEAD_HOPS, TrainingClip
from lipflap.training.data.word_times import closed_frames, words_of

log = logging.getLogger(__name__)

EDGE_HOPS = 3  # computed on each side and thrown away: there a mel window overlaps the edge


def training_clips(
    recordings: Sequence[Recording],
    detectors: Sequence[Detector],
    points_in: PointsIn,
    held_out: Sequence[str] = (),
    weights: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[TrainingClip]:
    """Yield training clips of recordings, one in memory at a time.

    held_out  speakers who validate; () to choose, as `split` does
    weights   how many times as often as others a speaker is drawn

    A recording that cannot be read, or in which nobody is seen speaking, is left out with a
    warning. Raises DubError when `held_out` names nobody.
    """
    split = choose_validating(recordings, held_out)
    parts: Iterable[SplitPart] = (
        part
        for number, recording in enumerate(recordings)
        for part in parts_of(recording, split is not None and split[number], detectors, points_in)
    )
    return prepare_parts(parts if split is not None else split_by_seconds(list(parts)), weights)


def prepare_parts(
    parts: Iterable[SplitPart], weights: Mapping[str, int] = MappingProxyType({})
) -> Iterator[TrainingClip]:
    """Yield the training clip of each part; parts of a recording follow one another."""
    for recording, group in groupby(parts, lambda part: part.recording):
        sound = normalise_loudness(mix_dialogue(recording.speeches, recording.seconds, samples))
        for part in group:
            yield replace(_clip(part, sound), weight=weights.get(recording.speaker, 1))


def parts_of(
    recording: Recording, validates: bool, detectors: Sequence[Detector], points_in: PointsIn
) -> list[SplitPart]:
    """Return the parts of a recording from which the speaking face can be learnt.

    None, with a warning, where there are no such parts.
    """
    try:
        scene = analyse_recording(recording, detectors, points_in)
        segments = list(face_segments(scene, recording.face))
    except DubError as error:
        log.warning("Left out: %s: %s", recording.name, error)
        return []
    if not segments:
        log.warning("Left out: nobody is seen speaking in %s for a second.", recording.name)
    else:
        log.info("%s: %d of %d frames", recording.name, sum(map(len, segments)), scene.count)
    return [SplitPart(recording, segment, validates) for segment in segments]


def _clip(part: SplitPart, sound: NDArray[np.float32]) -> TrainingClip:
    """Cut a part's crops and sound.

    sound  of the whole recording, from PREROLL_S before its first frame
    """
    recording, segment = part.recording, part.segment
    start, end = segment.start, segment.end
    matrices = crop_from_plate(segment.points)
    kept = matrices.copy()
    kept[:, :, 2] -= (WORK.left - MARGIN_PX, WORK.top - MARGIN_PX)
    frames, crops = [], []
    for row, plate in enumerate(plates(recording, start, end)):
        frames.append(warp(plate, kept[row], KEPT_PX[1], KEPT_PX[0]))
        if part.validates:
            crops.append(to_crop(plate, matrices[row]))
    is_whole = len(segment) == recording.frames.count
    return TrainingClip(
        name=recording.name if is_whole else f"{recording.name} {start}-{end}",
        rate=recording.rate,
        frames=np.stack(frames),
        points=points_in_crop(segment.points, matrices).astype(np.float32),
        hops=_hops(sound, start, end, recording.rate),
        crops=np.stack(crops) if part.validates else None,
        closed_frames=closed_frames(words_of(part), recording.rate) if part.validates else (),
    )


def _hops(sound: NDArray[np.float32], start: int, end: int, rate: Fraction) -> NDArray[np.float16]:
    """Return log10 of mel power [H, 80] from LEAD_HOPS before `start` to as much after `end`."""
    margin = (LEAD_HOPS + EDGE_HOPS) * HOP_SAMPLES
    first = round((PREROLL_S + start / rate) * SAMPLE_RATE_HZ) - margin
    count = round((end - start) / rate * SAMPLE_RATE_HZ) + 2 * margin
    power = mel_power(sound[first : first + count]).T[EDGE_HOPS:-EDGE_HOPS]
    return np.log10(np.maximum(power, 10**POWER_FLOOR_LOG10)).astype(np.float16)
