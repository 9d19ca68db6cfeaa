"""The background behind a head is seen where that was elsewhere, and stays when it is moved."""

import numpy as np
from support.puppets.puppet import Puppet, draw, points_of

from lipflap.core.extension.behind_head import (
    BehindHead,
    boxes_together,
    move_before,
    see_behind,
)
from lipflap.core.extension.move_head import head_ellipse, plan_move

SIZE = (256, 192)
WHOLE = (0, 0, *SIZE)
EYES = 20
MOVE = np.array([0.12, -0.1, 0, 0.03, 0, 0])


def _wall() -> np.ndarray:
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    stripes = 0.3 + 0.4 * ((across // 6 + down // 6) % 2)
    return np.repeat(stripes[..., None], 3, 2).astype(np.float32)


def _plate(puppet: Puppet, grain: int = 0) -> np.ndarray:
    picture, empty = (draw(some, *SIZE) for some in ([puppet], []))
    plate = np.where((picture == empty).all(-1, keepdims=True), _wall(), picture / np.float32(255))
    noise = np.random.default_rng(grain).normal(0, 0.01, plate.shape) if grain else 0
    return np.clip(plate + noise, 0, 1).astype(np.float32)


def _swinging(count: int = 16) -> list[Puppet]:
    return [Puppet(128 + 70 * np.sin(n), 70, EYES) for n in range(count)]


def _behind(puppets: list[Puppet], bounds: tuple[int, int, int, int] = WHOLE) -> BehindHead:
    left, top, right, bottom = bounds
    plates = [_plate(one, n + 1)[top:bottom, left:right] for n, one in enumerate(puppets)]
    return see_behind(plates, [head_ellipse(points_of(one)) for one in puppets], bounds)


def test_the_wall_is_seen_behind_a_head_that_swings() -> None:
    behind = _behind(_swinging())
    sure = behind.known > 0.9
    assert sure.mean() > 0.7
    assert np.abs(behind.rgb - _wall())[sure].max() < 0.05
    part = _behind(_swinging(), (40, 20, 200, 150))
    assert np.allclose(part.rgb, behind.rgb[20:150, 40:200], atol=0.05)


def test_what_a_still_head_hides_or_what_changes_is_not_known() -> None:
    still = [Puppet(128, 70, EYES)] * 16
    known = _behind(still).known
    hidden = (_plate(still[0]) != _wall()).any(-1)
    assert known[hidden].max() == 0
    assert known[:, :40].min() > 0.9
    flickering = [_plate(one) * (0.5 + n % 4 / 6) for n, one in enumerate(still)]
    heads = [head_ellipse(points_of(one)) for one in still]
    assert see_behind(flickering, heads, WHOLE).known.max() < 0.1


def test_a_head_is_moved_and_the_wall_behind_it_stays() -> None:
    face = Puppet(128, 70, EYES)
    there = Puppet(128 + 0.12 * EYES, 70 - 0.1 * EYES, EYES)
    plate, wanted = _plate(face), _plate(there)
    move = plan_move(points_of(face), MOVE * (1, 1, 1, 0, 1, 1), EYES)
    behind = _behind(_swinging())
    new = move_before(plate, move, WHOLE, SIZE, behind)
    assert np.abs(new - wanted).mean() < 0.5 * np.abs(plate - wanted).mean()
    outside = (plate == _wall()).all(-1) & (wanted == _wall()).all(-1)
    held = outside & (behind.known > 0.99)
    assert held.mean() > 0.5
    assert np.abs(new - plate)[held].mean() < 0.01
    unknown = BehindHead(WHOLE, behind.rgb, np.zeros_like(behind.known))
    bent = move_before(plate, move, WHOLE, SIZE, unknown)
    assert np.abs(bent - plate)[held].mean() > 0.03


def test_the_grain_of_the_plate_itself_stays_in_the_wall() -> None:
    face = Puppet(128, 70, EYES)
    plate = _plate(face, grain=99)
    behind = _behind(_swinging())
    far = np.zeros(SIZE[::-1], bool)
    far[20:60, 150:190] = True
    new = move_before(plate, plan_move(points_of(face), MOVE, EYES), WHOLE, SIZE, behind)
    assert (new - _wall())[far].std() > 0.8 * (plate - _wall())[far].std()


def test_a_head_that_stays_is_not_touched() -> None:
    face = Puppet(128, 70, EYES)
    plate = _plate(face, grain=7)
    move = plan_move(points_of(face), np.zeros(6), EYES)
    new = move_before(plate, move, WHOLE, SIZE, _behind(_swinging()))
    assert np.abs(new - plate).max() < 1e-3


def test_boxes_are_put_together() -> None:
    assert boxes_together([(3, 4, 10, 12), (1, 6, 9, 20)]) == (1, 4, 10, 20)
