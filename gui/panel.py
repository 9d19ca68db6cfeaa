"""The panel: one window of shot list, viewer, timeline and render queue, and how they connect.

shot list  |  viewer            a selection in one view is selected in all;
-----------+---------           the document holds the facts, views show them,
timeline | render queue         controllers serve the actions that change them
"""

from collections.abc import Callable, Collection
from fractions import Fraction
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from lipflap.core.order import Role
from lipflap.gui import commands
from lipflap.gui.actions import ENTRIES, make_actions
from lipflap.gui.background.decisions_watch import DecisionsWatch
from lipflap.gui.background.slices import Slices, Steps
from lipflap.gui.cast.consent_watch import ConsentWatch
from lipflap.gui.cast.controller import CastController
from lipflap.gui.compare.controller import CompareController
from lipflap.gui.compare.first_picture import FirstPicture
from lipflap.gui.cut_controller import CutController
from lipflap.gui.dialogs.about import show_about
from lipflap.gui.dialogs.keys import KeysDialog
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor, JobSnapshot, job_facts
from lipflap.gui.keys.action_states import gather_facts, show_states
from lipflap.gui.keys.availability import Facts, why_not
from lipflap.gui.keys.router import KeyRouter
from lipflap.gui.personal.controller import PersonaliseController
from lipflap.gui.queue.outcomes import Outcomes
from lipflap.gui.queue.view import RenderView
from lipflap.gui.render_controller import RenderController
from lipflap.gui.review_controller import ReviewController
from lipflap.gui.selection import ShotSelection
from lipflap.gui.selection_controller import SelectionController
from lipflap.gui.settings import layout, remember_layout
from lipflap.gui.shots.row import CHECKING, RowCache, ShotRow
from lipflap.gui.shots.thumbnails import Thumbnails
from lipflap.gui.shots.view import ShotView
from lipflap.gui.theme import style
from lipflap.gui.timeline.view import TimelineView
from lipflap.gui.toolbar.estimate import estimate, learn_pace
from lipflap.gui.toolbar.top_bar import TopBar
from lipflap.gui.transport.bar import TransportBar
from lipflap.gui.transport.shot_buttons import ShotButtons
from lipflap.gui.window.dropped_cut import dropped_path
from lipflap.gui.window.layout import PanelLayout
from lipflap.gui.window.menus import PanelMenus
from lipflap.gui.window.status_line import StatusLine
from lipflap.plugin.cut.cuesheet import CueState
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.review import Verdict

_NO_CUT = "Open a cut with Ctrl+O, or drop one here."
_MESSAGE_MS = 12_000


def create(parent: QWidget | None = None) -> "Panel":
    """Return the panel: a window of its own, or a widget inside a host program's window."""
    return Panel(parent)


