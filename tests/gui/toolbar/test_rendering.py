"""How far rendering is, in the status bar: of what was queued together, not of all before."""

from PySide6.QtGui import QAction

from lipflap.core.result import Stage
from lipflap.gui.toolbar.rendering import RenderingBar
from lipflap.plugin.job.queue import Queue
from lipflap.plugin.job.status import JobStatus, RenderState, ShotStatus


def status(**done: int) -> JobStatus:
    """Shots of 100 frames, of which so many are done."""
    shots = (
        ShotStatus(
            name,
            RenderState.RENDERED if frames == 100 else RenderState.RENDERING,
            Stage.PAINT,
            frames,
            100,
            "",
            "",
            None,
        )
        for name, frames in done.items()
    )
    return JobStatus(tuple(shots), None)


def test_what_was_rendered_before_does_not_count(qtbot):
    bar = RenderingBar(QAction("Pause"))
    qtbot.addWidget(bar)
    bar.show_status(status(A=100, B=0), Queue(("B",), finished=("A",)))
    assert bar.text == "Rendering 2 of 2"  # they were queued together, as far as one knows
    bar.show_status(status(A=100, B=100), Queue((), finished=("A", "B")))
    assert not bar.isVisibleTo(None)
    bar.show_status(status(A=100, B=100, C=0, D=0), Queue(("C", "D"), finished=("A", "B")))
    assert bar.text == "Rendering 1 of 2"
    start = bar.progress.value()
    bar.show_status(status(A=100, B=100, C=100, D=0), Queue(("D",), finished=("A", "B", "C")))
    assert bar.text == "Rendering 2 of 2"
    assert start < bar.progress.maximum() / 2 <= bar.progress.value()


def test_a_shot_that_is_rendered_again_counts(qtbot):
    bar = RenderingBar(QAction("Pause"))
    qtbot.addWidget(bar)
    bar.show_status(status(A=100, B=100), Queue((), finished=("A", "B")))
    bar.show_status(status(A=50, B=100, C=0), Queue(("A", "C"), finished=("B",)))
    assert bar.text == "Rendering 1 of 2"
    bar.show_status(status(A=100, B=100, C=0), Queue(("C",), finished=("B", "A")))
    assert bar.text == "Rendering 2 of 2"
