"""The figures of films whose figures are known: the truth itself, a still mouth, another's."""

import numpy as np
import pytest
from support.puppets.eval_clips import make_eval_clips, make_evaluators

from lipflap.core.paint.rollout import work_mask
from lipflap.training.data.validation import mismatched
from lipflap.training.evaluation.metrics import Metrics, Outputs, metrics
from lipflap.training.evaluation.observe import ground_truth, mismatched_truth, observe
from lipflap.training.evaluation.rollout import LongRollout

RNG = np.random.default_rng(8)
OPENINGS = RNG.choice([0.0, 0.0, 0.1, 0.2, 0.3, 0.4], (2, 48))
CLOSED = tuple(tuple(int(f) for f in np.flatnonzero(row == 0)[:3]) for row in OPENINGS)
TRUTH = ground_truth(make_eval_clips(OPENINGS, closed_frames=CLOSED), make_evaluators())
REGION = work_mask().numpy() > 0


def test_the_truth_is_perfect_and_says_the_old_words() -> None:
    seen = TRUTH.observation
    found = metrics(Outputs(region=REGION, own=seen, cross=seen, silent=seen), TRUTH)
    assert (found.picture.psnr_db, found.picture.ssim) == (np.inf, pytest.approx(1))
    assert (found.picture.sharpness, found.picture.flicker) == (1, 1)
    assert found.own.opening == pytest.approx(1)
    assert (found.own.reach, found.own.in_sync, found.own.confidence) == (1, 1, 1)
    assert (found.own.closed, found.own.closed_gap) == (1, 0)
    assert found.cross.leak == pytest.approx(1)
    assert found.cross.opening == found.own.elsewhere
    assert found.cross.confidence is not None
    assert found.cross.confidence < 0.5


def test_a_perfect_dub_says_the_new_words_alone() -> None:
    found = metrics(
        Outputs(region=REGION, cross=mismatched_truth(TRUTH, make_evaluators())), TRUTH
    ).cross
    assert found.opening == pytest.approx(1)
    assert found.in_sync == 1
    assert found.confidence is not None
    assert found.confidence > 2
    chance = [np.corrcoef(*pair)[0, 1] for pair in zip(OPENINGS, mismatched(OPENINGS), strict=True)]
    assert found.leak == pytest.approx(np.mean(chance), abs=0.05)


def test_a_closed_mouth_is_silent_and_follows_nothing() -> None:
    first_closed = [row[0] for row in CLOSED]
    film = TRUTH.observation.film[range(2), first_closed]
    still = observe(
        np.repeat(film[:, None], OPENINGS.shape[1], 1), TRUTH.sentences, make_evaluators()
    )
    found = metrics(Outputs(region=REGION, own=still, silent=still), TRUTH)
    assert found.own.closed == 1
    assert found.own.reach == pytest.approx(0, abs=0.05)
    assert found.picture.flicker == 0
    assert found.silence.reach == pytest.approx(0, abs=0.01)


def test_lips_that_never_meet_miss_every_b_and_p() -> None:
    wide = make_eval_clips(np.full_like(OPENINGS, 0.3)).mouths
    found = metrics(
        Outputs(region=REGION, own=observe(wide, TRUTH.sentences, make_evaluators())), TRUTH
    )
    assert (found.own.closed, found.own.closed_gap) == (0, -1)


def test_silence_is_measured_in_closed_mouths() -> None:
    slightly = np.where(OPENINGS == 0, 0.1, OPENINGS + 0.1)
    truth = ground_truth(make_eval_clips(slightly), make_evaluators())
    quiet = observe(
        make_eval_clips(np.full_like(OPENINGS, 0.1)).mouths, truth.sentences, make_evaluators()
    )
    open_ = observe(
        make_eval_clips(np.full_like(OPENINGS, 0.2)).mouths, truth.sentences, make_evaluators()
    )
    silent, loud = (
        metrics(Outputs(region=REGION, silent=seen), truth).silence for seen in (quiet, open_)
    )
    assert silent.opening == pytest.approx(1, abs=0.1)
    assert silent.reach == pytest.approx(0, abs=0.03)
    assert loud.opening == pytest.approx(0.2 / 0.1, rel=0.25)


def test_drift_is_what_is_lost_between_the_first_pass_and_the_last() -> None:
    true = TRUTH.observation.film
    first, last = (np.where(REGION[..., None], true // 2 + add, true) for add in (64, 70))
    first, last = (film.astype(np.uint8) for film in (first, last))
    found = metrics(Outputs(region=REGION, long=LongRollout(true, first, last)), TRUTH).drift
    errors = [
        10 * np.log10(((film.astype(float) - true)[:, :, REGION] ** 2).mean((1, 2, 3)))
        for film in (last, first)
    ]
    assert found.lost_db == pytest.approx(np.mean(errors[0] - errors[1]), abs=1e-3)
    assert found.sharpness == pytest.approx(1)


def test_what_was_not_shown_is_not_measured() -> None:
    assert metrics(Outputs(region=REGION), TRUTH) == Metrics()
