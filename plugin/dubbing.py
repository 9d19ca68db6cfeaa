"""The interface of the plugin, which the command line, the panel and host programs call.

request  --scan-->     cue sheet                  what would be dubbed, and why the rest is not
request  --order-->    cue sheet, orders          written into a JOB folder, to be rendered
JOB      --conform-->  dubbed cut, report         rendered shots in a copy of the cut
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from lipflap.core.analysis.voice_channel import voice_channels
from lipflap.core.encode.codecs import SOURCE
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.media.file_time import file_time
from lipflap.core.media.probe import probe_sound
from lipflap.core.media.sound.audio_reader import channel_counts
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import DubOrder, DubSettings, Mode, Role, read_order
from lipflap.core.playback import Playback, SoundChannel
from lipflap.plugin.cut.cast.consent_check import (
    consent_warnings,
    missing_consent,
    refuse_without_consent,
)
from lipflap.plugin.cut.cast.consent_file import consent_path, consent_to_json, read_consent
from lipflap.plugin.cut.cuesheet import (
    NO_DECISIONS,
    CueSheet,
    ShotFilter,
    make_cues,
    read_cues,
    reapply_overrides,
)
from lipflap.plugin.cut.cut import Cut, DubLine
from lipflap.plugin.cut.decisions import Decisions, decided_lines, stale_decisions
from lipflap.plugin.cut.delivery.laid_dub import SoundFiles
from lipflap.plugin.cut.dub_source import assign_dub, is_beside_cut, is_sound
from lipflap.plugin.cut.extension import extend_shots
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.delivery import (
    default_out,
    format_note,
)
from lipflap.plugin.job.folder import (
    Job,
    check_folder,
    claim_folder,
    fingerprint_of_cut,
    write_orders,
)
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.path_map import Rules, reverse
from lipflap.plugin.job.versions import change_orders
from lipflap.plugin.order.media_rate import rate_of_media
from lipflap.plugin.order.ordering import RenderSettings, make_orders
from lipflap.plugin.order.quality import QUALITIES, STANDARD
from lipflap.plugin.qc.markers import qc_markers
from lipflap.plugin.qc.qc import make_qc
from lipflap.plugin.qc.report import JobReport, make_report, write_report
from lipflap.plugin.render.render import stored_result
from lipflap.plugin.timeline.bundle.read import is_bundle, unpack
from lipflap.plugin.timeline.dialect.edl.read import may_run_at, tell_reading
from lipflap.plugin.timeline.dubbed.dub_sound import dubbed_sounds, unlaid_sounds
from lipflap.plugin.timeline.dubbed.return_cut import ReturnRequest, return_cut
from lipflap.plugin.timeline.extract import extract_cut, read_session, sound_labels
from lipflap.plugin.timeline.media.media_finder import NO_PLACES, MediaFinder, MediaPlaces
from lipflap.plugin.timeline.patch.dubbed_shot import How
from lipflap.plugin.timeline.patch.writers import (
    check_how,
    counts_whole_frames,
    returned_suffix,
    written_suffix,
)
from lipflap.plugin.timeline.read import read_timeline, says_rate
from lipflap.plugin.trust.sign.sign_delivery import signed_shots
from lipflap.plugin.trust.sign.signer import Signing
from lipflap.plugin.trust.sign.studio_settings import read_studio_settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DubRequest:
    """A request to dub a cut.

    dub        track:NAME, a sound file, a folder of them, a cue list or a session of its own; None
               for the one clear dub track
    dub_at     record timecode at which a sound file starts; None for the time that it says, else
               the cut's start
    shots      shots to dub, and the faces to repaint in them
    consent    who allowed the performers' mouths to be changed
    decisions  about single shots and lines; their own dub and consent are ignored
    places     of the cut's media on this machine
    rate       of a cut whose format does not say it; None to find it out
    timeline   name of one of several timelines in the file; * and ? match; empty for the only one
    dub_channel  number of the channel of given sound files that is the voice, from 0 and through
               all their streams; None for the one that is found to be
    require_consent  whether nothing is ordered while somebody's consent is missing
    """

    cut: Path
    dub: str | None
    dub_at: str | None
    shots: ShotFilter
    consent: str
    settings: RenderSettings
    decisions: Decisions = NO_DECISIONS
    places: MediaPlaces = NO_PLACES
    rate: Fraction | None = None
    timeline: str = ""
    dub_channel: int | None = None
    require_consent: bool = False


def default_request(cut: Path, decisions: Decisions) -> DubRequest:
    """Return the request for a cut with the standard settings, as the command line has them.

    decisions   also give the dub, the consent and the references
    """
    quality = QUALITIES[STANDARD]
    settings = DubSettings(
        model="starter",
        model_sha256="",
        steps=quality.steps,
        guidance=quality.guidance,
        mode=Mode.REFERENCE,
        seed=0,
        tracker="embedded",
        face=None,
    )
    return DubRequest(
        cut=cut,
        dub=decisions.dub,
        dub_at=decisions.dub_at,
        shots=ShotFilter(),
        consent=decisions.consent,
        settings=RenderSettings(
            handles=8, codec=SOURCE, dub_settings=settings, references=decisions.references
        ),
        decisions=decisions,
    )


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
    missing that is required here or by the studio.
    """
    claim_folder(job, cut)
    if require_consent or read_studio_settings().require_consent:
        refuse_without_consent(sheet, cut)
    for warning in missing_consent(sheet):
        _log.warning("%s", warning)
    change_orders(job, orders)
    paths = write_orders(job, sheet, orders)
    write_text(job.consent, consent_to_json(sheet.agreements))
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
    notes = (*missing, *returned.notes, *unlaid_sounds(sheet.sounds), *gaps)
    notes = (*notes, *format_note(cut, out, returned.path))
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
    report = make_report(sheet, results, conformed, notes)
    write_text(job.report, write_report(report))
    return report


