"""A child process of ours: its environment, its end, and the reason in its log."""

import io
import os

import pytest

from lipflap.core.result import Progress, Stage
from lipflap.plugin.job.events import to_line
from lipflap.plugin.render.child import child_environment, format_exit, last_log_line


def test_the_child_does_not_get_what_opencv_leaves_behind():
    given = {
        "PATH": "/bin",
        "QT_QPA_FONTDIR": "/site/cv2/qt/fonts",
        "LD_LIBRARY_PATH": os.pathsep.join(["/site/cv2/../../lib64", "/opt/cuda/lib64", ""]),
    }
    assert child_environment(given) == {
        "PATH": "/bin",
        "LD_LIBRARY_PATH": "/opt/cuda/lib64",
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    assert child_environment({"OMP_WAIT_POLICY": "ACTIVE"}) == {"OMP_WAIT_POLICY": "ACTIVE"}


EVENT = to_line(Progress("SH010", Stage.PAINT, 1, 2))


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("", ""),
        ("\n \n", ""),
        ("a library warns\nlipflap: plate.mov: is upside down.\n\n", "plate.mov: is upside down."),
        (f"no such model\n{EVENT}\n", "no such model"),
        (f"{EVENT}\n", ""),
        ("x" * 10_000 + "\nlast, without a line break", "last, without a line break"),
    ],
)
def test_the_last_line_of_a_log_that_is_no_event_is_the_reason(log, reason):
    assert last_log_line(io.BytesIO(log.encode())) == reason


def test_how_a_process_ended_is_said_in_words():
    assert format_exit(3) == "with exit code 3"
    assert format_exit(-9) == "by signal: Killed"
