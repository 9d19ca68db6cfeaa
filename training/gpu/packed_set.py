"""A packed SET: what lip motion and the correction learn from, in one file that travels.

filmed.N.sound, .points       of a sentence: Ogg Vorbis; landmarks in 1/128 of a pixel
read.N.sound                  of a sentence that was read: Ogg Vorbis
laid.N.filmed, .laid, .matte  of a take: animated AVIF, as prepared sets have it
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from lipflap.core.errors import DubError
from lipflap.core.model_files import read_metadata
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.training.correction.laid_takes import LaidTake
from lipflap.training.data.avif import read_faces, write_faces
from lipflap.training.fit import save_weights
from lipflap.training.motion.reading.espeak import Phone
from lipflap.training.motion.reading.read_words import ReadAloud
from lipflap.training.motion.sentences import FilmedSentence

log = logging.getLogger(__name__)

KIND = "lipflap packed set 2"
LIMIT_BYTES = 49_000_000
TAKES_SHARE, READ_SHARE = 0.4, 0.5  # of the file; of what takes leave of it; at most
HEADER_BYTES = 128  # of the name and place of a tensor
POINT_STEPS = 128  # a pixel
VORBIS = {"format": "OGG", "subtype": "VORBIS", "compression_level": 0.25}  # 4 to 5 KB a second

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class PackedSentence:
    """A filmed sentence, and the phones of its words where their times are known."""

    filmed: FilmedSentence
    phones: tuple[Phone, ...] = ()


@dataclass(frozen=True, slots=True)
class PackedSet:
    """What both trainings learn from.

    read   sentences that a voice reads
    facts  for the metadata of lip motion: its encoder and its talkers
    """

    sentences: Sequence[PackedSentence]
    read: Sequence[ReadAloud]
    takes: Sequence[LaidTake]
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Piece(Generic[One]):
    """What is written of a sentence or take: tensors by name, and what else is told of it."""

    item: One
    tensors: Mapping[str, Tensor]
    told: Sequence[object]

    @property
    def size(self) -> int:
        told = len(json.dumps(json.dumps(self.told)))  # as it stands in a string of the header
        return told + sum(HEADER_BYTES + part.nbytes for part in self.tensors.values())


def write_packed(whole: PackedSet, path: Path, limit_bytes: int = LIMIT_BYTES) -> PackedSet:
    """Write as much of a set as a file of `limit_bytes` holds; return what was written.

    Takes are left out first, then sentences, as many of those read as of those filmed: evenly, so
    that all talkers stay. Raises DubError.
    """
    takes = _that_fit([_of_take(one) for one in whole.takes], TAKES_SHARE * limit_bytes, "takes")
    room = limit_bytes - _size(takes)
    filmed = [_of_filmed(one) for one in whole.sentences]
    read_room = max(READ_SHARE * room, room - _size(filmed))
    read = _that_fit([_of_read(one) for one in whole.read], read_room, "read sentences")
    filmed = _that_fit(filmed, room - _size(read), "sentences")
    tensors: dict[str, Tensor] = {}
    told: dict[str, object] = {"facts": dict(whole.facts)}
    kinds: dict[str, Sequence[_Piece]] = {"filmed": filmed, "read": read, "laid": takes}
    for kind, pieces in kinds.items():
        told[kind] = [piece.told for piece in pieces]
        for number, piece in enumerate(pieces):
            tensors |= {f"{kind}.{number}.{name}": part for name, part in piece.tensors.items()}
    save_weights(tensors, path, {"kind": KIND, "told": json.dumps(told)})
    return PackedSet(_items(filmed), _items(read), _items(takes), whole.facts)


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
        filmed = [_filmed(tensors, number, facts) for number, facts in enumerate(told["filmed"])]
        read = [
            ReadAloud(_samples(tensors[f"read.{number}.sound"]), _phones(phones))
            for number, phones in enumerate(told["read"])
        ]
        takes = [_take(tensors, number, talker) for number, (talker,) in enumerate(told["laid"])]
        return PackedSet(filmed, read, takes, told["facts"])
    except (OSError, SafetensorError, soundfile.SoundFileError, KeyError, ValueError) as problem:
        raise DubError(
            f"cannot be read as a packed set: {problem!s:.160}.", where=str(path)
        ) from problem


def _that_fit(pieces: Sequence[_Piece[One]], room: float, what: str) -> list[_Piece[One]]:
    """Return as many pieces as there is room for, one at least if there is any, from all over."""
    count = len(pieces)
    chosen = list(pieces)
    while _size(chosen) > room and count > 1:
        count = min(count - 1, int(count * room / _size(chosen)) + 1)
        chosen = [pieces[number * len(pieces) // count] for number in range(count)]
    if count < len(pieces):
        log.warning("The file has room for %d of %d %s.", count, len(pieces), what)
    return chosen


def _size(pieces: Sequence[_Piece]) -> int:
    return sum(piece.size for piece in pieces)


def _items(pieces: Sequence[_Piece[One]]) -> list[One]:
    return [piece.item for piece in pieces]


def _of_filmed(one: PackedSentence) -> _Piece[PackedSentence]:
    steps = np.rint(one.filmed.points * POINT_STEPS).clip(-(2**15), 2**15 - 1)
    tensors = {
        "sound": _vorbis(one.filmed.sound),
        "points": torch.from_numpy(steps.astype(np.int16)),
    }
    told = (one.filmed.name, one.filmed.talker, str(one.filmed.rate), _told(one.phones))
    return _Piece(one, tensors, told)


def _of_read(one: ReadAloud) -> _Piece[ReadAloud]:
    return _Piece(one, {"sound": _vorbis(one.sound)}, _told(one.phones))


def _of_take(take: LaidTake) -> _Piece[LaidTake]:
    matte = take.matte[..., None].repeat(3, -1)
    films = {}
    for name, frames in (("filmed", take.filmed), ("laid", take.laid), ("matte", matte)):
        file = BytesIO()
        write_faces(file, frames)
        films[name] = _bytes(file)
    return _Piece(take, films, (take.talker,))


def _filmed(tensors: Mapping[str, Tensor], number: int, told: Sequence) -> PackedSentence:
    name, talker, rate, phones = told
    steps = tensors[f"filmed.{number}.points"].numpy()
    points = (steps / POINT_STEPS).astype(np.float32)
    sound = _samples(tensors[f"filmed.{number}.sound"])
    return PackedSentence(
        FilmedSentence(name, talker, Fraction(rate), points, sound), _phones(phones)
    )


def _take(tensors: Mapping[str, Tensor], number: int, talker: str) -> LaidTake:
    filmed, laid, matte = (
        np.stack(list(read_faces(_file(tensors[f"laid.{number}.{name}"]))))
        for name in ("filmed", "laid", "matte")
    )
    return LaidTake(talker, filmed, laid, matte[..., 0])


def _told(phones: Sequence[Phone]) -> list[tuple[float, float, str]]:
    return [(round(one.start_s, 4), round(one.end_s, 4), one.ipa) for one in phones]


def _phones(told: Sequence[Sequence]) -> tuple[Phone, ...]:
    return tuple(Phone(*phone) for phone in told)


def _vorbis(sound: NDArray[np.float32]) -> Tensor:
    """Return samples at 16 kHz as a file."""
    file = BytesIO()
    soundfile.write(file, sound, SAMPLE_RATE_HZ, **VORBIS)
    return _bytes(file)


def _samples(file: Tensor) -> NDArray[np.float32]:
    sound, _ = soundfile.read(_file(file), dtype="float32")
    return np.asarray(sound, np.float32)


def _bytes(file: BytesIO) -> Tensor:
    return torch.frombuffer(bytearray(file.getvalue()), dtype=torch.uint8)


def _file(data: Tensor) -> BytesIO:
    return BytesIO(data.numpy().tobytes())