def read_cut(request: DubRequest, bundle: Path) -> Cut:
    """Return the facts of a cut, its sound divided into dub and production. Raises DubError.

    bundle   folder into which the media is unpacked when the cut is a bundle
    """
    folder = media_folder_of(request.cut, bundle)
    finder = MediaFinder(folder.absolute(), request.places)
    extract = partial(extract_cut, path=request.cut, media_folder=folder, finder=finder)
    timeline = read_timeline(request.cut, rate=request.rate, name=request.timeline)
    cut = extract(timeline)
    rate = rate_of_media(cut) if request.rate is None and not says_rate(request.cut) else None
    if rate is not None and rate != cut.rate and may_run_at(timeline, rate):
        _log.warning("%s: read at %.5g frames a second, which its media has.", request.cut, rate)
        timeline = read_timeline(request.cut, rate=rate, name=request.timeline)
        cut = extract(timeline)
    tell_reading(timeline, request.cut)
    return lay_dub(request, cut, sound_labels(timeline))


def lay_dub(request: DubRequest, cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> Cut:
    """Return the cut with the dub of a request laid, and its production sound. Raises DubError.

    labels   texts in the metadata of each sound track, by track name
    """
    return assign_dub(
        cut,
        request.dub,
        dub_at=request.dub_at,
        labels=labels,
        sounds=_sound_files(request),
        read_session=partial(
            read_session, places=request.places, rate=request.rate, cut_rate=cut.rate
        ),
    )


def _sound_files(request: DubRequest) -> SoundFiles:
    """Return how sound files given as dub are asked about. Raises DubError."""
    if request.dub_channel is None:
        return SoundFiles(_sound_seconds, _file_time, _voice)
    if request.dub is None or not is_sound(request.dub):
        raise DubError(
            "chooses a channel of sound files, but the dub is none.",
            where=f"--dub-channel {request.dub_channel + 1}",
            fix="Leave it out: tracks and sessions say which channels are heard.",
        )
    return SoundFiles(_sound_seconds, _file_time, partial(_given_channel, request.dub_channel))


def _given_channel(channel: int, path: Path) -> tuple[Playback, str]:
    """Return the channel of a file that is to be heard, from 0. Raises DubError without it."""
    count = sum(channel_counts(str(path)))
    if channel >= count:
        raise DubError(
            f"{path.name} has {count} channel{'s' if count > 1 else ''} in all its streams.",
            where=f"--dub-channel {channel + 1}",
            fix="Give the number of one of them.",
        )
    return Playback((SoundChannel(None, channel),)), ""


def make_cue_sheet(request: DubRequest, cut: Cut) -> CueSheet:
    """Return the cue sheet of a cut, its media not yet checked.

    Raises DubError when the request names a shot that the cut does not have.
    """
    for name in stale_decisions(request.decisions, cut):
        _log.warning("%s has decisions, but is no longer in the cut.", name)
    lines = decided_lines(cut.lines, request.decisions)
    names = request.shots.extended(cut.shots) | request.decisions.extended
    extended = extend_shots(cut, lines, names)
    cut = replace(cut, shots=extended.shots)
    pairs = pair(cut.shots, lines)
    return CueSheet(
        cut_path=str(request.cut.resolve()),
        cut_fingerprint=fingerprint_of_cut(request.cut),
        rate=cut.rate,
        first_frame=cut.first_frame,
        consent=request.consent,
        cues=make_cues(cut, pairs, request.shots, request.decisions, extended.refused),
        sounds=tuple(line for line in lines if line.role == Role.DUB)
        if is_beside_cut(request.dub)
        else (),
        whole_frames=counts_whole_frames(request.cut),
        timeline=request.timeline,
        left_out=cut.left_out,
        notes=cut.notes,
        agreements=read_consent(consent_path(request.cut)),
    )


def with_decisions(sheet: CueSheet, cut: Cut, before: Decisions, after: Decisions) -> CueSheet:
    """Return the cue sheet for changed decisions about the same cut, its media not yet checked.

    sheet   made with the decisions `before`, its media not yet checked
    """
    if _what_lies_where(after) == _what_lies_where(before):
        cues = reapply_overrides(sheet.cues, after, sheet.rate)
    else:
        lines = decided_lines(cut.lines, after)
        extended = extend_shots(cut, lines, after.extended)
        cut = replace(cut, shots=extended.shots)
        pairs = pair(cut.shots, lines)
        cues = make_cues(cut, pairs, ShotFilter(), after, extended.refused)
        if sheet.sounds:
            sheet = replace(sheet, sounds=tuple(one for one in lines if one.role == Role.DUB))
    return replace(sheet, consent=after.consent, cues=cues)


def _what_lies_where(decisions: Decisions) -> tuple[object, ...]:
    """Return the decisions on which it depends which lines play over which shots."""
    return decisions.slips, decisions.voices, decisions.extended


def sound_track_names(cut: Path, timeline: str = "") -> tuple[str, ...]:
    """Return the names of a cut's sound tracks, any of which may be the dub. Raises DubError."""
    return tuple(sound_labels(read_timeline(cut, name=timeline)))


def sound_lines(cut: Path) -> tuple[DubLine, ...]:
    """Return the clips on all sound tracks of a cut, any of which may be the dub.

    Raises DubError.
    """
    return extract_cut(read_timeline(cut), path=cut, media_folder=cut.parent.absolute()).lines


def model_sha256(model: str) -> str:
    """Return the hash of a model's file. Raises DubError when there is no such model."""
    return sha256(locate(model))


def _file_time(path: Path, rate: Fraction) -> Fraction | None:
    return file_time(str(path), rate)


def _voice(path: Path) -> tuple[Playback, str]:
    chosen = voice_channels(str(path))
    return chosen.playback, chosen.note


def _sound_seconds(path: Path) -> Fraction:
    sound = probe_sound(str(path))
    return Fraction(sound.sample_count, sound.sample_rate_hz)


def media_folder_of(cut: Path, bundle: Path) -> Path:
    """Return the folder that media paths are relative to; unpack a bundle first."""
    if not is_bundle(cut):
        return cut.parent.absolute()
    return unpack(cut, bundle)


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
