"""A Whisper model in CTranslate2's format to the speech encoder."""

import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lipflap.core.errors import DubError
from lipflap.core.model_files import shipped_sha256
from lipflap.core.voice import speech_encoder
from lipflap.core.voice.speech_encoder import load_speech_encoder
from lipflap.training.motion import convert_encoder as convert
from lipflap.training.motion.convert_encoder import convert_encoder

REAL = Path(os.environ.get("WHISPER_BASE", "model.bin"))  # of CTranslate2, its parts joined
PARTS = {
    "self_attention/layer_norm": ("gamma", "beta", (512,)),
    "self_attention/linear_0": ("weight", "bias", (1536, 512)),
    "self_attention/linear_1": ("weight", "bias", (512, 512)),
    "ffn/layer_norm": ("gamma", "beta", (512,)),
    "ffn/linear_0": ("weight", "bias", (2048, 512)),
    "ffn/linear_1": ("weight", "bias", (512, 2048)),
}


def _name(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def _tensor(name: str, values: np.ndarray) -> bytes:
    head = (
        _name(name)
        + struct.pack("<B", values.ndim)
        + struct.pack(f"<{values.ndim}I", *values.shape)
    )
    return head + struct.pack("<BI", 4, values.nbytes) + values.tobytes()


def _model(spec: str = "WhisperSpec", layers: int = 1) -> bytes:
    """A model of as many layers, as CTranslate2 writes it, with a tensor that is not needed."""
    rng = np.random.default_rng(1)
    shapes: dict[str, tuple[int, ...]] = {
        "decoder/scale": (1,),
        "encoder/conv1/weight": (512, 80, 3),
        "encoder/conv1/bias": (512,),
        "encoder/conv2/weight": (512, 512, 3),
        "encoder/conv2/bias": (512,),
        "encoder/position_encodings/encodings": (1500, 512),
    }
    for layer in range(layers):
        for part, (weight, bias, shape) in PARTS.items():
            shapes[f"encoder/layer_{layer}/{part}/{weight}"] = shape
            shapes[f"encoder/layer_{layer}/{part}/{bias}"] = shape[:1]
    tensors = [_tensor(n, rng.standard_normal(s).astype(np.float16)) for n, s in shapes.items()]
    head = struct.pack("<I", 6) + _name(spec) + struct.pack("<II", 3, len(tensors))
    return head + b"".join(tensors)


@pytest.fixture
def one_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "LAYERS", 1)
    monkeypatch.setattr(speech_encoder, "LAYERS", 1)


@pytest.mark.usefixtures("one_layer")
def test_the_parts_of_a_model_become_an_encoder_that_loads(tmp_path: Path) -> None:
    data = _model()
    (tmp_path / "part1").write_bytes(data[:100_001])
    (tmp_path / "part2").write_bytes(data[100_001:])
    out = tmp_path / "encoder.safetensors"
    convert_encoder([tmp_path / "part1", tmp_path / "part2"], out)
    weights = load_file(out)
    assert weights["layers.0.feed_out.weight"].dtype == torch.float16
    at = data.index(_name("encoder/layer_0/ffn/linear_1/weight"))
    first = np.frombuffer(
        data[at + len(_name("encoder/layer_0/ffn/linear_1/weight")) + 14 :][:2], "<f2"
    )
    assert weights["layers.0.feed_out.weight"][0, 0].item() == first[0]
    encoder = load_speech_encoder(out)
    assert encoder(torch.zeros(1, 80, 8)).shape == (1, 4, 512)


@pytest.mark.usefixtures("one_layer")
@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "damaged or cut short"),
        (b"RIFF of something else", "damaged or cut short"),
        (_model()[:-1], "damaged or cut short"),
        (_model("TransformerSpec"), "it holds 'TransformerSpec', not 'WhisperSpec'"),
        (_model(layers=0), "it has no encoder/layer_0/self_attention/layer_norm/gamma"),
    ],
)
def test_a_file_that_is_no_such_model_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    (tmp_path / "model.bin").write_bytes(data)
    with pytest.raises(DubError, match=f"model.bin: is no Whisper base model .*{problem}"):
        convert_encoder([tmp_path / "model.bin"], tmp_path / "out.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["model.bin"]


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DubError, match=r"none\.bin: cannot be read: No such file"):
        convert_encoder([tmp_path / "none.bin"], tmp_path / "out.safetensors")


@pytest.mark.skipif(not REAL.is_file(), reason="WHISPER_BASE names no model.bin")
def test_the_shipped_encoder_is_what_comes_out_bit_for_bit(tmp_path: Path) -> None:
    convert_encoder([REAL], tmp_path / "out.safetensors")
    made = hashlib.sha256((tmp_path / "out.safetensors").read_bytes()).hexdigest()
    assert made == shipped_sha256("speech_encoder")
