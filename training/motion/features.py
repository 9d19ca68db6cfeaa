"""Speech features of sentences, in the voice recorded and in others, encoded once and kept.

FOLDER/features/DIGEST.safetensors    of one sentence; the digest is of its sound, the voices
                                      and the encoder
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND, SpeechEncoder, encode_speech
from lipflap.training.fit import save_weights
from lipflap.training.motion.sentences import LOG_EVERY, FilmedSentence
from lipflap.training.motion.talkers import SpokenLips
from lipflap.training.motion.voices import Sound, VoicesRecipe, voices_of

log = logging.getLogger(__name__)

KIND = "lipflap speech features 1"


def encode_sentences(
    encoder: SpeechEncoder,
    encoder_sha256: str,
    sentences: Sequence[FilmedSentence],
    recipe: VoicesRecipe,
    folder: Path,
) -> Iterator[SpokenLips]:
    """Yield sentences to train on, each in its own voice and in `recipe.voices` others.

    encoder_sha256  of the encoder's file
    folder          where features are kept, and found again
    Raises DubError.
    """
    for number, sentence in enumerate(sentences, 1):

        def encode(voice: Sound, sentence: FilmedSentence = sentence) -> NDArray[np.float32]:
            return encode_voice(encoder, voice, sentence)

        features = kept_features(encode, encoder_sha256, sentence.sound, recipe, folder)
        rate_hz = float(sentence.rate)
        yield SpokenLips(sentence.talker, features, sentence.points, rate_hz, sentence.words)
        if number % LOG_EVERY == 0:
            log.info("speech: %d of %d sentences", number, len(sentences))


def encode_voice(
    encoder: SpeechEncoder, sound: Sound, sentence: FilmedSentence
) -> NDArray[np.float32]:
    """Return the features [T, 512] of a sentence's frames, said in `sound`."""
    first = PREROLL_S * TICKS_A_SECOND
    count = ceil(len(sentence.points) / sentence.rate * TICKS_A_SECOND)
    return encode_speech(encoder, sound)[first : first + count]


def kept_features(
    encode: Callable[[Sound], NDArray[np.float32]],
    encoder_sha256: str,
    sound: Sound,
    recipe: VoicesRecipe,
    folder: Path,
) -> NDArray[np.float16]:
    """Return features [1 + voices, T, 512] of a sound; the voice recorded comes first."""
    digest = hashlib.sha256(sound.tobytes())
    digest.update(f"{encoder_sha256} {recipe.numbers_of_voices()}".encode())
    path = folder / f"{digest.hexdigest()[:24]}.safetensors"
    if not path.is_file():
        seed = int.from_bytes(digest.digest()[:8], "big")
        features = np.stack([encode(voice) for voice in voices_of(sound, recipe, seed)])
        save_weights({"features": torch.from_numpy(features).half()}, path, {"kind": KIND})
    return load_file(path)["features"].numpy()
