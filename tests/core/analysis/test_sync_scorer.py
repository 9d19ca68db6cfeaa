"""Ticks are counted by hand, embeddings are numbers that say which mouths they are of."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor

from lipflap.core.analysis.sync_scorer import (
    EMBEDDING_DIM,
    MouthEmbeddings,
    audio_embeddings,
    frame_at,
    load_sync_scorer,
    ticks_of,
)
from lipflap.core.voice.log_mel import MELS, window

F = Fraction
RATES = [F(25), F(24), F(24000, 1001), F(30000, 1001), F(50), F(12), F(60)]


@pytest.mark.parametrize("rate", RATES)
def test_a_tick_shows_the_frame_whose_middle_is_nearest(rate):
    for tick in range(200):
        middle_s = F(2 * tick + 1, 50)
        shown = frame_at(tick, rate)
        away = {f: abs((f + F(1, 2)) / rate - middle_s) for f in range(shown - 3, shown + 4)}
        assert away[shown] == min(away.values())


@pytest.mark.parametrize("rate", RATES)
def test_every_tick_belongs_to_one_frame(rate):
    ticks = [(frame, tick) for frame in range(120) for tick in ticks_of(frame, rate)]
    assert [tick for _, tick in ticks] == list(range(len(ticks)))
    assert all(frame_at(tick, rate) == frame for frame, tick in ticks)


def by_brightness(batches: list[int]):
    """Embed a mouth clip as the brightness of its five mouths."""

    def embed_video(clips: Tensor) -> Tensor:
        batches.append(len(clips))
        rows = torch.zeros(len(clips), EMBEDDING_DIM)
        rows[:, :5] = clips.mean((2, 3, 4))
        return rows

    return embed_video


def mouth(frame: int) -> np.ndarray:
    return np.full((64, 96, 3), frame / 1000, np.float32)


def collected(frames: list[int], rate: Fraction) -> tuple[MouthEmbeddings, list[int]]:
    batches: list[int] = []
    mouths = MouthEmbeddings(by_brightness(batches), rate)
    for frame in frames:
        mouths.add(frame, mouth(frame))
    return mouths, batches


@pytest.mark.parametrize("rate", [F(25), F(50), F(30000, 1001), F(12)])
def test_a_mouth_clip_is_of_five_ticks_about_its_own(rate):
    mouths, _ = collected(list(range(100)), rate)
    ticks = range(2, ticks_of(100, rate).start - 2)
    by_hand = [[frame_at(tick + k, rate) / 500 - 1 for k in range(-2, 3)] for tick in ticks]
    assert mouths.embeddings(ticks)[:, :5].numpy() == pytest.approx(np.array(by_hand), abs=1e-5)


def test_where_mouths_are_missing_there_is_no_embedding():
    mouths, _ = collected([*range(10, 30), *range(33, 50)], F(25))
    seen = [tick for tick, row in enumerate(mouths.embeddings(range(60))) if not row.isnan().any()]
    assert seen == [*range(12, 28), *range(35, 48)]


def test_asking_midway_changes_nothing():
    mouths, _ = collected(list(range(9)), F(25))
    early = mouths.embeddings(range(9))
    for frame in range(9, 20):
        mouths.add(frame, mouth(frame))
    whole, _ = collected(list(range(20)), F(25))
    assert torch.equal(mouths.embeddings(range(2, 18)), whole.embeddings(range(2, 18)))
    assert torch.equal(early[2:7], whole.embeddings(range(2, 7)))


def test_each_clip_is_embedded_once_and_a_few_at_a_time():
    mouths, batches = collected(list(range(500)), F(25))
    mouths.embeddings(range(500))
    assert sum(batches) == 496
    assert max(batches) <= 8


def test_sound_at_a_tick_is_the_window_around_it():
    log_mel = np.random.default_rng(1).standard_normal((MELS, 400)).astype(np.float32)
    ticks = range(-5, 90)
    embeddings = audio_embeddings(
        lambda sound: sound.flatten(1)[:, :EMBEDDING_DIM], log_mel, ticks, F(1)
    )
    by_hand = [window(log_mel, tick, F(25), F(1)).ravel()[:EMBEDDING_DIM] for tick in ticks]
    assert np.array_equal(embeddings.numpy(), np.stack(by_hand))


def test_the_shipped_scorer_gives_unit_vectors():
    scorer = load_sync_scorer()
    generator = torch.Generator().manual_seed(1)
    clips = torch.rand(3, 5, 3, 64, 96, generator=generator) * 2 - 1
    sound = torch.rand(3, 80, 32, generator=generator)
    for rows in (scorer.embed_video(clips), scorer.embed_audio(sound)):
        assert rows.shape == (3, EMBEDDING_DIM)
        assert rows.norm(dim=1).numpy() == pytest.approx(1, abs=1e-3)
