"""Sign the new pictures of a JOB: whole ones, after everything else, each once.

A result notes the signature before the signed picture takes its place: whenever that is
interrupted, the picture there is the rendered one or the signed one, and both are known.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lipflap.core.files.atomic import atomic_file, atomic_files, atomic_sequence
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file
from lipflap.core.files.sidecar import picture_files, sidecar
from lipflap.core.order import DubOrder, read_order
from lipflap.core.result import DubResult, ShotState, Signature
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.job.folder import Job, check_folder
from lipflap.plugin.job.local_order import LocalOrder, localise_order
from lipflap.plugin.job.shot_lock import shot_lock
from lipflap.plugin.render.render import current_result, write_result
from lipflap.plugin.trust.facts import (
    dub_facts,
    facts_sha256,
    filmed_file,
    source_sha256,
    still_facts,
)
from lipflap.plugin.trust.manifest import holds_manifest
from lipflap.plugin.trust.sign.sign_file import sign_file
from lipflap.plugin.trust.sign.signer import OpenSigner

Noted = Callable[[str], object]  # is told the fingerprint of the signed picture


def sign_job(job: Job, signer: OpenSigner) -> Iterator[tuple[str, bool]]:
    """Yield each rendered shot of a JOB once it is signed, and whether that was done just now.

    Raises DubError.
    """
    check_folder(job)
    shots = [cue.shot.name for cue in read_cues(job.cues).ready]
    return sign_orders((localise_order(read_order(job.order(shot))) for shot in shots), signer)


def sign_orders(orders: Iterable[LocalOrder], signer: OpenSigner) -> Iterator[tuple[str, bool]]:
    """Yield the shots of those orders that have a new picture, as `sign_job` does.

    Parts of shots stay unsigned. Raises DubError.
    """
    for order in orders:
        result = current_result(order)
        if order.original.part or not result or result.report.state != ShotState.RENDERED:
            continue
        facts = dub_facts(order.original, result)
        wanted = facts_sha256(facts, signer.certificate_sha256)
        is_new = not _is_signed(order, result, wanted)
        if is_new:
            _sign_shot(order, signer)
        yield order.shot, is_new


def sign_copy(path: Path, order: DubOrder, result: DubResult, signer: OpenSigner) -> None:
    """Sign another movie of the new picture of an order, one with sound. Raises DubError."""
    facts = {**dub_facts(order, result), "source_sha256": source_sha256(order.picture)}
    _sign_movie(path, facts, filmed_file(order, 0), signer, lambda fingerprint: None)


def _is_signed(order: LocalOrder, result: DubResult, wanted: str) -> bool:
    """Return whether the picture is there as signed, its manifests too."""
    path = order.local.output.path
    if result.signature is None or result.signature.facts_sha256 != wanted:
        return False
    files = picture_files(path)
    has_manifests = all(holds_manifest(file) or sidecar(file).is_file() for file in files)
    return has_manifests and fingerprint_of_picture(path) == result.signature.fingerprint


def _sign_shot(order: LocalOrder, signer: OpenSigner) -> None:
    """Sign the picture of a shot, as it then is, while nobody renders it. Raises DubError."""
    with shot_lock(order.job, order.shot) as try_lock:
        while not try_lock():
            pass  # each try waits for a second
        result = current_result(order)
        if result is None or result.report.state != ShotState.RENDERED:
            return
        facts = dub_facts(order.original, result)
        wanted = facts_sha256(facts, signer.certificate_sha256)

        def note(fingerprint: str) -> None:
            signature = Signature(signer.organisation, wanted, fingerprint)
            write_result(order, replace(result, signature=signature))

        facts = {**facts, "source_sha256": source_sha256(order.local.picture)}
        if is_sequence(order.local.output.path):
            _sign_sequence(order.local, facts, signer, note)
        else:
            path = Path(order.local.output.path)
            _sign_movie(path, facts, filmed_file(order.local, 0), signer, note)


def _sign_movie(
    path: Path, facts: dict[str, Any], film: Path | None, signer: OpenSigner, note: Noted
) -> None:
    is_embedded = holds_manifest(path)
    with atomic_file(path if is_embedded else sidecar(path)) as temp:
        sign_file(path, temp, facts, film, signer)
        note(fingerprint_of_picture(str(temp if is_embedded else path)))


def _sign_sequence(order: DubOrder, facts: dict[str, Any], signer: OpenSigner, note: Noted) -> None:
    """Sign every still of a new sequence."""
    pattern, first = order.output.path, order.output.start_frame
    numbers = numbers_on_disk(pattern)

    def sign(number: int, out: Path) -> None:
        file, film = sequence_file(pattern, number), filmed_file(order, number - first)
        sign_file(file, out, still_facts(facts, first, number), film, signer)

    if holds_manifest(sequence_file(pattern, first)):
        with atomic_sequence(pattern) as temp:
            for number in numbers:
                sign(number, sequence_file(str(temp), number))
            note(fingerprint_of_picture(str(temp)))
        return
    with atomic_files(sequence_file(pattern, first).parent) as folder:
        for number in numbers:
            sign(number, folder / sidecar(sequence_file(pattern, number)).name)
        note(fingerprint_of_picture(pattern))
