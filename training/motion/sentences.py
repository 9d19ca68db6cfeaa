"""Sentences from footage: the landmarks of who speaks, and the sound.

Finding faces takes longest by far, so what was found in a recording is kept in a folder; a second
run, or one that goes on after a stop, reads it there.

    FOLDER/DIGEST.safetensors    points and sound of a recording's sentences
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from lipflap.core.analysis.dialogue import PREROLL_S, mix_dialogue
from lipflap.core.errors import DubError
from lipflap.core.face.align import crop_from_plate, points_in_crop
from lipflap.core.face.detect import Detector
from lipflap.core.face.track import PointsIn
from lipflap.core.media.decode import samples
from lipflap.core.model_files import read_metadata
from lipflap.core.recording import Recording
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.training.data.prepare import parts_of
from lipflap.training.data.split import SplitPart
from lipflap.training.data.word_times import Word, closed_frames, words_of
from lipflap.training.fit import save_weights

log = logging.getLogger(__name__)

KIND = "lipflap sentences 2"
LOG_EVERY = 20


@dataclass(frozen=True, slots=True)
class FilmedSentence:
    """A stretch of a recording in which one talker is seen and heard, T frames.

    points  [T, 72, 2] landmarks in crop pixels
    sound   [N] at 16 kHz, from PREROLL_S before the first frame to PREROLL_S after the last
    words   said in it, where their times are known
    """

    name: str
    talker: str
    rate: Fraction
    points: NDArray[np.float32]
    sound: NDArray[np.float32]
    words: tuple[Word, ...] = ()

    @property
    def closed_frames(self) -> tuple[int, ...]:
        """The frames at which a b or p begins."""
        return closed_frames(self.words, self.rate)


def film_sentences(
    recordings: Sequence[Recording],
    detectors: Sequence[Detector],
    points_in: PointsIn,
    folder: Path,
) -> Iterator[FilmedSentence]:
    """Yield the sentences of recordings; `folder` keeps what was found in them.

    A recording in which nobody is seen speaking is left out with a warning. Raises DubError.
    """

    def find(recording: Recording, path: Path) -> None:
        _write(_find(recording, detectors, points_in), path)

    for recording, path in kept_finds(recordings, folder, find):
        yield from _read(recording, path)


def kept_finds(
    recordings: Sequence[Recording], folder: Path, find: Callable[[Recording, Path], None]
) -> Iterator[tuple[Recording, Path]]:
    """Yield recordings with the files of `folder` that keep what was found in them.

    find  looks through a recording and writes its file; called where there is none yet
    """
    for number, recording in enumerate(recordings, 1):
        path = folder / f"{recording_digest(recording)}.safetensors"
        if not path.is_file():
            find(recording, path)
        elif _is_empty(path):
            log.warning("Left out: %s, as before; remove %s to look again.", recording.name, path)
        yield recording, path
        if number % LOG_EVERY == 0:
            log.info("faces: %d of %d recordings", number, len(recordings))


def _is_empty(path: Path) -> bool:
    """Return whether nothing was found in a recording. Raises DubError."""
    try:
        with safe_open(path, "np") as kept:
            return not kept.keys()
    except (OSError, SafetensorError) as problem:
        raise DubError(
            f"cannot be read: {problem}.", where=str(path), fix="Remove it: it is made again."
        ) from problem


def parts_with_sound(
    recording: Recording, detectors: Sequence[Detector], points_in: PointsIn
) -> Iterator[tuple[SplitPart, NDArray[np.float32]]]:
    """Yield the parts of a recording in which somebody is seen speaking, each with its sound.

    The sound [N] at 16 kHz goes from PREROLL_S before the part to PREROLL_S after it.
    """
    parts = parts_of(recording, False, detectors, points_in)
    sound = mix_dialogue(recording.speeches, recording.seconds, samples) if parts else None
    for part in parts:
        assert sound is not None
        segment, rate = part.segment, recording.rate
        # The sound begins PREROLL_S before frame 0 of the recording.
        first = round(segment.start / rate * SAMPLE_RATE_HZ)
        end = round((segment.end / rate + 2 * PREROLL_S) * SAMPLE_RATE_HZ)
        yield part, sound[first:end]


def _find(
    recording: Recording, detectors: Sequence[Detector], points_in: PointsIn
) -> Iterator[FilmedSentence]:
    for part, sound in parts_with_sound(recording, detectors, points_in):
        segment = part.segment
        points = points_in_crop(segment.points, crop_from_plate(segment.points)).astype(np.float32)
        yield FilmedSentence(
            f"{recording.name} {segment.start}-{segment.end}",
            recording.speaker,
            recording.rate,
            points,
            sound,
            words_of(part),
        )


def _write(sentences: Iterable[FilmedSentence], path: Path) -> None:
    tensors, facts = {}, []
    for number, sentence in enumerate(sentences):
        tensors[f"{number}.points"] = torch.from_numpy(sentence.points)
        tensors[f"{number}.sound"] = torch.from_numpy(sentence.sound).half()
        words = [(str(word.start_s), str(word.end_s), word.text) for word in sentence.words]
        facts.append({"name": sentence.name, "words": words})
    save_weights(tensors, path, {"kind": KIND, "sentences": json.dumps(facts)})


def _read(recording: Recording, path: Path) -> Iterator[FilmedSentence]:
    metadata = read_metadata(path)
    if metadata.get("kind") != KIND:
        raise DubError(
            f"does not hold sentences of this version ({metadata.get('kind')}).",
            where=str(path),
            fix="Remove it: it is made again.",
        )
    tensors = load_file(path)
    for number, facts in enumerate(json.loads(metadata["sentences"])):
        yield FilmedSentence(
            facts["name"],
            recording.speaker,
            recording.rate,
            tensors[f"{number}.points"].numpy(),
            tensors[f"{number}.sound"].float().numpy(),
            tuple(
                Word(Fraction(start), Fraction(end), text) for start, end, text in facts["words"]
            ),
        )


def recording_digest(recording: Recording) -> str:
    """Return what tells apart recordings in which other sentences are found."""
    facts = repr(replace(recording, speaker="", labels=()))
    return hashlib.sha256(facts.encode()).hexdigest()[:24]
