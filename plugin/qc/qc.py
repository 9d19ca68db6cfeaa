"""Every shot of a JOB with its order, result and verdict, for whoever signs off."""

from dataclasses import dataclass
from fractions import Fraction

from lipflap.core.order import DubOrder, read_order
from lipflap.core.result import DubResult
from lipflap.core.timecode import record_timecode
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, read_cues
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.report import ShotLine, make_report, notes, sync_warning
from lipflap.plugin.qc.review import Review, Verdict, read_review
from lipflap.plugin.render.render import stored_result


@dataclass(frozen=True, slots=True)
class ShotQc:
    """One shot of the cut.

    order           None where nothing is to be dubbed
    result, review  None until there is one
    """

    cue: Cue
    line: ShotLine
    order: DubOrder | None
    result: DubResult | None
    review: Review | None

    @property
    def state(self) -> RenderState | Verdict:
        """Return the verdict, or the render state before there is one."""
        return self.review.verdict if self.review else self.line.state

    @property
    def has_sync_warning(self) -> bool:
        """Return whether an editor should check the sync."""
        return self.line.sync is not None and bool(sync_warning(self.line.sync))

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return the reason, the editor's note and the cue's notes, a sentence or two each."""
        note = self.review.note if self.review else ""
        return tuple(one for one in (self.line.reason, note, *notes(self.line)) if one)


@dataclass(frozen=True, slots=True)
class Qc:
    """The shots of the cut that a JOB was made from."""

    sheet: CueSheet
    shots: tuple[ShotQc, ...]

    def timecode(self, record: Fraction) -> str:
        """Return the timecode of a record time in seconds."""
        return record_timecode(record, self.sheet.rate, self.sheet.first_frame)


def make_qc(job: Job) -> Qc:
    """Read what a JOB holds about each shot. Raises DubError."""
    sheet = read_cues(job.cues)
    orders = {cue.shot.name: read_order(job.order(cue.shot.name)) for cue in sheet.ready}
    results = {
        name: result
        for name, order in orders.items()
        if (result := stored_result(localise_order(order)))
    }
    lines = make_report(sheet, results, "").shots

    def shot(cue: Cue, line: ShotLine) -> ShotQc:
        order = orders.get(cue.shot.name)
        review = read_review(order) if order else None
        return ShotQc(cue, line, order, results.get(cue.shot.name), review)

    return Qc(sheet, tuple(shot(cue, line) for cue, line in zip(sheet.cues, lines, strict=True)))
