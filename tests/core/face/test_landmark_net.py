"""The shipped landmark network on faces it never saw, judged by labels made elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from lipflap.core.errors import DubError
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.landmarks import EYE_CORNERS, MESH, OUTER_LIPS, eye_distance

PORTRAITS = Path(__file__).parents[4] / "shared" / "data" / "portraits"


@pytest.mark.skipif(not PORTRAITS.is_dir(), reason="the labelled portraits are not here")
def test_portraits_never_seen_are_found_to_4_percent_of_the_eye_distance() -> None:
    import cv2

    landmarker, labels, errors = load_landmarker(), np.load(PORTRAITS / "landmarks.npz"), []
    for name, mesh in list(zip(labels["image"], labels["points_px"], strict=True))[::10]:
        rgb8 = cv2.cvtColor(cv2.imread(str(PORTRAITS / str(name))), cv2.COLOR_BGR2RGB)
        true = mesh.astype(np.float32)[list(MESH)]
        found, sure, _ = landmarker.points(rgb8, true + 0.15 * eye_distance(true))
        found, sure, _ = landmarker.points(rgb8, found)
        assert sure > 0.5, name
        errors.append(np.linalg.norm(found - true, axis=1).mean() / eye_distance(true))
    assert np.mean(errors) < 0.04


def test_the_astronaut_has_eyes_and_mouth_where_they_are_and_the_sky_has_no_face() -> None:
    import skimage.data

    rgb8 = skimage.data.astronaut()
    landmarker = load_landmarker()
    points, sure, _ = landmarker.points(rgb8, np.array([170.0, 60.0, 285.0, 175.0]))
    assert sure > 0.9
    # Read off the photograph by eye, to 4 px of a face 100 px wide.
    outer_left, _, _, outer_right = points[list(EYE_CORNERS)]
    assert np.allclose(outer_left, (194, 101), atol=4)
    assert np.allclose(outer_right, (257, 104), atol=4)
    assert np.allclose(points[list(OUTER_LIPS)].mean(0), (223, 145), atol=4)
    _, sure, _ = landmarker.points(rgb8, np.array([300.0, 300.0, 420.0, 420.0]))
    assert sure < 0.5


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(DubError, match="not a landmark network"):
        load_landmarker(tmp_path / "other.safetensors")
