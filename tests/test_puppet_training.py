"""From footage to a model to a dub, with puppets whose mouth openings are known in every frame.

Their voice has vowels, as real ones have: the wider the mouth, the higher the first formant. A
small mouth model is trained on them for a minute; the mouths it paints then go with a sound that
the puppet in the shot never said, as measured in the painted pixels alone.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from support.puppets.puppet import Puppet, draw, puppet_detector, puppet_points
from support.puppets.puppet_shot import HZ, SETTINGS, film_order, speech, write_movie

from lipflap.core.analysis.detectors import Detectors
from lipflap.core.diffusion.network import NetworkShape
from lipflap.core.model_files import sha256
from lipflap.core.order import Role
from lipflap.core.paint.painter import Networks, load_painter
from lipflap.core.result import DubResult
from lipflap.core.shot import dub_shot
from lipflap.training.data.cache import unpack
from lipflap.training.data.dataset import open_prepared_set
from lipflap.training.data.films import recordings_from_films
from lipflap.training.data.prepare import training_clips
from lipflap.training.data.set_files import write_set
from lipflap.training.data.training_clip import TrainingClip
from lipflap.training.mouth.loop import MODEL, train
from lipflap.training.recipe import Recipe

RATE = Fraction(25)
FRAMES = 50
SEED = 2
# Correlation with the new sound's openings; three of four runs gave 0.85 to 0.95. With seed 1 and
# one thread so short a training gets stuck, at 0.35.
FOLLOWS = 0.7
WIDTH, HEIGHT = 176, 144
WIDEST = 0.36  # opening of a mouth, in eye distances
SKINS = ((200, 160, 130), (225, 190, 165), (150, 110, 85))

SHAPE = NetworkShape(channels=(16, 32, 32), blocks=1, heads=2, cond_dim=64)
RECIPE = Recipe(
    steps=240,
    sequences=4,
    swapped=0,
    learning_rate=3e-3,
    warm_up=20,
    average=0.97,
    from_noise=0.6,
    wide=0,
    hide_previous=0.8,
    spoil_previous=1.0,
    own_previous=0.25,
    colour=0.05,
    shift_px=2,
    pose=0,
    sync=0,
    perceptual=0,
    adversarial=0,
)


def openings(rng: np.random.Generator, frames: int = FRAMES) -> NDArray[np.float64]:
    """Of a mouth that says about three syllables a second, and is closed now and then."""
    syllables = np.convolve(rng.standard_normal(frames + 8), np.hanning(9), "valid")
    return np.clip(0.12 * syllables + 0.1, 0, WIDEST)


def voice(opening: NDArray[np.float64]) -> NDArray[np.float32]:
    """What a mouth that opens like this says: harmonics about a formant that rises with it."""
    at_s = np.arange(len(opening) * HZ // RATE) / HZ
    wide = np.interp(at_s * float(RATE) - 0.5, np.arange(len(opening)), opening) / WIDEST
    formant_hz = 250 + 850 * wide
    tones = (
        np.exp(-(((hertz - formant_hz) / 150) ** 2)) * np.sin(2 * np.pi * hertz * at_s)
        for hertz in range(110, 1300, 110)
    )
    said = 0.2 * sum(tones) * np.clip(8 * wide, 0, 1)
    return (said + 1e-4 * np.random.default_rng(1).standard_normal(len(at_s))).astype(np.float32)


def puppets(opening: NDArray[np.float64], place: Puppet) -> list[Puppet]:
    """One a frame, drifting a little."""
    return [replace(place, x=place.x + 0.1 * n, opening=o) for n, o in enumerate(opening)]


def film(path: Path, people: list[Puppet], sound: NDArray[np.float32]) -> str:
    pictures = (draw([puppet], WIDTH, HEIGHT) for puppet in people)
    return write_movie(path, pictures, RATE, sound)


def footage(folder: Path, rng: np.random.Generator, count: int = 12) -> None:
    folder.mkdir()
    for number in range(count):
        opening = openings(rng)
        place = Puppet(80 + rng.uniform(-5, 5), 45 + rng.uniform(-3, 3), 40)
        place = replace(place, skin=SKINS[number % len(SKINS)])
        film(folder / f"take{number}.mkv", puppets(opening, place), voice(opening))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory) -> list[TrainingClip]:
    """What `lipflap train prepare` finds in the films of twelve puppets."""
    folder = tmp_path_factory.mktemp("learnt") / "films"
    footage(folder, np.random.default_rng(SEED))
    return list(
        training_clips(list(recordings_from_films(folder)), [puppet_detector], puppet_points)
    )


def trained(learnt: list[TrainingClip], folder: Path) -> Path:
    """A model file, from takes by way of a SET."""
    write_set(learnt, folder / "set")
    unpack(folder / "set", folder / "unpacked")
    train(open_prepared_set(folder / "unpacked"), RECIPE, SHAPE, folder / "run")
    return folder / "run" / MODEL


@dataclass(frozen=True)
class Dubbed:
    """Openings [T] of one mouth: as filmed, as its dub would have it, and as painted."""

    old: NDArray[np.float64]
    new: NDArray[np.float64]
    painted: NDArray[np.float64]

    def follows(self, opening: NDArray[np.float64]) -> float:
        return float(np.corrcoef(self.painted, opening)[0, 1])


def dubbed(model: Path, folder: Path, number: int) -> Dubbed:
    """A puppet that says one thing, given the mouth of another by a model."""
    rng = np.random.default_rng((SEED, number))
    old, new = openings(rng, 75), openings(rng, 75)
    people = puppets(old, Puppet(80, 45, 40))
    plate = film(folder / f"plate{number}.mkv", people, voice(old))
    settings = replace(SETTINGS, model=str(model), model_sha256=sha256(model))
    dub = speech(folder / f"dub{number}.wav", Role.DUB, voice(new))
    made = film_order(plate, folder / f"new{number}.mkv", dub, settings=settings)
    networks = Networks(Detectors([puppet_detector], puppet_points), load_painter(settings))
    *_, result = dub_shot(made, networks)
    assert isinstance(result, DubResult)
    assert result.report.repainted_frames > 60
    return Dubbed(old, new, painted_openings(made.output.path, people))


def test_openings_are_measured_as_they_were_drawn(tmp_path):
    opening = openings(np.random.default_rng(5))
    people = puppets(opening, Puppet(80, 45, 40))
    drawn = film(tmp_path / "drawn.mkv", people, voice(opening))
    assert np.corrcoef(painted_openings(drawn, people), opening)[0, 1] > 0.97


@pytest.mark.soak
def test_a_model_trained_for_a_minute_moves_mouths_with_a_sound_they_never_said(learnt, tmp_path):
    model = trained(learnt, tmp_path)
    shots = [dubbed(model, tmp_path, number) for number in range(2)]
    assert np.mean([shot.follows(shot.new) for shot in shots]) > FOLLOWS
    for shot in shots:
        assert shot.follows(shot.new) > shot.follows(shot.old) + 0.3
        assert shot.painted.std() > 0.5 * shot.new.std()


@pytest.mark.soak
def test_a_model_trained_on_the_sound_of_other_takes_does_not(learnt, tmp_path):
    others = [*learnt[1:], learnt[0]]
    shuffled = [replace(take, hops=other.hops) for take, other in zip(learnt, others, strict=True)]
    model = trained(shuffled, tmp_path)
    shots = [dubbed(model, tmp_path, number) for number in range(2)]
    assert np.mean([shot.follows(shot.new) for shot in shots]) < FOLLOWS - 0.2


def painted_openings(path: str, people: list[Puppet]) -> NDArray[np.float64]:
    """How much pure red stands in the middle columns of each mouth, in eye distances."""
    found = []
    with av.open(path) as movie:
        for frame, p in zip(movie.decode(video=0), people, strict=True):
            rgb = frame.to_ndarray(format="rgb24").astype(float)
            e = p.eyes_px
            down = slice(round(p.y + 0.8 * e), round(p.y + 1.6 * e))
            across = slice(round(p.x - 0.12 * e), round(p.x + 0.12 * e) + 1)
            red = (rgb[down, across, 0] - rgb[down, across, 1] - 70) / (255 - 70)
            found.append(red.clip(0, 1).sum(0).mean() / e)
    return np.array(found)
