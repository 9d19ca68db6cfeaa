"""Sign the rendered pictures of a JOB, once and last."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file
from lipflap.core.order import DubOrder, read_order
from lipflap.core.result import DubResult, ShotState
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.job.folder import Job, check_folder
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.render.render import current_result
from lipflap.plugin.trust.manifest import SIGNABLE, sign_file
from lipflap.plugin.trust.studio_keys import StudioKeys


def sign_job(job: Job, keys: StudioKeys) -> Iterator[tuple[Path, bool]]:
    """Yield each picture file of a JOB's current results, and whether it could be signed.

    The files stay as they are; each gets its manifest beside it. Raises DubError.
    """
    check_folder(job)
    sheet = read_cues(job.cues)
    generator = f"Lipflap {version('lipflap')}"
    for cue in sheet.ready:
        order = read_order(job.order(cue.shot.name))
        result = current_result(localise_order(order))
        if result is None or result.report.state != ShotState.RENDERED:
            continue
        facts = _facts(order, result, sheet.consent)
        for path in _files(result.output_path):
            can_sign = path.suffix.casefold() in SIGNABLE
            if can_sign:
                sign_file(path, facts, keys, generator)
            yield path, can_sign


def _files(output_path: str) -> list[Path]:
    if not is_sequence(output_path):
        return [Path(output_path)]
    return [sequence_file(output_path, number) for number in numbers_on_disk(output_path)]


def _facts(order: DubOrder, result: DubResult, consent: str) -> dict[str, object]:
    """Return what of an order and its result belongs into a manifest; no folder of this machine."""
    return {
        "region": "mouth",
        "shot": order.shot,
        "source": Path(order.picture.path.replace("\\", "/")).name,
        "source_fingerprint": order.picture.fingerprint,
        "model": Path(order.settings.model).stem,
        "model_sha256": order.settings.model_sha256,
        "lip_motion_sha256": order.settings.lip_motion_sha256,
        "order_sha256": result.order_sha256,
        "frames": result.report.frames,
        "frames_with_a_new_mouth": result.report.repainted_frames,
        "consent": consent,
    }
