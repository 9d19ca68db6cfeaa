"""Talkers as training draws them, and the file of what was learnt from them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lipflap.core.motion.lip_shape import LipBasis, relative_shapes
from lipflap.training.data.word_times import Word
from lipflap.training.fit import save_weights
from lipflap.training.motion.reading.espeak import Phone
from lipflap.training.motion.voices import VoicesRecipe


@dataclass(frozen=True, slots=True)
class SpokenLips:
    """A sentence of a talker.

    features  [V, T, 512] of its sound, 50 ticks a second; first as recorded, then in other voices
    points    [frames, 72, 2] in the crop
    rate_hz   frames a second
    words     said in it, where their times are known
    phones    of these words, where they are to teach how phones look
    """

    talker: str
    features: NDArray[np.float16] | NDArray[np.float32]
    points: NDArray[np.float32]
    rate_hz: float
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()


def shapes_of_talkers(sentences: Sequence[SpokenLips]) -> dict[str, NDArray[np.float64]]:
    """Return by talker the shapes [frames, 49, 2] of all of their sentences."""
    return {
        talker: np.concatenate([relative_shapes(s.points) for s in sentences if s.talker == talker])
        for talker in sorted({one.talker for one in sentences})
    }


def shares(sentences: Sequence[SpokenLips]) -> NDArray[np.float64]:
    """Return how often each sentence is drawn, so that talkers of whom there is little count."""
    counts = Counter(one.talker for one in sentences)
    share = np.array([counts[one.talker] ** -0.5 for one in sentences])
    return np.asarray(share / share.sum())


def take_feature_range(mean: Tensor, spread: Tensor, sentences: Sequence[SpokenLips]) -> None:
    """Set the buffers [512] of a network to the mean and spread of the sentences' features."""
    heard = np.concatenate([one.features[0, ::9] for one in sentences]).astype(np.float32)
    mean.copy_(torch.from_numpy(heard.mean(0)))
    spread.copy_(torch.from_numpy(heard.std(0) + 1e-3))


def save_network(
    network: nn.Module,
    basis: LipBasis,
    kind: str,
    recipe: VoicesRecipe,
    facts: Mapping[str, str],
    path: Path,
) -> None:
    """Write a network and its basis as the file that dubbing loads, in half precision.

    facts  for the metadata: the hash of the encoder (ENCODER_SHA256), and any others
    Raises DubError.
    """
    weights = {
        name: value.half() if value.dim() > 1 else value
        for name, value in network.state_dict().items()
    }
    weights["basis.components"] = torch.from_numpy(basis.components.copy()).float()
    weights["basis.spread"] = torch.from_numpy(basis.spread.copy()).float()
    save_weights(weights, path, {"kind": kind, "recipe": json.dumps(asdict(recipe)), **facts})
