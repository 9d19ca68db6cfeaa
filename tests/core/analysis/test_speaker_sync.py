"""Two drawn faces side by side, of which one opens its mouth as the sound rises."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from support.puppet import Puppet, draw, points_of
from support.puppet_shot import HZ, film_order, speech, write_movie
from torch import Tensor

from lipflap.core.analysis.detectors import Detectors
from lipflap.core.analysis.speaker_sync import SpeakerSync, most_speech_window
from lipflap.core.analysis.sync_scorer import EMBEDDING_DIM, SyncScorer, load_sync_scorer
from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe
from lipflap.core.order import DubResult, Role
from lipflap.core.paint.painter import Networks
from lipflap.core.shot import dub_shot
from lipflap.core.voice.log_mel import MELS

SHARED = Path(__file__).parents[4] / "shared" / "data" / "grid_others"
RATE, COUNT = Fraction(25), 100
WIDTH, HEIGHT = 288, 144
WIDEST = 0.3


def circle(level: Tensor) -> Tensor:
    """Levels [B] as unit vectors [B, 128], nearer the nearer they are."""
    rows = torch.zeros(len(level), EMBEDDING_DIM)
    rows[:, 0], rows[:, 1] = torch.cos(3 * level), torch.sin(3 * level)
    return rows


def embed_video(clips: Tensor) -> Tensor:
    """How much of the column where the lips part is red."""
    lips = clips[:, 2, :, 8:32, 44:52]
    red = ((lips[:, 0] - lips[:, 1]) > 1).float().mean((1, 2))
    return circle(red * 24 / (WIDEST * 40))


def embed_audio(sound: Tensor) -> Tensor:
    return circle(sound[:, 0, 16])


def track(openings: Sequence[float], x: float, first: int = 0) -> FaceTrack:
    points = np.array([points_of(Puppet(x, 45, 40, o)) for o in openings])
    sure = np.ones(len(points), np.float32)
    visible = np.ones(len(points), bool)
    return FaceTrack(first, points, sure, sure, visible, sure, np.zeros(192, np.float32))


@pytest.fixture(scope="module")
def openings() -> np.ndarray:
    """Of two mouths [2, COUNT], held for a tenth of a second each."""
    return np.repeat(np.random.default_rng(3).uniform(0, WIDEST, (2, COUNT // 2)), 2, axis=1)


@pytest.fixture(scope="module")
def film(tmp_path_factory, openings) -> str:
    both = (
        draw([Puppet(80, 45, 40, left), Puppet(208, 45, 40, right)], WIDTH, HEIGHT)
        for left, right in openings.T
    )
    return write_movie(tmp_path_factory.mktemp("two") / "two.mkv", both, RATE)


def speaker_sync(
    film: str, said: np.ndarray, late: int = 0, counts: list | None = None
) -> SpeakerSync:
    """With a sound whose level is how far one of the mouths is open, or was to be."""
    info = probe(film)
    at_s = np.arange(80 * (COUNT // 25 + 2)) / 80 - 1
    frames = np.clip(np.floor(at_s * 25), 0, COUNT - 1).astype(int)
    level = np.roll(said, -late)[frames] / WIDEST
    log_mel = np.repeat(level[None], MELS, 0).astype(np.float32)

    def decode(numbers: Sequence[int]):
        (counts if counts is not None else []).append(len(numbers))
        return pictures(info, numbers)

    return SpeakerSync(
        SyncScorer(embed_video, embed_audio), decode, info, RATE, log_mel, np.ones(COUNT, bool)
    )


@pytest.mark.parametrize("speaker", [0, 1])
@pytest.mark.parametrize("late", [0, 2, -2])
def test_the_mouth_that_opens_with_the_sound_fits_it(film, openings, speaker, late):
    tracks = {0: track(openings[0], 80), 1: track(openings[1], 208)}
    scores = speaker_sync(film, openings[speaker], late).scores(tracks, 0, COUNT)
    assert scores[speaker] > 2 * scores[1 - speaker]


def test_a_mouth_out_of_reach_of_sync_does_not_fit(film, openings):
    tracks = {0: track(openings[0], 80)}
    near = speaker_sync(film, openings[0]).scores(tracks, 0, COUNT)
    far = speaker_sync(film, openings[0], late=6).scores(tracks, 0, COUNT)
    assert far[0] < 0.4 * near[0]


def test_a_face_seen_for_a_moment_is_not_judged(film, openings):
    tracks = {0: track(openings[0], 80), 1: track(openings[1, :20], 208, first=30)}
    assert set(speaker_sync(film, openings[0]).scores(tracks, 0, COUNT)) == {0}


def test_a_long_camera_shot_is_watched_in_part(film, openings, monkeypatch):
    monkeypatch.setattr("lipflap.core.analysis.speaker_sync.WINDOW_S", 2)
    counts: list[int] = []
    tracks = {0: track(openings[0], 80)}
    assert speaker_sync(film, openings[0], counts=counts).scores(tracks, 0, COUNT)
    assert counts == [50]


@pytest.mark.parametrize("seed", range(5))
def test_most_is_said_in_the_frames_that_are_watched(seed):
    rng = np.random.default_rng(seed)
    speaks = rng.random(80) < np.repeat(rng.random(8), 10)
    found = most_speech_window(speaks, 10, 70, 25)
    said = [int(speaks[first : first + 25].sum()) for first in range(10, 46)]
    assert (len(found), found.start) == (25, 10 + said.index(max(said)))
    assert most_speech_window(speaks, 10, 30, 25) == range(10, 30)


def read(path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Pictures and 16 kHz sound of a talker."""
    with av.open(str(path)) as movie:
        frames = [f.to_ndarray(format="rgb24") for f in movie.decode(video=0)]
    with av.open(str(path)) as movie:
        to_mono = av.AudioResampler("fltp", "mono", HZ)
        heard = [
            part.to_ndarray()[0] for f in movie.decode(audio=0) for part in to_mono.resample(f)
        ]
    return frames, np.concatenate(heard)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared/data/grid_others beside the checkout")
@pytest.mark.parametrize("speaker", [0, 1])
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
    detectors = Detectors(cascade_detectors(), load_landmarker().points, load_sync_scorer())
    return Networks(detectors, lambda condition, noise: condition.plate)
