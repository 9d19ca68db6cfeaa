"""A sync network on drawn mouths: it learns which sound is whose, and finds shifts."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from support.puppets.drawn_set import make_drawn_set

from lipflap.core.errors import DubError
from lipflap.training.data.dataset import ClipRecord
from lipflap.training.mouth.sync_network import SyncNetwork, load_sync
from lipflap.training.sync import (
    SyncRecipe,
    contrastive_loss,
    draw_batches,
    frames_at_ticks,
    save,
    to_mouth_clips,
    train,
    validate,
)

RECIPE = SyncRecipe(steps=60, clips=4, ticks=8, learning_rate=3e-3, average=0.9)


@pytest.mark.slow
def test_a_trained_network_finds_the_shift_and_a_new_one_does_not(tmp_path: Path) -> None:
    footage = make_drawn_set(tmp_path / "set", clips=13)
    torch.manual_seed(0)
    new, trained = SyncNetwork().eval(), train(footage, RECIPE)
    assert validate(trained, footage, [-3, 0, 4]) == {-3: [-3], 0: [0], 4: [4]}
    assert validate(new, footage, [-3, 0, 4]) != {-3: [-3], 0: [0], 4: [4]}
    save(trained, RECIPE, tmp_path / "sync.safetensors")
    again = load_sync(tmp_path / "sync.safetensors")
    assert validate(again, footage, [2]) == {2: [2]}


def test_the_two_halves_share_no_clip(tmp_path: Path) -> None:
    """Clips of a brightness of their own: it tells which were drawn."""
    footage = make_drawn_set(tmp_path / "set", clips=13)
    plain = replace(RECIPE, colour=0.0, grain=0.0, clips=6)
    seen = []
    for half in (0, 1):
        mouths, _ = next(draw_batches(footage, replace(plain, half=half)))
        seen.append(set(mouths.amax((1, 2, 3, 4)).mul(1000).round().int().tolist()))
    assert seen[0]
    assert not seen[0] & seen[1]


def test_a_look_lies_about_the_frame_whose_sound_it_gets() -> None:
    """Pictures that carry their number: the middle of five is the number."""
    film = torch.arange(9.0)[:, None, None, None].expand(9, 3, 2, 2)
    mouths = to_mouth_clips(film)
    assert mouths.shape == (5, 5, 3, 2, 2)
    assert mouths[:, 2, 0, 0, 0].tolist() == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("rate", "numbers"),
    [
        ("25", [0, 1, 2, 3, 4]),
        ("50", [1, 3, 5, 7, 9]),
        ("30", [0, 1, 3, 4, 5]),
        ("12", [0, 0, 1, 1, 2]),
    ],
)
def test_the_clock_has_25_ticks_whatever_the_rate(rate: str, numbers: list[int]) -> None:
    clip = ClipRecord(
        name="clip", rate=Fraction(rate), frame_count=60, hop_count=999, validates=False
    )
    shown = frames_at_ticks(clip)
    assert shown[:5].tolist() == numbers


def test_contrast_is_lowest_when_each_finds_its_own() -> None:
    class Told(SyncNetwork):
        def embed_video(self, clips: torch.Tensor) -> torch.Tensor:
            return clips

        def embed_audio(self, sound: torch.Tensor) -> torch.Tensor:
            return sound

    points = torch.eye(6)
    with torch.no_grad():
        right = contrastive_loss(Told(), points, points)
        wrong = contrastive_loss(Told(), points, points.roll(1, 0))
    sharp = np.exp(2.7)
    assert float(right) == pytest.approx(np.log(1 + 5 * np.exp(-sharp)), abs=1e-5)
    assert float(wrong) == pytest.approx(np.log(5 + np.exp(sharp)), abs=1e-3)


def test_too_little_footage_is_an_error_that_says_how_much(tmp_path: Path) -> None:
    footage = make_drawn_set(tmp_path / "set", clips=3)
    with pytest.raises(DubError, match="1 clips"):
        next(draw_batches(footage, RECIPE))
