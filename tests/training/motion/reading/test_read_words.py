"""Words that espeak-ng reads: where it is installed."""

from ctypes.util import find_library
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lipflap.core.errors import DubError
from lipflap.core.model_files import SPEECH_ENCODER, locate
from lipflap.core.voice.speech_encoder import load_speech_encoder
from lipflap.training.data.word_times import Word
from lipflap.training.motion.reading import espeak, read_words
from lipflap.training.motion.reading.espeak import Phone, Reading, read_aloud
from lipflap.training.motion.reading.read_words import (
    ReadAloud,
    ReadSentence,
    encode_read,
    phones_of_words,
    read_sentences,
)
from lipflap.training.motion.voices import VoicesRecipe

needs_espeak = pytest.mark.skipif(
    find_library("espeak-ng") is None, reason="espeak-ng's library is not installed"
)


@needs_espeak
def test_a_text_is_read_and_its_phones_lie_in_the_sound() -> None:
    sound, phones = read_aloud("Papa", Reading("de"))
    assert [phone.ipa for phone in phones if phone.ipa][:3] == ["p", "ɑ", "p"]
    assert all(phone.start_s <= phone.end_s for phone in phones)
    assert phones[-1].end_s == pytest.approx(len(sound) / 16_000, abs=0.002)
    vowel = phones[1]
    said = sound[round(vowel.start_s * 16_000) : round(vowel.end_s * 16_000)]
    assert np.abs(said).max() > 0.5 * np.abs(sound).max()


@needs_espeak
def test_a_reading_is_as_fast_as_asked() -> None:
    slow, fast = (len(read_aloud("eins zwei drei", Reading("de", wpm))[0]) for wpm in (120, 240))
    assert 1.4 < slow / fast < 2.6


@needs_espeak
def test_a_voice_that_is_not_there_is_named() -> None:
    with pytest.raises(DubError, match="klingon9: is no voice of espeak-ng"):
        read_aloud("nuqneH", Reading("klingon9"))


def test_without_espeak_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "find_library", lambda _: None)
    espeak._library.cache_clear()
    with pytest.raises(DubError, match="espeak-ng is not installed"):
        read_aloud("eins", Reading("de"))


@needs_espeak
def test_phones_of_a_word_lie_in_its_time() -> None:
    words = (Word(Fraction(1), Fraction(3, 2), "bin"), Word(Fraction(2), Fraction(5, 2), "soon"))
    phones = phones_of_words(words, "en")
    assert [phone.ipa for phone in phones] == ["b", "ɪ", "n", "s", "uː", "n"]
    assert phones[0].start_s == pytest.approx(1)
    assert phones[2].end_s == pytest.approx(1.5)
    assert (phones[3].start_s, phones[5].end_s) == pytest.approx((2, 2.5))


@needs_espeak
def test_sentences_are_drawn_by_chance_and_the_same_words_again(tmp_path: Path) -> None:
    (tmp_path / "german").write_text("Mauer\nBaum\nx\nAbend's\nBrücke\n")
    first, second = read_sentences({"de": tmp_path / "german"}, 2, seed=3)
    (again,) = read_sentences({"de": tmp_path / "german"}, 1, seed=3)
    assert first.phones != second.phones
    assert [one.ipa for one in first.phones] == [one.ipa for one in again.phones]
    assert len(again.sound) == pytest.approx(len(first.sound), rel=0.01)  # espeak-ng's own chance
    spoken = [one for one in first.phones if one.ipa]
    assert spoken[0].start_s >= 0.25
    assert spoken[-1].end_s <= len(first.sound) / 16_000 - 0.5


def test_what_was_read_is_encoded_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = np.random.default_rng(1).standard_normal(8000).astype(np.float32) / 9
    read = ReadAloud(sound, (Phone(0.1, 0.2, "m"),))
    encoder = load_speech_encoder(locate(SPEECH_ENCODER))

    def encode(sha256: str) -> ReadSentence:
        (one,) = encode_read(encoder, sha256, [read], VoicesRecipe(), tmp_path)
        return one

    first = encode("digest")
    assert first.features.shape == (2, 25, 512)
    assert first.phones == read.phones
    monkeypatch.setattr(read_words, "encode_speech", _never)
    assert (encode("digest").features == first.features).all()
    with pytest.raises(AssertionError, match="again"):
        encode("another digest")


def _never(*_: object) -> None:
    raise AssertionError("it was encoded again")


@pytest.mark.parametrize("text", ["", "x\nan\n"])
def test_a_list_without_words_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "none").write_text(text)
    with pytest.raises(DubError, match="none: holds no word of 3 to 9 letters"):
        next(read_sentences({"de": tmp_path / "none"}, 1, 0))
