"""Figures of finished frames, held against known answers on drawn pictures."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.puppets.puppet import Puppet, points_of

from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.training.evaluation.strangers.finished_film import (
    FilmObserver,
    View,
    hull,
    mean_change,
    rim_steps,
    width,
)

PUPPET = Puppet(64, 32, 36, opening=0.3)
COUNT = 6


def _picture(seed: int = 0, size: int = 256) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).random((size, size, 3)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 2)


def _view(rgb: NDArray[np.float32], puppet: Puppet = PUPPET) -> View:
    crop_from_rgb = np.array([[0.5, 0, 0], [0, 0.5, 0]])
    crop = cv2.resize(rgb, (128, 128), interpolation=cv2.INTER_AREA)
    return View(rgb, crop_from_rgb, crop, points_of(puppet))


def _observer() -> FilmObserver:
    plan = FacePlan(
        face=0,
        lines=(0,),
        first_frame=10,
        crop_from_plate=np.zeros((COUNT, 2, 3)),
        points=np.zeros((COUNT, 72, 2)),
        opacity=np.ones(COUNT),
        identity_frame=0,
        painted=np.ones(COUNT, bool),
    )
    return FilmObserver(plan)


def test_an_identical_copy_has_no_error_and_no_rim_and_the_same_sharpness_and_change() -> None:
    observer = _observer()
    for frame in range(10, 10 + COUNT):
        view = _view(_picture(frame))
        observer.observe(frame, view, view)
    assert observer.column("error").tolist() == [0.0] * COUNT
    assert np.array_equal(observer.column("sharpness"), observer.column("filmed_sharpness"))
    assert len(observer.column("change")) == COUNT - 1
    assert np.array_equal(observer.column("change"), observer.column("filmed_change"))
    assert not len(observer.column("step"))


def test_a_blurred_copy_is_less_sharp_and_an_opaque_one_that_stands_still_does_not_change() -> None:
    observer, still = _observer(), _picture(99)
    for frame in range(10, 10 + COUNT):
        observer.observe(frame, _view(cv2.GaussianBlur(still, (0, 0), 3)), _view(_picture(frame)))
    assert observer.column("sharpness").mean() < 0.6 * observer.column("filmed_sharpness").mean()
    assert observer.column("change").max() == 0
    assert observer.column("filmed_change").min() > 0


def test_the_error_is_of_the_mouth_alone() -> None:
    filmed = _picture()
    finished = filmed + np.float32(0.1)
    finished[:100] = 0  # brow and eyes
    observer = _observer()
    observer.observe(10, _view(finished), _view(filmed))
    assert observer.column("error") == pytest.approx([0.01], rel=1e-3)


def test_openings_and_widths_are_of_the_finished_frame() -> None:
    observer = _observer()
    wide = Puppet(64, 32, 36, opening=0.6)
    observer.observe(12, _view(_picture(), wide), _view(_picture()))
    assert observer.openings[2] == pytest.approx(0.6, rel=1e-3)
    assert observer.widths[2] == pytest.approx(0.84, rel=1e-3)
    assert np.isnan(np.delete(observer.openings, 2)).all()


def test_a_frame_after_a_gap_has_no_change() -> None:
    observer = _observer()
    for frame in (10, 11, 13):
        observer.observe(frame, _view(_picture(frame)), _view(_picture(frame)))
    assert len(observer.column("change")) == 1


def test_a_patch_that_does_not_match_has_a_step_at_its_rim_and_one_that_fades_in_has_none() -> None:
    filmed = np.full((200, 200, 3), 0.5, np.float32) + 0.1 * (_picture(size=200) - 0.5)
    matte = np.zeros((200, 200), np.float32)
    cv2.ellipse(matte, (100, 100), (50, 35), 0, 0, 360, 1.0, -1)
    hard, plate = rim_steps(filmed + 0.2 * matte[..., None], filmed, scale=2)
    soft, _ = rim_steps(filmed + 0.002 * matte[..., None], filmed, scale=2)
    assert hard > 5 * plate
    assert soft == pytest.approx(plate, rel=0.2)


def test_what_was_not_changed_has_no_rim() -> None:
    assert np.isnan(rim_steps(_picture(), _picture(), scale=2)).all()


def test_a_hull_and_the_change_in_it_are_as_counted_by_hand() -> None:
    inside = hull(np.array([[2, 1], [5, 1], [5, 4], [2, 4]]), (8, 9))
    assert inside.sum() == 16
    picture, before = np.zeros((8, 9, 3), np.float32), np.zeros((8, 9, 3), np.float32)
    picture[1, 2] = 0.8
    picture[7, 8] = 0.9
    assert mean_change(picture, before, inside) == pytest.approx(0.8 / 16)
    assert width(points_of(PUPPET)) == pytest.approx(0.84, rel=1e-3)
