"""Small sound files that say when they start and on which channel the voice is."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from lipflap.core.media.ffmpeg_process import binary

HZ = 48_000


def write_tones(path: Path, channels: Sequence[float], seconds: float = 1.0) -> Path:
    """Write a sound file with a tone of each frequency on a channel of its own; 0 is silence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    at_s = np.arange(round(seconds * HZ)) / HZ
    sound = np.stack([0.3 * np.sin(2 * np.pi * hertz * at_s) for hertz in channels], axis=1)
    soundfile.write(path, sound, HZ, subtype="PCM_16")
    return path


def write_timed(path: Path, start_s: float, seconds: float = 0.8) -> Path:
    """Write a mono WAV whose BWF time reference says when it starts, in seconds after midnight."""
    source = write_tones(path.with_name(f"{path.stem}.source.wav"), [300], seconds)
    reference = f"time_reference={round(start_s * HZ)}"
    _ffmpeg("-i", source, "-c", "copy", "-write_bext", "1", "-metadata", reference, path)
    source.unlink()
    return path


def write_streams(path: Path, streams: Sequence[Sequence[float]], seconds: float = 1.0) -> Path:
    """Write a QuickTime file with a sound stream of tones for each of `streams`."""
    sources = [
        write_tones(path.with_name(f"{path.stem}.{n}.wav"), tones, seconds)
        for n, tones in enumerate(streams)
    ]
    inputs = [word for source in sources for word in ("-i", source)]
    maps = [word for n in range(len(sources)) for word in ("-map", f"{n}:a")]
    _ffmpeg(*inputs, *maps, "-c", "copy", path)
    for source in sources:
        source.unlink()
    return path


def write_layout(source: Path, path: Path, layout: str) -> Path:
    """Write a sound file again whose channels have a layout."""
    _ffmpeg("-i", source, "-af", f"aformat=channel_layouts={layout}", "-c:a", "pcm_s16le", path)
    return path


def write_movie(path: Path, timecode: str, seconds: float = 1.0) -> Path:
    """Write a movie at 25 frames a second that starts at a timecode, with a tone."""
    picture = ["-f", "lavfi", "-i", f"color=s=64x48:r=25:d={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=300:r={HZ}:d={seconds}"]
    _ffmpeg(*picture, *tone, "-c:v", "mjpeg", "-c:a", "pcm_s16le", "-timecode", timecode, path)
    return path


def pitch_hz(mono: NDArray[np.float32]) -> float:
    """Return the strongest frequency of a sound [N]."""
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    return float(np.argmax(spectrum) * HZ / len(mono))


def _ffmpeg(*arguments: object) -> None:
    subprocess.run([binary(), "-y", "-v", "error", *map(str, arguments)], check=True)
