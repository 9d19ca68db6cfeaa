"""What a movie file tells of its pictures without decoding them: how many, and when.

Asked in this order: the header of an MXF, a complete index, every packet.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from lipflap.core.errors import MediaBroken

_NO_TIMESTAMPS = 0x80  # AVFMT_NOTIMESTAMPS


@dataclass(frozen=True, slots=True)
class Coded:
    """What to know of a stream before decoding from its middle.

    stream_index  of the picture in the file
    is_intra      every picture can be decoded alone
    is_stamped    every picture has its own time in the file; else pictures can only be counted
    """

    stream_index: int
    is_intra: bool
    is_stamped: bool


@dataclass(frozen=True, slots=True)
class Ticks:
    """When each stored picture is shown, in units of tick_s seconds, in that order [stored]."""

    at: np.ndarray
    tick_s: Fraction
    coded: Coded


def ticks_of(path: str, container: InputContainer, stream: VideoStream) -> Ticks:
    """The pictures of a stream. Raises MediaBroken when there is none, or none has a time."""
    if container.format.flags & _NO_TIMESTAMPS:
        raise _clockless(path)
    is_stamped = not _only_counts(container, stream)
    found = _from_header(container, stream) or (_from_index(stream) if is_stamped else None)
    at, is_intra = found or _from_packets(path, container, stream)
    if len(at) == 0:
        raise MediaBroken("holds no picture.", where=path, fix="Copy or transcode it again.")
    coded = Coded(stream.index, is_intra, is_stamped)
    return Ticks(at, Fraction(stream.time_base or 1), coded)


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
    at = np.arange(stream.duration) + (stream.start_time or 0)
    return at, stream.codec_context.codec.intra_only


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
    at = [packet.pts for packet in packets if packet.pts is not None]
    if len(at) < len(packets):
        raise _clockless(path)
    return np.unique(np.array(at, np.int64)), is_intra


def _clockless(path: str) -> MediaBroken:
    return MediaBroken(
        "does not say when its pictures are shown.",
        where=path,
        fix="Rewrap or transcode it, for example to a QuickTime file.",
    )
