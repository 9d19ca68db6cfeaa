"""A field that shows where the playhead is, and takes it where a timecode says."""

from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontDatabase, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from lipflap.core.errors import DubError
from lipflap.core.timecode import cut_timecode, parse_timecode

_DIGITS = 8
_KINDS = ": type 01:00:02:10, or its last digits, or +12."


class TimecodeEdit(QLineEdit):
    """A field for record timecode: 01:00:02:10, or its last digits, 210, or +12 and -12.

    entered   frame of the cut that was asked for, or its first or last, which is nearest to it
    refused   why what was entered is no timecode of the cut, or lies outside it
    """

    entered = Signal(int)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rate, self._first_frame, self._frame, self._count = Fraction(25), 0, 0, 0
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAccessibleName("Record timecode")
        self.setToolTip("Record timecode: type it, or its last digits, or +12, then Enter.")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("00:00:00:00") + 26)
        self.returnPressed.connect(self._enter)

    def show_frame(self, rate: Fraction, first_frame: int, frame: int, count: int) -> None:
        """Show the timecode of a frame of the cut, unless another is being typed."""
        self._rate, self._first_frame, self._frame, self._count = rate, first_frame, frame, count
        if not self.hasFocus():
            self._restore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._restore()

    def _restore(self) -> None:
        self.setText(self._now() if self._count else "")
        self.setCursorPosition(0)

    def _now(self) -> str:
        return cut_timecode(self._frame, self._rate, self._first_frame)

    def _enter(self) -> None:
        text = self.text()
        try:
            frame = self.frame_of(text)
        except (DubError, ValueError):
            self.refused.emit(f"{text} is no timecode of this cut{_KINDS}")
            self.selectAll()
            return
        self.clearFocus()
        nearest = max(0, min(self._count - 1, frame))
        self.entered.emit(nearest)
        if frame != nearest:
            end = "before the start" if frame < 0 else "after the end"
            there = cut_timecode(nearest, self._rate, self._first_frame)
            self.refused.emit(f"{text} is {end} of the cut, which is at {there}.")

    def frame_of(self, text: str) -> int:
        """Return the frame that a text asks for, counted from the first of the cut.

        Raises DubError or ValueError for what is no timecode.
        """
        text = text.strip()
        if text[:1] in ("+", "-"):
            return self._frame + int(text)
        if text.isdecimal() and len(text) <= _DIGITS:
            text = self._completed(text)
        return parse_timecode(text, self._rate) - self._first_frame

    def _completed(self, digits: str) -> str:
        """Return the current timecode with its last digits replaced."""
        now = self._now()
        kept = [sign for sign in now if sign.isdecimal()][: _DIGITS - len(digits)]
        new = iter((*kept, *digits))
        return "".join(next(new) if sign.isdecimal() else sign for sign in now)
