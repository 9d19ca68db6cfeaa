"""All of a strip in one paint: which parts are drawn, in which order, within which pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygon

from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, PANEL, RAISED, TEXT, TROUBLE
from lipflap.gui.timeline.colours import DUB_COLOUR, BoxColours
from lipflap.gui.timeline.gestures import Band, DragLine, Gesture
from lipflap.gui.timeline.layout import PICTURE, CutLayout, timecode_at, words_beside
from lipflap.gui.timeline.paint import (
    EDGE,
    HEADER_PX,
    RULER_PX,
    Box,
    Placed,
    boxes,
    paint_as_filmed,
    paint_header,
    paint_name,
    paint_row,
    paint_wave,
)
from lipflap.gui.timeline.ruler import Tick, ticks
from lipflap.gui.timeline.scale import Scale
from lipflap.gui.timeline.snapping import format_slip
from lipflap.gui.timeline.waveform_cache import WaveformCache
from lipflap.plugin.cut.cut import DubLine

_NAME_FROM_PX = 26
_WAVE_FROM_PX = 8
_BESIDE = QColor(TEXT.red(), TEXT.green(), TEXT.blue(), 190)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is on the screen: `placed` and `dresses` are one a row of the cut."""

    cut: CutLayout
    states: Mapping[str, str]
    scale: Scale
    placed: tuple[Placed, ...]
    dresses: tuple[BoxColours, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Overlay:
    """What lies over it: a frame, two moments, and what the mouse does."""

    playhead: int
    mark_in: Fraction | None
    mark_out: Fraction | None
    gesture: Gesture | None


def paint_scene(
    painter: QPainter, area: QRect, stage: Scene, over: Overlay, shelf: WaveformCache
) -> None:
    """Paint what lies in an area of the screen."""
    painter.setClipRect(area)
    painter.fillRect(area, BACKGROUND)
    painter.translate(HEADER_PX, 0)
    left, right = max(0, area.left() - HEADER_PX), area.right() + 1 - HEADER_PX
    if right > left:
        painter.setClipRect(left, area.top(), right - left, area.height())
        _paint_rows(painter, area, stage, shelf, left, right)
        painter.setClipRect(left, area.top(), right - left, area.height())
        paint_ruler(
            painter, _ticks(stage.scale, stage.cut.sheet.first_frame, stage.width), left, right
        )
        _paint_overlay(painter, stage, over)
    if area.left() < HEADER_PX:
        painter.setClipRect(area.translated(-HEADER_PX, 0))
        _paint_headers(painter, stage, over.playhead)
    painter.translate(-HEADER_PX, 0)


def paint_nothing(painter: QPainter, area: QRect) -> None:
    """Where a cut will be."""
    painter.fillRect(area, BACKGROUND)
    painter.setPen(FAINT)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "Open a cut, or drop one here.")


def ghost_of(stage: Scene, carry: DragLine) -> Box:
    """Where a line would lie if it were let go now."""
    record, by = carry.line.record, carry.frames / stage.cut.rate
    return Box(0, stage.scale.x_of(record.start + by), stage.scale.x_of(record.end + by))


def _paint_rows(
    painter: QPainter, area: QRect, stage: Scene, shelf: WaveformCache, left: int, right: int
) -> None:
    below_ruler = QRect(left, RULER_PX, right - left, stage.height - RULER_PX)
    painter.setClipRect(below_ruler.intersected(area.translated(-HEADER_PX, 0)))
    for number, placed in enumerate(stage.placed):
        if placed.bottom <= max(RULER_PX, area.top()) or placed.top > area.bottom():
            continue
        paint_row(painter, placed, stage.dresses[number], stage.scale, left, right)
        if placed.row.kind == PICTURE:
            filmed = stage.cut.as_filmed[number]
            paint_as_filmed(painter, placed, filmed, stage.scale, left, right)
        else:
            _paint_waves(painter, placed, stage, shelf, left, right)
        _paint_names(painter, placed, stage, shelf, left, right)


def _paint_names(
    painter: QPainter, placed: Placed, stage: Scene, shelf: WaveformCache, left: int, right: int
) -> None:
    for box in boxes(placed.row, stage.scale, left, right, _NAME_FROM_PX):
        item = placed.row.items[box.index]
        if isinstance(item, DubLine):
            paint_name(painter, placed, box, item.name, shelf.trouble(item.path), TROUBLE)
        else:
            beside = words_beside(stage.cut.cues[item.name], stage.states[item.name])
            paint_name(painter, placed, box, item.name, beside, _BESIDE)


def _paint_waves(
    painter: QPainter, placed: Placed, stage: Scene, shelf: WaveformCache, left: int, right: int
) -> None:
    ratio = painter.device().devicePixelRatioF()
    per_column = float(1 / (stage.scale.px_per_frame * stage.cut.rate)) / ratio
    for box in boxes(placed.row, stage.scale, left, right, _WAVE_FROM_PX):
        line = placed.row.items[box.index]
        begin, end = max(box.begin, left), min(box.end - 1, right)
        if not isinstance(line, DubLine) or end <= begin:
            continue
        first = stage.scale.record_at(begin) - line.record.start + line.sound_start
        found = shelf.outline(line.path, float(first), per_column, round((end - begin) * ratio))
        if found is not None:
            paint_wave(painter, placed, begin, found)


