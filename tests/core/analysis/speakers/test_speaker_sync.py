"""Two drawn faces side by side, of which one opens its mouth as the sound rises."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.puppets.puppet import Puppet, points_of
from support.puppets.puppet_judge import circle, puppet_judge, standard
from support.puppets.puppet_shot import HZ, film_order, speech, write_movie

from lipflap.core.analysis.detectors import Detectors
from lipflap.core.analysis.speakers.speaker_sync import SpeakerSync
from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.track import FaceTrack
from lipflap.core.motion.lip_sync import load_lip_sync
from lipflap.core.order import Role
from lipflap.core.paint.painter import Networks
from lipflap.core.result import DubResult
from lipflap.core.shot import dub_shot
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND

SHARED = Path(__file__).parents[5] / "shared" / "data" / "grid_others"
RATE, COUNT = Fraction(25), 100
WIDTH, HEIGHT = 288, 144
WIDEST = 0.3


def track(openings: Sequence[float], x: float, first: int = 0) -> FaceTrack:
    points = np.array([points_of(Puppet(x, 45, 40, o)) for o in openings])
    sure = np.ones(len(points), np.float32)
    visible = np.ones(len(points), bool)
    return FaceTrack(first, points, sure, sure, visible, sure, np.zeros(192, np.float32))


@pytest.fixture(scope="module")
def openings() -> np.ndarray:
    """Of two mouths [2, COUNT], held for a tenth of a second each."""
    return np.repeat(np.random.default_rng(3).uniform(0, WIDEST, (2, COUNT // 2)), 2, axis=1)


def speaker_sync(said: np.ndarray, late: int = 0) -> SpeakerSync:
    """With a sound that is as loud as one of the mouths is open, or was to be."""
    ticks = TICKS_A_SECOND * (COUNT // 25 + 2)
    frames = np.clip((np.arange(ticks) + 0.5) / TICKS_A_SECOND * 25 - 25 - 0.5, 0, COUNT - 1)
    level = np.interp(frames, np.arange(COUNT), np.roll(said, -late))
    return SpeakerSync(puppet_judge(), RATE, [], circle(standard(level)), np.ones(COUNT, bool))


@pytest.mark.parametrize("speaker", [0, 1])
@pytest.mark.parametrize("late", [0, 2, -2])
def test_the_mouth_that_opens_with_the_sound_fits_it(openings, speaker, late):
    tracks = {0: track(openings[0], 80), 1: track(openings[1], 208)}
    scores = speaker_sync(openings[speaker], late).scores(tracks, 0, COUNT)
    assert scores[speaker] > 2 * scores[1 - speaker]


def test_a_mouth_out_of_reach_of_sync_does_not_fit(openings):
    tracks = {0: track(openings[0], 80)}
    near = speaker_sync(openings[0]).scores(tracks, 0, COUNT)
    far = speaker_sync(openings[0], late=6).scores(tracks, 0, COUNT)
    assert far[0] < 0.4 * near[0]


def test_a_face_seen_for_a_moment_is_not_judged(openings):
    tracks = {0: track(openings[0], 80), 1: track(openings[1, :20], 208, first=30)}
    assert set(speaker_sync(openings[0]).scores(tracks, 0, COUNT)) == {0}


def read(path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Pictures and 16 kHz sound of a talker's first two seconds."""
    with av.open(str(path)) as movie:
        frames = [f.to_ndarray(format="rgb24") for f in movie.decode(video=0)]
    with av.open(str(path)) as movie:
        to_mono = av.AudioResampler("fltp", "mono", HZ)
        heard = [
            part.to_ndarray()[0] for f in movie.decode(audio=0) for part in to_mono.resample(f)
        ]
    return frames[:50], np.concatenate(heard)[: 2 * HZ]


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared/data/grid_others beside the checkout")
@pytest.mark.parametrize("speaker", [pytest.param(0, marks=pytest.mark.soak), 1])
def test_of_two_real_talkers_the_one_heard_is_dubbed(tmp_path, speaker):
    names = ("rizkiarm-LipNet__lwbsza.mpg", "rizkiarm-LipNet__brbk7n.mpg")
    talkers = [read(SHARED / name) for name in names]
    side_by_side = (np.hstack(pair) for pair in zip(talkers[0][0], talkers[1][0], strict=True))
    film = write_movie(tmp_path / "two.mkv", side_by_side, RATE)
    lines = [
        speech(tmp_path / "day.wav", Role.PRODUCTION, talkers[speaker][1]),
        speech(tmp_path / "dub.wav", Role.DUB, talkers[1 - speaker][1]),
    ]
    *_, result = dub_shot(film_order(film, tmp_path / "new.mkv", *lines), shipped())
    assert isinstance(result, DubResult)
    assert (result.report.faces, result.report.face) == (2, speaker)


def shipped() -> Networks:
    """The shipped detectors, with a painter that changes nothing."""
    detectors = Detectors(cascade_detectors(), load_landmarker().points, load_lip_sync())
    return Networks(detectors, lambda condition, noise: condition.plate)
