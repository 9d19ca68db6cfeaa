"""The rendered shots of a JOB as they leave it: signed, where there is what signs."""

from collections import deque
from pathlib import Path

from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.delivery import Notes, rendered_shots, with_sound
from lipflap.plugin.job.folder import Job
from lipflap.plugin.timeline.dubbed.return_cut import RenderedShot
from lipflap.plugin.trust.sign.sign_job import sign_copy, sign_job
from lipflap.plugin.trust.sign.signer import Signing
from lipflap.plugin.trust.sign.studio_settings import ready_signer


def signed_shots(
    job: Job,
    sheet: CueSheet,
    *,
    only_approved: bool,
    sound: bool,
    signing: Signing | None = None,
) -> tuple[tuple[RenderedShot, ...], Notes]:
    """Sign the new pictures of a JOB; return the rendered shots, and notes on them.

    sound     put the source's own sound into copies of the new files, which are signed too
    signing   what signs; None for the studio's own, without which nothing is signed
    Raises DubError.
    """
    signer = ready_signer(signing)
    if signer:
        deque(sign_job(job, signer), maxlen=0)
    rendered = rendered_shots(job, sheet, only_approved)
    if not sound:
        return rendered, ()
    rendered, missing = with_sound(rendered)
    for shot in rendered:
        if signer and shot.has_sound:
            sign_copy(Path(shot.path), shot.order, shot.result, signer)
    return rendered, missing
