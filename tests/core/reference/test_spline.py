"""Thin-plate splines, against algebra and SciPy's."""

import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator

from lipflap.core.reference import spline
from lipflap.core.reference.spline import STIFFNESS, fit_spline


@pytest.fixture
def knots() -> np.ndarray:
    return np.random.default_rng(0).uniform(20, 100, (30, 2))


@pytest.fixture
def targets(knots) -> np.ndarray:
    return knots + np.random.default_rng(1).normal(0, 3, knots.shape)


def test_without_stiffness_knots_go_where_they_are_sent(knots, targets, monkeypatch):
    monkeypatch.setattr(spline, "STIFFNESS", 0)
    assert np.allclose(fit_spline(knots, targets)(knots), targets, atol=1e-8)


def test_with_stiffness_knots_come_near(knots, targets):
    missed = np.linalg.norm(fit_spline(knots, targets)(knots) - targets, axis=1)
    assert 0 < missed.mean() < np.linalg.norm(targets - knots, axis=1).mean() / 3


def test_affine_maps_are_exact_everywhere(knots):
    matrix, shift = np.array([[1.2, 0.3], [-0.4, 0.8]]), np.array([5.0, -7])
    anywhere = np.random.default_rng(2).uniform(-200, 300, (7, 5, 2))
    mapped = fit_spline(knots, knots @ matrix + shift)(anywhere)
    assert mapped.shape == anywhere.shape
    assert np.allclose(mapped, anywhere @ matrix + shift, atol=1e-8)


def test_the_map_is_that_of_scipy(knots, targets):
    """Its kernel is half of ours, r^2 log r, on points of the same scale."""
    middle, scale = knots.mean(0), knots.std()
    theirs = RBFInterpolator(
        (knots - middle) / scale, targets, kernel="thin_plate_spline", smoothing=STIFFNESS / 2
    )
    anywhere = np.random.default_rng(3).uniform(0, 120, (50, 2))
    ours = fit_spline(knots, targets)(anywhere)
    assert np.allclose(ours, theirs((anywhere - middle) / scale), atol=1e-6)


def test_it_does_not_matter_where_the_points_lie_or_how_large_they_are(knots, targets):
    ours = fit_spline(knots, targets)(knots + 1)
    larger = fit_spline(10 * knots + 500, 10 * targets - 3)(10 * (knots + 1) + 500)
    assert np.allclose(larger, 10 * ours - 3, atol=1e-6)
