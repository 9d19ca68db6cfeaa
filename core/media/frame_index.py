"""The index of a movie: the times of its stored pictures, and the picture each frame shows.

Files of phones and screen recorders have a variable rate. They are conformed as an editing
program conforms them: each picture goes to the nearest frame of the usual rate and is held
until the next one comes.

    picture  0   1   2       3   4
    frame    0   1   2   3   4   5       frame_to_picture = 0 1 2 2 3 4
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
    """Facts about a stream that decoding from its middle depends on.

    stream_index  of the picture in the file
    is_intra      every picture can be decoded alone
    is_stamped    every picture has its own time in the file; else pictures can only be counted
    """

    stream_index: int
    is_intra: bool
    is_stamped: bool


@dataclass(frozen=True, slots=True)
class PresentationTimes:
    """Presentation times of the stored pictures.

    pts     [pictures] when each is shown, in units of tick_s seconds, rising
    layout  of the stream they are in
    """

    pts: np.ndarray
    tick_s: Fraction
    layout: StreamLayout


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The stored pictures of a movie in the order they are shown, and the frames they make.

    times             when each picture is shown
    rate              frames per second
    frame_to_picture  [frames] number of the picture that each frame shows
    """

    times: PresentationTimes
    rate: Fraction
    frame_to_picture: np.ndarray


def frame_index(path: str) -> FrameIndex:
    """Return the index of a movie file, cached while the file does not change.

    Reads the file's own index where that is enough, else every packet; decodes nothing.
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
        stated = [Fraction(r) for r in (stream.average_rate, stream.guessed_rate) if r]
    if not stated:
        raise _no_rate(path)
    rate = steady_rate(times.pts, times.tick_s, stated)
    if rate < 1:
        raise MediaBroken(
            "has less than one frame per second.", where=path, fix="Conform it to the cut's rate."
        )
    return FrameIndex(times, rate, to_constant_rate(times.pts, times.tick_s, rate, path))


def steady_rate(pts: np.ndarray, tick_s: Fraction, stated: list[Fraction]) -> Fraction:
    """Return a rate the file states if its pictures keep to it, else their typical rate.

    Of several that fit, one that people use: a whole number, or NTSC's.
    """
    stated = stated + [exact_rate(float(rate)) for rate in stated]
    candidates = sorted(stated, key=lambda rate: rate.denominator not in (1, 1001))
    for rate in candidates:
        off = _frame_positions(pts, tick_s, rate) - np.arange(len(pts))
        if np.abs(off).max() <= max(_MAX_JITTER_FRAMES, tick_s * rate):
            return rate
    step_s = _typical_step_s(pts, tick_s)
    near = (rate for rate in candidates if abs(1 / rate - step_s) < tick_s)
    return next(near, exact_rate(float(1 / step_s)))


def _typical_step_s(pts: np.ndarray, tick_s: Fraction) -> Fraction:
    """Return the time from one picture to the next where none is missing.

    The mean of the steps within a tick of their median; of two in the middle, the shorter.
    """
    steps = np.diff(pts)
    typical = steps[np.abs(steps - np.percentile(steps, 50, method="lower")) <= 1]
    return Fraction(int(typical.sum()), len(typical)) * tick_s


def _frame_positions(pts: np.ndarray, tick_s: Fraction, rate: Fraction) -> np.ndarray:
    """Return where each picture falls, in frames of `rate`; exact to a millionth of a frame."""
    scale = tick_s * rate
    whole, rest = np.divmod((pts - pts[0]) * scale.numerator, scale.denominator)
    return np.asarray(whole + rest / scale.denominator)


def to_constant_rate(pts: np.ndarray, tick_s: Fraction, rate: Fraction, path: str) -> np.ndarray:
    """Return [frames] the picture that each frame of `rate` shows.

    Raises MediaBroken, naming `path`, when pictures are missing for a minute.
    """
    on_frame = np.floor(_frame_positions(pts, tick_s, rate) + 0.5).astype(np.int64)
    held = np.diff(on_frame)
    if len(held) and held.max() > _MAX_HOLD_S * rate:
        raise MediaBroken(
            f"has no picture for more than {_MAX_HOLD_S} s, "
            f"{float(on_frame[held.argmax()] / rate):.1f} s from its start.",
            where=path,
            fix="Transcode the part you need.",
        )
    frames = np.arange(on_frame[-1] + 1)
    return np.searchsorted(on_frame, frames, side="right") - 1


def presentation_times(
    path: str, container: InputContainer, stream: VideoStream
) -> PresentationTimes:
    """Return the times of a stream's pictures. Raises MediaBroken when it has none."""
    if container.format.flags & _NO_TIMESTAMPS:
        raise _no_timestamps(path)
    is_stamped = not _only_counts(container, stream)
    found = _from_header(container, stream) or (_from_index(stream) if is_stamped else None)
    pts, is_intra = found or _from_packets(path, container, stream)
    if len(pts) == 0:
        raise MediaBroken("has no picture.", where=path, fix="Copy or transcode it again.")
    layout = StreamLayout(stream.index, is_intra, is_stamped)
    return PresentationTimes(pts, Fraction(stream.time_base or 1), layout)


