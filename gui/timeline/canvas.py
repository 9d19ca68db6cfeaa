"""The timeline as it is drawn: pictures, dub and production sound under a timecode ruler.

A scroll area that paints itself, not a QGraphicsView: five thousand scene items cost a bounding
box, a place in a tree and a Python call each; here a row is two arrays, and the cost of a paint
is that of its pixels.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import log

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar, QWidget

from lipflap.gui.timeline.colours import box_colours
from lipflap.gui.timeline.controls.headers import TrackStates
from lipflap.gui.timeline.hit_test import layout_rows, total_height
from lipflap.gui.timeline.layout import CutLayout, layout_cut, timecode_at
from lipflap.gui.timeline.paint import HEADER_PX, RULER_PX
from lipflap.gui.timeline.paint_scene import (
    Overlay,
    Scene,
    paint_empty,
    paint_scene,
    shots_with_thumbnails,
)
from lipflap.gui.timeline.scale import Scale, fit, scroll, zoom
from lipflap.gui.timeline.waveform_cache import WaveformCache
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange

NO_OVERLAY = Overlay(0, None, None, None)
_NOTCH_EIGHTHS_DEG = 120  # of a wheel
_PAN_PX = 96  # a notch of a wheel
_ZOOM_STEP = Fraction(5, 4)  # a notch of a wheel
_MARGIN_PX = 12
_LINE_PX = 40
_MAX_THUMBNAILS, _REQUEST_DELAY_MS = 600, 120


class TimelineCanvas(QAbstractScrollArea):
    """A cut drawn to scale, which scrolls, zooms, fits and follows the playhead.

    rescaled               its zoom, or the cut's length, has changed
    thumbnails_requested   names of shots in view that have no thumbnail yet
    """

    rescaled = Signal()
    thumbnails_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cut: CutLayout | None = None
        self._laid: CutLayout | None = None
        self.scene: Scene | None = None
        self.scale = Scale(Fraction(25), Fraction(1), 0)
        self.overlay = NO_OVERLAY
        self.selected: frozenset[str] = frozenset()
        self.selected_line: DubLine | None = None
        self.offsets: dict[DubLine, Fraction] = {}
        self._states: dict[str, str] = {}
        self._progress: dict[str, str] = {}
        self._is_fitted = True
        self.tracks = TrackStates()
        self._thumbnails: OrderedDict[str, QPixmap] = OrderedDict()
        self._request_timer = QTimer(self, singleShot=True, interval=_REQUEST_DELAY_MS)
        self._request_timer.timeout.connect(self._request_thumbnails)
        self.waveforms = WaveformCache(self)
        self.waveforms.changed.connect(self._on_waveform)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setMinimumHeight(RULER_PX + 80)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.horizontalScrollBar().valueChanged.connect(self._on_scroll)
        self.verticalScrollBar().valueChanged.connect(self.rebuild_scene)
        self.setAccessibleName("Cut")
        self.update_accessible_text()

    def show_sheet(
        self,
        sheet: CueSheet,
        lines: Sequence[DubLine],
        states: Mapping[str, str],
        offsets: Mapping[DubLine, Fraction] | None = None,
        progress: Mapping[str, str] | None = None,
    ) -> None:
        """Show a cut; when it is the same as before, keep the zoom and the scroll position.

        states    by shot name; a shot that is missing there has the state of its cue
        progress  of shots that are being rendered, in words
        offsets   how many seconds each slipped line plays later than in the cut
        """
        before, self._laid, laid = self.cut, None, self._laid
        self.cut = layout_cut(sheet, lines, laid or before)
        self._progress = dict(progress or {})
        self._states = {cue.shot.name: cue.state for cue in sheet.cues} | dict(states)
        self.selected &= self.cut.cues.keys()
        self.offsets = dict(offsets or {})
        self.selected_line = _find_again(self.selected_line, self.cut.lines)
        if before is None or before.sheet.cut_path != sheet.cut_path:
            self.waveforms.reload()
            self.overlay, self._is_fitted = NO_OVERLAY, True
        if self._is_fitted:
            self.fit_cut()
        else:
            self._rescale(self.scale)
        self.update_accessible_text()

    def use_layout(self, laid: CutLayout) -> None:
        """Reuse what was laid out elsewhere when a sheet is shown next."""
        self._laid = laid

    def show_thumbnail(self, shot: str, picture: QPixmap) -> None:
        """Show a picture of a shot on its box."""
        self._thumbnails[shot] = picture
        while len(self._thumbnails) > _MAX_THUMBNAILS:
            self._thumbnails.popitem(last=False)
        self.viewport().update()

    def clear_thumbnails(self) -> None:
        """Drop all thumbnails: another cut was opened."""
        self._thumbnails.clear()

    def show_tracks(self, tracks: TrackStates) -> None:
        """Show which sound tracks are muted, and which are heard alone."""
        self.tracks = tracks
        self.rebuild_scene()

    @property
    def least_px(self) -> Fraction:
        """Pixels a frame at which the whole cut fits."""
        if self.cut is None:
            return Fraction(1)
        whole = TimeRange(Fraction(0), self.cut.frames / self.cut.rate)
        return fit(self.cut.rate, whole, self.width_px - _MARGIN_PX).px_per_frame

    def zoom_to(self, px_per_frame: float) -> None:
        """Show the cut at this scale; the playhead stays in place."""
        self.zoom(log(px_per_frame / float(self.scale.px_per_frame)) / log(_ZOOM_STEP))

    def reload_waveforms(self) -> None:
        """Read the sound files again: they may have changed."""
        self.waveforms.reload()
        self.viewport().update()

    def show_nothing(self) -> None:
        """Show that no cut is open."""
        self.cut, self.scene, self.selected_line = None, None, None
        self.selected, self.overlay = frozenset(), NO_OVERLAY
        self._rescale(replace(self.scale, left_px=0))
        self.update_accessible_text()

    def show_playhead(self, record: Fraction) -> None:
        """Put the playhead on the frame of a moment; scroll when it leaves the view."""
        if self.cut is None:
            return
        was_in_view = self.is_in_view(self.overlay.playhead)
        self.move_playhead(int(record * self.cut.rate))
        is_held = self.overlay.gesture is not None
        if was_in_view and not is_held and not self.is_in_view(self.overlay.playhead):
            self.reveal(self.overlay.playhead)

    def select(self, shots: Collection[str]) -> None:
        """Show these shots as selected, and scroll to the first unless one is in view."""
        chosen = frozenset(shots)
        self.set_selection(chosen, self.selected_line if chosen == self.selected else None)
        if self.cut is None or not self.selected or self.overlay.gesture is not None:
            return
        records = [self.cut.cues[name].shot.record for name in self.selected]
        begin, end = (self.scale.record_at(x) for x in (0, self.width_px))
        if not any(record.overlap(TimeRange(begin, end)) for record in records):
            self.reveal(int(min(record.start for record in records) * self.cut.rate))

    def fit_cut(self) -> None:
        """Show the whole cut, also after the timeline is resized."""
        if self.cut:
            whole = TimeRange(Fraction(0), self.cut.frames / self.cut.rate)
            self._is_fitted = True
            self._rescale(fit(self.cut.rate, whole, self.width_px - _MARGIN_PX))

    def fit_selection(self) -> None:
        """Show all selected shots with some margin, or the whole cut when none is selected."""
        if self.cut is None or not self.selected:
            self.fit_cut()
            return
        records = [self.cut.cues[name].shot.record for name in self.selected]
        begin, end = min(r.start for r in records), max(r.end for r in records)
        air = (end - begin) / 12
        wide = TimeRange(max(Fraction(0), begin - air), end + air)
        self._is_fitted = False
        self._rescale(fit(self.cut.rate, wide, self.width_px))

    def zoom(self, notches: float, x: int | None = None) -> None:
        """Zoom in by notches of a wheel; what is at pixel `x`, or the playhead, stays in place."""
        if self.cut is None:
            return
        if x is None:
            at = self.scale.x_of_frame(self.overlay.playhead)
            x = at if 0 <= at < self.width_px else self.width_px // 2
        self._is_fitted = False
        self._rescale(zoom(self.scale, _zoom_factor(notches), x, self.least_px))

    def stop(self) -> None:
        """Stop reading sound in the background; call before the timeline is deleted."""
        self.waveforms.stop()

    @property
    def width_px(self) -> int:
        """Width of the visible part of the cut."""
        return max(1, self.viewport().width() - HEADER_PX)

    def set_selection(self, shots: frozenset[str], line: DubLine | None) -> None:
        """Show shots and a dub line as selected."""
        known = shots & self.cut.cues.keys() if self.cut else frozenset[str]()
        if (known, line) != (self.selected, self.selected_line):
            self.selected, self.selected_line = known, line
            self.rebuild_scene()
            self.update_accessible_text()

    def move_playhead(self, frame: int) -> None:
        """Put the playhead on a frame of the cut; repaint only where it was and is."""
        last = max(0, self.cut.frames - 1) if self.cut else 0
        frame = min(max(frame, 0), last)
        if frame == self.overlay.playhead:
            return
        for at in (self.overlay.playhead, frame):
            x, wide = self.scale.x_of_frame(at), int(self.scale.px_per_frame) + 1
            self.viewport().update(HEADER_PX + x - 6, 0, wide + 12, self.viewport().height())
        self.viewport().update(0, 0, HEADER_PX, RULER_PX)
        self.overlay = replace(self.overlay, playhead=frame)

    def reveal(self, frame: int) -> None:
        """Scroll so that a frame lies an eighth from the left."""
        x = self.scale.x_of_frame(frame) + self.scale.left_px
        self.horizontalScrollBar().setValue(x - self.width_px // 8)

    def rebuild_scene(self) -> None:
        """Compute what lies where, and repaint it."""
        if self.cut is not None:
            height = self.viewport().height()
            self.scene = Scene(
                self.cut,
                self._states,
                self._progress,
                self.scale,
                layout_rows(self.cut.rows, height, self.verticalScrollBar().value()),
                tuple(
                    box_colours(row, self._states, self.selected, self.selected_line)
                    for row in self.cut.rows
                ),
                self.width_px,
                height,
                self.offsets,
                self._thumbnails,
                self.tracks,
            )
            self._request_timer.start()
        self.viewport().update()

    def update_accessible_text(self) -> None:
        """Describe what is shown, for screen readers."""
        if self.cut is None:
            self.setAccessibleDescription("No cut is open.")
            return
        at = timecode_at(self.cut, self.overlay.playhead)
        line = f", line {self.selected_line.name} selected" if self.selected_line else ""
        self.setAccessibleDescription(
            f"{len(self.cut.cues)} shots, {len(self.selected)} selected{line}, playhead at {at}."
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            if self.scene is None:
                paint_empty(painter, self.viewport().rect())
                return
            for area in iter(event.region()):  # type: ignore[call-overload]
                paint_scene(painter, area, self.scene, self.overlay, self.waveforms)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit_cut()
        else:
            self._rescale(self.scale)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with a vertical wheel; scroll with a horizontal one, or with Shift."""
        delta, at = event.angleDelta(), event.position().toPoint()
        if at.x() < HEADER_PX:
            _scroll(self.verticalScrollBar(), delta.y() / _NOTCH_EIGHTHS_DEG * _LINE_PX)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier or delta.x():
            _scroll(
                self.horizontalScrollBar(), (delta.x() or delta.y()) / _NOTCH_EIGHTHS_DEG * _PAN_PX
            )
        else:
            self.zoom(delta.y() / _NOTCH_EIGHTHS_DEG, at.x() - HEADER_PX)
        event.accept()

    def _rescale(self, scale: Scale) -> None:
        """Show the cut at another scale, or after its size or the widget's has changed."""
        frames, rows = (self.cut.frames, self.cut.rows) if self.cut else (0, ())
        wide = int(frames * scale.px_per_frame) + _MARGIN_PX
        self.scale = scale
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        for bar, needs, shows in (
            (across, wide + (self.width_px // 3 if wide > self.width_px else 0), self.width_px),
            (down, RULER_PX + total_height(rows), self.viewport().height()),
        ):
            bar.setPageStep(shows)
            bar.setSingleStep(max(1, shows // 10))
            bar.setRange(0, max(0, needs - shows))
        across.setValue(scale.left_px)
        self.scale = scroll(scale, across.value())
        self.waveforms.drop_requests()
        self.rebuild_scene()
        self.rescaled.emit()

    def _request_thumbnails(self) -> None:
        """Request the thumbnails of boxes in view that are wide enough for one."""
        if self.scene is not None:
            wanted = shots_with_thumbnails(self.scene)
            if missing := [shot for shot in wanted if shot not in self._thumbnails]:
                self.thumbnails_requested.emit(missing)

    def _on_scroll(self, left_px: int) -> None:
        self.scale = scroll(self.scale, left_px)
        self.waveforms.drop_requests()
        if self.scene is not None:
            self.scene = replace(self.scene, scale=self.scale)
            self._request_timer.start()
        self.viewport().update()

    def _on_waveform(self) -> None:
        self.viewport().update()

    def is_in_view(self, frame: int) -> bool:
        """Return whether a frame is in view, at least in part."""
        return self.scale.x_of_frame(frame) < self.width_px and self.scale.x_of_frame(frame + 1) > 0


def _find_again(line: DubLine | None, lines: Sequence[DubLine]) -> DubLine | None:
    """Return the line, or the same line where it was slipped to; None when it is gone."""
    if line is None or line in lines:
        return line
    same = [other for other in lines if _sound_of(other) == _sound_of(line)]
    return min(same, key=lambda other: abs(other.record.start - line.record.start), default=None)


def _sound_of(line: DubLine) -> tuple[str, str, str, Fraction, Fraction]:
    """Return all that stays when a line is slipped."""
    return line.name, line.track, line.path, line.sound_start, line.record.seconds


def _scroll(bar: QScrollBar, px: float) -> None:
    bar.setValue(bar.value() - round(px))


def _zoom_factor(notches: float) -> Fraction:
    """Return the zoom of some notches of a wheel; whole ones back and forth cancel out."""
    if notches == int(notches):
        return _ZOOM_STEP ** int(notches)
    return Fraction(float(_ZOOM_STEP) ** notches).limit_denominator(1 << 12)
