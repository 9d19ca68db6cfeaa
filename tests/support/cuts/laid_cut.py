"""A cut made by hand, as facts for the timeline view to draw.

record   0         4         8        12  seconds, 25 frames each, from 01:00:00:00
V2            | SH015 |                       SH015 from 5 to 6 s covers SH020
V1       | SH010   | SH020   | SH030   |
Dub DE     | DE_1      |     | DE_2  |        DE_1 from 1 to 5 s, DE_2 from 8 to 11 s
A1       |          Take 1             |
"""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from lipflap.core.order import Role
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import DubLine, DubPair, Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.time_range import TimeRange

RATE = Fraction(25)
START_FRAME = 90_000
HZ = 16_000
NO_DUB = Reason(ReasonCode.NO_DUB, "No dub plays over it.")


def shot(name: str, start: float, end: float, track: int = 0, *holes: TimeRange) -> Shot:
    """Seconds; `holes` are the parts of it that are covered."""
    begin, visible = Fraction(start), []
    for hole in holes:
        visible.append(TimeRange(begin, hole.start))
        begin = hole.end
    seen = (*visible, TimeRange(begin, Fraction(end)))
    record = TimeRange(Fraction(start), Fraction(end))
    return Shot(name, (track, int(start)), None, Fraction(0), Fraction(1), record, seen, None)


def line(name: str, path: str, start: float, end: float, role: str = Role.DUB) -> DubLine:
    """Seconds; the sound begins with its file."""
    track = "Dub DE" if role == Role.DUB else "A1"
    return DubLine(name, path, role, track, Fraction(0), TimeRange(Fraction(start), Fraction(end)))


def sheet(shots: Iterable[Shot], lines: Iterable[DubLine], name: str = "cut") -> CueSheet:
    """Ready where a dub line plays, skipped where none does."""
    found = []
    for one in shots:
        pairs = tuple(
            DubPair(one.name, said, over)
            for said in lines
            if said.role == Role.DUB and (over := one.record.overlap(said.record))
        )
        state, reason = (CueState.READY, None) if pairs else (CueState.SKIPPED, NO_DUB)
        found.append(Cue(one, pairs, NO_OVERRIDES, state, reason, (), None))
    return CueSheet(f"/cuts/{name}.otio", "", RATE, START_FRAME, "", tuple(found))


def small(folder: Path) -> tuple[CueSheet, tuple[DubLine, ...]]:
    """The cut above; its sounds are not there yet."""
    shots = (
        shot("SH010", 0, 4),
        shot("SH020", 4, 8, 0, TimeRange(Fraction(5), Fraction(6))),
        shot("SH015", 5, 6, 1),
        shot("SH030", 8, 12),
    )
    lines = (
        line("DE_1", str(folder / "de_1.wav"), 1, 5),
        line("DE_2", str(folder / "de_2.wav"), 8, 11),
        line("Take 1", str(folder / "take.wav"), 0, 12, Role.PRODUCTION),
    )
    return sheet(shots, lines), lines


def write_beeps(path: Path, seconds: float, *beeps: tuple[float, float]) -> None:
    """Silence, and full tone from second to second in each of `beeps`."""
    at = np.arange(round(seconds * HZ)) / HZ
    loud = np.zeros(len(at), bool)
    for start, end in beeps:
        loud |= (at >= start) & (at < end)
    soundfile.write(path, np.where(loud, np.sin(at * 2 * np.pi * 440), 0), HZ, subtype="PCM_16")


def long(shots: int) -> tuple[CueSheet, tuple[DubLine, ...]]:
    """A cut of many shots of a second, a line over each."""
    lines = tuple(line(f"DE_{n}", f"/sounds/{n % 40}.wav", n, n + 1) for n in range(shots))
    cues = [
        Cue(
            shot(said.name.replace("DE", "SH"), n, n + 1),
            (DubPair(said.name.replace("DE", "SH"), said, said.record),),
            NO_OVERRIDES,
            CueState.READY,
            None,
            (),
            None,
        )
        for n, said in enumerate(lines)
    ]
    return CueSheet("/cuts/long.otio", "", RATE, START_FRAME, "", tuple(cues)), lines
