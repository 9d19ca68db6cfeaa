"""What each action of the panel does; what has to be asked first is asked here."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from lipflap.core.errors import DubError
from lipflap.core.model_files import MOUTH_KIND, list_models, model_kind
from lipflap.core.order import Role
from lipflap.gui import commands
from lipflap.gui.actions import KeysDialog
from lipflap.gui.commands import Step
from lipflap.gui.compare.paint import DIFFERENCE, FLIP, MOUTH, SIDE, WIPE
from lipflap.gui.dub_dialog import DubDialog
from lipflap.plugin.cut.cuesheet import CueState
from lipflap.plugin.cut.decisions import Decisions
from lipflap.plugin.cut.dub_source import DubUnclear
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.dubbing import sound_track_names
from lipflap.plugin.order.quality import QUALITIES
from lipflap.plugin.qc.markers import MARKER_SUFFIXES

if TYPE_CHECKING:
    from lipflap.gui.panel import Panel

_CUTS = "Cuts (*.otio *.otioz *.otiod *.xml *.fcpxml *.aaf *.edl *.kdenlive *.xges);;All (*)"
_AS_THE_CUT = "as the whole cut"
_ABOUT = """\
Visual dubbing inside the edit.

Only the mouth is repainted, on this machine or your farm; nothing is uploaded. Every rendered
clip says that its mouth was edited. Ask the performers.
"""


class PanelCommands:
    """The panel's hands."""

    def __init__(self, panel: "Panel") -> None:
        self._panel = panel
        self._desk, self._compare = panel.desk, panel.compare

    def by_name(self) -> dict[str, Callable[[], object]]:
        """What serves each entry of gui.actions."""
        panel, desk, compare, strip = self._panel, self._desk, self._compare, self._panel.strip
        player, rendering = compare.player, panel.rendering
        return {
            "open": self._open,
            "dub_source": self.ask_dub,
            "job_folder": self._job_folder,
            "consent": self._consent,
            "look_again": desk.look_again,
            "close": panel.close,
            "undo": desk.undo.undo,
            "redo": desk.undo.redo,
            "select_all": lambda: panel.choose(panel.table.shown_shots()),
            "select_ready": lambda: panel.choose(self._in_state(CueState.READY)),
            "find": panel.table.begin_search,
            "face": panel.pick_face,
            "face_suggested": lambda: self._decide(partial(commands.face, number=None)),
            "dub": lambda: self._decide(partial(commands.dub, wanted=True)),
            "do_not_dub": lambda: self._decide(partial(commands.dub, wanted=False)),
            "leave_range": self._leave_range,
            "dub_all_of": lambda: self._decide(commands.dub_all_of),
            "model": self._model,
            "quality": self._quality,
            "handles": self._handles,
            "forget": lambda: self._decide(commands.as_the_cut),
            "render": lambda: rendering.render(self._chosen()),
            "render_all": lambda: rendering.render(set(panel.rows)),
            "pause": rendering.pause_or_go_on,
            "cancel": lambda: rendering.cancel(self._chosen()),
            "retry": rendering.retry_failed,
            "farm": self._farm,
            "approve": lambda: panel.reviewing.approve(self._chosen()),
            "send_back": self._send_back,
            "withdraw": lambda: panel.reviewing.withdraw(self._chosen()),
            "conform": self._conform,
            "qc_page": self._qc_page,
            "markers": self._markers,
            "play": self.play,
            "back": lambda: player.shuttle(-1),
            "stop": player.stop,
            "forward": lambda: player.shuttle(1),
            "step_back": lambda: compare.step(-1),
            "step": lambda: compare.step(1),
            "jump_back": lambda: compare.step(-10),
            "jump": lambda: compare.step(10),
            "first": lambda: compare.step(-(10**9)),
            "last": lambda: compare.step(10**9),
            "previous_shot": lambda: self._other_shot(-1),
            "next_shot": lambda: self._other_shot(1),
            "mark_in": strip.set_mark_in,
            "mark_out": strip.set_mark_out,
            "clear_marks": strip.clear_marks,
            "loop": self._loop,
            "hear": self._hear,
            "wipe": lambda: compare.compare(WIPE),
            "flip": lambda: compare.compare(FLIP),
            "side_by_side": lambda: compare.compare(SIDE),
            "difference": lambda: compare.compare(DIFFERENCE),
            "mouth": self._mouth,
            "flip_now": self._flip_now,
            "faces": self._faces,
            "fit": strip.fit_cut,
            "fit_selection": strip.fit_chosen,
            "full_screen": self._full_screen,
            "keys": lambda: KeysDialog(panel).exec(),
            "about": lambda: QMessageBox.information(panel, "Lipflap", _ABOUT),
        }

    def ask_dub(self) -> None:
        """Which sound of the cut that is open is the dub?"""
        cut = self._desk.path
        if cut is not None:
            read = _sound_tracks(cut)
            self._desk.work(read, lambda tracks: self._ask_dub(cut, tracks, ""))

    def ask_unclear_dub(self, cut: Path, unclear: DubUnclear) -> None:
        """A cut could not be opened because it does not say; which sound is it?"""
        why = f"Nothing in {cut.name} says which sound is the dub. Which is it?"
        if not unclear.tracks:
            why = f"{cut.name} has no sound that plays. Where is the dub?"
        self._ask_dub(cut, unclear.tracks, why)
        if self._desk.path != cut:
            self._panel.say(f"{cut.name} is not open: nothing says which sound is its dub.")

    def _ask_dub(self, cut: Path, tracks: Sequence[str], why: str) -> None:
        asked = DubDialog(tracks, why, self._panel)
        if asked.exec() and asked.dub:
            self._panel.open(cut, asked.dub, asked.dub_at)

    def tell(self, problem: DubError) -> None:
        """What is wrong, where, and what to do, in a box that waits for nobody's answer."""
        box = QMessageBox(QMessageBox.Icon.Warning, "Lipflap", problem.problem, parent=self._panel)
        box.setText(f"<b>{problem.where}</b>" if problem.where else "Lipflap cannot do this.")
        box.setInformativeText(f"{problem.problem}\n\n{problem.fix}".strip())
        box.open()

    def play(self) -> None:
        """Play, or stop."""
        player = self._compare.player
        if player.speed:
            player.stop()
        else:
            player.play(1)

    def _chosen(self) -> frozenset[str]:
        if not self._panel.chosen:
            self._panel.say("Choose shots first: in the list, or in the cut.")
        return self._panel.chosen

    def _decide(self, step: Callable[[Decisions, Collection[str]], Step]) -> None:
        if shots := self._chosen():
            self._desk.decide(step(self._desk.decisions, shots))

    def _in_state(self, state: str) -> list[str]:
        return [row.shot for row in self._panel.rows.values() if row.state == state]

    def _open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._panel, "Open a cut", "", _CUTS)
        if path:
            self._panel.open(Path(path))

    def _job_folder(self) -> None:
        job = self._desk.job
        if job is None:
            return
        folder = QFileDialog.getExistingDirectory(self._panel, "Render into", str(job.folder))
        if folder:
            self._desk.use_job_folder(Path(folder))

    def _consent(self) -> None:
        words, said = QInputDialog.getMultiLineText(
            self._panel,
            "Consent",
            "Who allowed the performers' mouths to be changed? Kept in the cut.",
            self._desk.decisions.consent,
        )
        if said:
            self._desk.decide(commands.consent(self._desk.decisions, words.strip()))

    def _leave_range(self) -> None:
        marked, cut = self._panel.strip.marked, self._desk.cut
        if marked is None or cut is None:
            self._panel.say("Mark a range first, with I and O.")
            return
        chosen = self._panel.chosen
        shots = [shot for shot in cut.shots if shot.name in chosen or not chosen]
        self._desk.decide(commands.leave(self._desk.decisions, shots, marked))

    def _model(self) -> None:
        names = [one.name for one in list_models() if model_kind(one.path).startswith(MOUTH_KIND)]
        self._one_of("Model", names, commands.model)

    def _quality(self) -> None:
        self._one_of("Quality", list(QUALITIES), commands.quality)

    def _one_of(
        self,
        what: str,
        names: list[str],
        step: Callable[[Decisions, Collection[str], str | None], Step],
    ) -> None:
        shots = self._chosen()
        if not shots:
            return
        title = f"{what} for {commands.named(shots)}"
        choices = [_AS_THE_CUT, *names]
        name, said = QInputDialog.getItem(self._panel, what, title, choices, 0, False)
        if said:
            chosen = None if name == _AS_THE_CUT else name
            self._desk.decide(step(self._desk.decisions, shots, chosen))

    def _handles(self) -> None:
        shots = self._chosen()
        if not shots:
            return
        title = f"Spare frames on each side of {commands.named(shots)}"
        frames, said = QInputDialog.getInt(self._panel, "Handles", title, 8, 0, 250)
        if said:
            self._desk.decide(commands.handles(self._desk.decisions, shots, frames))

    def _farm(self) -> None:
        address, said = QInputDialog.getText(
            self._panel, "On a farm", "Address of a Dask scheduler, such as tcp://farm:8786"
        )
        if said and address.strip():
            self._panel.rendering.render_on_farm(address.strip())

    def _send_back(self) -> None:
        shots = self._chosen()
        if not shots:
            return
        title = f"What is to be changed in {commands.named(shots)}?"
        note, said = QInputDialog.getMultiLineText(self._panel, "Send back", title)
        if said:
            self._panel.reviewing.send_back(shots, note.strip())

    def _conform(self) -> None:
        if not self._panel.reviewing.approved():
            self._panel.say("No shot is approved yet.")
            return
        ways = ["second picture in each clip", "DUB track above"]
        way, said = QInputDialog.getItem(
            self._panel, "Conform", "Put the new pictures in as", ways, 0, False
        )
        job, cut = self._desk.job, self._desk.path
        if not said or job is None or cut is None:
            return
        out, _ = QFileDialog.getSaveFileName(
            self._panel, "The dubbed cut", str(job.conformed(cut)), "OTIO (*.otio *.otioz)"
        )
        if out:
            self._panel.reviewing.conform(Path(out), way == ways[1])

    def _qc_page(self) -> None:
        job = self._desk.job
        if job is None:
            return
        place = str(job.folder / "qc.html")
        out, _ = QFileDialog.getSaveFileName(self._panel, "QC page", place, "HTML (*.html)")
        if out:
            self._panel.reviewing.write_qc_page(Path(out))

    def _markers(self) -> None:
        job = self._desk.job
        if job is None:
            return
        kinds = {"DaVinci Resolve (*.edl)": ".edl", "Media Composer (*.txt)": ".txt"}
        place = str(job.folder / "markers.edl")
        said, kind = QFileDialog.getSaveFileName(self._panel, "Markers", place, ";;".join(kinds))
        if said:
            out = Path(said)
            if out.suffix.casefold() not in MARKER_SUFFIXES:
                out = out.with_name(out.name + kinds[kind])
            self._panel.reviewing.write_markers(out)

    def _other_shot(self, by: int) -> None:
        names = list(self._panel.table.shown_shots())
        if not names:
            return
        current = self._panel.current
        at = names.index(current) + by if current in names else 0
        if 0 <= at < len(names):
            self._panel.choose([names[at]])

    def _loop(self) -> None:
        """Loop between the marks, or over the shot; or not any more."""
        shot, marked = self._compare.comparison, self._panel.strip.marked
        if shot is None or self._compare.player.looped is not None:
            self._compare.player.loop(None)
            self._panel.say("Loop off.")
            return
        whole = TimeRange(shot.starts, shot.record_at(shot.count))
        both = whole.overlap(marked) if marked is not None else None
        part = both or whole
        last = shot.frame_at(part.end - 1 / shot.rate)
        self._compare.player.loop((shot.frame_at(part.start), last + 1))
        self._panel.say("Loop between the marks." if both else "Loop over the shot.")

    def _hear(self) -> None:
        now = self._compare.hear_other()
        self._panel.say(
            "You hear the dub." if now == Role.DUB else "You hear the production sound."
        )

    def _mouth(self) -> None:
        self._compare.compare(MOUTH)
        if self._compare.looked is None:
            self._panel.look_for_faces()

    def _flip_now(self) -> None:
        self._compare.compare(FLIP)
        self._compare.flip()

    def _faces(self) -> None:
        self._compare.show_faces(not self._compare.shows_faces)
        if self._compare.shows_faces and self._compare.looked is None:
            self._panel.look_for_faces()

    def _full_screen(self) -> None:
        window = self._panel.window()
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()


def _sound_tracks(cut: Path) -> Iterator[tuple[str, ...]]:
    yield sound_track_names(cut)
