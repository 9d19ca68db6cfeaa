"""Two drawn mouths, one of which moves with the sound, now the one and now the other."""

import numpy as np
import pytest
from support.puppets.puppet import puppet_track

from lipflap.core.analysis.speakers.active_speaker import (
    Production,
    agreement,
    lip_openings,
    moving_or_open,
    speaking_face,
)

RATE_HZ = 25.0
COUNT = 75


def talk(seed: int, count: int = COUNT) -> np.ndarray:
    """Loudness of speech: syllables at about four a second."""
    noise = np.random.default_rng(seed).standard_normal(count + 8)
    return np.clip(np.convolve(noise, np.hanning(7), "valid")[:count], 0, None)


def production(loudness: np.ndarray) -> Production:
    return Production(loudness, np.ones(len(loudness), bool))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lag", [-2, 0, 2])
def test_the_one_whose_lips_go_with_the_sound_speaks_though_the_other_is_larger(seed, lag):
    said, chewing = talk(seed), talk(seed + 100)
    speaker = puppet_track(0.1 * np.roll(said, lag), eyes_px=25)
    other = puppet_track(0.1 * chewing, eyes_px=70, x=250)
    for tracks, expected in (([speaker, other], 0), ([other, speaker], 1)):
        assert speaking_face(tracks, 0, COUNT, production(said), RATE_HZ) == expected


def test_without_production_sound_the_largest_speaks():
    tracks = [
        puppet_track(0.1 * talk(1), 30),
        puppet_track(0.1 * talk(2), 60),
        puppet_track(0.1 * talk(3), 40),
    ]
    assert speaking_face(tracks, 0, COUNT, None, RATE_HZ) == 1


def judged(loudness: np.ndarray, fits: dict[int, float], asked: list | None = None) -> Production:
    """With a judge that says how well faces fit."""

    def said(tracks, start: int, end: int) -> dict[int, float]:
        (asked if asked is not None else []).append((sorted(tracks), start, end))
        return fits

    return Production(loudness, np.ones(len(loudness), bool), said)


@pytest.mark.parametrize("seed", range(5))
def test_a_judge_that_is_sure_outweighs_lips_that_move_with_the_loudness(seed):
    said, chewing = talk(seed), talk(seed + 100)
    tracks = [puppet_track(0.1 * said), puppet_track(0.1 * chewing, x=250)]
    assert speaking_face(tracks, 0, COUNT, judged(said, {0: 0.05, 1: 0.45}), RATE_HZ) == 1
    assert speaking_face(tracks, 0, COUNT, judged(said, {0: 0.08, 1: 0.1}), RATE_HZ) == 0
    assert speaking_face(tracks, 0, COUNT, judged(said, {}), RATE_HZ) == 0


def test_a_judge_is_asked_only_when_several_faces_may_speak():
    asked: list = []
    one, two, shut = (
        puppet_track(0.1 * talk(1)),
        puppet_track(0.1 * talk(2)),
        puppet_track(np.full(COUNT, 0.01)),
    )
    sound = judged(talk(1), {}, asked)
    speaking_face([one], 0, COUNT, sound, RATE_HZ)
    speaking_face([one, shut], 0, COUNT, sound, RATE_HZ)
    assert asked == []
    speaking_face([one, shut, two], 5, 70, sound, RATE_HZ)
    assert asked == [([0, 2], 5, 70)]


def test_a_shut_mouth_under_speech_is_a_listener_s():
    listener = puppet_track(np.full(COUNT, 0.01), eyes_px=80)
    assert speaking_face([listener], 0, COUNT, production(talk(1)), RATE_HZ) is None
    assert speaking_face([listener], 0, COUNT, None, RATE_HZ) == 0
    muffled = puppet_track(0.1 * talk(7), eyes_px=20)
    assert speaking_face([listener, muffled], 0, COUNT, production(talk(1)), RATE_HZ) == 1


def test_a_shut_mouth_in_silence_may_yet_speak():
    silent = Production(np.zeros(COUNT), np.zeros(COUNT, bool))
    assert speaking_face([puppet_track(np.full(COUNT, 0.01))], 0, COUNT, silent, RATE_HZ) == 0


def test_only_faces_of_the_camera_shot_count():
    early, late = puppet_track(0.1 * talk(1, 30)), puppet_track(0.1 * talk(2, 30), first=45)
    assert speaking_face([early, late], 0, 40, None, RATE_HZ) == 0
    assert speaking_face([early, late], 40, COUNT, None, RATE_HZ) == 1
    assert speaking_face([early, late], 32, 44, None, RATE_HZ) is None


def test_agreement_is_the_best_correlation_among_the_lags():
    lips, sound = talk(3), talk(4)
    by_hand = [
        np.corrcoef(
            [(lips[i + lag], sound[i]) for i in range(COUNT) if 0 <= i + lag < COUNT], rowvar=False
        )[0, 1]
        for lag in range(-2, 3)
    ]
    assert agreement(lips, sound) == pytest.approx(max(0, *by_hand))
    assert agreement(np.full(COUNT, 0.2), sound) == 0
    assert agreement(np.where(np.arange(COUNT) < 5, lips, np.nan), sound) == 0


def test_a_mouth_is_busy_while_open_or_about_to_move():
    opening = np.zeros(60)
    opening[20] = 0.045  # a twitch: shut by itself, but it moves
    opening[40:45] = 0.2
    busy = moving_or_open(opening, RATE_HZ)
    assert np.flatnonzero(busy).tolist() == [*range(15, 26), *range(35, 50)]
    held_open = moving_or_open(np.full(30, 0.12), RATE_HZ)
    assert held_open.all()


def test_an_unseen_mouth_is_not_busy():
    opening = np.where(np.arange(30) < 15, 0.2, np.nan)
    assert moving_or_open(opening, RATE_HZ).tolist() == [i < 15 for i in range(30)]


def test_openings_are_those_drawn():
    drawn = np.linspace(0, 0.3, 10)
    assert lip_openings(puppet_track(drawn)) == pytest.approx(drawn, abs=1e-5)
