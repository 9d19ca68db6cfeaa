"""The rendered shots of a JOB as they leave it: signed, where there is what signs."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lipflap.core.files.sidecar import picture_files
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.delivery import Notes, as_op_atom, rendered_shots, with_sound
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.timeline.dubbed.return_cut import RenderedShot
from lipflap.plugin.trust.check.film import Film, describe_film, read_film
from lipflap.plugin.trust.check.findings import Signature
from lipflap.plugin.trust.sign.sign_job import sign_copy, sign_job
from lipflap.plugin.trust.sign.signer import OpenSigner, Signing
from lipflap.plugin.trust.sign.studio_settings import ready_signer


def signed_shots(
    job: Job,
    sheet: CueSheet,
    *,
    only_approved: bool,
    sound: bool,
    mxf: Path | None = None,
    signing: Signing | None = None,
) -> tuple[tuple[RenderedShot, ...], Notes]:
    """Sign the new pictures of a JOB; return the rendered shots, and notes on them.

    sound     put the source's own sound into copies of the new files, which are signed too
    mxf       folder of Media Composer's own media, into which copies go that are signed too
    signing   what signs; None for the studio's own, without which nothing is signed
    Raises DubError.
    """
    signer = ready_signer(signing)
    if signer:
        deque(sign_job(job, signer), maxlen=0)
    rendered = rendered_shots(job, sheet, only_approved)
    notes = tuple(_film_notes(rendered)) if signer else ()
    missing: Notes = ()
    if sound:
        rendered, missing = with_sound(rendered)
        _sign_copies((shot for shot in rendered if shot.has_sound), signer)
    if mxf:
        rendered, unwrapped = as_op_atom(rendered, mxf)
        missing = (*missing, *unwrapped)
        _sign_copies(
            (shot for shot in rendered if Path(shot.path).parent == mxf.absolute()), signer
        )
    return rendered, (*notes, *missing)


def _sign_copies(shots: Iterable[RenderedShot], signer: OpenSigner | None) -> None:
    for shot in shots:
        if signer:
            sign_copy(Path(shot.path), shot.order, shot.result, signer)


def _film_notes(shots: Iterable[RenderedShot]) -> Iterator[tuple[str, str]]:
    """Yield what was found of films that came with a manifest."""
    for shot in shots:
        if shot.result.signature is None:
            continue
        files = picture_files(localise_order(shot.order).local.output.path)
        if film := telling_film(files):
            yield shot.cue.shot.name, f"Its {describe_film(film)}."


def telling_film(files: Sequence[Path]) -> Film | None:
    """Return the film of a new picture; of stills, the first that was changed, if one was.

    None where the first has no manifest: then the others are not looked at.
    """
    first = read_film(files[0]) if files else None
    if first is None or first.state != Signature.VALID:
        return first
    others = filter(None, map(read_film, files[1:]))
    return next((film for film in others if film.state != Signature.VALID), first)
