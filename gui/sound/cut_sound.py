"""The sound of the whole cut: mixed piece by piece in the background, where it is listened to.

record    |  chunk 0  |  chunk 1  |  chunk 2  | ...      CHUNK_S each
Dub DE    | mixed     | mixed     |           |          a track at a time, so that muting one,
A1        | mixed     | being mixed           |          or another choice of sound, is heard
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.core.playback import Playback
from lipflap.gui.background.worker import Worker
from lipflap.gui.sound.audio_mix import CHANNELS, MIX_HZ, Sound, mix
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.order.dialogue import ClockOf, SoundClock, make_speeches, sound_clock

CHUNK_S = 4
_CHUNK = CHUNK_S * MIX_HZ  # samples
_AHEAD, _MAX_BYTES = 2, 96 << 20
_PAD_S = Fraction(1, 20)  # beyond a chunk: resampling has soft ends


class Heard(StrEnum):
    """The sound that is heard with the pictures."""

    DUB = "dub"
    PRODUCTION = "production"
    BOTH = "both"

    @property
    def roles(self) -> tuple[Role, ...]:
        return (Role.DUB, Role.PRODUCTION) if self == Heard.BOTH else (Role(self.value),)


Track = tuple[Role, str]  # its role and its name
_Clocks = dict[tuple[Path, Playback], SoundClock]
_Key = tuple[Track, int]  # and the number of a chunk


class CutSound(QObject):
    """The sound of a cut, read by the audio device while it is being mixed.

    changed   more of it has been mixed, or it has another error

    muted, soloed   tracks; where any is soloed, the others are silent
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, max_bytes: int = _MAX_BYTES) -> None:
        super().__init__(parent)
        self._lines: tuple[DubLine, ...] = ()
        self._tracks: tuple[Track, ...] = ()
        self._seconds = Fraction(0)
        self._chunks: OrderedDict[_Key, Sound | None] = OrderedDict()
        self._max_chunks = max(1, max_bytes // (_CHUNK * CHANNELS * 2))
        self._clocks: _Clocks = {}
        self._worker: Worker | None = None
        self._generation = 0  # of the lines: what was mixed of others is dropped
        self._at = 0
        self._is_held = False
        self.muted: frozenset[Track] = frozenset()
        self.soloed: frozenset[Track] = frozenset()
        self._errors: dict[_Key, str] = {}

    @property
    def error(self) -> str:
        """Why a part of what plays at the focus is silent; empty when none is."""
        return next((text for key, text in self._errors.items() if key[1] == self._at), "")

    def load(self, lines: Sequence[DubLine], seconds: Fraction) -> None:
        """Play other lines, or the same in other places, over a cut of this length."""
        self._stop_mixing()
        self._generation += 1
        self._lines, self._seconds, self._errors = tuple(lines), seconds, {}
        self._tracks = tuple(dict.fromkeys((line.role, line.track) for line in lines))
        self._chunks = OrderedDict()
        self._clocks = {}
        self._mix_missing()

    def focus(self, sample: int) -> None:
        """Mix what plays from a sample on, unless it is mixed already."""
        number = max(0, sample // _CHUNK)
        if number != self._at or self._worker is None:
            self._at = number
            self._mix_missing()

    def has(self, heard: Heard) -> bool:
        """Return whether the cut has any such sound."""
        return any(role in heard.roles for role, _ in self._tracks)

    def is_mixed(self, heard: Heard) -> bool:
        """Return whether what plays at the focus has been mixed."""
        return all((track, self._at) in self._chunks for track in self.audible(heard))

    def audible(self, heard: Heard) -> tuple[Track, ...]:
        """Return the tracks that are heard."""
        chosen = [track for track in self._tracks if track[0] in heard.roles]
        soloed = [track for track in self._tracks if track in self.soloed]
        return tuple(track for track in soloed or chosen if track not in self.muted)

    def samples(self, heard: Heard) -> "CutSamples":
        """Return the samples of the cut for an audio device."""
        return CutSamples(self, heard, int(self._seconds * MIX_HZ))

    def read(self, positions: NDArray[np.int64], heard: Heard) -> Sound:
        """Return [N, 2] at these samples of the cut; silence where nothing is mixed yet.

        Called by the thread of the audio device.
        """
        total = np.zeros((len(positions), CHANNELS), np.int32)
        numbers, within = np.divmod(positions, _CHUNK)
        for number in dict.fromkeys(numbers.tolist()):
            here = numbers == number
            for track in self.audible(heard):
                chunk = self._chunks.get((track, number))
                if chunk is not None:
                    total[here] += chunk[within[here]]
        return np.clip(total, -32768, 32767).astype(np.int16)

    def hold(self) -> None:
        """Begin to mix nothing until `release`."""
        self._is_held = True

    def release(self) -> None:
        """Mix what plays from the focus on."""
        self._is_held = False
        self._mix_missing()

    def stop(self) -> None:
        """Mix nothing further."""
        self._stop_mixing()
        self._lines, self._tracks = (), ()

    def _mix_missing(self) -> None:
        last = int(self._seconds // CHUNK_S)
        numbers = [n for n in range(self._at, self._at + _AHEAD + 1) if n <= last]
        wanted = [(track, n) for n in numbers for track in self._tracks]
        missing = [key for key in wanted if key not in self._chunks]
        for key in wanted:
            if key in self._chunks:
                self._chunks.move_to_end(key)
        if not missing or self._worker is not None or self._is_held:
            return
        self._worker = worker = Worker(
            _mix_chunks(self._generation, missing, self._lines, self._clocks), self
        )
        worker.reported.connect(self._on_mixed)
        worker.finished.connect(self._on_finished)
        worker.start()

    def _on_mixed(self, mixed: tuple[int, _Key, Sound | None, str]) -> None:
        generation, key, chunk, error = mixed
        if generation != self._generation:
            return
        self._chunks[key] = chunk
        if error:
            self._errors[key] = error
        needed = (_AHEAD + 1) * len(self._tracks)  # less would be mixed over and over
        while len(self._chunks) > max(self._max_chunks, needed):
            self._chunks.popitem(last=False)
        self.changed.emit()

    def _on_finished(self) -> None:
        if self._worker is not None and self._worker.isFinished():
            self._worker = None
            self._mix_missing()

    def _stop_mixing(self) -> None:
        if self._worker is not None:
            self._worker.requestInterruption()
            self._worker = None


class CutSamples:
    """The samples of a cut, as an audio device asks for them: by their positions."""

    def __init__(self, sound: CutSound, heard: Heard, count: int) -> None:
        self._sound, self._heard, self._count = sound, heard, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, positions: NDArray[np.int64]) -> Sound:
        return self._sound.read(positions, self._heard)


def _mix_chunks(
    generation: int,
    keys: Sequence[_Key],
    lines: Sequence[DubLine],
    clocks: _Clocks,
) -> Iterator[tuple[int, _Key, Sound | None, str]]:
    """Yield each chunk, None for silence, with the reason why a line of it is left out."""

    def clock_of(path: Path, playback: Playback) -> SoundClock:
        key = (path, playback)
        if key not in clocks:
            clocks[key] = sound_clock(path, playback)
        return clocks[key]

    for key in keys:
        track, number = key
        start = Fraction(number * CHUNK_S)
        padded = TimeRange(max(Fraction(0), start - _PAD_S), start + CHUNK_S + _PAD_S)
        skip = int((start - padded.start) * MIX_HZ)
        over = [line for line in lines if (line.role, line.track) == track]
        over = [line for line in over if line.record.overlap(padded)]
        mixed = [_mix_line(line, padded, clock_of) for line in over]
        error = next((text for _, text in mixed if text), "")
        sounds = [sound[skip : skip + _CHUNK] for sound, _ in mixed if sound is not None]
        if not sounds:
            yield generation, key, None, error
            continue
        total = np.sum(sounds, axis=0, dtype=np.int32)
        yield generation, key, np.clip(total, -32768, 32767).astype(np.int16), error


def _mix_line(line: DubLine, over: TimeRange, clock_of: ClockOf) -> tuple[Sound | None, str]:
    """Return the sound of a line during a range of record time, or why there is none."""
    try:
        speeches, notes = make_speeches([line], over, clock_of)
        return (mix(speeches, over.seconds), "") if speeches else (None, " ".join(notes[:1]))
    except DubError as problem:
        return None, str(problem)
