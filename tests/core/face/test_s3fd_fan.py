"""The accurate tracker: its points in our places, and what it says when its weights are not there.

Its weights may not be shipped and tests download nothing, so a network of random weights, saved
under the right names, stands in for them: it finds no face, but it takes every step.
"""

import hashlib

import numpy as np
import pytest
import torch
from support.puppets.puppet import Puppet, points_of

from lipflap.core.errors import DubError
from lipflap.core.face import s3fd_fan
from lipflap.core.face.align import crop_from_plate
from lipflap.core.face.landmarks import INNER_LIP_MIDDLES, MOUTH_CORNERS, opening
from lipflap.core.face.s3fd_fan import FAN_FILE, S3FD_FILE, from_ibug, load_s3fd_fan

CPU = torch.device("cpu")


def ibug_face(opening_part: float) -> np.ndarray:
    """The 68 points of a symmetrical face, eyes 1 apart about the origin, as iBUG draws them."""
    around = np.linspace(np.pi, 0, 17)
    jaw = np.stack([1.05 * np.cos(around), 0.3 + 1.7 * np.sin(around)], 1)
    brows = [(x, -0.35) for x in (-0.8, -0.65, -0.5, -0.35, -0.2, 0.2, 0.35, 0.5, 0.65, 0.8)]
    nose = [(0, 0), (0, 0.2), (0, 0.4), (0, 0.6)]
    nose += [(-0.28, 0.74), (-0.14, 0.77), (0, 0.8), (0.14, 0.77), (0.28, 0.74)]
    eyes = []
    for x in (-0.5, 0.5):
        eyes += [(x - 0.2, 0), (x - 0.07, -0.05), (x + 0.07, -0.05)]
        eyes += [(x + 0.2, 0), (x + 0.07, 0.05), (x - 0.07, 0.05)]
    lips = []
    for count, wide, high in ((12, 0.42, 0.12 + opening_part / 2), (8, 0.3, opening_part / 2)):
        turn = np.pi + np.arange(count) * 2 * np.pi / count
        lips += np.stack([wide * np.cos(turn), 1.15 + high * np.sin(turn)], 1).tolist()
    return np.array([*jaw, *brows, *nose, *eyes, *lips])


@pytest.mark.parametrize("opening_part", [0.0, 0.1, 0.3])
def test_their_points_are_ours_where_both_name_a_place(opening_part):
    ours = from_ibug(100 * ibug_face(opening_part))
    drawn = points_of(Puppet(0, 0, 100, opening_part))
    assert ours.shape == drawn.shape
    assert np.abs(ours - drawn).max() < 4.5  # chords of 12 points against a ring of 20
    same = [*MOUTH_CORNERS, *INNER_LIP_MIDDLES, *range(40, 72)]
    assert np.abs(ours - drawn)[same].max() < 1e-3
    assert opening(ours) == pytest.approx(opening_part, abs=1e-5)
    assert crop_from_plate(ours[None]) == pytest.approx(crop_from_plate(drawn[None]), abs=1e-4)


def test_missing_weights_are_asked_for_by_name_and_place(tmp_path):
    with pytest.raises(DubError, match=S3FD_FILE) as refused:
        load_s3fd_fan(CPU, tmp_path)
    assert str(tmp_path) in str(refused.value)
    assert "--weights" in refused.value.fix


def test_by_default_they_are_looked_for_where_torch_keeps_them(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(DubError) as refused:
        load_s3fd_fan(CPU)
    assert refused.value.where == str(tmp_path / "hub" / "checkpoints" / S3FD_FILE)


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / S3FD_FILE).write_bytes(b"half of it")
    with pytest.raises(DubError, match="does not start with 619a316812"):
        load_s3fd_fan(CPU, tmp_path)


@pytest.mark.slow
def test_every_step_is_taken_with_networks_of_the_right_shape(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # of face_alignment: compiling takes seconds
    from face_alignment.detection.sfd.net_s3fd import s3fd
    from face_alignment.models import FAN

    torch.manual_seed(0)
    for network, constant in ((s3fd(), "S3FD_FILE"), (FAN(4), "FAN_FILE")):
        file = tmp_path / "weights"
        torch.save(network.state_dict(), file)
        begins = hashlib.sha256(file.read_bytes()).hexdigest()[:10]
        monkeypatch.setattr(s3fd_fan, constant, f"network-{begins}.pth")
        file.rename(tmp_path / f"network-{begins}.pth")
    search, points_in = load_s3fd_fan(CPU, tmp_path)
    picture = np.random.default_rng(1).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    assert search(picture).shape[1:] == (4,)
    points, confidence, lips = points_in(picture, np.array([30, 20, 110, 100], np.float32))
    assert points.shape == (72, 2)
    assert 0 <= confidence <= 1
    assert 0 <= lips <= 1
    again, _, _ = points_in(picture, points)
    assert np.isfinite(again).all()
    assert not torch.backends.cudnn.benchmark
    assert FAN_FILE != s3fd_fan.FAN_FILE
