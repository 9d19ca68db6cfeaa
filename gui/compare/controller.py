"""The viewer: original and dub of the current shot, or its faces to pick from, and its actions."""

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from lipflap.gui.compare.chosen_version import ChosenVersion
from lipflap.gui.compare.comparison import Comparison
from lipflap.gui.compare.comparisons import Comparisons
from lipflap.gui.compare.face_finder import FaceFinder
from lipflap.gui.compare.face_picker import FacePicker
from lipflap.gui.compare.paint import MOUTH
from lipflap.gui.compare.program import Program, make_program
from lipflap.gui.compare.view import CompareView
from lipflap.gui.compare.viewer_commands import ViewerCommands
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor, JobSnapshot
from lipflap.gui.selection import ShotSelection
from lipflap.gui.timeline.controls.headers import TrackStates
from lipflap.gui.timeline.view import TimelineView
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.versions import Version

_PREPARE_S = 2  # before another shot plays, its pictures are loaded
_BEING_RENDERED = "Being rendered: the dub is seen here when it is ready."
_BEING_RENDERED_AGAIN = "Being rendered again: this is the render of before, until it is ready."


class CompareController(QObject):
    """The controller of the viewer; it keeps the playhead of the timeline on the frame shown.

    The playhead defines the current shot: the one that is seen there.

    names_in          returns the characters of the faces of a shot, by number
    pages             holds `view` and `picker`, one of which is visible
    message           a line for the status bar
    frame_changed     rate of the cut, its first timecode as a frame, the frame at the playhead, and
                      how many frames there are
    seen              a picture is shown, or why there is none
    versions_changed  another render of the shot is shown
    current_changed   name of the shot that the playhead has come to; None where there is none
    """

    message = Signal(str)
    current_changed = Signal(object)
    frame_changed = Signal(object, int, int, int)
    versions_changed = Signal()
    seen = Signal()

    def __init__(
        self,
        document: CutDocument,
        monitor: JobMonitor,
        selection: ShotSelection,
        timeline: TimelineView,
        names_in: Callable[[str], Mapping[int, str]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._monitor = document, monitor
        self._selection, self._timeline = selection, timeline
        self.view, self.picker, self.pages = CompareView(), FacePicker(names_in), QStackedWidget()
        self.pages.addWidget(self.view)
        self.pages.addWidget(self.picker)
        self._commands = ViewerCommands(self.view, selection, timeline, self)
        self._commands.message.connect(self.message)
        self.faces = FaceFinder(document, monitor, selection, self.view, names_in)
        self.faces.message.connect(self.message)
        self._comparisons = Comparisons(document, monitor)
        self._version = ChosenVersion(document, monitor)
        self._lines: tuple[DubLine, ...] = ()
        self._played: dict[str, TimeRange] = {}  # the record time of shots, as it plays
        self._chosen: tuple[str, int] | None = None  # a shot chosen by name, and where
        self.view.due.connect(self._on_due)
        self.view.frame_shown.connect(self._on_frame_shown)
        self.picker.play_pause.connect(self._play_in_picker)
        self.picker.face_selected.connect(self._show_chosen_face)
        self.picker.cancelled.connect(self._show_view)
        monitor.changed.connect(self._on_snapshot)
        timeline.playhead_moved.connect(self._on_playhead)
        timeline.shuttle.connect(self._commands.shuttle)
        self.view.playing.connect(self._on_playing)
        timeline.play_pause.connect(self._commands.toggle_play)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the functions for entries of gui.actions, by name."""
        return {
            **self._commands.handlers(),
            "face": self._pick_face,
            "mouth": self._show_mouth,
            "faces": self.faces.toggle,
        }

    def stop_at(self) -> str:
        """Stop, and return the record timecode of the playhead; empty without a cut."""
        self.view.stop()
        program = self.view.program
        return program.timecode(self.view.player.frame) if program else ""

    def ticks(self) -> dict[str, bool]:
        """Return which entries of gui.actions are on, by name."""
        return {**self._commands.ticks(), "faces": self.view.shows_faces}

    def load_cut(self, *, keeps_place: bool) -> None:
        """Play the open cut, from its start unless it is the same cut read again."""
        cut = self._document.cut
        if cut is None:
            return
        lines = self._document.lines
        sound_end = max((line.record.end for line in lines), default=Fraction(0))
        shots = [cue.shot for cue in self._document.cues.values()]
        program = make_program(shots, cut.rate, cut.first_frame, sound_end)
        self._played = {shot.name: shot.record for shot in shots}
        self._comparisons.clear()
        self._lines, self._chosen = lines, None
        frame = program.frame_of(self._timeline.playhead) if keeps_place else 0
        self._selection.current = None
        self.view.load(program, lines, frame)

    def show_shot(self, shot: str) -> None:
        """Bring the playhead to the first visible frame of a shot."""
        program = self.view.program
        if program is None or shot not in program.spans or shot not in self._document.cues:
            return
        self._show_view()
        frame = program.start_of(shot)
        self._chosen = shot, frame
        self._switch_to(shot)
        self.view.player.seek(frame)

    def mute(self, tracks: TrackStates) -> None:
        """Mute sound tracks, or let some be heard alone."""
        self.view.sound.muted, self.view.sound.soloed = tracks.muted, tracks.soloed
        self.view.update()

    def show_version(self, version: Version | None, beside_current: bool) -> None:
        """Show an earlier render of the current shot as its dub, None for the current one.

        beside_current   in the place of the original, to be compared with the current render
        """
        shot = self._selection.current
        self._version.choose(shot, version, beside_current)
        if shot is not None:
            self._show_comparison(shot)
        self.versions_changed.emit()

    def versions(self) -> tuple[tuple[Version, ...], Version | None]:
        """Return the kept renders of the current shot, without that which is current, and the
        one that is shown; None for the current one."""
        return self._version.versions(self._selection.current)

    def refresh(self, changed: Collection[str]) -> None:
        """Show the current shot again if it is among those that have changed, where it stands."""
        if self._has_other_length(changed):
            self.load_cut(keeps_place=True)
            return
        if self._document.lines != self._lines:
            self._lines = self._document.lines
            self.view.load_sound(self._lines)
        current = self._selection.current
        if current is not None and current in changed:
            self._show_comparison(current)

    def _has_other_length(self, shots: Collection[str]) -> bool:
        """Return whether one of these shots is longer or shorter than it plays."""
        program, cues, played = self.view.program, self._document.cues, self._played
        records = ((shot, cues[shot].shot.record) for shot in shots if shot in cues)
        return program is not None and any(
            program.frames_of(record) != program.spans.get(shot)
            for shot, record in records
            if record is not played.get(shot)
        )

    def close(self) -> None:
        """Close files and the sound device."""
        self.picker.stop()
        self.view.close_media()

    def _show_view(self) -> None:
        """Show the compared pictures in place of the faces."""
        if self.pages.currentWidget() is self.picker:
            self.picker.stop()
            self.view.player.stop()
            self.view.player.set_loop(None)
            self.pages.setCurrentWidget(self.view)
            self.view.setFocus()

    def _show_chosen_face(self, _face: int) -> None:
        """Show the pictures again, with the face that was chosen outlined."""
        self._show_view()
        self.faces.show()

    def _play_in_picker(self) -> None:
        """Play the shot whose faces are shown, over and over, or stop."""
        program, player, shot = self.view.program, self.view.player, self._selection.current
        if player.speed:
            player.stop()
        elif program is not None and shot is not None:
            player.set_loop(program.spans[shot])
            player.play(1)

    def _on_due(self, frame: int) -> None:
        """Show the shot that plays in a frame of the cut; make ready the one after it."""
        program, player, current = self.view.program, self.view.player, self._selection.current
        if program is None:
            return
        shot = program.shot_at(frame, current)
        if self._chosen is not None and self._chosen != (current, frame):
            self._chosen = None
        if self._chosen is None and (shot != current or self.view.comparison is None):
            self._switch_to(shot)
        if not player.speed:
            self._show_playhead(program, frame)
            return
        upcoming = program.next_piece(frame, player.speed)
        if upcoming is not None:
            entry = upcoming.first if player.speed > 0 else upcoming.end - 1
            if abs(entry - frame) <= _PREPARE_S * program.rate * abs(player.speed):
                self._prepare(upcoming.shot, entry)

    def _switch_to(self, shot: str | None) -> None:
        """Make a shot the current one."""
        changed = shot != self._selection.current
        self._selection.current = shot
        if changed:
            self._version.choose(None, None, False)
        if shot is None:
            self.view.show_nothing("")
        elif changed or self.view.comparison is None:
            self._show_comparison(shot)
        if changed:
            self._show_view()
            self.current_changed.emit(shot)

    def _show_comparison(self, shot: str) -> None:
        def show(comparison: Comparison | str) -> None:
            if self._selection.current != shot:
                return
            if isinstance(comparison, str):
                self.view.show_nothing(comparison)
                self.seen.emit()
                return
            self.view.show_shot(self._version.put_into(comparison))
            self._show_reason(self._monitor.snapshot)
            self.faces.show_known(shot)

        is_now = self._comparisons.with_comparison(shot, show)
        shown = self.view.comparison
        if not is_now and (shown is None or shown.shot != shot):
            self.view.show_nothing("Loading …")

    def _prepare(self, shot: str, frame: int) -> None:
        def prepare(comparison: Comparison | str) -> None:
            if isinstance(comparison, Comparison):
                self.view.prepare(comparison, frame)

        self._comparisons.with_comparison(shot, prepare)

    def _on_snapshot(self, snapshot: JobSnapshot) -> None:
        """Show the current shot again when its dub has been rendered, or is gone."""
        comparison = self.view.comparison
        if comparison is None or comparison.shot != self._selection.current:
            return
        if self._comparisons.is_old(comparison.shot, snapshot):
            self.refresh([comparison.shot])
        self._show_reason(snapshot)

    def _show_reason(self, snapshot: JobSnapshot | None) -> None:
        """Say below the pictures why there is no dub, or that it is on its way."""
        shown = self.view.comparison
        if shown is not None:
            is_queued = snapshot is not None and shown.shot in snapshot.queue.shots
            rendering = _BEING_RENDERED if shown.dub is None else _BEING_RENDERED_AGAIN
            self.view.show_reason(rendering if is_queued and shown.reason else shown.reason)

    def _on_playhead(self, record: Fraction) -> None:
        """Show what plays where the playhead was moved to by hand."""
        self.view.player.stop()
        if self.view.program is not None:
            self.view.player.seek(self.view.program.frame_of(record))

    def _on_frame_shown(self, frame: int) -> None:
        """Keep the playhead, and the picture behind the faces, on the picture that plays."""
        shown = self.view.frames
        if shown.frame is not None or shown.problem is not None:
            self.seen.emit()
        if self.pages.currentWidget() is self.picker and shown.frame is not None:
            self.picker.show_playing(shown.frame, shown.original)
        if self.view.program is not None and self.view.player.speed:
            self._show_playhead(self.view.program, frame)

    def _show_playhead(self, program: Program, frame: int) -> None:
        self._timeline.show_playhead(program.record_of(frame))
        self.frame_changed.emit(program.rate, program.first_frame, frame, program.count)

    def _pick_face(self) -> None:
        """Ask which face of the current shot to dub."""
        order = self._document.media.order_of(self._selection.current or "")
        comparison = self.view.comparison
        if order is None or comparison is None or comparison.shot != order.shot:
            self.message.emit(
                "The media of this shot is still being checked: try again in a moment."
                if self._document.is_checking
                else "This shot is not dubbed: pick the face of one that is ready."
            )
            return
        self.picker.show_order(order, comparison)
        self.pages.setCurrentWidget(self.picker)
        self.picker.setFocus()

    def _on_playing(self, plays: bool) -> None:
        """Put the playhead where the cut has stopped."""
        if not plays and self.view.program is not None:
            self._show_playhead(self.view.program, self.view.player.frame)

    def _show_mouth(self) -> None:
        self.view.set_mode(MOUTH)
        self.faces.find()
