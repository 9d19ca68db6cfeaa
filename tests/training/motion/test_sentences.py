"""What was found in recordings, and encoded of it, is kept; what changed is made anew."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.core.order import FrameMap, Picture
from lipflap.core.recording import Recording
from lipflap.core.voice.speech_encoder import SpeechEncoder
from lipflap.training.data.word_times import Word
from lipflap.training.motion import features, sentences
from lipflap.training.motion.features import encode_sentences
from lipflap.training.motion.sentences import FilmedSentence, film_sentences
from lipflap.training.motion.train import MotionRecipe

RATE = Fraction(25)
WORDS = (Word(Fraction(1, 7), Fraction(2, 7), "bin"), Word(Fraction(1), Fraction(4, 3), "an"))


def _sentence(name: str = "one 0-50", talker: str = "anna") -> FilmedSentence:
    rng = np.random.default_rng(2)
    points = rng.uniform(0, 128, (50, 72, 2)).astype(np.float32)
    sound = rng.uniform(-1, 1, 64_000).astype(np.float16).astype(np.float32)
    return FilmedSentence(name, talker, RATE, points, sound, WORDS)


def _recording(name: str = "one") -> Recording:
    picture = Picture(f"/films/{name}.mov", RATE, 0, None, "fingerprint")
    return Recording(name, "anna", picture, FrameMap(Fraction(0), Fraction(1), 50), RATE, ())


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the recordings in which faces were looked for; `mute` holds no sentence."""
    names: list[str] = []

    def find(recording: Recording, *_: object) -> Iterator[FilmedSentence]:
        names.append(recording.name)
        if recording.name != "mute":
            yield _sentence()
            yield _sentence("one 60-110")

    monkeypatch.setattr(sentences, "_find", find)
    return names


def _film(recordings: list[Recording], folder: Path) -> list[FilmedSentence]:
    return list(film_sentences(recordings, (), lambda *_: NotImplemented, folder))


def test_a_recording_is_looked_through_once(
    tmp_path: Path, found: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    recordings = [_recording(), _recording("mute"), _recording("a/b: c")]
    first = _film(recordings, tmp_path)
    assert not caplog.messages
    again = _film(recordings, tmp_path)
    (warning,) = caplog.messages
    assert warning.startswith("Left out: mute, as before; remove ")
    assert found == ["one", "mute", "a/b: c"]
    assert [one.name for one in first] == ["one 0-50", "one 60-110"] * 2
    for ours, kept in zip(first, again, strict=True):
        assert np.array_equal(ours.points, kept.points)
        assert np.array_equal(kept.sound, _sentence().sound)
        assert (kept.name, kept.rate, kept.words) == (ours.name, RATE, WORDS)


def test_another_name_for_the_talker_changes_nothing_and_another_face_all(
    tmp_path: Path, found: list[str]
) -> None:
    _film([_recording()], tmp_path)
    named = _film([replace(_recording(), speaker="ben")], tmp_path)
    assert (found, named[0].talker) == (["one"], "ben")
    _film([replace(_recording(), face=1)], tmp_path)
    assert found == ["one", "one"]


def test_speech_is_encoded_once_for_the_same_voices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[NDArray[np.float32]] = []

    def encode(_: SpeechEncoder, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        encoded.append(sound)
        return np.arange(len(sound) // 320, dtype=np.float32)[:, None]

    monkeypatch.setattr(features, "encode_speech", encode)
    encoder = SpeechEncoder()

    def run(recipe: MotionRecipe, sha256: str = "e") -> NDArray[np.float16]:
        (one,) = encode_sentences(encoder, sha256, [_sentence()], recipe, tmp_path)
        return one.features

    first = run(MotionRecipe(voices=1))
    # Tick 50 is the first of the picture, a second into the sound: two seconds of it follow.
    assert np.array_equal(first[:, :, 0], [np.arange(50, 150)] * 2)
    assert np.array_equal(encoded[0], _sentence().sound)
    assert not np.array_equal(encoded[1], encoded[0])
    for recipe, sha256, count in (
        (MotionRecipe(voices=1, steps=5), "e", 2),
        (MotionRecipe(voices=1, pitch=0.1), "e", 4),
        (MotionRecipe(voices=0), "e", 5),
        (MotionRecipe(voices=0), "another", 6),
    ):
        run(recipe, sha256)
        assert len(encoded) == count
