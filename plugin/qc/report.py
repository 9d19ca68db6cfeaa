"""The report of a job, shot by shot: for an editor to read, and as JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from lipflap.core.consent import Agreement, describe_agreement
from lipflap.core.result import DubResult, ShotReport, ShotState, SyncFigures
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.core.timecode import record_timecode
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import DubLine, DubPair
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.mouth_notes import mouth_notes

REPORT_SCHEMA = "lipflap.report/8"

ON_TIME_MS = 40  # a frame at 25 frames a second: nobody sees less

NO_DUBBED_CUT = "No dubbed cut is written: it would be the cut as it was."


@dataclass(frozen=True, slots=True)
class ShotLine:
    """One shot of the cut in the report.

    state        rendered, skipped, failed, or waiting to be rendered
    reason       why it is not rendered; empty when it is
    output_path  the new file; empty when there is none
    report       of its render; None when there was none
    """

    shot: str
    state: RenderState
    reason: str
    notes: tuple[str, ...]
    output_path: str
    report: ShotReport | None

    @property
    def sync(self) -> SyncFigures | None:
        """Return how the new mouth fits the dub; None where that was not measured."""
        return self.report.sync if self.report else None


@dataclass(frozen=True, slots=True)
class JobReport:
    """The report of a whole job.

    conformed   the dubbed cut; empty until it is written
    notes       what an editor should know of the dubbed cut as a whole
    agreements  of consent.json beside the cut
    signed      who signed how many of the new pictures, in words
    written     all files that this JOB wrote a dubbed cut into
    """

    cut_path: str
    conformed: str
    consent: str
    shots: tuple[ShotLine, ...]
    notes: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    signed: str = ""
    written: tuple[str, ...] = ()

    def count(self, state: RenderState) -> int:
        return sum(line.state == state for line in self.shots)


def make_report(
    sheet: CueSheet,
    results: dict[str, DubResult],
    conformed: str,
    notes: Sequence[tuple[str, str]] = (),
) -> JobReport:
    """Return the report of a cut.

    results  of the current orders, by shot name
    notes    (shot, sentence) pairs on the dubbed cut; the shot is empty for the cut as a whole
    """
    lines = (_line(sheet, cue, results.get(cue.shot.name)) for cue in sheet.cues)
    noted = tuple(
        replace(line, notes=(*line.notes, *(text for shot, text in notes if shot == line.shot)))
        for line in lines
    )
    known = {line.shot for line in noted}
    others = ((shot, text) for shot, text in notes if shot not in known)
    whole = tuple(f"{shot}: {text}" if shot else text for shot, text in others)
    return JobReport(
        sheet.cut_path,
        conformed,
        sheet.consent,
        noted,
        whole,
        sheet.agreements,
        describe_signatures(results.values()),
    )


def describe_signatures(results: Iterable[DubResult]) -> str:
    """Return who signed how many of the rendered pictures; empty where there is none."""
    rendered = [one for one in results if one.report.state == ShotState.RENDERED]
    by = dict.fromkeys(one.signature.by for one in rendered if one.signature)
    if not rendered:
        return ""
    if not by:
        return "The new pictures are not signed: `lipflap trust init` makes a key for that."
    count = sum(one.signature is not None for one in rendered)
    return f"{count} of {len(rendered)} new pictures are signed by {' and '.join(by)}."


def write_report(report: JobReport) -> str:
    return to_json(REPORT_SCHEMA, report)


def read_report(path: Path) -> JobReport:
    """Read a report. Raises RecordUnreadable when the file is missing or holds none."""
    return from_json(REPORT_SCHEMA, JobReport, read_text(path), where=str(path))


def summary(report: JobReport) -> Iterator[str]:
    """Yield the report as lines of text."""
    width = _width(line.shot for line in report.shots)
    for line in report.shots:
        yield f"{line.shot:<{width}}  {line.state:<8}  {_describe(line)}".rstrip()
        yield from (f"{'':<{width + 12}}{note}" for note in notes(line))
    counted = Counter(line.state for line in report.shots)
    counts = [f"{counted[state]} {state}" for state in RenderState if counted[state]]
    yield ", ".join(counts) or "No shots."
    if any(line.sync for line in report.shots):
        yield (
            "Sync is judged by Lipflap itself, on shapes of lips: "
            "it is not the public SyncNet's figure."
        )
    yield from outcome(report)


def outcome(report: JobReport) -> Iterator[str]:
    """Yield in lines of text what concerns the cut as a whole: notes, consent, signatures."""
    yield from (f"note: {note}" for note in report.notes)
    yield from (f"consent: {describe_agreement(one)}" for one in report.agreements)
    if report.signed:
        yield report.signed
    if report.conformed:
        yield f"Dubbed cut: {report.conformed}"


def listing(sheet: CueSheet) -> Iterator[str]:
    """Yield the cue sheet as a table in lines of text: what would be dubbed, what not and why."""
    yield from _dub_listing(sheet)
    width = _width(cue.shot.name for cue in sheet.cues)
    yield f"{'shot':<{width}}  record in    record out   plan  lines, or why not"
    for cue in sheet.cues:
        begin, end = (
            record_timecode(moment, sheet.rate, sheet.first_frame)
            for moment in (cue.shot.shown.start, cue.shot.shown.end)
        )
        plan = "dub" if cue.state == CueState.READY else "skip"
        text = _lines_over(cue.pairs) if cue.state == CueState.READY else cue.reason_text
        yield f"{cue.shot.name:<{width}}  {begin:<11}  {end:<11}  {plan:<4}  {text}"
        yield from (f"{'':<{width + 34}}note: {note}" for note in cue.notes)
    yield f"{len(sheet.ready)} of {len(sheet.cues)} shots would be dubbed."


def _dub_listing(sheet: CueSheet) -> Iterator[str]:
    """Yield where each line of the dub was laid, what was not laid and why, and the notes."""
    names = [*(line.name for line in sheet.sounds), *(item.name for item in sheet.left_out)]
    width = max(_width(names), len("dub line"))
    if names:
        yield f"{'dub line':<{width}}  record in    record out   from"
    for line in sheet.sounds:
        begin, end = (_timecode(sheet, at) for at in (line.record.start, line.record.end))
        yield f"{line.name:<{width}}  {begin:<11}  {end:<11}  {_origin(line)}".rstrip()
    for item in sheet.left_out:
        begin = "" if item.record is None else _timecode(sheet, item.record.start)
        yield f"{item.name:<{width}}  {begin:<11}  not laid     {item.track}: {item.why}"
    yield from (f"note: {note}" for note in sheet.notes)
    if names or sheet.notes:
        yield ""


def _origin(line: DubLine) -> str:
    """Return the track and file of a line, what of the file is heard, and what is said.

    Of a file that is on no track, the folder: sound/SH010.wav.
    """
    channels = [str(channel) for channel in line.playback.channels]
    speed = line.playback.speed
    heard = [*channels, *([f"at {float(speed) * 100:.4g} %"] if speed != 1 else [])]
    file = Path(line.path)
    is_folder = line.track == file.parent.name and line.track != line.character
    where = [f"{line.track}/{file.name}"] if is_folder else [line.track, file.name]
    parts = [*where, *([", ".join(heard)] if heard else [])]
    return ", ".join(filter(None, parts)) + (
        f": {' '.join(line.text.split())}" if line.text else ""
    )


def _timecode(sheet: CueSheet, record: Fraction) -> str:
    return record_timecode(record, sheet.rate, sheet.first_frame)


def _line(sheet: CueSheet, cue: Cue, result: DubResult | None) -> ShotLine:
    name = cue.shot.name
    if cue.state != CueState.READY:
        return ShotLine(name, RenderState.SKIPPED, cue.reason_text, cue.notes, "", None)
    if result is None:
        return ShotLine(name, RenderState.WAITING, "Not rendered yet.", cue.notes, "", None)
    report = result.report
    state = RenderState(report.state)
    shot_notes = (*cue.notes, *mouth_notes(sheet, cue, result))
    return ShotLine(name, state, report.reason, shot_notes, result.output_path, report)


def _describe(line: ShotLine) -> str:
    report = line.report
    if report is None or line.state != RenderState.RENDERED:
        return line.reason
    return (
        f"{report.repainted_frames} of {report.frames} frames have a new mouth "
        f"(face {report.face} of {report.faces}), {sum(report.seconds.values()):.0f} s"
    )


def notes(line: ShotLine) -> Iterator[str]:
    """Yield the notes on a shot; last, a reason to check it."""
    yield from (f"note: {note}" for note in line.notes)
    if line.sync is None:
        return
    sync = line.sync
    yield (
        f"sync: {describe_sync(sync)}, confidence {sync.confidence:.2f} over "
        f"{sync.speech_s:.1f} s of speech; the mouth as filmed {sync.untouched_confidence:.2f}"
    )
    if doubt := sync_warning(sync):
        yield f"check: {doubt}"


def sync_warning(sync: SyncFigures) -> str:
    """Return why an editor should check a shot's sync; empty when it is fine."""
    if sync.confidence < sync.chance_level:
        return (
            "watch it with sound: whether these lips say the dub cannot be told "
            f"below a confidence of {sync.chance_level:.2f}"
        )
    if abs(sync.offset_ms) > ON_TIME_MS:
        return (
            f"the new mouth is {format_offset(sync.offset_ms)} against the dub: "
            "watch it with sound, and slip the line if it is so"
        )
    return ""


def describe_sync(sync: SyncFigures) -> str:
    """Return how late a mouth is, in words; "unsure" where chance alone could have it so."""
    return "unsure" if sync.confidence < sync.chance_level else format_offset(sync.offset_ms)


def format_offset(offset_ms: int) -> str:
    """Return how late a mouth is, in words."""
    if offset_ms == 0:
        return "on time"
    return f"{abs(offset_ms)} ms {'late' if offset_ms > 0 else 'early'}"


def _lines_over(pairs: tuple[DubPair, ...]) -> str:
    """Return the names of the lines over a shot, each once, dubs first."""
    ordered = sorted(pairs, key=lambda pair: (pair.line.role, pair.record))
    named = dict.fromkeys(f"{pair.line.name} ({pair.line.role})" for pair in ordered)
    return ", ".join(named)


def _width(names: Iterable[str]) -> int:
    """Return the width of a column for these names, at most 40."""
    return min(max([len("shot"), *map(len, names)]), 40)
