"""Choose who is dubbed: the faces of a shot, boxed and numbered over its picture."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from lipflap.core.errors import DubError
from lipflap.core.looked import Looked
from lipflap.core.order import DubOrder, Progress
from lipflap.gui.compare_paint import fitted
from lipflap.gui.comparison import Comparison
from lipflap.gui.picture_source import Picture, PictureSource
from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, PANEL, TEXT
from lipflap.gui.worker import Worker
from lipflap.plugin.look import look_elsewhere


class FacePicker(QWidget):
    """Shows the frame in which most faces are seen; a click or a digit chooses.

    chosen     the number of a face
    left       nothing was chosen
    looked_at  a Looked, once it is known
    """

    chosen = Signal(int)
    left = Signal()
    looked_at = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Faces of the shot")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.looked: Looked | None = None
        self._words = ""
        self._face: int | None = None
        self._pointed: int | None = None
        self._frame = 0
        self._image: QImage | None = None
        self._source: PictureSource | None = None
        self._worker: Worker | None = None

    def show_order(self, order: DubOrder, comparison: Comparison) -> None:
        """Look for the faces of an ordered shot, and ask which."""
        self.end()
        self.looked, self._image, self._pointed = None, None, None
        self._face = order.settings.face
        self._words = f"Looking for faces in {order.shot} …"
        self._source = PictureSource(comparison.original, self)
        self._source.arrived.connect(self._take)
        self._worker = Worker(look_elsewhere(order), self)
        self._worker.reported.connect(self._see)
        self._worker.failed.connect(self._fail)
        self._worker.start()
        self.update()

    def end(self) -> None:
        """Look no longer."""
        if self._worker is not None:
            self._worker.requestInterruption()
            self._worker.wait()
            self._worker.deleteLater()
            self._worker = None
        if self._source is not None:
            self._source.end()
            self._source.deleteLater()
            self._source = None

    def box_of(self, face: int) -> QRectF:
        """Where a face is drawn, in widget pixels."""
        box = self.looked.box_at(face, self._frame) if self.looked else None
        if box is None or self._image is None:
            return QRectF()
        room = fitted(self._image.size(), QRectF(self.rect()))
        return QRectF(
            room.left() + box.left * room.width(),
            room.top() + box.top * room.height(),
            box.width * room.width(),
            box.height * room.height(),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self.looked.faces) if self.looked else 0
        number = event.key() - Qt.Key.Key_0
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif 0 <= number < min(count, 10):
            self.chosen.emit(number)
        elif count and event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            by = 1 if event.key() == Qt.Key.Key_Right else -1
            self._pointed = ((-1 if self._pointed is None else self._pointed) + by) % count
            self._show_best(self._pointed)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointed is not None:
            self.chosen.emit(self._pointed)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointed = self._at(event)
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        face = self._at(event)
        if face is not None:
            self.chosen.emit(face)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND.darker(140))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is not None:
            painter.drawImage(fitted(self._image.size(), QRectF(self.rect())), self._image)
        for face in range(len(self.looked.faces) if self.looked else 0):
            self._draw(painter, face)
        high = painter.fontMetrics().height() + 10
        painter.fillRect(0, 0, self.width(), high, PANEL)
        painter.setPen(TEXT)
        room = self.rect().adjusted(8, 0, -8, high - self.height())
        words = painter.fontMetrics().elidedText(
            self._words, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)

    def _draw(self, painter: QPainter, face: int) -> None:
        box = self.box_of(face)
        if box.isEmpty():
            return
        dubbed = self._face if self._face is not None else self._suggested()
        colour = ACCENT if face == dubbed else FAINT
        painter.setPen(QPen(colour, 3 if face in (dubbed, self._pointed) else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        name = str(face) + (" suggested" if face == self._suggested() else "")
        width = painter.fontMetrics().horizontalAdvance(name) + 12
        tag = QRectF(box.left(), box.bottom(), width, painter.fontMetrics().height() + 4)
        painter.fillRect(tag, PANEL)
        painter.setPen(colour)
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, name)

    def _suggested(self) -> int | None:
        return self.looked.suggested if self.looked else None

    def _at(self, event: QMouseEvent) -> int | None:
        """The smallest face under the mouse."""
        faces = range(len(self.looked.faces)) if self.looked else ()
        hit = [n for n in faces if self.box_of(n).contains(event.position())]
        return min(hit, key=lambda n: self.box_of(n).width(), default=None)

    def _see(self, told: Progress | Looked) -> None:
        if not isinstance(told, Looked):
            return
        self.looked = told
        count = len(told.faces)
        self._words = (
            f"{told.shot}: click the face that speaks the dub, or press its number. Esc: as it was."
            if count
            else f"There is no face in {told.shot}."
        )
        self._show_best(None)
        self.looked_at.emit(told)

    def _show_best(self, face: int | None) -> None:
        """The frame in which this face, or as many faces as possible, are seen."""
        looked = self.looked
        if looked is None or self._source is None:
            return
        wanted = range(len(looked.faces)) if face is None else [face]

        def seen(frame: int) -> tuple[int, int]:
            count = sum(looked.box_at(n, frame) is not None for n in wanted)
            return count, -abs(frame - looked.frames // 2)

        self._frame = max(range(looked.frames), key=seen)
        room = self.size() * self.devicePixelRatio()
        image = self._source.want(self._frame, QSize(room))
        if image is not None:
            self._image = image
        self.update()

    def _take(self, picture: Picture) -> None:
        self._image = picture.image
        if picture.problem is not None:
            self._words = str(picture.problem)
        self.update()

    def _fail(self, problem: DubError) -> None:
        self._words = str(problem)
        self.update()
