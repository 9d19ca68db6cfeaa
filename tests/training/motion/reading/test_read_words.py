"""Words that espeak-ng reads: where it is installed."""

from collections.abc import Callable
from ctypes.util import find_library
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lipflap.core.errors import DubError
from lipflap.core.model_files import SPEECH_ENCODER, locate
from lipflap.core.voice.speech_encoder import SpeechEncoder, load_speech_encoder
from lipflap.training.data.word_times import Word
from lipflap.training.motion.reading import espeak, read_words
from lipflap.training.motion.reading.espeak import Reading, read_aloud
from lipflap.training.motion.reading.read_words import phones_of_words, read_sentences
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
def test_sentences_are_read_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "german").write_text("Mauer\nBaum\nx\nAbend's\nBrücke\n")
    encoder = load_speech_encoder(locate(SPEECH_ENCODER))
    told = ("digest", {"de": tmp_path / "german"}, 2, VoicesRecipe(), tmp_path / "kept")
    first = list(read_sentences(encoder, *told))
    monkeypatch.setattr(read_words, "_read", _never)
    again = list(read_sentences(encoder, *told))
    assert len(first) == 2
    for ours, kept in zip(first, again, strict=True):
        assert ours.features.shape[0] == 2
        assert ours.features.shape[2] == 512
        assert (ours.features == kept.features).all()
        assert ours.phones == kept.phones
    assert first[0].phones != first[1].phones


def _never(*_: object) -> None:
    raise AssertionError("it was read again")


@pytest.mark.parametrize("text", ["", "x\nan\n"])
def test_a_list_without_words_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "none").write_text(text)
    read: Callable = read_sentences
    with pytest.raises(DubError, match="none: holds no word of 3 to 9 letters"):
        next(read(SpeechEncoder(), "", {"de": tmp_path / "none"}, 1, VoicesRecipe(), tmp_path))
