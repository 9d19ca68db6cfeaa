"""Mouse gestures in the timeline, from press to release."""

from dataclasses import dataclass
from fractions import Fraction

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

    began_px         where in the cut it began: it stays there while the timeline scrolls
    selected_before  the shots that were selected when it began
    kept             those of them that it adds to
    """

    began_px: int
    began_y: int
    at: QPoint
    selected_before: frozenset[str]
    kept: frozenset[str]

    def area(self, left_px: int) -> QRect:
        """Return the area that it spans on the screen."""
        corner = QPoint(self.began_px - left_px, self.began_y)
        return QRect(corner, self.at).normalized()


@dataclass(frozen=True, slots=True)
class DragLine:
    """A dub line is dragged sideways.

    Its way is added up from mouse event to mouse event, so that a view that scrolls or zooms
    meanwhile does not move the line.

    pressed_px   pixel of the screen at which it was grabbed
    at_px        where the mouse is now
    dragged      how far it was dragged, in frames, before it snaps
    frames       how far it would slip if it were dropped now
    moved        whether it is more than a click
    """

    line: DubLine
    pressed_px: int
    at_px: int
    dragged: Fraction = Fraction(0)
    frames: int = 0
    moved: bool = False


Gesture = Pan | Scrub | Band | DragLine
