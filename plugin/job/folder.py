"""The JOB folder of a cut: the paths in it, the cut it belongs to, and its orders.

JOB/cues.json               every shot, and why it is dubbed or not
JOB/orders/<shot>.json      what to render
JOB/media/<shot><suffix>    the new picture
JOB/results/<shot>.json     the result of an order, written last
JOB/faces/<digest>.json     the faces in a shot
JOB/progress/<shot>.json    how far a shot is that is being rendered now
JOB/reviews/<shot>.json     an editor's verdict on a rendered shot
JOB/versions/<shot>/        earlier renders of a shot (job.versions)
JOB/queue.json              what workers are to render, in which order
JOB/consent.json            who allowed what, as it was beside the cut
JOB/report.json             the whole job, for an editor
JOB/bundle/                 media of a cut that is an .otioz bundle
JOB/models/<sha256>.safetensors  models that did not come with Lipflap, for farm machines
JOB/tasks/<digest>.json     the tasks given to a farm
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.files.temp_names import remove_stale_temps
from lipflap.core.order import DubOrder, order_to_json
from lipflap.core.serialize import RecordUnreadable
from lipflap.plugin.cut.cuesheet import CueSheet, read_cues, write_cues
from lipflap.plugin.cut.name_pattern import fits
from lipflap.plugin.cut.reason import MISSING_MEDIA_CODES

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Paths inside a JOB folder. Raises DubError for a shot name that would lead out of it."""

    folder: Path

    @property
    def cues(self) -> Path:
        return self.folder / "cues.json"

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    @property
    def consent(self) -> Path:
        return self.folder / "consent.json"

    @property
    def bundle(self) -> Path:
        """Folder into which the media of an .otioz cut is unpacked."""
        return self.folder / "bundle"

    def order(self, shot: str) -> Path:
        return self.folder / "orders" / _file_name(shot, ".json")

    def media(self, shot: str, suffix: str) -> Path:
        return self.folder / "media" / _file_name(shot, suffix)

    def result(self, shot: str) -> Path:
        return self.folder / "results" / _file_name(shot, ".json")

    def progress(self, shot: str) -> Path:
        return self.folder / "progress" / _file_name(shot, ".json")

    def faces(self, digest: str) -> Path:
        """File of the faces in a shot; `digest` is of what they depend on in its order."""
        return self.folder / "faces" / _file_name(digest, ".json")

    def review(self, shot: str) -> Path:
        return self.folder / "reviews" / _file_name(shot, ".json")

    @property
    def queue(self) -> Path:
        return self.folder / "queue.json"

    @property
    def workers(self) -> Path:
        """Folder of the locks that workers hold while they live."""
        return self.folder / "workers"

    def model(self, sha256: str) -> Path:
        return self.folder / "models" / _file_name(sha256, ".safetensors")

    def tasks(self, name: str) -> Path:
        return self.folder / "tasks" / _file_name(name, ".json")

    def lock(self, shot: str) -> Path:
        return self.folder / "results" / f".{_file_name(shot, '.lock')}"


def job_of(order: DubOrder) -> Job:
    """Return the JOB that an order renders into."""
    return Job(Path(order.output.path).parent.parent)


def fingerprint_of_cut(cut: Path) -> str:
    """Return the fingerprint of a timeline file, or of the one in an .otiod or .fcpxmld folder.

    Raises MediaMissing.
    """
    if not cut.is_dir():
        return fingerprint(cut)
    is_final_cut = cut.suffix.casefold() == ".fcpxmld"
    return fingerprint(cut / ("Info.fcpxml" if is_final_cut else "content.otio"))


def check_folder(job: Job) -> None:
    """Raise DubError unless this is a JOB folder, with a cue sheet."""
    if not job.cues.is_file():
        raise DubError(
            "is not a JOB folder: it has no cues.json.",
            where=str(job.folder),
            fix="Give the folder that `lipflap order` or `lipflap dub` wrote with -o.",
        )


