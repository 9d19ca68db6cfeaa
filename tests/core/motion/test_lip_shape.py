"""The shape of lips in an actor's own range: what was put in comes out."""

import numpy as np
import pytest

from lipflap.core.face.landmarks import COUNT, INNER_LIPS, LIPS, LOWER_JAW, MESH, NOSE
from lipflap.core.motion.lip_shape import (
    LATENTS,
    MAX_SPREAD,
    MIN_SPREAD,
    SHAPE,
    ActorLips,
    LipBasis,
    close_crossing_lips,
    find_basis,
    head_poses,
    measure_actor,
    nose_bases,
    relative_shapes,
    speaking_lips,
)

LOWER = [SHAPE.index(point) for point in INNER_LIPS[1:10]]
UPPER = [SHAPE.index(point) for point in INNER_LIPS[11:]]


def basis(seed: int = 0) -> LipBasis:
    rng = np.random.default_rng(seed)
    directions, _ = np.linalg.qr(rng.standard_normal((2 * len(SHAPE), LATENTS)))
    return LipBasis(directions.T, np.linspace(6, 1, LATENTS))


def face_points(shapes: np.ndarray, poses: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Points [T, 72, 2] of a face with these shapes and poses, its nose base at `base` [T, 2]."""
    points = np.zeros((len(shapes), COUNT, 2))
    points[:, list(NOSE)] = base[:, None]
    points[:, NOSE[1]] = base + poses
    points[:, list(SHAPE)] = shapes + base[:, None]
    return points


@pytest.fixture
def talking():
    """A head that nods and turns while it talks: basis, points, and what they are made of."""
    rng = np.random.default_rng(1)
    count, space = 400, basis()
    poses = rng.normal((1, -8), 5, (count, 2))
    slopes = rng.normal(0, 0.5, (2, len(SHAPE), 2))
    slopes[:, LOWER] += (slopes[:, UPPER] - slopes[:, LOWER]).mean(1, keepdims=True)  # opens none
    slopes = slopes.reshape(2, -1)
    mean = rng.normal(0, 20, 2 * len(SHAPE))
    latents = rng.standard_normal((count, LATENTS))
    flat = mean + (poses - poses.mean(0)) @ slopes + (latents * space.spread) @ space.components
    base = rng.normal(64, 3, (count, 2))
    points = face_points(flat.reshape(count, -1, 2), poses, base)
    return space, points, latents, poses, slopes


def test_poses_and_bases_are_read_as_they_were_put_in(talking):
    _, points, _, poses, _ = talking
    assert np.allclose(head_poses(points), poses)
    moved = points + np.array([3.0, -2.0])
    assert np.allclose(relative_shapes(moved), relative_shapes(points))
    assert np.allclose(nose_bases(moved) - nose_bases(points), (3, -2))


def test_the_slopes_of_turn_and_nod_are_found(talking):
    space, points, latents, _, slopes = talking
    actor = measure_actor(space, points, np.ones(len(points), bool))
    assert np.abs(actor.slopes - slopes).mean() < 0.05
    assert np.allclose(actor.spread / space.spread, latents.std(0), rtol=0.1)


def test_the_same_latents_under_another_pose_move_by_the_slopes(talking):
    space, points, _, poses, slopes = talking
    actor = measure_actor(space, points, np.ones(len(points), bool))
    still = np.zeros((2, LATENTS))
    apart = np.array([[0, 0], [2, -4]]) + poses.mean(0)
    straight, nodded = actor.shapes(still, apart)
    jaw = slice(len(LIPS), len(LIPS) + len(LOWER_JAW))  # lips may have been closed
    wanted = (np.array([2, -4]) @ slopes).reshape(-1, 2)[jaw]
    assert np.allclose((nodded - straight)[jaw], wanted, atol=0.5)


def test_who_nods_at_every_word_opens_no_mouth_by_nodding(talking):
    """The head nods with the opening, and lifts the jaw besides, whatever is said."""
    space, points, _, poses, _ = talking
    rng = np.random.default_rng(5)
    shapes = relative_shapes(points) * 0
    opening = rng.normal(8, 3, len(points))
    nods = np.stack([poses[:, 0] * 0, -8 + opening + rng.normal(0, 1, len(points))], 1)
    jaw = slice(len(LIPS), len(SHAPE))
    shapes[:, LOWER, 1] = opening[:, None]
    shapes[:, jaw, 1] = opening[:, None] + 0.5 * nods[:, 1:]
    spoken = face_points(shapes, nods, points[:, NOSE[0]])
    slopes = measure_actor(space, spoken, np.ones(len(spoken), bool)).slopes.reshape(2, -1, 2)
    assert np.abs(slopes[:, LOWER]).max() < 0.02
    assert np.allclose(slopes[1, jaw, 1], 0.5, atol=0.05)


def test_a_head_held_still_has_no_slopes(talking):
    space, points, *_ = talking
    poses = np.tile((1.0, -8.0), (len(points), 1))
    still = face_points(relative_shapes(points), poses, points[:, NOSE[0]])
    assert np.allclose(measure_actor(space, still, np.ones(len(still), bool)).slopes, 0)


def test_only_frames_that_speak_count_if_there_is_a_second_of_them(talking):
    space, points, *_ = talking
    quiet = points.copy()
    quiet[200:] = points[:1]
    speaks = np.arange(len(points)) < 200
    spread = measure_actor(space, quiet, speaks).spread
    assert (spread > measure_actor(space, quiet, np.ones(len(points), bool)).spread).mean() > 0.8
    few = np.arange(len(points)) < 24
    assert np.array_equal(
        measure_actor(space, quiet, few).spread,
        measure_actor(space, quiet, np.ones(len(points), bool)).spread,
    )


@pytest.mark.parametrize(("size", "bound"), [(0.0, MIN_SPREAD), (9.0, MAX_SPREAD)])
def test_the_spread_stays_within_that_of_other_talkers(talking, size, bound):
    space, _, latents, poses, _ = talking
    flat = (size * latents * space.spread) @ space.components
    points = face_points(flat.reshape(len(flat), -1, 2), poses * 0, poses * 0)
    actor = measure_actor(space, points, np.ones(len(points), bool))
    assert np.allclose(actor.spread, bound * space.spread)


def test_one_frame_is_enough(talking):
    space, points, *_ = talking
    actor = measure_actor(space, points[:1], np.zeros(1, bool))
    assert np.allclose(actor.mean, relative_shapes(points[:1]).ravel())


def inner_lips(gap: np.ndarray) -> np.ndarray:
    """One shape with inner lips whose nine pairs are `gap` apart; below zero they cross."""
    shape = np.zeros((1, len(SHAPE), 2))
    place = [SHAPE.index(point) for point in INNER_LIPS]
    x = np.linspace(-10, 10, 11)
    shape[0, place[:11], 0] = x
    shape[0, place[11:], 0] = x[9:0:-1]
    shape[0, place[1:10], 1] = gap / 2
    shape[0, place[11:], 1] = -gap[::-1] / 2
    return shape


def test_lips_that_cross_meet_in_the_middle():
    gap = np.array([3.0, 2, 1, 0, -1, -2, -3, 1, 2])
    before = inner_lips(gap)
    closed = close_crossing_lips(before)
    assert np.array_equal(before, inner_lips(gap))
    assert np.allclose(closed, inner_lips(np.maximum(gap, 0)))


def test_lips_that_do_not_cross_stay_bit_for_bit():
    apart = inner_lips(np.arange(9.0))
    assert np.array_equal(close_crossing_lips(apart), apart)


def test_upper_and_lower_lip_are_paired_by_the_mesh():
    """The mesh's own pairs, from corner to corner: its map of lips has them above one another."""
    above = {95: 191, 88: 80, 178: 81, 87: 82, 14: 13, 317: 312, 402: 311, 318: 310, 324: 415}
    for lower, upper in above.items():
        shape = np.zeros((1, len(SHAPE), 2))
        shape[0, SHAPE.index(MESH.index(upper)), 1] = 4  # y goes down: it has crossed
        closed = close_crossing_lips(shape)
        assert closed[0, SHAPE.index(MESH.index(lower)), 1] == 2


def test_the_basis_is_the_directions_in_which_talkers_move():
    rng, space = np.random.default_rng(3), basis(4)
    talkers = []
    for mean in (-5.0, 30.0, 80.0):
        latents = rng.standard_normal((300, LATENTS)) * space.spread
        talkers.append((mean + latents @ space.components).reshape(300, -1, 2))
    found = find_basis(talkers)
    assert np.allclose(found.components @ found.components.T, np.eye(LATENTS), atol=1e-9)
    kept = space.components @ found.components.T @ found.components
    assert np.allclose(kept, space.components, atol=1e-6)
    assert np.allclose(np.sort(found.spread), np.sort(space.spread), rtol=0.2)


def test_who_was_measured_with_closed_lips_speaks_as_far_as_others_do() -> None:
    many = basis(4)
    shut = ActorLips(many, np.zeros(98), np.zeros(2), np.zeros((2, 98)), 0.6 * many.spread)
    rng = np.random.default_rng(3)
    latents = rng.standard_normal((4000, LATENTS))

    def gaps(actor: ActorLips) -> np.ndarray:
        moved = actor.mean + (latents * actor.spread) @ many.components
        shapes = moved.reshape(len(moved), -1, 2)
        lower, upper = range(21, 30), range(39, 30, -1)
        return (shapes[:, lower, 1] - shapes[:, upper, 1]).mean(1)

    speaking = gaps(speaking_lips(shut))
    assert speaking.std() == pytest.approx(gaps(shut).std() / 0.6, rel=0.01)
    assert speaking.mean() == pytest.approx(speaking.std(), rel=0.06)
    assert (speaking < 0).mean() == pytest.approx(0.16, abs=0.02)  # closed
