"""Rows of the shot list: decisions about a shot and its result, as text for an editor."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lipflap.core.order import Role
from lipflap.core.result import DubResult, ShotState, Stage, SyncFigures
from lipflap.core.timecode import record_timecode
from lipflap.gui.choices.words import MOUTHS, words_for
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.extension import Overhang
from lipflap.plugin.cut.reason import MISSING_MEDIA_CODES, ReasonCode
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.status import JobStatus, RenderState, ShotStatus
from lipflap.plugin.qc.mouth_notes import mouth_notes
from lipflap.plugin.qc.report import sync_warning
from lipflap.plugin.qc.review import Review, Verdict

CHECKING, OUT_OF_DATE = "checking", "out of date"
NO_FACE, MISSING_MEDIA = "no face", "missing media"
STATES = (
    CHECKING,
    CueState.READY,
    OUT_OF_DATE,
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
LABELS: dict[str, str] = {
    CHECKING: "Unchecked",
    CueState.READY: "To render",
    OUT_OF_DATE: "Out of date",
    RenderState.WAITING: "Queued",
    RenderState.RENDERING: "Rendering",
    RenderState.RENDERED: "Rendered",
    Verdict.APPROVED: "Approved",
    Verdict.SENT_BACK: "Needs changes",
    RenderState.FAILED: "Failed",
    NO_FACE: "No face",
    MISSING_MEDIA: "Media offline",
    RenderState.SKIPPED: "Not dubbed",
}
_SKIP_LABELS = {ReasonCode.NO_DUB: "No dub", ReasonCode.EXCLUDED: "Excluded"}


@dataclass(frozen=True, slots=True)
class ShotRow:
    """A row of the shot list.

    record_in, record_out  timecode
    lines                  names of the dub lines over it, with who says them
    face                   the faces that were picked or repainted; empty while it is only suggested
    state                  one of STATES; `label` is how an editor calls it
    sync                   how the new mouth fits the dub; None before it is rendered
    remarks                the reason, the notes and the decisions, as text
    checks                 why an editor should look at its render again
    """

    shot: str
    record: TimeRange
    record_in: str
    record_out: str
    lines: str
    face: str
    state: str
    sync: SyncFigures | None
    remarks: str
    checks: tuple[str, ...] = ()
    detailed_label: str = ""

    @property
    def label(self) -> str:
        """The state in the words of editors."""
        return self.detailed_label or LABELS[self.state]

    @property
    def has_sync_warning(self) -> bool:
        """Return whether an editor should check the sync of this shot."""
        return self.sync is not None and bool(sync_warning(self.sync))


class RowCache:
    """A cache of rows; only those whose facts have changed are made again."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[_Facts, ShotRow]] = {}

    def rows(
        self,
        sheet: CueSheet,
        queued: frozenset[str] = frozenset(),
        status: JobStatus | None = None,
        results: Mapping[str, DubResult] | None = None,
        reviews: Mapping[str, Review] | None = None,
        outdated: Collection[str] = (),
        unread: Collection[str] = (),
        overhangs: Mapping[str, Overhang] = MappingProxyType({}),
    ) -> Iterator[ShotRow]:
        """Yield the rows of a cue sheet; see `make_rows`.

        outdated    shots that were rendered before they were changed
        unread      shots of which it is not known yet whether they are rendered
        overhangs   the dub that outlasts shots, by their names
        """
        statuses = {shot_status.shot: shot_status for shot_status in status.shots} if status else {}
        results, reviews = results or {}, reviews or {}
        made: dict[str, tuple[_Facts, ShotRow]] = {}
        for cue in sheet.cues:
            name = cue.shot.name
            facts = (
                cue,
                name in queued,
                statuses.get(name),
                results.get(name),
                reviews.get(name),
                name in outdated,
                name in unread,
                overhangs.get(name),
            )
            cached = self._rows.get(name)
            if cached is None or cached[0] != facts:
                cached = facts, _row(sheet, *facts)
            made[name] = cached
            yield cached[1]
        self._rows = made


def make_rows(
    sheet: CueSheet,
    queued: frozenset[str] = frozenset(),
    status: JobStatus | None = None,
    results: Mapping[str, DubResult] | None = None,
    reviews: Mapping[str, Review] | None = None,
) -> tuple[ShotRow, ...]:
    """Make a row for every cue, in record order.

    queued            shots that wait for a worker
    results, reviews  of the current orders, by shot
    """
    return tuple(RowCache().rows(sheet, queued, status, results, reviews))


_Facts = tuple[
    Cue,
    bool,
    ShotStatus | None,
    DubResult | None,
    Review | None,
    bool,
    bool,
    Overhang | None,
]


