"""Weights of the networks that know lips: their file holds the basis of what lips say, too."""

from pathlib import Path

from torch import nn

from lipflap.core.errors import DubError
from lipflap.core.model_files import SPEECH_ENCODER, locate, read_metadata, sha256
from lipflap.core.motion.lip_shape import LipBasis
from lipflap.core.network_weights import load_weights

ENCODER_SHA256 = "speech_encoder_sha256"  # in the metadata: of the encoder it was trained with


def locate_encoder(file: Path, trained: str) -> Path:
    """Return the file of the speech encoder that a model was trained with.

    trained  the model, in words

    Raises DubError when the encoder that is there is another.
    """
    encoder = locate(SPEECH_ENCODER)
    if sha256(encoder) != read_metadata(file).get(ENCODER_SHA256):
        raise DubError(
            f"is not the model that {trained} was trained with; its hash differs.",
            where=str(encoder),
            fix="Install Lipflap again, or put the model it was trained with in place.",
        )
    return encoder


def load_lip_weights(file: Path, network: nn.Module, expected: str) -> LipBasis:
    """Load a file's weights into a network, ready to be used, and return the basis beside them.

    expected  what the file should hold, in words

    Raises DubError when it is damaged or holds something else.
    """
    names = ("basis.components", "basis.spread")
    components, spread = load_weights(file, network, expected, names)
    return LipBasis(components.double().numpy(), spread.double().numpy())
