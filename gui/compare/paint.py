"""Two pictures of one frame laid into one view: how each way of comparing draws them."""

from dataclasses import dataclass
from math import floor

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from lipflap.core.analysis.face_report import MouthMatte
from lipflap.gui.theme import ACCENT, BACKGROUND, TEXT

WIPE, FLIP, SIDE, DIFFERENCE, MOUTH = "wipe", "flip", "side by side", "difference", "mouth"
MODES = (WIPE, FLIP, SIDE, DIFFERENCE, MOUTH)

_DOUBLED = 3  # times: differences are shown eight times as large
_CLOSE_UP = 1.7  # mattes: how wide a mouth close-up is
_WHOLE = QSize(1 << 14, 1 << 14)  # larger than pictures are: as stored


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn.

    wipe     where the line stands, 0 left to 1 right
    flipped  FLIP shows the original
    mouth    what of the pictures MOUTH shows, in parts of their width and height
    """

    mode: str
    original: QImage | None
    dub: QImage | None
    wipe: float
    flipped: bool
    mouth: QRectF


def paint(painter: QPainter, room: QRect, shown: View) -> list[QRectF]:
    """Draw into `room`; where the whole pictures came to lie, for what is drawn over them."""
    original, dub = shown.original, shown.dub
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if original is None or dub is None:
        return _alone(painter, room, original, "original") + _alone(painter, room, dub, "dub")
    if shown.mode == SIDE:
        return _side_by_side(painter, room, original, dub)
    if shown.mode == MOUTH:
        _mouths(painter, room, original, dub, shown.mouth)
        return []
    box = fitted(original.size(), QRectF(room))
    if shown.mode == DIFFERENCE:
        painter.drawImage(box, difference(original, dub))
        _named(painter, box, f"difference, {1 << _DOUBLED} times", Qt.AlignmentFlag.AlignLeft)
    elif shown.mode == FLIP:
        painter.drawImage(box, original if shown.flipped else dub)
        _named(painter, box, "original" if shown.flipped else "dub", Qt.AlignmentFlag.AlignLeft)
    else:
        _wiped(painter, box, original, dub, shown.wipe)
    return [box]


def fitted(size: QSize, room: QRectF) -> QRectF:
    """The largest box of this shape in the middle of the room.

    It begins on a whole pixel, and a picture that was made for the room keeps its size: both are
    drawn without being resampled.
    """
    scaled = size.scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    if abs(scaled.width() - size.width()) + abs(scaled.height() - size.height()) == 1:
        scaled = size
    corner = room.center() - QPointF(scaled.width() / 2, scaled.height() / 2)
    return QRectF(floor(corner.x()), floor(corner.y()), scaled.width(), scaled.height())


def difference(one: QImage, other: QImage) -> QImage:
    """How far two pictures are apart, eight times amplified: black where they are alike."""
    apart = QImage(one)
    painter = QPainter(apart)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    painter.drawImage(QRect(QPoint(0, 0), one.size()), other)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    for _ in range(_DOUBLED):
        painter.drawImage(0, 0, apart.copy())
    painter.end()
    return apart


def _alone(painter: QPainter, room: QRect, image: QImage | None, name: str) -> list[QRectF]:
    if image is None:
        return []
    box = fitted(image.size(), QRectF(room))
    painter.drawImage(box, image)
    _named(painter, box, name, Qt.AlignmentFlag.AlignLeft)
    return [box]


def _wiped(painter: QPainter, box: QRectF, original: QImage, dub: QImage, wipe: float) -> None:
    painter.drawImage(box, dub)
    painter.save()
    line = box.left() + box.width() * wipe
    painter.setClipRect(QRectF(box.left(), box.top(), line - box.left(), box.height()))
    painter.drawImage(box, original)
    painter.restore()
    painter.setPen(QPen(ACCENT, 1))
    painter.drawLine(QPointF(line, box.top()), QPointF(line, box.bottom()))
    _named(painter, box, "original", Qt.AlignmentFlag.AlignLeft)
    _named(painter, box, "dub", Qt.AlignmentFlag.AlignRight)


def _side_by_side(painter: QPainter, room: QRect, original: QImage, dub: QImage) -> list[QRectF]:
    boxes = []
    for half, (image, name) in zip(
        halves(room), ((original, "original"), (dub, "dub")), strict=True
    ):
        box = fitted(image.size(), half)
        painter.drawImage(box, image)
        _named(painter, box, name, Qt.AlignmentFlag.AlignLeft)
        boxes.append(box)
    return boxes


def halves(room: QRect) -> tuple[QRectF, QRectF]:
    """Left and right of each other, or above each other, whichever shows pictures larger."""
    whole = QRectF(room)
    if whole.width() >= whole.height() * 1.2:
        width = whole.width() / 2 - 1
        left = QRectF(whole.left(), whole.top(), width, whole.height())
        return left, left.translated(width + 2, 0)
    height = whole.height() / 2 - 1
    above = QRectF(whole.left(), whole.top(), whole.width(), height)
    return above, above.translated(0, height + 2)


def _mouths(painter: QPainter, room: QRect, original: QImage, dub: QImage, mouth: QRectF) -> None:
    for half, (image, name) in zip(
        halves(room), ((original, "original"), (dub, "dub")), strict=True
    ):
        width, height = image.width(), image.height()
        seen = QRectF(
            mouth.x() * width, mouth.y() * height, mouth.width() * width, mouth.height() * height
        )
        box = fitted(seen.size().toSize(), half)
        painter.drawImage(box, image, seen)
        _named(painter, box, name, Qt.AlignmentFlag.AlignLeft)


def room_for(mode: str, room: QRect, ratio: float) -> QSize:
    """How large, in device pixels, pictures need to be to be shown in this way.

    ratio  device pixels in a pixel of `room`
    """
    if mode == MOUTH:
        return _WHOLE
    shown = halves(room)[0].size().toSize() if mode == SIDE else room.size()
    return shown * ratio


def close_up(matte: MouthMatte | None, width: int, height: int) -> QRectF:
    """The part of a plate [0..1] about a mouth; the middle where none is known."""
    if matte is None:
        return QRectF(0.3, 0.3, 0.4, 0.4)
    across, down = _CLOSE_UP * matte.across_px / width, _CLOSE_UP * matte.across_px * 0.7 / height
    middle = QPointF(matte.x_px / width, matte.y_px / height)
    return QRectF(middle.x() - across, middle.y() - down, 2 * across, 2 * down)


def _named(painter: QPainter, box: QRectF, name: str, side: Qt.AlignmentFlag) -> None:
    """A small label in a lower corner of a picture."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(name) + 12, metrics.height() + 4
    left = box.left() + 6 if side == Qt.AlignmentFlag.AlignLeft else box.right() - width - 6
    place = QRectF(left, box.bottom() - height - 6, width, height)
    veil = QColor(BACKGROUND)
    veil.setAlpha(170)
    painter.fillRect(place, veil)
    painter.setPen(TEXT)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name)
