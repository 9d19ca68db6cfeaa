"""The viewer of original and dub: compares and plays a shot frame by frame."""

from collections.abc import Iterator
from fractions import Fraction

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from lipflap.core.analysis.face_report import FaceReport
from lipflap.core.order import Role
from lipflap.gui.compare.audio_mix import Sound, mix
from lipflap.gui.compare.audio_output import AudioOutput
from lipflap.gui.compare.comparison import Comparison
from lipflap.gui.compare.frame_pair import FramePair
from lipflap.gui.compare.overlay import AudioState, caption, draw_faces, draw_line, draw_text
from lipflap.gui.compare.paint import MODES, WIPE, View, close_up, frame_size, paint
from lipflap.gui.compare.player import Player
from lipflap.gui.theme import BACKGROUND, TEXT, TROUBLE
from lipflap.gui.worker import Worker

_IDLE_RATE = Fraction(25)
_GRIP_PX = 8
_LINE_PADDING_PX = 8  # above and below a line of text


class CompareView(QWidget):
    """A view of one shot; `player` moves through it.

    frame_shown  number of the frame whose pictures are now visible
    playing      whether it plays
    """

    frame_shown = Signal(int)
    playing = Signal(bool)

    def __init__(self, out: AudioOutput | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Original and dub")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.player = Player(out or AudioOutput(), self)
        self.player.audio_role = Role.DUB
        self.player.moved.connect(self._request_frame)
        self.player.playing.connect(self._on_playing)
        self.comparison: Comparison | None = None
        self.face_report: FaceReport | None = None
        self.mode, self.is_flipped, self.shows_faces = WIPE, False, False
        self.dropped_frames = 0
        self._wipe, self._wiping = 0.5, False
        self.frames = FramePair(self)
        self.frames.changed.connect(self._on_frame_changed)
        self.frames.failed.connect(self._refit)
        self._last_frame = 0
        self._boxes: list[QRectF] = []
        self._mouth = close_up(None, 1, 1)
        self._reason, self._audio_error = "", ""
        self._loaded_roles: frozenset[str] = frozenset()
        self._mixer: Worker | None = None

    @property
    def caption(self) -> str:
        """The line above the pictures."""
        player, frame = self.player, self.frames.frame
        if self.comparison is None or frame is None:
            return ""
        role, exists = player.audio_role, bool(self.comparison.speeches_of(player.audio_role))
        audio = AudioState(role, exists, role in self._loaded_roles, player.is_silent, player.speed)
        return caption(self.comparison, frame, audio)

    @property
    def status_text(self) -> str:
        """The line below the pictures, or in their place: why one or both are missing."""
        if self._status_line():
            return self._status_line()
        return "" if self.frames.frame is not None else "Loading …"

    def show_shot(self, comparison: Comparison) -> None:
        """Compare a shot: a new one from its first frame, the same one from its current frame."""
        same = self.comparison is not None and self.comparison.shot == comparison.shot
        frame = self.player.frame if same else 0
        self._reset()
        if not same:
            self.face_report = None
        self.comparison, self._reason, self._audio_error = comparison, comparison.reason, ""
        self.frames.show(comparison)
        self.player.load(comparison.rate, comparison.count)
        self._start_mixer(comparison)
        self.player.seek(frame)
        self.update()

    def show_nothing(self, reason: str) -> None:
        """Show no shot, and say why."""
        self._reset()
        self.comparison, self.face_report, self._reason, self._audio_error = None, None, reason, ""
        self.player.load(_IDLE_RATE, 0)
        self.update()

    def show_face_report(self, face_report: FaceReport | None) -> None:
        """Set the faces that are drawn over the pictures; `suggested` is the one that is dubbed."""
        self.face_report = face_report
        self._follow_mouth()
        self.update()

    def seek(self, frame: int) -> None:
        self.player.seek(frame)

    def play(self, speed: int = 1) -> None:
        self.player.play(speed)

    def stop(self) -> None:
        self.player.stop()

    def set_mode(self, mode: str) -> None:
        """Compare in another mode: one of paint.MODES."""
        if mode not in MODES:
            raise ValueError(f"{mode!r} is no mode of comparing")
        self.mode = mode
        self._request_frame(self.player.frame)
        self.update()

    def flip(self) -> None:
        """Show the other of original and dub."""
        self.is_flipped = not self.is_flipped
        self.update()

    def show_faces(self, visible: bool) -> None:
        self.shows_faces = visible
        self.update()

    def toggle_audio(self) -> str:
        """Switch between dub and production sound; return which is heard now."""
        self.player.set_audio_role(
            Role.PRODUCTION if self.player.audio_role == Role.DUB else Role.DUB
        )
        self.update()
        return self.player.audio_role

    def step(self, frames: int) -> None:
        self.player.stop()
        self.player.seek(self.player.frame + frames)

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

    def close_media(self) -> None:
        """Close files and the sound device."""
        self._reset()
        self.frames.close()
        self.player.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.isFullScreen() and self.parentWidget() is not None:
            event.ignore()
            self.set_full_screen(False)
            return
        self.close_media()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._request_frame(self.player.frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND.darker(140))
        pair, frame = self.frames, self.frames.frame
        if frame is None:
            self._boxes = []
            draw_text(painter, self.rect(), self.status_text)
            return
        shown = View(self.mode, pair.original, pair.dub, self._wipe, self.is_flipped, self._mouth)
        above, room, below = self._bands()
        painter.save()
        painter.setClipRect(room)
        self._boxes = paint(painter, room, shown)
        if self.shows_faces and self.face_report is not None:
            for box in self._boxes:
                draw_faces(painter, box, self.face_report, frame)
        painter.restore()
        draw_line(painter, above, self.caption, TEXT)
        draw_line(painter, below, self.status_text, TROUBLE if self._error_text() else TEXT)

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

    def _bands(self) -> tuple[QRect, QRect, QRect]:
        """Return the areas of caption, pictures, and status line if there is one."""
        whole, high = self.rect(), self.fontMetrics().height() + _LINE_PADDING_PX
        status = high if self._status_line() else 0
        above = QRect(0, 0, whole.width(), high)
        below = QRect(0, whole.height() - status, whole.width(), status)
        return above, whole.adjusted(0, high, 0, -status), below

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
        """The line below the pictures, when there is one."""
        return self._error_text() or self._reason

    def _error_text(self) -> str:
        return str(self.frames.problem or self._audio_error)

    def _reset(self) -> None:
        self.player.stop()
        self.frames.show(None)
        self._boxes, self._loaded_roles, self._last_frame, self._wiping = [], frozenset(), 0, False
        if self._mixer is not None:
            self._mixer.reported.disconnect(self._on_audio)
            self._mixer.failed.disconnect(self._on_audio_failed)
            self._mixer.requestInterruption()
            self._mixer = None

    def _start_mixer(self, comparison: Comparison) -> None:
        """Mix the sound in the background."""
        self._mixer = Worker(_mix_audio(comparison), self)
        self._mixer.reported.connect(self._on_audio)
        self._mixer.failed.connect(self._on_audio_failed)
        self._mixer.start()

    def _on_audio(self, sounds: dict[str, Sound]) -> None:
        self._loaded_roles = frozenset(sounds)
        self.player.set_audio(sounds)
        self.update()

    def _on_audio_failed(self, problem: object) -> None:
        self._audio_error = f"No sound: {problem}"
        self._refit()

    def _request_frame(self, frame: int) -> None:
        self.frames.request(frame, self.player.speed, self._frame_room())

    def _frame_room(self) -> QSize:
        """Return the size that frames need to have, in device pixels."""
        return frame_size(self.mode, self._bands()[1], self.devicePixelRatioF())

    def _refit(self) -> None:
        """Request frames of the drawn size, after the status line came or went."""
        if self._frame_room() != self.frames.room:
            self._request_frame(self.player.frame)
        self.update()

    def _on_frame_changed(self, frame: int) -> None:
        if self.player.speed == 1 and frame > self._last_frame:
            self.dropped_frames += frame - self._last_frame - 1
        self._last_frame = frame
        self._follow_mouth()
        self._refit()
        self.frame_shown.emit(frame)

    def _follow_mouth(self) -> None:
        """Centre the close-up on the mouth; it stays where no mouth is visible."""
        face_report = self.face_report
        if face_report is None or face_report.suggested is None:
            self._mouth = close_up(None, 1, 1)
            return
        matte = face_report.matte_at(face_report.suggested, self._last_frame)
        if matte is not None:
            self._mouth = close_up(matte, face_report.width, face_report.height)

    def _on_playing(self, plays: bool) -> None:
        if plays:
            self.dropped_frames, self._last_frame = 0, self.player.frame
        else:
            self._request_frame(self.player.frame)
        self.update()
        self.playing.emit(plays)


def _mix_audio(comparison: Comparison) -> Iterator[dict[str, Sound]]:
    """Yield the mixed sound of the shot, by role."""
    seconds = comparison.count / comparison.rate
    yield {
        role: mix(speeches, seconds)
        for role in (Role.DUB, Role.PRODUCTION)
        if (speeches := comparison.speeches_of(role))
    }
