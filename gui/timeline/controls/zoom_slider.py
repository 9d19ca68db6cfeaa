"""The zoom slider of the timeline: from the whole cut to single frames, in equal steps of scale."""

from math import log

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from lipflap.gui.timeline.canvas import TimelineCanvas
from lipflap.gui.timeline.scale import MAX_PX_PER_FRAME

_STEPS = 200


class ZoomSlider(QWidget):
    """A slider that zooms a timeline about its playhead, and follows its other zooms."""

    def __init__(self, timeline: TimelineCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self.slider.setFixedWidth(140)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setAccessibleName("Zoom of the timeline")
        self.slider.setToolTip("Zoom; also with the wheel, + and -, Z and Shift+Z")
        self.slider.valueChanged.connect(self._zoom)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.addWidget(QLabel("Zoom", self))
        row.addWidget(self.slider)
        timeline.rescaled.connect(self._follow)

    def _follow(self) -> None:
        """Show the zoom of the timeline."""
        least, now = float(self._timeline.least_px), float(self._timeline.scale.px_per_frame)
        span = log(float(MAX_PX_PER_FRAME) / least)
        share = log(max(now, least) / least) / span if span > 0 else 0.0
        self.slider.blockSignals(True)
        self.slider.setValue(round(share * _STEPS))
        self.slider.blockSignals(False)

    def _zoom(self, value: int) -> None:
        least = float(self._timeline.least_px)
        wanted = least * (float(MAX_PX_PER_FRAME) / least) ** (value / _STEPS)
        self._timeline.zoom_to(wanted)
