from pathlib import Path

import numpy as np
import pytest
from support.media.counted_media import FFV1, read_number, write_film

from lipflap.core.errors import DubError
from lipflap.core.face.landmark_net import cut_region, region_from_points
from lipflap.core.face.landmarks import COUNT, LEFT_EYE, MESH, MIRROR, OUTER_LIPS, RIGHT_EYE
from lipflap.training.landmarks import (
    Face,
    LandmarkRecipe,
    draw_batches,
    read_portraits,
    read_talker,
)


def _face(rng: np.random.Generator) -> Face:
    """A black plate with one bright dot a point would be drawn on: the left eye's."""
    points = rng.uniform(150, 250, (COUNT, 2)).astype(np.float32)
    points[list(LEFT_EYE)], points[list(RIGHT_EYE)] = (160, 160), (240, 160)
    points[list(OUTER_LIPS)] = (200, 240)
    rgb8 = np.full((400, 400, 3), 40, np.uint8)
    rgb8[157:164, 157:164] = 255
    return Face(rgb8, points)


def test_labels_move_with_the_pixels_whatever_is_done_to_the_picture() -> None:
    rng = np.random.default_rng(3)
    recipe = LandmarkRecipe(batch=48, faceless_share=0.0, shift=0.05, roll_rad=0.3)
    grey, points, there = next(draw_batches([(1.0, [_face(rng)])], recipe, rng))
    assert (there == 1).all()
    near = 0
    for picture, labels in zip(grey[:, 0].numpy(), points.numpy(), strict=True):
        eyes = {tuple(np.round(labels[side[0]]).astype(int)) for side in (LEFT_EYE, RIGHT_EYE)}
        row, column = np.unravel_index(picture.argmax(), picture.shape)
        near += any(abs(column - x) <= 4 and abs(row - y) <= 4 for x, y in eyes)
    # Noise, blur and what is put in the way hide the dot now and then.
    assert near >= 36


def test_a_mirrored_face_keeps_its_left_eye_on_the_left() -> None:
    rng = np.random.default_rng(4)
    recipe = LandmarkRecipe(batch=64, faceless_share=0.0, roll_rad=0.1)
    _, points, _ = next(draw_batches([(1.0, [_face(rng)])], recipe, rng))
    left = points[:, list(LEFT_EYE), 0].mean(1)
    right = points[:, list(RIGHT_EYE), 0].mean(1)
    assert (left < right).all()
    assert {MIRROR[k] for k in LEFT_EYE} == set(RIGHT_EYE)


def test_a_region_from_points_puts_the_eyes_level_whatever_the_roll() -> None:
    points = np.zeros((COUNT, 2), np.float32)
    points[list(LEFT_EYE)], points[list(RIGHT_EYE)] = (100, 100), (140, 130)
    points[list(OUTER_LIPS)] = (95, 170)
    region = region_from_points(points)
    left, right = (region[:, :2] @ p + region[:, 2] for p in ((100, 100), (140, 130)))
    assert abs(left[1] - right[1]) < 1e-4
    assert abs(np.hypot(*(right - left)) - 29) < 3
    assert cut_region(np.zeros((200, 200, 3), np.uint8), region).shape == (96, 96)


def test_a_folder_without_labels_is_named(tmp_path: Path) -> None:
    for damaged in (False, True):
        with pytest.raises(DubError, match=r"landmarks\.npz: cannot be read as labels"):
            read_portraits(tmp_path)
        if not damaged:
            (tmp_path / "landmarks.npz").write_bytes(b"PK\3\4 no labels")
    np.savez(tmp_path / "landmarks.npz", image=["a.png"])
    with pytest.raises(DubError, match="points_px"):
        read_portraits(tmp_path)


def test_a_talkers_labels_meet_the_frames_they_were_made_on(tmp_path: Path) -> None:
    films = (tmp_path / "one.mkv", tmp_path / "two.mov")
    for film, first in zip(films, (0, 100), strict=True):
        write_film(film, range(first, first + 9), codec=FFV1)
    clips, frames = ["two", "two", "one"], [7, 2, 3]
    points = np.zeros((3, max(MESH) + 1, 2)) + np.arange(3)[:, None, None]
    np.savez(tmp_path / "landmarks.npz", clip=clips, frame=frames, points_px=points)
    faces = read_talker(tmp_path, films)
    found = [(read_number(face.rgb8[..., 1]), face.points[0, 0]) for face in faces]
    assert found == [(3, 2), (102, 1), (107, 0)]
