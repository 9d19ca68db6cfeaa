"""One paint of the timeline: its parts, their order, and the pixels each may touch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap, QPolygon

from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, PANEL, RAISED, TEXT, TROUBLE
from lipflap.gui.timeline.colours import DUB_COLOUR, BoxColours
from lipflap.gui.timeline.controls.headers import TrackStates, paint_buttons
from lipflap.gui.timeline.controls.slip_badge import badge_area, paint_badge
from lipflap.gui.timeline.gestures import Band, DragLine, Gesture
from lipflap.gui.timeline.layout import PICTURE, CutLayout, describe_shot, timecode_at
from lipflap.gui.timeline.paint import (
    EDGE,
    HEADER_PX,
    RULER_PX,
    Box,
    Placed,
    boxes,
    paint_header,
    paint_kept_ranges,
    paint_name,
    paint_row,
    paint_waveform,
)
from lipflap.gui.timeline.ruler import Tick, ticks
from lipflap.gui.timeline.scale import Scale
from lipflap.gui.timeline.snapping import format_slip
from lipflap.gui.timeline.waveform import source_of
from lipflap.gui.timeline.waveform_cache import WaveformCache
from lipflap.plugin.cut.cut import DubLine

_MIN_NAME_PX = 26
_MIN_WAVEFORM_PX = 8
_MIN_THUMBNAIL_PX = 150  # of a box: its name stays readable beside the picture
_DETAIL_COLOUR = QColor(TEXT.red(), TEXT.green(), TEXT.blue(), 190)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything visible in the timeline; `placed` and `colours` have an item for each row.

    progress     of shots that are being rendered, in words
    offsets      how many seconds each slipped line plays later than in the cut
    thumbnails   pictures of shots, by name
    tracks       which sound tracks are muted, and which are heard alone
    """

    cut: CutLayout
    states: Mapping[str, str]
    progress: Mapping[str, str]
    scale: Scale
    placed: tuple[Placed, ...]
    colours: tuple[BoxColours, ...]
    width: int
    height: int
    offsets: Mapping[DubLine, Fraction]
    thumbnails: Mapping[str, QPixmap]
    tracks: TrackStates


@dataclass(frozen=True, slots=True)
class Overlay:
    """The layer over the scene: playhead, marks and mouse gesture."""

    playhead: int
    mark_in: Fraction | None
    mark_out: Fraction | None
    gesture: Gesture | None


def paint_scene(
    painter: QPainter, area: QRect, scene: Scene, overlay: Overlay, waveforms: WaveformCache
) -> None:
    """Paint what lies in an area of the screen."""
    painter.setClipRect(area)
    painter.fillRect(area, BACKGROUND)
    painter.translate(HEADER_PX, 0)
    left, right = max(0, area.left() - HEADER_PX), area.right() + 1 - HEADER_PX
    if right > left:
        painter.setClipRect(left, area.top(), right - left, area.height())
        _paint_rows(painter, area, scene, waveforms, left, right)
        painter.setClipRect(left, area.top(), right - left, area.height())
        paint_ruler(
            painter, _ticks(scene.scale, scene.cut.sheet.first_frame, scene.width), left, right
        )
        _paint_overlay(painter, scene, overlay)
    if area.left() < HEADER_PX:
        painter.setClipRect(area.translated(-HEADER_PX, 0))
        _paint_headers(painter, scene, overlay.playhead)
    painter.translate(-HEADER_PX, 0)


def paint_empty(painter: QPainter, area: QRect) -> None:
    """Paint the empty timeline."""
    painter.fillRect(area, BACKGROUND)
    painter.setPen(FAINT)
    painter.drawText(
        area, Qt.AlignmentFlag.AlignCenter, "Open a cut with Ctrl+O, or drop one here."
    )


def ghost_box(scene: Scene, drag: DragLine) -> Box:
    """Return where a line would lie if it were dropped now."""
    record, by = drag.line.record, drag.frames / scene.cut.rate
    return Box(0, scene.scale.x_of(record.start + by), scene.scale.x_of(record.end + by))


def badge_at(scene: Scene, metrics: QFontMetrics, at: QPoint) -> DubLine | None:
    """Return the slipped line whose badge lies at a point, left of which the headers lie."""
    for placed in scene.placed:
        if placed.row.kind == PICTURE or not placed.top <= at.y() < placed.bottom:
            continue
        for box in boxes(placed.row, scene.scale, 0, scene.width, _MIN_NAME_PX):
            line = placed.row.items[box.index]
            if isinstance(line, DubLine) and (offset := scene.offsets.get(line)):
                area = badge_area(metrics, placed, box, offset * scene.cut.rate, scene.width)
                if area.isValid() and area.contains(at):
                    return line
    return None