def _only_counts(container: InputContainer, stream: VideoStream) -> bool:
    """Return whether pictures can only be counted, which then come at a constant rate.

    AVI gives the times of decoding, MPEG-PS the times of some pictures.
    """
    reorders = stream.codec_context.reorder_depth > 0
    return container.format.name == "mpeg" or (container.format.name == "avi" and reorders)


def _from_header(container: InputContainer, stream: VideoStream) -> tuple[np.ndarray, bool] | None:
    """Return pts and is_intra of an MXF, whose header counts pictures (SMPTE ST 377-1)."""
    if container.format.name != "mxf" or not stream.duration:
        return None
    if not stream.average_rate or Fraction(stream.time_base or 1) * stream.average_rate != 1:
        return None
    pts = np.arange(stream.duration) + (stream.start_time or 0)
    return pts, stream.codec_context.codec.intra_only


def _from_index(stream: VideoStream) -> tuple[np.ndarray, bool] | None:
    """Return pts and is_intra of a file whose index is complete and evenly spaced.

    The index holds decode times; evenly spaced, presentation times are the same, shifted.
    """
    entries = stream.index_entries
    if not entries or len(entries) != stream.frames or stream.start_time is None:
        return None
    if any(entry.is_discard for entry in entries):
        return None
    decoded = np.fromiter((entry.timestamp for entry in entries), np.int64, len(entries))
    steps = np.diff(decoded)
    if len(steps) and not 0 < steps.min() == steps.max():
        return None
    return decoded - decoded[0] + stream.start_time, all(entry.is_keyframe for entry in entries)


def _from_packets(
    path: str, container: InputContainer, stream: VideoStream
) -> tuple[np.ndarray, bool]:
    """Return pts and is_intra from every packet of the file. Raises MediaBroken."""
    packets = [p for p in container.demux(stream) if p.size and not p.is_discard]
    is_intra = all(packet.is_keyframe for packet in packets)
    if _only_counts(container, stream):
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise _no_rate(path)
        step = 1 / (Fraction(rate) * Fraction(stream.time_base or 1))
        counted = np.array([int(n * step) for n in range(len(packets))], np.int64)
        return counted + (stream.start_time or 0), is_intra
    pts = [packet.pts for packet in packets if packet.pts is not None]
    if len(pts) < len(packets):
        raise _no_timestamps(path)
    return np.unique(np.array(pts, np.int64)), is_intra


def _no_rate(path: str) -> MediaBroken:
    return MediaBroken(
        "does not state its frame rate.",
        where=path,
        fix="Transcode it, for example to a QuickTime file.",
    )


def _no_timestamps(path: str) -> MediaBroken:
    return MediaBroken(
        "has no timestamps for its pictures.",
        where=path,
        fix="Rewrap or transcode it, for example to a QuickTime file.",
    )
