"""What is varied, and what must not be."""

import numpy as np
import torch

from lipflap.core.paint.rollout import work_mask
from lipflap.core.voice.log_mel import SILENCE, to_log
from lipflap.training.data.augment import augment_audio, color_jitter, corrupt, random_affine


def _rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_light_changes_all_frames_of_a_sequence_alike_and_each_sequence_its_own_way() -> None:
    film = torch.rand(1, 2, 3, 8, 8).expand(4, -1, -1, -1, -1)
    lit = color_jitter(film, 0.2, _rng())
    assert torch.equal(lit[0], lit[3])
    same = torch.rand(1, 1, 3, 8, 8).expand(1, 2, -1, -1, -1)
    lit = color_jitter(same, 0.2, _rng())
    assert not torch.allclose(lit[:, 0], lit[:, 1], atol=0.02)
    assert torch.allclose(color_jitter(film, 0.0, _rng()), film * 2 - 1, atol=1e-6)


def test_a_pose_of_no_reach_leaves_the_face_and_a_reach_moves_its_chin_more_than_its_nose() -> None:
    rows = torch.linspace(-0.9, 0.9, 64)[:, None].expand(64, 96)
    faces = rows.expand(40, 3, 64, 96).contiguous()  # a pixel's value is its height
    assert torch.allclose(random_affine(faces, 0.0, _rng()), faces, atol=1e-4)
    moved = (random_affine(faces, 0.05, _rng()) - faces)[:, 0].abs().mean((0, 2))
    assert moved[-8] > 2 * moved[6]


def test_a_spoiled_mouth_is_spoiled_in_the_mask_only() -> None:
    before, other, mask = torch.zeros(50, 3, 64, 96), torch.ones(50, 3, 64, 96), work_mask()
    spoilt = corrupt(before, other, mask, 0.7, _rng())
    assert not spoilt[:, :, mask == 0].any()
    mouths = spoilt[:, :, mask > 0]
    whole = (mouths == 0).all((1, 2)).float().mean()
    assert 0.15 < float(whole) < 0.5
    assert ((mouths.mean((1, 2)) - 1).abs() < 0.05).any()  # another moment's mouth
    assert ((mouths.mean((1, 2)).abs() < 0.05) & (mouths.std((1, 2)) > 0.05)).any()  # noise


def test_sound_is_varied_alike_in_a_whole_sequence() -> None:
    """One window repeated five times stays one window, but for noise that is drawn a hop."""
    power = np.broadcast_to(_rng(5).random((1, 80, 32)).astype(np.float32) * 1e-3, (5, 80, 32))
    kinds = [augment_audio(power, _rng(seed)) for seed in range(40)]
    alike = [np.allclose(kind[0], kind[4]) for kind in kinds]
    assert 0.6 < np.mean(alike) < 1
    levels = [float(kind.mean()) for kind in kinds]
    assert max(levels) - min(levels) > 0.1


def test_music_is_steady_lines_and_never_takes_sound_away() -> None:
    silent = np.zeros((5, 80, 32), np.float32)
    made = [augment_audio(silent, _rng(seed)) for seed in range(60)]
    tonal = [kind for kind in made if np.ptp(kind, axis=2).max() == 0 and np.ptp(kind) > 0.1]
    assert tonal
    loud = np.full((5, 80, 32), 1e-2, np.float32)
    for seed, kind in enumerate(made):
        if any(kind is one for one in tonal):
            gained = augment_audio(loud, _rng(seed))
            assert (gained >= kind - 1e-6).all()
    assert (np.stack(made) >= SILENCE - 1e-6).all()
    assert np.isfinite(to_log(silent)).all()
