"""The zoom slider zooms about the playhead, from the whole cut to single frames, and follows."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionSlider
from support.cuts.laid_cut import small

from lipflap.gui.timeline.controls.zoom_slider import ZoomSlider
from lipflap.gui.timeline.scale import MAX_PX_PER_FRAME
from lipflap.gui.timeline.view import TimelineView

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def timeline(qtbot, tmp_path):
    made = TimelineView()
    made.resize(900, 330)
    made.show()
    made.show_sheet(*small(tmp_path), {})
    yield made
    made.stop()
    made.deleteLater()


@pytest.fixture
def zoom(qtbot, timeline):
    made = ZoomSlider(timeline)
    qtbot.addWidget(made)
    made.show()
    timeline.fit_cut()
    return made


def handle(slider) -> QPoint:
    """The middle of what is dragged."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    part = QStyle.SubControl.SC_SliderHandle
    kind = QStyle.ComplexControl.CC_Slider
    return slider.style().subControlRect(kind, option, part, slider).center()


def test_dragged_it_shows_single_frames_and_the_whole_cut_again(qtbot, timeline, zoom):
    whole = timeline.scale.px_per_frame
    assert zoom.slider.value() == 0
    timeline.go_to(30)
    before = timeline.scale.x_of_frame(30)
    for to_x, px in ((zoom.slider.width(), MAX_PX_PER_FRAME), (0, whole)):
        qtbot.mousePress(zoom.slider, LEFT, pos=handle(zoom.slider))
        qtbot.mouseMove(zoom.slider, QPoint(to_x, 5))
        qtbot.mouseRelease(zoom.slider, LEFT, pos=QPoint(to_x, 5))
        assert float(timeline.scale.px_per_frame) == pytest.approx(float(px), rel=1e-4)
        if to_x:  # it stays where it was, to a part of a frame
            assert abs(timeline.scale.x_of_frame(30) - before) < MAX_PX_PER_FRAME / 2


def test_keys_move_it_and_it_follows_the_other_zooms(qtbot, timeline, zoom):
    px = timeline.scale.px_per_frame
    qtbot.keyClick(zoom.slider, Qt.Key.Key_Right)
    assert timeline.scale.px_per_frame > px
    timeline.zoom(4)
    value, px = zoom.slider.value(), timeline.scale.px_per_frame
    assert value > 1
    timeline.zoom(-2)
    assert 0 < zoom.slider.value() < value
    assert timeline.scale.px_per_frame < px  # it followed, and did not push back
    timeline.fit_cut()
    assert zoom.slider.value() == 0
