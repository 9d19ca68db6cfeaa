"""The cuts in a watched folder: which of them are complete, and what was done with them.

FOLDER/reel.xml               a cut, as it was dropped in
FOLDER/reel.dubbed.xml        the dubbed cut
FOLDER/reel.status.html       how far it is; reel.xml.status.html beside another cut named reel
FOLDER/lipflap/reel.xml/      its JOB
FOLDER/lipflap/reel.xml.json  what came of it, written last
FOLDER/lipflap/reel.xml.lock  held by the machine that dubs it
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.plugin.cut.cast.consent_file import consent_path
from lipflap.plugin.cut.cut import TIMELINE_SUFFIXES
from lipflap.plugin.hosts.watch.settings import WatchSettings
from lipflap.plugin.job.folder import Job
from lipflap.plugin.timeline.dubbed.return_cut import DUBBED

WORK_FOLDER = "lipflap"
_DUBBED = re.compile(rf".*\.{DUBBED}( \d+)?")
_SECOND_NS = 10**9
_SCHEMA = "lipflap.watched_cut/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a cut, and of which cut and settings.

    digest   of the cut's content and of the settings it was dubbed with
    state    "dubbed", "failed" for some shots, or "refused" with the reason in `text`
    conformed  path of the dubbed cut; empty when it was refused
    """

    digest: str
    state: str
    text: str
    conformed: str


@dataclass(frozen=True, slots=True)
class DroppedCut:
    """A cut in a watched folder, and the paths that belong to it.

    is_alone   whether no other cut in the folder has its name with another ending
    """

    path: Path
    is_alone: bool = True

    @property
    def _stem(self) -> Path:
        return self.path.parent / WORK_FOLDER / self.path.name

    @property
    def job(self) -> Job:
        return Job(self._stem)

    @property
    def outcome_file(self) -> Path:
        return self._stem.with_name(f"{self.path.name}.json")

    @property
    def lock_file(self) -> Path:
        return self._stem.with_name(f"{self.path.name}.lock")

    @property
    def page(self) -> Path:
        named = self.path.stem if self.is_alone else self.path.name
        return self.path.with_name(f"{named}.status.html")

    def digest(self, settings: WatchSettings) -> str:
        """Return a hash of all that the dubbed cut depends on here, and of when it was dropped in.

        Times count in whole seconds, in which all machines see them alike. Raises DubError.
        """
        whole = fingerprint(self.path) if self.path.is_file() else ""
        whole += stamp(self.path, _SECOND_NS)
        is_file = settings.dub and not settings.dub.startswith("track:")
        dub = stamp(self.path.parent / settings.dub, _SECOND_NS) if is_file else ""
        agreed = consent_path(self.path)
        consent = fingerprint(agreed) if agreed.is_file() else ""
        return hashlib.sha256(f"{whole} {dub} {consent} {settings}".encode()).hexdigest()

    def outcome(self) -> Outcome | None:
        """Return what came of the cut; None when it was not finished yet."""
        try:
            text = read_text(self.outcome_file)
            return from_json(_SCHEMA, Outcome, text, where=str(self.outcome_file))
        except DubError:
            return None

    def write_outcome(self, outcome: Outcome) -> None:
        """Write what came of the cut. Raises DubError."""
        write_text(self.outcome_file, to_json(_SCHEMA, outcome))


def cuts_in(folder: Path) -> list[DroppedCut]:
    """Return the cuts that were dropped into a folder, by name. Raises DubError."""
    try:
        found = sorted(folder.iterdir())
    except OSError as problem:
        raise DubError(
            f"cannot be listed: {problem.strerror}.",
            where=str(folder),
            fix="Check the path of the folder, and that its disk is there.",
        ) from problem
    cuts = [path for path in found if _is_cut(path)]
    alike = Counter(path.stem.casefold() for path in cuts)
    return [DroppedCut(path, alike[path.stem.casefold()] == 1) for path in cuts]


def _is_cut(path: Path) -> bool:
    is_hidden = path.name.startswith((".", "~"))
    return (
        path.suffix.casefold() in TIMELINE_SUFFIXES
        and not is_hidden
        and not _DUBBED.fullmatch(path.stem)
    )


@dataclass
class Settling:
    """A watch over which files still change: a cut is complete when it did not for a while."""

    _seen: dict[Path, tuple[str, float]] = field(default_factory=dict)

    def is_complete(self, cut: DroppedCut, settle_s: float) -> bool:
        """Return whether the cut is there, not empty, and unchanged for so many seconds."""
        now = stamp(cut.path)
        before, since = self._seen.get(cut.path, ("", monotonic()))
        if now != before:
            since = monotonic()
            self._seen[cut.path] = (now, since)
        return bool(now) and monotonic() - since >= settle_s


def stamp(path: Path, unit_ns: int = 1) -> str:
    """Return the sizes and times of a file, or of all in a folder; empty for nothing.

    unit_ns   nanoseconds in which times are counted
    """
    try:
        stats = [(one, one.stat()) for one in _files(path)]
    except OSError:
        return ""
    if not sum(stat.st_size for _, stat in stats):
        return ""
    return " ".join(
        f"{one.name}:{stat.st_size}:{stat.st_mtime_ns // unit_ns}" for one, stat in stats
    )


def _files(path: Path) -> Sequence[Path]:
    return sorted(_inside(path)) if path.is_dir() else [path]


def _inside(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path
