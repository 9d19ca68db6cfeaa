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
from lipflap.core.media.container import check_readable, open_input, picture_stream

_NO_TIMESTAMPS = 0x80  # AVFMT_NOTIMESTAMPS
_MAX_JITTER_FRAMES = Fraction(1, 10)  # a picture this near to its frame counts as on it
_MAX_HOLD_S = 60


@dataclass(frozen=True, slots=True)
class StreamLayout:
    """What to know of a stream before decoding from its middle.

    stream_index  of the picture in the file
    is_intra      every picture can be decoded alone
    is_stamped    every picture has its own time in the file; else pictures can only be counted
    """

    stream_index: int
    is_intra: bool
    is_stamped: bool


@dataclass(frozen=True, slots=True)
class PresentationTimes:
    """When each stored picture is shown, in units of tick_s seconds, in that order [stored]."""

    pts: np.ndarray
    tick_s: Fraction
    layout: StreamLayout


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The stored pictures of a movie, in the order they are shown.

    ticks   when each is shown
    rate    frames per second
    shown   [frames] number of the stored picture each frame shows
    """

    times: PresentationTimes
    rate: Fraction
    frame_to_picture: np.ndarray


def frame_index(path: str) -> FrameIndex:
    """The picture times of a movie file, remembered while the file does not change.

    Reads the file's index where it tells enough, else every packet; decodes nothing.
    Raises MediaMissing, MediaBroken.
    """
    check_readable(path)
    facts = os.stat(path)
    return _frame_index(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=64)
def _frame_index(path: str, _size: int, _mtime_ns: int) -> FrameIndex:
    with open_input(path) as container:
        stream = picture_stream(container, path)
        times = presentation_times(path, container, stream)
        said = [Fraction(r) for r in (stream.average_rate, stream.guessed_rate) if r]
    if not said:
        raise MediaBroken(
            "does not say how many frames a second it has.",
            where=path,
            fix="Transcode it, for example to a QuickTime file.",
        )
    rate = steady_rate(times.pts, times.tick_s, said)
    if rate < 1:
        raise MediaBroken(
            "shows less than one picture a second.", where=path, fix="Conform it to the cut's rate."
        )
    return FrameIndex(times, rate, to_constant_rate(times.pts, times.tick_s, rate, path))


def steady_rate(pts: np.ndarray, tick_s: Fraction, said: list[Fraction]) -> Fraction:
    """The rate the file says if its pictures keep to it, else that of their usual distance.

    Of several that fit, one that people use: a whole number, or NTSC's.
    """
    said = said + [exact_rate(float(rate)) for rate in said]
    candidates = sorted(said, key=lambda rate: rate.denominator not in (1, 1001))
    for rate in candidates:
        off = _frame_positions(pts, tick_s, rate) - np.arange(len(pts))
        if np.abs(off).max() <= max(_MAX_JITTER_FRAMES, tick_s * rate):
            return rate
    step_s = _typical_step_s(pts, tick_s)
    near = (rate for rate in candidates if abs(1 / rate - step_s) < tick_s)
    return next(near, exact_rate(float(1 / step_s)))


def _typical_step_s(pts: np.ndarray, tick_s: Fraction) -> Fraction:
    """From one picture to the next where none is missing: the mean around the median."""
    steps = np.diff(pts)
    usual = steps[np.abs(steps - np.median(steps)) <= 1]
    return Fraction(int(usual.sum()), len(usual)) * tick_s


def _frame_positions(pts: np.ndarray, tick_s: Fraction, rate: Fraction) -> np.ndarray:
    """Where on the frames of `rate` each picture falls; exact to a millionth of a frame."""
    scale = tick_s * rate
    whole, rest = np.divmod((pts - pts[0]) * scale.numerator, scale.denominator)
    return np.asarray(whole + rest / scale.denominator)


def to_constant_rate(pts: np.ndarray, tick_s: Fraction, rate: Fraction, path: str) -> np.ndarray:
    """[frames] the stored picture each frame of `rate` shows. Raises MediaBroken, naming `path`."""
    on_frame = np.floor(_frame_positions(pts, tick_s, rate) + 0.5).astype(np.int64)
    if len(on_frame) > 1 and np.diff(on_frame).max() > _MAX_HOLD_S * rate:
        raise MediaBroken(
            f"has a hole of more than {_MAX_HOLD_S} seconds between two pictures.",
            where=path,
            fix="Transcode the part you need.",
        )
    frames = np.arange(on_frame[-1] + 1)
    return np.searchsorted(on_frame, frames, side="right") - 1


def presentation_times(
    path: str, container: InputContainer, stream: VideoStream
) -> PresentationTimes:
    """The pictures of a stream. Raises MediaBroken when there is none, or none has a time."""
    if container.format.flags & _NO_TIMESTAMPS:
        raise _no_timestamps(path)
    is_stamped = not _only_counts(container, stream)
    found = _from_header(container, stream) or (_from_index(stream) if is_stamped else None)
    pts, is_intra = found or _from_packets(path, container, stream)
    if len(pts) == 0:
        raise MediaBroken("holds no picture.", where=path, fix="Copy or transcode it again.")
    layout = StreamLayout(stream.index, is_intra, is_stamped)
    return PresentationTimes(pts, Fraction(stream.time_base or 1), layout)


def _only_counts(container: InputContainer, stream: VideoStream) -> bool:
    """AVI says when pictures are decoded, MPEG-PS when some are shown: both have a steady rate."""
    reorders = stream.codec_context.reorder_depth > 0
    return container.format.name == "mpeg" or (container.format.name == "avi" and reorders)


def _from_header(container: InputContainer, stream: VideoStream) -> tuple[np.ndarray, bool] | None:
    """Of an MXF, which counts pictures itself (SMPTE ST 377-1, edit units)."""
    if container.format.name != "mxf" or not stream.duration:
        return None
    if not stream.average_rate or Fraction(stream.time_base or 1) * stream.average_rate != 1:
        return None
    pts = np.arange(stream.duration) + (stream.start_time or 0)
    return pts, stream.codec_context.codec.intra_only


def _from_index(stream: VideoStream) -> tuple[np.ndarray, bool] | None:
    """Of a file whose index is complete and evenly spaced.

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


def _from_packets(
    path: str, container: InputContainer, stream: VideoStream
) -> tuple[np.ndarray, bool]:
    packets = [p for p in container.demux(stream) if p.size and not p.is_discard]
    is_intra = all(packet.is_keyframe for packet in packets)
    if _only_counts(container, stream):
        step = 1 / (Fraction(stream.average_rate or 0) * Fraction(stream.time_base or 1))
        counted = np.array([int(n * step) for n in range(len(packets))], np.int64)
        return counted + (stream.start_time or 0), is_intra
    pts = [packet.pts for packet in packets if packet.pts is not None]
    if len(pts) < len(packets):
        raise _no_timestamps(path)
    return np.unique(np.array(pts, np.int64)), is_intra


def _no_timestamps(path: str) -> MediaBroken:
    return MediaBroken(
        "does not say when its pictures are shown.",
        where=path,
        fix="Rewrap or transcode it, for example to a QuickTime file.",
    )
