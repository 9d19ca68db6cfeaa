"""Sync figures of drawn shots: mouths as open as the sound is loud, early, late or not at all."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from support.puppets.puppet import LIPS_COLOUR, RED, Puppet, draw, puppet_networks
from support.puppets.puppet_judge import puppet_judge
from support.puppets.puppet_shot import HZ, film_order, speech, write_movie
from torch import Tensor

from lipflap.core.diffusion.condition import Condition
from lipflap.core.motion.lip_sync import LipSync
from lipflap.core.order import FrameRange, Role
from lipflap.core.result import DubResult, SyncFigures
from lipflap.core.shot import dub_shot

SECONDS = 4
QUIET, LOUD = -0.1, 0.25  # log-mel of the sounds below
MIDDLE = 32  # of the mouth, row of the work rectangle
LIPS = (slice(MIDDLE - 8, MIDDLE + 8), slice(36, 60))  # the skin around keeps its colour


def voice(seed: int, spans: tuple[tuple[float, float], ...] = ((0.0, SECONDS),)) -> np.ndarray:
    """Noise, every tenth of a second in another measure; silent outside spans."""
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.uniform(0.02, 1, 10 * SECONDS), HZ // 10)
    at = np.arange(len(level)) / HZ
    on = np.any([(at >= a) & (at < b) for a, b in spans], axis=0)
    return (0.1 * on * level * rng.standard_normal(len(level))).astype(np.float32)


def loudness(sound: Tensor) -> Tensor:
    """0..1 [B] for log-mel [B, 80, 32]: how loud its middle is."""
    loud = sound[:, 20:60, 13:19].mean((1, 2))
    return ((loud - QUIET) / (LOUD - QUIET)).clamp(0, 1)


def saying(late_frames: int = 0):
    """Opens mouths as far as their sound is loud, some frames late."""
    heard: list[float] = []

    def paint(condition: Condition, noise: Tensor) -> Tensor:
        heard.append(float(loudness(condition.sound)[0]))
        half = round(6 * heard[max(0, len(heard) - 1 - late_frames)])
        painted = condition.plate.clone()
        painted[:, :, *LIPS] = torch.tensor(LIPS_COLOUR).view(1, 3, 1, 1) / 127.5 - 1
        rows = slice(MIDDLE - half, MIDDLE + half)
        painted[:, :, rows, LIPS[1]] = torch.tensor(RED).view(1, 3, 1, 1) / 127.5 - 1
        return painted

    return paint


def film(folder, rate: Fraction, *puppets: Puppet) -> str:
    still = draw(puppets, 144 * len(puppets), 144)
    return write_movie(folder / "plate.mkv", [still] * int(SECONDS * rate), rate)


ONE = Puppet(80, 45, 40)
TWO = Puppet(208, 45, 40, skin=(110, 80, 60))


def figures(made, paint, judge: LipSync | None) -> SyncFigures | None:
    networks = puppet_networks(paint, judge)
    *_, result = dub_shot(made, networks)
    assert isinstance(result, DubResult)
    return result.report.sync


def test_a_mouth_that_says_the_dub_is_on_time_and_the_old_one_does_not_say_it(tmp_path):
    rate = Fraction(24000, 1001)
    dub = speech(tmp_path / "dub.wav", Role.DUB, voice(1))
    made = film_order(film(tmp_path, rate, ONE), tmp_path / "new.mkv", dub)
    found = figures(made, saying(), puppet_judge())
    assert found is not None
    assert found.offset_ms == 0
    assert found.confidence > 0.15
    assert found.untouched_confidence < 0.3 * found.confidence
    assert found.speech_s == pytest.approx(SECONDS, abs=0.25)


def test_too_little_speech_is_not_judged(tmp_path):
    plate = film(tmp_path, Fraction(25), ONE)
    short = speech(tmp_path / "short.wav", Role.DUB, voice(3, ((1.0, 1.5),)))
    assert figures(film_order(plate, tmp_path / "a.mkv", short), saying(), puppet_judge()) is None


def test_without_a_judge_nothing_is_judged(tmp_path):
    plate = write_movie(tmp_path / "plate.mkv", [draw([ONE], 144, 144)] * 12, Fraction(25))
    dub = speech(tmp_path / "dub.wav", Role.DUB, voice(3)[: 12 * HZ // 25])
    assert figures(film_order(plate, tmp_path / "b.mkv", dub), saying(), None) is None


def test_only_speech_is_judged_though_pauses_are_painted_too(tmp_path):
    bursts = tuple((start, start + 0.3) for start in (0.4, 1.2, 2.0, 2.8))
    dub = speech(tmp_path / "dub.wav", Role.DUB, voice(6, bursts))
    made = film_order(film(tmp_path, Fraction(25), ONE), tmp_path / "new.mkv", dub)
    found = figures(made, saying(), puppet_judge())
    assert found is not None
    assert 1.2 <= found.speech_s <= 2.2


def test_of_a_part_only_its_own_frames_are_judged(tmp_path):
    """A mouth that stops saying the dub halfway: the first part fits it, the second does not."""
    heard: list[Tensor] = []
    says = saying()

    def paint(condition: Condition, noise: Tensor) -> Tensor:
        heard.append(noise)
        return says(condition, noise) if len(heard) <= 50 else condition.plate

    dub = speech(tmp_path / "dub.wav", Role.DUB, voice(1))
    made = film_order(film(tmp_path, Fraction(25), ONE), tmp_path / "new.mkv", dub)
    found = []
    for part in (FrameRange(0, 50), FrameRange(50, 100)):
        heard.clear()
        judged = figures(replace(made, part=part), paint, puppet_judge())
        assert judged is not None
        assert judged.speech_s == pytest.approx(SECONDS / 2, abs=0.25)
        found.append(judged.confidence)
    assert found[0] > 0.15
    assert found[1] < 0.3 * found[0]


def test_of_two_faces_the_one_that_fits_worse_is_told(tmp_path):
    plate = film(tmp_path, Fraction(25), ONE, TWO)
    lines = [speech(tmp_path / f"{n}.wav", Role.DUB, voice(4 + n), face=n) for n in (0, 1)]
    both, says = (
        figures(film_order(plate, tmp_path / "a.mkv", *lines), saying(), puppet_judge()),
        saying(),
    )

    def only_the_pale(condition: Condition, noise: Tensor) -> Tensor:
        painted = says(condition, noise)
        return painted if condition.plate.mean() > 0 else condition.plate

    one = figures(film_order(plate, tmp_path / "b.mkv", *lines), only_the_pale, puppet_judge())
    assert both is not None
    assert one is not None
    assert both.confidence > 0.15
    assert one.confidence < 0.05


def test_a_late_mouth_is_found_late_and_the_untouched_one_judged_as_it_was_filmed(tmp_path):
    said = film_order(
        film(tmp_path, Fraction(25), ONE),
        tmp_path / "a.mkv",
        speech(tmp_path / "1.wav", Role.DUB, voice(1)),
    )
    first = figures(said, saying(), puppet_judge())
    again = film_order(said.output.path, tmp_path / "b.mkv", *said.speeches)
    second = figures(again, saying(5), puppet_judge())
    assert first is not None
    assert second is not None
    assert second.untouched_confidence == pytest.approx(first.confidence, abs=0.01)
    assert (first.offset_ms, second.offset_ms) == (0, 200)
