"""Ticks are counted by hand, looks are numbers that say which mouths they were made of."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor

from lipflap.core.analysis.sync_scorer import (
    NUMBERS,
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


def telling(batches: list[int]):
    """What it sees of a look is the brightness of its five mouths."""

    def see(looks: Tensor) -> Tensor:
        batches.append(len(looks))
        rows = torch.zeros(len(looks), NUMBERS)
        rows[:, :5] = looks.mean((2, 3, 4))
        return rows

    return see


def mouth(frame: int) -> np.ndarray:
    return np.full((64, 96, 3), frame / 1000, np.float32)


def shown(frames: list[int], rate: Fraction) -> tuple[MouthEmbeddings, list[int]]:
    batches: list[int] = []
    looks = MouthEmbeddings(telling(batches), rate)
    for frame in frames:
        looks.show(frame, mouth(frame))
    return looks, batches


@pytest.mark.parametrize("rate", [F(25), F(50), F(30000, 1001), F(12)])
def test_a_look_is_of_five_ticks_about_its_own(rate):
    looks, _ = shown(list(range(100)), rate)
    ticks = range(2, ticks_of(100, rate).start - 2)
    by_hand = [[frame_at(tick + k, rate) / 500 - 1 for k in range(-2, 3)] for tick in ticks]
    assert looks.seen(ticks)[:, :5].numpy() == pytest.approx(np.array(by_hand), abs=1e-5)


def test_where_mouths_are_missing_nothing_was_seen():
    looks, _ = shown([*range(10, 30), *range(33, 50)], F(25))
    seen = [tick for tick, row in enumerate(looks.seen(range(60))) if not row.isnan().any()]
    assert seen == [*range(12, 28), *range(35, 48)]


def test_asking_midway_changes_nothing():
    looks, _ = shown(list(range(9)), F(25))
    early = looks.seen(range(9))
    for frame in range(9, 20):
        looks.show(frame, mouth(frame))
    whole, _ = shown(list(range(20)), F(25))
    assert torch.equal(looks.seen(range(2, 18)), whole.seen(range(2, 18)))
    assert torch.equal(early[2:7], whole.seen(range(2, 7)))


def test_each_look_is_seen_once_and_a_few_at_a_time():
    looks, batches = shown(list(range(500)), F(25))
    looks.seen(range(500))
    assert sum(batches) == 496
    assert max(batches) <= 8


def test_sound_at_a_tick_is_the_window_around_it():
    log_mel = np.random.default_rng(1).standard_normal((MELS, 400)).astype(np.float32)
    ticks = range(-5, 90)
    heard = audio_embeddings(lambda sound: sound.flatten(1)[:, :NUMBERS], log_mel, ticks, F(1))
    by_hand = [window(log_mel, tick, F(25), F(1)).ravel()[:NUMBERS] for tick in ticks]
    assert np.array_equal(heard.numpy(), np.stack(by_hand))


def test_the_judge_that_is_shipped_gives_unit_vectors():
    judge = load_sync_scorer()
    generator = torch.Generator().manual_seed(1)
    looks = torch.rand(3, 5, 3, 64, 96, generator=generator) * 2 - 1
    sound = torch.rand(3, 80, 32, generator=generator)
    for made in (judge.see(looks), judge.hear(sound)):
        assert made.shape == (3, NUMBERS)
        assert made.norm(dim=1).numpy() == pytest.approx(1, abs=1e-3)
