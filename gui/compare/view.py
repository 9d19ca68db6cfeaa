"""The viewer of original and dub: plays the cut, and compares its shots frame by frame."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from lipflap.core.frametime import frame_to_sample
from lipflap.gui.compare.canvas import CompareCanvas
from lipflap.gui.compare.comparison import Comparison
from lipflap.gui.compare.frame_pair import DUB, ORIGINAL, FramePair
from lipflap.gui.compare.overlay import ShownFaces
from lipflap.gui.compare.paint import FLIP, MODES, close_up, frame_size
from lipflap.gui.compare.program import Program
from lipflap.gui.sound.audio_mix import MIX_HZ
from lipflap.gui.sound.audio_output import AudioOutput
from lipflap.gui.sound.cut_sound import Heard
from lipflap.plugin.cut.cut import DubLine


class CompareView(CompareCanvas):
    """A view of the cut, one shot at a time; `player` moves through it in frames of the cut.

    due          frame of the cut whose picture is requested next: time to show another shot
    frame_shown  frame of the cut whose pictures are now visible
    playing      whether it plays
    """

    due = Signal(int)
    frame_shown = Signal(int)
    playing = Signal(bool)

    def __init__(self, out: AudioOutput | None = None, parent: QWidget | None = None) -> None:
        super().__init__(out, parent)
        self.player.moved.connect(self._on_moved)
        self.player.playing.connect(self._on_playing)
        self.sound.changed.connect(self._on_sound_changed)
        self.dropped_frames = 0
        self._standby = FramePair(self)
        for pair in (self.frames, self._standby):
            pair.changed.connect(partial(self._on_frame_changed, pair))
            pair.failed.connect(self._on_frame_failed)
        self._last_frame, self._shown_frame = 0, 0  # of the cut, of the shot

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
            self.faces = None
        self.comparison, self._reason = comparison, comparison.reason
        if not same or self._standby.comparison == comparison:
            self.frames, self._standby = self._standby, self.frames
        if self.frames.comparison != comparison:
            self.frames.show(comparison)
        self._boxes, self._wiping = [], False
        self._request_frame(self.player.frame)
        if self.frames.frame == self.shot_frame(self.player.frame):
            self._on_frame_changed(self.frames, self.frames.frame)
        self.update()

    def show_reason(self, reason: str) -> None:
        """Say other words below the pictures of the shot that is shown."""
        if reason != self._reason:
            self._reason = reason
            self._refit()

    def prepare(self, comparison: Comparison, frame: int) -> None:
        """Load the pictures of the shot that plays next, from a frame of the cut on."""
        if self._standby.comparison != comparison and self.program is not None:
            self._standby.show(comparison)
            first = comparison.frame_at(self.program.record_of(frame))
            self._standby.request(first, 0, self._frame_room())

    def show_nothing(self, reason: str) -> None:
        """Show no shot, and say why; the cut plays on."""
        self.comparison, self.faces, self._reason = None, None, reason
        self.frames.show(None)
        self._boxes, self._wiping = [], False
        self.update()

    def show_known_faces(self, faces: ShownFaces | None) -> None:
        """Set the faces that are drawn over the pictures; `suggested` is the one that is dubbed."""
        self.faces = faces
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
        super().flip()
        self._request_frame(self.player.frame)

    def hear(self, heard: Heard) -> None:
        """Play another sound with the pictures."""
        self.player.set_audio_role(heard)
        self.update()

    def step(self, frames: int) -> None:
        self.player.stop()
        self.player.seek(self.player.frame + frames)

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

    def _reset(self) -> None:
        self.player.stop()
        self.comparison, self.faces, self._reason = None, None, ""
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

    def _request_frame(self, frame: int) -> None:
        """Request the pictures of a frame; while it plays, only those that are seen."""
        plays_one = self.mode == FLIP and self.player.speed != 0
        only = (ORIGINAL if self.is_flipped else DUB) if plays_one else ""
        self.frames.request(self.shot_frame(frame), self.player.speed, self._frame_room(), only)

    def _frame_room(self) -> QSize:
        """Return the size that frames need to have, in device pixels."""
        return frame_size(self.mode, self.bands()[1], self.devicePixelRatioF())

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
        frame = self.cut_frame(shot_frame)
        if self.player.speed == 1:
            shown = {self._shown_frame, shot_frame}
            between = map(self.shot_frame, range(self._last_frame + 1, frame))
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
