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


def test_all_shots_so_far_tell_the_pace(clock):
    """30 s for 10, 30 and 4 frames: 0.68 s a frame, so 19 s for the 28 of the last shot."""
    steps = []
    for number, (frames, start_s) in enumerate([(10, 0), (30, 10)]):
        steps.append((start_s, Progress(f"SH{number}", "look", 0, frames)))
        steps.append((start_s + 10, replace(RESULT, shot=f"SH{number}")))
    steps.append((20, Progress("SH2", "look", 0, 4)))
    steps.append((30, Progress("SH2", "look", 4, 4)))
    out = io.StringIO()
    played(clock, steps, {"SH0": 10, "SH1": 30, "SH2": 4, "SH3": 28}, out)
    assert out.getvalue().splitlines()[-1] == "SH2 (3 of 4) look 4/4, about 0:19 left"


def test_time_left_is_that_of_the_stage_and_of_the_shots_to_come(clock):
    """Shot 1 takes 50 s for 100 frames; 200 frames follow, so 100 s, when it is done; half way
    through shot 2, 50 s of 100 s are left."""
    steps = [
        (0, Progress("SH010", "look", 0, 100)),
        (25, Progress("SH010", "look", 50, 100)),
        (50, RESULT),
        (50, Progress("SH020", "look", 0, 200)),
        (100, Progress("SH020", "look", 100, 200)),
    ]
    out = io.StringIO()
    results = played(clock, steps, {"SH010": 100, "SH020": 200}, out)
    assert results == [RESULT]
    lines = out.getvalue().splitlines()
    assert lines[1] == "SH010 (1 of 2) look 50/100, about 2:05 left"
    assert lines[-1] == "SH020 (2 of 2) look 100/200, about 0:50 left"


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
    assert out.getvalue().splitlines()[-1].endswith("about 0:10 left")
