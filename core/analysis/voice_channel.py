"""The channels of a sound file that are the voice: the centre of 5.1, one side of dual mono.

5.1          L R [C] LFE Ls Rs           the centre, by the layout that the file states
dual mono    [voice] silence             the one that sounds
two sounds   [voice] music, timecode     the one whose level rises and falls most, as speech does
stereo       [L R]                       both, when they are much alike
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.media.decode import samples
from lipflap.core.media.probe import probe_sound
from lipflap.core.media.sound.audio_reader import audio_track, channel_counts
from lipflap.core.playback import PLAIN, Playback, SoundChannel

EXCERPTS, EXCERPT_S = 8, 5  # of a longer file, spread over it
SILENT_DB = -70.0
SAME_SOUND = 0.25  # correlation from which two channels are one recording
_FRAME_S = 0.025


@dataclass(frozen=True, slots=True)
class VoiceChannels:
    """The channels of a file that are the voice, and a note on the choice; empty if it is plain."""

    playback: Playback
    note: str


def voice_channels(path: str) -> VoiceChannels:
    """Choose the channels of a file that are the voice. Raises MediaMissing, MediaBroken."""
    counts = channel_counts(path)
    if sum(counts) == 1:
        return VoiceChannels(PLAIN, "")
    name = Path(path).name
    sound = np.concatenate(list(_excerpts(path, len(counts))), axis=1)
    rate_hz = audio_track(path).sample_rate_hz
    sounding = [n for n, channel in enumerate(sound) if _level_db(channel) > SILENT_DB]
    if not sounding:
        return VoiceChannels(PLAIN, f"{name} is silent wherever it was heard.")
    centre = _centre(path) if len(counts) == 1 else None
    if centre is not None and centre in sounding:
        return VoiceChannels(
            _only(centre), f"Of {name} the centre, channel {centre + 1}, is heard."
        )
    if _alike(sound[sounding]):
        return _those(sounding, len(sound), name)
    voice = max(sounding, key=lambda n: _spread_db(sound[n], rate_hz))
    others = ", ".join(str(n + 1) for n in sounding if n != voice)
    return VoiceChannels(
        _only(voice),
        f"The channels of {name} differ: channel {voice + 1} is taken for the voice, not {others}. "
        "--dub-channel N takes another.",
    )


def _those(sounding: Sequence[int], count: int, name: str) -> VoiceChannels:
    """Return all channels that sound, which are alike."""
    if len(sounding) == count and count <= 2:
        return VoiceChannels(PLAIN if count == 2 else _only(0), "")
    channels = tuple(SoundChannel(None, n) for n in sounding)
    listed = " and ".join(str(n + 1) for n in sounding)
    plural = "s" if len(sounding) > 1 else ""
    note = f"Of {name} channel{plural} {listed} of {count} {'are' if plural else 'is'} heard"
    silent = "; the others are silent" if len(sounding) < count else ""
    return VoiceChannels(Playback(channels), f"{note}{silent}.")


def _only(channel: int) -> Playback:
    return Playback((SoundChannel(None, channel),))


def _centre(path: str) -> int | None:
    """Return the number of the centre in a layout of three channels or more that names one."""
    names = audio_track(path).channel_names
    return names.index("FC") if len(names) > 2 and "FC" in names else None


def _excerpts(path: str, streams: int) -> Iterator[NDArray[np.float32]]:
    """Yield pieces [C, N] of all channels of a file, the whole of a short one."""
    every = Playback(tuple(SoundChannel(stream, None) for stream in range(streams)))
    info = probe_sound(path, every)
    length = EXCERPT_S * info.sample_rate_hz
    if info.sample_count <= EXCERPTS * length:
        yield samples(path, 0, info.sample_count, every)
        return
    for first in np.linspace(0, info.sample_count - length, EXCERPTS).astype(int):
        yield samples(path, int(first), length, every)


def _level_db(channel: NDArray[np.float32]) -> float:
    """Return the loudest sample in decibels below full scale."""
    return float(20 * np.log10(max(float(np.abs(channel).max(initial=0)), 1e-9)))


def _alike(sound: NDArray[np.float32]) -> bool:
    """Return whether all channels [C, N] are one recording: each goes with the first."""
    first = sound[0] - sound[0].mean()
    others = [channel - channel.mean() for channel in sound[1:]]
    norms = [float(np.linalg.norm(first) * np.linalg.norm(other)) for other in others]
    pairs = zip(others, norms, strict=True)
    return all(norm == 0 or float(first @ other) / norm > SAME_SOUND for other, norm in pairs)


def _spread_db(channel: NDArray[np.float32], rate_hz: int) -> float:
    """Return by how many decibels the level of a channel rises and falls, silence left out."""
    size = max(1, round(_FRAME_S * rate_hz))
    frames = channel[: len(channel) // size * size].reshape(-1, size).astype(np.float64)
    levels = 10 * np.log10(np.maximum((frames**2).mean(1), 1e-12))
    audible = np.maximum(levels, SILENT_DB)
    return float(np.subtract(*np.percentile(audible, [95, 10]))) if len(audible) else 0.0
