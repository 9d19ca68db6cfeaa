"""Samples of a sound file as it is heard: the channels that are played, at their speed.

file      stream 0  L R | stream 1  C | stream 2  M     channels of several streams, side by side
heard                             C         M           those of a Playback
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import MediaBroken
from lipflap.core.media.sound.audio_reader import (
    AudioTrack,
    audio_track,
    channel_counts,
    read_track,
)
from lipflap.core.media.sound.stretch import stretch
from lipflap.core.playback import PLAIN, Playback, SoundChannel

_AROUND_S = Fraction(1, 5)  # stretched beyond both ends, so that the filter has settled


@dataclass(frozen=True, slots=True)
class _HeardTrack:
    """A track of a file, and the channels of it that are heard; None for all."""

    track: AudioTrack
    channels: tuple[int, ...] | None

    @property
    def sample_count(self) -> int:
        return max(0, self.track.sample_count + self.track.delay_samples)

    def read(self, first: int, count: int) -> NDArray[np.float32]:
        """Return samples [C, count]: silence where the track does not sound yet, fewer at its end.

        Sample 0 sounds with the first picture of a movie; in a sound file it is the first.
        """
        track = self.track
        begin = first - track.delay_samples
        silent = min(count, max(0, -begin))
        wanted = count - silent
        sound = (
            read_track(track, begin + silent, wanted)
            if wanted
            else np.zeros((track.channels, 0), np.float32)
        )
        silence = np.zeros((track.channels, silent), np.float32)
        sound = np.concatenate([silence, sound], axis=1, dtype=np.float32)
        return sound if self.channels is None else sound[list(self.channels)]


def heard_format(path: str, playback: Playback = PLAIN) -> tuple[int, int, int]:
    """Return samples a second, samples and channels of a file as it is heard.

    Raises MediaMissing, and MediaBroken also for a channel that the file does not have.
    """
    tracks = _heard_tracks(path, playback)
    count = min(track.sample_count for track in tracks)
    channels = sum(len(t.channels or range(t.track.channels)) for t in tracks)
    return tracks[0].track.sample_rate_hz, floor(count / playback.speed), channels


def heard_samples(
    path: str, first: int, count: int, playback: Playback = PLAIN
) -> NDArray[np.float32]:
    """Return samples [first, first + count) as heard, [C, N]; fewer where a track ends.

    Raises MediaMissing, and MediaBroken also for a channel that the file does not have.
    """
    tracks = _heard_tracks(path, playback)
    if playback.speed == 1:
        return _side_by_side([track.read(first, count) for track in tracks])
    speed, rate_hz = playback.speed, tracks[0].track.sample_rate_hz
    before = min(floor(first * speed), round(_AROUND_S * rate_hz))
    begin = floor(first * speed) - before
    wanted = ceil(count * speed) + before + round(_AROUND_S * rate_hz)
    sound = _side_by_side([track.read(begin, wanted) for track in tracks])
    held = min(count, max(0, floor((begin + sound.shape[1]) / speed) - first))
    padded = np.pad(sound, ((0, 0), (0, wanted - sound.shape[1])))
    skipped = first - round(begin / speed)
    return stretch(padded, rate_hz, speed)[:, skipped : skipped + held]


def _side_by_side(sounds: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    shortest = min(sound.shape[1] for sound in sounds)
    return np.concatenate([sound[:, :shortest] for sound in sounds])


def _heard_tracks(path: str, playback: Playback) -> list[_HeardTrack]:
    if not playback.channels:
        return [_HeardTrack(audio_track(path), None)]
    counts = channel_counts(path)
    places = [_place(channel, counts, path) for channel in playback.channels]
    tracks = []
    for stream, group in groupby(places, lambda place: place[0]):
        channels = [channel for _, channel in group]
        whole = None in channels
        picked = None if whole else tuple(c for c in channels if c is not None)
        tracks.append(_HeardTrack(audio_track(path, stream), picked))
    rates = {track.track.sample_rate_hz for track in tracks}
    if len(rates) > 1:
        raise MediaBroken(
            "is heard through streams of different sample rates, which cannot be mixed.",
            where=path,
            fix="Export its sound again at one sample rate.",
        )
    return tracks


def _place(channel: SoundChannel, counts: tuple[int, ...], path: str) -> tuple[int, int | None]:
    """Return stream and channel in it. Raises MediaBroken when the file does not have them."""
    if channel.stream is None:
        numbered = [(s, c) for s, count in enumerate(counts) for c in range(count)]
        assert channel.channel is not None
        if channel.channel < len(numbered):
            return numbered[channel.channel]
    elif channel.stream < len(counts) and (channel.channel or 0) < counts[channel.stream]:
        return channel.stream, channel.channel
    held = ", ".join(str(count) for count in counts)
    streams = (
        f"{len(counts)} sound streams of {held} channels"
        if len(counts) > 1
        else (f"one sound stream of {held} channel{'s' if counts[0] > 1 else ''}")
    )
    raise MediaBroken(
        f"has no {channel}: it has {streams}.",
        where=path,
        fix="Relink the clip to the right file, or set its channels again.",
    )
