"""The faces found in a shot, against what is then painted in it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.puppets.puppet import Puppet, draw, points_of, puppet_networks
from support.puppets.puppet_shot import HZ, film_order, speech, write_movie

from lipflap.core.analysis.analyse import find_faces
from lipflap.core.analysis.detectors import Detectors
from lipflap.core.analysis.face_report import (
    FaceBox,
    FaceReport,
    face_report_from_json,
    face_report_to_json,
)
from lipflap.core.face.align import crop_from_plate
from lipflap.core.face.landmarks import MOUTH_CORNERS
from lipflap.core.face.matte import lips_matte
from lipflap.core.face.paste import warp_to_plate
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, Role
from lipflap.core.result import Progress
from lipflap.core.shot import dub_shot

WIDTH, HEIGHT, COUNT = 208, 128, 30


def silent(i: int) -> Puppet:
    return Puppet(56 + 0.2 * i, 40, 32)


def talker(i: int) -> Puppet:
    return Puppet(152, 44, 32, 0.12 + 0.1 * np.cos(1.3 * i), skin=(110, 80, 60))


@pytest.fixture(scope="module")
def shot_order(tmp_path_factory) -> DubOrder:
    """Two faces from frame 6 on, before that the silent one alone; the cut is in frame 6."""
    folder = tmp_path_factory.mktemp("looking")
    empty = draw([silent(0)], WIDTH, HEIGHT) // 3
    both = (draw([silent(i), talker(i)], WIDTH, HEIGHT) for i in range(6, COUNT))
    rng = np.random.default_rng(3)
    loud = 0.2 * rng.standard_normal(COUNT * HZ // 25)
    loud *= 0.55 + 0.45 * np.cos(1.3 * np.arange(len(loud)) * 25 / HZ)
    film = write_movie(folder / "plate.mkv", [*[empty] * 6, *both], Fraction(25))
    dub = speech(folder / "dub.wav", Role.DUB, loud)
    return film_order(
        film, folder / "new.mkv", dub, speech(folder / "day.wav", Role.PRODUCTION, loud)
    )


@pytest.fixture(scope="module")
def report(shot_order) -> FaceReport:
    *progress, result = find_faces(shot_order, puppet_networks().detectors)
    assert [step.done for step in progress if isinstance(step, Progress)] == [*range(1, COUNT + 1)]
    assert isinstance(result, FaceReport)
    return result


def paint(shot_order: DubOrder, folder: Path, face: int | None) -> tuple[int | None, np.ndarray]:
    """Return the face that the result names, and [H, W] where frame 20 was repainted."""
    painted_order = replace(
        shot_order,
        settings=replace(shot_order.settings, face=face),
        output=replace(shot_order.output, path=str(folder / f"{face}.mkv")),
    )
    *_, result = dub_shot(painted_order, puppet_networks())
    old, new = (
        next(iter(pictures(probe(path), [20]))).planes
        for path in (shot_order.picture.path, painted_order.output.path)
    )
    differs = np.any([a != b for a, b in zip(old, new, strict=True)], axis=0)
    return result.report.face, np.asarray(differs)


def holds(box: FaceBox | None, points: np.ndarray) -> bool:
    """Whether all points [N, 2], in pixels, lie in a box."""
    if box is None:
        return False
    corner, size = np.array([box.left, box.top]), np.array([box.width, box.height])
    inside = (points / (WIDTH, HEIGHT) - corner) / size
    return bool((inside > 0).all() and (inside < 1).all())


@pytest.mark.parametrize("face", [0, 1])
def test_faces_are_numbered_as_orders_number_them_and_matted_where_they_are_painted(
    shot_order, report, tmp_path, face
):
    _, differs = paint(shot_order, tmp_path, face)
    rows, columns = np.nonzero(differs)
    assert holds(report.box_at(face, 20), np.stack([columns, rows], 1))
    matte = report.matte_at(face, 20)
    assert abs(matte.x_px - (columns.min() + columns.max()) / 2) < 3
    assert matte.across_px == pytest.approx(np.ptp(columns) / 2, rel=0.3)
    assert matte.down_px == pytest.approx(np.ptp(rows) / 2, rel=0.3)
    across, down = (columns - matte.x_px) / matte.across_px, (rows - matte.y_px) / matte.down_px
    assert (across**2 + down**2).max() < 1.6


def test_the_suggested_face_is_the_one_that_is_painted_when_nobody_chose(
    shot_order, report, tmp_path
):
    number, differs = paint(shot_order, tmp_path, None)
    assert report.suggested == number
    box = report.box_at(report.suggested, 20)
    assert box.left * WIDTH < np.nonzero(differs)[1].mean() < (box.left + box.width) * WIDTH
    assert box.left < talker(20).x / WIDTH < box.left + box.width


def test_boxes_hold_eyes_and_chin_in_the_frames_that_show_them(report):
    assert (report.frames, len(report.faces)) == (COUNT, 2)
    for i in range(6, COUNT):
        for who in (silent(i), talker(i)):
            assert [holds(report.box_at(n, i), points_of(who)) for n in (0, 1)].count(True) == 1
    assert all(report.box_at(report.suggested, i) is None for i in range(6))
    assert {report.box_at(2, 20), report.box_at(-1, 20), report.box_at(0, COUNT)} == {None}


def test_the_matte_of_a_tilted_head_is_tilted(shot_order):
    turned = np.radians(25)
    spin = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]])
    points = (points_of(Puppet(0, 0, 30)) @ spin.T + (100, 50)).astype(np.float32)
    box = np.array([[*points.min(0), *points.max(0)]], np.float32)
    detectors = Detectors([lambda rgb8: box], lambda rgb8, at: (points, 0.99, 1.0))
    *_, result = find_faces(shot_order, detectors)
    matte = result.matte_at(0, 3)
    matrix = crop_from_plate(points[None])[0]
    mouth = matrix[:, :2] @ points[list(MOUTH_CORNERS)].mean(0) + matrix[:, 2]
    half = warp_to_plate(matrix, lips_matte(mouth), WIDTH, HEIGHT) > 0.5
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    away = np.stack([across - matte.x_px, down - matte.y_px])
    tilt = np.radians(matte.turn_deg)
    along = away[0] * np.cos(tilt) + away[1] * np.sin(tilt)
    beside = away[1] * np.cos(tilt) - away[0] * np.sin(tilt)
    drawn = (along / matte.across_px) ** 2 + (beside / matte.down_px) ** 2 < 1
    assert matte.turn_deg == pytest.approx(25, abs=1)
    assert (drawn ^ half).sum() < 0.04 * half.sum()


def test_it_is_the_same_after_a_journey_through_json(report):
    assert face_report_from_json(face_report_to_json(report), where="here") == report
