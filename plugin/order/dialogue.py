"""Sound that plays over a shot, in samples on its order's clock.

record   ......|--------- shot, handles included ---------|......
         [CONTEXT_S]                               [CONTEXT_S]
line   =====[=========]              [==================]=======
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.media.probe import probe_sound
from lipflap.core.media.sound.audio_reader import channel_counts
from lipflap.core.media.sound.silence import is_silent
from lipflap.core.order import Role, Speech
from lipflap.core.playback import Playback
from lipflap.plugin.cut.cast.spoken_together import names_in
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.reason import FIND_MEDIA
from lipflap.plugin.cut.time_range import TimeRange

CONTEXT_S = Fraction(1, 2)
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class SoundClock:
    """Sample rate and count of a sound file as it is heard, its sound streams, its fingerprint."""

    sample_rate_hz: int
    sample_count: int
    fingerprint: str
    streams: int = 1


ClockOf = Callable[[Path, Playback], SoundClock]


def sound_clock(path: Path, playback: Playback) -> SoundClock:
    """Open a sound file and return its clock. Raises DubError."""
    try:
        info = probe_sound(str(path), playback)
    except MediaMissing as missing:
        raise MediaMissing("is not there.", where=str(path), fix=FIND_MEDIA) from missing
    streams = len(channel_counts(str(path)))
    return SoundClock(info.sample_rate_hz, info.sample_count, fingerprint(path), streams)


def make_speeches(
    lines: Iterable[DubLine], over: TimeRange, clock_of: ClockOf
) -> tuple[tuple[Speech, ...], tuple[str, ...]]:
    """Return the sound during the record time `over`, and notes on sound that is not as it seems.

    Sound up to CONTEXT_S before and after is included, so that a mouth near a cut hears across it.
    Production sound that cannot be read is left out with a note; for a dub that cannot be read,
    raises DubError.
    """
    speeches: list[Speech] = []
    notes: list[str] = []
    window = TimeRange(over.start - CONTEXT_S, over.end + CONTEXT_S)
    for line in dict.fromkeys(lines):
        try:
            clock = clock_of(Path(line.path), line.playback)
        except DubError as error:
            if line.role == Role.DUB:
                raise
            notes.append(f"Production sound is left out: {error}")
            continue
        speech = _speech(line, window, over.start, clock)
        notes.extend(_notes(line, over, clock, speech))
        speeches.extend(_of_each_character(speech) if speech else [])
    return tuple(speeches), tuple(notes)


def _of_each_character(speech: Speech) -> Iterator[Speech]:
    """Yield a speech for each character who says it: each has a face of its own."""
    for name in names_in(speech.character) or ("",):
        yield replace(speech, character=name)


def why_not_held(line: DubLine, clock: SoundClock) -> str:
    """Return that a line begins after its file has ended, and what to do; empty if it does not."""
    length = Fraction(clock.sample_count, clock.sample_rate_hz)
    if line.sound_start < length:
        return ""
    minutes, seconds = divmod(int(line.sound_start), 60)
    from_start = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    fix = (
        "If that is a timecode, stamp the file with it (BWF time reference), or state in the cut "
        "at which timecode its media starts."
        if line.sound_start >= _HOUR_S
        else "Replace the file with the whole recording, or slip the line."
    )
    return (
        f"{line.name} plays {Path(line.path).name} from {from_start} on, counted from the file's "
        f"start, and the file lasts {float(length):.2f} s. {fix}"
    )


def _speech(line: DubLine, window: TimeRange, zero: Fraction, clock: SoundClock) -> Speech | None:
    """Return the samples of `line` inside `window`; None when the file holds none there.

    zero   record time of the order's first sample
    """
    overlap = line.record.overlap(window)
    if overlap is None:
        return None
    hz = clock.sample_rate_hz
    file_zero = line.file_start
    first = max(0, ceil((overlap.start - file_zero) * hz))
    end = min(clock.sample_count, ceil((overlap.end - file_zero) * hz))
    if first >= end:
        return None
    return Speech(
        path=line.path,
        role=line.role,
        first_sample=first,
        sample_count=end - first,
        sample_rate_hz=hz,
        at_sample=first + round((file_zero - zero) * hz),
        face=None,
        fingerprint=clock.fingerprint,
        playback=line.playback,
        character=line.character,
    )


def _notes(
    line: DubLine, over: TimeRange, clock: SoundClock, speech: Speech | None
) -> Iterator[str]:
    """Yield notes on a line: that it begins after its file; of the dub, that it ends early, is
    silent, or has streams to choose.
    """
    if line.role != Role.DUB:
        if why := why_not_held(line, clock):
            yield f"Production sound is left out: {why}"
        return
    yield from _ends_early(line, over, clock)
    name = Path(line.path).name
    if clock.streams > 1 and not line.playback.channels:
        yield (
            f"{name} has {clock.streams} sound streams, and the cut does not say which is heard: "
            "the first is."
        )
    if speech and is_silent(line.path, speech.first_sample, speech.sample_count, speech.playback):
        yield f"{name} is silent over this shot."


def _ends_early(line: DubLine, over: TimeRange, clock: SoundClock) -> list[str]:
    """Return a note when the sound file ends well before its line, within the shot.

    A shortfall up to 0.05 s is how cuts round sound to whole frames.
    """
    file_end = line.file_start + Fraction(clock.sample_count, clock.sample_rate_hz)
    missing_s = min(line.record.end, over.end) - max(file_end, line.record.start, over.start)
    if missing_s <= Fraction(1, 20):
        return []
    return [f"{Path(line.path).name} ends {float(missing_s):.2f} s before its line does."]
