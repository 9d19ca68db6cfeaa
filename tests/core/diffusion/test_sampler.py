"""The samplers against algebra: for Gaussian data the probability-flow ODE has a closed answer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.diffusion.sampler import Guidance, paint, sample_ddim, sample_dpm_solver
from lipflap.core.diffusion.schedule import alpha_sigma

MEAN, DEVIATION = 0.3, 0.5
SMALL = NetworkShape(channels=(16, 16, 32), blocks=1, heads=2, cond_dim=32)
Sampler = Callable[[Callable[[Tensor, Tensor], Tensor], Tensor, list[float]], Tensor]


def _gaussian_denoiser(x: Tensor, t: Tensor) -> Tensor:
    """E[x0 | x_t] when x0 is normal with MEAN and DEVIATION."""
    alpha, sigma = (part.double() for part in alpha_sigma(t))
    variance = alpha**2 * DEVIATION**2 + sigma**2
    return MEAN + alpha * DEVIATION**2 / variance * (x - alpha * MEAN)


def _exact(x: Tensor, start: float) -> Tensor:
    """Where the ODE takes x from time `start` to 0: the standard score stays what it was."""
    alpha, sigma = (part.double() for part in alpha_sigma(torch.tensor(start)))
    deviation = (alpha**2 * DEVIATION**2 + sigma**2).sqrt()
    return MEAN + DEVIATION * (x - alpha * MEAN) / deviation


def _error(sampler: Sampler, steps: int) -> float:
    start = 0.9
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    times = [start * (1 - k / steps) for k in range(steps)] + [0.0]
    return float((sampler(_gaussian_denoiser, x, times) - _exact(x, start)).abs().max())


def test_ddim_follows_the_ode_at_first_order() -> None:
    assert _error(sample_ddim, 200) < 0.01
    assert _error(sample_ddim, 100) / _error(sample_ddim, 200) == pytest.approx(2, abs=0.2)


def test_dpm_solver_is_much_nearer_to_the_ode_at_the_same_cost() -> None:
    assert _error(sample_dpm_solver, 20) < _error(sample_ddim, 20) / 4


def test_a_perfect_denoiser_is_followed_to_its_picture_from_pure_noise() -> None:
    picture = torch.rand(2, 3, 4, 4)
    for sampler in (sample_ddim, sample_dpm_solver):
        for steps in (1, 2, 5):
            times = [1 - k / steps for k in range(steps)] + [0.0]
            made = sampler(lambda x, t: picture, torch.randn(2, 3, 4, 4), times)
            assert torch.allclose(made, picture, atol=1e-5)


def _condition(batch: int = 2) -> Condition:
    generator = torch.Generator().manual_seed(3)

    def picture() -> Tensor:
        return torch.rand(batch, 3, 16, 24, generator=generator) * 2 - 1

    mask = torch.zeros(16, 24)
    mask[4:12, 4:20] = 1
    sound = torch.randn(batch, 80, 32, generator=generator)
    return Condition(picture(), mask, picture(), torch.ones(batch), picture(), sound)


def _network(deviation: float = 0.05) -> MouthNetwork:
    torch.manual_seed(0)
    network = MouthNetwork(SMALL).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=deviation)
    return network


def test_known_pixels_come_back_as_they_were_and_the_mouth_does_not() -> None:
    condition = _condition()
    with torch.no_grad():
        painted = paint(_network(), condition, torch.randn(2, 3, 16, 24), steps=3)
    outside = condition.mask == 0
    assert torch.equal(painted[..., outside], condition.plate[..., outside])
    assert (
        not torch.isclose(painted[..., ~outside], condition.plate[..., ~outside]).any(dim=1).all()
    )


def test_the_old_mouth_is_never_read() -> None:
    condition = _condition()
    noise = torch.randn(2, 3, 16, 24)
    hidden = torch.where(condition.mask > 0, torch.nan, condition.plate)
    blind = Condition(
        hidden,
        condition.mask,
        condition.previous,
        condition.previous_known,
        condition.identity,
        condition.sound,
    )
    with torch.no_grad():
        seeing = paint(_network(), condition, noise, steps=2)
        unseeing = paint(_network(), blind, noise, steps=2)
    assert torch.equal(seeing, unseeing)


def test_a_batch_paints_what_each_shot_alone_would() -> None:
    condition, noise, network = _condition(), torch.randn(2, 3, 16, 24), _network()
    with torch.no_grad():
        together = paint(network, condition, noise, steps=2)
        alone = paint(network, condition.rows(0, 1), noise[:1], steps=2)
    assert torch.allclose(together[:1], alone, atol=1e-5)


def test_sound_previous_and_identity_each_change_the_mouth() -> None:
    condition, noise, network = _condition(), torch.randn(2, 3, 16, 24), _network()
    with torch.no_grad():
        as_told = paint(network, condition, noise, steps=2)
        for name in ("previous", "identity", "sound"):
            parts = {f: getattr(condition, f) for f in Condition.__slots__}
            parts[name] = -parts[name]
            assert not torch.equal(paint(network, Condition(**parts), noise, steps=2), as_told)


def test_an_unknown_previous_mouth_is_not_read() -> None:
    condition, noise, network = _condition(), torch.randn(2, 3, 16, 24), _network()
    parts = {f: getattr(condition, f) for f in Condition.__slots__}
    parts["previous_known"] = torch.zeros(2)
    other = dict(parts)
    other["previous"] = torch.where(condition.mask > 0, -condition.previous, condition.previous)
    with torch.no_grad():
        one = paint(network, Condition(**parts), noise, steps=2)
        two = paint(network, Condition(**other), noise, steps=2)
    assert torch.equal(one, two)


def test_guidance_goes_as_much_further_from_the_silent_mouth_as_it_says() -> None:
    condition, noise, network = _condition(), torch.randn(2, 3, 16, 24), _network(0.1)
    silence = replace(condition, sound=torch.full_like(condition.sound, -1.3))
    with torch.no_grad():
        heard = paint(network, condition, noise, steps=1)
        silent = paint(network, silence, noise, steps=1)
        guided = paint(network, condition, noise, 1, Guidance(5.0, -1.3))
        unguided = paint(network, condition, noise, 1, Guidance(1.0, -1.3))
    free = (heard.abs() < 1) & (silent.abs() < 1) & (guided.abs() < 1)
    assert torch.allclose(guided[free], (silent + 5 * (heard - silent))[free], atol=1e-5)
    assert torch.allclose(unguided, heard, atol=1e-5)
    assert float((guided - heard).abs().max()) > 1e-3


def test_the_sampler_asked_for_paints() -> None:
    condition, noise, network = _condition(), torch.randn(2, 3, 16, 24), _network()
    with torch.no_grad():
        solved = paint(network, condition, noise, 4)
        followed = paint(network, condition, noise, 4, sampler=sample_ddim)
        one = paint(network, condition, noise, 1)
        same = paint(network, condition, noise, 1, sampler=sample_ddim)
    assert float((solved - followed).abs().max()) > 1e-3
    assert torch.allclose(one, same, atol=1e-5)