def _paint_rows(
    painter: QPainter, area: QRect, scene: Scene, waveforms: WaveformCache, left: int, right: int
) -> None:
    below_ruler = QRect(left, RULER_PX, right - left, scene.height - RULER_PX)
    painter.setClipRect(below_ruler.intersected(area.translated(-HEADER_PX, 0)))
    for number, placed in enumerate(scene.placed):
        if placed.bottom <= max(RULER_PX, area.top()) or placed.top > area.bottom():
            continue
        paint_row(painter, placed, scene.colours[number], scene.scale, left, right)
        if placed.row.kind == PICTURE:
            _paint_thumbnails(painter, placed, scene, left, right)
            filmed = scene.cut.kept[number]
            paint_kept_ranges(painter, placed, filmed, scene.scale, left, right)
        else:
            _paint_waveforms(painter, placed, scene, waveforms, left, right)
        _paint_names(painter, placed, scene, waveforms, left, right)


def shots_with_thumbnails(scene: Scene) -> list[str]:
    """Return the shots in view whose boxes are wide enough for a thumbnail."""
    return [
        placed.row.items[box.index].name
        for placed in scene.placed
        if placed.row.kind == PICTURE
        for box in boxes(placed.row, scene.scale, 0, scene.width, _MIN_THUMBNAIL_PX)
    ]


def _paint_thumbnails(
    painter: QPainter, placed: Placed, scene: Scene, left: int, right: int
) -> None:
    """Paint a picture of each shot at the right end of its box."""
    for box in boxes(placed.row, scene.scale, left, right, _MIN_THUMBNAIL_PX):
        picture = scene.thumbnails.get(placed.row.items[box.index].name)
        area = _thumbnail_area(placed, box, picture)
        if area is not None and picture is not None:
            painter.drawPixmap(area, picture)


def _thumbnail_area(placed: Placed, box: Box, picture: QPixmap | None) -> QRect | None:
    """Return where the thumbnail of a box lies, at its right end; None without room for one."""
    if picture is None or not picture.height() or box.width <= _MIN_THUMBNAIL_PX:
        return None
    room = placed.height - 10
    width = round(picture.width() * room / picture.height())
    left = box.end - 4 - width
    if left <= max(box.begin, 0) + _MIN_THUMBNAIL_PX - width:
        return None
    return QRect(left, placed.top + 6, width, room)


def _paint_names(
    painter: QPainter, placed: Placed, scene: Scene, waveforms: WaveformCache, left: int, right: int
) -> None:
    for box in boxes(placed.row, scene.scale, left, right, _MIN_NAME_PX):
        item = placed.row.items[box.index]
        if isinstance(item, DubLine):
            paint_name(painter, placed, box, item.name, waveforms.error(source_of(item)), TROUBLE)
            if offset := scene.offsets.get(item):
                frames = offset * scene.cut.rate
                area = badge_area(painter.fontMetrics(), placed, box, frames, scene.width)
                paint_badge(painter, area, frames)
        else:
            name = item.name
            detail = describe_shot(
                scene.cut.cues[name], scene.states[name], scene.progress.get(name, "")
            )
            picture = _thumbnail_area(placed, box, scene.thumbnails.get(item.name))
            room = box if picture is None else replace(box, end=picture.left())
            paint_name(painter, placed, room, item.name, detail, _DETAIL_COLOUR)


def _paint_waveforms(
    painter: QPainter, placed: Placed, scene: Scene, waveforms: WaveformCache, left: int, right: int
) -> None:
    ratio = painter.device().devicePixelRatioF()
    per_column = float(1 / (scene.scale.px_per_frame * scene.cut.rate)) / ratio
    for box in boxes(placed.row, scene.scale, left, right, _MIN_WAVEFORM_PX):
        line = placed.row.items[box.index]
        begin, end = max(box.begin, left), min(box.end - 1, right)
        if not isinstance(line, DubLine) or end <= begin:
            continue
        speed = line.playback.speed
        first = (scene.scale.record_at(begin) - line.file_start) * speed
        outline = waveforms.outline(
            source_of(line), float(first), per_column * float(speed), round((end - begin) * ratio)
        )
        if outline is not None:
            paint_waveform(painter, placed, begin, outline)


