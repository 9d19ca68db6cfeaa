"""What observers find in films of a drawn talker, whose sound says which frame it belongs to."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from support.puppets.eval_clips import make_eval_clips, make_evaluators, sound_of

from lipflap.training.data.validation import mismatched
from lipflap.training.evaluation.observe import (
    agreements,
    confidence,
    ground_truth,
    in_sync,
    mismatched_truth,
    observe,
)
from lipflap.training.mouth.sync_network import Agreement

OPENINGS = np.tile([0.0, 0.2, 0.4, 0.1, 0.3], (2, 10))
OF = make_eval_clips(OPENINGS)
TRUTH = ground_truth(OF, make_evaluators())


def test_the_truth_is_in_sync_with_its_own_sound_and_not_with_anothers() -> None:
    own = agreements(TRUTH.observation.video_embeddings, TRUTH.audio_embeddings)
    assert [found.offset_ticks for found in own] == [0, 0]
    assert in_sync(own) == 1
    assert confidence(own) > 0.8
    assert confidence(agreements(TRUTH.observation.video_embeddings, TRUTH.mismatched_audio)) < 0.4


@pytest.mark.parametrize("late", [-4, 2])
def test_a_shifted_sound_is_found_where_it_is(late: int) -> None:
    """A picture that is late shows at frame t what the sound said before."""
    shifted = replace(OF, sound=np.roll(OF.sound, -late, 1))
    audio = ground_truth(shifted, make_evaluators()).audio_embeddings
    found = agreements(TRUTH.observation.video_embeddings, audio)
    assert [one.offset_ticks for one in found] == [late, late]
    assert in_sync(found) == 0


def test_the_clock_of_the_judge_is_its_own_whatever_the_rate() -> None:
    """At 50 frames a second a picture 6 frames late is 3 ticks late."""
    of = make_eval_clips(np.tile(OPENINGS, (1, 2)), rate=Fraction(50))
    late = replace(of, sound=np.roll(of.sound, -6, 1))
    truth = ground_truth(late, make_evaluators())
    found = agreements(truth.observation.video_embeddings, truth.audio_embeddings)
    assert [one.offset_ticks for one in found] == [3, 3]


def test_anothers_mouths_are_in_sync_with_anothers_sound() -> None:
    there = mismatched_truth(TRUTH, make_evaluators())
    assert in_sync(agreements(there.video_embeddings, TRUTH.mismatched_audio)) == 1
    assert np.array_equal(there.openings, mismatched(TRUTH.observation.openings))


def test_of_a_single_sentence_anothers_is_itself_later() -> None:
    truth = ground_truth(OF.first(1), make_evaluators())
    there = mismatched_truth(truth, make_evaluators())
    assert in_sync(agreements(there.video_embeddings, truth.mismatched_audio)) == 1
    assert confidence(agreements(truth.observation.video_embeddings, truth.mismatched_audio)) < 0.4


def test_a_painted_film_is_seen_in_the_crops_it_was_painted_for() -> None:
    still = np.repeat(OF.mouths[:, 2:3], OPENINGS.shape[1], 1)
    seen = observe(still, OF, make_evaluators())
    assert np.ptp(seen.openings) < 0.02
    assert seen.openings.mean() == pytest.approx(0.4, abs=0.06)


def test_sentences_too_short_to_judge_are_left_out() -> None:
    truth = ground_truth(make_eval_clips(OPENINGS[:, :30]), make_evaluators())
    assert agreements(truth.observation.video_embeddings, truth.audio_embeddings) == []
    assert in_sync([]) is None
    assert confidence([]) == 0


def test_a_tick_more_or_less_is_in_sync() -> None:
    found = [Agreement(offset, 0.5) for offset in (-2, -1, 0, 1)]
    assert in_sync(found) == 0.75
    assert confidence(found) == pytest.approx(0.5)


def test_each_look_is_heard_at_its_own_tick() -> None:
    heard = make_evaluators().sync_scorer.embed_audio(
        torch.from_numpy(sound_of(np.array([0.25, 0.5])))
    )
    shape = (2, OPENINGS.shape[1] - 4, 128)
    assert TRUTH.observation.video_embeddings.shape == TRUTH.audio_embeddings.shape == shape
    assert heard.norm(dim=1) == pytest.approx([1, 1])
