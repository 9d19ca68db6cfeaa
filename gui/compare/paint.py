"""Painting of original and dub in each mode of comparing."""

from dataclasses import dataclass
from math import floor

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from lipflap.core.analysis.face_report import MouthMatte
from lipflap.gui.theme import ACCENT, BACKGROUND, TEXT

WIPE, FLIP, SIDE, DIFFERENCE, MOUTH = "wipe", "flip", "side by side", "difference", "mouth"
MODES = (WIPE, FLIP, SIDE, DIFFERENCE, MOUTH)

_DOUBLINGS = 3  # of differences: eight times as large
_CLOSE_UP_MATTES = 1.7  # width of a mouth close-up, in widths of the matte
_UNSCALED = QSize(1 << 14, 1 << 14)  # larger than pictures are: not scaled

_Both = tuple[tuple[QImage, str], tuple[QImage, str]]  # original and dub, with their labels


@dataclass(frozen=True, slots=True)
class View:
    """The pictures to compare, and how.

    labels      of the two
    wipe        position of the line, 0 left to 1 right
    is_flipped  FLIP shows the original
    mouth       what of the pictures MOUTH shows, in parts of their width and height
    """

    mode: str
    original: QImage | None
    dub: QImage | None
    labels: tuple[str, str]
    wipe: float
    is_flipped: bool
    mouth: QRectF


def paint(painter: QPainter, room: QRect, view: View) -> list[QRectF]:
    """Paint into `room`; return where the whole pictures lie, for what is drawn over them."""
    original, dub = view.original, view.dub
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if original is None or dub is None:
        first, second = view.labels
        return _paint_single(painter, room, original, first) + _paint_single(
            painter, room, dub, second
        )
    both = ((original, view.labels[0]), (dub, view.labels[1]))
    if view.mode == SIDE:
        return _paint_side_by_side(painter, room, both)
    if view.mode == MOUTH:
        _paint_mouths(painter, room, both, view.mouth)
        return []
    box = fit_into(original.size(), QRectF(room))
    if view.mode == DIFFERENCE:
        painter.drawImage(box, difference(original, dub))
        _paint_label(
            painter, box, f"difference, {1 << _DOUBLINGS} times", Qt.AlignmentFlag.AlignLeft
        )
    elif view.mode == FLIP:
        image, label = both[0 if view.is_flipped else 1]
        painter.drawImage(box, image)
        _paint_label(painter, box, label, Qt.AlignmentFlag.AlignLeft)
    else:
        _paint_wipe(painter, box, both, view.wipe)
    return [box]


def fit_into(size: QSize, room: QRectF) -> QRectF:
    """Return the largest box of this shape in the middle of the room.

    It begins on a whole pixel, and a picture that was made for the room keeps its size: both are
    drawn without being resampled.
    """
    scaled = size.scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    if abs(scaled.width() - size.width()) + abs(scaled.height() - size.height()) == 1:
        scaled = size
    corner = room.center() - QPointF(scaled.width() / 2, scaled.height() / 2)
    return QRectF(floor(corner.x()), floor(corner.y()), scaled.width(), scaled.height())


def difference(image: QImage, other: QImage) -> QImage:
    """Return the difference of two pictures, eight times amplified: black where they are equal."""
    product = QImage(image)
    painter = QPainter(product)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    painter.drawImage(QRect(QPoint(0, 0), image.size()), other)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    for _ in range(_DOUBLINGS):
        painter.drawImage(0, 0, product.copy())
    painter.end()
    return product


def _paint_single(painter: QPainter, room: QRect, image: QImage | None, name: str) -> list[QRectF]:
    if image is None:
        return []
    box = fit_into(image.size(), QRectF(room))
    painter.drawImage(box, image)
    _paint_label(painter, box, name, Qt.AlignmentFlag.AlignLeft)
    return [box]


def _paint_wipe(painter: QPainter, box: QRectF, both: _Both, wipe: float) -> None:
    (original, first), (dub, second) = both
    painter.drawImage(box, dub)
    painter.save()
    line = box.left() + box.width() * wipe
    painter.setClipRect(QRectF(box.left(), box.top(), line - box.left(), box.height()))
    painter.drawImage(box, original)
    painter.restore()
    painter.setPen(QPen(ACCENT, 1))
    painter.drawLine(QPointF(line, box.top()), QPointF(line, box.bottom()))
    _paint_label(painter, box, first, Qt.AlignmentFlag.AlignLeft)
    _paint_label(painter, box, second, Qt.AlignmentFlag.AlignRight)


def _paint_side_by_side(painter: QPainter, room: QRect, both: _Both) -> list[QRectF]:
    boxes = []
    for half, (image, name) in zip(halves(room), both, strict=True):
        box = fit_into(image.size(), half)
        painter.drawImage(box, image)
        _paint_label(painter, box, name, Qt.AlignmentFlag.AlignLeft)
        boxes.append(box)
    return boxes


def halves(room: QRect) -> tuple[QRectF, QRectF]:
    """Split the room side by side, or one above the other, whichever shows pictures larger."""
    whole = QRectF(room)
    if whole.width() >= whole.height() * 1.2:
        width = whole.width() / 2 - 1
        left = QRectF(whole.left(), whole.top(), width, whole.height())
        return left, left.translated(width + 2, 0)
    height = whole.height() / 2 - 1
    above = QRectF(whole.left(), whole.top(), whole.width(), height)
    return above, above.translated(0, height + 2)


def _paint_mouths(painter: QPainter, room: QRect, both: _Both, mouth: QRectF) -> None:
    for half, (image, name) in zip(halves(room), both, strict=True):
        width, height = image.width(), image.height()
        crop = QRectF(
            mouth.x() * width, mouth.y() * height, mouth.width() * width, mouth.height() * height
        )
        box = fit_into(crop.size().toSize(), half)
        painter.drawImage(box, image, crop)
        _paint_label(painter, box, name, Qt.AlignmentFlag.AlignLeft)


def frame_size(mode: str, room: QRect, ratio: float) -> QSize:
    """Return the size, in device pixels, that pictures need in a mode.

    ratio  device pixels in a pixel of `room`
    """
    if mode == MOUTH:
        return _UNSCALED
    view = halves(room)[0].size().toSize() if mode == SIDE else room.size()
    return view * ratio


def close_up(matte: MouthMatte | None, width: int, height: int) -> QRectF:
    """Return the part of a plate [0..1] around a mouth; the middle where none is known."""
    if matte is None:
        return QRectF(0.3, 0.3, 0.4, 0.4)
    across, down = (
        _CLOSE_UP_MATTES * matte.across_px / width,
        _CLOSE_UP_MATTES * matte.across_px * 0.7 / height,
    )
    middle = QPointF(matte.x_px / width, matte.y_px / height)
    return QRectF(middle.x() - across, middle.y() - down, 2 * across, 2 * down)


def _paint_label(painter: QPainter, box: QRectF, name: str, side: Qt.AlignmentFlag) -> None:
    """Paint a small label in a lower corner of a picture."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(name) + 12, metrics.height() + 4
    left = box.left() + 6 if side == Qt.AlignmentFlag.AlignLeft else box.right() - width - 6
    plate = QRectF(left, box.bottom() - height - 6, width, height)
    veil = QColor(BACKGROUND)
    veil.setAlpha(170)
    painter.fillRect(plate, veil)
    painter.setPen(TEXT)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, name)
