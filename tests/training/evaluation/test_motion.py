"""Figures of lip motion, on shapes whose motion is known."""

from fractions import Fraction
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.core.face.landmarks import COUNT, INNER_LIPS, OUTER_LIPS
from lipflap.core.motion.lip_motion import MAX_GAIN, STEPS, LipMotion
from lipflap.core.motion.lip_shape import find_basis, relative_shapes
from lipflap.training.data.word_times import Word
from lipflap.training.evaluation import motion as evaluation
from lipflap.training.evaluation.motion import best_correlation, correlation, measure_motion
from lipflap.training.motion.sentences import FilmedSentence

FRAMES, RATE = 100, Fraction(25)
LOWER = (*INNER_LIPS[1:10], *OUTER_LIPS[1:10])


def _sentence(talker: str, seed: int) -> FilmedSentence:
    """Lips that open and close; its sound begins with its own seed."""
    rng = np.random.default_rng(seed)
    smooth = np.convolve(rng.standard_normal(FRAMES + 12), np.hanning(13), "valid")
    opening = 2 + np.abs(2 * smooth)
    face = np.random.default_rng(5).uniform(30, 90, (COUNT, 2))
    angles = np.linspace(np.pi, -np.pi, 20, endpoint=False)
    for ring, radius in ((INNER_LIPS, 8), (OUTER_LIPS, 12)):
        # Left corner first, then along the lower lip: y points down.
        face[list(ring)] = (64, 90) + radius * np.stack([np.cos(angles), 0.2 * np.sin(angles)], 1)
    points = np.repeat(face[None], FRAMES, axis=0)
    points[:, list(LOWER), 1] += opening[:, None]
    points += 0.02 * rng.standard_normal(points.shape)
    sound = np.full(int((FRAMES / 25 + 2) * 16_000), seed, np.float32)
    closed = (int(frame) / RATE for frame in np.argsort(opening)[:3])
    words = tuple(Word(start, start + Fraction(1, 5), "b") for start in closed)
    return FilmedSentence(f"{talker} {seed}", talker, RATE, points.astype(np.float32), sound, words)


SENTENCES = [_sentence("anna", 1), _sentence("anna", 2), _sentence("ben", 3)]


def _motion(monkeypatch: pytest.MonkeyPatch, scale: float = 1, late_ticks: int = 0) -> LipMotion:
    """Motion that knows what was filmed, in each talker's own mean and spread."""
    shapes = {s.name: relative_shapes(s.points).reshape(FRAMES, -1) for s in SENTENCES}
    basis = find_basis([relative_shapes(s.points) for s in SENTENCES])
    latents = {}
    for one in SENTENCES:
        own = np.concatenate([shapes[s.name] for s in SENTENCES if s.talker == one.talker])
        spread = np.clip(((own - own.mean(0)) @ basis.components.T).std(0) / basis.spread, 0.6, 1.6)
        moved = (shapes[one.name] - own.mean(0)) @ basis.components.T / (spread * basis.spread)
        at_s = (np.arange(50 * (FRAMES // 25 + 2)) + 0.5 - late_ticks) / 50 - 1
        frames_s = (np.arange(FRAMES) + 0.5) / 25
        columns = [np.interp(at_s, frames_s, column) for column in moved.T]
        latents[float(one.sound[0])] = scale * np.stack(columns, 1)
    monkeypatch.setattr(evaluation, "encode_speech", lambda _, sound: sound)

    def latents_of(speech: NDArray[np.float32], seed: int, steps: int) -> NDArray[np.float64]:
        return latents[float(speech[0])]

    return cast(LipMotion, SimpleNamespace(encoder=None, basis=basis, latents_of=latents_of))


def test_motion_that_is_what_was_filmed_has_figures_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = measure_motion(_motion(monkeypatch), SENTENCES)
    for name in ("1 step", f"{STEPS} steps"):
        figures = measured.overall[name]
        assert figures.opening > 0.98
        assert figures.opening_at_lag >= figures.opening
        assert figures.amplitude == pytest.approx(1, abs=0.05)
        assert figures.closed == measured.overall["filmed"].closed == 1
    assert set(measured.talkers) == {"anna", "ben"}


def test_motion_that_is_too_small_is_raised_as_dubbing_raises_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = measure_motion(_motion(monkeypatch, scale=0.2), SENTENCES).overall["1 step"]
    assert figures.amplitude == pytest.approx(0.2 * MAX_GAIN, abs=0.03)
    assert figures.opening > 0.95
    assert figures.closed < 1


def test_late_motion_is_right_at_its_lag_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = measure_motion(_motion(monkeypatch, late_ticks=4), SENTENCES).overall["1 step"]
    assert figures.opening_at_lag > 0.97
    assert figures.opening < figures.opening_at_lag - 0.1


def test_no_motion_is_like_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = measure_motion(_motion(monkeypatch, scale=0), SENTENCES).overall["1 step"]
    assert abs(figures.opening) < 0.3
    assert figures.amplitude < 0.1


def test_a_lag_is_how_much_later_ours_is() -> None:
    true = np.random.default_rng(0).standard_normal(60)
    late = np.concatenate([np.zeros(2), true[:-2]])
    assert correlation(late, true, 2) == pytest.approx(1)
    assert correlation(true, late, -2) == pytest.approx(1)
    assert best_correlation(late, true) == pytest.approx(1)
    assert best_correlation(np.concatenate([np.zeros(9), true[:-9]]), true) < 0.6
    assert correlation(np.ones(60), true) == 0


def test_the_table_says_who_was_measured_and_what_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = measure_motion(_motion(monkeypatch), SENTENCES).as_text()
    assert text.startswith("Sentences that did not train: 3, by anna, ben\n")
    assert "closed at 9 b, p" in text
    rows = {line[:16].strip(): line[16:].split() for line in text.splitlines()[2:]}
    assert rows["filmed"] == ["1.00"] * 6 + ["100%"]
    assert rows["loudness"][4:] == ["-", "-", "-"]
    assert list(rows)[-2:] == ["anna", "ben"]
