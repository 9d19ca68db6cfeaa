"""Heads from footage: the landmarks of who speaks, in the plate, and the sound.

What was found in a recording is kept in a folder, as sentences are (`sentences.py`); those keep
points in the crop, which follows the head and so forgets how it moved.

    FOLDER/DIGEST.safetensors    points and sound of a recording's takes
"""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from lipflap.core.analysis.dialogue import PREROLL_S, mix_dialogue
from lipflap.core.errors import DubError
from lipflap.core.face.align import crop_from_plate, points_in_crop
from lipflap.core.face.detect import Detector
from lipflap.core.face.track import PointsIn
from lipflap.core.media.decode import samples
from lipflap.core.model_files import read_metadata
from lipflap.core.motion.head_pose import head_range, measure_heads, to_ticks
from lipflap.core.motion.lip_shape import LipBasis, said_in_own_range
from lipflap.core.recording import Recording
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND, SpeechEncoder, encode_speech
from lipflap.training.data.prepare import parts_of
from lipflap.training.fit import save_weights
from lipflap.training.motion.sentences import LOG_EVERY, recording_digest

log = logging.getLogger(__name__)

KIND = "lipflap heads 1"


@dataclass(frozen=True, slots=True)
class FilmedHead:
    """A take of one talker, T frames.

    points  [T, 72, 2] landmarks in plate pixels
    sound   [N] at 16 kHz, from PREROLL_S before the first frame to PREROLL_S after the last
    """

    talker: str
    rate: Fraction
    points: NDArray[np.float32]
    sound: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HeadTake:
    """A take as motion is learnt from it: T ticks, 25 a second.

    own       [T, HEAD] in the take's own range
    lips      [T, LATENTS] what the lips say
    features  [T, 512] of the sound
    """

    talker: str
    own: NDArray[np.float32]
    lips: NDArray[np.float32]
    features: NDArray[np.float32]


def film_heads(
    recordings: Sequence[Recording],
    detectors: Sequence[Detector],
    points_in: PointsIn,
    folder: Path,
) -> Iterator[FilmedHead]:
    """Yield the heads of recordings; `folder` keeps what was found in them.

    A recording in which nobody is seen speaking is left out with a warning. Raises DubError.
    """
    for number, recording in enumerate(recordings, 1):
        path = folder / f"{recording_digest(recording)}.safetensors"
        if not path.is_file():
            write_heads(_find(recording, detectors, points_in), path)
        yield from _read(recording, path)
        if number % LOG_EVERY == 0:
            log.info("faces: %d of %d recordings", number, len(recordings))


def head_take(head: FilmedHead, basis: LipBasis, encoder: SpeechEncoder) -> HeadTake:
    """Return a take to learn from, or to be measured on."""
    heads, eyes_px = measure_heads(head.points)
    crop = points_in_crop(head.points, crop_from_plate(head.points))
    said = said_in_own_range(basis, crop, np.ones(len(crop), bool))
    own = to_ticks(head_range(heads, eyes_px).to_own(heads), head.rate)
    speech = encode_speech(encoder, head.sound)[PREROLL_S * TICKS_A_SECOND :]
    features = speech[: len(speech) // 2 * 2].reshape(-1, 2, speech.shape[1]).mean(1)
    count = min(len(own), len(features))
    return HeadTake(
        head.talker,
        own[:count].astype(np.float32),
        to_ticks(said, head.rate)[:count].astype(np.float32),
        features[:count].astype(np.float32),
    )


def write_heads(heads: Iterable[FilmedHead], path: Path) -> None:
    """Keep the heads of a recording in a file. Raises DubError."""
    tensors = {}
    for number, head in enumerate(heads):
        tensors[f"{number}.points"] = torch.from_numpy(head.points)
        tensors[f"{number}.sound"] = torch.from_numpy(head.sound).half()
    save_weights(tensors, path, {"kind": KIND, "takes": json.dumps(len(tensors) // 2)})


def _find(
    recording: Recording, detectors: Sequence[Detector], points_in: PointsIn
) -> Iterator[FilmedHead]:
    parts = parts_of(recording, False, detectors, points_in)
    sound = mix_dialogue(recording.speeches, recording.seconds, samples) if parts else None
    for part in parts:
        assert sound is not None
        segment, rate = part.segment, recording.rate
        # The sound begins PREROLL_S before frame 0 of the recording.
        first = round(segment.start / rate * SAMPLE_RATE_HZ)
        end = round((segment.end / rate + 2 * PREROLL_S) * SAMPLE_RATE_HZ)
        points = segment.points.astype(np.float32)
        yield FilmedHead(recording.speaker, rate, points, sound[first:end])


def _read(recording: Recording, path: Path) -> Iterator[FilmedHead]:
    metadata = read_metadata(path)
    if metadata.get("kind") != KIND:
        raise DubError(
            f"does not hold heads of this version ({metadata.get('kind')}).",
            where=str(path),
            fix="Remove it: it is made again.",
        )
    tensors = load_file(path)
    for number in range(json.loads(metadata["takes"])):
        yield FilmedHead(
            recording.speaker,
            recording.rate,
            tensors[f"{number}.points"].numpy(),
            tensors[f"{number}.sound"].float().numpy(),
        )
