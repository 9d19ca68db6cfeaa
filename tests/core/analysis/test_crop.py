"""Crops of a track against those of its pieces, each smoothed by itself; mouths against crops."""

from fractions import Fraction

import numpy as np
from support.puppets.puppet import Puppet, draw, points_of
from support.puppets.puppet_shot import write_movie

from lipflap.core.analysis.crop import extract_crop, extract_mouth, track_crops
from lipflap.core.face.align import crop_from_plate, to_crop
from lipflap.core.face.matte import WORK
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe

COUNT = 40


def track(first_frame: int, visible: np.ndarray) -> FaceTrack:
    rng = np.random.default_rng(1)
    points = np.array([points_of(Puppet(80 + x, 45, 40)) for x in rng.uniform(-4, 4, COUNT)])
    sure = np.ones(COUNT, np.float32)
    return FaceTrack(first_frame, points, sure, sure, visible, sure, np.zeros(192, np.float32))


def test_smoothing_stops_at_gaps_and_at_camera_cuts():
    visible = np.ones(COUNT, bool)
    visible[10:15] = False
    shot = track(100, visible)
    pieces = [crop_from_plate(shot.points[a:b]) for a, b in ((0, 10), (10, 15), (15, 30), (30, 40))]
    assert np.array_equal(track_crops(shot, cuts=[50, 100, 130, 140, 900]), np.concatenate(pieces))


def test_without_gap_or_cut_a_track_is_smoothed_all_through():
    shot = track(100, np.ones(COUNT, bool))
    assert np.array_equal(track_crops(shot), crop_from_plate(shot.points))


def test_crops_of_a_plate_are_those_of_its_pixels_and_mouths_their_work_rectangle(tmp_path):
    face = Puppet(80, 45, 40, 0.2)
    picture = draw([face], 160, 120)
    film = write_movie(tmp_path / "plate.mkv", [picture], Fraction(25))
    info = probe(film)
    (plate,) = pictures(info, [0])
    (matrix,) = crop_from_plate(points_of(face)[None])
    crop = extract_crop(plate, info, matrix)
    assert crop.shape == (128, 128, 3)
    assert np.abs(crop - to_crop(picture / np.float32(255), matrix)).mean() < 0.01
    mouth = extract_mouth(plate, info, matrix)
    assert np.array_equal(mouth, crop[WORK.top : WORK.bottom, WORK.left : WORK.right])
