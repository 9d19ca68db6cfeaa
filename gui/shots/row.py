"""One shot as the shot list shows it: what is decided, what came of it, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from lipflap.core.order import DubResult, Role, ShotState, SyncFigures
from lipflap.core.timecode import record_timecode
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.reason import ReasonCode
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.status import JobStatus, RenderState, ShotStatus
from lipflap.plugin.qc.report import sync_warning
from lipflap.plugin.qc.review import Review, Verdict

NO_FACE, MISSING_MEDIA = "no face", "missing media"
STATES = (
    CueState.READY,
    RenderState.WAITING,
    RenderState.RENDERING,
    RenderState.RENDERED,
    Verdict.APPROVED,
    Verdict.SENT_BACK,
    RenderState.FAILED,
    NO_FACE,
    MISSING_MEDIA,
    RenderState.SKIPPED,
)
_MISSING_MEDIA_CODES = (
    ReasonCode.MEDIA_MISSING,
    ReasonCode.MEDIA_NOT_ON_DISK,
    ReasonCode.MEDIA_OUTSIDE_BUNDLE,
)


@dataclass(frozen=True, slots=True)
class ShotRow:
    """One row.

    record_in, record_out  timecode
    lines                  names of the dub lines over it
    face                   the face that was chosen or repainted; empty while it is only suggested
    state                  one of STATES
    sync                   how the new mouth fits the dub; None before it is judged
    words                  what is wrong, decided or noted, for an editor
    """

    shot: str
    record: TimeRange
    record_in: str
    record_out: str
    lines: str
    face: str
    state: str
    sync: SyncFigures | None
    words: str

    @property
    def doubtful(self) -> bool:
        """Whether someone should look at the sync of this shot."""
        return self.sync is not None and bool(sync_warning(self.sync))


class Rows:
    """Makes rows, and makes those anew alone whose facts are not what they were."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[_Facts, ShotRow]] = {}

    def of(
        self,
        sheet: CueSheet,
        queued: frozenset[str] = frozenset(),
        status: JobStatus | None = None,
        results: Mapping[str, DubResult] | None = None,
        reviews: Mapping[str, Review] | None = None,
    ) -> tuple[ShotRow, ...]:
        """As `rows`."""
        told = {shot.shot: shot for shot in status.shots} if status else {}
        made, judged = results or {}, reviews or {}
        before, self._made = self._made, {}
        for cue in sheet.cues:
            name = cue.shot.name
            facts = cue, name in queued, told.get(name), made.get(name), judged.get(name)
            held = before.get(name)
            if held is None or held[0] != facts:
                held = facts, _row(sheet, *facts)
            self._made[name] = held
        return tuple(row for _, row in self._made.values())


def make_rows(
    sheet: CueSheet,
    queued: frozenset[str] = frozenset(),
    status: JobStatus | None = None,
    results: Mapping[str, DubResult] | None = None,
    reviews: Mapping[str, Review] | None = None,
) -> tuple[ShotRow, ...]:
    """A row for every cue, in record order.

    queued            shots that a worker will come to
    results, reviews  of the orders that stand now, by shot
    """
    return Rows().of(sheet, queued, status, results, reviews)


_Facts = tuple[Cue, bool, ShotStatus | None, DubResult | None, Review | None]


def _row(
    sheet: CueSheet,
    cue: Cue,
    queued: bool,
    told: ShotStatus | None,
    result: DubResult | None,
    review: Review | None,
) -> ShotRow:
    name = cue.shot.name
    record = cue.shot.record
    return ShotRow(
        shot=name,
        record=record,
        record_in=record_timecode(record.start, sheet.rate, sheet.first_frame),
        record_out=record_timecode(record.end, sheet.rate, sheet.first_frame),
        lines=", ".join(dict.fromkeys(p.line.name for p in cue.pairs if p.line.role == Role.DUB)),
        face=_face(cue, result),
        state=_state(cue, queued, told, result, review),
        sync=result.report.sync if result else None,
        words=_words(cue, told, result, review),
    )


def _state(
    cue: Cue,
    queued: bool,
    told: ShotStatus | None,
    result: DubResult | None,
    review: Review | None,
) -> str:
    if cue.reason:
        missing = cue.reason.code in _MISSING_MEDIA_CODES
        return MISSING_MEDIA if missing else RenderState.SKIPPED
    if told and told.state == RenderState.RENDERING:
        return RenderState.RENDERING
    if queued:
        return RenderState.WAITING
    if result is None:
        return CueState.READY
    if result.report.state == ShotState.SKIPPED:
        return NO_FACE if not result.report.faces else RenderState.SKIPPED
    return (
        review.verdict
        if review and result.report.state == ShotState.RENDERED
        else result.report.state
    )


def _face(cue: Cue, result: DubResult | None) -> str:
    if cue.overrides.face is not None:
        return f"{cue.overrides.face}, chosen"
    face = result.report.face if result else None
    return "" if face is None else str(face)


def _words(
    cue: Cue, told: ShotStatus | None, result: DubResult | None, review: Review | None
) -> str:
    said = [cue.reason.text] if cue.reason else []
    if review and review.note:
        said.append(review.note)
    if result and result.report.reason and not cue.reason:
        said.append(result.report.reason)
    elif told and told.state == RenderState.INTERRUPTED:
        said.append(f"Its renderer on {told.host} is gone; it waits to be rendered again.")
    said += cue.notes
    return " ".join((*said, *_decided(cue)))


def _decided(cue: Cue) -> list[str]:
    """What was decided about the shot and is not seen elsewhere."""
    overrides = cue.overrides
    said = []
    if overrides.exclude:
        count = len(overrides.exclude)
        said.append(f"{count} {'range stays' if count == 1 else 'ranges stay'} as filmed.")
    if overrides.model:
        said.append(f"Model {overrides.model}.")
    if overrides.quality:
        said.append(f"Quality {overrides.quality}.")
    if overrides.handles is not None:
        said.append(f"Handles {overrides.handles}.")
    return said
