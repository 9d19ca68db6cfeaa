"""The actions of the Cut, Edit and Shot menus: open a cut, and decide how its shots are dubbed."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from lipflap.core.errors import DubError
from lipflap.core.media.probe import probe
from lipflap.core.order import Role
from lipflap.gui import commands
from lipflap.gui.choices.controller import ChoiceController
from lipflap.gui.commands import Step
from lipflap.gui.dialogs.dub import DubDialog
from lipflap.gui.dialogs.note import ask_note
from lipflap.gui.dialogs.problem import show_problem
from lipflap.gui.dialogs.relink import RelinkDialog
from lipflap.gui.document import CutDocument
from lipflap.gui.selection import ShotSelection
from lipflap.gui.toolbar.top_bar import TopBar
from lipflap.plugin.cut.cast.consent_check import consent_on_file
from lipflap.plugin.cut.cut import TIMELINE_SUFFIXES, DubLine
from lipflap.plugin.cut.decisions import Decisions
from lipflap.plugin.cut.dub_source import DubUnclear, is_beside_cut
from lipflap.plugin.cut.languages import Language, list_languages
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.folder import Job
from lipflap.plugin.request_cut import sound_lines, sound_track_names
from lipflap.plugin.timeline.read import TimelineUnclear

_CUT_FILTER = f"Cuts ({' '.join(f'*{suffix}' for suffix in TIMELINE_SUFFIXES)});;All (*)"


class CutController(QObject):
    """The controller that opens cuts and records decisions about the selected shots.

    marked_range   returns the range between the marks, None without one
    window         parent of the dialogs
    message        a line for the status bar
    """

    message = Signal(str)

    def __init__(
        self,
        document: CutDocument,
        selection: ShotSelection,
        marked_range: Callable[[], TimeRange | None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._selection = document, selection
        self._marked_range, self._window = marked_range, window
        self._dub_actions: list[QAction] = []
        self._choices = ChoiceController(document, selection, window)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the functions for entries of gui.actions, by name."""
        document = self._document
        return {
            "open": self._prompt_cut,
            "dub_source": self.prompt_dub,
            "add_language": self.prompt_language,
            "job_folder": self._prompt_job_folder,
            "consent": self._prompt_consent,
            "references": self._prompt_references,
            "clear_references": lambda: document.decide(
                commands.references(document.decisions, ())
            ),
            "relink": self._prompt_relink,
            "reload": document.reload,
            "undo": document.undo_step,
            "redo": document.redo_step,
            "suggested_face": lambda: self._decide(partial(commands.face, number=None)),
            "dub": lambda: self._decide(partial(commands.dub, is_dubbed=True)),
            "do_not_dub": lambda: self._decide(partial(commands.dub, is_dubbed=False)),
            "keep_range": self._keep_range,
            "extend": self._toggle_extension,
            "blink": self._toggle_blinks,
            "dub_whole_shot": lambda: self._decide(commands.dub_whole_shot),
            "reset": lambda: self._decide(commands.reset),
            **self._choices.handlers(),
        }

    def serve(self, bar: TopBar) -> None:
        """Fill the menus of the top row."""
        self._dub_actions = bar.dub_actions
        dub = bar.languages
        dub.aboutToShow.connect(lambda: self.fill_languages(dub))
        self._choices.serve(bar)

    def open(
        self,
        cut: Path,
        dub: str | None = None,
        dub_at: str | None = None,
        dub_channel: int | None = None,
    ) -> None:
        """Read a cut; see CutDocument.open."""
        self.message.emit(f"Reading {cut.name} …")
        self._document.open(cut, dub, dub_at, dub_channel)

    def prompt_dub(self) -> None:
        """Ask which sound of the open cut is the dub."""
        cut = self._document.path
        if cut is not None:
            self._document.workers.run(
                _read_sound_tracks(cut), lambda tracks: self._open_with_dub(cut, tracks, "")
            )

    def prompt_language(self) -> None:
        """Ask which sound is another dub of the open cut, and begin it."""
        cut = self._document.path
        if cut is not None:
            why = "Which sound is the dub into another language? It gets a JOB of its own."
            self._document.workers.run(
                _read_sound_tracks(cut), lambda tracks: self._add_language(cut, tracks, why)
            )

    def fill_languages(self, menu: QMenu) -> None:
        """Fill a menu with the dubs of the cut; the open one is ticked."""
        menu.clear()
        document = self._document
        if document.path is not None:
            for one in list_languages(document.path):
                action = menu.addAction(self._label_of(one))
                action.setCheckable(True)
                action.setChecked(one.name == document.language)
                action.triggered.connect(lambda _checked, one=one: self._switch_language(one.name))
            menu.addSeparator()
        menu.addActions(self._dub_actions)

    def _label_of(self, language: Language) -> str:
        """Return how an editor knows a dub of the cut."""
        if language.label or language.name != self._document.language:
            return language.label or language.name or "The dub that the cut names"
        dub = (line.track for line in self._document.lines if line.role == Role.DUB)
        return ", ".join(dict.fromkeys(dub))

    def ask_or_show(self, problem: DubError) -> None:
        """Ask for what a cut does not say; show every other error."""
        requested = self._document.requested_path
        if isinstance(problem, DubUnclear) and requested is not None:
            self.prompt_unclear_dub(requested, problem)
        elif isinstance(problem, TimelineUnclear) and requested is not None:
            self.prompt_timeline(requested, problem)
        else:
            if requested is not None and requested != self._document.path:
                self.message.emit(f"{requested.name} is not open.")
            show_problem(problem, self._window)

    def prompt_unclear_dub(self, cut: Path, unclear: DubUnclear) -> None:
        """Ask for the dub of a cut that could not be opened without it."""
        why = f"Nothing in {cut.name} says which sound is the dub. Which is it?"
        if not unclear.tracks:
            why = f"{cut.name} has no sound that plays. Where is the dub?"
        self._open_with_dub(cut, unclear.tracks, why)
        if self._document.path != cut:
            self.message.emit(f"{cut.name} is not open: nothing says which sound is its dub.")

    def set_face(self, face: int) -> None:
        """Dub this face in the shot in the viewer."""
        if self._selection.current is not None:
            shots = [self._selection.current]
            self._document.decide(commands.face(self._document.decisions, shots, face))

    def _open_with_dub(self, cut: Path, tracks: Sequence[str], why: str) -> None:
        dialog = DubDialog(tracks, why, self._window)
        if cut == self._document.path:
            self._show_dub(dialog)
        self._document.workers.run(_read_sound_lines(cut), dialog.show_lines)
        if dialog.exec() and dialog.dub:
            self.open(cut, dialog.dub, dialog.dub_at, dialog.dub_channel)

    def _show_dub(self, dialog: DubDialog) -> None:
        """Show the dub that the open cut has."""
        decisions = self._document.decisions
        if decisions.dub and is_beside_cut(decisions.dub):
            dialog.show_given(decisions.dub, decisions.dub_at, decisions.dub_channel)
            return
        for line in self._document.lines:
            if line.role == Role.DUB:
                dialog.choose(line.track)

    def _add_language(self, cut: Path, tracks: Sequence[str], why: str) -> None:
        dialog = DubDialog(tracks, why, self._window)
        self._document.workers.run(_read_sound_lines(cut), dialog.show_lines)
        if dialog.exec() and dialog.dub:
            self._document.add_language(dialog.dub, dialog.dub_at, dialog.dub_channel)

    def _switch_language(self, name: str) -> None:
        if self._document.path is not None and name != self._document.language:
            self._document.open(self._document.path, language=name)

    def _decide(self, step: Callable[[Decisions, Collection[str]], Step]) -> None:
        if shots := self._selection.require():
            self._document.decide(step(self._document.decisions, shots))

    def _prompt_cut(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open a cut", self._folder(), _CUT_FILTER
        )
        if path:
            self.open(Path(path))

    def _prompt_job_folder(self) -> None:
        job = self._document.job
        if job is None:
            return
        folder = QFileDialog.getExistingDirectory(self._window, "Render into", str(job.folder))
        if folder:
            self._document.use_job_folder(Path(folder))

    def _prompt_consent(self) -> None:
        sheet = self._document.sheet
        known = consent_on_file(sheet, date.today()) if sheet is not None else ()
        asked = "Who agreed to new mouths for the performers? The dubbed cut keeps this text."
        text = ask_note(
            "Consent",
            "\n".join((*known, asked)),
            self._document.decisions.consent,
            self._window,
        )
        if text is not None:
            self._document.decide(commands.consent(self._document.decisions, text))

    def prompt_timeline(self, cut: Path, unclear: TimelineUnclear) -> None:
        """Ask which timeline of a file is the cut, and open it."""
        label = f"{cut.name} holds several timelines. Which one is dubbed?"
        names = list(unclear.names)
        name, accepted = QInputDialog.getItem(self._window, "Timeline", label, names, 0, False)
        if accepted:
            self._document.timelines[cut] = name
            self.open(cut)
        else:
            self.message.emit(f"{cut.name} is not open: it holds several timelines.")

    def _prompt_references(self) -> None:
        """Ask for films in which more mouths of the actors are looked for."""
        films, _ = QFileDialog.getOpenFileNames(
            self._window, "More film of the actors", self._folder()
        )
        if films:
            job = self._document.job
            self._document.workers.run(
                _readable(films), lambda readable: self._add_references(job, readable)
            )

    def _add_references(self, job: Job | None, films: Sequence[str]) -> None:
        """Add films, unless another cut or dub than that of a JOB is open by now."""
        if job != self._document.job:
            return
        known = self._document.decisions.references
        added = tuple(dict.fromkeys((*known, *films)))
        self._document.decide(commands.references(self._document.decisions, added))

    def _folder(self) -> str:
        """Return the folder of the open cut, in which dialogs begin; empty without one."""
        return str(self._document.path.parent) if self._document.path else ""

    def _prompt_relink(self) -> None:
        """Ask where missing media lies: one file, or a folder to look in and below."""
        dialog = RelinkDialog(self._document.missing_media, self._window)
        if dialog.exec() and dialog.file is not None:
            self._document.relink(dialog.path, dialog.file)
        elif dialog.folder is not None:
            self._document.look_for_media(dialog.folder)

    def _keep_range(self) -> None:
        marked, cut = self._marked_range(), self._document.cut
        if marked is None or cut is None:
            self.message.emit("Mark a range first: I at its first frame, O at its last.")
            return
        selected = self._selection.shots
        shots = [shot for shot in cut.shots if shot.name in selected or not selected]
        self._document.decide(commands.keep_range(self._document.decisions, shots, marked))

    def _toggle_extension(self) -> None:
        """Make shots as long as their dub, or where all of them are, as the cut has them."""
        document = self._document
        shots, extended = self._selection.require(), document.decisions.extended
        possible = {name for name, one in document.overhangs.items() if not one.why_not}
        new = (shots & possible) - extended
        changed = new or (shots & extended)
        if changed:
            document.decide(commands.extend(document.decisions, changed, is_longer=bool(new)))

    def _toggle_blinks(self) -> None:
        """Let eyes close in stills, or where they do in all of the shots, leave them open."""
        if shots := self._selection.require():
            decisions = self._document.decisions
            new = shots - decisions.blinking
            self._document.decide(commands.blink(decisions, new or shots, does_blink=bool(new)))


def _read_sound_lines(cut: Path) -> Iterator[tuple[DubLine, ...]]:
    with suppress(DubError):  # then the tracks are shown by name alone
        yield sound_lines(cut)


def _readable(films: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield these films once all of them can be read: one that cannot would stop every order."""
    for film in films:
        probe(film)
    yield films


def _read_sound_tracks(cut: Path) -> Iterator[tuple[str, ...]]:
    yield sound_track_names(cut)
