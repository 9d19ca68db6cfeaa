"""Numbers about films with known answers."""

import numpy as np
import pytest
from support.puppets.puppet import Puppet, points_of

from lipflap.core.face.matte import WORK
from lipflap.training.evaluation.image_metrics import (
    correlation,
    flicker,
    frechet,
    psnr_db,
    ratio,
    sharpness,
    skin,
    ssim,
)

RNG = np.random.default_rng(5)
TRUE = RNG.integers(60, 180, (2, 4, 64, 96, 3)).astype(np.uint8)
REGION = np.zeros((64, 96), bool)
REGION[8:60, 2:94] = True


def test_psnr_of_a_known_error() -> None:
    off = np.where(REGION[..., None], TRUE + 10, TRUE).astype(np.uint8)
    assert psnr_db(off, TRUE, REGION) == pytest.approx(20 * np.log10(255 / 10))


def test_what_lies_outside_the_region_is_not_counted() -> None:
    off = np.where(REGION[..., None], TRUE, TRUE + 10).astype(np.uint8)
    assert psnr_db(off, TRUE, REGION) == np.inf


def test_psnr_is_the_mean_over_sentences() -> None:
    off = TRUE.copy()
    off[0] += 10
    off[1] += 20
    each = [20 * np.log10(255 / error) for error in (10, 20)]
    assert psnr_db(off, TRUE, REGION) == pytest.approx(np.mean(each))


def test_ssim_of_flat_films_is_that_of_the_formula() -> None:
    flat, light = (np.full_like(TRUE, grey) for grey in (100, 150))
    c1 = (0.01 * 255) ** 2
    known = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert ssim(flat, light, REGION) == pytest.approx(known)
    assert ssim(TRUE, TRUE, REGION) == pytest.approx(1)


def test_ssim_of_one_pixel_is_that_of_the_window_about_it() -> None:
    """Wang et al. 2004, equation 13, with 11 x 11 weights of deviation 1.5."""
    painted = np.clip(TRUE.astype(int) + RNG.integers(-40, 40, TRUE.shape), 0, 255).astype(np.uint8)
    here = np.zeros_like(REGION)
    here[30, 40] = True
    weights = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(weights, weights)[:, :, None] / weights.sum() ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    known = []
    for pair in zip(painted.reshape(-1, 64, 96, 3), TRUE.reshape(-1, 64, 96, 3), strict=True):
        x, y = (one[25:36, 35:46].astype(float) for one in pair)
        mx, my = ((window * one).sum((0, 1)) for one in (x, y))
        vx, vy, both = (
            (window * a).sum((0, 1)) for a in ((x - mx) ** 2, (y - my) ** 2, (x - mx) * (y - my))
        )
        alike = (2 * mx * my + c1) * (2 * both + c2)
        known.append((alike / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean())
    assert ssim(painted, TRUE, here) == pytest.approx(np.mean(known), abs=1e-6)


def test_ssim_is_of_the_region_alone() -> None:
    spoilt = TRUE.copy()
    spoilt[:, :, :, 94:] = 0
    inner = np.zeros_like(REGION)
    inner[8:60, 2:80] = True
    assert ssim(spoilt, TRUE, inner) == pytest.approx(1)
    assert ssim(spoilt, TRUE, REGION) < 0.999


def test_correlation_is_numpys_and_a_still_mouth_follows_nothing() -> None:
    one, other = RNG.random((2, 3, 20))
    known = np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(one, other, strict=True)])
    assert correlation(one, other) == pytest.approx(known)
    assert correlation(np.ones((3, 20)), other) == 0


def test_half_the_contrast_is_half_as_sharp() -> None:
    film = np.zeros_like(TRUE)
    film[..., ::2, :] = 200
    assert sharpness((film // 2), film, REGION) == pytest.approx(0.5)
    assert sharpness(film, np.zeros_like(film), REGION) is None


def test_flicker_of_the_skin_over_the_truths() -> None:
    true, painted = (np.full_like(TRUE, 100) for _ in range(2))
    true[:, ::2] += 4
    painted[:, ::2] += 2
    skins = [REGION, REGION]
    assert flicker(painted, true, skins) == pytest.approx(0.5)
    painted[:, 1::2, ~REGION] += 50
    assert flicker(painted, true, skins) == pytest.approx(0.5)


def test_skin_is_where_no_lips_come() -> None:
    closed, wide = (points_of(Puppet(64, 34, 40, opening))[None] for opening in (0.0, 0.6))
    region = skin(REGION, closed, wide)
    assert not (region & ~REGION).any()
    for x, y in np.concatenate([closed, wide])[:, :20].reshape(-1, 2) - (WORK.left, WORK.top):
        if 0 <= y < 64:
            assert not region[int(y), int(x)]
    assert skin(REGION, closed).sum() > region.sum() > REGION.sum() / 3


def test_frechet_distance_of_clouds_is_that_of_their_normal_distributions() -> None:
    one = RNG.standard_normal((60_000, 2)) * (1, 2)
    other = RNG.standard_normal((60_000, 2)) * (3, 1) + (5, 0)
    assert frechet(one, other) == pytest.approx(5**2 + (3 - 1) ** 2 + (2 - 1) ** 2, rel=0.02)
    own = [frechet(cloud, cloud) for cloud in (one, other, one[::2], other[::3])]
    assert own == pytest.approx([0] * 4, abs=1e-6)
    assert "-" not in " ".join(f"{distance:.3f}" for distance in own)  # rounded, not below zero
    assert frechet(one[:10], other) is None


def test_nothing_is_compared_with_nothing() -> None:
    assert ratio(1, 0) is None
    assert ratio(1, 4) == 0.25
