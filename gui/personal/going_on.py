"""A process that makes a model and outlives the panel: noted on disk, found again by the next one.

A number of a process is given again to another one day: the moment at which it began tells them
apart.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.model_files import locate
from lipflap.core.serialize import from_json, read_text, to_json

SCHEMA = "lipflap.model_making/1"


@dataclass(frozen=True, slots=True)
class MakingNote:
    """The note of a model that is being made.

    pid, born_s      of the process: its number, and when it began, in seconds since 1970
    learns_since_s   when it had found the actor; None before
    """

    actor: str
    model: str
    minutes: int
    pid: int
    born_s: float
    learns_since_s: float | None = None

    @property
    def process(self) -> psutil.Process | None:
        """Return the process; None when it has ended."""
        with suppress(psutil.Error):
            found = psutil.Process(self.pid)
            is_it = abs(found.create_time() - self.born_s) < 1
            return found if is_it and found.status() != psutil.STATUS_ZOMBIE else None
        return None

    @property
    def is_made(self) -> bool:
        """Return whether there is a model of that name that the process has written."""
        with suppress(DubError, OSError):
            return locate(self.model).stat().st_mtime >= self.born_s
        return False


def note_path(log: Path) -> Path:
    """Return where the note lies, beside the log of the process."""
    return log.with_suffix(".json")


def write_note(log: Path, note: MakingNote) -> None:
    """Write the note. Raises DubError."""
    write_text(note_path(log), to_json(SCHEMA, note))


def read_note(log: Path) -> MakingNote | None:
    """Return the note; None where there is none that can be read."""
    path = note_path(log)
    with suppress(DubError):
        return from_json(SCHEMA, MakingNote, read_text(path), where=str(path))
    return None


def birth_of(pid: int) -> float:
    """Return when a process began, in seconds since 1970; 0 when it has ended already."""
    with suppress(psutil.Error):
        return psutil.Process(pid).create_time()
    return 0.0
