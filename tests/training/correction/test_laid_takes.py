"""What the correction learns from: real painting of a puppet's film, and lips made less sure."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.puppets.puppet import Puppet, draw, puppet_networks
from support.puppets.puppet_shot import HZ, write_movie

from lipflap.core.motion.lip_motion import LipMotion, load_lip_motion
from lipflap.core.motion.lip_sync import load_lip_sync
from lipflap.training.correction.laid_takes import LaidTake, UnsureMotion, lay_takes
from lipflap.training.data.films import recordings_from_films
from lipflap.training.evaluation.strangers.measure import reference_settings

SECONDS = 4


def _pictures(openings: NDArray) -> Iterator[NDArray[np.uint8]]:
    for opening in openings:
        yield draw([Puppet(80, 50, 40, float(opening))], 160, 144)


@pytest.fixture(scope="module")
def motion() -> LipMotion:
    return load_lip_motion()


@pytest.mark.slow
def test_a_take_is_laid_from_other_mouths_and_kept(tmp_path: Path, motion: LipMotion) -> None:
    rng = np.random.default_rng(1)
    open_by = np.abs(np.convolve(rng.standard_normal(25 * SECONDS), np.ones(4) / 4, "same")) / 3
    hiss = rng.standard_normal(HZ * SECONDS) * np.repeat(open_by, HZ // 25)
    (tmp_path / "ana").mkdir()
    write_movie(tmp_path / "ana/a.mkv", _pictures(open_by), Fraction(25), hiss.astype(np.float32))
    (whole,) = recordings_from_films(tmp_path / "ana")
    (line,) = whole.speeches
    half = line.sample_count // 2  # a clip of a cut may have several lines
    first = replace(line, sample_count=half)
    second = replace(line, first_sample=half, at_sample=half, sample_count=half)
    recordings = [replace(whole, speeches=(first, second))]
    networks = replace(puppet_networks(judge=load_lip_sync()), motion=motion)
    settings = reference_settings(steps=1, guidance=1)
    (take,) = lay_takes(recordings, networks, settings, tmp_path / "laid")
    assert (take.talker, len(take.filmed) > 40) == ("ana", True)
    apart = np.abs(take.filmed.astype(int) - take.laid).max(-1)
    assert np.median(apart[take.matte == 0]) <= 1
    assert apart[take.matte > 200].mean() > 2, "no mouth is its own"
    networks = replace(networks, motion=None)  # what is kept is not laid again
    (again,) = lay_takes(recordings, networks, settings, tmp_path / "laid")
    for name in LaidTake.__slots__:
        assert np.array_equal(getattr(again, name), getattr(take, name))


def test_unsure_lips_are_those_of_the_sound_with_smooth_noise(motion: LipMotion) -> None:
    sound = np.random.default_rng(0).standard_normal(HZ * 3).astype(np.float32) / 10
    sure = motion.latents(sound, 0)
    one, same, other = (UnsureMotion(motion, seed).latents(sound, 0) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    apart = one - other
    assert 0.05 < apart.std() < 1.6
    lag = (apart[1:] * apart[:-1]).sum() / (apart**2).sum()
    assert lag > 0.8, "from tick to tick it hardly changes"
    assert np.corrcoef(one.ravel(), sure.ravel())[0, 1] > 0.3
