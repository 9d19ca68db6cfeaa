"""Decode exact frames and exact samples of a media file, in any order, streamed."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import pairwise, repeat

import numpy as np

from lipflap.core.errors import MediaBroken
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.media.frame_reader import (
    BLACK,
    FrameReader,
    black_frame,
    missing_frames_error,
    open_frames,
    read_frames,
)
from lipflap.core.media.frame_reader import Frame as Frame
from lipflap.core.media.probe import MediaInfo
from lipflap.core.media.sound.heard_sound import heard_format, heard_samples
from lipflap.core.playback import PLAIN, Playback

_MAX_SKIP = 48  # pictures a forward run skips rather than seeks over
_MAX_REVERSE_BYTES = 256 << 20  # of pictures a reverse run holds at once
_MAX_REVERSE_PICTURES = 48


def pictures(info: MediaInfo, indices: Sequence[int]) -> Generator[Frame]:
    """Yield one Frame for each index, in their order; indices count the media's frames from 0.

    They may repeat, skip and run backwards. Streamed: a forward run holds one frame, a
    reverse run a small window. Closing the generator ends the child process.
    Raises HandlesMissing when the media has no such frame, MediaMissing, and MediaBroken
    naming the frame that cannot be decoded.
    """
    if not len(indices):
        return
    if not 0 <= min(indices) <= max(indices) < info.frame_count:
        raise missing_frames_error(info, min(indices), max(indices))
    reader = open_frames(info)
    wanted = [int(reader.index.frame_to_picture[index]) for index in indices]
    window = max(2, min(_MAX_REVERSE_PICTURES, _MAX_REVERSE_BYTES // reader.picture_bytes))
    for part in _parts(wanted, reader):
        if part[0] == BLACK:
            yield from repeat(black_frame(reader), len(part))
            continue
        for run in _runs(part, window):
            yield from _forward(reader, run) if run[-1] >= run[0] else _backward(reader, run)


def _parts(wanted: list[int], reader: FrameReader) -> Iterator[list[int]]:
    """Split a list of pictures where files of a sequence are missing between two of them."""
    if reader.info.holes == HolePolicy.ERROR:
        yield wanted
        return
    there = set(reader.index.frame_to_picture.tolist())
    part = wanted[:1]
    for before, picture in pairwise(wanted):
        low, high = min(before, picture), max(before, picture)
        if low == BLACK != high or any(one not in there for one in range(low + 1, high)):
            yield part
            part = []
        part.append(picture)
    yield part


def samples(
    path: str, first_sample: int, sample_count: int, playback: Playback = PLAIN
) -> np.ndarray:
    """Return samples [first_sample, first_sample + sample_count) as float32 [C, N].

    Sample 0 sounds with the first picture of a movie; in a sound file it is the first.
    Raises MediaMissing, and MediaBroken when the sound ends before, or has no such channel.
    """
    if first_sample < 0 or sample_count < 0:
        raise ValueError(f"no such samples: {first_sample}, {sample_count} of them")
    sound = heard_samples(path, first_sample, sample_count, playback)
    if sound.shape[1] < sample_count:
        rate_hz = heard_format(path, playback)[0]
        end_s, *needed_s = (
            f"{sample / rate_hz:.3f}"
            for sample in (first_sample + sound.shape[1], first_sample, first_sample + sample_count)
        )
        raise MediaBroken(
            f"its sound ends at {end_s} s; {' to '.join(needed_s)} s are needed.",
            where=path,
            fix="Relink it to the whole sound, or shorten the line.",
        )
    return sound


def _runs(wanted: list[int], window: int) -> Iterator[list[int]]:
    """Split a list of pictures into runs, each read by one child process.

    A forward run never falls and skips at most _MAX_SKIP pictures; a backward run never rises
    and spans at most `window` pictures.
    """
    run: list[int] = []
    for picture in wanted:
        if run:
            forward = run[0] <= run[-1] <= picture <= run[-1] + _MAX_SKIP
            backward = run[0] - window < picture <= run[-1] <= run[0]
            if not (forward or backward):
                yield run
                run = []
        run.append(picture)
    if run:
        yield run


def _forward(reader: FrameReader, run: list[int]) -> Iterator[Frame]:
    with closing(read_frames(reader, run[0], run[-1])) as decoded:
        number, frame = next(decoded)
        for picture in run:
            while number < picture:
                number, frame = next(decoded)
            yield frame


def _backward(reader: FrameReader, run: list[int]) -> Iterator[Frame]:
    needed = set(run)
    held = {
        number: frame for number, frame in read_frames(reader, run[-1], run[0]) if number in needed
    }
    yield from (held[picture] for picture in run)
