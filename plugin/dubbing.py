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
from lipflap.core.order import DubOrder, DubResult, ShotState, read_order
from lipflap.plugin.cut.cuesheet import (
    NO_DECISIONS,
    CueSheet,
    ShotFilter,
    make_cues,
    read_cues,
    reapply_overrides,
)
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.cut.decisions import Decisions, apply_slips, stale_decisions
from lipflap.plugin.cut.dub_source import assign_dub
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.job.folder import Job, claim_folder, fingerprint_of_cut, write_orders
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.order.ordering import RenderSettings, make_orders
from lipflap.plugin.qc.markers import qc_markers
from lipflap.plugin.qc.qc import make_qc
from lipflap.plugin.qc.report import JobReport, make_report, write_report
from lipflap.plugin.qc.review import is_approved
from lipflap.plugin.render.render import current_result, stored_result
from lipflap.plugin.timeline.bundle_read import is_bundle, unpack
from lipflap.plugin.timeline.clip_markers import add_markers
from lipflap.plugin.timeline.conform import conform_timeline, write_timeline
from lipflap.plugin.timeline.new_media import RenderedMedia
from lipflap.plugin.timeline.read import extract_cut, read_timeline, sound_labels

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DubRequest:
    """What the editor asks for.

    dub        track:NAME, a sound file, or a folder of them; None for the one clear dub track
    dub_at     record timecode at which a sound file is laid; None for the cut's start
    consent    who allowed the performers' mouths to be changed
    decisions  what was decided shot by shot; what it says of dub and consent does not count here
    """

    cut: Path
    dub: str | None
    dub_at: str | None
    shots: ShotFilter
    consent: str
    settings: RenderSettings
    decisions: Decisions = NO_DECISIONS


def scan(request: DubRequest) -> CueSheet:
    """What would be dubbed, what not and why; nothing is written that stays. Raises DubError."""
    with TemporaryDirectory(prefix="lipflap-") as folder:
        sheet = make_cue_sheet(request, read_cut(request, Path(folder)))
        return make_orders(sheet, request.settings, Job(Path(folder)), hash_of=lambda model: "")[0]


def order(request: DubRequest, job: Job) -> tuple[CueSheet, tuple[Path, ...]]:
    """Write the cue sheet and the orders of a cut into its JOB folder; the sheet and their paths.

    Raises DubError.
    """
    claim_folder(job, request.cut)
    model_sha256(request.settings.dub_settings.model)
    sheet = make_cue_sheet(request, read_cut(request, job.bundle))
    sheet, made = make_orders(sheet, request.settings, job, model_sha256)
    return sheet, write_orders(job, sheet, made)


def model_sha256(model: str) -> str:
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

    how       timeline.conform.ALTERNATE or TRACK
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
    read = read_timeline(cut)
    if marked:
        add_markers(read, qc_markers(make_qc(job)))
    conformed = conform_timeline(read, dict(done), how)
    written = write_timeline(
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
        (cue.shot.name, stored_result(localise_order(read_order(job.order(cue.shot.name)))))
        for cue in sheet.ready
    )
    report = make_report(sheet, {name: result for name, result in found if result}, conformed)
    write_text(job.report, write_report(report))
    return report


def read_cut(request: DubRequest, bundle: Path) -> Cut:
    """The cut as it is, its dub lines told from its production sound. Raises DubError.

    bundle   where the media of a cut that brought it along is unpacked
    """
    read = read_timeline(request.cut)
    folder = _media_folder(request.cut, bundle)
    cut = extract_cut(read, path=request.cut, media_folder=folder)
    return assign_dub(
        cut,
        request.dub,
        dub_at=request.dub_at,
        labels=sound_labels(read),
        sound_seconds=_sound_seconds,
    )


def sound_track_names(cut: Path) -> tuple[str, ...]:
    """Names of the sound tracks of a cut, any of which may be the dub. Raises DubError."""
    return tuple(sound_labels(read_timeline(cut)))


def make_cue_sheet(request: DubRequest, cut: Cut) -> CueSheet:
    """What follows from a cut and what is asked of it, before any media is looked at.

    Raises DubError when a shot is asked for that the cut does not have.
    """
    for gone in stale_decisions(request.decisions, cut):
        _log.warning("%s: decided about, but no longer in the cut.", gone)
    lines = apply_slips(cut.lines, request.decisions.slips)
    return CueSheet(
        cut_path=str(request.cut.resolve()),
        cut_fingerprint=fingerprint_of_cut(request.cut),
        rate=cut.rate,
        first_frame=cut.first_frame,
        consent=request.consent,
        cues=make_cues(cut, pair(cut.shots, lines), request.shots, request.decisions),
    )


def with_decisions(sheet: CueSheet, cut: Cut, before: Decisions, after: Decisions) -> CueSheet:
    """The cue sheet of the same cut after other decisions, before any media is looked at.

    sheet   as it was asked for with the decisions before
    """
    if after.slips == before.slips:
        made = reapply_overrides(sheet.cues, after)
    else:
        pairs = pair(cut.shots, apply_slips(cut.lines, after.slips))
        made = make_cues(cut, pairs, ShotFilter(), after)
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
) -> Iterator[tuple[tuple[int, ...], RenderedMedia]]:
    for cue in sheet.ready:
        made = read_order(job.order(cue.shot.name))
        if approved and not is_approved(made):
            continue
        result = current_result(localise_order(made))
        if result and result.report.state == ShotState.RENDERED and cue.record_start is not None:
            yield cue.shot.address, _new_picture(made, result, cue.record_start, sheet.consent)


def _new_picture(
    made: DubOrder, result: DubResult, record_start: Fraction, consent: str
) -> RenderedMedia:
    start = made.output.start_frame
    return RenderedMedia(
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
