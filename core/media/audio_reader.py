"""The first sound track of a file: how many samples it has, and where they sit on its picture.

picture   | 0 | 1 | 2 | ...
track          [s0 s1 s2 ...          begins late: 4 samples of silence come first
samples   0000 s0 s1 s2 ...
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import ffmpeg
import numpy as np
from av.audio.stream import AudioStream

from lipflap.core.errors import MediaBroken
from lipflap.core.media.container import SINGLE_FILE_OPTIONS, check_readable, decodable, open_input
from lipflap.core.media.ffmpeg_process import file_url, run_ffmpeg
from lipflap.core.media.frame_index import frame_index

_BLOCK_BYTES = 1 << 20
_MAX_START_OFFSET_S = 24 * 3600
_RUN_UP_S = 1  # decoded before the wanted sample, so that lossy codecs have settled


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """A sound track as its decoder delivers it, encoder priming already taken off.

    stored_count   samples that decode
    delay          samples by which the first of them follows the first picture; may be negative
    first_tick     time of the first of them, in samples; None when the file's clock is coarser
    stream_index   of the track in the file
    """

    path: str
    sample_rate_hz: int
    channels: int
    stored_count: int
    delay: int
    first_tick: int | None
    stream_index: int


def audio_track(path: str) -> AudioTrack:
    """The first sound track, remembered while the file does not change.

    Decodes the track once to count it, unless the file knows. Raises MediaMissing, MediaBroken.
    """
    check_readable(path)
    facts = os.stat(path)
    return _audio_track(path, facts.st_size, facts.st_mtime_ns)


def read_stored(track: AudioTrack, first: int, count: int) -> np.ndarray:
    """Stored samples [first, first + count) as float32 [C, count]; fewer where the track ends."""
    if track.first_tick is not None and first > _RUN_UP_S * track.sample_rate_hz:
        found = _decode(_seek(track, first, count), track)
        if found.shape[1] == count:
            return found
    source = ffmpeg.input(file_url(track.path), **SINGLE_FILE_OPTIONS)
    cut = f"atrim=start_sample={first}:end_sample={first + count}"
    return _decode((source[str(track.stream_index)], cut), track)


@lru_cache(maxsize=64)
def _audio_track(path: str, _size: int, _mtime_ns: int) -> AudioTrack:
    with open_input(path) as container:
        if not container.streams.audio:
            raise MediaBroken("holds no sound.", where=path, fix="Relink it to a sound file.")
        has_picture = bool(container.streams.video)
        stream = decodable(container.streams.audio[0], path)
        rate_hz, tick_s = stream.rate, Fraction(stream.time_base or 1)
        first = next(container.decode(stream), None)
        if first is None:
            raise MediaBroken("its sound cannot be decoded.", where=path, fix="Copy it again.")
        told, index = _declared_count(stream), stream.index
        start_s = (first.pts or 0) * Fraction(first.time_base or tick_s)
    picture_s = _picture_start_s(path) if has_picture else None
    if picture_s is not None and abs(start_s - picture_s) > _MAX_START_OFFSET_S:
        raise MediaBroken(
            "its sound lies more than a day from its picture.", where=path, fix="Rewrap the file."
        )
    return AudioTrack(
        path=path,
        sample_rate_hz=rate_hz,
        channels=first.layout.nb_channels,
        stored_count=told or _count(path, index),
        delay=0 if picture_s is None else round((start_s - picture_s) * rate_hz),
        first_tick=int(start_s * rate_hz) if tick_s == Fraction(1, rate_hz) else None,
        stream_index=index,
    )


def _declared_count(stream: AudioStream) -> int | None:
    """Samples of a plain PCM track, which its file knows exactly."""
    is_exact = stream.time_base is not None and stream.time_base * stream.rate == 1
    return stream.duration if is_exact and stream.codec_context.name.startswith("pcm_") else None


def _count(path: str, stream_index: int) -> int:
    """Samples a track decodes to, counted by the decoder that will deliver them: one byte each."""
    source = ffmpeg.input(file_url(path), **SINGLE_FILE_OPTIONS)[str(stream_index)]
    graph = ffmpeg.output(source, "pipe:1", format="u8", acodec="pcm_u8", ac=1)
    return sum(len(block) for block in _blocks(graph, path))


def _picture_start_s(path: str) -> Fraction | None:
    try:
        index = frame_index(path)
    except MediaBroken:  # a sound file whose only picture is its cover
        return None
    return int(index.times.pts[0]) * index.times.tick_s


def _seek(track: AudioTrack, first: int, count: int) -> Any:
    assert track.first_tick is not None
    tick = track.first_tick + first
    source = ffmpeg.input(
        file_url(track.path),
        **SINGLE_FILE_OPTIONS,
        copyts=None,
        seek_timestamp=1,
        noaccurate_seek=None,
        ss=f"{tick / track.sample_rate_hz - _RUN_UP_S:.6f}",
    )
    return source[str(track.stream_index)], f"atrim=start_pts={tick}:end_pts={tick + count}"


def _decode(source: Any, track: AudioTrack) -> np.ndarray:
    """float32 [C, N] of a cut of the track."""
    stream, cut = source
    graph = ffmpeg.output(stream, "pipe:1", format="f32le", acodec="pcm_f32le", af=cut)
    samples = np.frombuffer(b"".join(_blocks(graph, track.path)), "<f4")
    return np.ascontiguousarray(samples.reshape(-1, track.channels).T)


def _blocks(graph: Any, path: str) -> Iterator[bytes]:
    with run_ffmpeg(graph) as child:
        yield from iter(lambda: child.stdout.read(_BLOCK_BYTES), b"")
        if not child.wait_ok():
            raise MediaBroken(
                f"its sound cannot be decoded ({child.error_text()}).",
                where=path,
                fix="Copy or transcode the file again.",
            )
