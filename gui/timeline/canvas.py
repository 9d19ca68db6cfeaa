"""The cut drawn to scale: pictures, dub and production under a timecode ruler.

A scroll area that paints itself, and no QGraphicsView: five thousand items of a scene cost a
bounding box, a place in a tree and a Python call each, where here a row is two arrays and a
paint costs what its pixels cost.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar, QWidget

from lipflap.gui.timeline.colours import box_colours
from lipflap.gui.timeline.hit_test import height_of, layout_rows
from lipflap.gui.timeline.layout import CutLayout, layout_cut, timecode_at
from lipflap.gui.timeline.paint import HEADER_PX, RULER_PX
from lipflap.gui.timeline.paint_scene import Overlay, Scene, paint_nothing, paint_scene
from lipflap.gui.timeline.scale import Scale, fitted, scrolled, zoomed
from lipflap.gui.timeline.waveform_cache import WaveformCache
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange

NOTHING_OVER = Overlay(0, None, None, None)
_NOTCH = 120  # eighths of a degree to a notch of a wheel
_PAN_PX = 96  # a notch of a wheel
_CLOSER = Fraction(5, 4)  # a notch of a wheel
_MARGIN_PX = 12
_LINE_PX = 40


class TimelineCanvas(QAbstractScrollArea):
    """Shows a cut and moves about in it: scrolls, zooms, fits, follows the playhead."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cut: CutLayout | None = None
        self.stage: Scene | None = None
        self.scale = Scale(Fraction(25), Fraction(1), 0)
        self.over = NOTHING_OVER
        self.held: frozenset[str] = frozenset()
        self.line: DubLine | None = None
        self._states: dict[str, str] = {}
        self._is_fitted = True
        self.shelf = WaveformCache(self)
        self.shelf.changed.connect(self._on_sound)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setMinimumHeight(RULER_PX + 80)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.horizontalScrollBar().valueChanged.connect(self._on_scroll)
        self.verticalScrollBar().valueChanged.connect(self.restage)
        self.setAccessibleName("Cut")
        self.tell()

    def show_sheet(
        self, sheet: CueSheet, lines: Sequence[DubLine], states: Mapping[str, str]
    ) -> None:
        """Show a cut; of the same one as before, place and zoom stay as they are.

        states   by shot name; a shot that is not there is as its cue says
        """
        before = self.cut
        self.cut = layout_cut(sheet, lines, before)
        self._states = {cue.shot.name: cue.state for cue in sheet.cues} | dict(states)
        self.held &= self.cut.cues.keys()
        if self.line not in self.cut.lines:
            self.line = None
        if before is None or before.sheet.cut_path != sheet.cut_path:
            self.shelf.look_again()
            self.over, self._is_fitted = NOTHING_OVER, True
        if self._is_fitted:
            self.fit_cut()
        else:
            self._rescale(self.scale)
        self.tell()

    def look_again(self) -> None:
        """Files of sound may not be what they were."""
        self.shelf.look_again()
        self.viewport().update()

    def show_nothing(self) -> None:
        """No cut is open."""
        self.cut, self.stage, self.line = None, None, None
        self.held, self.over = frozenset(), NOTHING_OVER
        self._rescale(replace(self.scale, left_px=0))
        self.tell()

    def show_playhead(self, record: Fraction) -> None:
        """Put the playhead on the frame of a moment; the strip turns its page after it."""
        if self.cut is None:
            return
        was_in_view = self.sees(self.over.playhead)
        self.put_playhead(int(record * self.cut.rate))
        if was_in_view and not self.sees(self.over.playhead):
            self.reveal(self.over.playhead)

    def choose(self, shots: Collection[str]) -> None:
        """Show these shots as chosen, and bring one of them into view."""
        self.hold(frozenset(shots), None)
        if self.cut is None or not self.held:
            return
        records = [self.cut.cues[name].shot.record for name in self.held]
        begin, end = (self.scale.record_at(x) for x in (0, self.width_px))
        if not any(record.overlap(TimeRange(begin, end)) for record in records):
            self.reveal(int(min(record.start for record in records) * self.cut.rate))

    def fit_cut(self) -> None:
        """Show the whole cut, and keep it whole when the strip changes its size."""
        if self.cut:
            whole = TimeRange(Fraction(0), self.cut.frames / self.cut.rate)
            self._is_fitted = True
            self._rescale(fitted(self.cut.rate, whole, self.width_px - _MARGIN_PX))

    def fit_chosen(self) -> None:
        """Show all chosen shots with some air, or the whole cut when none is chosen."""
        if self.cut is None or not self.held:
            self.fit_cut()
            return
        records = [self.cut.cues[name].shot.record for name in self.held]
        begin, end = min(r.start for r in records), max(r.end for r in records)
        air = (end - begin) / 12
        wide = TimeRange(max(Fraction(0), begin - air), end + air)
        self._is_fitted = False
        self._rescale(fitted(self.cut.rate, wide, self.width_px))

    def zoom(self, notches: float, x: int | None = None) -> None:
        """Come closer by notches of a wheel; what is at pixel `x`, or the playhead, stays."""
        if self.cut is None:
            return
        if x is None:
            at = self.scale.x_of_frame(self.over.playhead)
            x = at if 0 <= at < self.width_px else self.width_px // 2
        whole = TimeRange(Fraction(0), self.cut.frames / self.cut.rate)
        farthest = fitted(self.cut.rate, whole, self.width_px - _MARGIN_PX).px_per_frame
        self._is_fitted = False
        self._rescale(zoomed(self.scale, _factor(notches), x, farthest))

    def stop(self) -> None:
        """Wait for what is read in the background; call before the strip goes away."""
        self.shelf.stop()

    @property
    def width_px(self) -> int:
        """Of what is seen of the cut."""
        return max(1, self.viewport().width() - HEADER_PX)

    def hold(self, shots: frozenset[str], line: DubLine | None) -> None:
        """Show shots and a line as chosen."""
        known = shots & self.cut.cues.keys() if self.cut else frozenset[str]()
        if (known, line) != (self.held, self.line):
            self.held, self.line = known, line
            self.restage()
            self.tell()

    def put_playhead(self, frame: int) -> None:
        """Draw the playhead on a frame of the cut, and nothing anew but where it was and is."""
        last = max(0, self.cut.frames - 1) if self.cut else 0
        frame = min(max(frame, 0), last)
        if frame == self.over.playhead:
            return
        for at in (self.over.playhead, frame):
            x, wide = self.scale.x_of_frame(at), int(self.scale.px_per_frame) + 1
            self.viewport().update(HEADER_PX + x - 6, 0, wide + 12, self.viewport().height())
        self.viewport().update(0, 0, HEADER_PX, RULER_PX)
        self.over = replace(self.over, playhead=frame)

    def reveal(self, frame: int) -> None:
        """Bring a frame into view, an eighth from the left."""
        x = self.scale.x_of_frame(frame) + self.scale.left_px
        self.horizontalScrollBar().setValue(x - self.width_px // 8)

    def restage(self) -> None:
        """Work out anew what lies where, and paint it."""
        if self.cut is not None:
            height = self.viewport().height()
            self.stage = Scene(
                self.cut,
                self._states,
                self.scale,
                layout_rows(self.cut.rows, height, self.verticalScrollBar().value()),
                tuple(
                    box_colours(row, self._states, self.held, self.line) for row in self.cut.rows
                ),
                self.width_px,
                height,
            )
        self.viewport().update()

    def tell(self) -> None:
        """Say in words what is shown, for who cannot see it."""
        if self.cut is None:
            self.setAccessibleDescription("No cut is open.")
            return
        at = timecode_at(self.cut, self.over.playhead)
        line = f", {self.line.name} taken up" if self.line else ""
        self.setAccessibleDescription(
            f"{len(self.cut.cues)} shots, {len(self.held)} chosen{line}, playhead at {at}."
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            if self.stage is None:
                paint_nothing(painter, self.viewport().rect())
                return
            for area in iter(event.region()):  # type: ignore[call-overload]
                paint_scene(painter, area, self.stage, self.over, self.shelf)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit_cut()
        else:
            self._rescale(self.scale)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Up and down comes closer and goes away; sideways, or with shift, moves along the cut."""
        turned, at = event.angleDelta(), event.position().toPoint()
        if at.x() < HEADER_PX:
            _push(self.verticalScrollBar(), turned.y() / _NOTCH * _LINE_PX)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier or turned.x():
            _push(self.horizontalScrollBar(), (turned.x() or turned.y()) / _NOTCH * _PAN_PX)
        else:
            self.zoom(turned.y() / _NOTCH, at.x() - HEADER_PX)
        event.accept()

    def _rescale(self, scale: Scale) -> None:
        """Show the cut at another scale, or again after its size or the strip's has changed."""
        frames, rows = (self.cut.frames, self.cut.rows) if self.cut else (0, ())
        wide = int(frames * scale.px_per_frame) + _MARGIN_PX
        self.scale = scale
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        for bar, needs, shows in (
            (across, wide + (self.width_px // 3 if wide > self.width_px else 0), self.width_px),
            (down, RULER_PX + height_of(rows), self.viewport().height()),
        ):
            bar.setPageStep(shows)
            bar.setSingleStep(max(1, shows // 10))
            bar.setRange(0, max(0, needs - shows))
        across.setValue(scale.left_px)
        self.scale = scrolled(scale, across.value())
        self.shelf.look_elsewhere()
        self.restage()

    def _on_scroll(self, left_px: int) -> None:
        self.scale = scrolled(self.scale, left_px)
        self.shelf.look_elsewhere()
        if self.stage is not None:
            self.stage = replace(self.stage, scale=self.scale)
        self.viewport().update()

    def _on_sound(self, path: str) -> None:
        self.viewport().update()

    def sees(self, frame: int) -> bool:
        """Whether a frame is in view, or a part of it."""
        return self.scale.x_of_frame(frame) < self.width_px and self.scale.x_of_frame(frame + 1) > 0


def _push(bar: QScrollBar, px: float) -> None:
    bar.setValue(bar.value() - round(px))


def _factor(notches: float) -> Fraction:
    """How much closer some notches of a wheel come; whole ones back and forth undo each other."""
    if notches == int(notches):
        return _CLOSER ** int(notches)
    return Fraction(float(_CLOSER) ** notches).limit_denominator(1 << 12)
