"""Original and dub of a shot, looked at and listened to, frame by frame."""

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
from lipflap.gui.compare.overlay import Heard, caption, draw_empty, draw_faces, draw_line
from lipflap.gui.compare.paint import MODES, WIPE, View, close_up, paint, room_for
from lipflap.gui.compare.player import Player
from lipflap.gui.theme import BACKGROUND, TEXT, TROUBLE
from lipflap.gui.worker import Worker

_ANY_RATE = Fraction(25)
_GRIP_PX = 8
_AIR_PX = 8  # of a line of words


class CompareView(QWidget):
    """Shows one shot; `player` moves it.

    frame_shown  number of the frame whose pictures are on the screen now
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
        self.player.hears = Role.DUB
        self.player.moved.connect(self._want)
        self.player.playing.connect(self._on_playing)
        self.comparison: Comparison | None = None
        self.looked: FaceReport | None = None
        self.mode, self.flipped, self.shows_faces = WIPE, False, False
        self.dropped = 0
        self._wipe, self._wiping = 0.5, False
        self.pictures = FramePair(self)
        self.pictures.changed.connect(self._on_pictures)
        self.pictures.failed.connect(self._refit)
        self._last = 0
        self._boxes: list[QRectF] = []
        self._mouth = close_up(None, 1, 1)
        self._words, self._unheard_why = "", ""
        self._sounds: frozenset[str] = frozenset()
        self._mixer: Worker | None = None

    @property
    def caption(self) -> str:
        """What stands above the pictures."""
        player, frame = self.player, self.pictures.frame
        if self.comparison is None or frame is None:
            return ""
        role, exists = player.hears, bool(self.comparison.speeches(player.hears))
        heard = Heard(role, exists, role in self._sounds, player.silent, player.speed)
        return caption(self.comparison, frame, heard)

    @property
    def words(self) -> str:
        """What stands below them, or in their place: why there are none, or not two."""
        if self._remark():
            return self._remark()
        return "" if self.pictures.frame is not None else "Loading …"

    def show_shot(self, comparison: Comparison) -> None:
        """Compare another shot, from its first frame, or the same one after it was rendered."""
        same = self.comparison is not None and self.comparison.shot == comparison.shot
        frame = self.player.frame if same else 0
        self._let_go()
        if not same:
            self.looked = None
        self.comparison, self._words, self._unheard_why = comparison, comparison.words, ""
        self.pictures.show(comparison)
        self.player.load(comparison.rate, comparison.count)
        self._mix(comparison)
        self.player.seek(frame)
        self.update()

    def show_nothing(self, words: str) -> None:
        """Nothing to compare, and why."""
        self._let_go()
        self.comparison, self.looked, self._words, self._unheard_why = None, None, words, ""
        self.player.load(_ANY_RATE, 0)
        self.update()

    def show_look(self, looked: FaceReport | None) -> None:
        """Where the faces are, for what is drawn about them; `suggested` is the one dubbed."""
        self.looked = looked
        self._follow_mouth()
        self.update()

    def seek(self, frame: int) -> None:
        self.player.seek(frame)

    def play(self, speed: int = 1) -> None:
        self.player.play(speed)

    def stop(self) -> None:
        self.player.stop()

    def compare(self, mode: str) -> None:
        """In another way: one of compare_paint.MODES."""
        if mode not in MODES:
            raise ValueError(f"{mode!r} is no way of comparing")
        self.mode = mode
        self._want(self.player.frame)
        self.update()

    def flip(self) -> None:
        """The other of original and dub."""
        self.flipped = not self.flipped
        self.update()

    def show_faces(self, wanted: bool) -> None:
        self.shows_faces = wanted
        self.update()

    def hear_other(self) -> str:
        """Hear production sound in place of the dub, or the dub again; which it is now."""
        self.player.hear(Role.PRODUCTION if self.player.hears == Role.DUB else Role.DUB)
        self.update()
        return self.player.hears

    def step(self, frames: int) -> None:
        self.player.stop()
        self.player.seek(self.player.frame + frames)

    def full_screen(self, wanted: bool) -> None:
        """Alone on the whole screen, or back in its place; Esc and a double click lead back.

        Actions of a window that are to work there too are given with addActions.
        """
        if wanted == self.isFullScreen():
            return
        self.setWindowFlag(Qt.WindowType.Window, wanted)
        if wanted:
            self.showFullScreen()
        else:
            self.setWindowState(Qt.WindowState.WindowNoState)
            self.show()
        self.activateWindow()
        self.setFocus()

    def end(self) -> None:
        """Close files and sound device."""
        self._let_go()
        self.pictures.end()
        self.player.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.isFullScreen() and self.parentWidget() is not None:
            event.ignore()
            self.full_screen(False)
            return
        self.end()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._want(self.player.frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND.darker(140))
        pair, frame = self.pictures, self.pictures.frame
        if frame is None:
            self._boxes = []
            draw_empty(painter, self.rect(), self.words)
            return
        shown = View(self.mode, pair.original, pair.dub, self._wipe, self.flipped, self._mouth)
        above, room, below = self._bands()
        painter.save()
        painter.setClipRect(room)
        self._boxes = paint(painter, room, shown)
        if self.shows_faces and self.looked is not None:
            for box in self._boxes:
                draw_faces(painter, box, self.looked, frame)
        painter.restore()
        draw_line(painter, above, self.caption, TEXT)
        draw_line(painter, below, self.words, TROUBLE if self._trouble() else TEXT)

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
        self.full_screen(not self.isFullScreen())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.full_screen(False)
        else:
            super().keyPressEvent(event)

    def _bands(self) -> tuple[QRect, QRect, QRect]:
        """Caption, pictures, and a line of words if there are any."""
        whole, high = self.rect(), self.fontMetrics().height() + _AIR_PX
        words = high if self._remark() else 0
        above = QRect(0, 0, whole.width(), high)
        below = QRect(0, whole.height() - words, whole.width(), words)
        return above, whole.adjusted(0, high, 0, -words), below

    def _wipes(self) -> bool:
        """Whether there is a line between two pictures to be drawn aside."""
        both = self.pictures.original is not None and self.pictures.dub is not None
        return both and self.mode == WIPE and bool(self._boxes)

    def _line_px(self) -> float:
        return self._boxes[0].left() + self._wipe * self._boxes[0].width()

    def _wipe_to(self, at: QPointF) -> None:
        if self._wiping:
            box = self._boxes[0]
            self._wipe = max(0.0, min(1.0, (at.x() - box.left()) / box.width()))
            self.update()

    def _remark(self) -> str:
        """What has a line of its own below the pictures."""
        return self._trouble() or self._words

    def _trouble(self) -> str:
        return str(self.pictures.problem or self._unheard_why)

    def _let_go(self) -> None:
        self.player.stop()
        self.pictures.show(None)
        self._boxes, self._sounds, self._last, self._wiping = [], frozenset(), 0, False
        if self._mixer is not None:
            self._mixer.reported.disconnect(self._hear)
            self._mixer.failed.disconnect(self._unheard)
            self._mixer.requestInterruption()
            self._mixer = None

    def _mix(self, comparison: Comparison) -> None:
        """Have the sound ready, in the background."""
        self._mixer = Worker(_mixes(comparison), self)
        self._mixer.reported.connect(self._hear)
        self._mixer.failed.connect(self._unheard)
        self._mixer.start()

    def _hear(self, sounds: dict[str, Sound]) -> None:
        self._sounds = frozenset(sounds)
        self.player.give_sounds(sounds)
        self.update()

    def _unheard(self, problem: object) -> None:
        self._unheard_why = f"No sound: {problem}"
        self._refit()

    def _want(self, frame: int) -> None:
        self.pictures.want(frame, self.player.speed, self._room())

    def _room(self) -> QSize:
        """What pictures have, in device pixels."""
        return room_for(self.mode, self._bands()[1], self.devicePixelRatioF())

    def _refit(self) -> None:
        """Have pictures as large as they are drawn, now that a line of words came or went."""
        if self._room() != self.pictures.room:
            self._want(self.player.frame)
        self.update()

    def _on_pictures(self, frame: int) -> None:
        if self.player.speed == 1 and frame > self._last:
            self.dropped += frame - self._last - 1
        self._last = frame
        self._follow_mouth()
        self._refit()
        self.frame_shown.emit(frame)

    def _follow_mouth(self) -> None:
        """The close-up stays where it is while no mouth is seen."""
        looked = self.looked
        if looked is None or looked.suggested is None:
            self._mouth = close_up(None, 1, 1)
            return
        matte = looked.matte_at(looked.suggested, self._last)
        if matte is not None:
            self._mouth = close_up(matte, looked.width, looked.height)

    def _on_playing(self, plays: bool) -> None:
        if plays:
            self.dropped, self._last = 0, self.player.frame
        else:
            self._want(self.player.frame)
        self.update()
        self.playing.emit(plays)


def _mixes(comparison: Comparison) -> Iterator[dict[str, Sound]]:
    """What can be heard over the shot, by role."""
    seconds = comparison.count / comparison.rate
    yield {
        role: mix(speeches, seconds)
        for role in (Role.DUB, Role.PRODUCTION)
        if (speeches := comparison.speeches(role))
    }
