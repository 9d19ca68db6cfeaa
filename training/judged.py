"""What a mouth model is judged on: sentences it never saw, with the words' times where known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.face.align import crop_from_plate, to_crop
from lipflap.core.face.detect import Search
from lipflap.core.face.matte import WORK
from lipflap.core.face.track import PointsIn
from lipflap.core.media.decode import samples
from lipflap.core.media.probe import probe_sound
from lipflap.core.voice.features import log_mel
from lipflap.core.voice.window import window
from lipflap.training.prepare import see

Film = NDArray[np.uint8]
Rows = TypeVar("Rows", bound=NDArray)

ALIGN_UNITS_A_SECOND = 25_000
CLOSED_WORDS = frozenset({"b", "bin", "blue", "p", "place", "please"})


@dataclass(frozen=True, slots=True)
class Sentences:
    """N sentences of T frames, all of one rate.

    names          N
    crops          [N, T, 128, 128, 3] uint8
    sound          [N, T, 80, 32] log-mel around each frame
    closed_frames  N; frames at which a b or p begins and lips must be closed; () where no
                   words' times are known

    Raises ValueError when these do not fit together, DubError when they are under a second.
    """

    names: tuple[str, ...]
    crops: Film
    sound: NDArray[np.float32]
    closed_frames: tuple[tuple[int, ...], ...] = ()
    rate: Fraction = Fraction(25)

    def __post_init__(self) -> None:
        count = len(self.names)
        if not count or len(self.crops) != count or len(self.sound) != count:
            raise ValueError(f"{count} names, {len(self.crops)} films, {len(self.sound)} sounds")
        if self.crops.shape[1] != self.sound.shape[1]:
            raise ValueError(f"{self.crops.shape[1]} frames, {self.sound.shape[1]} of sound")
        if self.closed_frames and len(self.closed_frames) != count:
            raise ValueError(f"{count} names, closed frames of {len(self.closed_frames)}")
        if self.crops.shape[1] < self.rate:
            raise DubError(
                f"has {self.crops.shape[1]} frames; a second is the least that can be judged.",
                where=self.names[0],
                fix="Leave shorter takes out.",
            )

    @property
    def mouths(self) -> Film:
        """The work rectangles [N, T, 64, 96, 3]."""
        return self.crops[:, :, WORK.top : WORK.bottom, WORK.left : WORK.right]

    def first(self, count: int) -> "Sentences":
        """The first `count` of them."""
        return replace(
            self,
            names=self.names[:count],
            crops=self.crops[:count],
            sound=self.sound[:count],
            closed_frames=self.closed_frames[:count],
        )


def another(rows: Rows) -> Rows:
    """For each sentence of [N, T, ...] another one's: the one before it.

    Of a single sentence its own half the take later, the end joined to the beginning.
    """
    alone = len(rows) == 1
    return np.roll(rows, rows.shape[1] // 2, 1) if alone else np.roll(rows, 1, 0)


def sentences(paths: Sequence[Path], searches: Sequence[Search], points_in: PointsIn) -> Sentences:
    """Footage with its own sound, all cut to the shortest.

    Lips are known to be closed where FOLDER/align/NAME.align lies beside FOLDER/NAME.mkv.
    Raises DubError as `prepare.see` does, and when rates differ.
    """
    crops, sounds, closed, rates = [], [], [], {}
    for path in paths:
        seen = see(path, searches, points_in)
        matrices = crop_from_plate(seen.points)
        crops.append([to_crop(p, m) for p, m in zip(seen.plates, matrices, strict=True)])
        told = probe_sound(str(path))
        mel = log_mel(samples(str(path), 0, told.sample_count).mean(0), told.sample_rate_hz)
        sounds.append([window(mel, frame, seen.rate) for frame in range(len(seen.plates))])
        closed.append(closed_frames(path.parent / "align" / f"{path.stem}.align", seen.rate))
        rates[seen.rate] = path
    if len(rates) > 1:
        raise DubError(
            f"not all run at one rate: {', '.join(str(rate) for rate in rates)} frames a second.",
            where=str(paths[0].parent),
            fix="Judge footage of one rate at a time.",
        )
    shortest = min(len(film) for film in crops)
    return Sentences(
        tuple(path.stem for path in paths),
        np.stack([film[:shortest] for film in crops]),
        np.stack([sound[:shortest] for sound in sounds]),
        tuple(tuple(f for f in frames if f < shortest) for frames in closed),
        next(iter(rates)),
    )


def closed_frames(align: Path, rate: Fraction) -> tuple[int, ...]:
    """Frames in which a word begins that closed lips begin; none where there is no such file.

    Lines are: first, last, word; in 25,000ths of a second. Raises DubError on others.
    """
    if not align.is_file():
        return ()
    found = []
    for line in align.read_text(encoding="utf-8").splitlines():
        try:
            first, _, word = line.split()
            frame = floor(int(first) * rate / ALIGN_UNITS_A_SECOND)
        except ValueError as problem:
            raise DubError(f"is not a word alignment: {line!r}.", where=str(align)) from problem
        if word in CLOSED_WORDS:
            found.append(frame)
    return tuple(found)
