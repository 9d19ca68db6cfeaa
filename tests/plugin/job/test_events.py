"""Events survive their way through a pipe; what is no event is not taken for one."""

from fractions import Fraction

import pytest

from lipflap.core.result import (
    DubResult,
    KeptFrames,
    KeptReason,
    Progress,
    ShotReport,
    ShotState,
    Stage,
)
from lipflap.core.serialize import RecordUnreadable
from lipflap.plugin.job.events import from_line, to_line

REPORT = ShotReport(
    state=ShotState.RENDERED,
    frames=90,
    repainted_frames=41,
    faces=2,
    face=1,
    seconds={"decode": 0.25},
    kept=(KeptFrames(KeptReason.COVERED, Fraction(3, 2), 7),),
)
RESULT = DubResult("Szene\n1 “ä”", "ab", "/job/media/1.mov", "cd", REPORT)


@pytest.mark.parametrize("event", [Progress("SH010", Stage.PAINT, 3, 90), RESULT])
def test_an_event_is_one_line_and_comes_back(event):
    assert "\n" not in to_line(event)
    assert from_line(to_line(event) + "\n") == event


@pytest.mark.parametrize("line", ["", "hello", "[1]", "3", "{}", '{"event": "lunch"}', "[" * 9999])
def test_chatter_is_no_event(line):
    assert from_line(line) is None


def test_an_event_with_wrong_fields_is_refused():
    line = to_line(Progress("SH010", Stage.PAINT, 3, 90)).replace("90", '"ninety"')
    with pytest.raises(RecordUnreadable, match="total must be int"):
        from_line(line)
