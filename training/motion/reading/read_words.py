"""Sentences that a voice reads from a list of words: their sound, and the phones in them."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.speech_encoder import SpeechEncoder, encode_speech
from lipflap.training.data.word_times import Word
from lipflap.training.motion.features import kept_features
from lipflap.training.motion.reading.espeak import Phone, Reading, read_aloud
from lipflap.training.motion.sentences import LOG_EVERY
from lipflap.training.motion.voices import VoicesRecipe

log = logging.getLogger(__name__)

# Of espeak-ng, for each of its languages.
VARIANTS = ("", *(f"+m{n}" for n in range(1, 8)), *(f"+f{n}" for n in range(1, 6)), "+klatt2")
_WORDS = (5, 9)  # of a sentence: at least, and less than
_LETTERS = (3, 10)  # of a word, likewise
_WORDS_PER_MINUTE, _PITCH = (130, 215), (20, 85)
_PAUSE_SAMPLES = SAMPLE_RATE_HZ // 2  # after a sentence, and at most before it
_LOUDEST = 0.5
VOICES = 1  # beside the one that reads; there are many of those


@dataclass(frozen=True, slots=True)
class ReadAloud:
    """The sound [N] of a sentence that was read, at 16 kHz, and the phones in it."""

    sound: NDArray[np.float32]
    phones: tuple[Phone, ...]


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


def read_sentences(words: Mapping[str, Path], count: int, seed: int) -> Iterator[ReadAloud]:
    """Yield `count` sentences of words drawn by chance.

    words  by voice of espeak-ng, a file of its language's words, one a line
    Raises DubError.
    """
    rng = np.random.default_rng(seed)
    lists = {voice: _read_list(path) for voice, path in words.items()}
    for _ in range(count):
        voice = str(rng.choice(sorted(lists)))
        text = " ".join(rng.choice(lists[voice], rng.integers(*_WORDS)))
        reading = Reading(
            voice + str(rng.choice(VARIANTS)),
            int(rng.integers(*_WORDS_PER_MINUTE)),
            int(rng.integers(*_PITCH)),
        )
        yield _read(text, reading, int(rng.integers(_PAUSE_SAMPLES // 2, _PAUSE_SAMPLES)))


def encode_read(
    encoder: SpeechEncoder,
    encoder_sha256: str,
    sentences: Iterable[ReadAloud],
    recipe: VoicesRecipe,
    folder: Path,
) -> Iterator[ReadSentence]:
    """Yield sentences to train on, as read and in VOICES others.

    encoder_sha256  of the encoder's file
    folder          where features are kept, and found again
    Raises DubError.
    """
    fewer, encode = replace(recipe, voices=VOICES), partial(encode_speech, encoder)
    for number, one in enumerate(sentences, 1):
        yield ReadSentence(
            kept_features(encode, encoder_sha256, one.sound, fewer, folder), one.phones
        )
        if number % LOG_EVERY == 0:
            log.info("read aloud: %d sentences", number)


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


def _read(text: str, reading: Reading, pause_samples: int) -> ReadAloud:
    """Read a text after a pause."""
    sound, phones = read_aloud(text, reading)
    sound = np.pad(sound, (pause_samples, _PAUSE_SAMPLES))
    sound *= _LOUDEST / max(float(np.abs(sound).max()), 1e-6)
    later_s = pause_samples / SAMPLE_RATE_HZ
    moved = tuple(Phone(one.start_s + later_s, one.end_s + later_s, one.ipa) for one in phones)
    return ReadAloud(sound.astype(np.float32), moved)
