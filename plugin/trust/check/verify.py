"""Verify files, folders, JOBs and cuts: each picture's manifest, and what the JOB knows of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from lipflap.core.errors import DubError
from lipflap.core.files.sidecar import SIDECAR, picture_files
from lipflap.core.order import read_order
from lipflap.core.result import ShotState
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.render.render import output_matches, stored_result
from lipflap.plugin.timeline.dubbed.shown_media import shown_pictures
from lipflap.plugin.timeline.media.media_finder import NO_PLACES, MediaPlaces
from lipflap.plugin.trust.check.check_file import Proof, check_file
from lipflap.plugin.trust.check.findings import Signature
from lipflap.plugin.trust.manifest import PICTURES, may_be_signed

_MARK = b"AI-edited mouth"  # the comment in every new file
_MARK_BYTES = 1 << 20  # of both ends of a file, where comments are
_CUT_FOLDERS = (".fcpxmld", ".otiod")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file and what was found of it.

    is_marked   whether its own comment says that a mouth was edited
    problems    sentences on what does not fit beside the signature
    """

    path: Path
    proof: Proof
    is_marked: bool
    problems: tuple[str, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Return whether it is signed, and nothing was changed."""
        return self.proof.state == Signature.VALID and not self.problems


def verify(
    paths: Iterable[Path], known: Sequence[str] = (), places: MediaPlaces = NO_PLACES
) -> Iterator[Checked]:
    """Yield what is found of files, of pictures in folders and JOBs, and of a cut's dubbed media.

    known    certificates in PEM that are known to be whose they say
    places   of the media of cuts on this machine
    Raises DubError for what is not there, and a cut that cannot be read.
    """
    for path in paths:
        if not path.exists():
            raise DubError("is not there.", where=str(path), fix="Check the path.")
        if path.is_dir() and path.suffix.casefold() not in _CUT_FOLDERS:
            job = Job(path)
            found = _of_job(job, known) if job.cues.is_file() else _of_folder(path, known)
            yield from _with_missing_stills(found)
        elif path.suffix.casefold() == SIDECAR:
            yield _check(path.with_suffix(""), known)
        elif may_be_signed(path):
            yield _check(path, known)
        else:
            with TemporaryDirectory(prefix="lipflap-") as temp:
                unpacked = Path(temp)
                for checked in _with_missing_stills(_of_cut(path, unpacked, known, places)):
                    yield _named_in(path, unpacked, checked)


def _named_in(cut: Path, unpacked: Path, checked: Checked) -> Checked:
    """Return a file of an unpacked bundle under its name in the bundle."""
    if not checked.path.is_relative_to(unpacked):
        return checked
    return replace(checked, path=cut / checked.path.relative_to(unpacked))


def _check(path: Path, known: Sequence[str]) -> Checked:
    if not path.is_file():
        proof = Proof(Signature.CHANGED, problems=("the file of this manifest is missing",))
        return Checked(path, proof, is_marked=False)
    return Checked(path, check_file(path, known), _is_marked(path))


def _is_marked(path: Path) -> bool:
    with path.open("rb") as file:
        if _MARK in file.read(_MARK_BYTES):
            return True
        file.seek(max(0, path.stat().st_size - _MARK_BYTES))
        return _MARK in file.read()


def _of_folder(folder: Path, known: Sequence[str]) -> Iterator[Checked]:
    """Yield the pictures in a folder, and manifests whose picture is gone."""
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.casefold()
        if path.name.startswith(".") or not path.is_file():
            continue
        if suffix in PICTURES or (suffix == SIDECAR and not path.with_suffix("").exists()):
            yield _check(path.with_suffix("") if suffix == SIDECAR else path, known)


def _of_job(job: Job, known: Sequence[str]) -> Iterator[Checked]:
    """Yield the new pictures of a JOB, compared with the hashes that it keeps of them."""
    for cue in read_cues(job.cues).ready:
        order = localise_order(read_order(job.order(cue.shot.name)))
        result, output = stored_result(order), order.local.output.path
        if result is None or result.report.state != ShotState.RENDERED:
            continue
        files = picture_files(output)
        is_same = output_matches(result, output)
        problem = "" if is_same else "it is not the file that JOB/results tells of"
        if not files:
            proof = Proof(Signature.CHANGED, problems=("it was rendered, and is gone",))
            yield Checked(Path(output), proof, is_marked=False)
        for path in files:
            checked = _check(path, known)
            yield replace(checked, problems=(*checked.problems, *([problem] if problem else ())))
    copies = job.folder / "with_sound"
    if copies.is_dir():
        yield from _of_folder(copies, known)


def _of_cut(
    path: Path, unpacked: Path, known: Sequence[str], places: MediaPlaces
) -> Iterator[Checked]:
    """Yield the media of a cut that is marked or signed as dubbed. Raises DubError without any."""
    dubbed = 0
    for media, is_ours in shown_pictures(path, unpacked, places).items():
        files = picture_files(media)
        if is_ours and not files:
            dubbed += 1
            proof = Proof(Signature.CHANGED, problems=("the dubbed picture is missing",))
            yield Checked(Path(media), proof, is_marked=False)
        for checked in (_check(file, known) for file in files if may_be_signed(file)):
            if is_ours or checked.is_marked or checked.proof.facts is not None:
                dubbed += 1
                yield checked
    if not dubbed:
        raise DubError(
            "shows no picture that is marked or signed as dubbed.",
            where=str(path),
            fix="Give the dubbed cut, or a folder of pictures.",
        )


def _with_missing_stills(found: Iterable[Checked]) -> Iterator[Checked]:
    """Yield what was found, and the numbers that are missing from signed sequences."""
    seen: dict[tuple[Path, str, int, int], set[int]] = {}
    for checked in found:
        yield checked
        facts = checked.proof.facts or {}
        still = facts.get("still")
        if isinstance(still, dict):
            key = (checked.path.parent, str(facts.get("shot")), still["first"], still["last"])
            seen.setdefault(key, set()).add(still["number"])
    for (folder, shot, first, last), numbers in seen.items():
        inside = sum(first <= number <= last for number in numbers)
        missing = last - first + 1 - inside  # whoever signs may say that there are billions
        if missing > 0:
            lowest = next(number for number in count(first) if number not in numbers)
            named = f"{lowest}" if missing == 1 else f"{lowest} and {missing - 1} more"
            problem = f"number {named} of its signed stills {first} to {last} is missing"
            yield Checked(folder / shot, Proof(Signature.CHANGED, problems=(problem,)), False)
