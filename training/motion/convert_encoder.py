"""The speech encoder from a Whisper model in CTranslate2's file format.

u32 version, name, u32 revision, u32 count; then `count` tensors:
    name, u8 rank, u32 each dimension, u8 type, u32 bytes, data
a name: u16 length with its NUL, text, NUL                           all little-endian
"""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.errors import DubError
from lipflap.core.voice.speech_encoder import KIND, LAYERS, SpeechEncoder
from lipflap.training.fit import save_weights

SPEC = "WhisperSpec"
_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
# Our name of a layer's part: its name in the file, and the file's names of weight and bias.
_LAYER_PARTS = {
    "attention_norm": ("self_attention/layer_norm", "gamma", "beta"),
    "qkv": ("self_attention/linear_0", "weight", "bias"),
    "proj": ("self_attention/linear_1", "weight", "bias"),
    "feed_norm": ("ffn/layer_norm", "gamma", "beta"),
    "feed_in": ("ffn/linear_0", "weight", "bias"),
    "feed_out": ("ffn/linear_1", "weight", "bias"),
}


def convert_encoder(parts: Sequence[Path], out: Path) -> None:
    """Write the speech encoder from a model.bin, given whole or as its parts in order.

    The weights keep the file's precision. Raises DubError.
    """
    where = ", ".join(map(str, parts))
    try:
        data = b"".join(part.read_bytes() for part in parts)
    except OSError as problem:
        raise DubError(f"cannot be read: {problem.strerror}.", where=where) from problem
    try:
        weights = encoder_weights(read_tensors(data))
    except ValueError as problem:
        raise DubError(
            f"is no Whisper base model of CTranslate2: {problem}.",
            where=where,
            fix="Give model.bin, or all of its parts in their order.",
        ) from problem
    save_weights(weights, out, {"kind": KIND})


def encoder_weights(tensors: dict[str, NDArray]) -> dict[str, Tensor]:
    """Return the weights of `SpeechEncoder` from the tensors of a model.

    Raises ValueError where one is missing or has another shape.
    """
    expected = SpeechEncoder().state_dict()
    weights = {}
    for ours, theirs in _names().items():
        array = tensors.get(theirs)
        if array is None:
            raise ValueError(f"it has no {theirs}")
        if array.shape != expected[ours].shape:
            raise ValueError(f"{theirs} is {array.shape}, not {tuple(expected[ours].shape)}")
        weights[ours] = torch.from_numpy(array.copy())
    return weights


def read_tensors(data: bytes) -> dict[str, NDArray]:
    """Return the tensors of a model by name. Raises ValueError when it is none, or cut short."""
    file = _Reader(data)
    try:
        file.numbers("I")  # version
        if (spec := file.name()) != SPEC:
            raise ValueError(f"it holds {spec!r}, not {SPEC!r}")
        _, count = file.numbers("II")
        return dict(_tensor(file) for _ in range(count))
    except (struct.error, UnicodeDecodeError, IndexError) as problem:
        raise ValueError("it is damaged or cut short") from problem


def _tensor(file: "_Reader") -> tuple[str, NDArray]:
    name = file.name()
    (rank,) = file.numbers("B")
    shape = file.numbers("I" * rank)
    kind, size = file.numbers("BI")
    return name, np.frombuffer(file.take(size), _TYPES[kind]).reshape(shape)


class _Reader:
    """Bytes that are read from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    def take(self, size: int) -> memoryview:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise struct.error("cut short")
        self._at += size
        return taken

    def numbers(self, layout: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def name(self) -> str:
        (length,) = self.numbers("H")
        return bytes(self.take(length)[:-1]).decode()


def _names() -> dict[str, str]:
    """Return our name of every weight, and its name in the file."""
    names = {"positions": "encoder/position_encodings/encodings"}
    for conv in ("conv1", "conv2"):
        names |= {f"{conv}.{part}": f"encoder/{conv}/{part}" for part in ("weight", "bias")}
    for layer in range(LAYERS):
        for ours, (theirs, weight, bias) in _LAYER_PARTS.items():
            place = f"encoder/layer_{layer}/{theirs}"
            names[f"layers.{layer}.{ours}.weight"] = f"{place}/{weight}"
            names[f"layers.{layer}.{ours}.bias"] = f"{place}/{bias}"
    return names
