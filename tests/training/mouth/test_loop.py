"""The training loop on drawn mouths: what it learns, and that a stop changes nothing."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support.puppets.drawn_set import make_drawn_set
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.errors import DubError
from lipflap.core.face.matte import WORK
from lipflap.training.mouth.batch import FRAMES as SEQUENCE
from lipflap.training.mouth.batch import make_batch
from lipflap.training.mouth.distributed import process_group
from lipflap.training.mouth.loop import Experts, batch_noise, train, train_step
from lipflap.training.mouth.loss import to_sequences, v_error
from lipflap.training.mouth.state import new_state
from lipflap.training.mouth.sync_network import SyncNetwork
from lipflap.training.recipe import Recipe, read_recipe

SHAPE = NetworkShape(channels=(16, 32, 32), blocks=1, heads=2, cond_dim=64)
_RANK = """
import sys
from pathlib import Path

import torch

from lipflap.core.diffusion.network import NetworkShape
from lipflap.training.data.dataset import open_prepared_set
from lipflap.training.mouth.loop import train_step; from lipflap.training.mouth.loop import train
from lipflap.training.recipe import Recipe

folder = Path(sys.argv[1])
shape = NetworkShape(channels=(16, 32, 32), blocks=1, heads=2, cond_dim=64)
recipe = Recipe(steps=3, sequences=2, swapped=1, warm_up=1, average=0.9, sync=0, perceptual=0)

def take_step(state, batch, recipe, ranks):
    losses = train_step(state, batch, recipe, ranks, experts=None)
    kept = {"seen": batch.true, "network": state.network.state_dict()}
    torch.save(kept, folder / f"{ranks.rank}.pt")
    return losses

