"""Painting in batches, so that what a row becomes does not depend on what is painted beside it.

Kernels add up in another order when a batch has another size, and a mouth would change in its
last bits with the company its shot happens to be rendered in. So only sizes are used that were
found to agree:

rows asked for     a a a b c              by shots a, b, c
sizes that agree   2, 4, 8
painted            [a a a b c . . .]      filled up to the next of them

Where memory is short, they are painted in smaller ones, with the same outcome.
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
    """Rising sizes of batches in which a row comes out the same, bit for bit, in any place.

    sample  as many different rows as the largest of `sizes`; any picture will do

    Found by trying, since it hangs on the kernels, which differ by machine and number of threads.
    Rows painted one by one always agree. Sizes for which memory is short are passed over.
    """
    for largest in sizes:
        try:
            alone = paint(*_split(sample, range(largest)))
            fits = [n for n in sizes if n <= largest and _shared(paint, sample, alone, n)]
        except Exception as problem:
            if not is_out_of_memory(problem):
                raise
            continue
        if largest in fits:
            return tuple(sorted(fits))
    return (1,)


def in_batches(paint: Paint, sizes: Sequence[int]) -> Paint:
    """`paint` for any number of rows, in batches of these rising sizes alone.

    A size that memory had no room for is not tried again.
    """
    fit = list(sizes)

    def painted(condition: Condition, noise: Tensor) -> Tensor:
        done, out = 0, []
        while (left := len(noise) - done) > 0:
            size = next((size for size in fit if size >= left), fit[-1])
            rows = [min(done + k, len(noise) - 1) for k in range(size)]
            try:
                batch = paint(*_split((condition, noise), rows))
            except Exception as problem:
                if size == fit[0] or not is_out_of_memory(problem):
                    raise
                fit[:] = [smaller for smaller in fit if smaller < size]
                _log.warning("memory is short: painting %d mouths at once from now on.", fit[-1])
                continue
            out.append(batch[: min(size, left)])
            done += size
        return torch.cat(out)

    return painted


def batched_across_shots(paint: Paint, ask: Request) -> Paint:
    """`paint` for one of several shots: its rows are painted together with the others'."""
    answers = merge_requests(paint)
    return lambda condition, noise: ask(answers, (condition, noise))


@cache
def merge_requests(paint: Paint) -> Callable[[Sequence[PaintRequest]], list[Tensor]]:
    """`paint` for the rows of several askers together: a picture of each one's rows."""

    def painted(asked: Sequence[PaintRequest]) -> list[Tensor]:
        counts = [len(noise) for _, noise in asked]
        together = paint(*_concat(asked))
        return list(together.split(counts))

    return painted


def _shared(paint: Paint, sample: PaintRequest, expected: Tensor, size: int) -> bool:
    """Whether rows of `expected` come out alike in a batch of `size`, each in another place."""
    rows = [(k + 1) % len(expected) for k in range(size)]
    return torch.equal(paint(*_split(sample, rows)), expected[rows])


def _split(asked: PaintRequest, rows: Sequence[int]) -> PaintRequest:
    condition, noise = asked
    picked = {name: getattr(condition, name)[list(rows)] for name in _batched_fields()}
    return replace(condition, **picked), noise[list(rows)]


def _concat(asked: Sequence[PaintRequest]) -> PaintRequest:
    conditions = [condition for condition, _ in asked]
    rows = {name: torch.cat([getattr(c, name) for c in conditions]) for name in _batched_fields()}
    return replace(conditions[0], **rows), torch.cat([noise for _, noise in asked])


def _batched_fields() -> list[str]:
    """The fields of a condition that have a row for each picture: all but the mask."""
    return [field.name for field in fields(Condition) if field.name != "mask"]
