"""What is written and drawn over the pictures that are compared."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from lipflap.core.analysis.face_report import FaceReport
from lipflap.core.order import Role
from lipflap.core.timecode import format_timecode
from lipflap.gui.compare.comparison import Comparison
from lipflap.gui.theme import ACCENT, FAINT, PANEL


@dataclass(frozen=True, slots=True)
class Heard:
    """What plays with the pictures.

    role    the sound that is chosen
    exists  the shot has such a sound
    ready   and it has been read
    silent  there is no sound device
    speed   of the shot; 0 while it stands
    """

    role: Role
    exists: bool
    ready: bool
    silent: bool
    speed: int


def draw_faces(painter: QPainter, box: QRectF, looked: FaceReport, frame: int) -> None:
    """Boxes about the faces of a picture that lies in `box`; the matte of the dubbed one."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for number in range(len(looked.faces)):
        face = looked.box_at(number, frame)
        if face is None:
            continue
        dubbed = number == looked.suggested
        painter.setPen(QPen(ACCENT if dubbed else FAINT, 2 if dubbed else 1))
        left, top = box.left() + face.left * box.width(), box.top() + face.top * box.height()
        size = face.width * box.width(), face.height * box.height()
        painter.drawRect(QRectF(left, top, *size))
        painter.drawText(QPointF(left + 4, top + painter.fontMetrics().ascent() + 2), str(number))
    if looked.suggested is not None:
        _draw_matte(painter, box, looked, frame, looked.suggested)
    painter.restore()


def _draw_matte(painter: QPainter, box: QRectF, looked: FaceReport, frame: int, face: int) -> None:
    matte = looked.matte_at(face, frame)
    if matte is None:
        return
    line = QPen(ACCENT, 2, Qt.PenStyle.DashLine)
    line.setCosmetic(True)
    painter.setPen(line)
    painter.translate(box.topLeft())
    painter.scale(box.width() / looked.width, box.height() / looked.height)
    painter.translate(matte.x_px, matte.y_px)
    painter.rotate(matte.turn_deg)
    painter.drawEllipse(QPointF(0, 0), matte.across_px, matte.down_px)


def caption(shot: Comparison, frame: int, heard: Heard) -> str:
    """Shot, timecode of the media, frame, and what is heard."""
    code = format_timecode(shot.start_frame + frame, shot.rate)
    parts = [shot.shot, code, f"frame {frame + 1} of {shot.count}", _sounding(heard)]
    parts += [f"{heard.speed}x"] if heard.speed not in (0, 1) else []
    return "    ".join(parts)


def draw_line(painter: QPainter, band: QRect, text: str, colour: QColor) -> None:
    """Words in a band of their own, shortened to fit."""
    painter.fillRect(band, PANEL)
    painter.setPen(colour)
    metrics, room = painter.fontMetrics(), band.adjusted(8, 0, -8, 0)
    fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, fitting)


def draw_empty(painter: QPainter, room: QRect, words: str) -> None:
    """In the middle of a picture that is not there."""
    painter.setPen(FAINT)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(room.adjusted(24, 24, -24, -24), flags, words)


def _sounding(heard: Heard) -> str:
    name = "dub" if heard.role == Role.DUB else "production sound"
    if heard.silent:
        return f"no sound device ({name})"
    if not heard.exists:
        return f"no {name} here"
    return f"sound: {name}" if heard.ready else f"{name} is being read"
