"""Whether the camera stood still, seen behind a head that does not."""

import numpy as np
from support.puppets.puppet import Puppet, draw, points_of

from lipflap.core.extension.background import background_of, moved, small_picture

SIZE = (256, 192)


def _small(faces: list[Puppet], pan: int = 0) -> np.ndarray:
    rng = np.random.default_rng(1)
    wall = np.repeat(np.repeat(rng.integers(0, 255, (12, 20)), 16, 0), 16, 1)
    pictures = []
    for number, face in enumerate(faces):
        picture = draw([face], *SIZE)
        is_wall = np.ptp(picture.astype(int), axis=2) == 0
        seen = np.roll(wall, -pan * number, 1)[: SIZE[1], : SIZE[0]]
        picture[is_wall] = np.repeat(seen[..., None], 3, 2)[is_wall]
        pictures.append(small_picture(picture))
    return np.stack(pictures)


def test_a_head_that_moves_before_a_wall_is_no_moving_camera_and_a_pan_is_one() -> None:
    faces = [Puppet(110 + 2 * n, 60, 30) for n in range(8)]
    points = np.stack([points_of(face) for face in faces])
    still, panned = _small(faces), _small(faces, pan=3)
    behind = background_of(points, SIZE, still.shape[1:])
    assert 0.04 < behind.mean() < 0.6
    assert not moved(still, 7, behind).any()
    assert moved(panned, 7, behind)[:5].all()


def test_where_little_is_seen_all_around_the_head_is_compared_and_nothing_where_it_fills_all() -> (
    None
):
    large, huge = Puppet(128, 60, 62), Puppet(128, 60, 140)
    beside = background_of(points_of(large)[None], SIZE, (48, 64))
    assert beside[-1, 0]
    assert beside[-1, -1]
    nothing = background_of(points_of(huge)[None], SIZE, (48, 64))
    assert not nothing.any()
    noise = np.random.default_rng(1).uniform(0, 255, (5, 48, 64)).astype(np.float32)
    assert not moved(noise, 4, nothing).any()
