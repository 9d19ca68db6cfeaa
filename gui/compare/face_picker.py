"""The face picker: the faces of a shot, boxed and numbered over its picture."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
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
from lipflap.core.order import DubOrder
from lipflap.core.result import Progress
from lipflap.gui.background.worker import Worker
from lipflap.gui.compare.comparison import Comparison, Film
from lipflap.gui.compare.frame_loader import DecodedFrame, FrameLoader, FrameRequest
from lipflap.gui.compare.overlay import draw_lines, lines_height
from lipflap.gui.compare.paint import fit_into
from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, PANEL, TEXT, TROUBLE
from lipflap.plugin.render.find_faces import find_faces_in_child

_NEXT_KEYS = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Tab)
_PREVIOUS_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Backtab)
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DIGIT_KEYS = tuple(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10))
_KEYS = {
    Qt.Key.Key_Escape,
    Qt.Key.Key_Space,
    *_NEXT_KEYS,
    *_PREVIOUS_KEYS,
    *_ENTER_KEYS,
    *_DIGIT_KEYS,
}


class FacePicker(QWidget):
    """A view of the frame with the most faces; a click, a digit or Enter picks one, Space plays.

    names_in       returns the characters of the faces of a shot, by number
    face_selected  number of the face
    cancelled      no face was picked
    play_pause     the space bar: play the shot, to hear who speaks, or stop
    faces_found    a FaceReport, once the faces are known
    """

    face_selected = Signal(int)
    cancelled = Signal()
    play_pause = Signal()
    faces_found = Signal(object)

    def __init__(
        self, names_in: Callable[[str], Mapping[int, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._names_in = names_in
        self.setAccessibleName("Faces of the shot")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.face_report: FaceReport | None = None
        self.text = ""
        self._failed = False
        self._chosen_face: int | None = None
        self._highlighted: int | None = None
        self._frame = 0
        self._image: QImage | None = None
        self._film: Film | None = None
        self._loader = FrameLoader(self)
        self._loader.arrived.connect(self._on_frame)
        self._worker: Worker | None = None

    @property
    def highlighted(self) -> int | None:
        """The face that Enter picks: the one that was gone to, else the one that is dubbed now."""
        return self._dubbed_face() if self._highlighted is None else self._highlighted

    def show_order(self, order: DubOrder, comparison: Comparison) -> None:
        """Find the faces of an ordered shot, and ask which is dubbed."""
        self.stop()
        self.face_report, self._image, self._highlighted = None, None, None
        self._chosen_face, self._failed = order.settings.face, False
        self._film, self._frame = comparison.original, order.frames.count // 2
        self.text = f"Finding faces in {order.shot} …    Esc: cancel"
        self._worker = Worker(find_faces_in_child(order), self)
        self._worker.reported.connect(self._on_event)
        self._worker.failed.connect(self._on_failed)
        self._worker.start()
        self._request_frame()
        self.update()

    def show_playing(self, frame: int, image: QImage | None) -> None:
        """Show a frame of the shot while it plays."""
        if image is not None:
            self._frame, self._image = frame, image
            self.update()

    def stop(self) -> None:
        """Stop the search for faces."""
        if self._worker is not None:
            self._worker.reported.disconnect(self._on_event)
            self._worker.failed.disconnect(self._on_failed)
            self._worker.requestInterruption()
            self._worker = None
        self._loader.stop()

    def box_of(self, face: int) -> QRectF:
        """Return where a face is drawn, in widget pixels."""
        box = self.face_report.box_at(face, self._frame) if self.face_report else None
        if box is None or self._image is None:
            return QRectF()
        room = fit_into(self._image.size(), QRectF(self.rect()))
        return QRectF(
            room.left() + box.left * room.width(),
            room.top() + box.top * room.height(),
            box.width * room.width(),
            box.height * room.height(),
        )

    def event(self, event: QEvent) -> bool:
        """Keep its keys to itself: Tab stays inside, and no menu takes a digit."""
        if isinstance(event, QKeyEvent) and event.key() in _KEYS:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.keyPressEvent(event)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self.face_report.faces) if self.face_report else 0
        number = event.key() - Qt.Key.Key_0
        if event.key() == Qt.Key.Key_Escape:
            self._cancel()
        elif event.key() == Qt.Key.Key_Space:
            self.play_pause.emit()
        elif 0 <= number < min(count, 10):
            self._select(number)
        elif count and event.key() in (*_NEXT_KEYS, *_PREVIOUS_KEYS):
            self._highlight_next(1 if event.key() in _NEXT_KEYS else -1, count)
        elif event.key() in _ENTER_KEYS and self.highlighted is not None:
            self._select(self.highlighted)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointed = self._face_at(event)
        self.setCursor(
            Qt.CursorShape.ArrowCursor if pointed is None else Qt.CursorShape.PointingHandCursor
        )
        if pointed is not None and pointed != self._highlighted:
            self._highlighted = pointed
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        face = self._face_at(event)
        if face is not None:
            self._select(face)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._request_frame()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND.darker(140))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is not None:
            painter.drawImage(fit_into(self._image.size(), QRectF(self.rect())), self._image)
        for face in range(len(self.face_report.faces) if self.face_report else 0):
            self._draw_face(painter, face)
        high = lines_height(painter.fontMetrics(), self.text, self.width())
        band = QRect(0, 0, self.width(), high)
        draw_lines(painter, band, self.text, TROUBLE if self._failed else TEXT)

    def _draw_face(self, painter: QPainter, face: int) -> None:
        box = self.box_of(face)
        if box.isEmpty():
            return
        dubbed = self._dubbed_face()
        colour = ACCENT if face == dubbed else TEXT if face == self._highlighted else FAINT
        if face == self._highlighted:
            veil = QColor(colour)
            veil.setAlpha(40)
            painter.fillRect(box, veil)
        painter.setPen(QPen(colour, 3 if face == self._highlighted else 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        name = self.label_of(face)
        width = painter.fontMetrics().horizontalAdvance(name) + 12
        high = painter.fontMetrics().height() + 4
        top = min(box.bottom(), self.height() - high)
        tag = QRectF(max(0.0, min(box.left(), self.width() - width)), top, width, high)
        painter.fillRect(tag, PANEL)
        painter.setPen(colour)
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, name)

    def label_of(self, face: int) -> str:
        """Return what stands beside a face: its number, who it is, and whether it is dubbed."""
        names = self._names_in(self.face_report.shot) if self.face_report else {}
        parts = [str(face)]
        parts += [names[face]] if face in names else []
        parts += ["suggested"] if face == self._suggested_face() else []
        parts += ["picked"] if face == self._chosen_face else []
        return "  ".join(parts)

    def _dubbed_face(self) -> int | None:
        return self._suggested_face() if self._chosen_face is None else self._chosen_face

    def _suggested_face(self) -> int | None:
        return self.face_report.suggested if self.face_report else None

    def _face_at(self, event: QMouseEvent) -> int | None:
        """Return the smallest face under the mouse."""
        faces = range(len(self.face_report.faces)) if self.face_report else ()
        hit = [n for n in faces if self.box_of(n).contains(event.position())]
        return min(hit, key=lambda n: self.box_of(n).width(), default=None)

    def _highlight_next(self, by: int, count: int) -> None:
        """Highlight the next face, or the one before, in a frame that shows it."""
        cached = self._highlighted
        self._highlighted = (
            (cached + by) % count if cached is not None else 0 if by > 0 else count - 1
        )
        assert self.face_report is not None
        if self.face_report.box_at(self._highlighted, self._frame) is None:
            self._show_best(self.face_report, [self._highlighted])
        self.update()

    def _select(self, face: int) -> None:
        self.stop()
        self.face_selected.emit(face)

    def _cancel(self) -> None:
        self.stop()
        self.cancelled.emit()

    def _on_event(self, event: Progress | FaceReport) -> None:
        if isinstance(event, Progress):
            if self.face_report is None:  # another process may find the faces before ours has
                self.text = (
                    f"Finding faces in {event.shot} … {event.done} of {event.total} frames    "
                    "Esc: cancel"
                )
                self.update()
            return
        self.face_report = event
        count = len(event.faces)
        self.text = (
            f"{event.shot}: click the face that speaks; arrows change it, Enter takes it.    "
            "Space: play    H: dub or production sound    Esc: cancel"
            if count
            else f"No face was found in {event.shot}. Esc: back to the picture"
        )
        self._show_best(event, range(count))
        self.faces_found.emit(event)

    def _show_best(self, report: FaceReport, faces: "range | list[int]") -> None:
        """Show the frame with as many of these faces as possible, near the middle."""

        def score(frame: int) -> tuple[int, int]:
            count = sum(report.box_at(n, frame) is not None for n in faces)
            return count, -abs(frame - report.frames // 2)

        self._frame = max(range(report.frames), key=score)
        self._request_frame()
        self.update()

    def _request_frame(self) -> None:
        if self._film is not None:
            room = self.size() * self.devicePixelRatioF()
            request = FrameRequest(self._film, self._frame, room)
            self._loader.request(request)
            if cached := self._loader.cached(request):
                self._on_frame(cached)

    def _on_frame(self, picture: DecodedFrame) -> None:
        if picture.film != self._film or picture.frame != self._frame:
            return
        self._image = picture.image
        if picture.problem is not None:
            self._on_failed(picture.problem)
        self.update()

    def _on_failed(self, problem: DubError) -> None:
        self.text, self._failed = str(problem), True
        self.update()
