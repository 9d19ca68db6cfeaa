"""Speech features from sound: the lower half of Whisper's encoder.

Radford et al. 2022 (arXiv:2212.04356). It has heard 680,000 hours of speech in many languages, so
its middle layers tell sounds apart whoever speaks; log-mel alone tells one talker's.

    sound --log-mel, 100 hops a second--> two convolutions --50 ticks a second--> 4 attention layers

Long sound goes through in windows that lie on a grid, so that a tick's features do not depend on
what else is encoded with it:

    window 0   |<margin>|<------- stride ------->|<margin>|
    window 1                          |<margin>|<------- stride ------->|<margin>|
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor, nn

from lipflap.core.model_files import SPEECH_ENCODER, locate
from lipflap.core.network_weights import check_kind, load_weights
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ, normalise_loudness
from lipflap.core.voice.spectrum import mel_filters, stft

KIND = "lipflap speech encoder 1"
TICKS_A_SECOND = 50
WIDTH, HEADS, LAYERS, MAX_TICKS = 512, 8, 4, 1500

_MELS, _FFT_SAMPLES, _HOP_SAMPLES = 80, 400, 160
_HOPS_A_TICK = 2
_FLOOR_LOG10 = -7.0  # eight below the loudest of speech at -23 dB, where Whisper cuts off too
_STRIDE_TICKS, _MARGIN_TICKS = 6 * TICKS_A_SECOND, TICKS_A_SECOND


class SpeechEncoder(nn.Module):
    """Log-mel [B, 80, 2 T] to features [B, T, 512], 50 ticks a second; T is at most 1500."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(_MELS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=_HOPS_A_TICK, padding=1)
        self.positions = nn.Parameter(torch.zeros(MAX_TICKS, WIDTH))
        self.layers = nn.ModuleList(EncoderLayer() for _ in range(LAYERS))

    def forward(self, log_mel: Tensor) -> Tensor:
        gelu = nn.functional.gelu
        x = gelu(self.conv2(gelu(self.conv1(log_mel)))).transpose(1, 2)
        x = x + self.positions[: x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return x


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward net, each on the normalised sum so far [B, T, 512]."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)
        self.feed_norm = nn.LayerNorm(WIDTH)
        self.feed_in = nn.Linear(WIDTH, 4 * WIDTH)
        self.feed_out = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part in self.qkv(self.attention_norm(x)).chunk(3, -1)
        )
        attended = nn.functional.scaled_dot_product_attention(q, k, v)
        x = x + self.proj(attended.transpose(1, 2).flatten(2))
        return x + self.feed_out(nn.functional.gelu(self.feed_in(self.feed_norm(x))))


def load_speech_encoder(path: Path | None = None) -> SpeechEncoder:
    """Load the shipped encoder, or the one in `path`. Raises DubError."""
    file = path or locate(SPEECH_ENCODER)
    check_kind(file, KIND, "a speech encoder")
    encoder = SpeechEncoder()
    load_weights(file, encoder, "a speech encoder")
    return encoder


def encode_speech(encoder: SpeechEncoder, mono: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features [T, 512] of samples [N] at 16 kHz; tick t covers the 20 ms from t / 50 s on.

    The sound is brought to one loudness first. Where it ends, silence follows.
    """
    count = -(-len(mono) // (_HOPS_A_TICK * _HOP_SAMPLES))
    hops = encoder_log_mel(normalise_loudness(mono), _HOPS_A_TICK * count)
    found = []
    for start in range(0, count, _STRIDE_TICKS):
        first = max(0, start - _MARGIN_TICKS)
        end = min(count, start + _STRIDE_TICKS + _MARGIN_TICKS)
        part = torch.from_numpy(hops[None, :, _HOPS_A_TICK * first : _HOPS_A_TICK * end])
        with torch.inference_mode():
            ticks = encoder(part.to(encoder.positions.device))[0].float().cpu().numpy()
        found.append(ticks[start - first : start - first + _STRIDE_TICKS])
    return np.concatenate(found) if found else np.zeros((0, WIDTH), np.float32)


def encoder_log_mel(mono: NDArray[np.float32], hop_count: int) -> NDArray[np.float32]:
    """Log-mel [80, hop_count], as Whisper defines it, of samples [N] at 16 kHz.

    Whisper cuts off 80 dB below the loudest hop of its 30 s; here the floor is fixed, so that
    what is said later changes nothing.
    """
    length = max(hop_count * _HOP_SAMPLES, _FFT_SAMPLES)
    padded = np.pad(mono, (0, max(0, length - len(mono))))
    spectrum = stft(padded, _FFT_SAMPLES, _HOP_SAMPLES, pad_mode="reflect")
    power = _mel_filters() @ (np.abs(spectrum[:, :hop_count]) ** 2)
    decades = np.log10(np.maximum(power, 10**_FLOOR_LOG10))
    return ((decades + 4) / 4).astype(np.float32)


@cache
def _mel_filters() -> csr_array:
    return mel_filters(SAMPLE_RATE_HZ, _FFT_SAMPLES, _MELS)
