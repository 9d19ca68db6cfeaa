"""Two pictures of one frame laid into one view: how each way of comparing draws them."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from lipflap.core.looked import FaceBox
from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, TEXT

WIPE, FLIP, SIDE, DIFFERENCE, MOUTH = "wipe", "flip", "side by side", "difference", "mouth"
MODES = (WIPE, FLIP, SIDE, DIFFERENCE, MOUTH)

_AMPLIFIED = 8
_CLOSE_UP = 0.8  # of the width of a face: what a mouth close-up shows


@dataclass(frozen=True, slots=True)
class Shown:
    """What is drawn.

    wipe     where the line stands, 0 left to 1 right
    flipped  FLIP shows the original
    face     where the face that is dubbed is; None if not known
    """

    mode: str
    original: QImage | None
    dub: QImage | None
    wipe: float
    flipped: bool
    face: FaceBox | None


def paint(painter: QPainter, room: QRect, shown: Shown) -> list[QRectF]:
    """Draw into `room`; where the whole pictures came to lie, for what is drawn over them."""
    original, dub = shown.original, shown.dub
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if original is None or dub is None:
        only = original if original is not None else dub
        return [_alone(painter, room, only)] if only is not None else []
    if shown.mode == SIDE:
        return _side_by_side(painter, room, original, dub)
    if shown.mode == MOUTH:
        _mouths(painter, room, original, dub, shown.face)
        return []
    box = fitted(original.size(), QRectF(room))
    if shown.mode == DIFFERENCE:
        painter.drawImage(box, difference(original, dub))
    elif shown.mode == FLIP:
        painter.drawImage(box, original if shown.flipped else dub)
        _named(painter, box, "original" if shown.flipped else "dub", Qt.AlignmentFlag.AlignLeft)
    else:
        _wiped(painter, box, original, dub, shown.wipe)
    return [box]


def fitted(size: QSize, room: QRectF) -> QRectF:
    """The largest box of this shape in the middle of the room."""
    scaled = size.scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    corner = room.center() - QPointF(scaled.width() / 2, scaled.height() / 2)
    return QRectF(corner.x(), corner.y(), scaled.width(), scaled.height())


def difference(one: QImage, other: QImage) -> QImage:
    """How far two pictures are apart, amplified: black where they are alike."""
    a, b = _pixels(one), _pixels(other)
    if a.shape != b.shape:
        b = _pixels(other.scaled(one.size()))
    apart = np.abs(a.astype(np.int16) - b) * _AMPLIFIED
    shown = np.ascontiguousarray(np.minimum(apart, 255).astype(np.uint8))
    height, width = shown.shape[:2]
    made = QImage(shown.data, width, height, shown.strides[0], QImage.Format.Format_RGB888)
    return made.copy()


def _pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def _alone(painter: QPainter, room: QRect, image: QImage) -> QRectF:
    box = fitted(image.size(), QRectF(room))
    painter.drawImage(box, image)
    _named(painter, box, "original", Qt.AlignmentFlag.AlignLeft)
    return box


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


def _mouths(
    painter: QPainter,
    room: QRect,
    original: QImage,
    dub: QImage,
    face: FaceBox | None,
) -> None:
    for half, (image, name) in zip(
        halves(room), ((original, "original"), (dub, "dub")), strict=True
    ):
        seen = mouth_of(image.size(), face)
        box = fitted(seen.size().toSize(), half)
        painter.drawImage(box, image, seen)
        _named(painter, box, name, Qt.AlignmentFlag.AlignLeft)


def mouth_of(size: QSize, face: FaceBox | None) -> QRectF:
    """The part of a picture around the mouth of a face; the middle where no face is known."""
    width, height = float(size.width()), float(size.height())
    if face is None:
        return QRectF(width * 0.3, height * 0.3, width * 0.4, height * 0.4)
    side = face.width * width * _CLOSE_UP
    middle = QPointF((face.left + face.width / 2) * width, (face.top + face.height * 0.78) * height)
    return QRectF(middle.x() - side / 2, middle.y() - side * 0.35, side, side * 0.7)


def _named(painter: QPainter, box: QRectF, name: str, side: Qt.AlignmentFlag) -> None:
    """A small label in a lower corner of a picture."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(name) + 12, metrics.height() + 4
    left = box.left() + 6 if side == Qt.AlignmentFlag.AlignLeft else box.right() - width - 6
    place = QRectF(left, box.bottom() - height - 6, width, height)
    veil = QColor(BACKGROUND)
    veil.setAlpha(170)
    painter.fillRect(place, veil)
    painter.setPen(TEXT if side == Qt.AlignmentFlag.AlignLeft else FAINT)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name)
