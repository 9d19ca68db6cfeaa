"""Long shots split into parts that a farm renders at the same time."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

from lipflap.core.order import DubOrder, FrameRange

# A minute of film. On two processor cores a frame takes 0.19 s to paint and 0.07 s to analyse, and
# every part analyses the whole shot: shorter parts would spend most of their time on that.
MAX_PART_FRAMES = 1500
MIN_PART_SHARE = Fraction(1, 4)  # of the longest


def split_order(order: DubOrder, longest: int = MAX_PART_FRAMES) -> tuple[DubOrder, ...]:
    """Return the parts of a shot in order, or the order alone when it is short or cannot be split.

    longest   frames up to which a range is not split; one without split points may be longer

    Split in long silences, and where that is not enough at camera cuts: nowhere else. The parts
    follow from the order and its media, on every machine alike; they render into the same JOB,
    under names of their own. Raises DubError when sound or picture cannot be read.
    """
    if order.part is not None or order.frames.count <= longest:
        return (order,)
    from lipflap.core.analysis.split_points import (  # slow to import
        camera_cuts,
        silent_frames,
    )

    spans = []
    for span in _split_range(order.written, silent_frames(order), longest):
        cuts = camera_cuts(order, span) if len(span) > longest else []
        spans += _split_range(span, cuts, longest)
    if len(spans) == 1:
        return (order,)
    names = [f"{order.shot}.part-{n}-of-{len(spans)}" for n in range(1, len(spans) + 1)]
    return tuple(_part(order, span, name) for span, name in zip(spans, names, strict=True))


def _split_range(span: FrameRange, split_points: Iterable[int], longest: int) -> list[FrameRange]:
    """Return ranges of similar length, as few as keep each within `longest` where they can."""
    if len(span) <= longest:
        return [span]
    count, shortest = ceil(len(span) / longest), int(longest * MIN_PART_SHARE)
    inside = [s for s in split_points if span.start + shortest <= s <= span.end - shortest]
    ideal = [span.start + n * len(span) // count for n in range(1, count)]
    if not inside:
        return [span]
    middle = min(inside, key=lambda s: min(abs(s - frame) for frame in ideal))
    halves = FrameRange(span.start, middle), FrameRange(middle, span.end)
    return [part for half in halves for part in _split_range(half, inside, longest)]


def _part(order: DubOrder, span: FrameRange, name: str) -> DubOrder:
    output = Path(order.output.path)
    path = output.with_name(name + output.name.removeprefix(order.shot))
    return replace(order, shot=name, part=span, output=replace(order.output, path=str(path)))
