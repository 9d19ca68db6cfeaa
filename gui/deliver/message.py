"""The message about a dubbed cut that was written: where it is, and what an editor should know."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.report import JobReport

_LISTED = 30  # notes on single shots


@dataclass(frozen=True, slots=True)
class DeliveryMessage:
    """The facts that a message about a dubbed cut needs beside its report.

    report         path of the report, where all notes stand
    sheet          of the cut before it was delivered: its notes are in the shot list already
    only_approved  whether only approved shots were delivered
    """

    report: Path
    sheet: CueSheet
    only_approved: bool

    def describe(self, report: JobReport) -> str:
        """Return the message, which fits into a status bar; the notes are shown on request."""
        which = "approved" if self.only_approved else "rendered"
        count = len(self.notes(report))
        noted = f", with {count} {'note' if count == 1 else 'notes'}" if count else ""
        return f"✓ Delivered: all {which} shots{noted}."

    def notes(self, report: JobReport) -> tuple[str, ...]:
        """Return all that an editor should know of the dubbed cut, a sentence or two each."""
        of_shots = list(self._notes_on_shots(report))
        shown, hidden = of_shots[:_LISTED], len(of_shots) - _LISTED
        more = [f"{hidden} more notes on shots are in {self.report}."] if hidden > 0 else []
        return tuple(filter(None, [*report.notes, *shown, *more, report.signed]))

    def _notes_on_shots(self, report: JobReport) -> Iterator[str]:
        """Yield what was noted of rendered shots when they were delivered."""
        known = {cue.shot.name: cue.notes for cue in self.sheet.cues}
        for line in report.shots:
            if line.state == RenderState.RENDERED:
                added = (note for note in line.notes if note not in known.get(line.shot, ()))
                yield from (f"{line.shot}: {note}" for note in added)
