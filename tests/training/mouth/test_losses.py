"""Losses against what they must be in cases whose answer is known."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from support.puppets.drawn_set import make_drawn_set
from torch import Tensor

from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.errors import DubError
from lipflap.core.paint.rollout import work_mask
from lipflap.training.mouth.batch import FRAMES, Batch, make_batch
from lipflap.training.mouth.critic import Critic, critic_loss, fooling_loss
from lipflap.training.mouth.loss import (
    lips_weight,
    perceptual_loss,
    sync_loss,
    to_sequences,
    v_error,
)
from lipflap.training.mouth.perceptual import Vgg, load_vgg
from lipflap.training.mouth.sync_network import SyncNetwork
from lipflap.training.recipe import Recipe

RECIPE = Recipe(sequences=3, swapped=1, wide=0.0)
SHAPE = NetworkShape(channels=(16, 32, 32), blocks=1, heads=2, cond_dim=64)


def _batch(folder: Path) -> Batch:
    footage = make_drawn_set(folder / "set")
    return make_batch(footage, footage.split(validates=False), RECIPE, 1)


def test_a_new_network_paints_the_identity_frame_from_noise_alone(tmp_path: Path) -> None:
    """Its last layer is silent, so v is 0 and the residual it has in mind is too."""
    batch, network = _batch(tmp_path), MouthNetwork(SHAPE)
    t, eps = torch.ones(len(batch.true)), torch.randn(batch.true.shape)
    with torch.no_grad():
        error, clean = v_error(network, batch.true, batch.condition, t, eps)
    mask = batch.condition.mask > 0
    assert torch.allclose(clean[:, :, mask], batch.condition.identity[:, :, mask], atol=1e-4)
    assert torch.equal(clean[:, :, ~mask], batch.true[:, :, ~mask])
    wanted = (batch.true - batch.condition.identity) / 0.2
    assert torch.allclose(error[:, :, mask], wanted[:, :, mask] ** 2, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("wide", [False, True])
def test_an_error_on_the_lips_costs_most_and_one_outside_nothing(wide: bool) -> None:
    mask = work_mask(wide=wide)
    weight = lips_weight(mask, RECIPE)
    assert float(weight.mean()) == pytest.approx(1)
    assert not weight[mask == 0].any()
    row, column = divmod(int(weight.argmax()), weight.shape[1])
    assert (row, column) == (86 - 60, 64 - 16)


def test_the_wide_mask_leaves_no_cheek_and_no_chin_to_read() -> None:
    narrow, wide = work_mask(), work_mask(wide=True)
    assert (wide >= narrow).all()
    assert wide[-1].all()
    assert wide[10, 0]
    assert not wide[:8].any()


def test_samples_become_sequences_and_keep_their_order() -> None:
    samples = torch.arange(10.0)[:, None, None, None].expand(10, 3, 4, 4)
    assert to_sequences(samples)[:, :, 0, 0, 0].tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_sync_is_paid_for_by_lips_that_say_the_wrong_sound(tmp_path: Path) -> None:
    """A expert that reads and hears one number, the same in a mouth and in its sound."""

    class Knows(SyncNetwork):
        def embed_video(self, clips: Tensor) -> Tensor:
            return torch.nn.functional.one_hot(clips[:, 0, 0, 0, 0].long(), 9).float()

        def embed_audio(self, sound: Tensor) -> Tensor:
            return torch.nn.functional.one_hot(sound[:, 0, 0].long(), 9).float()

    batch = _batch(tmp_path)
    said = torch.arange(3.0).repeat_interleave(FRAMES)[:, None, None].expand(-1, 80, 32)
    negative = torch.arange(3.0, 6)[:, None, None].expand(-1, 80, 32)
    batch = replace(batch, condition=replace(batch.condition, sound=said), negative_audio=negative)
    mouths = torch.arange(3.0)[:, None, None, None, None].expand(3, 5, 3, 64, 96)
    with torch.no_grad():
        right, old = (float(sync_loss(Knows(), n + mouths, batch)) for n in (0, 3))
    assert right < 0.5
    assert old > 10


def test_perceptual_distance_is_nothing_for_the_truth_and_grows_with_the_error() -> None:
    torch.manual_seed(1)
    expert = SyncNetwork().eval().requires_grad_(False)
    true, noise = torch.rand(2, 5, 3, 64, 96), torch.randn(2, 5, 3, 64, 96)
    none, little, much = (
        float(perceptual_loss(expert.features, true + level * noise, true))
        for level in (0, 0.02, 0.2)
    )
    assert none == 0
    assert 0 < little < much


def test_a_critic_learns_to_tell_and_a_painter_to_fool_it() -> None:
    torch.manual_seed(2)
    critic = Critic()
    filmed, made = torch.rand(6, 5, 3, 64, 96), torch.zeros(6, 5, 3, 64, 96, requires_grad=True)
    step = torch.optim.Adam(critic.parameters(), 1e-3)
    for _ in range(12):
        step.zero_grad()
        loss = critic_loss(critic, made, filmed)
        loss.backward()
        step.step()
    assert made.grad is None  # the critic's loss is no matter of the painter's
    with torch.no_grad():
        assert float(fooling_loss(critic, filmed)) < float(fooling_loss(critic, made)) - 0.2
    fooling_loss(critic, made).backward()
    with torch.no_grad():
        moved = made - 5 * made.grad.sign()
        assert float(fooling_loss(critic, moved)) < float(fooling_loss(critic, made))


def test_vgg_features_come_from_its_public_layer_names(tmp_path: Path) -> None:
    """A file of that layout, made here: the real one cannot be fetched in a test."""
    torch.manual_seed(3)
    weights = {name: 0.1 * torch.randn_like(value) for name, value in Vgg().state_dict().items()}
    assert "features.21.weight" in weights
    torch.save({**weights, "classifier.0.weight": torch.zeros(2)}, tmp_path / "vgg.pth")
    made = load_vgg(tmp_path / "vgg.pth")(torch.rand(1, 5, 3, 64, 96))
    assert [tuple(part.shape) for part in made] == [
        (5, 64, 64, 96),
        (5, 128, 32, 48),
        (5, 256, 16, 24),
        (5, 512, 8, 12),
    ]


def test_damaged_vgg_weights_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "vgg.pth").write_bytes(b"not weights")
    with pytest.raises(DubError, match=r"vgg\.pth"):
        load_vgg(tmp_path / "vgg.pth")
