"""How long it still takes, against a clock that a test winds by hand."""

import io
from dataclasses import replace

import pytest

from lipflap.core.order import RENDERED, DubResult, Progress, ShotReport
from lipflap.plugin import progress

RESULT = DubResult("SH010", "", "", "", ShotReport(RENDERED, "", 100, 1, 1, 0, 1, {}))


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


def played(clock, steps, frames, out):
    """Run events through `shown`, each at its own second."""

    def events():
        for at_s, event in steps:
            clock[0] = 1000.0 + at_s
            yield event

    return list(progress.shown(events(), frames, out))


def test_the_first_shot_can_only_tell_of_its_stage(clock):
    steps = [(0, Progress("SH010", "look", 0, 100)), (25, Progress("SH010", "look", 50, 100))]
    out = io.StringIO()
    played(clock, steps, {"SH010": 100, "SH020": 200}, out)
    assert out.getvalue().splitlines() == [
        "SH010 (1 of 2) look 0/100",
        "SH010 (1 of 2) look 50/100, about 0:25 left of this stage",
    ]


def test_shots_worked_through_tell_the_pace_of_the_rest(clock):
    """20 s for 10 and 30 frames: half a second a frame, so 50 s for 20 and 80 frames; 4 s into
    the shot of 20 frames 46 s are left, whatever a quick stage promises."""
    steps = []
    for number, (frames, start_s) in enumerate([(10, 0), (30, 10)]):
        steps.append((start_s, Progress(f"SH{number}", "look", 0, frames)))
        steps.append((start_s + 10, replace(RESULT, shot=f"SH{number}")))
    steps += [(20, Progress("SH2", "look", 0, 20)), (24, Progress("SH2", "look", 18, 20))]
    out = Screen()
    results = played(clock, steps, {"SH0": 10, "SH1": 30, "SH2": 20, "SH3": 80}, out)
    assert len(results) == 2
    assert out.getvalue().endswith("SH2 (3 of 4) look 18/20, about 0:46 left\x1b[K")


def test_a_stage_slower_than_the_pace_tells_the_time_itself(clock):
    steps = [
        (0, Progress("SH0", "look", 0, 10)),
        (1, replace(RESULT, shot="SH0")),
        (1, Progress("SH1", "paint", 0, 10)),
        (21, Progress("SH1", "paint", 5, 10)),
    ]
    out = io.StringIO()
    played(clock, steps, {"SH0": 10, "SH1": 10}, out)
    assert out.getvalue().splitlines()[-1].endswith("about 0:20 left")


def test_a_log_file_gets_few_lines_and_a_screen_one_that_is_written_over(clock):
    steps = [(i, Progress("SH010", "look", i, 100)) for i in range(100)]
    log, screen = io.StringIO(), Screen()
    played(clock, steps, {"SH010": 100}, log)
    played(clock, [*steps, (100, RESULT)], {"SH010": 100}, screen)
    assert len(log.getvalue().splitlines()) == 10
    assert "\n" not in screen.getvalue()
    assert screen.getvalue().count("\r") == 101


def test_shots_that_stood_already_do_not_promise_speed(clock):
    steps = [
        (0, RESULT),
        (0, Progress("SH020", "look", 0, 10)),
        (10, Progress("SH020", "look", 5, 10)),
    ]
    out = io.StringIO()
    played(clock, steps, {"SH010": 100, "SH020": 10}, out)
    assert out.getvalue().splitlines()[-1].endswith("about 0:10 left of this stage")
