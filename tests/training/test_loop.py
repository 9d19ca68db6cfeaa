"""The training loop on drawn mouths: what it learns, and that a stop changes nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lipflap.core.diffusion.network import NetworkShape
from lipflap.core.face.matte import WORK
from lipflap.core.voice.features import MELS
from lipflap.training.dataset import (
    KEPT_PX,
    Clip,
    Footage,
    batch,
    open_footage,
    write_clips,
)
from lipflap.training.loop import train
from lipflap.training.recipe import Recipe, read_recipe

SHAPE = NetworkShape(fine=16, middle=32, coarse=32, blocks=1, heads=2, told=64)
FRAMES, HELD = 40, 4
DOWN, ACROSS = np.mgrid[0 : KEPT_PX[0], 0 : KEPT_PX[1]]


def _drawn(opening: float, skin: int) -> NDArray[np.uint8]:
    """Skin with a dark mouth, 1 to 12 px high."""
    picture = np.full((*KEPT_PX, 3), skin, np.uint8)
    mouth = ((DOWN - 34) / (1 + 11 * opening)) ** 2 + ((ACROSS - 56) / 20) ** 2 < 1
    picture[mouth] = 30
    return picture


def _film(folder: Path, clips: int = 6) -> Footage:
    """Drawn mouths as open as their sound is loud: 40 frames at 20 a second a clip."""
    rng = np.random.default_rng(4)
    rows, frames, hops = [], [], []
    for number in range(clips):
        opening = np.repeat(rng.random(FRAMES // HELD), HELD)
        frames += [_drawn(o, 120 + 100 * number // clips) for o in opening]
        hops += [np.full(MELS, -7 + 6 * o) for o in np.repeat(opening, 4)]
        sizes = (number * FRAMES, FRAMES, number * FRAMES * 4, FRAMES * 4)
        rows.append(Clip(f"clip{number}", *sizes, "20", number == 0))
    folder.mkdir(exist_ok=True)
    np.stack(frames).tofile(folder / "frames.raw")
    np.stack(hops).astype(np.float16).tofile(folder / "hops.raw")
    write_clips(rows, folder)
    return open_footage(folder)


def _recipe(steps: int) -> Recipe:
    return Recipe(steps=steps, batch=8, learning_rate=3e-3, warm_up=5, average=0.9, seed=2)


def test_a_run_stopped_and_resumed_is_the_run_that_was_not_bit_for_bit(tmp_path: Path) -> None:
    footage = _film(tmp_path / "set")
    whole = train(footage, _recipe(6), SHAPE, tmp_path / "whole")
    train(footage, _recipe(6), SHAPE, tmp_path / "parts", until=3)
    resumed = train(footage, _recipe(6), SHAPE, tmp_path / "parts")
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name


def test_a_batch_is_a_function_of_seed_and_step(tmp_path: Path) -> None:
    footage = _film(tmp_path / "set")
    clips = footage.split(validates=False)
    true, condition, _ = batch(footage, clips, _recipe(1), step=5)
    again, *_ = batch(footage, clips, _recipe(1), step=5)
    other, *_ = batch(footage, clips, _recipe(1), step=6)
    assert torch.equal(true, again)
    assert not torch.equal(true, other)
    assert true.shape[2:] == (WORK.bottom - WORK.top, WORK.right - WORK.left)
    assert float(true.min()) >= -1
    assert float(true.max()) <= 1
    assert not torch.equal(condition.identity, true)


def test_validating_clips_never_train(tmp_path: Path) -> None:
    footage = _film(tmp_path / "set")
    assert [clip.name for clip in footage.split(validates=True)] == ["clip0"]
    assert "clip0" not in {clip.name for clip in footage.split(validates=False)}


def test_training_makes_the_error_smaller(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "lipflap.training.loop")
    train(_film(tmp_path / "set"), _recipe(200), SHAPE, tmp_path / "run")
    first, last = (float(r.getMessage().split("loss ")[1].split(",")[0]) for r in caplog.records)
    assert last < 0.9 * first


def test_a_misspelt_number_in_a_recipe_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("stepps = 5\n")
    with pytest.raises(Exception, match="stepps"):
        read_recipe(tmp_path / "recipe.toml")
