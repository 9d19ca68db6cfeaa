"""What the mouse is doing in a strip, from press to release."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect

from lipflap.plugin.cut.cut import DubLine


@dataclass(frozen=True, slots=True)
class Pan:
    """The cut follows the mouse."""

    left_px: int
    top_px: int
    pressed: QPoint


@dataclass(frozen=True, slots=True)
class Scrub:
    """The playhead follows the mouse."""


@dataclass(frozen=True, slots=True)
class Band:
    """A rubber band is drawn.

    began_px   where in the cut it was begun: it stays there while the strip scrolls
    before     the shots that were chosen
    kept       those of them it adds to
    """

    began_px: int
    began_y: int
    at: QPoint
    before: frozenset[str]
    kept: frozenset[str]

    def area(self, left_px: int) -> QRect:
        """What it spans on the screen."""
        corner = QPoint(self.began_px - left_px, self.began_y)
        return QRect(corner, self.at).normalized()


@dataclass(frozen=True, slots=True)
class DragLine:
    """A dub line is carried sideways.

    began_px   where in the cut it was taken up
    frames     how far it would go if it were let go now
    moved      whether it was more than a click
    """

    line: DubLine
    began_px: int
    frames: int = 0
    moved: bool = False


Gesture = Pan | Scrub | Band | DragLine
