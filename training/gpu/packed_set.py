"""A packed SET: what lip motion and the correction learn from, in one file that travels.

motion.N.features, .points    of a sentence: features in bytes, each of the 512 in its own range;
                              landmarks in 1/128 of a pixel
laid.N.filmed, .laid, .matte  of a take: animated AVIF, as prepared sets have it
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from lipflap.core.errors import DubError
from lipflap.core.model_files import read_metadata
from lipflap.training.correction.laid_takes import LaidTake
from lipflap.training.data.avif import read_faces, write_faces
from lipflap.training.fit import save_weights
from lipflap.training.motion.talkers import SpokenLips

log = logging.getLogger(__name__)

KIND = "lipflap packed set 1"
LIMIT_BYTES = 49_000_000
TAKES_SHARE = 0.7  # of the file, at most
RANGE_BYTES, HEADER_BYTES = 4096, 128  # of all features; of the name and place of each tensor
POINT_STEPS = 128  # a pixel

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class PackedSet:
    """What both trainings learn from.

    facts  for the metadata of lip motion: its encoder and its talkers
    """

    sentences: Sequence[SpokenLips]
    takes: Sequence[LaidTake]
    facts: Mapping[str, str]


def write_packed(whole: PackedSet, path: Path, limit_bytes: int = LIMIT_BYTES) -> PackedSet:
    """Write as much of a set as a file of `limit_bytes` holds; return what was written.

    Takes are left out first, then other voices, then sentences: evenly, so that all talkers stay.
    Raises DubError.
    """
    films = [_films(take) for take in whole.takes]
    sizes = [sum(len(film) for film in one.values()) for one in films]
    numbers = _evenly(range(len(films)), "takes", TAKES_SHARE * limit_bytes / max(1, sum(sizes)))
    room = limit_bytes - sum(sizes[number] for number in numbers)
    room -= RANGE_BYTES + HEADER_BYTES * (2 * len(whole.sentences) + 3 * len(numbers))
    sentences = _that_fit(whole.sentences, room)
    low, step = _range(sentences)
    tensors = {"low": torch.from_numpy(low), "step": torch.from_numpy(step)}
    for number, one in enumerate(sentences):
        levels = np.rint((one.features.astype(np.float32) - low) / step).clip(0, 255)
        tensors[f"motion.{number}.features"] = torch.from_numpy(levels.astype(np.uint8))
        steps = np.rint(one.points * POINT_STEPS).clip(-(2**15), 2**15 - 1)
        tensors[f"motion.{number}.points"] = torch.from_numpy(steps.astype(np.int16))
    for number, original in enumerate(numbers):
        for name, film in films[original].items():
            tensors[f"laid.{number}.{name}"] = torch.frombuffer(bytearray(film), dtype=torch.uint8)
    takes = [whole.takes[number] for number in numbers]
    told = {
        "sentences": [(one.talker, one.rate_hz) for one in sentences],
        "takes": [take.talker for take in takes],
        "facts": dict(whole.facts),
    }
    save_weights(tensors, path, {"kind": KIND, "told": json.dumps(told)})
    return PackedSet(sentences, takes, whole.facts)


def read_packed(path: Path) -> PackedSet:
    """Read a packed set. Raises DubError."""
    metadata = read_metadata(path)
    if metadata.get("kind") != KIND:
        raise DubError(
            f"is not a packed set of this version ({metadata.get('kind')}).",
            where=str(path),
            fix="Make it with `lipflap train gpu pack`.",
        )
    try:
        tensors, told = load_file(path), json.loads(metadata["told"])
        low, step = tensors["low"].numpy(), tensors["step"].numpy()
        sentences = [
            SpokenLips(
                talker,
                _features(tensors[f"motion.{number}.features"], low, step),
                tensors[f"motion.{number}.points"].numpy().astype(np.float32) / POINT_STEPS,
                rate_hz,
            )
            for number, (talker, rate_hz) in enumerate(told["sentences"])
        ]
        takes = [_take(talker, number, tensors) for number, talker in enumerate(told["takes"])]
    except (OSError, SafetensorError, KeyError, ValueError) as problem:
        raise DubError(
            f"cannot be read as a packed set: {problem!s:.160}.", where=str(path)
        ) from problem
    return PackedSet(sentences, takes, told["facts"])


def _that_fit(sentences: Sequence[SpokenLips], room: float) -> list[SpokenLips]:
    """Return sentences in as many voices as there is room for, at least as recorded."""
    points = sum(2 * one.points.size for one in sentences)
    a_voice = sum(one.features[0].size for one in sentences)
    voices = max(1, int((room - points) // a_voice))
    fewer = [
        SpokenLips(one.talker, one.features[:voices], one.points, one.rate_hz) for one in sentences
    ]
    return _evenly(fewer, "sentences", room / (points + a_voice))


def _evenly(items: Sequence[One], what: str, share: float) -> list[One]:
    """Return a share of items, one at least, from all over."""
    count = min(len(items), max(1, int(share * len(items))))
    if count < len(items):
        log.warning("The file has room for %d of %d %s.", count, len(items), what)
    return [items[number * len(items) // count] for number in range(count)]


def _range(sentences: Sequence[SpokenLips]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the least of each feature [512], and what a level of a byte is worth."""
    low = np.min([one.features.min((0, 1)) for one in sentences], 0).astype(np.float32)
    high = np.max([one.features.max((0, 1)) for one in sentences], 0).astype(np.float32)
    return low, np.maximum(high - low, 1e-3) / 255


def _features(levels: Tensor, low: NDArray, step: NDArray) -> NDArray[np.float16]:
    return (levels.numpy().astype(np.float32) * step + low).astype(np.float16)


def _films(take: LaidTake) -> dict[str, bytes]:
    """Return the pictures of a take as animated AVIF."""
    matte = take.matte[..., None].repeat(3, -1)
    films = {}
    for name, frames in (("filmed", take.filmed), ("laid", take.laid), ("matte", matte)):
        file = BytesIO()
        write_faces(file, frames)
        films[name] = file.getvalue()
    return films


def _take(talker: str, number: int, tensors: Mapping[str, Tensor]) -> LaidTake:
    filmed, laid, matte = (
        np.stack(list(read_faces(BytesIO(tensors[f"laid.{number}.{name}"].numpy().tobytes()))))
        for name in ("filmed", "laid", "matte")
    )
    return LaidTake(talker, filmed, laid, matte[..., 0])
