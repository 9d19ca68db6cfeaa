"""Figures of films of strangers, held against known answers."""

import numpy as np
import pytest

from lipflap.training.evaluation.strangers.table import (
    ROWS,
    ClipFigures,
    StrangersEvaluation,
    correlation_above_chance,
    lagged_correlation,
)
from lipflap.training.evaluation.table import Row


def _row(start: str) -> Row:
    (row,) = (row for row in ROWS if row.name.strip().startswith(start))
    return row


def _noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(count)


@pytest.mark.parametrize("lag", [-4, 0, 3])
def test_a_shifted_copy_correlates_fully_at_its_lag_only(lag: int) -> None:
    new = _noise(120)
    true = np.roll(new, lag)  # late by `lag`
    assert lagged_correlation(new, true, lag) == pytest.approx(1)
    assert abs(lagged_correlation(new, true, lag + 1) or 0) < 0.3


def test_frames_without_a_mouth_are_left_out() -> None:
    new = _noise(120)
    true = np.roll(new, 2)
    new[10:30], true[50:60] = np.nan, np.nan
    assert lagged_correlation(new, true, 2) == pytest.approx(1)
    new[:100] = np.nan
    assert lagged_correlation(new, true, 2) is None


def test_a_mouth_that_stands_still_has_no_correlation() -> None:
    assert lagged_correlation(np.ones(50), _noise(50), 0) is None
    assert correlation_above_chance(np.ones(50), _noise(50)) is None


def test_the_old_mouth_shows_through_when_it_was_copied_and_not_when_it_was_not() -> None:
    old = _noise(150)
    assert (correlation_above_chance(old, old) or 0) == pytest.approx(1, abs=0.05)
    others = [correlation_above_chance(_noise(150, seed), old) or 0 for seed in range(1, 21)]
    assert abs(np.mean(others)) < 0.05


def test_columns_are_medians_with_the_worst_clip_beside_them() -> None:
    column = [ClipFigures(sharpness=one) for one in (0.7, 0.95, 1.0)] + [ClipFigures()]
    assert _row("own sound: sharpness").value(column) == pytest.approx(0.95)
    assert _row("worst clip").value(column) == pytest.approx(0.7)
    assert _row("worst clip").met(column) is False
    assert _row("own sound: opening").value(column) is None


def test_in_sync_is_a_share_of_clips() -> None:
    column = [ClipFigures(in_sync=one) for one in (1.0, 0.0, 1.0, 1.0)] + [ClipFigures()]
    assert _row("other sound: in sync").text(column) == "75%"


def test_the_table_says_which_clips_it_is_unsure_of_and_which_it_left_out() -> None:
    evaluation = StrangersEvaluation(
        columns={"own mouths": [ClipFigures(sharpness=0.9), ClipFigures(sharpness=0.8)]},
        names=["ana", "bob"],
        lags=[2, None],
        left_out={"cat": "no face in it speaks."},
        notes=["ana, own mouths, own sound: too few mouths, the network paints."],
    )
    text = evaluation.as_text()
    assert "2 clips measured." in text
    assert "Lag of the picture proven in 1, in frames: ana +2." in text
    assert "Unsure in 1, left out of opening, width and confidence: bob." in text
    assert "Not measured: cat: no face in it speaks." in text
    assert "too few mouths" in text
    assert "landmark network" in text
    assert evaluation.as_markdown().splitlines()[2].startswith("| own sound: sharpness")
