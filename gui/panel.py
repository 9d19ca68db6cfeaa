"""The panel: shot list, picture, cut and queue in one window, and who tells whom what.

shot list  |  picture, or faces     a choice anywhere is a choice everywhere;
-----------+--------------------    the desk holds what is true, views show it,
the cut drawn to scale | queue      actions change it
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QLabel,
    QMainWindow,
    QMenu,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QWidget,
)

from lipflap.core.analysis.face_report import FaceReport
from lipflap.core.errors import DubError
from lipflap.gui import commands
from lipflap.gui.actions import CUT, RENDER, REVIEW, SHOT, actions, fill
from lipflap.gui.compare.comparison import Comparison, make_comparison, make_comparison_of_skipped
from lipflap.gui.compare.face_picker import FacePicker
from lipflap.gui.compare.view import CompareView
from lipflap.gui.document import CutDocument
from lipflap.gui.doings import PanelCommands
from lipflap.gui.job_monitor import JobMonitor, JobSnapshot
from lipflap.gui.queue.view import RenderView
from lipflap.gui.render_controller import RenderController
from lipflap.gui.review_controller import ReviewController
from lipflap.gui.settings import layout, recent_cuts, remember_layout
from lipflap.gui.shots.row import Rows, ShotRow
from lipflap.gui.shots.thumbnails import Thumbnails
from lipflap.gui.shots.view import ShotView
from lipflap.gui.theme import style
from lipflap.gui.timeline.view import TimelineView
from lipflap.plugin.cut.cuesheet import Cue, CueSheet
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.dub_source import DubUnclear
from lipflap.plugin.render.find_faces import cached_faces, find_faces_in_child

_NOTHING_OPEN = "Open a cut: Ctrl+O, or drop one here."
_SAY_MS = 12_000


def create(parent: QWidget | None = None) -> "Panel":
    """The panel as one widget, alone or inside a host's window; nothing of the host is touched."""
    return Panel(parent)


