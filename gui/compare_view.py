"""Original and dub of a shot, looked at and listened to, frame by frame."""

from collections.abc import Iterator
from fractions import Fraction

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from lipflap.core.looked import FaceBox, Looked
from lipflap.core.order import DUB, PRODUCTION
from lipflap.core.timecode import drops_frames, timecode_of
from lipflap.gui.compare_paint import MODES, WIPE, Shown, fitted, paint
from lipflap.gui.comparison import Comparison
from lipflap.gui.picture_source import Picture, PictureSource
from lipflap.gui.player import Player
from lipflap.gui.sound_mix import Sound, mixed
from lipflap.gui.sound_out import SoundOut
from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, TEXT
from lipflap.gui.worker import Worker

_ANY_RATE = Fraction(25)


class CompareView(QWidget):
    """Shows one shot; `player` moves it.

    frame_shown  number of the frame whose pictures are on the screen now
    """

    frame_shown = Signal(int)

    def __init__(self, out: SoundOut | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Original and dub")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.player = Player(out or SoundOut(), self)
        self.player.hears = DUB
        self.player.moved.connect(self._want)
        self.comparison: Comparison | None = None
        self.mode, self.flipped, self.shows_faces = WIPE, False, False
        self._wipe, self._wiping = 0.5, False
        self._sources: dict[str, PictureSource] = {}
        self._pictures: dict[str, Picture] = {}
        self._words = ""
        self.looked: Looked | None = None
        self._mixer: Worker | None = None

    def show_shot(self, comparison: Comparison) -> None:
        """Compare another shot, from its first frame, or the same one after it was rendered."""
        same = self.comparison is not None and self.comparison.shot == comparison.shot
        frame = self.player.frame if same else 0
        self._let_go()
        if not same:
            self.looked = None
        self.comparison, self._words = comparison, comparison.words
        self._sources["original"] = self._source("original", comparison)
        if comparison.dub is not None:
            self._sources["dub"] = self._source("dub", comparison)
        self.player.load(comparison.rate, comparison.count)
        self._mixer = Worker(_mixes(comparison), self)
        self._mixer.reported.connect(self.player.give_sounds)
        self._mixer.failed.connect(self._unheard)
        self._mixer.start()
        self.player.seek(frame)

    def show_nothing(self, words: str) -> None:
        """Nothing to compare, and why."""
        self._let_go()
        self.comparison, self._words = None, words
        self.player.load(_ANY_RATE, 0)
        self.update()

    def show_look(self, looked: Looked | None) -> None:
        """Where the faces are, for what is drawn about them."""
        self.looked = looked
        self.update()

    def compare(self, mode: str) -> None:
        """In another way: one of compare_paint.MODES."""
        if mode not in MODES:
            raise ValueError(f"{mode!r} is no way of comparing")
        self.mode = mode
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
        self.player.hear(PRODUCTION if self.player.hears == DUB else DUB)
        self.update()
        return self.player.hears

    def step(self, frames: int) -> None:
        self.player.stop()
        self.player.seek(self.player.frame + frames)

    def end(self) -> None:
        """Close files and sound device."""
        self._let_go()
        self.player.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.end()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._want(self.player.frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND.darker(140))
        original, dub = self._image("original"), self._image("dub")
        if self.comparison is None or (original is None and dub is None):
            self._say(painter, self._problem() or self._words or "Loading …")
            return
        shown = Shown(self.mode, original, dub, self._wipe, self.flipped, self._face())
        boxes = paint(painter, self.rect(), shown)
        if self.shows_faces:
            for box in boxes:
                self._outline(painter, box)
        self._caption(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._wiping = self.mode == WIPE and "dub" in self._sources
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._wiping and event.buttons() & Qt.MouseButton.LeftButton:
            box = self._whole()
            self._wipe = max(0.0, min(1.0, (event.position().x() - box.left()) / box.width()))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._wiping = False

    def _source(self, name: str, comparison: Comparison) -> PictureSource:
        footage = comparison.original if name == "original" else comparison.dub
        assert footage is not None
        source = PictureSource(footage, self)
        source.arrived.connect(lambda picture: self._take(name, picture))
        return source

    def _let_go(self) -> None:
        self.player.stop()
        for source in self._sources.values():
            source.end()
            source.deleteLater()
        self._sources, self._pictures = {}, {}
        if self._mixer is not None:
            self._mixer.requestInterruption()
            self._mixer.wait()
            self._mixer.deleteLater()
            self._mixer = None

    def _want(self, frame: int) -> None:
        """Have the pictures of a frame on the screen as soon as they are there."""
        if self.comparison is None:
            return
        room = self.size() * self.devicePixelRatio()
        playing = self.player.speed != 0
        for name, source in self._sources.items():
            image = source.want(frame, QSize(room), playing)
            if image is not None:
                self._pictures[name] = Picture(frame, image, None)
        self._show_if_whole(frame)

    def _take(self, name: str, picture: Picture) -> None:
        self._pictures[name] = picture
        self._show_if_whole(picture.frame)

    def _show_if_whole(self, frame: int) -> None:
        """Original and dub of one frame come to the screen together."""
        held = [self._pictures.get(name) for name in self._sources]
        if all(picture is not None and picture.frame == frame for picture in held):
            self.update()
            self.frame_shown.emit(frame)

    def _image(self, name: str) -> QImage | None:
        picture = self._pictures.get(name)
        return picture.image if picture is not None else None

    def _problem(self) -> str:
        problems = [str(p.problem) for p in self._pictures.values() if p.problem]
        return problems[0] if problems else ""

    def _unheard(self, problem: object) -> None:
        self._words = f"No sound: {problem}"
        self.update()

    def _whole(self) -> QRectF:
        image = self._image("original") or self._image("dub")
        return fitted(image.size(), QRectF(self.rect())) if image else QRectF(self.rect())

    def _face(self) -> FaceBox | None:
        """The face that is dubbed, or would be, in this frame."""
        looked = self.looked
        if looked is None or looked.suggested is None or self.comparison is None:
            return None
        return looked.box_at(looked.suggested, self.player.frame)

    def _outline(self, painter: QPainter, box: QRectF) -> None:
        looked = self.looked
        if looked is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number in range(len(looked.faces)):
            face = looked.box_at(number, self.player.frame)
            if face is None:
                continue
            dubbed = number == looked.suggested
            painter.setPen(QPen(ACCENT if dubbed else FAINT, 2 if dubbed else 1))
            painter.drawRect(
                QRectF(
                    box.left() + face.left * box.width(),
                    box.top() + face.top * box.height(),
                    face.width * box.width(),
                    face.height * box.height(),
                )
            )

    def _caption(self, painter: QPainter) -> None:
        """Timecode of the media, frame, what is heard, and why there is no dub."""
        shot = self.comparison
        assert shot is not None
        frame = self.player.frame
        code = timecode_of(shot.start_frame + frame, shot.rate, drop=drops_frames(shot.rate))
        heard = "dub" if self.player.hears == DUB else "production sound"
        silent = ", no sound device" if self.player.silent else ""
        parts = [shot.shot, code, f"{frame + 1} of {shot.count}", f"hears {heard}{silent}"]
        text = "    ".join([*parts, self._problem() or self._words])
        veil = QColor(BACKGROUND)
        veil.setAlpha(170)
        high = painter.fontMetrics().height() + 8
        painter.fillRect(0, 0, self.width(), high, veil)
        painter.setPen(TEXT)
        room = self.rect().adjusted(8, 0, -8, high - self.height())
        fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, fitting)

    def _say(self, painter: QPainter, words: str) -> None:
        painter.setPen(FAINT)
        room = self.rect().adjusted(24, 24, -24, -24)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, words)


def _mixes(comparison: Comparison) -> Iterator[dict[str, Sound]]:
    """What can be heard over the shot, by role."""
    seconds = comparison.count / comparison.rate
    yield {
        role: mixed(speeches, seconds)
        for role in (DUB, PRODUCTION)
        if (speeches := comparison.speeches(role))
    }