def _paint_overlay(painter: QPainter, scene: Scene, overlay: Overlay) -> None:
    scale, bottom = scene.scale, scene.height
    begin = None if overlay.mark_in is None else scale.x_of(overlay.mark_in)
    end = None if overlay.mark_out is None else scale.x_of(overlay.mark_out)
    paint_marks(painter, begin, end, bottom)
    if isinstance(overlay.gesture, DragLine) and overlay.gesture.moved:
        _paint_dragged(painter, scene, overlay.gesture)
    if isinstance(overlay.gesture, Band):
        paint_band(painter, overlay.gesture.area(scale.left_px))
    x = scale.x_of_frame(overlay.playhead)
    paint_playhead(painter, x, scale.x_of_frame(overlay.playhead + 1) - x, bottom)


def _paint_dragged(painter: QPainter, scene: Scene, drag: DragLine) -> None:
    ghost = ghost_box(scene, drag)
    for placed in scene.placed:
        if drag.line in placed.row.items:
            paint_ghost(painter, placed, ghost)
            at = QPoint(max(4, ghost.begin), max(RULER_PX + 2, placed.top - 20))
            paint_label(painter, at, format_slip(drag.frames), scene.width)


def _paint_headers(painter: QPainter, scene: Scene, playhead: int) -> None:
    painter.fillRect(-HEADER_PX, 0, HEADER_PX, scene.height, PANEL)
    for placed in scene.placed:
        paint_header(painter, placed)
        paint_buttons(painter, placed, scene.tracks)
    paint_corner(painter, timecode_at(scene.cut, playhead))


@lru_cache(maxsize=4)
def _ticks(scale: Scale, first_frame: int, width: int) -> tuple[Tick, ...]:
    """Cache the ticks: the playhead moves from paint to paint, the ruler does not."""
    return ticks(scale, first_frame, width)


PLAYHEAD = QColor("#ff5c4d")


def paint_ruler(painter: QPainter, ticks: tuple[Tick, ...], left: int, right: int) -> None:
    """Paint the timecode ruler."""
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
    """Paint the timecode of the playhead, left of the ruler."""
    corner = QRect(-HEADER_PX, 0, HEADER_PX, RULER_PX)
    painter.fillRect(corner, PANEL)
    painter.fillRect(-HEADER_PX, RULER_PX - 1, HEADER_PX, 1, EDGE)
    painter.setPen(TEXT)
    painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, timecode)


def paint_marks(painter: QPainter, begin: int | None, end: int | None, bottom: int) -> None:
    """Paint the marked range over ruler and rows, with a bracket at each mark that is set."""
    if begin is not None and end is not None:
        width = max(1, end - begin)
        painter.fillRect(begin, RULER_PX - 6, width, 5, _translucent(ACCENT, 130))
        painter.fillRect(begin, RULER_PX, width, bottom - RULER_PX, _translucent(ACCENT, 30))
    for x, foot in ((begin, 0), (None if end is None else end - 1, -5)):
        if x is not None:
            painter.fillRect(x, RULER_PX - 16, 1, bottom - RULER_PX + 16, ACCENT)
            painter.fillRect(x + foot, RULER_PX - 16, 6, 2, ACCENT)


def paint_playhead(painter: QPainter, x: int, frame_px: int, bottom: int) -> None:
    """Paint the playhead, and the cell of its frame where frames are wide enough."""
    if frame_px > 5:
        painter.fillRect(x, RULER_PX, frame_px, bottom - RULER_PX, _translucent(PLAYHEAD, 44))
    painter.fillRect(x, RULER_PX - 6, 1, bottom - RULER_PX + 6, PLAYHEAD)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLAYHEAD)
    head = [(-5, -14), (5, -14), (5, -9), (0, -4), (-5, -9)]
    painter.drawPolygon(QPolygon([QPoint(x + dx, RULER_PX + dy) for dx, dy in head]))


def paint_ghost(painter: QPainter, placed: Placed, box: Box) -> None:
    """Paint a dub line while it is dragged."""
    ghost = QRect(box.begin, placed.top + 1, max(2, box.width - 1), placed.height - 3)
    painter.fillRect(ghost, _translucent(DUB_COLOUR, 110))
    painter.setPen(QPen(ACCENT, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(ghost)


def paint_label(painter: QPainter, at: QPoint, text: str, right: int) -> None:
    """Paint text on a small plate, left of pixel `right`."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 4
    plate = QRect(min(at.x(), right - width - 2), at.y(), width, height)
    painter.fillRect(plate, ACCENT)
    painter.setPen(BACKGROUND)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def paint_band(painter: QPainter, band: QRect) -> None:
    """Paint the rubber band that selects shots."""
    painter.fillRect(band, _translucent(TEXT, 30))
    painter.setPen(TEXT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(band.adjusted(0, 0, -1, -1))


def _translucent(colour: QColor, alpha: int) -> QColor:
    veil = QColor(colour)
    veil.setAlpha(alpha)
    return veil
