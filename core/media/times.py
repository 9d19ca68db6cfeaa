"""When each stored picture of a movie is shown, and which one a steady frame rate shows.

Files of phones and screen recorders have no steady rate. They are conformed as an editing
program conforms them: each picture stands on the nearest frame of the usual rate and is held
until the next one comes.

    stored   0   1   2       3   4
    frame    0   1   2   3   4   5       shown = 0 1 2 2 3 4
"""

import os
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from lipflap.core.errors import MediaBroken
from lipflap.core.frametime import exact_rate
from lipflap.core.media.container import opened, picture_stream

_STEADY_FRAMES = Fraction(1, 10)  # a picture this near to its frame counts as on it
_LONGEST_HOLD_S = 60
_NO_TIMESTAMPS = 0x80  # AVFMT_NOTIMESTAMPS


@dataclass(frozen=True, slots=True)
class Times:
    """The stored pictures of a movie, in the order they are shown.

    ticks         [stored] when each is shown, in units of tick_s
    tick_s        seconds
    rate          frames per second
    shown         [frames] number of the stored picture each frame shows
    stream_index  of the picture in the file
    is_intra      every picture can be decoded alone
    """

    ticks: np.ndarray
    tick_s: Fraction
    rate: Fraction
    shown: np.ndarray
    stream_index: int
    is_intra: bool


def times_of(path: str) -> Times:
    """The picture times of a movie file, remembered while the file does not change.

    Reads the file's index where it tells enough, else every packet; decodes nothing.
    Raises MediaMissing, MediaBroken.
    """
    with opened(path):
        facts = os.stat(path)
    return _times_of(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=64)
def _times_of(path: str, _size: int, _mtime_ns: int) -> Times:
    with opened(path) as container:
        stream = picture_stream(container, path)
        if _has_no_clock(container, stream):
            raise _clockless(path)
        tick_s, index = Fraction(stream.time_base or 1), stream.index
        indexed = _ticks_from_header(container, stream) or _ticks_from_index(stream)
        ticks, is_intra = (
            indexed if indexed is not None else _ticks_from_packets(path, container, stream)
        )
        average, guessed = stream.average_rate, stream.guessed_rate
    if len(ticks) == 0:
        raise MediaBroken("holds no picture.", where=path, fix="Copy or transcode it again.")
    rate = _rate(ticks, tick_s, [Fraction(r) for r in (average, guessed) if r])
    shown = _conformed(ticks, tick_s, rate, path)
    return Times(ticks, tick_s, rate, shown, index, is_intra)


def _ticks_from_header(
    container: InputContainer, stream: VideoStream
) -> tuple[np.ndarray, bool] | None:
    """Ticks of an MXF, which counts pictures itself (SMPTE ST 377-1, edit units), else None."""
    if container.format.name != "mxf" or not stream.duration:
        return None
    if not stream.average_rate or Fraction(stream.time_base or 1) * stream.average_rate != 1:
        return None
    ticks = np.arange(stream.duration) + (stream.start_time or 0)
    return ticks, stream.codec_context.codec.intra_only


def _ticks_from_index(stream: VideoStream) -> tuple[np.ndarray, bool] | None:
    """Ticks of a file whose index is complete and evenly spaced, else None.

    The index holds decode times; evenly spaced, the times of showing are the same, shifted.
    """
    entries = stream.index_entries
    if not entries or len(entries) != stream.frames or stream.start_time is None:
        return None
    if any(entry.is_discard for entry in entries):
        return None
    decoded = np.fromiter((entry.timestamp for entry in entries), np.int64, len(entries))
    steps = np.diff(decoded)
    if len(steps) and steps.max() != steps.min():
        return None
    return decoded - decoded[0] + stream.start_time, all(entry.is_keyframe for entry in entries)


def _ticks_from_packets(
    path: str, container: InputContainer, stream: VideoStream
) -> tuple[np.ndarray, bool]:
    packets = [p for p in container.demux(stream) if p.size and not p.is_discard]
    ticks = [packet.pts for packet in packets if packet.pts is not None]
    if len(ticks) < len(packets):
        raise _clockless(path)
    return np.unique(np.array(ticks, np.int64)), all(packet.is_keyframe for packet in packets)


def _has_no_clock(container: InputContainer, stream: VideoStream) -> bool:
    """Bare streams have none; AVI tells when pictures are decoded, not when they are shown."""
    bare = bool(container.format.flags & _NO_TIMESTAMPS)
    return bare or (container.format.name == "avi" and stream.codec_context.reorder_depth > 0)


def _clockless(path: str) -> MediaBroken:
    return MediaBroken(
        "does not say when its pictures are shown.",
        where=path,
        fix="Rewrap or transcode it, for example to a QuickTime file.",
    )


def _rate(ticks: np.ndarray, tick_s: Fraction, said: list[Fraction]) -> Fraction:
    """The rate the file says if its pictures keep to it, else that of their usual distance."""
    for rate in [exact_rate(float(r)) for r in said] + said:
        off = _frames_at(ticks, tick_s, rate) - np.arange(len(ticks))
        if np.abs(off).max() <= max(_STEADY_FRAMES, tick_s * rate):
            return rate
    usual_s = tick_s * int(np.median(np.diff(ticks)))
    return exact_rate(float(1 / usual_s)) if usual_s > 0 else exact_rate(float(said[0]))


def _frames_at(ticks: np.ndarray, tick_s: Fraction, rate: Fraction) -> np.ndarray:
    """Where on the frames of `rate` each picture falls; exact to a millionth of a frame."""
    scale = tick_s * rate
    whole, rest = np.divmod((ticks - ticks[0]) * scale.numerator, scale.denominator)
    return np.asarray(whole + rest / scale.denominator)


def _conformed(ticks: np.ndarray, tick_s: Fraction, rate: Fraction, path: str) -> np.ndarray:
    on_frame = np.floor(_frames_at(ticks, tick_s, rate) + 0.5).astype(np.int64)
    if len(on_frame) > 1 and np.diff(on_frame).max() > _LONGEST_HOLD_S * rate:
        raise MediaBroken(
            f"has a hole of more than {_LONGEST_HOLD_S} seconds between two pictures.",
            where=path,
            fix="Transcode the part you need.",
        )
    frames = np.arange(on_frame[-1] + 1)
    return np.searchsorted(on_frame, frames, side="right") - 1
