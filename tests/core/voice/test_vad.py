"""Speech is found where somebody is known to speak, whatever the level and the noise."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from lipflap.core.voice.vad import speech_spans

HZ = 16_000
RECORDING = Path(__file__).parents[3] / "plugin" / "demo" / "assets" / "production.flac"
CORPUS = Path(__file__).parents[4] / "shared" / "data" / "grid_s1"


def flags(spans: list[tuple[int, int]], count: int) -> np.ndarray:
    out = np.zeros(count, bool)
    for start, end in spans:
        assert 0 <= start < end <= count
        out[start:end] = True
    return out


@pytest.fixture(scope="module")
def said() -> np.ndarray:
    """A recorded sentence, cut to where it is audible."""
    sound, hz = soundfile.read(RECORDING, dtype="float32")
    assert hz == HZ
    heard = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    return sound[heard[0] : heard[-1]]


def laid(said: np.ndarray, noise_db: float) -> np.ndarray:
    """1 s of room, the sentence, 1.5 s of room; noise that far below the sentence's power."""
    room = np.random.default_rng(1).standard_normal(len(said) + HZ * 5 // 2).astype(np.float32)
    room *= np.sqrt((said**2).mean()) * 10 ** (noise_db / 20)
    room[HZ : HZ + len(said)] += said
    return room


@pytest.mark.parametrize("noise_db", [-80, -40, -25, -15])
@pytest.mark.parametrize("gain_db", [-36, -12, 0])
def test_a_sentence_in_a_room_is_found_at_every_level(said, noise_db, gain_db):
    sound = laid(said, noise_db) * np.float32(10 ** (gain_db / 20))
    found = flags(speech_spans(sound, HZ), len(sound))
    assert found[HZ : HZ + len(said)].mean() > 0.93
    assert found[: HZ * 8 // 10].mean() < 0.05
    assert found[HZ * 12 // 10 + len(said) :].mean() < 0.05


def test_the_file_s_rate_does_not_matter(said):
    sound = laid(said, -50)
    thrice = np.repeat(sound, 3)  # crude, but what it adds lies above any voice
    slow, fast = flags(speech_spans(sound, HZ), len(sound)), speech_spans(thrice, 3 * HZ)
    assert (flags(fast, len(thrice))[::3] == slow).mean() > 0.98


@pytest.mark.parametrize("level", [0.0, 1e-4, 1e-3, 0.1])
def test_nobody_speaks_in_steady_noise(level):
    noise = np.random.default_rng(2).standard_normal(4 * HZ).astype(np.float32) * np.float32(level)
    assert speech_spans(noise, HZ) == []


def test_nobody_speaks_in_hum():
    hum = np.sin(2 * np.pi * 50 * np.arange(3 * HZ) / HZ).astype(np.float32)
    assert speech_spans(hum * 0.3, HZ) == []


def test_a_click_is_no_speech(said):
    sound = laid(said, -80)
    sound[HZ // 2 : HZ // 2 + 80] = 0.5
    assert not flags(speech_spans(sound, HZ), len(sound))[: HZ * 3 // 4].any()


@pytest.mark.parametrize(("pause_s", "joined"), [(0.05, True), (0.18, True), (0.4, False)])
def test_a_short_pause_is_within_speech(pause_s, joined):
    burst = np.random.default_rng(3).standard_normal(HZ // 2).astype(np.float32) * np.float32(0.1)
    burst *= (0.2 + 0.8 * np.cos(2 * np.pi * 4 * np.arange(len(burst)) / HZ) ** 2).astype(
        np.float32
    )
    quiet = np.zeros(HZ, np.float32)
    sound = np.concatenate([quiet, burst, quiet[: round(pause_s * HZ)], burst, quiet])
    assert len(speech_spans(sound, HZ)) == (1 if joined else 2)


def test_a_pause_between_sentences_is_silence_and_one_within_is_not(said):
    def two(pause_s: float) -> np.ndarray:
        quiet = np.zeros(round(pause_s * HZ), np.float32)
        return np.concatenate(
            [np.zeros(HZ, np.float32), said, quiet, said, np.zeros(HZ, np.float32)]
        )

    apart, together = two(1.0), two(0.1)
    middle = HZ + len(said) + HZ // 2
    assert not flags(speech_spans(apart, HZ), len(apart))[middle]
    join = HZ + len(said)
    assert flags(speech_spans(together, HZ), len(together))[join : join + HZ // 10].all()


def test_no_sound_no_speech():
    assert speech_spans(np.zeros(0, np.float32), HZ) == []
    assert speech_spans(np.zeros(HZ, np.float32), HZ) == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the GRID corpus is not at ../shared/data")
def test_hand_made_word_alignments_agree():
    import av

    right = wrong = speech = silence = 0
    for name in sorted(p.stem for p in (CORPUS / "align").glob("*.align"))[::60]:
        with av.open(str(CORPUS / f"{name}.mkv")) as film:
            pieces = [frame.to_ndarray().ravel() for frame in film.decode(audio=0)]
        sound = np.concatenate(pieces).astype(np.float32) / 32768
        lines = (CORPUS / "align" / f"{name}.align").read_text().splitlines()
        words = [line.split() for line in lines]
        spans = [(int(a) * HZ // 25_000, int(b) * HZ // 25_000) for a, b, w in words if w != "sil"]
        truth = flags(spans, len(sound))
        found = flags(speech_spans(sound, HZ), len(sound))
        right, speech = right + (found & truth).sum(), speech + truth.sum()
        wrong, silence = wrong + (found & ~truth).sum(), silence + (~truth).sum()
    assert right / speech > 0.94
    assert wrong / silence < 0.15