train(open_prepared_set(folder / "set"), recipe, shape, folder / "run", take_step=take_step)
"""


def _recipe(steps: int) -> Recipe:
    return Recipe(
        steps=steps,
        sequences=3,
        swapped=1,
        learning_rate=3e-3,
        warm_up=5,
        average=0.9,
        sync=0,
        perceptual=0,
        seed=2,
    )


def test_a_run_stopped_and_resumed_is_the_run_that_was_not_bit_for_bit(tmp_path: Path) -> None:
    footage = make_drawn_set(tmp_path / "set")
    whole = train(footage, _recipe(4), SHAPE, tmp_path / "whole")
    train(footage, _recipe(4), SHAPE, tmp_path / "parts", until=2)
    resumed = train(footage, _recipe(4), SHAPE, tmp_path / "parts")
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name


def test_a_damaged_state_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    state = new_state(MouthNetwork(SHAPE), _recipe(1), torch.device("cpu"))
    state.save(path)
    state.resume(path)
    whole = path.read_bytes()
    torch.save(torch.load(path, weights_only=True) | {"network": {}}, path)
    for damaged in (path.read_bytes(), whole[: len(whole) // 2], b"a note", b""):
        path.write_bytes(damaged)
        with pytest.raises(DubError, match=r"state\.pt: cannot be read as the state of this train"):
            state.resume(path)


def test_a_lesson_is_a_function_of_seed_step_and_rank(tmp_path: Path) -> None:
    footage = make_drawn_set(tmp_path / "set")
    clips = footage.split(validates=False)
    first, again, other, beside = (
        make_batch(footage, clips, _recipe(1), *drawn) for drawn in ((5,), (5,), (6,), (5, 1))
    )
    assert torch.equal(first.true, again.true)
    assert torch.equal(first.condition.sound, again.condition.sound)
    assert not torch.equal(first.true, other.true)
    assert not torch.equal(first.true, beside.true)
    assert first.true.shape[2:] == (WORK.bottom - WORK.top, WORK.right - WORK.left)
    assert float(first.true.min()) >= -1
    assert float(first.true.max()) <= 1


def test_a_clip_of_more_weight_is_drawn_more_often(tmp_path: Path) -> None:
    """Clips differ in brightness: the brightest is drawn four times of seven."""
    footage = make_drawn_set(tmp_path / "set", clips=5)
    clips = footage.split(validates=False)
    heavy = [*clips[:-1], replace(clips[-1], weight=4.0)]
    plain = replace(_recipe(1), sequences=60, colour=0.0, pose=0.0)
    true = make_batch(footage, heavy, plain, 1).true[::SEQUENCE]
    brightest = true.amax((1, 2, 3)) > (120 + 100 * 4 // 5) / 127.5 - 1 - 0.02
    assert 0.4 < float(brightest.float().mean()) < 0.75


def test_a_swapped_sequence_hears_other_words_and_is_given_the_filmed_ones_as_negatives(
    tmp_path: Path,
) -> None:
    """Sound and mouth are one number here: how loud, how open."""
    footage = make_drawn_set(tmp_path / "set", clips=40)
    clips = footage.split(validates=False)
    recipe = replace(_recipe(1), sequences=20, swapped=10, colour=0.0, shift_px=0, pose=0.0)
    drawn = [make_batch(footage, clips, recipe, step) for step in range(4)]
    dark = torch.cat([_dark(part.true[SEQUENCE // 2 :: SEQUENCE]).view(2, 10) for part in drawn], 1)
    negative = torch.cat(
        [part.negative_audio[:, :, 15:17].mean((1, 2)).view(2, 10) for part in drawn], 1
    )
    assert _correlation(dark[0], negative[0]) > 0.9  # swapped: what the mouth did say
    assert _correlation(dark[1], negative[1]) < 0.5  # others: another moment


def test_a_swapped_sequence_begins_from_noise_alone(tmp_path: Path) -> None:
    footage = make_drawn_set(tmp_path / "set")
    with process_group() as ranks:
        batch = make_batch(footage, footage.split(validates=False), _recipe(1), 3)
        for step in range(5):
            t, eps = batch_noise(batch, _recipe(1), step, ranks)
            assert (t[:SEQUENCE] == 1).all()
            assert torch.equal(eps[0], eps[SEQUENCE - 1])
            assert not torch.equal(eps[0], eps[SEQUENCE])


def test_the_sync_loss_of_an_expert_falls(tmp_path: Path) -> None:
    """With the sync loss alone, the lips come to say what the expert wants to see."""
    torch.manual_seed(0)
    expert = SyncNetwork().eval().requires_grad_(False)
    recipe = replace(_recipe(24), sync=1.0, perceptual=0.0, adversarial=0.0, pose=0.0)
    footage = make_drawn_set(tmp_path / "set")
    heard = []

    def noted(*given: object) -> dict[str, torch.Tensor]:
        losses = train_step(*given, experts=Experts(expert, lambda mouths: [mouths]))  # type: ignore[arg-type]
        heard.append(float(losses["sync"]))
        return losses

    train(footage, recipe, SHAPE, tmp_path / "run", take_step=noted)  # type: ignore[arg-type]
    assert np.mean(heard[-6:]) < np.mean(heard[:6]) - 0.05


def test_validating_clips_never_train(tmp_path: Path) -> None:
    footage = make_drawn_set(tmp_path / "set")
    assert [clip.name for clip in footage.split(validates=True)] == ["clip0"]
    assert "clip0" not in {clip.name for clip in footage.split(validates=False)}


@pytest.mark.soak
def test_training_makes_the_error_smaller(tmp_path: Path) -> None:
    """The same batches, before and after."""
    footage, recipe = make_drawn_set(tmp_path / "set"), replace(_recipe(300), adversarial=0.0)
    batches = [
        make_batch(footage, footage.split(validates=False), recipe, n) for n in range(900, 906)
    ]

    def error(network: MouthNetwork) -> float:
        with torch.no_grad(), process_group() as ranks:
            made = [
                v_error(network, one.true, one.condition, *batch_noise(one, recipe, 1, ranks))[0]
                for one in batches
            ]
        return float(torch.stack([to_sequences(part)[1:].mean() for part in made]).mean())

    torch.manual_seed(recipe.seed)
    new = error(MouthNetwork(SHAPE))
    assert error(train(footage, recipe, SHAPE, tmp_path / "run").network) < 0.95 * new


def test_a_set_of_which_all_is_held_out_is_refused(tmp_path: Path) -> None:
    footage = make_drawn_set(tmp_path / "set")
    held = tuple(replace(clip, validates=True) for clip in footage.clips)
    with pytest.raises(DubError, match="no clip that trains"):
        train(replace(footage, clips=held), _recipe(3), SHAPE, tmp_path / "run")


def test_a_run_logs_losses_and_pictures_and_closes_its_log(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    train(make_drawn_set(tmp_path / "set"), _recipe(3), SHAPE, tmp_path / "run")
    log = EventAccumulator(str(tmp_path / "run" / "log"))
    log.Reload()
    assert [event.step for event in log.Scalars("v")] == [1, 2, 3]
    assert log.Images("filmed over painted")
    left = {type(thread).__name__ for thread in set(threading.enumerate()) - before}
    assert "_AsyncWriterThread" not in left


def test_two_processes_end_with_one_network(tmp_path: Path) -> None:
    """Each saw other batches; only shared gradients leave them alike."""
    script = tmp_path / "rank.py"
    script.write_text(_RANK)
    make_drawn_set(tmp_path / "set")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "--master-port", "0", "--standalone", str(script), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    one, other = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert not torch.equal(one["seen"], other["seen"])
    for name, value in one["network"].items():
        assert torch.equal(value, other["network"][name]), name


def _dark(pictures: torch.Tensor) -> torch.Tensor:
    """How much of each picture is mouth."""
    return (pictures.mean(1) < -0.5).float().mean((1, 2))


def _correlation(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(np.corrcoef(one.numpy(), other.numpy())[0, 1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"stepps = 5", "stepps"),
        (b'steps = "many"', "steps must be int, is 'many'"),
        (b"steps = 0", "steps must be at least 1, is 0"),
        (b"learning_rate = -1e-3", "learning_rate must be at least 0"),
        (b"learning_rate = nan", "learning_rate must be a number"),
        (b"steps = 5 # f\xfcr heute", "is not a recipe"),
    ],
)
def test_a_number_of_a_recipe_that_is_none_is_refused_by_name(
    tmp_path: Path, text: bytes, said: str
) -> None:
    (tmp_path / "recipe.toml").write_bytes(text)
    with pytest.raises(DubError, match=said):
        read_recipe(tmp_path / "recipe.toml", Recipe)


def test_a_recipe_keeps_what_it_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("steps = 5\naverage = 1\n")
    assert read_recipe(tmp_path / "recipe.toml", Recipe) == Recipe(steps=5, average=1.0)
