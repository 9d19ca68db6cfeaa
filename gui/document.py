"""The open cut and the decisions about it: what views show and commands change.

cut (read once)  +  decisions (undo stack)  ->  cue sheet  ->  media checked, cue by cue
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from lipflap.core.consent import Agreement
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.order import DubOrder
from lipflap.gui import settings
from lipflap.gui.background.decisions_file import DecisionsFile, StoredDecisions, stored_decisions
from lipflap.gui.background.media_checker import MediaChecker
from lipflap.gui.background.side_process import SideProcess
from lipflap.gui.background.slices import Slices, Steps
from lipflap.gui.background.workers import Workers
from lipflap.gui.commands import DecideCommand, Step
from lipflap.gui.cut_opening import OpenedCut, open_cut
from lipflap.gui.cut_reading import overhangs_now
from lipflap.gui.timeline.layout import CutLayout
from lipflap.plugin.cut.cuesheet import Cue, CueSheet
from lipflap.plugin.cut.cut import Cut, DubLine
from lipflap.plugin.cut.decisions import (
    Decided,
    Decisions,
    decided_lines,
    decisions_path,
    slip_offsets,
    stale_decisions,
    write_decisions,
)
from lipflap.plugin.cut.extension import Overhang
from lipflap.plugin.cut.join_decisions import have_same_dub, join_decisions
from lipflap.plugin.cut.languages import begin_language, list_languages, name_language
from lipflap.plugin.cut.missing_media import list_missing_media
from lipflap.plugin.dub_request import DubRequest, default_request
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.path_map import Rules
from lipflap.plugin.order.render_settings import RenderSettings
from lipflap.plugin.request_cut import cues_with_decisions, with_cues
from lipflap.plugin.timeline.media.media_finder import NO_PLACES, MediaPlaces
from lipflap.plugin.timeline.media.relink import join_places, relink
from lipflap.plugin.timeline.read import says_rate


class CutDocument(QObject):
    """One open cut, or none. Reads cuts and checks media in background threads.

    cues             by shot name, in record order
    media            checks the media of the cut, and has the orders of shots that passed
    workers          threads for what is about the cut
    side             does what would hold Python's interpreter for long
    overhangs        the dub that goes on after shots, by their names
    notes            sentences about the cut and its dub as a whole, as they were read
    layout           of the cut as it was read, in the timeline
    language         name of the open dub of the cut; empty for the first
    requested_path   the cut that was requested last, whether it could be read or not
    is_reading       a cut that was requested is being read

    opened           a cut is open; its media is still being checked
    sheet_changed    names of the shots whose cues have changed
    check_progress   how many cues have been checked, of how many; 0 of 0 when done
    error            a DubError: the cut, its decisions or its job cannot be used
    message          a line for the status bar
    done             what was done, undone or redone, and to which shots
    overtaken        decisions are not stored: another panel has stored some that are to be joined
    """

    opened = Signal()
    sheet_changed = Signal(object)
    check_progress = Signal(int, int)
    error = Signal(object)
    message = Signal(str)
    done = Signal(str)
    overtaken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self.cut: Cut | None = None
        self.decisions = Decisions()
        self.sheet: CueSheet | None = None
        self.cues: dict[str, Cue] = {}
        self.job: Job | None = None
        self.overhangs: dict[str, Overhang] = {}
        self.notes: tuple[str, ...] = ()
        self.layout: CutLayout | None = None
        self.places = NO_PLACES
        self.rate: Fraction | None = None
        self.language = ""
        self.timeline = ""
        self.timelines: dict[Path, str] = {}  # the one that was chosen, of files with several
        self.requested_path: Path | None = None
        self._decided = Decided(self.decisions, ())  # which the cue sheet shows
        self._checked_with: RenderSettings | None = None
        self._request: DubRequest | None = None
        self._applying, self._file = Slices(self), DecisionsFile(self)
        self._file.failed.connect(self.error)
        self._file.overtaken.connect(self.overtaken)
        self.workers = Workers(self)
        self.workers.failed.connect(self.error)
        self._reads, self.is_reading = 0, False  # of cuts: the latest counts
        self.side = SideProcess()
        self.media = MediaChecker(self.workers, self.side, self)
        self.media.changed.connect(self._update_sheet)
        self.media.progress.connect(self.check_progress)

    @property
    def path(self) -> Path | None:
        return self._request.cut if self._request else None

    @property
    def is_storing(self) -> bool:
        """Return whether decisions are being stored in the background."""
        return self._file.is_writing

    @property
    def is_checking(self) -> bool:
        """Return whether media is being checked."""
        return self.media.is_checking

    @property
    def lines(self) -> tuple[DubLine, ...]:
        """Return all sound of the cut, dub lines slipped as decided."""
        return self._decided.lines

    @property
    def slip_offsets(self) -> dict[DubLine, Fraction]:
        """Return how many seconds later than in the cut each slipped line plays."""
        return slip_offsets(self._decided.lines, self._decided.decisions.slips)

    @property
    def orders(self) -> dict[str, DubOrder]:
        """Orders by shot, of all shots whose media has been checked and is usable."""
        return self.media.orders

    def open(
        self,
        path: Path,
        dub: str | None = None,
        dub_at: str | None = None,
        dub_channel: int | None = None,
        language: str | None = None,
    ) -> None:
        """Read a cut; `opened` or `error` follows.

        dub        and what follows: see DubRequest; None for what was decided, or the cut says
        language   which of its dubs (cut.languages); None for the one that was open last
        """
        self.requested_path = path = path.expanduser().absolute()
        name = settings.language(path) if language is None else language
        kept = decisions_path(path, name)
        self._file.finish()
        try:
            stored = stored_decisions(kept)
            decisions = stored.decisions
            if dub is not None:
                decisions = replace(decisions, dub=dub, dub_at=dub_at, dub_channel=dub_channel)
            asked = default_request(path, decisions)
        except DubError as problem:
            self.error.emit(problem)
            return
        rate = None if says_rate(path) else self.rate
        request = replace(
            asked,
            places=join_places([self.places, settings.media_places(path)]),
            rate=rate,
            timeline=self.timelines.get(path, self.timeline),
        )
        job = Job(settings.job_folder(path, name))

        def on_read(opened: OpenedCut) -> None:
            self.language = name
            settings.remember_language(path, name)
            self._file.known = stored
            self._set_cut(request, job, opened)
            if dub is not None:
                self._store_decisions(decisions)

        self._read(request, job, on_read)

    def close(self) -> None:
        """Stop all background work and drop the cut."""
        self._applying.stop()
        self._file.finish()
        self.side.close()
        self.workers.stop()
        self.cut = self.sheet = self.job = self.media.sheet = self._request = None
        self.cues = {}

    def decide(self, step: Step) -> None:
        """Apply a step that can be undone."""
        name, after = step
        if after != self.decisions:
            self.do(DecideCommand(name, self.decisions, after, self._apply_decisions))
        else:
            self.message.emit(f"{name}: nothing changes.")

    def join(self, stored: StoredDecisions) -> None:
        """Take what another panel has stored, as a step that can be undone.

        What was decided here meanwhile stays. With another dub the cut is opened anew.
        """
        known, theirs = self._file.known, stored.decisions
        if known is None or self.path is None or stored.stamp == known.stamp:
            return
        joined = join_decisions(known.decisions, self.decisions, theirs)
        joined = theirs if joined == theirs else joined
        self._file.known = stored
        if not have_same_dub(joined, self.decisions):
            self._store_decisions(joined)
            self.open(self.path, language=self.language)
        elif joined == self.decisions:
            self._store_decisions(joined)
        else:
            self.decide(("Decisions of another panel", joined))

    def do(self, command: QUndoCommand) -> None:
        """Do what can be undone, and say so."""
        self.undo.push(command)
        self.done.emit(f"✓ {command.text()}")

    def undo_step(self) -> None:
        """Undo the last step, and say which it was."""
        if name := self.undo.undoText():
            self.undo.undo()
            self.done.emit(f"Undone: {name}")

    def redo_step(self) -> None:
        """Do again what was undone last, and say what it was."""
        if name := self.undo.redoText():
            self.undo.redo()
            self.done.emit(f"✓ {name}")

    def use_job_folder(self, folder: Path) -> None:
        """Render into another folder from now on."""
        if self.path is not None:
            settings.remember_job_folder(self.path, self.language, folder)
            self.open(self.path)

    def add_language(self, dub: str, dub_at: str | None, dub_channel: int | None) -> None:
        """Begin another dub of the cut, with decisions and a JOB of its own, and open it."""
        if self.path is None:
            return
        taken = [known.name for known in list_languages(self.path)]
        name = name_language(dub, taken)
        decisions = begin_language(self.decisions, dub, dub_at, dub_channel)
        try:
            write_text(decisions_path(self.path, name), write_decisions(decisions))
        except DubError as problem:
            self.error.emit(problem)
            return
        self.open(self.path, language=name)

    @property
    def rules(self) -> Rules:
        """Return the rules from folders that the cut names to those of this machine."""
        return self._request.places.rules if self._request else ()

    @property
    def missing_media(self) -> dict[str, list[str]]:
        """Return the media files that are not there, each with the shots that need it."""
        return list_missing_media(self.cues.values())

    def use_agreements(self, agreements: tuple[Agreement, ...]) -> None:
        """Order with other agreements from now on; says so where they are others."""
        if not self.media.use_agreements(agreements):
            return
        self._update_sheet()
        self._check_media()
        count = len(agreements)
        noted = f"{count} agreement{'' if count == 1 else 's'}" if count else "none"
        self.message.emit(f"Consent has changed on disk: {noted} on file now.")

    def look_for_media(self, folder: Path) -> None:
        """Look for media below another folder too, and read the cut again."""
        if self._request is not None:
            places = self._request.places
            self._look_in(replace(places, folders=(*places.folders, folder)))

    def relink(self, missing: str, file: Path) -> None:
        """Take a file in the place of one that is missing, and read the cut again."""
        if self._request is not None:
            self._look_in(relink(self._request.places, missing, file))

    def _look_in(self, places: MediaPlaces) -> None:
        if self._request is not None:
            settings.remember_media_places(self._request.cut, places)
            self._request = replace(self._request, places=places)
            self.reload()

    def reload(self) -> None:
        """Read the cut and check all its media again; `opened` follows.

        For a cut or media that has changed on disk. Decisions stay, and can be undone.
        """
        request, job = self._request, self.job
        if request is None or job is None:
            return

        def on_read(opened: OpenedCut) -> None:
            if request is self._request:
                self._set_cut(request, job, opened)
            else:  # the decisions have changed meanwhile
                self.reload()

        self._read(request, job, on_read)

    def _read(self, request: DubRequest, job: Job, on_read: Callable[[OpenedCut], object]) -> None:
        """Read a cut; what comes of a cut that was requested before it no longer matters."""
        self._reads += 1
        number, self.is_reading = self._reads, True

        def facts() -> Iterator[OpenedCut]:
            try:
                yield from open_cut(self.side, request, job)
            except DubError:
                if number == self._reads:
                    raise

        def take(opened: OpenedCut) -> None:
            if number == self._reads:
                self.is_reading = False
                on_read(opened)

        def end() -> None:
            if number == self._reads:
                self.is_reading = False

        self.workers.run(facts(), take, end)

    def _set_cut(self, request: DubRequest, job: Job, opened: OpenedCut) -> None:
        read = opened.read
        if request.cut != self.path or request.decisions != self.decisions:
            self.undo.clear()
        cut, self.cut, self.job, self._request = read.cut, read.cut, job, request
        self.decisions, self._checked_with = request.decisions, request.settings
        self._applying.stop()
        self.media.outdate()
        self.media.forget()
        self.media.use(read.sheet)
        self.overhangs, self.notes, self.layout = read.overhangs, read.notes, opened.layout
        self._decided = Decided(self.decisions, opened.layout.lines)
        self._set_sheet(read.sheet)
        settings.remember_cut(request.cut)
        self.opened.emit()
        if stale := stale_decisions(self.decisions, cut):
            self.message.emit(
                f"Decisions about {', '.join(stale)} are unused: the cut no longer has them."
            )
        self._check_media()

    def _set_sheet(self, sheet: CueSheet) -> None:
        self.sheet, self.cues = sheet, {cue.shot.name: cue for cue in sheet.cues}

    def _apply_decisions(self, decisions: Decisions) -> None:
        """Take other decisions, and store them beside the cut; the cue sheet follows."""
        if self.cut is None or self.media.sheet is None or self._request is None:
            return
        self.decisions = decisions
        self._request = replace(
            default_request(self._request.cut, decisions),
            places=self._request.places,
            rate=self._request.rate,
            timeline=self._request.timeline,
        )
        self.media.outdate()
        self._applying.do(self._update_cues, len(self.cut.shots))
        self._store_decisions(decisions)

    def _update_cues(self) -> Steps:
        """Make the cue sheet for the decisions as they are now, step by step."""
        cut, known, request, before = self.cut, self.media.sheet, self._request, self._decided
        if cut is None or known is None or request is None:
            return
        decisions = request.decisions
        after = Decided(decisions, decided_lines(cut.lines, decisions, before.lines))
        yield
        cues: list[Cue] = []
        for cue in cues_with_decisions(known, cut, before, after):
            cues.append(cue)
            yield
        sheet = with_cues(known, cues, after)
        if decisions.slips != before.decisions.slips:
            self.overhangs = overhangs_now(sheet, known, self.overhangs)
            yield
        if request.settings != self._checked_with:
            self.media.forget()  # every order has them
        self._checked_with = request.settings
        self.media.use(sheet)
        self._decided = after
        changed = self._take_checks()
        yield
        if changed:
            self.sheet_changed.emit(changed)
        yield
        self._check_media()

    def _store_decisions(self, decisions: Decisions) -> None:
        """Store the decisions beside the cut."""
        if self._request is None:
            return
        self._file.write(decisions_path(self._request.cut, self.language), decisions)

    def _update_sheet(self) -> None:
        """Put the results of the checks into the cue sheet; emit which cues have changed."""
        if changed := self._take_checks():
            self.sheet_changed.emit(changed)

    def _take_checks(self) -> set[str]:
        """Put the results of the checks into the cue sheet; return which cues have changed."""
        before, after = self.sheet, self.media.checked_sheet()
        if before is None or after is None:
            return set()
        self._set_sheet(after)
        pairs = zip(before.cues, after.cues, strict=True)
        return {new.shot.name for old, new in pairs if old is not new and old != new}

    def _check_media(self) -> None:
        if self._request is not None and self.job is not None:
            self.media.start(self._request.settings, self.job)