def _row(
    sheet: CueSheet,
    cue: Cue,
    queued: bool,
    status: ShotStatus | None,
    result: DubResult | None,
    review: Review | None,
    is_outdated: bool,
    is_unread: bool,
    overhang: Overhang | None,
) -> ShotRow:
    name = cue.shot.name
    record = cue.shot.shown
    return ShotRow(
        shot=name,
        record=record,
        record_in=record_timecode(record.start, sheet.rate, sheet.first_frame),
        record_out=record_timecode(record.end, sheet.rate, sheet.first_frame),
        lines=", ".join(dict.fromkeys(_said(p.line) for p in cue.pairs if p.line.role == Role.DUB)),
        face=_face(cue, result),
        state=_state(cue, queued, status, result, review, is_outdated, is_unread),
        sync=result.report.sync if result else None,
        remarks=" ".join(
            (
                *_remarks(sheet, cue, status, result, review, is_outdated),
                *_overhang_remark(sheet, cue, overhang),
            )
        ),
        checks=_checks(sheet, cue, result),
        detailed_label=_detailed_label(cue, status),
    )


def _detailed_label(cue: Cue, status: ShotStatus | None) -> str:
    """Return a state in more detail: why a shot is skipped, or how far its rendering is."""
    if cue.reason:
        return _SKIP_LABELS.get(cue.reason.code, "")
    if status is None or status.state != RenderState.RENDERING:
        return ""
    if status.stage != Stage.PAINT or not status.total:
        return "Finding faces"
    return f"Rendering {100 * status.done // status.total} %"


def _checks(sheet: CueSheet, cue: Cue, result: DubResult | None) -> tuple[str, ...]:
    """Return why an editor should look at a rendered shot again, each a plain sentence."""
    if result is None or result.report.state != ShotState.RENDERED:
        return ()
    warning = sync_warning(result.report.sync) if result.report.sync else ""
    sync = (f"Sync: {warning}.",) if warning else ()
    return (*sync, *mouth_notes(sheet, cue, result))


def _state(
    cue: Cue,
    queued: bool,
    status: ShotStatus | None,
    result: DubResult | None,
    review: Review | None,
    is_outdated: bool,
    is_unread: bool,
) -> str:
    if cue.reason:
        missing = cue.reason.code in MISSING_MEDIA_CODES
        return MISSING_MEDIA if missing else ShotState.SKIPPED
    if status and status.state == RenderState.RENDERING:
        return RenderState.RENDERING
    if queued:
        return RenderState.WAITING
    if result is None:
        return OUT_OF_DATE if is_outdated else CHECKING if is_unread else CueState.READY
    if result.report.state == ShotState.SKIPPED:
        return NO_FACE if not result.report.faces else RenderState.SKIPPED
    return (
        review.verdict
        if review and result.report.state == ShotState.RENDERED
        else result.report.state
    )


def _face(cue: Cue, result: DubResult | None) -> str:
    if cue.overrides.face is not None:
        return f"{cue.overrides.face}, picked"
    if result is None:
        return ""
    report = result.report
    faces = {said.face for said in report.said_by}
    if not faces and report.face is not None:
        faces = {report.face}
    return ", ".join(str(face) for face in sorted(faces))


def _remarks(
    sheet: CueSheet,
    cue: Cue,
    status: ShotStatus | None,
    result: DubResult | None,
    review: Review | None,
    is_outdated: bool,
) -> list[str]:
    remarks = [cue.reason.text] if cue.reason else []
    if is_outdated and result is None and not cue.reason:
        remarks.append("Changed since it was rendered: the old render can still be seen.")
    if review and review.note:
        remarks.append(review.note)
    if result and result.report.reason and not cue.reason:
        remarks.append(result.report.reason)
    elif status and status.state == RenderState.INTERRUPTED:
        remarks.append(
            f"The renderer on {status.host} has stopped; the shot waits to be rendered again."
        )
    remarks += cue.notes
    remarks += _checks(sheet, cue, result)
    return [*remarks, *_describe_overrides(cue)]


def _overhang_remark(sheet: CueSheet, cue: Cue, overhang: Overhang | None) -> Iterator[str]:
    """Yield that a shot could be made longer for its dub, if it could and is not."""
    if overhang is None or overhang.why_not or cue.reason or cue.overrides.extend:
        return
    frames = round(overhang.seconds * sheet.rate)
    count = f"{frames} {'frame' if frames == 1 else 'frames'}"
    yield f"Its dub goes on for {count} after it: E makes the shot as long."


def _describe_overrides(cue: Cue) -> list[str]:
    """Describe the decisions about the shot that no other column shows."""
    overrides = cue.overrides
    remarks = []
    if overrides.exclude:
        count = len(overrides.exclude)
        remarks.append(f"{count} {'range' if count == 1 else 'ranges'} kept as filmed.")
    if overrides.model:
        remarks.append(f"Model {overrides.model}.")
    if overrides.quality:
        remarks.append(f"Quality {overrides.quality}.")
    if overrides.mode is not None:
        remarks.append(f"New mouths: {words_for(MOUTHS, overrides.mode)}.")
    if overrides.seed is not None:
        remarks.append(f"Variation {overrides.seed}.")
    if overrides.handles is not None:
        remarks.append(f"Handles {overrides.handles}.")
    if overrides.blink:
        remarks.append("Eyes blink in its stills.")
    return remarks


def _said(line: DubLine) -> str:
    """Return the name of a dub line, after that of its character if it is known."""
    return f"{line.character}: {line.name}" if line.character else line.name
