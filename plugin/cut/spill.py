"""Sound that spills over a cut: how much of a dub line a shot needs before it is dubbed.

shot A   |=============|
shot B                 |=============|
line          |----------|                 B holds its last frames only: an L cut

A shot is dubbed when a dub line plays over it for MIN_DUB_FRAMES or more. Where less than half of
each line plays over it, a note says so: its actor may be listening. A recording that is longer
than a line can be holds many of them: nothing is said of it.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from lipflap.core.order import Role
from lipflap.plugin.cut.cut import DubLine, DubPair, Shot

MIN_DUB_FRAMES = 2
_MAX_LINE_S = 30


def dub_seconds(pairs: Iterable[DubPair]) -> dict[DubLine, Fraction]:
    """Return how many seconds of each dub line play over the shot of these pairs."""
    seconds: dict[DubLine, Fraction] = {}
    for pair in pairs:
        if pair.line.role == Role.DUB:
            seconds[pair.line] = seconds.get(pair.line, Fraction(0)) + pair.record.seconds
    return seconds


def why_undubbed(pairs: Sequence[DubPair], rate: Fraction) -> str:
    """Return why a shot with these pairs has no dub; empty when it has one."""
    seconds = dub_seconds(pairs)
    if not seconds:
        return "No dub plays over it."
    if any(overlap * rate >= MIN_DUB_FRAMES for overlap in seconds.values()):
        return ""
    names = ", ".join(dict.fromkeys(line.name for line in seconds))
    return f"Less than {MIN_DUB_FRAMES} frames of {names} play over it: too few for a dub."


def spill_notes(
    shot: Shot, pairs: Sequence[DubPair], rate: Fraction, whole: DubLine | None = None
) -> tuple[str, ...]:
    """Return a note when no line plays over the shot for the greater part of its length.

    whole   the sound that is the whole dub, which is no line of it; None without one
    """
    seconds = {
        line: overlap
        for line, overlap in dub_seconds(pairs).items()
        if overlap * rate >= MIN_DUB_FRAMES
    }
    if any(line == whole or line.record.seconds > _MAX_LINE_S for line in seconds):
        return ()
    if not seconds or any(2 * overlap >= line.record.seconds for line, overlap in seconds.items()):
        return ()
    line, overlap = max(seconds.items(), key=lambda item: item[1])
    begins = any(pair.record.start == line.record.start for pair in pairs if pair.line == line)
    kind = "first" if begins else "last"
    if not begins and not any(p.record.end == line.record.end for p in pairs if p.line == line):
        return (f"A part of {line.name} plays over it: skip it if its actor only listens.",)
    is_inside = shot.record.start < line.record.start or line.record.end < shot.record.end
    cut = f" ({'J' if begins else 'L'} cut)" if is_inside else ""
    frames = round(overlap * rate)
    return (
        f"The {kind} {frames} frames of {line.name} play over it{cut}: "
        "skip it if its actor only listens.",
    )
