"""The time of day at which a file says that it starts: its timecode, or its BWF time reference."""

import os
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from av.container import InputContainer

from lipflap.core.errors import DubError, MediaBroken
from lipflap.core.media.container import check_readable, open_input
from lipflap.core.timecode import parse_timecode

_TIME_REFERENCE = "time_reference"  # EBU Tech 3285: samples since midnight


def file_time(path: str, rate: Fraction) -> Fraction | None:
    """Return the seconds after midnight at which a file says that it starts; None if it does not.

    rate  frames a second in which a file without picture counts its timecode
    Midnight is no answer: programs write it where they know none.
    Raises MediaMissing, MediaBroken.
    """
    check_readable(path)
    facts = os.stat(path)
    return _file_time(path, rate, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=4096)
def _file_time(path: str, rate: Fraction, _size: int, _mtime_ns: int) -> Fraction | None:
    with open_input(path) as container:
        reference = _tag(container, _TIME_REFERENCE)
        if reference and reference.isdecimal() and container.streams.audio:
            return Fraction(int(reference), container.streams.audio[0].rate) or None
        timecode = _tag(container, "timecode")
        if timecode is None:
            return None
        pictures = container.streams.video
        own = Fraction(pictures[0].average_rate or rate) if pictures else rate
        try:
            return parse_timecode(timecode, own) / own or None
        except DubError as problem:
            raise MediaBroken(
                f"its start timecode {timecode} does not exist at {float(own):.6g} frames per "
                "second.",
                where=path,
                fix="Correct it, and export the file again.",
            ) from problem


def _tag(container: InputContainer, name: str) -> str | None:
    """Return a tag of a file, or of the first of its streams that has it."""
    return next(
        (v for tags in _tags(container) for k, v in tags.items() if k.lower() == name), None
    )


def _tags(container: InputContainer) -> Iterator[dict[str, str]]:
    yield container.metadata
    for stream in container.streams:
        yield stream.metadata
