"""Sentences that a voice reads from a list of words: speech features, and the phones in them.

FOLDER/DIGEST.safetensors    of one sentence; the digest is of its text, how it is read,
                                    its other voices and the encoder
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from lipflap.core.errors import DubError
from lipflap.core.model_files import read_metadata
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.speech_encoder import SpeechEncoder, encode_speech
from lipflap.training.data.word_times import Word
from lipflap.training.fit import save_weights
from lipflap.training.motion.reading.espeak import Phone, Reading, read_aloud
from lipflap.training.motion.sentences import LOG_EVERY
from lipflap.training.motion.voices import VoicesRecipe, other_voices

log = logging.getLogger(__name__)

KIND = "lipflap read sentence 1"
# Of espeak-ng, for each of its languages.
VARIANTS = ("", *(f"+m{n}" for n in range(1, 8)), *(f"+f{n}" for n in range(1, 6)), "+klatt2")
_WORDS = (5, 9)  # of a sentence: at least, and less than
_LETTERS = (3, 10)  # of a word, likewise
_WORDS_PER_MINUTE, _PITCH = (130, 215), (20, 85)
_PAUSE_SAMPLES = SAMPLE_RATE_HZ // 2  # after a sentence, and at most before it
_LOUDEST = 0.5


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence that was read.

    features  [V, T, 512], 50 ticks a second; first as read, then in other voices
    phones    in it
    """

    features: NDArray[np.float16]
    phones: tuple[Phone, ...]


def phones_of_words(words: Sequence[Word], voice: str) -> tuple[Phone, ...]:
    """Return the phones of words whose times are known, each word read by a voice by itself.

    Raises DubError.
    """
    phones: list[Phone] = []
    for word in words:
        said = _phones_of(word.text, voice)
        if not said:
            continue
        first, last = said[0].start_s, said[-1].end_s
        begun, scale = float(word.start_s), float(word.end_s - word.start_s) / (last - first)
        for phone in said:
            start, end = (begun + (at - first) * scale for at in (phone.start_s, phone.end_s))
            phones.append(Phone(start, end, phone.ipa))
    return tuple(phones)


@cache
def _phones_of(text: str, voice: str) -> tuple[Phone, ...]:
    """Return the phones of a word, without pauses."""
    _, said = read_aloud(text, Reading(voice))
    return tuple(phone for phone in said if phone.ipa)


def read_sentences(
    encoder: SpeechEncoder,
    encoder_sha256: str,
    words: Mapping[str, Path],
    count: int,
    recipe: VoicesRecipe,
    folder: Path,
) -> Iterator[ReadSentence]:
    """Yield `count` sentences of words drawn by chance, as read and in one other voice.

    encoder_sha256  of the encoder's file
    words           by voice of espeak-ng, a file of its language's words, one a line
    folder          where features are kept, and found again
    Raises DubError.
    """
    rng = np.random.default_rng(recipe.seed)
    lists = {voice: _read_list(path) for voice, path in words.items()}
    for number in range(1, count + 1):
        voice = str(rng.choice(sorted(lists)))
        text = " ".join(rng.choice(lists[voice], rng.integers(*_WORDS)))
        reading = Reading(
            voice + str(rng.choice(VARIANTS)),
            int(rng.integers(*_WORDS_PER_MINUTE)),
            int(rng.integers(*_PITCH)),
        )
        told = json.dumps([encoder_sha256, text, astuple(reading), recipe.numbers_of_voices()])
        digest = hashlib.sha256(told.encode())
        path = folder / f"{digest.hexdigest()[:24]}.safetensors"
        if not path.is_file():
            chance = np.random.default_rng(int.from_bytes(digest.digest()[:8], "big"))
            _write(_read(encoder, text, reading, recipe, chance), path)
        yield _read_kept(path)
        if number % LOG_EVERY == 0:
            log.info("read aloud: %d of %d sentences", number, count)


def _read_list(path: Path) -> list[str]:
    """Return the words of a file that are read as words. Raises DubError."""
    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as problem:
        raise DubError(f"cannot be read as words: {problem}.", where=str(path)) from problem
    words = [word for word in lines if word.isalpha() and _LETTERS[0] <= len(word) < _LETTERS[1]]
    if not words:
        raise DubError(
            f"holds no word of {_LETTERS[0]} to {_LETTERS[1] - 1} letters.",
            where=str(path),
            fix="Give a list with one word a line.",
        )
    return words


def _read(
    encoder: SpeechEncoder,
    text: str,
    reading: Reading,
    recipe: VoicesRecipe,
    rng: np.random.Generator,
) -> ReadSentence:
    sound, phones = read_aloud(text, reading)
    before = int(rng.integers(_PAUSE_SAMPLES // 2, _PAUSE_SAMPLES))
    sound = np.pad(sound, (before, _PAUSE_SAMPLES))
    sound *= _LOUDEST / max(float(np.abs(sound).max()), 1e-6)
    voices = [sound, next(iter(other_voices(sound, recipe, rng)), sound)]
    features = [encode_speech(encoder, voice) for voice in voices]
    ticks = min(map(len, features))
    later_s = before / SAMPLE_RATE_HZ
    moved = tuple(Phone(one.start_s + later_s, one.end_s + later_s, one.ipa) for one in phones)
    return ReadSentence(np.stack([one[:ticks] for one in features]).astype(np.float16), moved)


def _write(sentence: ReadSentence, path: Path) -> None:
    phones = json.dumps([astuple(phone) for phone in sentence.phones])
    features = torch.from_numpy(sentence.features)
    save_weights({"features": features}, path, {"kind": KIND, "phones": phones})


def _read_kept(path: Path) -> ReadSentence:
    phones = json.loads(read_metadata(path)["phones"])
    features = load_file(path)["features"].numpy()
    return ReadSentence(features, tuple(Phone(*phone) for phone in phones))