def _paint_overlay(painter: QPainter, stage: Scene, over: Overlay) -> None:
    scale, bottom = stage.scale, stage.height
    begin = None if over.mark_in is None else scale.x_of(over.mark_in)
    end = None if over.mark_out is None else scale.x_of(over.mark_out)
    paint_marks(painter, begin, end, bottom)
    if isinstance(over.gesture, DragLine) and over.gesture.moved:
        _paint_carried(painter, stage, over.gesture)
    if isinstance(over.gesture, Band):
        paint_band(painter, over.gesture.area(scale.left_px))
    x = scale.x_of_frame(over.playhead)
    paint_playhead(painter, x, scale.x_of_frame(over.playhead + 1) - x, bottom)


def _paint_carried(painter: QPainter, stage: Scene, carry: DragLine) -> None:
    ghost = ghost_of(stage, carry)
    for placed in stage.placed:
        if carry.line in placed.row.items:
            paint_ghost(painter, placed, ghost)
            at = QPoint(max(4, ghost.begin), max(RULER_PX + 2, placed.top - 20))
            paint_sign(painter, at, format_slip(carry.frames), stage.width)


def _paint_headers(painter: QPainter, stage: Scene, playhead: int) -> None:
    painter.fillRect(-HEADER_PX, 0, HEADER_PX, stage.height, PANEL)
    for placed in stage.placed:
        paint_header(painter, placed)
    paint_corner(painter, timecode_at(stage.cut, playhead))


@lru_cache(maxsize=4)
def _ticks(scale: Scale, first_frame: int, width: int) -> tuple[Tick, ...]:
    """Of the paints of one view: the playhead moves and the ruler does not."""
    return ticks(scale, first_frame, width)


PLAYHEAD = QColor("#ff5c4d")


def paint_ruler(painter: QPainter, ticks: tuple[Tick, ...], left: int, right: int) -> None:
    """The timecode ruler."""
    painter.fillRect(left, 0, right - left, RULER_PX, PANEL)
    metrics = painter.fontMetrics()
    for tick in ticks:
        high = 9 if tick.label else 4
        painter.fillRect(
            tick.x, RULER_PX - high, 1, high, QColor(FAINT if tick.label else RAISED).lighter(110)
        )
        if tick.label:
            painter.setPen(FAINT.lighter(120))
            painter.drawText(tick.x + 4, 2 + metrics.ascent(), tick.label)
    painter.fillRect(left, RULER_PX - 1, right - left, 1, EDGE)


def paint_corner(painter: QPainter, timecode: str) -> None:
    """Where the playhead is, left of the ruler."""
    corner = QRect(-HEADER_PX, 0, HEADER_PX, RULER_PX)
    painter.fillRect(corner, PANEL)
    painter.fillRect(-HEADER_PX, RULER_PX - 1, HEADER_PX, 1, EDGE)
    painter.setPen(TEXT)
    painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, timecode)


def paint_marks(painter: QPainter, begin: int | None, end: int | None, bottom: int) -> None:
    """The marked range over ruler and rows, with a bracket at each mark that is set."""
    if begin is not None and end is not None:
        width = max(1, end - begin)
        painter.fillRect(begin, RULER_PX - 6, width, 5, _veil(ACCENT, 130))
        painter.fillRect(begin, RULER_PX, width, bottom - RULER_PX, _veil(ACCENT, 30))
    for x, foot in ((begin, 0), (None if end is None else end - 1, -5)):
        if x is not None:
            painter.fillRect(x, RULER_PX - 16, 1, bottom - RULER_PX + 16, ACCENT)
            painter.fillRect(x + foot, RULER_PX - 16, 6, 2, ACCENT)


def paint_playhead(painter: QPainter, x: int, frame_px: int, bottom: int) -> None:
    """The playhead, and the cell of its frame where frames are told apart."""
    if frame_px > 5:
        painter.fillRect(x, RULER_PX, frame_px, bottom - RULER_PX, _veil(PLAYHEAD, 44))
    painter.fillRect(x, RULER_PX - 6, 1, bottom - RULER_PX + 6, PLAYHEAD)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLAYHEAD)
    head = [(-5, -14), (5, -14), (5, -9), (0, -4), (-5, -9)]
    painter.drawPolygon(QPolygon([QPoint(x + dx, RULER_PX + dy) for dx, dy in head]))


def paint_ghost(painter: QPainter, placed: Placed, box: Box) -> None:
    """A dub line on its way."""
    ghost = QRect(box.begin, placed.top + 1, max(2, box.width - 1), placed.height - 3)
    painter.fillRect(ghost, _veil(DUB_COLOUR, 110))
    painter.setPen(QPen(ACCENT, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(ghost)


def paint_sign(painter: QPainter, at: QPoint, words: str, right: int) -> None:
    """Words on a small plate, kept left of pixel `right`."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(words) + 12, metrics.height() + 4
    plate = QRect(min(at.x(), right - width - 2), at.y(), width, height)
    painter.fillRect(plate, ACCENT)
    painter.setPen(BACKGROUND)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def paint_band(painter: QPainter, band: QRect) -> None:
    """The rubber band that chooses shots."""
    painter.fillRect(band, _veil(TEXT, 30))
    painter.setPen(TEXT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(band.adjusted(0, 0, -1, -1))


def _veil(colour: QColor, alpha: int) -> QColor:
    veil = QColor(colour)
    veil.setAlpha(alpha)
    return veil
