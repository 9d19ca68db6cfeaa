"""What the commands do, one function each: from a request to cues, to orders, to a dubbed cut."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.frametime import FrameSpan
from lipflap.core.media.probe import probe_sound
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import RENDERED, DubOrder, DubResult, read_order
from lipflap.plugin.cut.cuesheet import (
    NOTHING_DECIDED,
    Choice,
    CueSheet,
    cues,
    read_cues,
    redirected,
)
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.cut.decisions import Decisions, laid, without_object
from lipflap.plugin.cut.dub_source import with_dub
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.job.folder import Job, claim, fingerprint_of_cut, place_orders
from lipflap.plugin.order.ordering import Terms, orders
from lipflap.plugin.qc.markers import markers_of
from lipflap.plugin.qc.qc import qc_of
from lipflap.plugin.qc.report import JobReport, report_of, write_report
from lipflap.plugin.qc.review import is_approved
from lipflap.plugin.render.render import result_of, standing_result
from lipflap.plugin.timeline import conform as writeback
from lipflap.plugin.timeline import read as timeline
from lipflap.plugin.timeline.bundle_read import is_bundle, unpack
from lipflap.plugin.timeline.clip_markers import mark
from lipflap.plugin.timeline.new_media import Rendered

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What the editor asks for.

    dub        track:NAME, a sound file, or a folder of them; None for the one clear dub track
    dub_at     record timecode at which a sound file is laid; None for the cut's start
    consent    who allowed the performers' mouths to be changed
    decisions  what was decided shot by shot; what it says of dub and consent does not count here
    """

    cut: Path
    dub: str | None
    dub_at: str | None
    choice: Choice
    consent: str
    terms: Terms
    decisions: Decisions = NOTHING_DECIDED


def scan(request: Request) -> CueSheet:
    """What would be dubbed, what not and why; nothing is written that stays. Raises DubError."""
    with TemporaryDirectory(prefix="lipflap-") as folder:
        sheet = cue_sheet(request, facts(request, Path(folder)))
        return orders(sheet, request.terms, Job(Path(folder)), hash_of=lambda model: "")[0]


def order(request: Request, job: Job) -> tuple[CueSheet, tuple[Path, ...]]:
    """Write the cue sheet and the orders of a cut into its JOB folder; the sheet and their paths.

    Raises DubError.
    """
    claim(job, request.cut)
    hash_of_model(request.terms.settings.model)
    sheet = cue_sheet(request, facts(request, job.bundle))
    sheet, made = orders(sheet, request.terms, job, hash_of_model)
    return sheet, place_orders(job, sheet, made)


def hash_of_model(model: str) -> str:
    """Raises DubError when there is no such model."""
    return sha256(locate(model))


def conform(
    cut: Path,
    job: Job,
    how: str,
    out: Path | None,
    *,
    approved: bool = False,
    marked: bool = False,
) -> JobReport:
    """Write what is rendered into a copy of the cut, and the report; the report.

    how       writeback.ALTERNATE or TRACK
    out       the copy; None for its place in the JOB folder
    approved  only the shots that an editor has approved
    marked    with a marker on each shot that was to be dubbed, which says what came of it
    Raises DubError, also when the cut is not the one the orders were made from.
    """
    if not job.cues.is_file():
        raise DubError(
            "is no JOB folder: there is no cues.json in it.",
            where=str(job.folder),
            fix="Give the folder that `lipflap order` or `lipflap dub` wrote with -o.",
        )
    sheet = read_cues(job.cues)
    if sheet.cut_fingerprint != fingerprint_of_cut(cut):
        raise DubError(
            "has changed since its orders were written, or is another cut.",
            where=str(cut),
            fix=f"Run `lipflap order` again, or conform {sheet.cut_path}.",
        )
    done = list(_rendered(job, sheet, approved))
    read = timeline.read(cut)
    if marked:
        mark(read, markers_of(qc_of(job)))
    conformed = writeback.conform(read, dict(done), how)
    written = writeback.write(
        conformed,
        out or job.conformed(cut),
        cut_path=cut,
        media_folder=_media_folder(cut, job.bundle),
    )
    return write_job_report(job, str(written.absolute()))


