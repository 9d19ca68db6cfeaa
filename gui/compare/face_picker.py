"""Choose who is dubbed: the faces of a shot, boxed and numbered over its picture."""

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from lipflap.core.analysis.face_report import FaceReport
from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, Progress
from lipflap.gui.compare.comparison import Comparison, Film
from lipflap.gui.compare.frame_loader import DecodedFrame, FrameLoader, FrameRequest
from lipflap.gui.compare.paint import fitted
from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, PANEL, TEXT, TROUBLE
from lipflap.gui.worker import Worker
from lipflap.plugin.render.find_faces import find_faces_in_child

_NEXT = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Tab)
_BEFORE = (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Backtab)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_DIGITS = tuple(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10))
_KEYS = {Qt.Key.Key_Escape, *_NEXT, *_BEFORE, *_ENTER, *_DIGITS}


class FacePicker(QWidget):
    """Shows the frame in which most faces are seen; a click, a digit or Enter chooses.

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
        self.looked: FaceReport | None = None
        self.words = ""
        self._failed = False
        self._face: int | None = None
        self._pointed: int | None = None
        self._frame = 0
        self._image: QImage | None = None
        self._footage: Film | None = None
        self._source = FrameLoader(self)
        self._source.arrived.connect(self._take)
        self._worker: Worker | None = None

    @property
    def pointed(self) -> int | None:
        """The face that Enter would choose."""
        return self._pointed

    def show_order(self, order: DubOrder, comparison: Comparison) -> None:
        """Look for the faces of an ordered shot, and ask which."""
        self.end()
        self.looked, self._image, self._pointed = None, None, None
        self._face, self._failed = order.settings.face, False
        self._footage, self._frame = comparison.original, order.frames.count // 2
        self.words = f"Looking for faces in {order.shot} …    Esc: leave it"
        self._worker = Worker(find_faces_in_child(order), self)
        self._worker.reported.connect(self._see)
        self._worker.failed.connect(self._fail)
        self._worker.start()
        self._want()
        self.update()

    def end(self) -> None:
        """Look no longer."""
        if self._worker is not None:
            self._worker.reported.disconnect(self._see)
            self._worker.failed.disconnect(self._fail)
            self._worker.requestInterruption()
            self._worker = None
        self._source.end()

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

    def event(self, event: QEvent) -> bool:
        """Its keys are its own: Tab does not lead out of it, no menu takes a digit away."""
        if isinstance(event, QKeyEvent) and event.key() in _KEYS:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.keyPressEvent(event)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self.looked.faces) if self.looked else 0
        number = event.key() - Qt.Key.Key_0
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif 0 <= number < min(count, 10):
            self._choose(number)
        elif count and event.key() in (*_NEXT, *_BEFORE):
            self._point_on(1 if event.key() in _NEXT else -1, count)
        elif event.key() in _ENTER and self._pointed is not None:
            self._choose(self._pointed)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointed = self._at(event)
        self.setCursor(
            Qt.CursorShape.ArrowCursor if pointed is None else Qt.CursorShape.PointingHandCursor
        )
        if pointed is not None and pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        face = self._at(event)
        if face is not None:
            self._choose(face)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._want()

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
        painter.setPen(TROUBLE if self._failed else TEXT)
        room = self.rect().adjusted(8, 0, -8, high - self.height())
        words = painter.fontMetrics().elidedText(
            self.words, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)

    def _draw(self, painter: QPainter, face: int) -> None:
        box = self.box_of(face)
        if box.isEmpty():
            return
        dubbed = self._face if self._face is not None else self._suggested()
        colour = ACCENT if face == dubbed else TEXT if face == self._pointed else FAINT
        if face == self._pointed:
            veil = QColor(colour)
            veil.setAlpha(40)
            painter.fillRect(box, veil)
        painter.setPen(QPen(colour, 3 if face == self._pointed else 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        name = self._name(face, dubbed)
        width = painter.fontMetrics().horizontalAdvance(name) + 12
        high = painter.fontMetrics().height() + 4
        top = min(box.bottom(), self.height() - high)
        tag = QRectF(max(0.0, min(box.left(), self.width() - width)), top, width, high)
        painter.fillRect(tag, PANEL)
        painter.setPen(colour)
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, name)

    def _name(self, face: int, dubbed: int | None) -> str:
        words = [str(face)]
        words += ["suggested"] if face == self._suggested() else []
        words += ["chosen"] if face == dubbed and self._face is not None else []
        return "  ".join(words)

    def _suggested(self) -> int | None:
        return self.looked.suggested if self.looked else None

    def _at(self, event: QMouseEvent) -> int | None:
        """The smallest face under the mouse."""
        faces = range(len(self.looked.faces)) if self.looked else ()
        hit = [n for n in faces if self.box_of(n).contains(event.position())]
        return min(hit, key=lambda n: self.box_of(n).width(), default=None)

    def _point_on(self, by: int, count: int) -> None:
        """The next face, or the one before; in a frame that shows it."""
        held = self._pointed
        self._pointed = (held + by) % count if held is not None else 0 if by > 0 else count - 1
        assert self.looked is not None
        if self.looked.box_at(self._pointed, self._frame) is None:
            self._show_best(self.looked, [self._pointed])
        self.update()

    def _choose(self, face: int) -> None:
        self.end()
        self.chosen.emit(face)

    def _leave(self) -> None:
        self.end()
        self.left.emit()

    def _see(self, told: Progress | FaceReport) -> None:
        if isinstance(told, Progress):
            self.words = (
                f"Looking for faces in {told.shot} … {told.done} of {told.total} frames    "
                "Esc: leave it"
            )
            self.update()
            return
        self.looked = told
        count = len(told.faces)
        self.words = (
            f"{told.shot}: click the face that speaks the dub, or press its number. Esc: as it was."
            if count
            else f"There is no face in {told.shot}. Esc: back."
        )
        self._show_best(told, range(count))
        self.looked_at.emit(told)

    def _show_best(self, looked: FaceReport, faces: "range | list[int]") -> None:
        """The frame in which as many of these faces as possible are seen, near the middle."""

        def seen(frame: int) -> tuple[int, int]:
            count = sum(looked.box_at(n, frame) is not None for n in faces)
            return count, -abs(frame - looked.frames // 2)

        self._frame = max(range(looked.frames), key=seen)
        self._want()
        self.update()

    def _want(self) -> None:
        if self._footage is not None:
            room = self.size() * self.devicePixelRatioF()
            wish = FrameRequest(self._footage, self._frame, room)
            self._source.want(wish)
            if held := self._source.held(wish):
                self._take(held)

    def _take(self, picture: DecodedFrame) -> None:
        if picture.footage != self._footage or picture.frame != self._frame:
            return
        self._image = picture.image
        if picture.problem is not None:
            self._fail(picture.problem)
        self.update()

    def _fail(self, problem: DubError) -> None:
        self.words, self._failed = str(problem), True
        self.update()
