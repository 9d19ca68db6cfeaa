"""Put Lipflap's scripts where host programs find them, and take them away again.

What was written stands in hosts.json of the user's Lipflap folder, with a hash of each file: a file
that is not there as it was written is the user's, and is neither overwritten nor removed.
"""

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes, write_text
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.plugin.hosts.hosts import Host, files_of

_SCHEMA = "lipflap.hosts/1"


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """A file as it was written."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Installed:
    """What one host got in one folder, from which version of Lipflap."""

    host: str
    folder: str
    version: str
    files: tuple[InstalledFile, ...]

    @property
    def is_whole(self) -> bool:
        """Return whether every file is there as it was written."""
        return all(_sha256(Path(file.path)) == file.sha256 for file in self.files)


@dataclass(frozen=True, slots=True)
class _Record:
    installed: tuple[Installed, ...]


def installed_hosts(record: Path) -> tuple[Installed, ...]:
    """Return what is installed. Raises RecordUnreadable.

    record   the file that says so
    """
    if not record.exists():
        return ()
    return from_json(_SCHEMA, _Record, read_text(record), where=str(record)).installed


def install(host: Host, folder: Path, command: list[str], record: Path) -> Installed:
    """Write a host's files below a folder, those of an earlier version too.

    Raises DubError, also when one of them would overwrite a file of the user's; then none is
    written.
    """
    known = installed_hosts(record)
    before = [one for one in known if (one.host, one.folder) == (host.name, str(folder))]
    files = files_of(host, folder, command)
    hashes = {file.path: file.sha256 for one in before for file in one.files}
    for path, content in files.items():
        _refuse_foreign(path, content, hashes)
    for path, content in files.items():
        write_bytes(path, content)
    stale = [path for path in hashes if Path(path) not in files]
    _remove({path: hashes[path] for path in stale})
    written = tuple(InstalledFile(str(path), _hash(content)) for path, content in files.items())
    made = Installed(host.name, str(folder), version("lipflap"), written)
    _write(record, [*(one for one in known if one not in before), made])
    return made


def uninstall(one: Installed, record: Path) -> list[str]:
    """Remove what was installed; return the files that stay, as they were changed since.

    Raises DubError.
    """
    kept = _remove({file.path: file.sha256 for file in one.files})
    for folder in sorted({Path(file.path).parent for file in one.files}, reverse=True):
        _remove_empty(folder, Path(one.folder))
    _write(record, [other for other in installed_hosts(record) if other != one])
    return kept


def _refuse_foreign(path: Path, content: bytes, hashes: Mapping[str, str]) -> None:
    """Raise DubError when a file is there that was not written by us, or changed since."""
    found = _sha256(path)
    if not path.exists() or found in (hashes.get(str(path)), _hash(content)):
        return
    raise DubError(
        "is there already, and is not as Lipflap wrote it.",
        where=str(path),
        fix="Move it away, or install elsewhere with --into DIR.",
    )


def _remove(hashes: Mapping[str, str]) -> list[str]:
    """Remove files that are as they were written; return the others that are there."""
    kept = []
    for name, sha256 in hashes.items():
        path = Path(name)
        if path.exists() and _sha256(path) != sha256:
            kept.append(name)
            continue
        try:
            path.unlink(missing_ok=True)
        except OSError as problem:
            raise DubError(f"cannot be removed: {problem.strerror}.", where=name) from problem
    return kept


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder of ours below `top` that is empty, and those above it that are then."""
    with suppress(OSError):  # it is not empty, or is gone
        if all(path.name == "__pycache__" for path in folder.iterdir()):
            shutil.rmtree(folder / "__pycache__", ignore_errors=True)
        while folder != top:
            folder.rmdir()
            folder = folder.parent


def _write(record: Path, installed: Iterable[Installed]) -> None:
    write_text(record, to_json(_SCHEMA, _Record(tuple(installed))))


def _sha256(path: Path) -> str:
    """Return the hash of a file; empty where there is none that can be read."""
    try:
        return _hash(path.read_bytes())
    except OSError:
        return ""


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
