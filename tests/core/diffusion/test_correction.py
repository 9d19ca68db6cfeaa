"""The correction of laid mouths: what it may read, and what it may change."""

import pytest
import torch

from lipflap.core.diffusion.correction import (
    SPREAD,
    CorrectionNetwork,
    correct,
    corrected,
    enlarge,
)

HEIGHT, WIDTH = 64, 96


@pytest.fixture(scope="module")
def network() -> CorrectionNetwork:
    torch.manual_seed(1)
    network = CorrectionNetwork()
    for name, weight in network.named_parameters():
        if name.endswith("conv_out.weight"):  # zero in a new network
            torch.nn.init.normal_(weight, std=0.1)
    return network.eval().requires_grad_(False)


def base() -> torch.Tensor:
    return torch.rand((2, 3, HEIGHT, WIDTH), generator=torch.Generator().manual_seed(2)) * 2 - 1


def mask() -> torch.Tensor:
    mask = torch.zeros(2, 1, HEIGHT, WIDTH)
    mask[:, :, 20:44, 30:66] = 0.75
    return mask


def noise() -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randn((2, 3, HEIGHT // 2, WIDTH // 2), generator=generator)


def test_a_new_network_changes_nothing() -> None:
    with torch.no_grad():
        residual = correct(CorrectionNetwork(), base(), mask(), noise(), 2)
    assert torch.equal(corrected(base(), mask(), residual), base())


def test_outside_the_mask_every_bit_stays(network) -> None:
    picture = corrected(base(), mask(), correct(network, base(), mask(), noise(), 1))
    outside = (mask() == 0).expand(-1, 3, -1, -1)
    assert torch.equal(picture[outside], base()[outside])
    assert (picture[~outside] - base()[~outside]).abs().mean() > 0.01


def test_a_residual_is_shown_by_its_mask_at_twice_its_size() -> None:
    residual = torch.full((2, 3, HEIGHT // 2, WIDTH // 2), 0.4)
    picture = corrected(torch.zeros_like(base()), mask(), residual)
    assert picture[0, 0, 30, 40] == pytest.approx(0.4 * 0.75 * SPREAD)
    ramp = torch.arange(WIDTH // 2.0).expand(1, 1, 4, -1)
    assert enlarge(ramp)[0, 0, 3, 40:44].tolist() == [19.75, 20.25, 20.75, 21.25]


@pytest.mark.parametrize(
    "other",
    [(base() * 0.5, mask(), noise()), (base(), mask() * 0.5, noise()), (base(), mask(), -noise())],
)
def test_picture_mask_and_noise_count(network, other) -> None:
    assert not torch.equal(
        correct(network, base(), mask(), noise(), 1), correct(network, *other, 1)
    )


def test_a_picture_does_not_depend_on_its_neighbours(network) -> None:
    both = correct(network, base(), mask(), noise(), 2)
    alone = correct(network, base()[:1], mask()[:1], noise()[:1], 2)
    assert torch.allclose(both[:1], alone, atol=1e-3)
