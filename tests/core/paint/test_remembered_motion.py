"""Motion that is drawn once for a dialogue."""

import numpy as np

from lipflap.core.motion.lip_shape import LATENTS
from lipflap.core.paint.remembered_motion import RememberedMotion


class Dice:
    """A motion that is never twice the same."""

    basis = None

    def __init__(self) -> None:
        self.random = np.random.default_rng(0)

    def latents(self, mono, seed):
        return self.random.normal(size=(len(mono) // 320, LATENTS)).astype(np.float32)


def test_the_same_sound_and_seed_are_drawn_once():
    motion, sound = RememberedMotion(Dice()), np.linspace(0, 1, 3200, dtype=np.float32)
    first = motion.latents(sound, 1)
    assert np.array_equal(motion.latents(sound.copy(), 1), first)
    assert np.array_equal(motion.latents(sound[::-1][::-1], 1), first)


def test_another_sound_or_seed_is_drawn_anew():
    motion, sound = RememberedMotion(Dice()), np.linspace(0, 1, 3200, dtype=np.float32)
    first = motion.latents(sound, 1)
    assert not np.array_equal(motion.latents(sound, 2), first)
    assert not np.array_equal(motion.latents(sound[::-1], 1), first)
    assert np.array_equal(motion.latents(sound, 1), first)
