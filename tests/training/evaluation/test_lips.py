"""Lips of a drawn talker, whose opening is known in every frame."""

import numpy as np
import pytest
from support.puppets.eval_clips import make_eval_clips
from support.puppets.puppet import puppet_points

from lipflap.training.evaluation.lips import (
    closed_limits,
    closed_mouths,
    closes,
    openings,
    points_in_film,
)

SAID = np.array([np.tile([0.0, 0.2, 0.4, 0.2, 0.1], 6), np.tile([0.3, 0.1, 0.0, 0.1, 0.2], 6)])


def test_openings_are_those_that_were_drawn() -> None:
    of = make_eval_clips(SAID)
    found = openings(points_in_film(of.crops, of.mouths, puppet_points))
    assert found == pytest.approx(SAID, abs=0.06)
    assert np.corrcoef(found.ravel(), SAID.ravel())[0, 1] > 0.99


def test_painted_mouths_are_measured_in_place_of_the_crops_own() -> None:
    of, other = make_eval_clips(SAID), make_eval_clips(SAID[::-1])
    found = openings(points_in_film(of.crops, other.mouths, puppet_points))
    assert found == pytest.approx(SAID[::-1], abs=0.06)


def test_closed_is_near_the_smallest_and_far_from_the_widest() -> None:
    true = np.array([[0.01] * 5 + [0.02] * 5 + [0.5] * 10])
    assert 0.02 < closed_limits(true)[0] < 0.1
    assert closed_mouths(true) == pytest.approx([0.015])


def test_a_mouth_that_never_opens_is_closed_as_it_is() -> None:
    assert closed_mouths(np.full((2, 9), 0.03)) == pytest.approx([0.03, 0.03])


def test_lips_may_close_a_frame_early_or_late_but_no_more() -> None:
    true = np.array([[0.3] * 10 + [0.0] * 10 + [0.3] * 10])
    painted = np.full((1, 30), 0.3)
    painted[0, 15] = 0.0
    assert closes(painted, true, [(14, 15, 16)]) == 1
    assert closes(painted, true, [(13, 17)]) == 0
    assert closes(painted, true, [(13, 15)]) == 0.5


def test_without_words_times_nothing_is_said_of_closing() -> None:
    assert closes(SAID, SAID, ()) is None
    assert closes(SAID, SAID, ((), ())) is None


def test_the_first_frame_may_have_to_be_closed() -> None:
    true = np.array([[0.0] * 15 + [0.3] * 15])
    assert closes(true, true, [(0,)]) == 1