class Panel(QMainWindow):
    """Composes the views and lets them speak with the desk.

    chosen    shots that are chosen;  current: the one whose picture is shown
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
        self.desk = CutDocument(self)
        self.watch = JobMonitor(self.desk)
        self.rendering = RenderController(self.desk, self.watch)
        self.reviewing = ReviewController(self.desk, self.watch)
        self.thumbnails = Thumbnails(self)
        self.table, self.strip, self.compare = ShotView(), TimelineView(), CompareView()
        self.picker, self.queue = FacePicker(), RenderView()
        self.chosen: frozenset[str] = frozenset()
        self.current: str | None = None
        self._path: Path | None = None  # of the cut that is shown
        self.rows: dict[str, ShotRow] = {}
        self._cues: dict[str, Cue] = {}
        self._made_rows = Rows()
        self._lay_out()
        self.doings = PanelCommands(self)
        self.actions_by_name = actions(self, self.doings.by_name())
        self.compare.addActions(list(self.actions_by_name.values()))  # also on the full screen
        self.menuBar().setNativeMenuBar(False)
        self._menus = fill(self.menuBar(), self.actions_by_name)
        self._recent = QMenu("Open &recent", self)
        self._menus[CUT].insertMenu(self.actions_by_name["dub_source"], self._recent)
        self._connect()
        self.compare.show_nothing(_NOTHING_OPEN)

    def open(self, cut: Path, dub: str | None = None, dub_at: str | None = None) -> None:
        """Read a cut and show it."""
        self.say(f"Reading {cut.name} …")
        self.desk.open(cut, dub, dub_at)

    def say(self, words: str) -> None:
        """Something that needs no answer, on the line below."""
        self.statusBar().showMessage(words, _SAY_MS)

    def choose(self, shots: Collection[str], *, move: bool = True) -> None:
        """Choose shots in every view; show the first of them.

        move   let the playhead go to it
        """
        self.chosen = frozenset(shots) & self._cues.keys()
        self.table.choose(self.chosen)
        self.strip.choose(self.chosen)
        if self.chosen and self.current not in self.chosen:
            self.show_shot(next(shot for shot in self._cues if shot in self.chosen), move=move)

    def show_shot(self, shot: str, *, at: Fraction | None = None, move: bool = True) -> None:
        """Compare this shot, from its first frame that is no handle, or from record time `at`."""
        cue = self._cues.get(shot)
        if cue is None or self.desk.sheet is None:
            return
        self.current = shot
        self._stack.setCurrentWidget(self.compare)
        begin = at if at is not None else cue.shot.record.start

        def shown(comparison: Comparison | str) -> None:
            if self.current != shot:
                return
            if isinstance(comparison, str):
                self.compare.show_nothing(comparison)
                return
            self.compare.show_shot(comparison)
            self._show_look(shot)
            self.compare.player.seek(comparison.frame_at(begin))

        self.desk.work(_compared(self, cue, self.desk.sheet), shown)
        if move:
            self.strip.show_playhead(begin)

    def pick_face(self) -> None:
        """Ask which face of the current shot is dubbed."""
        order = self.desk.orders.get(self.current or "")
        comparison = self.compare.comparison
        if order is None or comparison is None or comparison.shot != self.current:
            self.say("Faces can be chosen in a shot that is to be dubbed.")
            return
        self.picker.show_order(order, comparison)
        self._stack.setCurrentWidget(self.picker)
        self.picker.setFocus()

    def restore_layout(self) -> None:
        """As the user left it last time."""
        if geometry := layout("window"):
            self.restoreGeometry(geometry)
        for name, splitter in self._splitters.items():
            if state := layout(name):
                splitter.restoreState(state)

    def closeEvent(self, event: QCloseEvent) -> None:
        """What is being rendered goes on without us."""
        for name, splitter in self._splitters.items():
            remember_layout(name, splitter.saveState())
        remember_layout("window", self.saveGeometry())
        self.watch.end()
        self.picker.end()
        self.compare.end()
        self.thumbnails.end()
        self.strip.stop()
        self.desk.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if cut := _dropped(event.mimeData()):
            event.acceptProposedAction()
            self.open(cut)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.compare)
        self._stack.addWidget(self.picker)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.strip, "Cut")
        self.tabs.addTab(self.queue, "Renders")
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.addWidget(self.table)
        upper.addWidget(self._stack)
        upper.setSizes([860, 640])
        whole = QSplitter(Qt.Orientation.Vertical)
        whole.addWidget(upper)
        whole.addWidget(self.tabs)
        whole.setSizes([600, 300])
        self._splitters = {"upper": upper, "whole": whole}
        for splitter in self._splitters.values():
            splitter.setChildrenCollapsible(False)
        self.setCentralWidget(whole)
        self._checked = QProgressBar()
        self._checked.setMaximumWidth(220)
        self._checked.setAccessibleName("Media looked at")
        self._checked.hide()
        self._told = QLabel()
        self.statusBar().addPermanentWidget(self._told)
        self.statusBar().addPermanentWidget(self._checked)

    def _connect(self) -> None:
        desk = self.desk
        desk.opened.connect(self._on_opened)
        desk.sheet_changed.connect(self._on_sheet)
        desk.checking.connect(self._on_checking)
        desk.refused.connect(self._on_refused)
        for speaker in (desk.noticed, self.rendering.noticed, self.reviewing.noticed):
            speaker.connect(self.say)
        self.watch.seen.connect(self._on_seen)
        self.table.chosen.connect(self.choose)
        self.table.activated.connect(self.show_shot)
        self.table.menu_wanted.connect(lambda at: self._pop_up(at))
        self.table.thumbnails_wanted.connect(self._ask_thumbnails)
        self.thumbnails.made.connect(self.table.show_thumbnail)
        self.strip.chosen.connect(lambda shots: self.choose(shots, move=False))
        self.strip.playhead_moved.connect(self._on_playhead)
        self.strip.line_slipped.connect(self._on_slip)
        self.strip.shuttle.connect(self.compare.player.shuttle)
        self.strip.play_pause.connect(self.doings.play)
        self.strip.menu_wanted.connect(lambda at, _pointed: self._pop_up(at))
        self.compare.frame_shown.connect(self._on_frame)
        self.picker.chosen.connect(self._on_face)
        self.picker.left.connect(lambda: self._stack.setCurrentWidget(self.compare))
        self.queue.pause_wished.connect(self.rendering.pause)
        self.queue.resume_wished.connect(self.rendering.go_on)
        self.queue.cancel_wished.connect(self.rendering.cancel)
        self.queue.retry_wished.connect(self.rendering.render)
        self.queue.move_wished.connect(self.rendering.move)
        self.queue.clear_wished.connect(self.rendering.clear)
        self.queue.place_wished.connect(self.rendering.use_place)
        self.queue.chosen.connect(self.choose)
        self._recent.aboutToShow.connect(self._fill_recent)
        desk.undo.indexChanged.connect(self._name_undo)

    def _on_opened(self) -> None:
        cut, path = self.desk.cut, self.desk.path
        if cut is None or path is None:
            return
        self.setWindowTitle(f"{cut.name} — Lipflap")
        self.table.forget_thumbnails()
        self.strip.look_again()
        chosen = self.chosen if path == self._path else frozenset[str]()
        self._path, self.chosen, self.current, self.rows = path, frozenset(), None, {}
        self._on_sheet(set())
        ready = (row.shot for row in self.rows.values() if row.state == "ready")
        first = next(ready, None) or next(iter(self.rows), None)
        if chosen & self._cues.keys():
            self.choose(chosen)
        elif first is not None:
            self.choose([first])
        else:
            self.compare.show_nothing("There is no shot in this cut.")
        self.say(f"{path.name}: {len(self.rows)} shots.")

    def _on_sheet(self, changed: set[str]) -> None:
        """Cues are not what they were."""
        sheet = self.desk.sheet
        if sheet is None:
            return
        self._cues = {cue.shot.name: cue for cue in sheet.cues}
        self._show_rows(sheet)
        if self.current in changed and self.current is not None:
            self.show_shot(self.current, at=self.strip.playhead, move=False)

    def _on_seen(self, seen: JobSnapshot) -> None:
        """The JOB folder is not what it was."""
        self.queue.show_status(seen.status, seen.queue)
        if self.desk.sheet is not None:
            self._show_rows(self.desk.sheet)
        shown = self.compare.comparison
        if shown is None or shown.shot != self.current:
            return
        result = seen.results.get(shown.shot)
        if (result.output_path if result else "") != (shown.dub.path if shown.dub else ""):
            self.show_shot(shown.shot, at=self.strip.playhead, move=False)

    def _show_rows(self, sheet: CueSheet) -> None:
        seen = self.watch.last
        queued = frozenset(seen.queue.shots) if seen else frozenset[str]()
        told = (seen.status, seen.results, seen.reviews) if seen else (None, None, None)
        made = self._made_rows.of(sheet, queued, *told)
        self.rows = {row.shot: row for row in made}
        self.table.show_rows(made)
        states = {row.shot: row.state for row in made}
        self.strip.show_sheet(sheet, self.desk.lines, states)
        ready = sum(row.state == "ready" for row in made)
        approved = sum(row.state == "approved" for row in made)
        self._told.setText(f"{ready} to be rendered, {approved} approved")

    def _on_checking(self, done: int, total: int) -> None:
        self._checked.setVisible(total > 0)
        self._checked.setMaximum(max(1, total))
        self._checked.setValue(done)
        self._checked.setFormat("media %v of %m")

    def _on_refused(self, problem: DubError) -> None:
        if isinstance(problem, DubUnclear) and self.desk.refused_path is not None:
            self.doings.ask_unclear_dub(self.desk.refused_path, problem)
            return
        self.doings.tell(problem)

    def _on_playhead(self, record: Fraction) -> None:
        """The playhead was moved by hand: show what plays there."""
        self.compare.player.stop()
        shown = self.compare.comparison
        under = self._under(record)
        if under is not None and (shown is None or shown.shot != under):
            self.show_shot(under, at=record, move=False)
        elif shown is not None:
            self.compare.player.seek(shown.frame_at(record))

    def _under(self, record: Fraction) -> str | None:
        """The shot that is seen at a moment; the current one if several are."""
        seen = [
            name
            for name, cue in self._cues.items()
            if any(piece.start <= record < piece.end for piece in cue.shot.visible)
        ]
        return self.current if self.current in seen else next(iter(seen), None)

    def _on_frame(self, frame: int) -> None:
        if self.compare.comparison is not None:
            self.strip.show_playhead(max(Fraction(0), self.compare.comparison.record_at(frame)))

    def _on_slip(self, line: DubLine, by: Fraction) -> None:
        if self.desk.cut is not None:
            frames = int(by * self.desk.cut.rate)
            self.desk.decide(commands.slip(self.desk.decisions, line, by, frames))

    def _on_face(self, face: int) -> None:
        if self.current is not None:
            self.desk.decide(commands.face(self.desk.decisions, [self.current], face))
        self._stack.setCurrentWidget(self.compare)

    def _show_look(self, shot: str) -> None:
        """Where the faces are, if somebody has looked; the chosen one in place of the suggested."""
        order = self.desk.orders.get(shot)
        looked = cached_faces(order) if order is not None else None
        if looked is not None and order is not None and order.settings.face is not None:
            looked = replace(looked, suggested=order.settings.face)
        self.compare.show_look(looked)

    def look_for_faces(self) -> None:
        """Have the faces of the current shot found, to draw them."""
        shot = self.current or ""
        order = self.desk.orders.get(shot)
        if order is None:
            self.say("Faces are looked for in shots that are to be dubbed.")
            return

        def seen(told: object) -> None:
            if isinstance(told, FaceReport) and self.current == shot:
                self._show_look(shot)

        self.say(f"Looking for faces in {shot} …")
        self.desk.work(find_faces_in_child(order), seen)

    def _pop_up(self, at: QPoint) -> None:
        """The menu of the chosen shots."""
        menu = QMenu(self)
        for title in (SHOT, RENDER, REVIEW):
            menu.addActions(self._menus[title].actions())
            menu.addSeparator()
        menu.popup(at)

    def _ask_thumbnails(self, shots: list[str]) -> None:
        for name in shots:
            if name in self._cues:
                self.thumbnails.ask(self._cues[name].shot)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for cut in recent_cuts():
            self._recent.addAction(str(cut)).triggered.connect(partial(self._open_recent, cut))
        self._recent.setEnabled(not self._recent.isEmpty())

    def _open_recent(self, cut: Path, _checked: bool = False) -> None:
        self.open(cut)

    def _name_undo(self) -> None:
        undo, redo = self.desk.undo.undoText(), self.desk.undo.redoText()
        self.actions_by_name["undo"].setText(f"&Undo {undo}".strip())
        self.actions_by_name["redo"].setText(f"&Redo {redo}".strip())
        self.actions_by_name["undo"].setEnabled(self.desk.undo.canUndo())
        self.actions_by_name["redo"].setEnabled(self.desk.undo.canRedo())


def _compared(panel: Panel, cue: Cue, sheet: CueSheet) -> Iterator[Comparison | str]:
    """The comparison of a shot, or why there is none; opens media of a shot that is left."""
    order = panel.desk.orders.get(cue.shot.name)
    seen = panel.watch.last
    try:
        if order is not None and cue.record_start is not None:
            result = seen.results.get(cue.shot.name) if seen else None
            yield make_comparison(order, cue.record_start, result)
        else:
            found = make_comparison_of_skipped(cue, sheet, panel.desk.lines)
            yield found or f"{cue.shot.name} has no picture. {cue.reason_text}"
    except DubError as problem:
        yield f"{cue.shot.name} has no picture. {problem}"


def _dropped(data: QMimeData) -> Path | None:
    """The one file or folder that is dropped."""
    urls = data.urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return path if path is not None and path.exists() else None
