"""The timeline as an editor uses it: selects shots, moves the playhead, marks, slips dub lines."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from PySide6.QtCore import QBasicTimer, QEvent, QPoint, Qt, QTimerEvent, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from lipflap.core.order import Role
from lipflap.gui.timeline.controls.headers import button_at
from lipflap.gui.timeline.gestures import Band, DragLine, Gesture, Pan, Scrub
from lipflap.gui.timeline.hit_test import item_at, shots_in, tooltip
from lipflap.gui.timeline.layout import Item, shots_under
from lipflap.gui.timeline.paint import HEADER_PX, RULER_PX
from lipflap.gui.timeline.paint_scene import badge_at
from lipflap.gui.timeline.playhead import TimelinePlayhead
from lipflap.gui.timeline.snapping import clamp, snap
from lipflap.gui.timeline.waveform import source_of
from lipflap.plugin.cut.cut import DubLine, Shot

_SNAP_PX = 7
_EDGE_PX, _EDGE_STEP_PX, _EDGE_EVERY_MS = 24, 24, 30
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_SLIPS = (Qt.Key.Key_Comma, Qt.Key.Key_Period)
_NO_REPEAT = (
    Qt.Key.Key_J,
    Qt.Key.Key_K,
    Qt.Key.Key_L,
    Qt.Key.Key_Space,
)  # count once while held down
_ALT = Qt.KeyboardModifier.AltModifier


@dataclass(frozen=True, slots=True)
class MenuTarget:
    """The target of a context menu: a moment, and the shot or the line there."""

    record: Fraction
    shot: str | None
    line: DubLine | None


class TimelineView(TimelinePlayhead):
    """The timeline. Edits are emitted as signals; only the view itself is changed here.

    selection_changed  names of the selected shots
    line_slipped       a DubLine where it plays now, and how many seconds later it is to play
    shuttle            -1, 0 or 1, once for each press of J, K or L
    play_pause         the space bar
    menu_requested     where on the screen, and on what: MenuTarget
    tracks_changed     TrackStates, when a track was muted or soloed
    """

    selection_changed = Signal(object)
    line_slipped = Signal(object, object)
    shuttle = Signal(int)
    play_pause = Signal()
    menu_requested = Signal(QPoint, object)
    tracks_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._anchor = ""
        self._mouse_at = QPoint()
        self._edge_timer = QBasicTimer()
        self._key_actions = self._make_key_actions()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def select_all(self) -> None:
        self._select(frozenset(self.cut.cues) if self.cut else frozenset(), None)

    def nudge(self, frames: int) -> None:
        """Slip the selected dub line, if there is one."""
        if self.cut and self.selected_line is not None:
            self._emit_slip(
                self.selected_line,
                clamp(self.selected_line.record, frames, self.cut.rate, self.cut.frames),
            )

    def cancel(self) -> None:
        """Undo the current mouse gesture; without one, clear the selection."""
        gesture = self.overlay.gesture
        if gesture is None:
            self._select(frozenset(), None)
        elif isinstance(gesture, Band):
            self.set_selection(gesture.selected_before, None)
        self._set_gesture(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._action_of(event)
        if action is None:
            super().keyPressEvent(event)
        elif not (event.isAutoRepeat() and event.key() in _NO_REPEAT):
            action()

    def event(self, event: QEvent) -> bool:
        """Keep keys that the timeline uses from the shortcuts of menus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._action_of(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            item = self._item_at(event.pos())
            if item is not None and self.cut and self.scene:
                state = self.scene.states.get(item.name, "")
                text = tooltip(self.cut, item, state if isinstance(item, Shot) else "")
                if isinstance(item, DubLine) and (error := self.waveforms.error(source_of(item))):
                    text += f"\n{error}"
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self.cut is None or self.overlay.gesture is not None:
            return
        if event.button() == Qt.MouseButton.MiddleButton:
            bars = self.horizontalScrollBar(), self.verticalScrollBar()
            self._set_gesture(Pan(bars[0].value(), bars[1].value(), at))
        elif event.button() == Qt.MouseButton.LeftButton and at.x() < HEADER_PX:
            if self.scene and (hit := button_at(self.scene.placed, at)):
                self.show_tracks(self.tracks.toggled(*hit))
                self.tracks_changed.emit(self.tracks)
        elif event.button() == Qt.MouseButton.LeftButton:
            if at.y() < RULER_PX:
                self._set_gesture(Scrub())
                self._scrub(at)
            else:
                self._press(at, event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at, gesture = event.position().toPoint(), self.overlay.gesture
        if isinstance(gesture, Pan):
            moved = at - gesture.pressed
            self.horizontalScrollBar().setValue(gesture.left_px - moved.x())
            self.verticalScrollBar().setValue(gesture.top_px - moved.y())
        elif gesture is not None:
            self._mouse_at = at
            self._move(at)
            distance_px = HEADER_PX + _EDGE_PX < at.x() < self.viewport().width() - _EDGE_PX
            if distance_px:
                self._edge_timer.stop()
            elif not self._edge_timer.isActive():
                self._edge_timer.start(_EDGE_EVERY_MS, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self.overlay.gesture
        middle = event.button() == Qt.MouseButton.MiddleButton
        if gesture is None or middle != isinstance(gesture, Pan):
            return
        self._set_gesture(None)
        if isinstance(gesture, Band) and self.selected != gesture.selected_before:
            self.selection_changed.emit(set(self.selected))
        elif isinstance(gesture, DragLine) and gesture.moved:
            self._emit_slip(gesture.line, gesture.frames)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Move the playhead to the start of a shot or a line."""
        item = self._item_at(event.position().toPoint())
        if item is not None and self.cut and event.button() == Qt.MouseButton.LeftButton:
            self.go_to(round(item.record.start * self.cut.rate))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.cut is None:
            return
        item, record = None, self.playhead
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            item = self._item_at(event.pos())
            frame = self.scale.frame_at(max(0, event.pos().x() - HEADER_PX))
            record = frame / self.cut.rate
            if item is not None and not self._is_selected(item):
                self._click(item, Qt.KeyboardModifier.NoModifier)
        shot = item.name if isinstance(item, Shot) else None
        line = item if isinstance(item, DubLine) else None
        self.menu_requested.emit(place, MenuTarget(record, shot, line))

    def timerEvent(self, event: QTimerEvent) -> None:
        """Scroll while the mouse drags at an edge."""
        if event.timerId() != self._edge_timer.timerId():
            super().timerEvent(event)
            return
        step = _EDGE_STEP_PX if self._mouse_at.x() > HEADER_PX + _EDGE_PX else -_EDGE_STEP_PX
        across, gesture = self.horizontalScrollBar(), self.overlay.gesture
        before = across.value()
        across.setValue(before + step)
        if isinstance(gesture, DragLine):
            self._drag_line(gesture, self._mouse_at, scrolled_px=across.value() - before)
        else:
            self._move(self._mouse_at)

    def _press(self, at: QPoint, keys: Qt.KeyboardModifier) -> None:
        item = self._item_at(at)
        began = at.x() - HEADER_PX + self.scale.left_px
        if slipped := self._badge_at(at):
            self.reset_slip(slipped)
            return
        if isinstance(item, DubLine) and item.role == Role.DUB:
            self._set_gesture(DragLine(item, at.x(), at.x()))  # holds the view still from here on
        if item is not None:
            self._click(item, keys)
        if isinstance(item, DubLine) and item.role == Role.DUB:
            return
        before, line = self.selected, self.selected_line
        adds = bool(keys & (_CTRL | _SHIFT)) or item is not None
        kept = before if adds else frozenset[str]()
        self.set_selection(kept, line if adds else None)
        self._set_gesture(Band(began, at.y(), QPoint(at.x() - HEADER_PX, at.y()), before, kept))

    def _move(self, at: QPoint) -> None:
        gesture = self.overlay.gesture
        if isinstance(gesture, Scrub):
            self._scrub(at)
        elif isinstance(gesture, Band) and self.scene:
            band = replace(gesture, at=QPoint(max(0, at.x() - HEADER_PX), at.y()))
            area = band.area(self.scale.left_px)
            touched = shots_in(self.scene.placed, self.scale, area)
            self.set_selection(gesture.kept | touched, None)
            self._set_gesture(band)
        elif isinstance(gesture, DragLine) and self.cut:
            self._drag_line(gesture, at)

    def _scrub(self, at: QPoint) -> None:
        self.go_to(self.scale.frame_at(at.x() - HEADER_PX))

    def _drag_line(self, drag: DragLine, at: QPoint, scrolled_px: int = 0) -> None:
        """Move a line with the mouse by whole frames; snap it to shot edges.

        scrolled_px   by how much the drag itself has scrolled the cut
        """
        if self.cut is None:
            return
        way_px = at.x() - drag.at_px + scrolled_px
        dragged = drag.dragged + way_px / self.scale.px_per_frame
        moved = drag.moved or abs(at.x() - drag.pressed_px) >= QApplication.startDragDistance()
        record, rate, frames = drag.line.record, self.cut.rate, round(dragged)
        if not QApplication.keyboardModifiers() & _ALT:
            reach = _SNAP_PX / self.scale.px_per_frame
            frames = snap(record, frames, self.cut.edit_points, rate, reach)
        frames = clamp(record, frames, rate, self.cut.frames)
        self._set_gesture(replace(drag, at_px=at.x(), dragged=dragged, frames=frames, moved=moved))

    def _set_gesture(self, gesture: Gesture | None) -> None:
        """Begin, continue or end a gesture of the mouse."""
        if gesture is None:
            self._edge_timer.stop()
        carries = isinstance(gesture, DragLine) and gesture.moved
        shapes = {Pan: Qt.CursorShape.ClosedHandCursor, DragLine: Qt.CursorShape.SizeHorCursor}
        shape = shapes.get(type(gesture)) if carries or isinstance(gesture, Pan) else None
        self.viewport().setCursor(shape or Qt.CursorShape.ArrowCursor)
        self.overlay = replace(self.overlay, gesture=gesture)
        self.viewport().update()

    def reset_slip(self, line: DubLine) -> None:
        """Put a slipped dub line back to where the cut has it."""
        self._emit_slip(line, -self.offsets.get(line, Fraction(0)) * self.scale.rate)

    def _emit_slip(self, line: DubLine, frames: int | Fraction) -> None:
        if frames and self.cut:
            self.line_slipped.emit(line, frames / self.cut.rate)

    def _click(self, item: Item, keys: Qt.KeyboardModifier) -> None:
        """Select what was clicked: a shot, those up to it, or those that a line plays over."""
        if self.cut is None:
            return
        line = None if isinstance(item, Shot) else item
        names = shots_under(self.cut, line) if line else {item.name}
        if keys & _SHIFT and not line and self._anchor in self.cut.cues:
            order = list(self.cut.cues)
            ends = sorted((order.index(self._anchor), order.index(item.name)))
            self._select(self.selected | set(order[ends[0] : ends[1] + 1]), None)
            return
        self._anchor = self._anchor if line else item.name
        self._select(self.selected ^ names if keys & _CTRL else frozenset(names), line)

    def _select(self, shots: frozenset[str], line: DubLine | None) -> None:
        """Select by hand."""
        before = self.selected
        self.set_selection(shots, line)
        if self.selected != before:
            self.selection_changed.emit(set(self.selected))

    def _is_selected(self, item: Item) -> bool:
        return item.name in self.selected if isinstance(item, Shot) else item == self.selected_line

    def _badge_at(self, at: QPoint) -> DubLine | None:
        """Return the slipped line whose badge lies at a point."""
        if self.scene is None or at.x() < HEADER_PX:
            return None
        return badge_at(self.scene, self.fontMetrics(), at - QPoint(HEADER_PX, 0))

    def _item_at(self, at: QPoint) -> Item | None:
        if self.scene is None or at.x() < HEADER_PX:
            return None
        return item_at(self.scene.placed, self.scale, at.x() - HEADER_PX, at.y())

    def _action_of(self, event: QKeyEvent) -> Callable[[], object] | None:
        keys = event.modifiers() & (_SHIFT | _CTRL | _ALT)
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Equal):
            keys = Qt.KeyboardModifier.NoModifier  # their place differs from keyboard to keyboard
        if event.key() in _SLIPS and self.selected_line is None:
            return None  # whoever owns the timeline says why
        return self._key_actions.get((Qt.Key(event.key()), keys)) if self.cut else None

    def _make_key_actions(self) -> dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]]:
        key, plain = Qt.Key, Qt.KeyboardModifier.NoModifier
        return {
            (key.Key_Left, plain): lambda: self.step(-1),
            (key.Key_Right, plain): lambda: self.step(1),
            (key.Key_Left, _SHIFT): lambda: self.step(-10),
            (key.Key_Right, _SHIFT): lambda: self.step(10),
            (key.Key_Up, plain): lambda: self.go_to_edit(-1),
            (key.Key_Down, plain): lambda: self.go_to_edit(1),
            (key.Key_Home, plain): self.go_to_start,
            (key.Key_End, plain): self.go_to_end,
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
            (key.Key_A, _CTRL): self.select_all,
            (key.Key_Z, plain): self.fit_selection,
            (key.Key_Z, _SHIFT): self.fit_cut,
            (key.Key_Plus, plain): lambda: self.zoom(1),
            (key.Key_Equal, plain): lambda: self.zoom(1),
            (key.Key_Minus, plain): lambda: self.zoom(-1),
            (key.Key_Escape, plain): self.cancel,
        }
