"""Who says a dub line, where an editor knows it better than the names of tracks."""

from collections.abc import Sequence
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


def apply_voices(
    lines: Sequence[DubLine], voices: Sequence[Voice], known: Sequence[DubLine] = ()
) -> tuple[DubLine, ...]:
    """Return the lines, which are where the cut has them, with their characters as decided.

    What is decided about a line counts more than what is about its track.

    known   the same lines as they were decided before: those that are so again are returned
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

    def said(line: DubLine, before: DubLine) -> DubLine:
        character = of_tracks.get(line.track, line.character)
        if line.name in names:
            character = of_lines.get((line.track, line.name, line.record), character)
        if character == line.character:
            return line
        is_known = before.character == character and before.record is line.record
        return before if is_known else replace(line, character=character)

    pairs = zip(lines, known or lines, strict=True)
    return tuple(said(*pair) if pair[0].role == Role.DUB else pair[0] for pair in pairs)
