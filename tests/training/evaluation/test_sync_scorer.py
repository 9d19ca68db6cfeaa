"""Ticks are counted by hand; the shipped scorer gives unit vectors."""

from fractions import Fraction

import pytest
import torch

from lipflap.core.voice.log_mel import HOPS, MELS
from lipflap.training.evaluation.sync_scorer import EMBEDDING_DIM, frame_at, load_sync_scorer

F = Fraction
RATES = [F(25), F(24), F(24000, 1001), F(30000, 1001), F(50), F(12), F(60)]


@pytest.mark.parametrize("rate", RATES)
def test_a_tick_shows_the_frame_whose_middle_is_nearest(rate):
    for tick in range(200):
        middle_s = F(2 * tick + 1, 50)
        shown = frame_at(tick, rate)
        away = {f: abs((f + F(1, 2)) / rate - middle_s) for f in range(shown - 3, shown + 4)}
        assert away[shown] == min(away.values())


def test_the_shipped_scorer_gives_unit_vectors():
    scorer = load_sync_scorer()
    clips, sound = torch.rand(2, 5, 3, 64, 96) * 2 - 1, torch.randn(2, MELS, HOPS)
    for rows in (scorer.embed_video(clips), scorer.embed_audio(sound)):
        assert rows.shape == (2, EMBEDDING_DIM)
        assert torch.allclose(rows.norm(dim=1), torch.ones(2), atol=1e-3)
