"""Speech of espeak-ng, with the times of its phones.

Its library is called, for its command line tells phones without their times.
"""

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, Union, c_char, c_char_p, c_int, c_short, c_uint
from ctypes.util import find_library
from dataclasses import dataclass
from functools import cache
from typing import Any

import librosa
import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ

# Of espeak-ng's speak_lib.h.
_SYNCHRONOUS, _PHONEME_EVENTS, _IPA, _UTF8 = 2, 1, 2, 1
_RATE, _PITCH = 1, 3
_LAST_EVENT, _PHONEME_EVENT = 0, 7


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone in a sound, in the International Phonetic Alphabet; "" is a pause."""

    start_s: float
    end_s: float
    ipa: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is read.

    voice             of espeak-ng, with its variant if any: de, fr+f2
    words_per_minute  80 to 450
    pitch             0 to 99
    """

    voice: str
    words_per_minute: int = 130
    pitch: int = 50


def read_aloud(text: str, reading: Reading) -> tuple[NDArray[np.float32], tuple[Phone, ...]]:
    """Return a text as samples [N] at 16 kHz, and its phones.

    Raises DubError without espeak-ng, or for a voice that it does not have.
    """
    library, hz = _library()
    if library.espeak_SetVoiceByName(reading.voice.encode()) != 0:
        raise DubError(
            "is no voice of espeak-ng.",
            where=reading.voice,
            fix="`espeak-ng --voices` lists them: the last part of their files' names is meant.",
        )
    library.espeak_SetParameter(_RATE, reading.words_per_minute, 0)
    library.espeak_SetParameter(_PITCH, reading.pitch, 0)
    parts: list[NDArray[np.int16]] = []
    starts: list[tuple[float, str]] = []

    def take(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        number = 0
        while events[number].type != _LAST_EVENT:
            if events[number].type == _PHONEME_EVENT:
                ipa = events[number].id.string.decode("utf-8", "ignore")
                starts.append((events[number].sample / hz, ipa))
            number += 1
        return 0

    callback = _CALLBACK(take)
    library.espeak_SetSynthCallback(callback)
    said = text.encode() + b"\0"
    library.espeak_Synth(said, len(said), 0, 0, 0, _UTF8, None, None)
    sound = np.concatenate([np.zeros(0, np.int16), *parts]).astype(np.float32) / 2**15
    ends = [start for start, _ in starts[1:]] + [len(sound) / hz]
    phones = [Phone(start, end, ipa) for (start, ipa), end in zip(starts, ends, strict=True)]
    return librosa.resample(sound, orig_sr=hz, target_sr=SAMPLE_RATE_HZ), tuple(phones)


class _Id(Union):
    _fields_ = (("number", c_int), ("name", c_char_p), ("string", c_char * 8))


class _Event(Structure):
    _fields_ = (
        ("type", c_int),
        ("unique_identifier", c_uint),
        ("text_position", c_int),
        ("length", c_int),
        ("audio_position", c_int),
        ("sample", c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_CALLBACK = CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    """Return espeak-ng's library and its samples a second. Raises DubError."""
    name = find_library("espeak-ng")
    if name is None:
        raise DubError(
            "espeak-ng is not installed, which reads words aloud.",
            fix="On Debian or Ubuntu: sudo apt-get install libespeak-ng1",
        )
    library = ctypes.CDLL(name)
    hz = library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS | _IPA)
    if hz <= 0:
        raise DubError("espeak-ng does not start: its data may be missing.", where=name)
    return library, hz
