"""Which frame is due: by the sound at speed one, by the clock at others."""

import time
from fractions import Fraction
from itertools import pairwise

import miniaudio
import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from support.media.recording_device import ramp

from lipflap.gui.compare.player import Player
from lipflap.gui.sound.audio_output import AudioOutput

RATE = Fraction(25)


@pytest.fixture
def player(qtbot: QtBot) -> Player:
    made = Player(AudioOutput([miniaudio.Backend.NULL]))
    made.load(RATE, 50)
    made.set_audio({"dub": ramp(20_000)})
    made.audio_role = "dub"
    yield made
    made.close()


def shown(player: Player) -> list[int]:
    frames: list[int] = []
    player.moved.connect(frames.append)
    return frames


def test_it_plays_every_frame_in_its_time_and_stops_at_the_last(qtbot, player):
    player.seek(30)
    frames, states = shown(player), []
    player.playing.connect(states.append)
    began = time.monotonic()
    player.play()
    qtbot.waitUntil(lambda: not player.speed, timeout=10_000)
    assert time.monotonic() - began > 0.7
    assert frames == sorted(frames)
    assert frames[-1] == player.frame == 49
    assert states == [True, False]


def test_from_the_end_it_plays_from_the_start(player):
    player.seek(49)
    player.play()
    assert player.frame == 0
    player.stop()
    player.play(-1)
    assert player.frame == 49


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001)])
def test_it_begins_with_the_frame_it_stands_at(qtbot, player, rate):
    player.load(rate, 2000)
    frames = shown(player)
    for frame in (7, 17, 1001, 1002):
        player.seek(frame)
        frames.clear()
        began = time.monotonic()
        player.play()
        qtbot.waitUntil(lambda: len(frames) > 0, timeout=10_000)
        passed = int(
            (time.monotonic() - began) * rate
        )  # more than three where others have the cores
        player.stop()
        assert frame < frames[0] <= frame + max(3, passed)


def test_it_loops_within_its_span_both_ways(qtbot, player):
    player.set_loop((10, 16))
    frames = shown(player)
    player.play()
    qtbot.waitUntil(lambda: frames.count(10) >= 3, timeout=10_000)
    assert set(frames) <= set(range(10, 16))
    steps = {(b - a) % 6 for a, b in pairwise(frames)}
    assert steps <= {1, 2, 3}
    player.play(-2)
    frames.clear()
    qtbot.waitUntil(lambda: frames.count(15) >= 2, timeout=10_000)
    assert set(frames) <= set(range(10, 16))
    with pytest.raises(ValueError, match="not among the 50"):
        player.set_loop((40, 51))


def test_shuttle_keys_go_through_the_speeds(player):
    speeds = []
    for way in (1, 1, 1, 1, -1, -1, -1, -1, -1, 1, 0):
        player.shuttle(way)
        speeds.append(player.speed)
    assert speeds == [1, 2, 4, 4, 2, 1, -1, -2, -4, -2, 0]


@pytest.mark.parametrize(("speed", "end"), [(4, 49), (-4, 0), (-1, 0)])
def test_other_speeds_keep_the_time_too(qtbot, player, speed, end):
    seen: list[tuple[int, float]] = []
    player.moved.connect(lambda frame: seen.append((frame, time.monotonic())))
    player.seek(25)
    seen.clear()
    began = time.monotonic()
    player.play(speed)
    qtbot.waitUntil(lambda: not player.speed, timeout=10_000)
    assert seen[-1][0] == end
    late_s = [(at - began) - (frame - 25) / 25 / speed for frame, at in seen]
    assert abs(np.median(late_s)) < 0.12  # of most of them, also where other work has the cores


def test_a_seek_while_it_plays_goes_on_from_there(qtbot, player):
    player.load(RATE, 500)
    player.play()
    frames = shown(player)
    qtbot.waitUntil(lambda: len(frames) > 3, timeout=10_000)
    player.seek(400)
    assert player.frame == 400
    frames.clear()
    qtbot.waitUntil(lambda: len(frames) > 5, timeout=10_000)
    assert frames == sorted(frames)
    assert 400 <= frames[0] <= 403


def test_without_sound_or_device_pictures_play_all_the_same(qtbot):
    player = Player(AudioOutput([miniaudio.Backend.WEBAUDIO]))
    player.load(RATE, 50)
    player.seek(35)
    assert not player.is_silent
    began = time.monotonic()
    player.play()
    qtbot.waitUntil(lambda: not player.speed, timeout=10_000)
    assert player.is_silent
    assert time.monotonic() - began > 0.4
    player.close()
