"""The viewer as it is drawn: original and dub, caption, faces, banner, and the wipe's handle."""

from math import ceil

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from lipflap.core.analysis.face_report import FaceReport
from lipflap.gui.compare.comparison import LABELS, Comparison
from lipflap.gui.compare.frame_pair import FramePair
from lipflap.gui.compare.overlay import (
    LINE_PADDING_PX,
    AudioState,
    ShownFaces,
    caption,
    draw_banner,
    draw_faces,
    draw_line,
    draw_lines,
    draw_text,
    lines_height,
)
from lipflap.gui.compare.paint import WIPE, View, close_up, paint
from lipflap.gui.compare.player import Player
from lipflap.gui.compare.program import Program
from lipflap.gui.sound.audio_output import AudioOutput
from lipflap.gui.sound.cut_sound import CutSound, Heard
from lipflap.gui.theme import BACKGROUND, TEXT, TROUBLE

_GRIP_PX = 8
_BANNER_MS = 2500


class CompareCanvas(QWidget):
    """A widget that draws the pair of pictures in `frames` as `mode` says, and what is known of it.

    program      the cut; None before one is loaded
    comparison   the shot that is seen; None where there is none
    """

    def __init__(self, out: AudioOutput | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Original and dub")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 130)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.player = Player(out or AudioOutput(), self)
        self.player.audio_role = Heard.DUB
        self.sound = CutSound(self)
        self.program: Program | None = None
        self.comparison: Comparison | None = None
        self.faces: ShownFaces | None = None
        self.mode, self.is_flipped, self.shows_faces = WIPE, False, False
        self.frames = FramePair(self)
        self._wipe, self._wiping = 0.5, False
        self._boxes: list[QRectF] = []
        self._mouth = close_up(None, 1, 1)
        self._reason, self._banner = "", ""
        self._banner_timer = QTimer(self, singleShot=True, interval=_BANNER_MS)
        self._banner_timer.timeout.connect(lambda: self.show_banner(""))

    @property
    def face_report(self) -> FaceReport | None:
        """The faces of the shot that is seen; None until they are known."""
        return self.faces.report if self.faces else None

    @property
    def heard(self) -> Heard:
        """The sound that is heard with the pictures."""
        return Heard(self.player.audio_role)

    @property
    def caption(self) -> str:
        """The line above the pictures."""
        player, shown, sound = self.player, self.frames.frame, self.sound
        if self.comparison is None or self.program is None or shown is None:
            return ""
        audio = AudioState(
            self.heard,
            sound.has(self.heard),
            sound.is_mixed(self.heard),
            player.is_silent,
            player.speed,
        )
        frame = self.cut_frame(shown)
        return caption(self.comparison, shown, self.program, frame, audio)

    @property
    def status_text(self) -> str:
        """The line below the pictures, or in their place: why one or both are missing."""
        return self._status_line() or ("Loading …" if self._is_loading() else "")

    def show_banner(self, text: str) -> None:
        """Show what was just done over the pictures, for a moment."""
        self._banner = text
        self._banner_timer.start()
        self.update()

    def flip(self) -> None:
        """Show the other of original and dub."""
        self.is_flipped = not self.is_flipped
        self.update()

    def show_faces(self, visible: bool) -> None:
        self.shows_faces = visible
        self.update()

    def set_full_screen(self, visible: bool) -> None:
        """Fill the screen, or return to the panel, as Esc and a double click do.

        Actions that are to work there too are added with addActions.
        """
        if visible == self.isFullScreen():
            return
        self.setWindowFlag(Qt.WindowType.Window, visible)
        if visible:
            self.showFullScreen()
        else:
            self.setWindowState(Qt.WindowState.WindowNoState)
            self.show()
        self.activateWindow()
        self.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND.darker(140))
        pair, frame = self.frames, self.frames.frame
        if frame is None:
            self._boxes = []
            text = "Loading …" if self._is_loading() else self.status_text
            draw_text(painter, self.rect(), text)
            if self._banner:
                draw_banner(painter, self.bands()[1], self._banner)
            return
        labels = pair.comparison.labels if pair.comparison else LABELS
        pictures = (pair.original, pair.dub)
        shown = View(self.mode, *pictures, labels, self._wipe, self.is_flipped, self._mouth)
        above, room, below = self.bands()
        painter.save()
        painter.setClipRect(room)
        self._boxes = paint(painter, room, shown)
        if self.shows_faces and self.faces is not None:
            for box in self._boxes:
                draw_faces(painter, box, self.faces, frame)
        painter.restore()
        draw_line(painter, above, self.caption, TEXT)
        draw_lines(painter, below, self.status_text, TROUBLE if self._error_text() else TEXT)
        if self._banner:
            draw_banner(painter, room, self._banner)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self._wiping = self._wipes() and event.button() == Qt.MouseButton.LeftButton

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._wipe_to(event.position())
        near = self._wipes() and abs(event.position().x() - self._line_px()) < _GRIP_PX
        self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._wiping = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.set_full_screen(not self.isFullScreen())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.set_full_screen(False)
        else:
            super().keyPressEvent(event)

    def bands(self) -> tuple[QRect, QRect, QRect]:
        """Return the areas of caption, pictures, and status line if there is one."""
        whole, metrics = self.rect(), self.fontMetrics()
        high = metrics.height() + LINE_PADDING_PX
        text = self._status_line()
        status = lines_height(metrics, text, whole.width()) if text else 0
        above = QRect(0, 0, whole.width(), high)
        below = QRect(0, whole.height() - status, whole.width(), status)
        return above, whole.adjusted(0, high, 0, -status), below

    def _is_loading(self) -> bool:
        """Return whether a picture is still to come."""
        is_expected = self.comparison is not None and self.frames.frame is None
        return is_expected and not self._error_text()

    def _wipes(self) -> bool:
        """Return whether a wipe between two pictures is shown."""
        both = self.frames.original is not None and self.frames.dub is not None
        return both and self.mode == WIPE and bool(self._boxes)

    def _line_px(self) -> float:
        return self._boxes[0].left() + self._wipe * self._boxes[0].width()

    def _wipe_to(self, at: QPointF) -> None:
        if self._wiping:
            box = self._boxes[0]
            self._wipe = max(0.0, min(1.0, (at.x() - box.left()) / box.width()))
            self.update()

    def _status_line(self) -> str:
        """Return the line below the pictures, when there is one."""
        if self.comparison is None and self._reason:
            return self._reason
        return self._error_text() or self._reason

    def _error_text(self) -> str:
        if self.frames.problem:
            return str(self.frames.problem)
        return f"No sound: {self.sound.error}" if self.sound.error else ""

    def shot_frame(self, frame: int) -> int:
        """Return the frame of the shot that plays in a frame of the cut."""
        if self.comparison is None or self.program is None:
            return 0
        return self.comparison.frame_at(self.program.record_of(frame))

    def cut_frame(self, shot_frame: int) -> int:
        """Return the frame of the cut, the one due if possible, that shows a frame of the shot."""
        frame = self.player.frame
        if self.program is None or self.comparison is None or shot_frame == self.shot_frame(frame):
            return frame
        begins = self.comparison.record_at(shot_frame) * self.program.rate
        return max(0, min(self.program.count - 1, ceil(begins)))
