"""Shots that run at once: answered in common batches, held up by no other, ended together."""

from collections.abc import Callable
from threading import Event, Thread, current_thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lipflap.core.paint.lockstep import run_lockstep


def doubled(numbers):
    return [2 * number for number in numbers]


def shot_of(actions):
    """A shot that requests twice each number and yields the answer; for None, it yields at once."""

    def shot(request):
        for action in actions:
            yield None if action is None else request(doubled, action)

    return shot


def in_time(work: Callable[[], object]) -> object:
    """Return what `work` returns; fail when it takes longer than 20 s."""
    out: list[object] = []
    thread = Thread(target=lambda: out.append(work()), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "a shot waits for ever"
    return out[0]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.none() | st.integers(), max_size=12), max_size=7), st.integers(1, 5))
def test_every_shot_gets_its_own_answers_in_its_own_order(shots, together):
    def numbered(n, actions):
        return lambda request: ((n, event) for event in shot_of(actions)(request))

    bodies = [numbered(n, actions) for n, actions in enumerate(shots)]
    events = in_time(lambda: list(run_lockstep(bodies, together)))
    for n, actions in enumerate(shots):
        expected = [None if action is None else 2 * action for action in actions]
        assert [event for shot, event in events if shot == n] == expected


def test_requests_of_several_shots_are_one_batch():
    batches = []

    def counted(numbers):
        batches.append(len(numbers))
        return numbers

    def shot(request):
        for number in range(20):
            yield request(counted, number)

    in_time(lambda: list(run_lockstep([shot] * 4, 4)))
    assert sum(batches) == 80
    assert batches.count(4) >= 15


def test_requests_to_different_networks_are_not_mixed():
    def tripled(numbers):
        return [3 * number for number in numbers]

    def shot(batch_fn):
        def asking(request):
            for number in range(5):
                yield batch_fn, request(batch_fn, number)

        return asking

    for batch_fn, answer in in_time(
        lambda: list(run_lockstep([shot(doubled), shot(tripled), shot(doubled)], 3))
    ):
        assert answer in batch_fn(range(5))


@pytest.mark.parametrize("begins_by", ["analysing", "one request"])
def test_a_shot_without_requests_holds_up_no_other(begins_by):
    """The second shot ends only when the first has, which requests all the time."""
    first_is_done = Event()

    def asks(request):
        for number in range(10):
            yield request(doubled, number)
        first_is_done.set()

    def passes(request):
        if begins_by == "one request":
            yield request(doubled, 0)
        while not first_is_done.wait(0.005):
            yield "nobody speaks"

    in_time(lambda: list(run_lockstep([asks, passes], 2)))


def test_a_shot_that_has_ended_holds_up_no_other():
    events = in_time(lambda: list(run_lockstep([shot_of([1]), shot_of([2, 3, 4]), shot_of([])], 3)))
    assert sorted(events) == [2, 4, 6, 8]


def test_no_more_run_at_once_than_stated():
    running, counts = set(), []

    def shot(number):
        def body(request):
            running.add(number)
            counts.append(len(running))
            yield request(doubled, number)
            running.discard(number)

        return body

    in_time(lambda: list(run_lockstep([shot(n) for n in range(9)], 3)))
    assert max(counts) == 3


def test_one_alone_runs_where_it_is_called():
    def shot(request):
        yield current_thread()

    assert list(run_lockstep([shot, shot], 1)) == [current_thread()] * 2


def test_what_a_shot_raises_ends_the_others_and_arrives():
    closed = []

    def fails(request):
        yield request(doubled, 1)
        raise ValueError("the card is gone")

    def goes_on(request):
        try:
            while True:
                yield request(doubled, 1)
        finally:
            closed.append(1)

    def run():
        with pytest.raises(ValueError, match="the card is gone"):
            list(run_lockstep([goes_on, fails, goes_on], 3))

    in_time(run)
    assert closed == [1, 1]


def refuses(numbers):
    raise RuntimeError("out of memory")


def test_what_cannot_be_answered_arrives_and_ends_all():
    closed = []

    def shot(request):
        try:
            yield request(refuses, 1)
        finally:
            closed.append(1)

    def run():
        with pytest.raises(RuntimeError, match="out of memory"):
            list(run_lockstep([shot] * 3, 3))

    in_time(run)
    assert closed == [1, 1, 1]


def test_what_cannot_be_answered_may_be_borne_by_who_asked_it():
    def shot(request):
        try:
            yield request(refuses, 1)
        except RuntimeError:
            yield "another way"

    assert in_time(lambda: list(run_lockstep([shot] * 3, 3))) == ["another way"] * 3


def test_closing_ends_all_whatever_they_do():
    """One looks, one asks, one has more to say than anybody reads."""
    closed = []

    def shot(name, asks):
        def body(request):
            try:
                while True:
                    yield request(doubled, 1) if asks else name
            finally:
                closed.append((name, current_thread().daemon))

        return body

    def run():
        events = run_lockstep([shot("a", False), shot("b", True), shot("c", False)], 3)
        for _ in range(50):
            next(events)
        events.close()

    in_time(run)
    assert sorted(closed) == [("a", True), ("b", True), ("c", True)]
