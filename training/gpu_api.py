"""The commands that train on a GPU which is at hand for a while, as `api.py` has the others.

pack          films and clips of cuts  ->  one file
train_packed  that file                ->  lip motion, the correction, and what was measured
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import torch

from lipflap.core.errors import DubError
from lipflap.core.recording import Recording
from lipflap.training import lips_api
from lipflap.training.correction.train import CorrectionRecipe
from lipflap.training.gpu import train_packed as gpu
from lipflap.training.gpu.packed_set import PackedSentence, PackedSet, read_packed, write_packed
from lipflap.training.motion.reading.read_words import ReadAloud, phones_of_words
from lipflap.training.motion.train import MotionRecipe


def pack(
    recordings: Sequence[Recording],
    held_out: Sequence[str],
    out: Path,
    words: Mapping[str, Path] = MappingProxyType({}),
) -> PackedSet:
    """Write what both trainings learn from recordings into one file; return what it holds.

    Sentences and laid mouths are kept beside `out`, as the trainings keep them, and found there.
    held_out  speakers who are left out
    words     by voice of espeak-ng, files of words that it reads
    Raises DubError.
    """
    settings = MotionRecipe()
    filmed, _, facts = lips_api.find_sentences(recordings, held_out, out)
    sentences, read = [PackedSentence(one) for one in filmed], list[ReadAloud]()
    if words:
        sentences = [
            PackedSentence(one, phones_of_words(one.words, settings.words_voice)) for one in filmed
        ]
        read = list(lips_api.read_for(words, [one.phones for one in sentences], settings, out))
    learning = [one for one in recordings if one.speaker not in held_out]
    takes = lips_api.gather_takes(learning, out)
    return write_packed(PackedSet(sentences, read, takes, facts), out)


def train_packed(
    packed: Path, folder: Path, minutes: float, steps: int | None, *, eager: bool = False
) -> list[Path]:
    """Train both networks into a folder; return the files that travel back.

    steps  of each training, for a try; None for what `minutes` allow, which needs CUDA
    eager  do not compile the networks; only on CUDA they are
    Raises DubError.
    """
    has_cuda = torch.cuda.is_available()
    if steps is None and not has_cuda:
        raise DubError(
            "there is no CUDA device here.", fix="Give --steps 2 for a try on the processor."
        )
    device = torch.device("cuda" if has_cuda else "cpu")
    run = gpu.GpuRun(device=device, compiled=has_cuda and not eager, minutes=minutes)
    if steps is not None:
        motion, correction = MotionRecipe(steps=steps), CorrectionRecipe(steps=steps)
        run = replace(run, motion=motion, correction=correction)
    return gpu.train_packed(read_packed(packed), run, folder)