def write_job_report(job: Job, conformed: str) -> JobReport:
    """Raises DubError."""
    sheet = read_cues(job.cues)
    found = (
        (cue.shot.name, result_of(read_order(job.order(cue.shot.name)))) for cue in sheet.ready
    )
    report = report_of(sheet, {name: result for name, result in found if result}, conformed)
    write_text(job.report, write_report(report))
    return report


def facts(request: Request, bundle: Path) -> Cut:
    """The cut as it is, its dub lines told from its production sound. Raises DubError.

    bundle   where the media of a cut that brought it along is unpacked
    """
    read = timeline.read(request.cut)
    folder = _media_folder(request.cut, bundle)
    cut = timeline.cut(read, path=request.cut, media_folder=folder)
    return with_dub(
        cut,
        request.dub,
        dub_at=request.dub_at,
        labels=timeline.sound_labels(read),
        sound_seconds=_sound_seconds,
    )


def sound_tracks(cut: Path) -> tuple[str, ...]:
    """Names of the sound tracks of a cut, any of which may be the dub. Raises DubError."""
    return tuple(timeline.sound_labels(timeline.read(cut)))


def cue_sheet(request: Request, cut: Cut) -> CueSheet:
    """What follows from a cut and what is asked of it, before any media is looked at.

    Raises DubError when a shot is asked for that the cut does not have.
    """
    for gone in without_object(request.decisions, cut):
        _log.warning("%s: decided about, but no longer in the cut.", gone)
    lines = laid(cut.lines, request.decisions.slips)
    return CueSheet(
        cut_path=str(request.cut.resolve()),
        cut_fingerprint=fingerprint_of_cut(request.cut),
        rate=cut.rate,
        first_frame=cut.first_frame,
        consent=request.consent,
        cues=cues(cut, pair(cut.shots, lines), request.choice, request.decisions),
    )


def decided(sheet: CueSheet, cut: Cut, before: Decisions, after: Decisions) -> CueSheet:
    """The cue sheet of the same cut after other decisions, before any media is looked at.

    sheet   as it was asked for with the decisions before
    """
    if after.slips == before.slips:
        made = redirected(sheet.cues, after)
    else:
        pairs = pair(cut.shots, laid(cut.lines, after.slips))
        made = cues(cut, pairs, Choice(), after)
    return replace(sheet, consent=after.consent, cues=made)


def _sound_seconds(path: Path) -> Fraction:
    sound = probe_sound(str(path))
    return Fraction(sound.sample_count, sound.sample_rate_hz)


def _media_folder(cut: Path, bundle: Path) -> Path:
    """What relative media counts from; a cut that brings its media along is unpacked first."""
    if not is_bundle(cut):
        return cut.parent.absolute()
    return unpack(cut, bundle)


def _rendered(
    job: Job, sheet: CueSheet, approved: bool
) -> Iterator[tuple[tuple[int, ...], Rendered]]:
    for cue in sheet.ready:
        made = read_order(job.order(cue.shot.name))
        if approved and not is_approved(made):
            continue
        result = standing_result(made)
        if result and result.report.state == RENDERED and cue.starts is not None:
            yield cue.shot.address, _new_picture(made, result, cue.starts, sheet.consent)


def _new_picture(
    made: DubOrder, result: DubResult, record_start: Fraction, consent: str
) -> Rendered:
    start = made.output.start_frame
    return Rendered(
        path=result.output_path,
        available=FrameSpan(start, start + made.frames.count, made.output.rate),
        record_start=record_start,
        first_file=start if "%" in result.output_path else None,
        provenance={
            "made_by": f"lipflap {version('lipflap')}",
            "what": "AI-edited mouth",
            "source": made.picture.path,
            "source_fingerprint": made.picture.fingerprint,
            "model": made.settings.model,
            "model_sha256": made.settings.model_sha256,
            "seed": made.settings.seed,
            "order_sha256": result.order_sha256,
            "consent": consent,
        },
    )
