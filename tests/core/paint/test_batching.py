"""Rows come out alike in any batch, also where the kernels would not have it so."""

import pytest
import torch
from support.jobs.orders import make_settings

from lipflap.core.diffusion.condition import Condition
from lipflap.core.model_files import locate, sha256
from lipflap.core.paint.batching import (
    batched_across_shots,
    find_deterministic_batch_sizes,
    in_batches,
    merge_requests,
)
from lipflap.core.paint.lockstep import run_lockstep
from lipflap.core.paint.painter import load_painter
from lipflap.core.paint.rollout import work_mask


def paint_request(rows: int, seed: int = 0) -> tuple[Condition, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    plate, previous, identity = (torch.rand((rows, 3, 64, 96), generator=draw) for _ in range(3))
    sound = torch.randn((rows, 80, 32), generator=draw)
    noise = torch.randn((rows, 3, 64, 96), generator=draw)
    return Condition(plate, work_mask(), previous, torch.ones(rows), identity, sound), noise


class Painter:
    """Adds up all it is given; `drift` spoils rows by the size of the batch and their place."""

    def __init__(self, drift=lambda size, place: 0.0) -> None:
        self.sizes = []
        self._drift = drift

    def __call__(self, condition, noise):
        size = len(noise)
        self.sizes.append(size)
        drift = torch.tensor([self._drift(size, place) for place in range(size)])
        level = condition.sound.mean((1, 2)) + condition.previous_known + drift
        pictures = condition.plate + condition.previous + condition.identity + noise
        return pictures + level[:, None, None, None]


@pytest.mark.parametrize(
    ("drift", "agree"),
    [
        (lambda size, place: 0, (1, 2, 3, 4, 6, 8)),
        (lambda size, place: size % 2, (2, 4, 6, 8)),
        (lambda size, place: size, (8,)),
        (lambda size, place: place * (size % 3 > 0), (1, 3, 6)),
        (lambda size, place: place, (1,)),
    ],
)
def test_sizes_agree_when_rows_come_out_alike_in_any_place(drift, agree):
    assert find_deterministic_batch_sizes(Painter(drift), paint_request(8)) == agree


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8, 9, 21])
@pytest.mark.parametrize("sizes", [(1,), (8,), (2, 4, 8), (3, 6)])
def test_any_number_of_rows_is_painted_in_those_sizes_alone(rows, sizes):
    painter, one_by_one = Painter(), Painter()
    condition, noise = paint_request(rows)
    painted = in_batches(painter, sizes)(condition, noise)
    assert torch.equal(painted, one_by_one(condition, noise))
    assert set(painter.sizes) <= set(sizes)
    assert sum(painter.sizes) < rows + max(sizes)


def test_each_request_gets_its_own_rows():
    painter = Painter()
    requests = [paint_request(rows, seed=rows) for rows in (1, 3, 2)]
    for request, painted in zip(requests, merge_requests(painter)(requests), strict=True):
        assert torch.equal(painted, Painter()(*request))
    assert painter.sizes == [6]


def test_shots_in_lockstep_are_painted_in_one_batch():
    """From the step on at which the last thread, however late, has its first answer."""
    painter, answered = Painter(), set()

    def shot(seed):
        def body(request):
            paint, steps_together = batched_across_shots(painter, request), 0
            for _ in range(5000):
                painted = paint(*paint_request(1, seed))
                answered.add(seed)
                yield seed, painted
                steps_together += len(answered) == 3
                if steps_together == 6:
                    return

        return body

    for seed, painted in run_lockstep([shot(seed) for seed in range(3)], 3):
        assert torch.equal(painted, Painter()(*paint_request(1, seed)))
    assert painter.sizes.count(3) >= 6


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize(("count", "guidance"), [(1, 1.0), (2, 1.0), (3, 1.5)])
def test_the_shipped_model_paints_a_mouth_alike_alone_and_among_others(threads, count, guidance):
    """With two threads and one row, a norm adds up in two halves: unlike in a batch of two."""
    threads(count)
    starter = locate("starter")
    settings = make_settings(model_sha256=sha256(starter), steps=1, guidance=guidance)
    paint = load_painter(settings)
    condition, noise = paint_request(5, seed=3)
    together = paint(condition, noise)
    for row in (0, 4):
        alone = paint(condition.rows(row, row + 1), noise[row : row + 1])
        assert torch.equal(alone[0], together[row])


class Cramped(Painter):
    """Has memory for `room` rows, and raises `refuse` beyond."""

    def __init__(self, room: int, refuse: Exception) -> None:
        super().__init__()
        self.room, self._refuse = room, refuse

    def __call__(self, condition, noise):
        if len(noise) > self.room:
            raise self._refuse
        return super().__call__(condition, noise)


# The errors of a graphics card and of a machine without memory.
SHORT = (
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("std::bad_alloc"),
)


@pytest.mark.parametrize("refuse", SHORT, ids=lambda problem: type(problem).__name__)
def test_where_memory_is_short_smaller_batches_paint_the_same(refuse):
    painter, condition_and_noise = Cramped(3, refuse), paint_request(17)
    painted = in_batches(painter, (2, 4, 8))(*condition_and_noise)
    assert torch.equal(painted, Painter()(*condition_and_noise))
    assert set(painter.sizes) == {2}


def test_a_size_for_which_memory_was_short_is_not_tried_again(caplog):
    painter = Cramped(4, MemoryError())
    paint = in_batches(painter, (1, 4, 8))
    paint(*paint_request(8))
    painter.room = 8
    paint(*paint_request(8))
    assert painter.sizes == [4, 4, 4, 4]
    assert caplog.messages == ["Memory is short: 4 mouths are painted at once from now on."]


def test_without_memory_for_the_smallest_batch_the_error_is_raised():
    with pytest.raises(MemoryError):
        in_batches(Cramped(1, MemoryError()), (2, 4))(*paint_request(3))


def test_another_error_is_raised_at_once():
    painter = Cramped(3, RuntimeError("CUDA error: an illegal memory access was encountered"))
    with pytest.raises(RuntimeError, match="illegal"):
        in_batches(painter, (2, 4))(*paint_request(4))


@pytest.mark.parametrize(("room", "agree"), [(8, (1, 2, 3, 4, 6, 8)), (4, (1, 2, 3, 4)), (0, (1,))])
def test_sizes_for_which_memory_is_short_do_not_agree(room, agree):
    assert find_deterministic_batch_sizes(Cramped(room, SHORT[1]), paint_request(8)) == agree


@pytest.mark.parametrize("room", [1, 3, 8])
def test_shots_in_lockstep_stay_the_same_when_memory_is_short(room):
    painter = Cramped(room, SHORT[1])
    paint = in_batches(painter, (1, 2, 4, 8))

    def shot(seed):
        def body(request):
            for step in range(4):
                yield (
                    seed,
                    step,
                    batched_across_shots(paint, request)(*paint_request(1, 10 * seed + step)),
                )

        return body

    for seed, step, painted in run_lockstep([shot(seed) for seed in range(6)], 6):
        assert torch.equal(painted, Painter()(*paint_request(1, 10 * seed + step)))
    assert max(painter.sizes) <= room
