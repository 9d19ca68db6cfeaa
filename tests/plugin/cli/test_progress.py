"""How long it still takes, against a clock that a test winds by hand."""

import io
from dataclasses import replace

import pytest

from lipflap.core.result import DubResult, Progress, ShotReport, ShotState
from lipflap.plugin.cli import progress

RESULT = DubResult("SH010", "", "", "", ShotReport(state=ShotState.RENDERED, frames=100))


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


def played(clock, steps, frames, out):
    """Run events through `show_progress`, each at its own second."""

    def events():
        for at_s, event in steps:
            clock[0] = 1000.0 + at_s
            yield event

    return list(progress.show_progress(events(), frames, out))


def test_until_mouths_are_painted_only_the_time_to_analyse_is_estimated(clock):
    steps = [(0, Progress("SH010", "analyse", 0, 100)), (25, Progress("SH010", "analyse", 50, 100))]
    out = io.StringIO()
    played(clock, steps, {"SH010": 100, "SH020": 200}, out)
    assert out.getvalue().splitlines() == [
        "0 of 2 done, SH010 analyse 0/100",
        "0 of 2 done, SH010 analyse 50/100, about 2 min left to analyse",
    ]


def test_the_rest_takes_what_analysing_and_painting_took_so_far(clock):
    """Half a second a frame to analyse, two to paint: 15 + 60 s for 30 waiting frames, and 10 s."""
    steps = [
        (0, Progress("SH0", "analyse", 0, 10)),
        (5, Progress("SH0", "analyse", 10, 10)),
        (15, Progress("SH0", "paint", 5, 10)),
    ]
    out = Screen()
    played(clock, steps, {"SH0": 10, "SH1": 30}, out)
    assert out.getvalue().endswith("0 of 2 done, SH0 paint 5/10, about 85 s left\x1b[K")


def test_shots_that_go_together_share_the_time(clock):
    """15 s for 20 frames analysed, whoever's; 12 s for 6 painted; 14 painted frames to come."""
    steps = [
        (0, Progress("SH0", "analyse", 0, 10)),
        (6, Progress("SH1", "analyse", 4, 10)),
        (7, Progress("SH0", "analyse", 6, 10)),
        (9, Progress("SH0", "analyse", 10, 10)),
        (15, Progress("SH1", "analyse", 10, 10)),
        (20, Progress("SH0", "paint", 2, 10)),
        (27, Progress("SH1", "paint", 4, 10)),
    ]
    out = Screen()
    played(clock, steps, {"SH0": 10, "SH1": 10}, out)
    assert out.getvalue().endswith("0 of 2 done, SH0 paint 2/10 and 1 more, about 28 s left\x1b[K")


def test_a_shot_that_is_done_is_not_waited_for(clock):
    """SH0 was skipped after it was analysed: its 100 frames are never painted."""
    steps = [
        (0, Progress("SH0", "analyse", 0, 100)),
        (10, Progress("SH0", "analyse", 100, 100)),
        (10, replace(RESULT, shot="SH0")),
        (11, Progress("SH1", "analyse", 10, 10)),
        (21, Progress("SH1", "paint", 5, 10)),
    ]
    out = Screen()
    results = played(clock, steps, {"SH0": 100, "SH1": 10}, out)
    assert [result.shot for result in results] == ["SH0"]
    assert out.getvalue().endswith("1 of 2 done, SH1 paint 5/10, about 10 s left\x1b[K")


def test_a_log_file_gets_few_lines_and_a_screen_one_that_is_written_over(clock):
    steps = [(i, Progress("SH010", "analyse", i, 100)) for i in range(100)]
    log, screen = io.StringIO(), Screen()
    played(clock, steps, {"SH010": 100}, log)
    played(clock, [*steps, (100, RESULT)], {"SH010": 100}, screen)
    assert len(log.getvalue().splitlines()) == 10
    assert "\n" not in screen.getvalue()
    assert screen.getvalue().count("\r") == 101


def test_shots_that_stood_already_do_not_promise_speed(clock):
    steps = [
        (0, RESULT),
        (0, Progress("SH020", "analyse", 0, 10)),
        (10, Progress("SH020", "analyse", 5, 10)),
    ]
    out = io.StringIO()
    played(clock, steps, {"SH010": 100, "SH020": 10}, out)
    assert out.getvalue().splitlines()[-1].endswith("about 10 s left to analyse")


def test_a_shot_that_is_begun_again_is_waited_for_again(clock):
    """Its renderer fell after painting and starts over: 3 frames at 17 s / 10, 10 at 1 s."""
    steps = [
        (0, Progress("SH0", "analyse", 0, 10)),
        (10, Progress("SH0", "analyse", 10, 10)),
        (20, Progress("SH0", "paint", 10, 10)),
        (27, Progress("SH0", "analyse", 7, 10)),
    ]
    out = Screen()
    played(clock, steps, {"SH0": 10}, out)
    assert out.getvalue().endswith("0 of 1 done, SH0 analyse 7/10, about 15 s left\x1b[K")


def test_what_lies_before_the_first_frame_of_a_stage_makes_no_frame_slow(clock):
    """100 s to load, 60 s to listen; a second a frame to analyse, two to paint, 5 to come."""
    steps = [
        (100, Progress("SH0", "analyse", 1, 10)),
        (109, Progress("SH0", "analyse", 10, 10)),
        (169, Progress("SH0", "paint", 1, 10)),
        (177, Progress("SH0", "paint", 5, 10)),
    ]
    out = Screen()
    played(clock, steps, {"SH0": 10}, out)
    assert "SH0 analyse 10/10\x1b[K" in out.getvalue()
    assert "SH0 paint 1/10\x1b[K" in out.getvalue()
    assert out.getvalue().endswith("0 of 1 done, SH0 paint 5/10, about 10 s left\x1b[K")
