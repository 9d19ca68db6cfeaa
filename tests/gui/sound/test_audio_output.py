"""The clock that pictures follow, on a real device that makes no sound."""

import time

import miniaudio
import numpy as np
import pytest
from support.media.recording_device import RecordingDevice, ramp

from lipflap.gui.sound.audio_mix import MIX_HZ
from lipflap.gui.sound.audio_output import AudioOutput


@pytest.fixture
def device(monkeypatch) -> RecordingDevice:
    made = RecordingDevice(monkeypatch)
    yield made
    made.out.close()


def audio(device: RecordingDevice, count: int) -> np.ndarray:
    """What was handed over, from the first sample that is not silence, once there is that much."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        loud = np.flatnonzero(device.samples[:, 0])
        if len(loud) and len(device.samples) - loud[0] >= count:
            return device.samples[loud[0] : loud[0] + count, 0]
        time.sleep(0.02)
    raise AssertionError("the device has stopped asking")


def test_each_sample_once_and_silence_after_the_last(device):
    device.out.play(ramp(6000), 1000)
    numbers = audio(device, 8000)
    assert (numbers[:5000] == np.arange(1001, 6001)).all()
    assert not numbers[5000:].any()


def test_a_loop_has_no_gap(device):
    device.out.play(ramp(9000), 3000, (2000, 5000))
    first, again = np.arange(3001, 5001), np.arange(2001, 5001)
    assert (audio(device, 10_000) == np.concatenate([first, again, again, again])[:10_000]).all()


def test_another_sound_goes_on_at_the_same_place(device):
    device.out.play(ramp(30_000), 0)
    audio(device, 3000)
    device.out.swap(ramp(30_000, -1))
    numbers = audio(device, 12_000)
    assert (np.abs(numbers) == np.arange(1, 12_001)).all()
    assert (numbers[-1000:] < 0).all()


def test_it_tells_what_is_heard_not_what_was_handed_over(device):
    """This device asks for a period when it begins to play the one it was handed before."""
    device.out.play(ramp(30_000), 0)
    period = MIX_HZ * 30 // 1000
    began, off, store, told = time.monotonic(), [], [], []
    while time.monotonic() - began < 1.5:
        told.append(device.out.position())
        off.append(told[-1] / MIX_HZ - (time.monotonic() - began))
        store.append(len(device.samples) - told[-1])
        time.sleep(0.005)
    assert told == sorted(told)
    assert max(off) < 0.01
    assert max(store) < 2.5 * period
    assert period < np.median(store) < 2 * period


def test_what_is_played_next_is_told_from_its_own_start(device):
    device.out.play(ramp(30_000), 0)
    audio(device, 5000)
    began = time.monotonic()
    device.out.play(ramp(30_000), 20_000)
    first = device.out.position()
    assert 20_000 <= first < 20_000 + (time.monotonic() - began) * MIX_HZ + MIX_HZ // 25
    time.sleep(0.4)
    last = device.out.position()
    assert 20_000 + MIX_HZ // 8 < last < 20_000 + (time.monotonic() - began + 0.1) * MIX_HZ


def test_without_a_device_it_keeps_the_time_and_says_so():
    out = AudioOutput([miniaudio.Backend.WEBAUDIO])
    assert not out.is_silent
    out.play(ramp(100), 480, (480, 5280))
    began = time.monotonic()
    assert out.is_silent
    time.sleep(0.25)
    least = (time.monotonic() - began) * MIX_HZ
    position = out.position()
    most = (time.monotonic() - began) * MIX_HZ
    assert (position - 480 - least + 500) % 4800 < most - least + 1000
    out.close()
