"""The timeline with a playhead and marks: moved by frames, by edit points, to the ends."""

from dataclasses import replace
from fractions import Fraction

from PySide6.QtCore import Signal

from lipflap.gui.timeline.canvas import TimelineCanvas
from lipflap.gui.timeline.layout import next_point, previous_point
from lipflap.plugin.cut.time_range import TimeRange


class TimelinePlayhead(TimelineCanvas):
    """A timeline whose playhead and marks an editor moves.

    playhead_moved     record time of the frame that the playhead is on
    range_marked       the TimeRange between the marks, None without one
    """

    playhead_moved = Signal(object)
    range_marked = Signal(object)

    @property
    def playhead(self) -> Fraction:
        """Record time of the frame that the playhead is on."""
        return self.overlay.playhead / self.scale.rate

    @property
    def mark_in(self) -> Fraction | None:
        """Record time at which the marked range begins."""
        return self.overlay.mark_in

    @property
    def mark_out(self) -> Fraction | None:
        """Record time at which the marked range ends: the end of its last frame."""
        return self.overlay.mark_out

    @property
    def marked(self) -> TimeRange | None:
        """The range between the marks."""
        begin, end = self.mark_in, self.mark_out
        return TimeRange(begin, end) if begin is not None and end is not None else None

    def set_mark_in(self) -> None:
        """Begin the marked range with the frame of the playhead."""
        end = self.mark_out
        self._set_marks(self.playhead, end if end is not None and end > self.playhead else None)

    def set_mark_out(self) -> None:
        """End the marked range with the frame of the playhead, which belongs to it."""
        begin, end = self.mark_in, (self.overlay.playhead + 1) / self.scale.rate
        self._set_marks(begin if begin is not None and begin < end else None, end)

    def clear_marks(self) -> None:
        self._set_marks(None, None)

    def step(self, frames: int) -> None:
        """Move the playhead by frames."""
        self.go_to(self.overlay.playhead + frames)

    def go_to_edit(self, direction: int) -> None:
        """Move the playhead to the next edit point, or the one before for -1."""
        if self.cut:
            find = next_point if direction > 0 else previous_point
            point = find(self.cut.edit_points, self.playhead)
            if point is not None:
                self.go_to(round(point * self.cut.rate))

    def go_to_start(self) -> None:
        self.go_to(0)

    def go_to_end(self) -> None:
        self.go_to(self.cut.frames - 1 if self.cut else 0)

    def go_to(self, frame: int) -> None:
        """Move the playhead by hand."""
        before = self.overlay.playhead
        self.move_playhead(frame)
        if self.overlay.playhead != before:
            if not self.is_in_view(self.overlay.playhead):
                self.reveal(self.overlay.playhead)
            self.update_accessible_text()
            self.playhead_moved.emit(self.playhead)

    def _set_marks(self, begin: Fraction | None, end: Fraction | None) -> None:
        before = self.marked
        self.overlay = replace(self.overlay, mark_in=begin, mark_out=end)
        self.viewport().update()
        if self.marked != before:
            self.range_marked.emit(self.marked)
