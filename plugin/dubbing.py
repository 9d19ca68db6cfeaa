"""The interface of the plugin, which the command line, the panel and host programs call.

request  --scan-->     cue sheet                  what would be dubbed, and why the rest is not
request  --order-->    cue sheet, orders          written into a JOB folder, to be rendered
JOB      --conform-->  dubbed cut, report         rendered shots in a copy of the cut
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.media.probe import probe_sound
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import DubOrder, read_order
from lipflap.plugin.cut.cast.consent_check import (
    consent_warnings,
    missing_consent,
    refuse_without_consent,
)
from lipflap.plugin.cut.cast.consent_file import consent_to_json
from lipflap.plugin.cut.cuesheet import CueSheet, read_cues
from lipflap.plugin.delivery import (
    default_out,
    format_note,
    unapproved_notes,
    unmapped_note,
    written_cuts,
)
from lipflap.plugin.dub_request import DubRequest
from lipflap.plugin.job.folder import (
    Job,
    check_folder,
    claim_folder,
    fingerprint_of_cut,
    refuse_lost_media,
    write_orders,
)
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.path_map import Rules, reverse
from lipflap.plugin.job.versions import change_orders
from lipflap.plugin.order.ordering import make_orders
from lipflap.plugin.qc.markers import qc_markers
from lipflap.plugin.qc.qc import make_qc
from lipflap.plugin.qc.report import JobReport, make_report, write_report
from lipflap.plugin.render.render import stored_result
from lipflap.plugin.request_cut import make_cue_sheet, media_folder_of, read_cut
from lipflap.plugin.timeline.dubbed.dub_sound import dubbed_sounds, unlaid_sounds
from lipflap.plugin.timeline.dubbed.return_cut import ReturnRequest, return_cut
from lipflap.plugin.timeline.patch.dubbed_shot import How
from lipflap.plugin.timeline.patch.writers import check_how, returned_suffix, written_suffix
from lipflap.plugin.trust.sign.sign_delivery import signed_shots
from lipflap.plugin.trust.sign.signer import Signing
from lipflap.plugin.trust.sign.studio_settings import read_studio_settings

_log = logging.getLogger(__name__)


def scan(request: DubRequest) -> CueSheet:
    """Return the cue sheet of a cut, its media checked. Writes nothing. Raises DubError."""
    with TemporaryDirectory(prefix="lipflap-") as folder:
        sheet = make_cue_sheet(request, read_cut(request, Path(folder)))
        job = Job(Path(folder))
        sheet, _ = make_orders(sheet, request.settings, job, hash_of=lambda model: "")
        if request.require_consent:
            refuse_without_consent(sheet, request.cut)
        return replace(sheet, notes=(*sheet.notes, *consent_warnings(sheet)))


def order(request: DubRequest, job: Job) -> tuple[CueSheet, tuple[Path, ...]]:
    """Write the cue sheet and the orders of a cut into its JOB folder.

    Returns the sheet and the paths of the orders. Raises DubError.
    """
    claim_folder(job, request.cut)
    model_sha256(request.settings.dub_settings.model)
    sheet = make_cue_sheet(request, read_cut(request, job.bundle))
    sheet, orders = make_orders(sheet, request.settings, job, model_sha256)
    return sheet, place_orders(
        job, request.cut, sheet, orders, require_consent=request.require_consent
    )


def place_orders(
    job: Job,
    cut: Path,
    sheet: CueSheet,
    orders: Sequence[DubOrder],
    *,
    require_consent: bool = False,
) -> tuple[Path, ...]:
    """Write a cue sheet, its consent and its orders into a JOB; return the paths of the orders.

    Renders that are out of date are kept as versions. Raises DubError, also when consent is
    missing that is required here or by the studio, and when the cut is a copy elsewhere that does
    not find the media of shots that are ordered.
    """
    claim_folder(job, cut)
    refuse_lost_media(job, sheet)
    if require_consent or read_studio_settings().require_consent:
        refuse_without_consent(sheet, cut)
    change_orders(job, orders)
    paths = write_orders(job, sheet, orders)
    write_text(job.consent, consent_to_json(sheet.agreements))
    for warning in missing_consent(sheet):
        _log.warning("%s", warning)
    return paths


def conform(
    cut: Path,
    job: Job,
    how: str | None,
    out: Path | None,
    *,
    only_approved: bool = False,
    with_markers: bool = False,
    sound: bool = False,
    mxf: Path | None = None,
    rules: Rules = (),
    signing: Signing | None = None,
) -> JobReport:
    """Sign the rendered shots, write them into a copy of the cut; write and return the report.

    how            a way of timeline.patch.dubbed_shot.How; None for the default of the format
    out            path of the copy; None for one beside the cut, in the format of the cut
    only_approved  leave out the shots that an editor has not approved
    with_markers   put a marker with its state on each shot that was to be dubbed
    sound          put the source's own sound into the new files, for programs that relink by file
    mxf            folder of Media Composer's own media, into which the new pictures of an AAF go
    rules          from the folders of the editor's machine to those of this one; the new media is
                   written into the cut as the editor's machine names it
    signing        what signs; None for the studio's own, without which nothing is signed
    Raises DubError, also when the cut is not the one the orders were made from.
    """
    if mxf:
        _check_mxf(cut, out, mxf)
    sheet = sheet_of(job, cut)
    markers = qc_markers(make_qc(job)) if with_markers else ()
    back = reverse(rules)
    rendered, missing = signed_shots(
        job, sheet, only_approved=only_approved, sound=sound, mxf=mxf, signing=signing
    )
    returned = return_cut(
        ReturnRequest(
            cut=cut,
            out=out.with_suffix(written_suffix(out)) if out else default_out(cut, job),
            media_folder=media_folder_of(cut, job.bundle),
            how=None if how is None else How(how),
            sheet=sheet,
            rendered=rendered,
            sounds=dubbed_sounds(sheet.sounds, back, probe_sound),
            markers=tuple(markers),
            rules=rules,
        )
    )
    gaps = (("", gap) for gap in missing_consent(sheet))
    held = unapproved_notes(job, sheet) if only_approved else ()
    notes = (*held, *missing, *returned.notes, *unlaid_sounds(sheet.sounds), *gaps)
    notes = (*notes, *format_note(cut, out, returned.path), *unmapped_note(rendered, back))
    return write_job_report(job, str(returned.path.absolute()), notes)


def _check_mxf(cut: Path, out: Path | None, folder: Path) -> None:
    """Raise DubError where no AAF comes back, or the folder is not there."""
    if (out or cut).suffix.casefold() != ".aaf":
        raise DubError(
            "puts new pictures into Media Composer's folder, which only an AAF can name.",
            where="--mxf",
            fix="Leave it out, or conform a cut that is an .aaf.",
        )
    if not folder.is_dir():
        raise DubError(
            "is no folder.",
            where=str(folder),
            fix="Name one like 'Avid MediaFiles/MXF/2', which Media Composer reads.",
        )


def check_conform(cut: Path, how: str | None) -> None:
    """Raise DubError when shots cannot be laid in this way into a cut of this format."""
    check_how(cut, cut.with_suffix(returned_suffix(cut)), None if how is None else How(how))


def write_job_report(job: Job, conformed: str, notes: Sequence[tuple[str, str]] = ()) -> JobReport:
    """Write and return the report of a JOB; `conformed` is the path of the dubbed cut, or empty.

    notes   (shot, sentence) pairs on the dubbed cut
    Raises DubError.
    """
    sheet = read_cues(job.cues)
    results = {}
    for cue in sheet.ready:
        result = stored_result(localise_order(read_order(job.order(cue.shot.name))))
        if result:
            results[cue.shot.name] = result
    written = tuple(dict.fromkeys((*written_cuts(job), conformed)))
    report = replace(make_report(sheet, results, conformed, notes), written=written)
    write_text(job.report, write_report(report))
    return report


def model_sha256(model: str) -> str:
    """Return the hash of a model's file. Raises DubError when there is no such model."""
    return sha256(locate(model))


def sheet_of(job: Job, cut: Path) -> CueSheet:
    """Return the cue sheet of a JOB. Raises DubError unless it was made from this very cut."""
    check_folder(job)
    sheet = read_cues(job.cues)
    if sheet.cut_fingerprint != fingerprint_of_cut(cut):
        raise DubError(
            "has changed since its orders were written, or is another cut.",
            where=str(cut),
            fix=f"Run `lipflap order` again, or conform {sheet.cut_path}.",
        )
    return sheet
