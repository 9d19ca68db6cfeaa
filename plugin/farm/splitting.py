"""A long shot as several orders, so that machines can share it.

order     |------------------------ SH010 ------------------------|
seams           c        sss                  c                        core.seams
parts     |- SH010.part-1-of-3 -|- …2-of-3 -|- SH010.part-3-of-3 -|

Each part is looked at whole and painted alone (DubOrder.part). plugin.farm.joining makes one
picture of them again.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

from lipflap.core.order import DubOrder, Span

# A minute of film. On two processor cores a frame takes 0.19 s to paint and 0.07 s to look at,
# and every part looks at the whole shot: shorter parts would do more of that than of their own.
LONGEST_FRAMES = 1500
SHORTEST = Fraction(1, 4)  # of the longest: a shorter part is not worth its look


def split(order: DubOrder, longest: int = LONGEST_FRAMES) -> tuple[DubOrder, ...]:
    """The parts of a shot in their order, or the order alone when it is short or has no seam.

    longest   frames that are not divided; a part without seams may be longer

    Divided amid long silences, and where that is not enough at camera cuts: nowhere else. The
    parts follow from the order and its media, on every machine alike; they render into the same
    JOB, under names of their own. Raises DubError when sound or picture cannot be read.
    """
    if order.part is not None or order.frames.count <= longest:
        return (order,)
    from lipflap.core.seams import camera_cuts, quiet_frames  # libraries others need not wait for

    spans = []
    for span in _divided(order.written, quiet_frames(order), longest):
        cuts = camera_cuts(order, span) if len(span) > longest else []
        spans += _divided(span, cuts, longest)
    if len(spans) == 1:
        return (order,)
    names = [f"{order.shot}.part-{n}-of-{len(spans)}" for n in range(1, len(spans) + 1)]
    return tuple(_part(order, *one) for one in zip(spans, names, strict=True))


def _divided(span: Span, seams: Iterable[int], longest: int) -> list[Span]:
    """Parts of much the same length, as few as it takes to have none longer, if seams allow."""
    if len(span) <= longest:
        return [span]
    count, shortest = ceil(len(span) / longest), int(longest * SHORTEST)
    inside = [s for s in seams if span.start + shortest <= s <= span.end - shortest]
    ideal = [span.start + n * len(span) // count for n in range(1, count)]
    if not inside:
        return [span]
    seam = min(inside, key=lambda s: min(abs(s - at) for at in ideal))
    halves = Span(span.start, seam), Span(seam, span.end)
    return [part for half in halves for part in _divided(half, inside, longest)]


def _part(order: DubOrder, span: Span, name: str) -> DubOrder:
    whole = Path(order.output.path)
    path = whole.with_name(name + whole.name.removeprefix(order.shot))
    return replace(order, shot=name, part=span, output=replace(order.output, path=str(path)))
