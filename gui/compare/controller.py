"""The viewer: original and dub of the current shot, or its faces to pick from, and its actions."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from lipflap.core.analysis.face_report import FaceReport
from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, DubResult, Role
from lipflap.gui.compare.comparison import (
    Comparison,
    make_comparison,
    make_comparison_of_skipped,
)
from lipflap.gui.compare.face_picker import FacePicker
from lipflap.gui.compare.paint import DIFFERENCE, FLIP, MOUTH, SIDE, WIPE
from lipflap.gui.compare.view import CompareView
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor, JobSnapshot
from lipflap.gui.selection import ShotSelection
from lipflap.gui.timeline.view import TimelineView
from lipflap.plugin.cut.cuesheet import Cue, CueSheet
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.render.find_faces import cached_faces, find_faces_in_child

_END = 10**9  # frames: more than any shot has


class CompareController(QObject):
    """The controller of the viewer; it keeps the playhead of the timeline on the frame shown.

    pages     holds `view` and `picker`, one of which is visible
    message   a line for the status bar
    """

    message = Signal(str)

    def __init__(
        self,
        document: CutDocument,
        monitor: JobMonitor,
        selection: ShotSelection,
        timeline: TimelineView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._monitor = document, monitor
        self._selection, self._timeline = selection, timeline
        self.view, self.picker, self.pages = CompareView(), FacePicker(), QStackedWidget()
        self.pages.addWidget(self.view)
        self.pages.addWidget(self.picker)
        self.view.frame_shown.connect(self._on_frame_shown)
        self.picker.face_selected.connect(lambda _face: self._show_view())
        self.picker.cancelled.connect(self._show_view)
        monitor.changed.connect(self._on_snapshot)
        timeline.playhead_moved.connect(self._on_playhead)
        timeline.shuttle.connect(self.view.player.shuttle)
        timeline.play_pause.connect(self._toggle_play)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the functions for entries of gui.actions, by name."""
        view, player = self.view, self.view.player
        return {
            "face": self._pick_face,
            "play": self._toggle_play,
            "back": lambda: player.shuttle(-1),
            "stop": player.stop,
            "forward": lambda: player.shuttle(1),
            "step_back": lambda: view.step(-1),
            "step": lambda: view.step(1),
            "jump_back": lambda: view.step(-10),
            "jump": lambda: view.step(10),
            "first": lambda: view.step(-_END),
            "last": lambda: view.step(_END),
            "loop": self._toggle_loop,
            "hear": self._toggle_audio,
            "wipe": lambda: view.set_mode(WIPE),
            "flip": lambda: view.set_mode(FLIP),
            "side_by_side": lambda: view.set_mode(SIDE),
            "difference": lambda: view.set_mode(DIFFERENCE),
            "mouth": self._show_mouth,
            "flip_now": self._flip,
            "faces": self._toggle_faces,
        }

    def show_shot(
        self, shot: str, *, at: Fraction | None = None, move_playhead: bool = True
    ) -> None:
        """Compare this shot, from its first frame that is no handle, or from record time `at`."""
        cue, sheet = self._document.cues.get(shot), self._document.sheet
        if cue is None or sheet is None:
            return
        self._selection.current = shot
        self._show_view()
        start = at if at is not None else cue.shot.record.start

        def on_compared(comparison: Comparison | str) -> None:
            if self._selection.current != shot:
                return
            if isinstance(comparison, str):
                self.view.show_nothing(comparison)
                return
            self.view.show_shot(comparison)
            self._show_faces_of(shot)
            self.view.player.seek(comparison.frame_at(start))

        snapshot = self._monitor.snapshot
        result = snapshot.results.get(shot) if snapshot else None
        order = self._document.orders.get(shot)
        self._document.run(_compare(cue, sheet, self._document.lines, order, result), on_compared)
        if move_playhead:
            self._timeline.show_playhead(start)

    def refresh(self) -> None:
        """Show the current shot again, at the playhead."""
        if self._selection.current is not None:
            at = self._timeline.playhead
            self.show_shot(self._selection.current, at=at, move_playhead=False)

    def close(self) -> None:
        """Close files and the sound device."""
        self.picker.stop()
        self.view.close_media()

    def _show_view(self) -> None:
        self.pages.setCurrentWidget(self.view)

    def _on_snapshot(self, snapshot: JobSnapshot) -> None:
        """Show the current shot again when its dub has been rendered, or is gone."""
        comparison = self.view.comparison
        if comparison is None or comparison.shot != self._selection.current:
            return
        result = snapshot.results.get(comparison.shot)
        path = comparison.dub.path if comparison.dub else ""
        if (result.output_path if result else "") != path:
            self.refresh()

    def _on_playhead(self, record: Fraction) -> None:
        """Show what plays where the playhead was moved to by hand."""
        self.view.player.stop()
        comparison = self.view.comparison
        shot = self._shot_at(record)
        if shot is not None and (comparison is None or comparison.shot != shot):
            self.show_shot(shot, at=record, move_playhead=False)
        elif comparison is not None:
            self.view.player.seek(comparison.frame_at(record))

    def _shot_at(self, record: Fraction) -> str | None:
        """Return the shot that is visible at a moment; the current one if several are."""
        visible = [
            name
            for name, cue in self._document.cues.items()
            if any(part.start <= record < part.end for part in cue.shot.visible)
        ]
        current = self._selection.current
        return current if current in visible else next(iter(visible), None)

    def _on_frame_shown(self, frame: int) -> None:
        comparison = self.view.comparison
        if comparison is not None:
            self._timeline.show_playhead(max(Fraction(0), comparison.record_at(frame)))

    def _pick_face(self) -> None:
        """Ask which face of the current shot to dub."""
        order = self._document.orders.get(self._selection.current or "")
        comparison = self.view.comparison
        if order is None or comparison is None or comparison.shot != self._selection.current:
            self.message.emit("This shot is not dubbed: pick the face of one that is ready.")
            return
        self.picker.show_order(order, comparison)
        self.pages.setCurrentWidget(self.picker)
        self.picker.setFocus()

    def _show_faces_of(self, shot: str) -> None:
        """Show the faces found earlier; the chosen one in place of the suggested."""
        order = self._document.orders.get(shot)
        report = cached_faces(order) if order is not None else None
        if report is not None and order is not None and order.settings.face is not None:
            report = replace(report, suggested=order.settings.face)
        self.view.show_face_report(report)

    def _find_faces(self) -> None:
        """Find the faces of the current shot, to draw them."""
        shot = self._selection.current or ""
        order = self._document.orders.get(shot)
        if order is None:
            self.message.emit("This shot is not dubbed: faces are found in shots that are ready.")
            return

        def on_event(event: object) -> None:
            if isinstance(event, FaceReport) and self._selection.current == shot:
                self._show_faces_of(shot)

        self.message.emit(f"Finding faces in {shot} …")
        self._document.run(find_faces_in_child(order), on_event)

    def _toggle_play(self) -> None:
        player = self.view.player
        if player.speed:
            player.stop()
        else:
            player.play(1)

    def _toggle_loop(self) -> None:
        """Loop between the marks, or over the shot; or no longer."""
        comparison, player, marked = self.view.comparison, self.view.player, self._timeline.marked
        if comparison is None or player.loop_range is not None:
            player.set_loop(None)
            self.message.emit("Loop off.")
            return
        whole = TimeRange(comparison.starts, comparison.record_at(comparison.count))
        overlap = whole.overlap(marked) if marked is not None else None
        part = overlap or whole
        last = comparison.frame_at(part.end - 1 / comparison.rate)
        player.set_loop((comparison.frame_at(part.start), last + 1))
        self.message.emit("Loop between the marks." if overlap else "Loop over the shot.")

    def _toggle_audio(self) -> None:
        is_dub = self.view.toggle_audio() == Role.DUB
        self.message.emit("You hear the dub." if is_dub else "You hear the production sound.")

    def _show_mouth(self) -> None:
        self.view.set_mode(MOUTH)
        if self.view.face_report is None:
            self._find_faces()

    def _flip(self) -> None:
        self.view.set_mode(FLIP)
        self.view.flip()

    def _toggle_faces(self) -> None:
        self.view.show_faces(not self.view.shows_faces)
        if self.view.shows_faces and self.view.face_report is None:
            self._find_faces()


def _compare(
    cue: Cue,
    sheet: CueSheet,
    lines: tuple[DubLine, ...],
    order: DubOrder | None,
    result: DubResult | None,
) -> Iterator[Comparison | str]:
    """Yield the comparison of a shot, or why there is none; opens the media of a skipped shot."""
    try:
        if order is not None and cue.record_start is not None:
            yield make_comparison(order, cue.record_start, result)
        else:
            comparison = make_comparison_of_skipped(cue, sheet, lines)
            yield comparison or f"{cue.shot.name} has no picture. {cue.reason_text}"
    except DubError as problem:
        yield f"{cue.shot.name} has no picture. {problem}"