class Panel(QMainWindow):
    """The main widget: views, controllers and the document, connected.

    rows   what the shot list shows, by shot name
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if parent is not None:
            self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("lipflap")
        self.setAccessibleName("Lipflap")
        self.setWindowTitle("Lipflap")
        self.setAcceptDrops(True)
        self.setStyleSheet(style())
        self.document, self.selection = CutDocument(self), ShotSelection(self)
        self.monitor = JobMonitor(self.document)
        self.outcomes = Outcomes(self.monitor)
        self.thumbnails = Thumbnails(self)
        self.shot_list, self.timeline, self.queue = ShotView(), TimelineView(), RenderView()
        self._compose_controllers()
        self.rows: dict[str, ShotRow] = {}
        self._path: Path | None = None  # of the cut that is shown
        self._row_cache, self._showing = RowCache(), Slices(self)
        self._make_actions()
        self._lay_out()
        self._connect_document()
        self._connect_views()
        self.viewer.view.show_nothing(_NO_CUT)
        self._update_actions()

    def open(self, cut: Path, dub: str | None = None, dub_at: str | None = None) -> None:
        """Read a cut and show it; see CutDocument.open."""
        self.cut_controller.open(cut, dub, dub_at)

    def show_message(self, text: str) -> None:
        """Show a line in the status bar for a while."""
        self.statusBar().showMessage(text, _MESSAGE_MS)

    def select(self, shots: Collection[str]) -> None:
        """Select shots in every view; see SelectionController.select."""
        self.selection_controller.select(shots)

    def restore_layout(self) -> None:
        """Restore size and splitters of the last session."""
        if geometry := layout("window"):
            self.restoreGeometry(geometry)
        self.layout_of_views.restore()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Store the layout and close all files; renders and a model being made go on."""
        self.layout_of_views.close_window()
        if self.isWindow():  # in a host's window it lies as the host has it
            remember_layout("window", self.saveGeometry())
            self.layout_of_views.remember()
        self.monitor.stop()
        self.viewer.close()
        self.cast.stop()
        self.personal.making.leave()
        self.thumbnails.stop()
        self.timeline.stop()
        self.document.close()
        super().closeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take keys that the panel has an action for, before a host program's menus do."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._router.take(event)
        ):
            return True
        return super().event(event)

    def trigger(self, name: str) -> None:
        """Do what an entry of gui.actions is for, or say why that is not possible now."""
        if reason := why_not(name, self._facts()):
            self.show_message(reason)
            self.viewer.view.show_banner(reason)
        else:
            self._handlers_by_name[name]()
        self._action_timer.start()

    def _on_key(self, name: str) -> None:
        """Do what a key is for: open a menu, or an entry of gui.actions."""
        if name in self._opens:
            self._opens[name].trigger()
        else:
            self.trigger(name)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if cut := dropped_path(event.mimeData()):
            event.acceptProposedAction()
            self.open(cut)

    def _compose_controllers(self) -> None:
        document, monitor, selection = self.document, self.monitor, self.selection
        self.cut_controller = CutController(document, selection, lambda: self.timeline.marked, self)
        self.render_controller = RenderController(document, monitor, selection, self)
        self.review_controller = ReviewController(
            document, monitor, selection, lambda: self.viewer.stop_at(), self
        )
        self.cast = CastController(document, monitor, self)
        ConsentWatch(document)
        DecisionsWatch(document)
        self.personal = PersonaliseController(document, lambda: self.cast.names, self)
        self.viewer = CompareController(
            document, monitor, selection, self.timeline, self.cast.names_in, self
        )
        readers = document.media, self.thumbnails, self.timeline.waveforms, self.viewer.view.sound
        FirstPicture(document, self.viewer, readers)
        self.selection_controller = SelectionController(
            document, selection, self.viewer, self.shot_list, self.timeline, self.queue
        )

    def _handlers(self) -> dict[str, Callable[[], object]]:
        """Return the function for each entry of gui.actions, by name."""
        timeline = self.timeline
        return {
            **self.selection_controller.handlers(),
            **self.cut_controller.handlers(),
            **self.render_controller.handlers(),
            **self.review_controller.handlers(),
            **self.viewer.handlers(),
            **self.personal.handlers(),
            "close": self._close,
            "select_ready": lambda: self.select(self._in_state(CueState.READY)),
            "find": self.shot_list.start_search,
            "cast": self._show_cast_tab,
            "slip_back": lambda: timeline.nudge(-1),
            "slip": lambda: timeline.nudge(1),
            "mark_in": timeline.set_mark_in,
            "mark_out": timeline.set_mark_out,
            "clear_marks": timeline.clear_marks,
            "fit": timeline.fit_cut,
            "fit_selection": timeline.fit_selection,
            "viewer_window": lambda: self.layout_of_views.toggle_window(self._router.take),
            "keys": lambda: KeysDialog(self).exec(),
            "about": lambda: show_about(self),
        }

    def _make_actions(self) -> None:
        self._handlers_by_name = self._handlers()
        by_name = {entry.name: partial(self.trigger, entry.name) for entry in ENTRIES}
        self.actions_by_name = make_actions(self, by_name)
        self.viewer.view.addActions(list(self.actions_by_name.values()))  # also on the full screen
        self.menus = PanelMenus(self, self.actions_by_name, self.open)
        self._opens = {} if self.isWindow() else self.menus.take_letters()
        self._router = KeyRouter({**self.actions_by_name, **self._opens}, self._on_key, self)
        self._action_timer = QTimer(self, singleShot=True, interval=0)
        self._action_timer.timeout.connect(self._update_actions)
        self.selection_controller.changed.connect(self._action_timer.start)
        for menu in self.menus.by_title.values():
            menu.aboutToShow.connect(self._update_actions)

    def _lay_out(self) -> None:
        self.bar = TopBar(self.actions_by_name, self.menus.recent)
        self.transport = TransportBar(self.actions_by_name)
        self.shot_buttons = ShotButtons(self.document, self.selection, self.viewer, self.transport)
        self.layout_of_views = PanelLayout(
            self.bar, self.shot_list, self.viewer.pages, self.transport, self.timeline, self.queue
        )
        self.layout_of_views.tabs.addTab(self.cast.view, "Cast")
        self.tabs = self.layout_of_views.tabs
        self.setCentralWidget(self.layout_of_views)
        self.statusBar().addPermanentWidget(self.personal.bar)
        self.status_line = StatusLine(self.statusBar(), self.actions_by_name["pause"])
        self.layout_of_views.window_closed.connect(self._action_timer.start)

    def _connect_document(self) -> None:
        document = self.document
        document.opened.connect(self._on_opened)
        document.sheet_changed.connect(self._on_sheet_changed)
        document.check_progress.connect(self.status_line.show_checked)
        document.error.connect(self.cut_controller.ask_or_show)
        document.done.connect(self.show_message)
        document.done.connect(self.viewer.view.show_banner)
        document.undo.indexChanged.connect(self._name_undo)
        self.monitor.changed.connect(self._on_snapshot)
        for source in (
            document,
            self.selection,
            self.cut_controller,
            self.render_controller,
            self.review_controller,
            self.personal,
            self.viewer,
            self.outcomes,
        ):
            source.message.connect(self.show_message)

    def _connect_views(self) -> None:
        shot_list, timeline = self.shot_list, self.timeline
        shot_list.selection_changed.connect(self.select)
        shot_list.activated.connect(self.viewer.show_shot)
        shot_list.menu_requested.connect(self.menus.pop_up)
        shot_list.thumbnails_requested.connect(self._request_thumbnails)
        self.thumbnails.ready.connect(shot_list.show_thumbnail)
        timeline.selection_changed.connect(self.select)
        timeline.range_marked.connect(lambda _range: self._action_timer.start())
        self.viewer.view.playing.connect(self.transport.show_playing)
        self.viewer.frame_changed.connect(self.transport.timecode.show_frame)
        self.transport.timecode.entered.connect(self.viewer.view.seek)
        self.transport.timecode.entered.connect(lambda _frame: self.statusBar().clearMessage())
        self.transport.timecode.refused.connect(self.show_message)
        self.cut_controller.serve(self.bar)
        self.review_controller.written.connect(self.status_line.written.show_file)
        self.status_line.written.refused.connect(self.show_message)
        self.viewer.current_changed.connect(self.selection_controller.follow_playhead)
        timeline.line_slipped.connect(self._on_line_slipped)
        self.cast.changed.connect(self._on_cast_changed)
        self.cast.view.shot_chosen.connect(lambda shot: self.select([shot]))
        self.cast.view.take_requested.connect(self.actions_by_name["references"].trigger)
        timeline.menu_requested.connect(partial(self.menus.pop_up_in_timeline, timeline, self.cast))
        timeline.tracks_changed.connect(self.viewer.mute)
        timeline.thumbnails_requested.connect(self._request_thumbnails)
        self.thumbnails.ready.connect(timeline.show_thumbnail)
        self.viewer.picker.face_selected.connect(self.cut_controller.set_face)
        self.render_controller.serve(self.queue)
        self.queue.selection_changed.connect(self.select)

    def _on_opened(self) -> None:
        cut, path, selection = self.document.cut, self.document.path, self.selection
        layout = self.document.layout
        if cut is None or path is None or layout is None:
            return
        self.setWindowTitle(f"{cut.name} — Lipflap")
        self.status_line.notes.show_notes(path.name, self.document.notes)
        self.outcomes.forget()
        self.shot_list.clear_thumbnails()
        self.timeline.clear_thumbnails()
        self.timeline.reload_waveforms()
        is_same = path == self._path
        if not is_same:
            self.status_line.written.hide()
            self.status_line.rendering.forget()
        selected = selection.shots if is_same else frozenset[str]()
        current = selection.current if is_same else None
        self._path, self.rows = path, {}
        selection.shots = frozenset()
        self._showing.stop()
        self.timeline.use_layout(layout)
        self._on_sheet_changed(set())
        self.viewer.load_cut(keeps_place=is_same)
        ready = (cue.shot.name for cue in self.document.cues.values() if not cue.reason)
        first = next(ready, None) or next(iter(self.document.cues), None)
        if current in selected and current in self.document.cues:
            self.select(selected)
        elif first is not None:
            self.select([first])
        else:
            self.viewer.view.show_nothing("This cut has no shots.")
        self.show_message(f"{path.name}: {len(self.document.cues)} shots.")

    def _on_sheet_changed(self, changed: set[str]) -> None:
        if self.document.sheet is None:
            return
        self._show_rows()
        self.viewer.refresh(changed)

    def _on_snapshot(self, snapshot: JobSnapshot) -> None:
        self.queue.show_status(snapshot.status, snapshot.queue)
        self.status_line.rendering.show_status(snapshot.status, snapshot.queue)
        learn_pace(snapshot.results.values())
        if self.document.sheet is not None:
            self._show_rows()

    def _show_rows(self) -> None:
        """Show in list and timeline how things stand."""
        self._showing.do(self._show_now, len(self.document.cues))

    def _show_now(self) -> Steps:
        sheet, overhangs = self.document.sheet, self.document.overhangs
        if sheet is None:
            return
        offsets, lines = self.document.slip_offsets, self.document.lines
        rows: list[ShotRow] = []
        facts = job_facts(self.monitor.snapshot, self.document.cues)
        for row in self._row_cache.rows(sheet, *facts, overhangs=overhangs):
            rows.append(row)
            yield
        self.rows = {row.shot: row for row in rows}
        self.shot_list.show_rows(tuple(rows))
        self.shot_list.select(self.selection.shots)
        yield
        states = {row.shot: row.state for row in rows}
        rendering = [row for row in rows if row.state == RenderState.RENDERING]
        progress = {row.shot: row.label for row in rendering}
        self.timeline.show_sheet(sheet, lines, states, offsets, progress)
        if self.timeline.selected != self.selection.shots:
            self.timeline.select(self.selection.shots)
        yield
        self._show_work()
        self._action_timer.start()

    def _show_work(self) -> None:
        """Show how much is left to do in the top row and in the status bar."""
        unread = self._in_state(CHECKING)
        left = self.render_controller.left_to_render().difference(unread)
        approved = len(self._in_state(Verdict.APPROVED))
        self.status_line.counts.setText(f"{len(left)} to render, {approved} approved")
        self.bar.show_work(len(left), estimate(left, self.document.orders))
        dubs = (line.track for line in self.document.lines if line.role == Role.DUB)
        self.bar.show_dub(", ".join(dict.fromkeys(dubs)) if self.document.cut else "")

    def _update_actions(self) -> None:
        """Enable, tick and explain the actions as things stand."""
        has_window = self.layout_of_views.window_of_viewer is not None
        ticks = {"viewer_window": has_window, **self.viewer.ticks(), **self.shot_buttons.ticks()}
        show_states(self.actions_by_name, self._facts(), ticks)
        self.bar.enable_choices(self.document.cut is not None)
        self.shot_buttons.update()

    def _facts(self) -> Facts:
        return gather_facts(self.document, self.selection, self.timeline, self.rows)

    def _in_state(self, state: str) -> list[str]:
        return [row.shot for row in self.rows.values() if row.state == state]

    def _on_line_slipped(self, line: DubLine, by: Fraction) -> None:
        if self.document.cut is not None:
            frames = int(by * self.document.cut.rate)
            self.document.decide(commands.slip(self.document.decisions, line, by, frames))

    def _close(self) -> None:
        """Close the panel; in a dock of a host, which may show it again, the dock."""
        dock = self.parentWidget()
        if isinstance(dock, QDockWidget):
            self.viewer.view.player.stop()
            self.layout_of_views.close_window()
            dock.close()
        else:
            self.close()

    def _show_cast_tab(self) -> None:
        self.tabs.setCurrentWidget(self.cast.view)

    def _on_cast_changed(self) -> None:
        self.bar.cast.show_names(self.cast.names)
        self.viewer.faces.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.status_line.counts.setVisible(not self.layout_of_views.is_stacked)

    def _request_thumbnails(self, shots: list[str]) -> None:
        for name in shots:
            if name in self.document.cues:
                self.thumbnails.request(self.document.cues[name].shot)

    def _name_undo(self) -> None:
        self.menus.name_undo(self.document.undo.undoText(), self.document.undo.redoText())
        self._action_timer.start()
