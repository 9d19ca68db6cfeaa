"""Shots that run at once: answered together, held up by nobody, ended together."""

from collections.abc import Callable
from threading import Event, Thread, current_thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lipflap.core.paint.lockstep import run_lockstep


def doubled(numbers):
    return [2 * number for number in numbers]


def play(actions):
    """A shot that asks for twice each number and tells the answer; None tells without asking."""

    def shot(ask):
        for action in actions:
            yield None if action is None else ask(doubled, action)

    return shot


def in_time(work: Callable[[], object]) -> object:
    """What `work` returns; a failure when it takes longer than anything here should."""
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
        return lambda ask: ((n, event) for event in play(actions)(ask))

    made = [numbered(n, actions) for n, actions in enumerate(shots)]
    events = in_time(lambda: list(run_lockstep(made, together)))
    for n, actions in enumerate(shots):
        alone = [None if action is None else 2 * action for action in actions]
        assert [event for shot, event in events if shot == n] == alone


def test_shots_that_ask_are_answered_in_one_go():
    rounds = []

    def counted(numbers):
        rounds.append(len(numbers))
        return numbers

    def shot(ask):
        for number in range(20):
            yield ask(counted, number)

    in_time(lambda: list(run_lockstep([shot] * 4, 4)))
    assert sum(rounds) == 80
    assert rounds.count(4) >= 15


def test_what_is_asked_of_different_networks_is_not_mixed():
    def tripled(numbers):
        return [3 * number for number in numbers]

    def shot(answers):
        def asking(ask):
            for number in range(5):
                yield answers, ask(answers, number)

        return asking

    for answers, answer in in_time(
        lambda: list(run_lockstep([shot(doubled), shot(tripled), shot(doubled)], 3))
    ):
        assert answer in answers(range(5))


@pytest.mark.parametrize("begins_by", ["looking", "asking once"])
def test_who_asks_for_nothing_holds_up_nobody(begins_by):
    """The second shot ends only when the first has, which asks all the time."""
    first_is_done = Event()

    def asks(ask):
        for number in range(10):
            yield ask(doubled, number)
        first_is_done.set()

    def passes(ask):
        if begins_by == "asking once":
            yield ask(doubled, 0)
        while not first_is_done.wait(0.005):
            yield "nobody speaks"

    in_time(lambda: list(run_lockstep([asks, passes], 2)))


def test_a_shot_that_has_ended_holds_up_nobody():
    events = in_time(lambda: list(run_lockstep([play([1]), play([2, 3, 4]), play([])], 3)))
    assert sorted(events) == [2, 4, 6, 8]


def test_no_more_run_at_once_than_asked_for():
    running, most = set(), []

    def shot(number):
        def body(ask):
            running.add(number)
            most.append(len(running))
            yield ask(doubled, number)
            running.discard(number)

        return body

    in_time(lambda: list(run_lockstep([shot(n) for n in range(9)], 3)))
    assert max(most) == 3


def test_one_alone_runs_where_it_is_called():
    def shot(ask):
        yield current_thread()

    assert list(run_lockstep([shot, shot], 1)) == [current_thread()] * 2


def test_what_a_shot_raises_ends_the_others_and_arrives():
    closed = []

    def fails(ask):
        yield ask(doubled, 1)
        raise ValueError("the card is gone")

    def goes_on(ask):
        try:
            while True:
                yield ask(doubled, 1)
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

    def shot(ask):
        try:
            yield ask(refuses, 1)
        finally:
            closed.append(1)

    def run():
        with pytest.raises(RuntimeError, match="out of memory"):
            list(run_lockstep([shot] * 3, 3))

    in_time(run)
    assert closed == [1, 1, 1]


def test_what_cannot_be_answered_may_be_borne_by_who_asked_it():
    def shot(ask):
        try:
            yield ask(refuses, 1)
        except RuntimeError:
            yield "another way"

    assert in_time(lambda: list(run_lockstep([shot] * 3, 3))) == ["another way"] * 3


def test_closing_ends_all_whatever_they_do():
    """One looks, one asks, one has more to say than anybody reads."""
    closed = []

    def shot(name, asks):
        def body(ask):
            try:
                while True:
                    yield ask(doubled, 1) if asks else name
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
