"""The headers of sound tracks: their names, and what mutes a track or lets it be heard alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter

from lipflap.core.order import Role
from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, LINE, RAISED, TROUBLE
from lipflap.gui.timeline.layout import PICTURE
from lipflap.gui.timeline.paint import HEADER_PX, Placed

MUTE, SOLO = "M", "S"
_SIDE_PX, _GAP_PX = 16, 3

Track = tuple[Role, str]  # its role and its name


@dataclass(frozen=True, slots=True)
class TrackStates:
    """The tracks that are muted, and those that are heard alone."""

    muted: frozenset[Track] = frozenset()
    soloed: frozenset[Track] = frozenset()

    def toggled(self, track: Track, key: str) -> "TrackStates":
        """Return the states after a click on a track's M or S."""
        one = frozenset([track])
        if key == MUTE:
            return TrackStates(self.muted ^ one, self.soloed)
        return TrackStates(self.muted, self.soloed ^ one)


def track_of(placed: Placed) -> Track | None:
    """Return the sound track of a row; None for pictures and for further lanes of a track."""
    row = placed.row
    return None if row.kind == PICTURE or not row.track else (Role(row.kind), row.track)


def button_areas(placed: Placed) -> dict[str, QRect]:
    """Return where M and S of a row lie, left of pixel 0."""
    if track_of(placed) is None:
        return {}
    top = placed.top + (placed.height - _SIDE_PX) // 2
    right = -_GAP_PX - 2
    areas = {}
    for key in (SOLO, MUTE):
        areas[key] = QRect(right - _SIDE_PX, top, _SIDE_PX, _SIDE_PX)
        right -= _SIDE_PX + _GAP_PX
    return areas


def button_at(rows: Sequence[Placed], at: QPoint) -> tuple[Track, str] | None:
    """Return the track and the key of the button at a point of the viewport."""
    point = at - QPoint(HEADER_PX, 0)
    for placed in rows:
        track = track_of(placed)
        for key, area in button_areas(placed).items():
            if track is not None and area.adjusted(-1, -3, 1, 3).contains(point):
                return track, key
    return None


def paint_buttons(painter: QPainter, placed: Placed, states: TrackStates) -> None:
    """Paint M and S of a row."""
    track = track_of(placed)
    for key, area in button_areas(placed).items():
        is_on = track in (states.muted if key == MUTE else states.soloed)
        on_colour = TROUBLE if key == MUTE else ACCENT
        painter.fillRect(area, on_colour if is_on else RAISED)
        painter.setPen(LINE)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.setPen(BACKGROUND if is_on else FAINT)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, key)
