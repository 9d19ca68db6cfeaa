"""What an editor does in the strip: chooses shots, moves the playhead, marks, slips dub lines."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from PySide6.QtCore import QBasicTimer, QEvent, QPoint, Qt, QTimerEvent, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from lipflap.core.order import Role
from lipflap.gui.timeline.canvas import TimelineCanvas
from lipflap.gui.timeline.gestures import Band, DragLine, Gesture, Pan, Scrub
from lipflap.gui.timeline.hit_test import item_at, shots_in, tip
from lipflap.gui.timeline.layout import Item, next_point, point_before, shots_under
from lipflap.gui.timeline.paint import HEADER_PX, RULER_PX
from lipflap.gui.timeline.snapping import clamp, snap
from lipflap.plugin.cut.cut import DubLine, Shot
from lipflap.plugin.cut.time_range import TimeRange

_MAGNET_PX = 7
_AT_EDGE_PX, _EDGE_STEP_PX, _EDGE_EVERY_MS = 24, 24, 30
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_ONCE = (Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_L, Qt.Key.Key_Space)  # held down they count once
_ALT = Qt.KeyboardModifier.AltModifier


@dataclass(frozen=True, slots=True)
class Pointed:
    """What a menu was asked for on: a moment, and the shot or the line that is there."""

    record: Fraction
    shot: str | None
    line: DubLine | None


class TimelineView(TimelineCanvas):
    """The strip; what is done in it comes out as signals, and nothing but the view is changed.

    chosen          names of the shots that are chosen now
    playhead_moved  record time of the frame on which the playhead stands now
    line_slipped    a DubLine as it lies now, and how many seconds later it is to lie
    range_marked    the Stretch between the marks, None when there is none any more
    shuttle         -1, 0 or 1, once for each press of J, K or L
    play_pause      the space bar
    menu_wanted     where on the screen, and on what: Pointed
    """

    chosen = Signal(object)
    playhead_moved = Signal(object)
    line_slipped = Signal(object, object)
    range_marked = Signal(object)
    shuttle = Signal(int)
    play_pause = Signal()
    menu_wanted = Signal(QPoint, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._anchor = ""
        self._mouse = QPoint()
        self._at_edge = QBasicTimer()
        self._keys = self._key_map()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def playhead(self) -> Fraction:
        """Record time of the frame on which the playhead stands."""
        return self.over.playhead / self.scale.rate

    @property
    def mark_in(self) -> Fraction | None:
        """Record time at which the marked range begins."""
        return self.over.mark_in

    @property
    def mark_out(self) -> Fraction | None:
        """Record time at which the marked range ends: the end of its last frame."""
        return self.over.mark_out

    @property
    def marked(self) -> TimeRange | None:
        begin, end = self.mark_in, self.mark_out
        return TimeRange(begin, end) if begin is not None and end is not None else None

    def set_mark_in(self) -> None:
        """The marked range begins with the playhead's frame."""
        end = self.mark_out
        self._mark(self.playhead, end if end is not None and end > self.playhead else None)

    def set_mark_out(self) -> None:
        """The marked range ends with the playhead's frame, which belongs to it."""
        begin, end = self.mark_in, (self.over.playhead + 1) / self.scale.rate
        self._mark(begin if begin is not None and begin < end else None, end)

    def clear_marks(self) -> None:
        self._mark(None, None)

    def choose_all(self) -> None:
        self._choose(frozenset(self.cut.cues) if self.cut else frozenset(), None)

    def step(self, frames: int) -> None:
        """Move the playhead by frames."""
        self._go(self.over.playhead + frames)

    def to_edit(self, way: int) -> None:
        """Move the playhead to the next edit point, or the one before for -1."""
        if self.cut:
            find = next_point if way > 0 else point_before
            point = find(self.cut.points, self.playhead)
            if point is not None:
                self._go(round(point * self.cut.rate))

    def to_start(self) -> None:
        self._go(0)

    def to_end(self) -> None:
        self._go(self.cut.frames - 1 if self.cut else 0)

    def nudge(self, frames: int) -> None:
        """Slip the dub line that was taken up, if there is one."""
        if self.cut and self.line is not None:
            self._slip(self.line, clamp(self.line.record, frames, self.cut.rate, self.cut.frames))

    def let_go(self) -> None:
        """End what the mouse does as if it had not begun; else nothing is chosen any more."""
        doing = self.over.gesture
        if doing is None:
            self._choose(frozenset(), None)
        elif isinstance(doing, Band):
            self.hold(doing.before, None)
        self._do(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._action(event)
        if action is None:
            super().keyPressEvent(event)
        elif not (event.isAutoRepeat() and event.key() in _ONCE):
            action()

    def event(self, event: QEvent) -> bool:
        """Keys that mean something here are kept from the shortcuts of menus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._action(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            item = self._item_at(event.pos())
            if item is not None and self.cut and self.stage:
                state = self.stage.states.get(item.name, "")
                said = tip(self.cut, item, state if isinstance(item, Shot) else "")
                if isinstance(item, DubLine) and self.shelf.trouble(item.path):
                    said += f"\n{self.shelf.trouble(item.path)}"
                QToolTip.showText(event.globalPos(), said, self)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self.cut is None or self.over.gesture is not None:
            return
        if event.button() == Qt.MouseButton.MiddleButton:
            bars = self.horizontalScrollBar(), self.verticalScrollBar()
            self._do(Pan(bars[0].value(), bars[1].value(), at))
        elif event.button() == Qt.MouseButton.LeftButton and at.x() >= HEADER_PX:
            if at.y() < RULER_PX:
                self._do(Scrub())
                self._scrub(at)
            else:
                self._press(at, event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at, doing = event.position().toPoint(), self.over.gesture
        if isinstance(doing, Pan):
            moved = at - doing.pressed
            self.horizontalScrollBar().setValue(doing.left_px - moved.x())
            self.verticalScrollBar().setValue(doing.top_px - moved.y())
        elif doing is not None:
            self._mouse = at
            self._move(at)
            far = HEADER_PX + _AT_EDGE_PX < at.x() < self.viewport().width() - _AT_EDGE_PX
            if far:
                self._at_edge.stop()
            elif not self._at_edge.isActive():
                self._at_edge.start(_EDGE_EVERY_MS, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        doing = self.over.gesture
        middle = event.button() == Qt.MouseButton.MiddleButton
        if doing is None or middle != isinstance(doing, Pan):
            return
        self._do(None)
        if isinstance(doing, Band) and self.held != doing.before:
            self.chosen.emit(set(self.held))
        elif isinstance(doing, DragLine) and doing.moved:
            self._slip(doing.line, doing.frames)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The playhead goes to where a shot or a line begins."""
        item = self._item_at(event.position().toPoint())
        if item is not None and self.cut and event.button() == Qt.MouseButton.LeftButton:
            self._go(round(item.record.start * self.cut.rate))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.cut is None:
            return
        item, record = None, self.playhead
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            item = self._item_at(event.pos())
            frame = self.scale.frame_at(max(0, event.pos().x() - HEADER_PX))
            record = frame / self.cut.rate
            if item is not None and not self._is_held(item):
                self._click(item, Qt.KeyboardModifier.NoModifier)
        shot = item.name if isinstance(item, Shot) else None
        line = item if isinstance(item, DubLine) else None
        self.menu_wanted.emit(place, Pointed(record, shot, line))

    def timerEvent(self, event: QTimerEvent) -> None:
        """While something is held at the edge, the cut moves on under it."""
        if event.timerId() != self._at_edge.timerId():
            super().timerEvent(event)
            return
        step = _EDGE_STEP_PX if self._mouse.x() > HEADER_PX + _AT_EDGE_PX else -_EDGE_STEP_PX
        across = self.horizontalScrollBar()
        across.setValue(across.value() + step)
        self._move(self._mouse)

    def _press(self, at: QPoint, keys: Qt.KeyboardModifier) -> None:
        item = self._item_at(at)
        began = at.x() - HEADER_PX + self.scale.left_px
        if item is not None:
            self._click(item, keys)
        if isinstance(item, DubLine) and item.role == Role.DUB:
            self._do(DragLine(item, began))
            return
        before, line = self.held, self.line
        adds = bool(keys & (_CTRL | _SHIFT)) or item is not None
        kept = before if adds else frozenset[str]()
        self.hold(kept, line if adds else None)
        self._do(Band(began, at.y(), QPoint(at.x() - HEADER_PX, at.y()), before, kept))

    def _move(self, at: QPoint) -> None:
        doing = self.over.gesture
        if isinstance(doing, Scrub):
            self._scrub(at)
        elif isinstance(doing, Band) and self.stage:
            band = replace(doing, at=QPoint(max(0, at.x() - HEADER_PX), at.y()))
            area = band.area(self.scale.left_px)
            touched = shots_in(self.stage.placed, self.scale, area)
            self.hold(doing.kept | touched, None)
            self._do(band)
        elif isinstance(doing, DragLine) and self.cut:
            self._carry(doing, at)

    def _scrub(self, at: QPoint) -> None:
        self._go(self.scale.frame_at(at.x() - HEADER_PX))

    def _carry(self, carry: DragLine, at: QPoint) -> None:
        """A line goes with the mouse by whole frames, and sticks a little to shot edges."""
        if self.cut is None:
            return
        far = at.x() - HEADER_PX + self.scale.left_px - carry.began_px
        moved = carry.moved or abs(far) >= QApplication.startDragDistance()
        frames, record, rate = self.scale.frames_of(far), carry.line.record, self.cut.rate
        if not QApplication.keyboardModifiers() & _ALT:
            reach = _MAGNET_PX / self.scale.px_per_frame
            frames = snap(record, frames, self.cut.points, rate, reach)
        self._do(replace(carry, frames=clamp(record, frames, rate, self.cut.frames), moved=moved))

    def _do(self, doing: Gesture | None) -> None:
        """What the mouse does from now on."""
        if doing is None:
            self._at_edge.stop()
        carries = isinstance(doing, DragLine) and doing.moved
        shapes = {Pan: Qt.CursorShape.ClosedHandCursor, DragLine: Qt.CursorShape.SizeHorCursor}
        shape = shapes.get(type(doing)) if carries or isinstance(doing, Pan) else None
        self.viewport().setCursor(shape or Qt.CursorShape.ArrowCursor)
        self.over = replace(self.over, gesture=doing)
        self.viewport().update()

    def _go(self, frame: int) -> None:
        """The editor moves the playhead."""
        before = self.over.playhead
        self.put_playhead(frame)
        if self.over.playhead != before:
            if not self.sees(self.over.playhead):
                self.reveal(self.over.playhead)
            self.tell()
            self.playhead_moved.emit(self.playhead)

    def _mark(self, begin: Fraction | None, end: Fraction | None) -> None:
        before = self.marked
        self.over = replace(self.over, mark_in=begin, mark_out=end)
        self.viewport().update()
        if self.marked != before:
            self.range_marked.emit(self.marked)

    def _slip(self, line: DubLine, frames: int) -> None:
        if frames and self.cut:
            self.line_slipped.emit(line, frames / self.cut.rate)

    def _click(self, item: Item, keys: Qt.KeyboardModifier) -> None:
        """Choose what was clicked: a shot, those up to it, or those a line plays over."""
        if self.cut is None:
            return
        line = None if isinstance(item, Shot) else item
        names = shots_under(self.cut, line) if line else {item.name}
        if keys & _SHIFT and not line and self._anchor in self.cut.cues:
            order = list(self.cut.cues)
            ends = sorted((order.index(self._anchor), order.index(item.name)))
            self._choose(self.held | set(order[ends[0] : ends[1] + 1]), None)
            return
        self._anchor = self._anchor if line else item.name
        self._choose(self.held ^ names if keys & _CTRL else frozenset(names), line)

    def _choose(self, shots: frozenset[str], line: DubLine | None) -> None:
        """The editor chooses."""
        before = self.held
        self.hold(shots, line)
        if self.held != before:
            self.chosen.emit(set(self.held))

    def _is_held(self, item: Item) -> bool:
        return item.name in self.held if isinstance(item, Shot) else item == self.line

    def _item_at(self, at: QPoint) -> Item | None:
        if self.stage is None or at.x() < HEADER_PX:
            return None
        return item_at(self.stage.placed, self.scale, at.x() - HEADER_PX, at.y())

    def _action(self, event: QKeyEvent) -> Callable[[], object] | None:
        keys = event.modifiers() & (_SHIFT | _CTRL | _ALT)
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Equal):
            keys = Qt.KeyboardModifier.NoModifier  # where they lie differs from country to country
        return self._keys.get((Qt.Key(event.key()), keys)) if self.cut else None

    def _key_map(self) -> dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]]:
        key, plain = Qt.Key, Qt.KeyboardModifier.NoModifier
        return {
            (key.Key_Left, plain): lambda: self.step(-1),
            (key.Key_Right, plain): lambda: self.step(1),
            (key.Key_Left, _SHIFT): lambda: self.step(-10),
            (key.Key_Right, _SHIFT): lambda: self.step(10),
            (key.Key_Up, plain): lambda: self.to_edit(-1),
            (key.Key_Down, plain): lambda: self.to_edit(1),
            (key.Key_Home, plain): self.to_start,
            (key.Key_End, plain): self.to_end,
            (key.Key_I, plain): self.set_mark_in,
            (key.Key_O, plain): self.set_mark_out,
            (key.Key_X, plain): self.clear_marks,
            (key.Key_J, plain): lambda: self.shuttle.emit(-1),
            (key.Key_K, plain): lambda: self.shuttle.emit(0),
            (key.Key_L, plain): lambda: self.shuttle.emit(1),
            (key.Key_Space, plain): self.play_pause.emit,
            (key.Key_Comma, plain): lambda: self.nudge(-1),
            (key.Key_Period, plain): lambda: self.nudge(1),
            (key.Key_Comma, _SHIFT): lambda: self.nudge(-10),
            (key.Key_Period, _SHIFT): lambda: self.nudge(10),
            (key.Key_A, _CTRL): self.choose_all,
            (key.Key_Z, plain): self.fit_chosen,
            (key.Key_Z, _SHIFT): self.fit_cut,
            (key.Key_Plus, plain): lambda: self.zoom(1),
            (key.Key_Equal, plain): lambda: self.zoom(1),
            (key.Key_Minus, plain): lambda: self.zoom(-1),
            (key.Key_Escape, plain): self.let_go,
        }
