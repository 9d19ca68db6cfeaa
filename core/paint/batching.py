"""Painting in batches that give every row the same picture as any other batch does.

Kernels add up in another order when a batch has another size, and a mouth would change in its
last bits with the shots that happen to be rendered beside it. So only sizes are used that were
found to agree:

rows requested     a a a b c              by shots a, b, c
sizes that agree   2, 4, 8
batch              [a a a b c . . .]      filled up to the next of them

Where memory is short, smaller batches are used, with the same pictures.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from functools import cache

import torch
from torch import Tensor

from lipflap.core.diffusion.condition import Condition, Paint
from lipflap.core.memory import is_out_of_memory
from lipflap.core.paint.lockstep import Request

PaintRequest = tuple[Condition, Tensor]

BATCH_SIZES = (8, 6, 4, 3, 2, 1)

_log = logging.getLogger(__name__)


def find_deterministic_batch_sizes(
    paint: Paint, sample: PaintRequest, sizes: Sequence[int] = BATCH_SIZES
) -> tuple[int, ...]:
    """Return rising batch sizes in which a row comes out the same, bit for bit, in any place.

    sample  as many different rows as the largest of `sizes`, of any pictures

    Found by trying, since kernels differ by machine and number of threads. Rows painted one by
    one always agree. Sizes for which memory is short are left out.
    """
    for largest in sizes:
        try:
            expected = paint(*_split(sample, range(largest)))
            smaller = [size for size in sizes if size <= largest]
            agreeing = [size for size in smaller if _agrees(paint, sample, expected, size)]
        except Exception as problem:
            if not is_out_of_memory(problem):
                raise
            continue
        if largest in agreeing:
            return tuple(sorted(agreeing))
    return (1,)


def in_batches(paint: Paint, sizes: Sequence[int]) -> Paint:
    """Return `paint` for any number of rows, in batches of these rising sizes alone.

    A size for which memory was short is not tried again.
    """
    usable = list(sizes)

    def paint_in_batches(condition: Condition, noise: Tensor) -> Tensor:
        done, out = 0, []
        while (remaining := len(noise) - done) > 0:
            size = next((size for size in usable if size >= remaining), usable[-1])
            rows = [min(done + k, len(noise) - 1) for k in range(size)]
            try:
                batch = paint(*_split((condition, noise), rows))
            except Exception as problem:
                if size == usable[0] or not is_out_of_memory(problem):
                    raise
                usable[:] = [smaller for smaller in usable if smaller < size]
                _log.warning(
                    "Memory is short: %d mouths are painted at once from now on.", usable[-1]
                )
                continue
            out.append(batch[: min(size, remaining)])
            done += size
        return torch.cat(out)

    return paint_in_batches


def batched_across_shots(paint: Paint, request: Request) -> Paint:
    """Return `paint` for one of several shots: its rows share batches with the others'."""
    batch_fn = merge_requests(paint)
    return lambda condition, noise: request(batch_fn, (condition, noise))


@cache
def merge_requests(paint: Paint) -> Callable[[Sequence[PaintRequest]], list[Tensor]]:
    """Return `paint` for several requests in one batch: the pictures of each one's rows."""

    def paint_merged(requests: Sequence[PaintRequest]) -> list[Tensor]:
        counts = [len(noise) for _, noise in requests]
        pictures = paint(*_concat(requests))
        return list(pictures.split(counts))

    return paint_merged


def _agrees(paint: Paint, sample: PaintRequest, expected: Tensor, size: int) -> bool:
    """Return whether rows come out as `expected` in a batch of `size`, each in another place."""
    rows = [(k + 1) % len(expected) for k in range(size)]
    return torch.equal(paint(*_split(sample, rows)), expected[rows])


def _split(request: PaintRequest, rows: Sequence[int]) -> PaintRequest:
    condition, noise = request
    selected = {name: getattr(condition, name)[list(rows)] for name in _batched_fields()}
    return replace(condition, **selected), noise[list(rows)]


def _concat(requests: Sequence[PaintRequest]) -> PaintRequest:
    conditions = [condition for condition, _ in requests]
    rows = {name: torch.cat([getattr(c, name) for c in conditions]) for name in _batched_fields()}
    return replace(conditions[0], **rows), torch.cat([noise for _, noise in requests])


def _batched_fields() -> list[str]:
    """Return the fields of a condition that have a row for each picture: all but the mask."""
    return [field.name for field in fields(Condition) if field.name != "mask"]
