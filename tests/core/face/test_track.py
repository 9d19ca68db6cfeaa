"""Drawn faces are followed; where each is in every frame is known."""

from dataclasses import replace

import numpy as np
import pytest
from support.puppets.puppet import Puppet, draw, points_of, puppet_detector, puppet_points

from lipflap.core.face.landmarks import COUNT, LEFT_EYE, RIGHT_EYE, eye_distance, opening
from lipflap.core.face.track import Sighting, build_tracks, track_faces, yaw_proxy

SIZE = (320, 180)
ANNA = Puppet(90, 60, 36, 0.2)
BERT = Puppet(220, 70, 30, 0.1, skin=(110, 80, 60), hair=(200, 190, 180))


def walk(film: list[list[Puppet]], cuts: tuple[int, ...] = ()):
    """Tracks of a film given as the puppets of each frame."""
    pictures = ((draw(puppets, *SIZE), i in cuts) for i, puppets in enumerate(film))
    sighted = list(track_faces(pictures, [puppet_detector], puppet_points))
    assert len(sighted) == len(film)
    return build_tracks([s for faces in sighted for s in faces], cuts, len(sighted))


def middle_of_eyes(points: np.ndarray) -> np.ndarray:
    return points[..., [*LEFT_EYE, *RIGHT_EYE], :].mean(-2)


def test_two_faces_that_move_keep_their_own_tracks():
    film = [
        [replace(ANNA, x=70 + 2.0 * i, opening=0.02 * i), replace(BERT, y=60 + 1.0 * i)]
        for i in range(20)
    ]
    anna, bert = walk(film)
    for track, which in ((anna, 0), (bert, 1)):
        truth = np.array([(puppets[which].x, puppets[which].y) for puppets in film])
        assert track.first_frame == 0
        assert track.visible.all()
        assert np.abs(middle_of_eyes(track.points) - truth).max() < 0.6
    assert [opening(p) for p in anna.points] == pytest.approx(
        [0.02 * i for i in range(20)], abs=0.05
    )


def test_a_short_gap_is_bridged_in_a_straight_line():
    film = [[replace(ANNA, x=70 + 2.0 * i)] for i in range(40)]
    for i in range(9, 13):
        film[i] = []
    (track,) = walk(film)
    assert track.visible.all()
    assert (track.confidence == 0).tolist() == [9 <= i < 13 for i in range(40)]
    assert middle_of_eyes(track.points)[:, 0] == pytest.approx(70 + 2.0 * np.arange(40), abs=0.8)


def test_a_face_of_a_very_short_shot_is_one_if_it_is_there_all_along():
    """Flash cuts have one frame or two; elsewhere so few are a mistake of the detector."""
    for frames in (1, 2, 4):
        assert len(walk([[ANNA]] * frames)) == 1
        assert len(walk([[BERT]] * 12 + [[ANNA]] * frames + [[BERT]] * 12, (12, 12 + frames))) == 2
    assert walk([[ANNA], [ANNA], []]) == []
    assert walk([[ANNA]] * 4 + [[]] * 20) == []


def test_a_long_gap_is_left_and_the_face_known_again():
    film = [[ANNA] for _ in range(40)]
    for i in range(10, 28):
        film[i] = []
    (track,) = walk(film)
    gone = [10 <= i < 28 for i in range(40)]
    # New faces are looked for every few frames: it may be seen again a little late.
    assert not (track.visible & gone).any()
    assert track.visible[:10].all()
    assert track.visible[35:].all()


def test_across_a_cut_nothing_is_bridged_and_the_same_look_is_the_same_face():
    film = [[ANNA]] * 10 + [[BERT]] * 10 + [[replace(ANNA, x=200.0, y=50.0)]] * 10
    anna, bert = walk(film, cuts=(10, 20))
    assert (anna.first_frame, bert.first_frame) == (0, 10)
    assert np.flatnonzero(anna.visible).tolist() == [*range(10), *range(20, 30)]
    assert len(bert) == 10


def test_a_face_in_the_same_place_after_a_cut_is_not_the_same_face():
    film = [[ANNA]] * 8 + [[replace(BERT, x=ANNA.x, y=ANNA.y, eyes_px=ANNA.eyes_px)]] * 8
    first, second = walk(film, cuts=(8,))
    assert (first.first_frame, len(first)) == (0, 8)
    assert (second.first_frame, len(second)) == (8, 8)


def test_what_flashes_up_is_no_face():
    film = [[ANNA, BERT] if i in (8, 9, 10) else [ANNA] for i in range(20)]
    assert len(walk(film)) == 1


def test_a_face_that_comes_in_later_has_a_track_from_then_on():
    film = [[ANNA]] * 11 + [[ANNA, BERT]] * 20
    _, bert = walk(film)
    assert 11 <= bert.first_frame <= 18
    assert bert.first_frame + len(bert) == 31


def test_later_searches_are_tried_only_when_no_face_is_known():
    tried = []

    def blind(rgb8):
        tried.append("first")
        return np.zeros((0, 4), np.float32)

    def seeing(rgb8):
        tried.append("second")
        return puppet_detector(rgb8)

    pictures = ((draw([ANNA], *SIZE), False) for _ in range(17))
    faces = list(track_faces(pictures, [blind, seeing], puppet_points))
    assert all(len(sighted) == 1 for sighted in faces)
    assert tried == ["first", "second", "first", "first"]


def test_turn_tells_how_far_a_face_looks_aside():
    # A head as a ball: what lies on it turns about its vertical axis.
    front = points_of(Puppet(0, 0, 1.0)).astype(float)
    depth = np.sqrt(np.maximum(1.2**2 - front[:, 0] ** 2, 0))
    assert front.shape == (COUNT, 2)
    turns = []
    for degrees in (0, 20, 40, 60):
        angle = np.radians(degrees)
        seen = front.copy()
        seen[:, 0] = np.cos(angle) * front[:, 0] + np.sin(angle) * depth
        turns.append(yaw_proxy(seen))
    assert turns[0] == pytest.approx(0, abs=1e-6)
    assert turns == sorted(turns)


def test_no_faces_no_tracks():
    assert walk([[] for _ in range(5)]) == []


def test_what_shakes_in_itself_is_no_face():
    """Points on hair or leaves jump each on its own; those of a face move together, however far."""

    def run(shake_px: float) -> list[Sighting]:
        chance = np.random.default_rng(3)
        sighted = []
        for frame in range(20):
            moved = (points_of(ANNA) - 90) * (1 + 0.01 * frame) + 90 + 9 * frame
            points = (moved + chance.normal(0, shake_px, moved.shape)).astype(np.float32)
            look = np.zeros(192, np.float32)
            sighted.append(Sighting(frame, 0, points, 0.99, 0.2, 1.0, look))
        return sighted

    size = eye_distance(points_of(ANNA))
    assert len(build_tracks(run(0.02 * size), (), 20)) == 1
    assert build_tracks(run(0.15 * size), (), 20) == []
