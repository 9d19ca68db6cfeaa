"""Laid mouths corrected in the plate, by a network whose work is known and by the shipped one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from support.puppets.puppet import Puppet, points_of

from lipflap.core.diffusion.correction import SPREAD, CorrectionNetwork
from lipflap.core.errors import DubError
from lipflap.core.face.landmarks import MOUTH_CORNERS
from lipflap.core.model_files import MOUTH_CORRECTION, locate, read_metadata
from lipflap.core.paint.mouth_correction import STRENGTH, correct_mouth, load_correction
from lipflap.core.reference.lay_mouth import mouth_matte

BOX_TO_CROP = np.array([[0.5, 0, -20.0], [0, 0.5, -10.0]])  # a plate of twice the crop's size
HEIGHT, WIDTH = 300, 320
WANTED = points_of(Puppet(64, 32, 36, 0.4)).astype(np.float64)


class LighterToTheRight(CorrectionNetwork):
    """A residual of half a spread in the right half of the work rectangle."""

    def forward(self, noisy, t, base, mask):
        residual = torch.zeros_like(noisy)
        residual[..., noisy.shape[-1] // 2 :] = 0.5
        return residual


def face(level: float) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), level, np.float32)


def middle_of_mouth() -> np.ndarray:
    """Row and column of the plate."""
    x, y = WANTED[list(MOUTH_CORNERS)].mean(0)
    return np.array([round((y + 10) * 2), round((x + 20) * 2)])


def test_a_mouth_gets_the_residual_where_it_belongs_and_nothing_else_does() -> None:
    new = correct_mouth(LighterToTheRight(), face(0.4), WANTED, BOX_TO_CROP)
    row, column = middle_of_mouth()
    assert new[row, column + 12] == pytest.approx(0.4 + 0.5 * STRENGTH * SPREAD / 2, abs=1e-3)
    assert new[row, column - 12] == pytest.approx(0.4, abs=1e-3)
    near = mouth_matte(WANTED, BOX_TO_CROP, WIDTH, HEIGHT) > 0
    around = np.stack([np.roll(near, (y, x), (0, 1)) for y in (-4, 0, 4) for x in (-4, 0, 4)])
    assert np.array_equal(new[~around.any(0)], face(0.4)[~around.any(0)])


def test_it_stays_within_what_a_picture_can_show() -> None:
    assert correct_mouth(LighterToTheRight(), face(0.998), WANTED, BOX_TO_CROP).max() == 1


def test_the_shipped_network_is_steady_and_leaves_most_of_a_face() -> None:
    rng = np.random.default_rng(1)
    network = load_correction()
    plate = np.clip(face(0.5) + 0.02 * rng.standard_normal((HEIGHT, WIDTH, 3)), 0, 1)
    plate = plate.astype(np.float32)
    new = correct_mouth(network, plate, WANTED, BOX_TO_CROP)
    assert np.array_equal(new, correct_mouth(network, plate, WANTED, BOX_TO_CROP))
    assert 0 < np.abs(new - plate).max() < 0.35


def test_what_is_no_correction_is_refused(tmp_path: Path) -> None:
    shipped, other = locate(MOUTH_CORRECTION), tmp_path / "other.safetensors"
    facts = dict(read_metadata(shipped))
    save_file(load_file(shipped), other, facts | {"kind": "lipflap lip motion 1"})
    with pytest.raises(DubError, match=r"not a mouth correction of this version \(lipflap lip"):
        load_correction(other)
    save_file({"conv_in.weight": torch.zeros(2)}, other, facts)
    with pytest.raises(DubError, match=r"other\.safetensors: cannot be read"):
        load_correction(other)
