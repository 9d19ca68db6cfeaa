"""The viewer of original and dub: plays the cut, and compares its shots frame by frame."""

from collections.abc import Sequence
from functools import partial
from math import ceil

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
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
from lipflap.core.frametime import frame_to_sample
from lipflap.gui.compare.audio_mix import MIX_HZ
from lipflap.gui.compare.audio_output import AudioOutput
from lipflap.gui.compare.comparison import Comparison
from lipflap.gui.compare.cut_sound import CutSound, Heard
from lipflap.gui.compare.frame_pair import FramePair
from lipflap.gui.compare.overlay import (
    AudioState,
    caption,
    draw_banner,
    draw_faces,
    draw_line,
    draw_text,
)
from lipflap.gui.compare.paint import MODES, WIPE, View, close_up, frame_size, paint
from lipflap.gui.compare.player import Player
from lipflap.gui.compare.program import Program
from lipflap.gui.theme import BACKGROUND, TEXT, TROUBLE
from lipflap.plugin.cut.cut import DubLine

_GRIP_PX = 8
_LINE_PADDING_PX = 8  # above and below a line of text
_BANNER_MS = 2500


class CompareView(QWidget):
    """A view of the cut, one shot at a time; `player` moves through it in frames of the cut.

    due          frame of the cut whose picture is requested next: time to show another shot
    frame_shown  frame of the cut whose pictures are now visible
    playing      whether it plays
    """

    due = Signal(int)
    frame_shown = Signal(int)
    playing = Signal(bool)

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
        self.player.moved.connect(self._on_moved)
        self.player.playing.connect(self._on_playing)
        self.sound = CutSound(self)
        self.sound.changed.connect(self._on_sound_changed)
        self.program: Program | None = None
        self.comparison: Comparison | None = None
        self.face_report: FaceReport | None = None
        self.mode, self.is_flipped, self.shows_faces = WIPE, False, False
        self.dropped_frames = 0
        self._wipe, self._wiping = 0.5, False
        self.frames, self._standby = FramePair(self), FramePair(self)
        for pair in (self.frames, self._standby):
            pair.changed.connect(partial(self._on_frame_changed, pair))
            pair.failed.connect(self._on_frame_failed)
        self._last_frame, self._shown_frame = 0, 0  # of the cut, of the shot
        self._boxes: list[QRectF] = []
        self._mouth = close_up(None, 1, 1)
        self._reason, self._banner = "", ""
        self._banner_timer = QTimer(self, singleShot=True, interval=_BANNER_MS)
        self._banner_timer.timeout.connect(lambda: self.show_banner(""))

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
        frame = self._cut_frame(shown)
        return caption(self.comparison, shown, self.program, frame, audio)

    @property
    def status_text(self) -> str:
        """The line below the pictures, or in their place: why one or both are missing."""
        if self._status_line():
            return self._status_line()
        is_loading = self.comparison is not None and self.frames.frame is None
        return "Loading …" if is_loading else ""

    def load(self, program: Program, lines: Sequence[DubLine], frame: int = 0) -> None:
        """Play another cut, stopped at a frame; its shots come with `show_shot`."""
        self._reset()
        self.program = program
        self.player.load(program.rate, program.count)
        self.load_sound(lines)
        self.player.seek(frame)

    def load_sound(self, lines: Sequence[DubLine]) -> None:
        """Play other lines with the same cut, or the same in other places."""
        if self.program is not None:
            self.sound.load(lines, self.program.record_of(self.program.count))
            self.player.set_audio({heard: self.sound.samples(heard) for heard in Heard})
            self._focus_sound(self.player.frame)

    def show_shot(self, comparison: Comparison) -> None:
        """Compare a shot, at the current frame of the cut."""
        same = self.comparison is not None and self.comparison.shot == comparison.shot
        if not same:
            self.face_report = None
        self.comparison, self._reason = comparison, comparison.reason
        if not same or self._standby.comparison == comparison:
            self.frames, self._standby = self._standby, self.frames
        if self.frames.comparison != comparison:
            self.frames.show(comparison)
        self._boxes, self._wiping = [], False
        self._request_frame(self.player.frame)
        if self.frames.frame == self._shot_frame(self.player.frame):
            self._on_frame_changed(self.frames, self.frames.frame)
        self.update()

    def prepare(self, comparison: Comparison, frame: int) -> None:
        """Load the pictures of the shot that plays next, from a frame of the cut on."""
        if self._standby.comparison != comparison and self.program is not None:
            self._standby.show(comparison)
            first = comparison.frame_at(self.program.record_of(frame))
            self._standby.request(first, 0, self._frame_room())

    def show_nothing(self, reason: str) -> None:
        """Show no shot, and say why; the cut plays on."""
        self.comparison, self.face_report, self._reason = None, None, reason
        self.frames.show(None)
        self._boxes, self._wiping = [], False
        self.update()

    def show_banner(self, text: str) -> None:
        """Show what was just done over the pictures, for a moment."""
        self._banner = text
        self._banner_timer.start()
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
        """Stop at the frame that is seen, which may be late behind the sound."""
        was_playing, seen = self.player.speed != 0, self._last_frame
        self.player.stop()
        if was_playing and seen != self.player.frame:
            self.player.seek(seen)

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

    def hear(self, heard: Heard) -> None:
        """Play another sound with the pictures."""
        self.player.set_audio_role(heard)
        self.update()

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
        self._standby.close()
        self.sound.stop()
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
            if self._banner:
                draw_banner(painter, self._bands()[1], self._banner)
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
        if self.comparison is None and self._reason:
            return self._reason
        return self._error_text() or self._reason

    def _error_text(self) -> str:
        if self.frames.problem:
            return str(self.frames.problem)
        return f"No sound: {self.sound.error}" if self.sound.error else ""

    def _reset(self) -> None:
        self.player.stop()
        self.comparison, self.face_report, self._reason = None, None, ""
        self.frames.show(None)
        self._standby.show(None)
        self._boxes, self._last_frame, self._wiping = [], 0, False

    def _on_moved(self, frame: int) -> None:
        self.due.emit(frame)
        self._focus_sound(frame)
        self._request_frame(frame)
        if not self._has_picture():
            self._last_frame = frame
            self.frame_shown.emit(frame)

    def _has_picture(self) -> bool:
        """Return whether a picture is shown, or one may still come."""
        return self.comparison is not None and (
            self.frames.problem is None or self.frames.frame is not None
        )

    def _focus_sound(self, frame: int) -> None:
        if self.program is not None:
            self.sound.focus(frame_to_sample(frame, self.program.rate, MIX_HZ))

    def _on_sound_changed(self) -> None:
        self._refit()

    def _shot_frame(self, frame: int) -> int:
        """Return the frame of the shot that plays in a frame of the cut."""
        if self.comparison is None or self.program is None:
            return 0
        return self.comparison.frame_at(self.program.record_of(frame))

    def _cut_frame(self, shot_frame: int) -> int:
        """Return the frame of the cut, the one due if possible, that shows a frame of the shot."""
        frame = self.player.frame
        if self.program is None or self.comparison is None or shot_frame == self._shot_frame(frame):
            return frame
        begins = self.comparison.record_at(shot_frame) * self.program.rate
        return max(0, min(self.program.count - 1, ceil(begins)))

    def _request_frame(self, frame: int) -> None:
        self.frames.request(self._shot_frame(frame), self.player.speed, self._frame_room())

    def _frame_room(self) -> QSize:
        """Return the size that frames need to have, in device pixels."""
        return frame_size(self.mode, self._bands()[1], self.devicePixelRatioF())

    def _refit(self) -> None:
        """Request frames of the drawn size, after the status line came or went."""
        if self._frame_room() != self.frames.room:
            self._request_frame(self.player.frame)
        self.update()

    def _on_frame_failed(self) -> None:
        self._refit()
        if not self._has_picture():
            self.frame_shown.emit(self.player.frame)

    def _on_frame_changed(self, pair: FramePair, shot_frame: int) -> None:
        if pair is not self.frames:
            return
        frame = self._cut_frame(shot_frame)
        if self.player.speed == 1:
            shown = {self._shown_frame, shot_frame}
            between = map(self._shot_frame, range(self._last_frame + 1, frame))
            self.dropped_frames += len(set(between) - shown)
        self._last_frame, self._shown_frame = frame, shot_frame
        self._follow_mouth()
        self._refit()
        self.frame_shown.emit(frame)

    def _follow_mouth(self) -> None:
        """Centre the close-up on the mouth; it stays where no mouth is visible."""
        face_report = self.face_report
        if face_report is None or face_report.suggested is None:
            self._mouth = close_up(None, 1, 1)
            return
        matte = face_report.matte_at(face_report.suggested, self._shown_frame)
        if matte is not None:
            self._mouth = close_up(matte, face_report.width, face_report.height)

    def _on_playing(self, plays: bool) -> None:
        if plays:
            self.dropped_frames, self._last_frame = 0, self.player.frame
        else:
            self._request_frame(self.player.frame)
        self.update()
        self.playing.emit(plays)
