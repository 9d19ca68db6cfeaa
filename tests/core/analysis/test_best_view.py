"""The picture of a face is taken while its eyes are open, and it is large and turned to us."""

from dataclasses import replace

import numpy as np
from support.puppets.puppet import puppet_track

from lipflap.core.analysis.best_view import best_view
from lipflap.core.analysis.detectors import load_detectors
from lipflap.core.face.landmarks import LEFT_EYE, NOSE, RIGHT_EYE
from lipflap.core.face.track import FaceTrack, build_tracks, track_faces
from lipflap.plugin.demo.portrait import Camera, Pose, draw, load_portrait

COUNT = 30


def grown(track: FaceTrack, by: float) -> FaceTrack:
    """The face comes nearer, from frame to frame."""
    points = track.points.copy()
    for row in range(COUNT):
        points[row] *= 1 + by * row
    return replace(track, points=points)


def blinking(track: FaceTrack, rows: slice) -> FaceTrack:
    """Lids meet in some frames, and the corners of the eyes spread a little."""
    points = track.points.copy()
    for left, upper, right, lower in (LEFT_EYE, RIGHT_EYE):
        points[rows, upper] = points[rows, lower]
        points[rows, left, 0] -= 1
        points[rows, right, 0] += 1
    return replace(track, points=points)


def turned(track: FaceTrack, rows: slice) -> FaceTrack:
    points = track.points.copy()
    points[rows, list(NOSE), 0] += 15
    return replace(track, points=points)


def test_the_frame_is_that_in_which_the_face_is_largest_with_open_eyes_and_towards_us():
    coming = grown(puppet_track(np.zeros(COUNT)), 0.01)
    assert best_view(coming) == COUNT - 1
    assert best_view(blinking(coming, np.s_[25:])) == 24
    assert best_view(turned(blinking(coming, np.s_[25:]), np.s_[20:])) == 19


def test_a_frame_in_which_the_face_was_not_sighted_is_not_taken():
    coming = grown(puppet_track(np.zeros(COUNT)), 0.01)
    sighted = np.r_[np.ones(COUNT - 3), np.zeros(3)].astype(np.float32)
    assert best_view(replace(coming, confidence=sighted)) == COUNT - 4


def test_of_a_face_that_comes_nearer_and_shuts_its_eyes_the_last_frame_before_is_taken():
    """Filmed: the demo's photograph, drawn by a camera that comes nearer; lids fall last."""
    photograph, still = load_portrait(), Pose(0, 0, 0, 0, 0, 1, 0)
    lids = [0.0] * 5 + [0.5, 1.0]
    pictures = [
        draw(photograph, Camera(229, 112, 1.5 + 0.01 * n), replace(still, blink=shut), 320, 240)
        for n, shut in enumerate(lids)
    ]
    detectors = load_detectors("embedded", None)
    filmed = ((picture, False) for picture in pictures)
    found = track_faces(filmed, detectors.face_detectors, detectors.points_in)
    [track] = build_tracks([face for faces in found for face in faces], [], len(pictures))
    assert track.first_frame + best_view(track) == 4
