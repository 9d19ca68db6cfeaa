"""Who says a dub line, where an editor knows it better than the names of tracks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lipflap.core.order import Role
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange


@dataclass(frozen=True, slots=True)
class Voice:
    """A dub line that a character says, or all lines of a track.

    character  who says it; empty for nobody known
    line       its name; empty for every line of the track
    record     where the cut has the line; None for every line of the track
    """

    character: str
    track: str
    line: str = ""
    record: TimeRange | None = None


def apply_voices(lines: Iterable[DubLine], voices: Sequence[Voice]) -> tuple[DubLine, ...]:
    """Return the lines, which are where the cut has them, with their characters as decided.

    What is decided about a line counts more than what is about its track.
    """
    if not voices:
        return tuple(lines)
    of_tracks = {voice.track: voice.character for voice in voices if voice.record is None}
    of_lines = {
        (voice.track, voice.line, voice.record): voice.character
        for voice in voices
        if voice.record is not None
    }

    names = {name for _, name, _ in of_lines}

    def said(line: DubLine) -> DubLine:
        character = of_tracks.get(line.track, line.character)
        if line.name in names:
            character = of_lines.get((line.track, line.name, line.record), character)
        return line if character == line.character else replace(line, character=character)

    return tuple(said(line) if line.role == Role.DUB else line for line in lines)
