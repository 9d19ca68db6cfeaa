"""Text and outlines over the compared pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from lipflap.core.analysis.face_report import FaceReport
from lipflap.gui.compare.comparison import Comparison
from lipflap.gui.compare.program import Program
from lipflap.gui.sound.cut_sound import Heard
from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, PANEL

LINE_PADDING_PX = 8  # above and below a line of text
_MARGIN_PX, _GAP = 8, "    "  # between the parts of a line


@dataclass(frozen=True, slots=True)
class AudioState:
    """The sound that plays with the pictures.

    heard         which sound is to be heard
    is_available  the cut has such a sound
    is_loaded     and what plays now has been read
    is_silent     there is no sound device
    speed         of play; 0 while stopped
    """

    heard: Heard
    is_available: bool
    is_loaded: bool
    is_silent: bool
    speed: int


@dataclass(frozen=True, slots=True)
class ShownFaces:
    """The faces of a shot as they are drawn.

    dubbed       numbers of those that get new mouths
    names        of those whose character is known, by number
    own_mouths   the mouths are made from the actors' own, not painted by the network
    """

    report: FaceReport
    dubbed: frozenset[int] = frozenset()
    names: Mapping[int, str] = field(default_factory=dict)
    own_mouths: bool = False


def draw_faces(painter: QPainter, box: QRectF, shown: ShownFaces, frame: int) -> None:
    """Outline the faces of a picture that lies in `box`, and what is changed of the dubbed one."""
    report = shown.report
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for number in range(len(report.faces)):
        face = report.box_at(number, frame)
        if face is None:
            continue
        dubbed = number in shown.dubbed
        painter.setPen(QPen(ACCENT if dubbed else FAINT, 2 if dubbed else 1))
        left, top = box.left() + face.left * box.width(), box.top() + face.top * box.height()
        size = face.width * box.width(), face.height * box.height()
        painter.drawRect(QRectF(left, top, *size))
        _draw_name(painter, QPointF(left, top), shown.names.get(number, str(number)))
    painter.restore()
    for number in shown.dubbed:
        draw_change = _draw_own_mouth if shown.own_mouths else _draw_matte
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        draw_change(painter, box, report, frame, number)
        painter.restore()


def _draw_name(painter: QPainter, corner: QPointF, name: str) -> None:
    """Draw a name on a plate of its own, in the upper left corner of a box."""
    metrics = painter.fontMetrics()
    plate = QRectF(corner.x(), corner.y(), metrics.horizontalAdvance(name) + 8, metrics.height())
    painter.fillRect(plate, PANEL)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, name)


def _draw_own_mouth(
    painter: QPainter, box: QRectF, report: FaceReport, frame: int, face: int
) -> None:
    """Outline the mouth that is laid in, and more faintly the lower face that follows it."""
    own = report.own_at(face, frame)
    if own is None:
        return
    painter.translate(box.topLeft())
    painter.scale(box.width() / report.width, box.height() / report.height)
    for outline, style, width in (
        (own.mouth, Qt.PenStyle.DashLine, 2),
        (own.lower_face, Qt.PenStyle.DotLine, 1),
    ):
        line = QPen(ACCENT, width, style)
        line.setCosmetic(True)
        painter.setPen(line)
        corners = zip(outline[::2], outline[1::2], strict=True)
        painter.drawPolygon([QPointF(x, y) for x, y in corners])


def _draw_matte(painter: QPainter, box: QRectF, report: FaceReport, frame: int, face: int) -> None:
    matte = report.matte_at(face, frame)
    if matte is None:
        return
    line = QPen(ACCENT, 2, Qt.PenStyle.DashLine)
    line.setCosmetic(True)
    painter.setPen(line)
    painter.translate(box.topLeft())
    painter.scale(box.width() / report.width, box.height() / report.height)
    painter.translate(matte.x_px, matte.y_px)
    painter.rotate(matte.turn_deg)
    painter.drawEllipse(QPointF(0, 0), matte.across_px, matte.down_px)


def caption(
    shot: Comparison, shot_frame: int, program: Program, frame: int, audio: AudioState
) -> str:
    """Return shot, record and source timecode, frame of the shot, and what is heard.

    shot_frame   of the shot's media, handles included
    frame        of the cut
    """
    first, end = program.spans.get(shot.shot, (0, program.count))
    parts = [
        shot.shot,
        f"record {program.timecode(frame)}",
        f"source {shot.source_timecode(shot_frame)}",
        f"frame {frame - first + 1} of {end - first}",
        _describe_audio(audio),
    ]
    parts += [f"{audio.speed}x"] if audio.speed not in (0, 1) else []
    return _GAP.join(parts)


def draw_line(painter: QPainter, band: QRect, text: str, colour: QColor) -> None:
    """Draw a line of text in a band of its own, without the last parts where they do not fit."""
    metrics, width = painter.fontMetrics(), band.width() - 2 * _MARGIN_PX
    while _GAP in text and metrics.horizontalAdvance(text) > width:
        text = text.rpartition(_GAP)[0]
    draw_lines(painter, band, metrics.elidedText(text, Qt.TextElideMode.ElideRight, width), colour)


def draw_lines(painter: QPainter, band: QRect, text: str, colour: QColor) -> None:
    """Draw text in a band of its own, in as many lines as `lines_height` has given it."""
    painter.fillRect(band, PANEL)
    painter.setPen(colour)
    room = band.adjusted(_MARGIN_PX, 0, -_MARGIN_PX, 0)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, text)


def lines_height(metrics: QFontMetrics, text: str, width: int) -> int:
    """Return how high a band of this width is that holds all of a text."""
    room = QRect(0, 0, width - 2 * _MARGIN_PX, 1 << 20)
    high = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height()
    return max(high, metrics.height()) + LINE_PADDING_PX


def draw_text(painter: QPainter, room: QRect, text: str) -> None:
    """Draw text in the middle of a picture that is missing."""
    painter.setPen(FAINT)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(room.adjusted(24, 24, -24, -24), flags, text)


_SOUND_NAMES = {
    Heard.DUB: "dub",
    Heard.PRODUCTION: "production sound",
    Heard.BOTH: "dub and production sound",
}


def _describe_audio(audio: AudioState) -> str:
    name = _SOUND_NAMES[audio.heard]
    if audio.is_silent:
        return f"no sound device ({name})"
    if not audio.is_available:
        return f"no {name} in this cut"
    return f"sound: {name}" if audio.is_loaded else f"loading {name} …"


def draw_banner(painter: QPainter, room: QRect, text: str) -> None:
    """Draw what was just done over the upper part of a picture."""
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width() - 40)
    width, height = metrics.horizontalAdvance(shown) + 28, metrics.height() + 12
    plate = QRectF(room.center().x() - width / 2, room.top() + 10, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ACCENT)
    painter.drawRoundedRect(plate, height / 2, height / 2)
    painter.setPen(BACKGROUND)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, shown)
    painter.restore()
