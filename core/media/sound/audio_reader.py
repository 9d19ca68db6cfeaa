"""Read a sound track of a file: its samples, and where they start against its picture.

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
from av.container import InputContainer

from lipflap.core.errors import MediaBroken
from lipflap.core.media.container import SINGLE_FILE_OPTIONS, check_readable, decodable, open_input
from lipflap.core.media.ffmpeg_process import file_url, run_ffmpeg
from lipflap.core.media.frame_index import frame_index

_BLOCK_BYTES = 1 << 20
_MAX_START_OFFSET_S = 24 * 3600
_PREROLL_S = 1  # decoded before the first sample, so that lossy codecs have settled


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """A sound track as its decoder delivers it, without encoder priming.

    sample_count   samples that decode
    delay_samples  how long after the first picture the first of them sounds; may be negative
    first_pts      time of the first of them, in samples; None when the file's clock is coarser
    stream_index   of the track in the file, counted with its pictures
    channel_names  ffmpeg's names of its channels: "FC" is the centre
    """

    path: str
    sample_rate_hz: int
    channels: int
    sample_count: int
    delay_samples: int
    first_pts: int | None
    stream_index: int
    channel_names: tuple[str, ...]


def audio_track(path: str, stream: int = 0) -> AudioTrack:
    """Return a sound track of a file, cached while the file does not change.

    stream   number of the track among the file's sound tracks, from 0
    Decodes the track once to count its samples, unless the file states the count.
    Raises MediaMissing, MediaBroken.
    """
    check_readable(path)
    facts = os.stat(path)
    return _audio_track(path, stream, facts.st_size, facts.st_mtime_ns)


def channel_counts(path: str) -> tuple[int, ...]:
    """Return the channels of each sound stream, as the file states them.

    Raises MediaMissing, MediaBroken.
    """
    check_readable(path)
    facts = os.stat(path)
    return _channel_counts(path, facts.st_size, facts.st_mtime_ns)


def read_track(track: AudioTrack, first: int, count: int) -> np.ndarray:
    """Return samples [first, first + count) as float32 [C, count]; fewer where the track ends."""
    if track.first_pts is not None and first > _PREROLL_S * track.sample_rate_hz:
        samples = _decode(_seek(track, first, count), track)
        if samples.shape[1] == count:
            return samples
    source = ffmpeg.input(file_url(track.path), **SINGLE_FILE_OPTIONS)
    cut = f"atrim=start_sample={first}:end_sample={first + count}"
    return _decode((source[str(track.stream_index)], cut), track)


@lru_cache(maxsize=1024)
def _channel_counts(path: str, _size: int, _mtime_ns: int) -> tuple[int, ...]:
    with open_input(path) as container:
        return tuple(stream.codec_context.channels for stream in _sound_streams(container, path))


def _sound_streams(container: InputContainer, path: str) -> tuple[AudioStream, ...]:
    """Return the sound streams of a file. Raises MediaBroken when it has none."""
    if not container.streams.audio:
        raise MediaBroken("has no sound track.", where=path, fix="Choose a file with sound.")
    return container.streams.audio


@lru_cache(maxsize=256)
def _audio_track(path: str, number: int, _size: int, _mtime_ns: int) -> AudioTrack:
    with open_input(path) as container:
        streams = _sound_streams(container, path)
        if number >= len(streams):
            raise MediaBroken(
                f"has no sound stream {number + 1}: it has {len(streams)}.",
                where=path,
                fix="Relink the clip to the right file, or set its channels again.",
            )
        has_picture = bool(container.streams.video)
        stream = decodable(streams[number], path)
        rate_hz, tick_s = stream.rate, Fraction(stream.time_base or 1)
        first = next(container.decode(stream), None)
        if first is None:
            raise MediaBroken(
                f"its sound ({stream.codec_context.name}) cannot be decoded.",
                where=path,
                fix="Copy or transcode it again.",
            )
        count, index = _declared_count(stream), stream.index
        start_s = (first.pts or 0) * Fraction(first.time_base or tick_s)
    picture_s = _picture_start_s(path) if has_picture else None
    if picture_s is not None and abs(start_s - picture_s) > _MAX_START_OFFSET_S:
        raise MediaBroken(
            "its sound starts more than a day away from its picture.",
            where=path,
            fix="Rewrap the file.",
        )
    return AudioTrack(
        path=path,
        sample_rate_hz=rate_hz,
        channels=first.layout.nb_channels,
        sample_count=count or _count(path, index),
        delay_samples=0 if picture_s is None else round((start_s - picture_s) * rate_hz),
        first_pts=int(start_s * rate_hz) if tick_s == Fraction(1, rate_hz) else None,
        stream_index=index,
        channel_names=tuple(channel.name for channel in first.layout.channels),
    )


def _declared_count(stream: AudioStream) -> int | None:
    """Return how many samples a plain PCM track has, which its file states exactly."""
    is_exact = stream.time_base is not None and stream.time_base * stream.rate == 1
    return stream.duration if is_exact and stream.codec_context.name.startswith("pcm_") else None


def _count(path: str, stream_index: int) -> int:
    """Count the samples a track decodes to, by the decoder that will deliver them: a byte each."""
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
    assert track.first_pts is not None
    tick = track.first_pts + first
    source = ffmpeg.input(
        file_url(track.path),
        **SINGLE_FILE_OPTIONS,
        copyts=None,
        seek_timestamp=1,
        noaccurate_seek=None,
        ss=f"{tick / track.sample_rate_hz - _PREROLL_S:.6f}",
    )
    return source[str(track.stream_index)], f"atrim=start_pts={tick}:end_pts={tick + count}"


def _decode(source: Any, track: AudioTrack) -> np.ndarray:
    """Return a cut of the track as float32 [C, N]; samples that are no number are silence."""
    stream, cut = source
    graph = ffmpeg.output(stream, "pipe:1", format="f32le", acodec="pcm_f32le", af=cut)
    samples = np.frombuffer(b"".join(_blocks(graph, track.path)), "<f4")
    samples = np.nan_to_num(samples, posinf=0, neginf=0)
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
