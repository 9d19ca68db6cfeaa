"""Heads from footage: the landmarks of who speaks, in the plate, and the sound.

What was found in a recording is kept in a folder, as sentences are (`sentences.py`); those keep
points in the crop, which follows the head and so forgets how it moved.

    FOLDER/DIGEST.safetensors    points and sound of a recording's takes
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.errors import DubError
from lipflap.core.face.align import crop_from_plate, points_in_crop
from lipflap.core.face.detect import Detector
from lipflap.core.face.track import PointsIn
from lipflap.core.model_files import read_metadata
from lipflap.core.motion.head_pose import head_range, measure_heads, to_ticks
from lipflap.core.motion.lip_shape import LipBasis, said_in_own_range
from lipflap.core.recording import Recording
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND, SpeechEncoder, encode_speech
from lipflap.training.fit import save_weights
from lipflap.training.motion.sentences import kept_finds, parts_with_sound

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

    def find(recording: Recording, path: Path) -> None:
        write_heads(_find(recording, detectors, points_in), path)

    for recording, path in kept_finds(recordings, folder, find):
        yield from _read(recording, path)


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
    for part, sound in parts_with_sound(recording, detectors, points_in):
        points = part.segment.points.astype(np.float32)
        yield FilmedHead(recording.speaker, recording.rate, points, sound)


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