def claim_folder(job: Job, cut: Path) -> None:
    """Check that a JOB folder is new, or belongs to this cut: the same file or the same content.

    Raises DubError when it belongs to another cut, holds media or orders of something else, or is
    a JOB of another version of Lipflap.
    """
    if not job.cues.exists():
        found = [name for name in ("orders", "media", "results") if (job.folder / name).exists()]
        if found:
            raise DubError(
                f"is not a JOB folder of Lipflap, but has a folder '{found[0]}' already.",
                where=str(job.folder),
                fix="Give another folder with -o.",
            )
        return
    try:
        owner = read_cues(job.cues)
    except RecordUnreadable as problem:  # `order` writes no other: its own fix would not help
        raise DubError(
            problem.problem,
            where=problem.where,
            fix="Remove this JOB folder, or give another with -o.",
        ) from problem
    if owner.cut_path != str(cut.resolve()) and owner.cut_fingerprint != fingerprint_of_cut(cut):
        raise DubError(
            f"belongs to another cut, {owner.cut_path}.",
            where=str(job.folder),
            fix="Give another folder with -o.",
        )


def refuse_lost_media(job: Job, sheet: CueSheet) -> None:
    """Raise DubError when a copy of the cut does not find the media of shots that are ordered.

    sheet   of the cut as it is now, which is to replace that of the JOB
    The cut at its own place may have lost media, or have been changed: a warning says which shots.
    """
    if not job.cues.exists():
        return
    before = read_cues(job.cues)
    ordered = {cue.shot.name for cue in before.ready}
    lost = [
        cue.shot.name
        for cue in sheet.cues
        if cue.reason and cue.reason.code in MISSING_MEDIA_CODES and cue.shot.name in ordered
    ]
    if not lost:
        return
    shots = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
    if before.cut_path == sheet.cut_path:
        _log.warning("%s: ordered before, but the media is no longer found.", shots)
        return
    raise DubError(
        f"was ordered from {before.cut_path}; in this copy of it, the media of {shots} is not "
        "found, and their orders would be lost.",
        where=str(job.folder),
        fix="Say where the media is with --media or --map, or give another folder with -o.",
    )


def write_orders(job: Job, sheet: CueSheet, orders: Iterable[DubOrder]) -> tuple[Path, ...]:
    """Write the cue sheet and its orders, remove all other orders; return the orders' files.

    Raises DubError.
    """
    write_text(job.cues, write_cues(sheet))
    files = []
    for order in orders:
        path = job.order(order.shot)
        write_text(path, order_to_json(order))
        files.append(path)
    kept = set(files)
    with suppress(FileNotFoundError):
        for old in list((job.folder / "orders").iterdir()):
            if old.suffix == ".json" and old not in kept:
                old.unlink(missing_ok=True)
    return tuple(files)


def remove_stale_files(job: Job) -> None:
    """Remove temporary files of processes that were killed, except beside the media."""
    remove_stale_temps(job.folder)
    for name in ("orders", "progress", "results", "reviews", "tasks", "faces"):
        remove_stale_temps(job.folder / name)


def _file_name(stem: str, suffix: str) -> str:
    """Return `stem` + `suffix`, if that is the name of a file in a folder. Raises DubError."""
    name = f"{stem}{suffix}"
    if not stem.strip(". ") or any(bad in name for bad in '/\\:*?"<>|\0') or len(name) > 200:
        raise DubError("cannot be a file name.", where=repr(stem), fix="Rename the shot.")
    return name


def select_shots(job: Job, patterns: Sequence[str]) -> list[str]:
    """Return the ordered shots that match any of the patterns, in cut order.

    patterns   names; where no shot has that name, * and ? match
    Raises DubError when a pattern matches nothing.
    """
    shots = [cue.shot.name for cue in read_cues(job.cues).ready] if patterns else []
    selected: set[str] = set()
    for pattern in patterns:
        exact = normalize("NFC", pattern)
        found = {exact} & set(shots) or {shot for shot in shots if fits(shot, pattern)}
        if not found and pattern != "*":
            raise DubError(
                "matches none of the shots that are ordered.",
                where=pattern,
                fix=f"The JOB has: {', '.join(shots) or 'no shots'}.",
            )
        selected |= found
    return [shot for shot in shots if shot in selected]
