"""Sentences to be judged on: what belongs together, and whose sound is another's."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from support.puppets.eval_clips import make_eval_clips

from lipflap.core.errors import DubError
from lipflap.training.data.validation import mismatched

QUIET = np.zeros((2, 25))


def test_every_sentence_is_given_anothers_and_every_one_is_used_once() -> None:
    rows = np.arange(4)[:, None] + np.zeros((4, 3))
    assert all((one != other).all() for one, other in zip(rows, mismatched(rows), strict=True))
    assert sorted(mismatched(rows)[:, 0]) == [0, 1, 2, 3]


def test_a_single_sentence_is_given_itself_half_the_take_later() -> None:
    assert mismatched(np.arange(6)[None]).tolist() == [[3, 4, 5, 0, 1, 2]]


def test_what_does_not_fit_together_is_refused() -> None:
    of = make_eval_clips(QUIET)
    for wrong in (
        {"names": ("one",)},
        {"sound": of.sound[:1]},
        {"sound": of.sound[:, :5]},
        {"closed_frames": ((1,),)},
    ):
        with pytest.raises(ValueError, match=r"\d"):
            replace(of, **wrong)


def test_less_than_a_second_cannot_be_judged() -> None:
    with pytest.raises(DubError, match="24 frames"):
        make_eval_clips(QUIET[:, :24])
    with pytest.raises(DubError, match="25 frames"):
        make_eval_clips(QUIET, rate=Fraction(30))


def test_the_first_few_are_the_first_of_everything() -> None:
    few = make_eval_clips(QUIET, closed_frames=((1, 2), (3,))).first(1)
    assert few.names == ("sentence 0",)
    assert few.closed_frames == ((1, 2),)
    assert len(few.crops) == len(few.sound) == 1
