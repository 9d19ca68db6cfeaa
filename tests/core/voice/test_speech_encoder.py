"""The speech encoder, against the same layers written out, and against transformers' Whisper."""

from math import erf, sqrt
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file

from lipflap.core.errors import DubError
from lipflap.core.model_files import locate
from lipflap.core.voice import speech_encoder
from lipflap.core.voice.speech_encoder import (
    HEADS,
    KIND,
    LAYERS,
    MAX_TICKS,
    WIDTH,
    SpeechEncoder,
    encode_speech,
    encoder_log_mel,
    load_speech_encoder,
)

HZ = 16_000
TICK = HZ // 50


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    return load_speech_encoder()


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """Twenty seconds of speech: a sentence of the demo, again and again."""
    from lipflap.plugin.demo.sound import ASSETS

    said, rate_hz = soundfile.read(ASSETS / "dub_de_1.flac", dtype="float32")
    assert rate_hz == HZ
    return np.resize(said, 20 * HZ)


@pytest.fixture
def at_one_loudness(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a sound is as loud as the whole: nothing is made louder."""
    monkeypatch.setattr(speech_encoder, "normalise_loudness", lambda mono: mono)


def norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    spread = np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return (x - x.mean(-1, keepdims=True)) / spread * weight + bias


def gelu(x: np.ndarray) -> np.ndarray:
    return x * (1 + np.vectorize(erf)(x / sqrt(2))) / 2


def convolve(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """x [T, in], weight [out, in, 3]: one tick after the other."""
    padded = np.pad(x, ((1, 1), (0, 0)))
    return (
        np.stack(
            [np.einsum("ki,oik->o", padded[t : t + 3], weight) for t in range(0, len(x), stride)]
        )
        + bias
    )


def attend(x: np.ndarray, w: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Attention of one head after the other, by its definition."""
    joined = x @ w[f"{name}.qkv.weight"].T + w[f"{name}.qkv.bias"]
    q, k, v = joined[:, :WIDTH], joined[:, WIDTH : 2 * WIDTH], joined[:, 2 * WIDTH :]
    size = WIDTH // HEADS
    heads = []
    for head in range(HEADS):
        part = slice(head * size, (head + 1) * size)
        score = np.exp(q[:, part] @ k[:, part].T / sqrt(size))
        heads.append(score / score.sum(1, keepdims=True) @ v[:, part])
    return np.concatenate(heads, 1) @ w[f"{name}.proj.weight"].T + w[f"{name}.proj.bias"]


def written_out(log_mel: np.ndarray) -> np.ndarray:
    w = {k: v.double().numpy() for k, v in load_file(locate("speech_encoder")).items()}
    x = gelu(convolve(log_mel.T.astype(np.float64), w["conv1.weight"], w["conv1.bias"], 1))
    x = gelu(convolve(x, w["conv2.weight"], w["conv2.bias"], 2))
    x = x + w["positions"][: len(x)]
    for number in range(LAYERS):
        name = f"layers.{number}"
        normed = norm(x, w[f"{name}.attention_norm.weight"], w[f"{name}.attention_norm.bias"])
        x = x + attend(normed, w, name)
        normed = norm(x, w[f"{name}.feed_norm.weight"], w[f"{name}.feed_norm.bias"])
        inner = gelu(normed @ w[f"{name}.feed_in.weight"].T + w[f"{name}.feed_in.bias"])
        x = x + inner @ w[f"{name}.feed_out.weight"].T + w[f"{name}.feed_out.bias"]
    return x


def test_the_network_is_its_layers_written_out(encoder, voice):
    log_mel = encoder_log_mel(voice[: 40 * TICK], 80)
    ours = encoder(torch.from_numpy(log_mel)[None])[0].numpy()
    truth = written_out(log_mel)
    assert ours.shape == (40, WIDTH)
    assert np.abs(ours - truth).max() < 2e-3 * truth.std()


def test_the_network_is_the_whisper_of_transformers(encoder, voice):
    """Its first four layers, built from the same weights."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    config = transformers.WhisperConfig(
        d_model=WIDTH, encoder_layers=LAYERS, encoder_attention_heads=HEADS,
        encoder_ffn_dim=4 * WIDTH, num_mel_bins=80, max_source_positions=MAX_TICKS,
    )  # fmt: skip
    theirs = WhisperEncoder(config).eval()
    weights = encoder.state_dict()
    state = {name: value for name, value in weights.items() if name.startswith("conv")}
    state["embed_positions.weight"] = weights["positions"]
    names = {
        "attention_norm": "self_attn_layer_norm", "proj": "self_attn.out_proj",
        "feed_norm": "final_layer_norm", "feed_in": "fc1", "feed_out": "fc2",
    }  # fmt: skip
    for number in range(LAYERS):
        for part in ("weight", "bias"):
            ours, layer = f"layers.{number}.{{}}.{part}", f"layers.{number}.{{}}.{part}"
            state |= {layer.format(b): weights[ours.format(a)] for a, b in names.items()}
            qkv = weights[ours.format("qkv")].chunk(3)
            for name, value in zip("qkv", qkv, strict=True):
                state[layer.format(f"self_attn.{name}_proj")] = value
    missing, unexpected = theirs.load_state_dict(state, strict=False)
    assert set(missing) == {"layer_norm.weight", "layer_norm.bias"}
    assert not unexpected
    theirs.layer_norm = torch.nn.Identity()  # it follows the last layer of six
    hops = torch.from_numpy(encoder_log_mel(voice, 2 * MAX_TICKS))[None]
    with torch.inference_mode():
        assert torch.allclose(encoder(hops), theirs(hops).last_hidden_state, atol=1e-3)


def test_log_mel_is_by_its_definition(voice):
    """One hop: windowed samples, a Fourier sum, mel filters, decades."""
    from librosa.filters import mel

    log_mel, hop = encoder_log_mel(voice[:HZ], 100), 37
    samples = voice[hop * 160 - 200 : hop * 160 + 200].astype(np.float64)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(201), np.arange(400)) / 400)
    power = mel(sr=HZ, n_fft=400, n_mels=80) @ (np.abs(waves @ (samples * window)) ** 2)
    assert log_mel.shape == (80, 100)
    assert np.allclose(log_mel[:, hop], (np.log10(np.maximum(power, 1e-7)) + 4) / 4, atol=1e-4)


@pytest.mark.usefixtures("at_one_loudness")
def test_features_are_the_same_wherever_the_sound_ends(encoder, voice):
    """Over the seams of windows, as far as a window does not reach beyond the end."""
    whole = encode_speech(encoder, voice)
    for seconds, same_ticks in ((13.2, 600), (7.1, 300)):
        part = encode_speech(encoder, voice[: round(seconds * HZ)])
        assert len(part) == round(seconds * 50)
        assert np.array_equal(part[:same_ticks], whole[:same_ticks])


@pytest.mark.usefixtures("at_one_loudness")
def test_a_second_beyond_a_seam_changes_little(encoder, voice):
    """What windows see beyond their own ticks is enough: less of a step than between ticks."""
    windows = encode_speech(encoder, voice[: 14 * HZ])
    hops = torch.from_numpy(encoder_log_mel(voice[: 14 * HZ], 1400))[None]
    at_once = encoder(hops)[0].numpy()
    apart = np.linalg.norm(windows - at_once, axis=1)
    step = np.linalg.norm(np.diff(at_once, axis=0), axis=1).mean()
    assert apart[:2].max() < step
    assert np.median(apart) < step / 2


def test_loudness_does_not_matter(encoder, voice):
    quiet = encode_speech(encoder, voice[: 2 * HZ] / 16)
    assert np.allclose(quiet, encode_speech(encoder, voice[: 2 * HZ]), atol=0.02)


@pytest.mark.parametrize("samples", [0, 1, TICK, TICK + 1, 8 * TICK])
def test_short_sound_has_a_tick_for_every_20_ms_begun(encoder, voice, samples):
    features = encode_speech(encoder, voice[HZ : HZ + samples])
    assert features.shape == (-(-samples // TICK), WIDTH)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


def test_silence_has_features_that_hardly_move(encoder, voice):
    """In the median: Whisper parks what it does not need in single ticks."""
    silence, speech = (encode_speech(encoder, sound[: 2 * HZ]) for sound in (0 * voice, voice))
    assert np.isfinite(silence).all()
    steps = [np.linalg.norm(np.diff(f, axis=0), axis=1) for f in (silence, speech)]
    assert np.median(steps[0]) < np.median(steps[1]) / 2


def test_another_kind_and_other_tensors_are_refused(tmp_path: Path):
    other, odd = tmp_path / "other.safetensors", tmp_path / "odd.safetensors"
    save_file({"w": np.zeros(3, np.float32)}, other, metadata={"kind": "lipflap lip motion 1"})
    save_file({"w": np.zeros(3, np.float32)}, odd, metadata={"kind": KIND})
    with pytest.raises(DubError, match="is not a speech encoder of this version"):
        load_speech_encoder(other)
    with pytest.raises(DubError, match="cannot be read as a speech encoder"):
        load_speech_encoder(odd)
