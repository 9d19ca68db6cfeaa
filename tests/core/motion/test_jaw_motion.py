"""The way of the lower jaw from where it was filmed: what latents say, calm and bounded."""

import numpy as np
import pytest

from lipflap.core.face.landmarks import COUNT, LIPS, LOWER_JAW, NOSE
from lipflap.core.motion.jaw_motion import MAX_MOVE_PX, jaw_moves
from lipflap.core.motion.lip_shape import LATENTS, SHAPE, ActorLips, LipBasis, measure_actor

FRAMES = 60
RUNS_ON = np.arange(FRAMES) > 0


def face(said: np.ndarray, space: LipBasis) -> np.ndarray:
    """Points [T, 72, 2] of a head held still that says latents [T, LATENTS]."""
    points = np.full((len(said), COUNT, 2), 64.0)
    points[:, NOSE[1]] += (0, -8)
    shapes = (said * space.spread) @ space.components
    points[:, list(SHAPE)] += shapes.reshape(len(said), -1, 2)
    return points


@pytest.fixture
def actor() -> ActorLips:
    """One who has said a lot."""
    rng = np.random.default_rng(0)
    directions, _ = np.linalg.qr(rng.standard_normal((2 * len(SHAPE), LATENTS)))
    space = LipBasis(directions.T, np.linspace(6, 1, LATENTS))
    points = face(rng.standard_normal((400, LATENTS)), space)
    return measure_actor(space, points, np.ones(400, bool))


@pytest.fixture
def filmed(actor) -> np.ndarray:
    slow = np.sin(np.arange(FRAMES)[:, None] / (8 + np.arange(LATENTS)))
    return face(0.5 * slow, actor.basis)


def test_what_was_filmed_said_again_moves_nothing(actor, filmed):
    moves = jaw_moves(actor, actor.latents_of(filmed), filmed, RUNS_ON)
    assert np.abs(moves).max() < 1e-9


def test_a_step_further_in_one_direction_moves_the_jaw_along_it(actor, filmed):
    further = actor.latents_of(filmed)
    further[:, 0] += 0.5
    along = (0.5 * actor.spread[0] * actor.basis.components[0]).reshape(-1, 2)[len(LIPS) :]
    assert np.allclose(jaw_moves(actor, further, filmed, RUNS_ON), along, atol=1e-2)


def test_a_jaw_whose_points_tremble_hardly_does(actor, filmed):
    rng = np.random.default_rng(1)
    trembling = filmed.copy()
    trembling[:, list(LOWER_JAW)] += rng.normal(0, 1, (FRAMES, len(LOWER_JAW), 2))
    moves = jaw_moves(actor, actor.latents_of(filmed), trembling, RUNS_ON)
    change = np.abs(np.diff(moves, axis=0)).mean()
    assert change < 0.15 * np.abs(np.diff(trembling - filmed, axis=0)[:, list(LOWER_JAW)]).mean()


def test_nothing_is_averaged_where_frames_follow_no_other(actor, filmed):
    leap = actor.latents_of(filmed)
    leap[30:, 0] += 0.5
    cut = RUNS_ON & (np.arange(FRAMES) != 30)
    across = jaw_moves(actor, leap, filmed, RUNS_ON)
    parted = jaw_moves(actor, leap, filmed, cut)
    assert np.abs(parted[:30]).max() < 1e-9
    assert np.abs(across[29]).max() > 0.02
    alone = jaw_moves(actor, leap[30:], filmed[30:], RUNS_ON[30:] & (np.arange(30) > 0))
    assert np.allclose(parted[30:], alone)


def test_no_point_moves_further_than_the_plate_can_be_bent(actor, filmed):
    wild = actor.latents_of(filmed) + 40.0
    far = np.linalg.norm(jaw_moves(actor, wild, filmed, RUNS_ON), axis=2)
    assert far.max() <= MAX_MOVE_PX
    assert far.max() > 0.9 * MAX_MOVE_PX
