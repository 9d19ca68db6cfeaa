"""What a job came to, shot by shot: for an editor to read, and as JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lipflap.core.order import DubResult, SyncFigures
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.core.timecode import record_timecode
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import DubPair
from lipflap.plugin.job.status import RenderState

REPORT_SCHEMA = "lipflap.report/1"

ON_TIME_MS = 40  # a 25th of a second: what the judge can tell


@dataclass(frozen=True, slots=True)
class ShotLine:
    """One shot in the report.

    reason            why it is not rendered
    picture           the new file; empty when there is none
    frames            of the new file, handles included
    untouched_frames  of these, frames that are the source's
    faces             found in the shot;  face: the one repainted
    seconds           of work, by stage
    sync              how the new mouth fits the dub; None where that was not judged
    """

    shot: str
    state: RenderState
    reason: str
    notes: tuple[str, ...]
    picture: str
    frames: int
    untouched_frames: int
    faces: int
    face: int | None
    seconds: dict[str, float]
    sync: SyncFigures | None


@dataclass(frozen=True, slots=True)
class JobReport:
    """The whole job. `conformed` is the dubbed cut, empty until it is written."""

    cut_path: str
    conformed: str
    consent: str
    shots: tuple[ShotLine, ...]

    def count(self, state: RenderState) -> int:
        return sum(line.state == state for line in self.shots)


def make_report(sheet: CueSheet, results: dict[str, DubResult], conformed: str) -> JobReport:
    """`results` by shot name, of the orders that stand now."""
    lines = tuple(_line(cue, results.get(cue.shot.name)) for cue in sheet.cues)
    return JobReport(sheet.cut_path, conformed, sheet.consent, lines)


def write_report(report: JobReport) -> str:
    return to_json(REPORT_SCHEMA, report)


def read_report(path: Path) -> JobReport:
    """Raises RecordUnreadable when the file is missing or holds no report."""
    return from_json(REPORT_SCHEMA, JobReport, read_text(path), where=str(path))


def summary(report: JobReport) -> Iterator[str]:
    """The report in lines of text."""
    width = _width(line.shot for line in report.shots)
    for line in report.shots:
        yield f"{line.shot:<{width}}  {line.state:<8}  {_told(line)}".rstrip()
        yield from (f"{'':<{width + 12}}{said}" for said in notes(line))
    counted = Counter(line.state for line in report.shots)
    counts = [f"{counted[state]} {state}" for state in RenderState if counted[state]]
    yield ", ".join(counts) or "No shots."
    if any(line.sync for line in report.shots):
        yield "Sync is measured by Lipflap's own judge; its figures are not the public SyncNet's."
    if report.conformed:
        yield f"Dubbed cut: {report.conformed}"


def listing(sheet: CueSheet) -> Iterator[str]:
    """The cue sheet as a table in lines of text: what would be dubbed, what not and why."""
    width = _width(cue.shot.name for cue in sheet.cues)
    yield f"{'shot':<{width}}  record in    record out   verdict  lines, or why not"
    for cue in sheet.cues:
        begin, end = (
            record_timecode(moment, sheet.rate, sheet.first_frame)
            for moment in (cue.shot.record.start, cue.shot.record.end)
        )
        verdict = "dub" if cue.state == CueState.READY else "skip"
        said = _lines_over(cue.pairs) if cue.state == CueState.READY else cue.reason_text
        yield f"{cue.shot.name:<{width}}  {begin:<11}  {end:<11}  {verdict:<7}  {said}"
        yield from (f"{'':<{width + 37}}note: {note}" for note in cue.notes)
    yield f"{len(sheet.ready)} of {len(sheet.cues)} shots would be dubbed."


def _line(cue: Cue, result: DubResult | None) -> ShotLine:
    name = cue.shot.name
    if cue.state != CueState.READY:
        return ShotLine(
            name, RenderState.SKIPPED, cue.reason_text, cue.notes, "", 0, 0, 0, None, {}, None
        )
    if result is None:
        return ShotLine(
            name, RenderState.WAITING, "Not rendered yet.", cue.notes, "", 0, 0, 0, None, {}, None
        )
    done = result.report
    return ShotLine(
        shot=name,
        state=RenderState(done.state),
        reason=done.reason,
        notes=cue.notes,
        picture=result.output_path,
        frames=done.frames,
        untouched_frames=done.frames - done.repainted_frames,
        faces=done.faces,
        face=done.face,
        seconds=done.seconds,
        sync=done.sync,
    )


def _told(line: ShotLine) -> str:
    if line.state != RenderState.RENDERED:
        return line.reason
    mouths = line.frames - line.untouched_frames
    return (
        f"{mouths} of {line.frames} frames have a new mouth (face {line.face} of {line.faces}), "
        f"{sum(line.seconds.values()):.0f} s"
    )


def notes(line: ShotLine) -> Iterator[str]:
    """What else there is to say of a shot, what an editor should look at last."""
    yield from (f"note: {note}" for note in line.notes)
    if line.sync is None:
        return
    sync = line.sync
    yield (
        f"sync: {format_offset(sync.offset_ms)}, confidence {sync.confidence:.2f} over "
        f"{sync.speech_s:.1f} s of speech; the mouth as filmed {sync.untouched_confidence:.2f}"
    )
    if doubt := sync_warning(sync):
        yield f"check: {doubt}"


def sync_warning(sync: SyncFigures) -> str:
    """Why an editor should look at a shot again; empty when nothing speaks for it."""
    if sync.confidence < sync.chance_level:
        return f"does not clearly say the dub; chance alone gives up to {sync.chance_level:.2f}"
    if abs(sync.offset_ms) > ON_TIME_MS:
        return f"the new mouth is {format_offset(sync.offset_ms)} against the dub"
    return ""


def format_offset(offset_ms: int) -> str:
    """How late a mouth is, in words."""
    if offset_ms == 0:
        return "on time"
    return f"{abs(offset_ms)} ms {'late' if offset_ms > 0 else 'early'}"


def _lines_over(pairs: tuple[DubPair, ...]) -> str:
    """Names of the lines over a shot, each once, dubs first."""
    ordered = sorted(pairs, key=lambda pair: (pair.line.role, pair.record))
    named = dict.fromkeys(f"{pair.line.name} ({pair.line.role})" for pair in ordered)
    return ", ".join(named)


def _width(names: Iterable[str]) -> int:
    """Of a column for these names, within reason."""
    return min(max([len("shot"), *map(len, names)]), 40)
