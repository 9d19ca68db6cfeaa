"""Lips that are early, late or another's, judged; and the shipped judge on a real talker."""

from fractions import Fraction

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import load_file, save_file
from support.puppets.puppet import Puppet, points_of
from support.puppets.puppet_judge import circle, puppet_judge, standard

from lipflap.core.analysis.crop import track_crops
from lipflap.core.errors import DubError
from lipflap.core.face.align import points_in_crop
from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.track import build_tracks, track_faces
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels.colour import rgb8
from lipflap.core.media.probe import probe
from lipflap.core.model_files import LIP_SYNC, locate, read_metadata
from lipflap.core.motion.lip_sync import (
    EMBEDDING,
    MAX_LAG_TICKS,
    LagScores,
    LipSyncNetwork,
    load_lip_sync,
    make_lip_sync,
)
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND, SpeechEncoder
from lipflap.plugin.demo.sound import ASSETS

F = Fraction
HZ = 16_000
SECONDS, PREROLL_S = 4, F(1)


@pytest.fixture(scope="module")
def levels() -> np.ndarray:
    """How far lips are open in each of the ticks of the sound, a tenth of a second each."""
    held = np.random.default_rng(5).uniform(0, 0.3, 10 * (SECONDS + 2))
    return np.repeat(held, TICKS_A_SECOND // 10)


def scores(levels: np.ndarray, rate: Fraction, first: int = 0, late_s: float = 0.0) -> LagScores:
    """Of lips filmed at a rate from a frame on, `late_s` behind their sound."""
    frames = np.arange(first, int(SECONDS * rate))
    at_s = (frames + 0.5) / float(rate) + float(PREROLL_S) - late_s
    openings = np.interp(at_s * TICKS_A_SECOND - 0.5, np.arange(len(levels)), levels)
    points = np.stack([points_of(Puppet(64, 45, 40, float(o))) for o in openings])
    sound, first_s = circle(standard(levels)), PREROLL_S + first / rate
    counted = np.ones(len(points), bool)
    return puppet_judge().lag_scores(points, counted, first_s, rate, sound)


@pytest.mark.parametrize("rate", [F(24000, 1001), F(25), F(30), F(50)])
@pytest.mark.parametrize("late_ms", [-200, 0, 120])
def test_lips_are_found_as_late_as_they_are(levels, rate, late_ms):
    for first in (0, 13):
        agreement = scores(levels, rate, first, late_ms / 1000).agreement()
        assert agreement is not None
        assert abs(agreement.offset_ms - late_ms) <= 20
        assert agreement.confidence > 0.15


def test_what_is_not_counted_is_not_judged(levels):
    frames = np.arange(25 * SECONDS)
    points = np.stack([points_of(Puppet(64, 45, 40, 0.1 + 0.1 * (f % 2))) for f in frames])
    sound = circle(standard(levels))
    counted = (frames >= 20) & (frames < 60)
    found = puppet_judge().lag_scores(points, counted, PREROLL_S, F(25), sound)
    assert abs(found.ticks - 80) <= 1
    none = puppet_judge().lag_scores(points, counted & False, PREROLL_S, F(25), sound)
    assert none.ticks == 0
    assert none.agreement() is None


def test_a_frame_between_two_ticks_is_not_judged():
    points, sound = points_of(Puppet(64, 45, 40, 0.1))[None], torch.zeros(300, EMBEDDING)
    judge = make_lip_sync(LipSyncNetwork(), puppet_judge().basis, SpeechEncoder())
    found = [
        judge.lag_scores(points, np.ones(1, bool), PREROLL_S + F(n, 120), F(120), sound).ticks
        for n in range(120)
    ]
    assert sum(found) == TICKS_A_SECOND


def test_less_than_a_second_has_no_verdict_and_parts_add_up(levels):
    sums = np.zeros(2 * MAX_LAG_TICKS + 1)
    sums[MAX_LAG_TICKS + 3] = 30
    half = LagScores(sums, 30)
    assert half.agreement() is None
    whole = (half + half).agreement()
    assert whole is not None
    assert (whole.offset_ticks, whole.offset_ms, whole.confidence) == (3, 60, 1.0)


def test_sound_that_ends_too_early_is_not_read_beyond_its_end(levels):
    short = circle(standard(levels))[: 3 * TICKS_A_SECOND]
    points = np.stack([points_of(Puppet(64, 45, 40, 0.1))] * (25 * SECONDS))
    found = puppet_judge().lag_scores(points, np.ones(len(points), bool), PREROLL_S, F(25), short)
    assert found.ticks == 2 * TICKS_A_SECOND - MAX_LAG_TICKS


@pytest.fixture(scope="module")
def talker() -> tuple[np.ndarray, np.ndarray]:
    """A talker's sentence on which nothing trained: points in the crop, and the sound."""
    info = probe(str(ASSETS / "grid_s4_bbwgza.mp4"))
    looked_at = ((rgb8(frame, info), False) for frame in pictures(info, range(info.frame_count)))
    faces = track_faces(looked_at, cascade_detectors(), load_landmarker().points)
    tracks = build_tracks([one for found in faces for one in found], [], info.frame_count)
    track = max(tracks, key=lambda track: float(track.visible.sum()))
    mono, _ = soundfile.read(ASSETS / "grid_s4_bbwgza.flac", dtype="float32")
    return points_in_crop(track.points, track_crops(track)), np.pad(mono, HZ)


@pytest.mark.parametrize("late_frames", [-4, 0, 4])
def test_the_shipped_judge_hears_a_stranger(talker, late_frames):
    points, sound = talker
    judge = load_lip_sync()
    counted = np.ones(len(points), bool)
    first_s = PREROLL_S + F(late_frames, 25)
    own = judge.lag_scores(points, counted, first_s, F(25), judge.embed_sound(sound)).agreement()
    dub, _ = soundfile.read(ASSETS / "dub_de_1.flac", dtype="float32")
    others = judge.embed_sound(np.pad(dub, HZ))
    other = judge.lag_scores(points, counted, first_s, F(25), others).agreement()
    assert own is not None
    assert other is not None
    assert abs(own.offset_ms - 40 * late_frames) <= 40
    assert own.confidence > 1.5 * other.confidence


def test_a_judge_that_is_damaged_or_of_another_kind_is_refused(tmp_path):
    file = locate(LIP_SYNC)
    weights, metadata = load_file(file), dict(read_metadata(file))
    for change, told in (
        ({"kind": "lipflap lip sync 0"}, "not a judge of sync of this version"),
        ({"speech_encoder_sha256": "0"}, "its hash differs"),
    ):
        save_file(weights, tmp_path / "other.safetensors", metadata | change)
        with pytest.raises(DubError, match=told):
            load_lip_sync(tmp_path / "other.safetensors")
    weights.pop("basis.spread")
    save_file(weights, tmp_path / "torn.safetensors", metadata)
    with pytest.raises(DubError, match="cannot be read as a judge of sync"):
        load_lip_sync(tmp_path / "torn.safetensors")
