"""Mutated files read one after the other, in a process of its own that nothing may leave.

    python -m fuzz.batch FOLDER "KIND SEED" …

Says `at KIND SEED` before each; `FOUND KIND SEED …` for whatever is neither a value nor a
DubError, takes more than five seconds of processor time, or writes outside of the folder of its
case. It has two gigabytes of memory. Where nothing comes back at all, it says where it stands
and ends itself.
"""

import faulthandler
import logging
import os
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from fuzz.reader import Reader, case

from lipflap.core.errors import DubError

LIMIT_S = 5
SILENT_S = 40  # by the wall clock, of a machine that may be busy
MEMORY_BYTES = 2 << 30
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = (
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
)
_IN = ("os.rename", "os.remove", "os.rmdir")  # told last: the open folders that names count from
_NEVER = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect")


class TooSlow(BaseException):
    """More seconds of processor time than are allowed."""


class WroteOutside(BaseException):
    """A file outside of the case's folder was touched, or another program or machine."""


def run(
    readers: Mapping[str, Reader],
    arguments: list[str],
    *,
    limit_s: float = LIMIT_S,
    silent_s: float = SILENT_S,
) -> None:
    """One batch; `arguments` are those of the command above."""
    folder, *seeds = Path(arguments[0]), *arguments[1:]
    reader_of = {seed: readers[seed.rpartition(" ")[0]] for seed in seeds}
    logging.disable(logging.CRITICAL)
    for reader in reader_of.values():
        reader.seeds()
    _watch(folder)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGPROF, _too_slow)
    for seed, reader in reader_of.items():
        _say(f"at {seed}")
        faulthandler.dump_traceback_later(silent_s, exit=True)
        try:
            path = case(reader, seed, folder)
            signal.setitimer(signal.ITIMER_PROF, limit_s)
            reader.read(path)
        except DubError as problem:
            str(problem).encode("utf-8", "backslashreplace")
        except (Exception, TooSlow, WroteOutside) as problem:  # noqa: BLE001
            _say(f"FOUND {seed} {_words(problem)}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            shutil.rmtree(folder / "case", ignore_errors=True)
            shutil.rmtree(folder / "bundle", ignore_errors=True)
    faulthandler.cancel_dump_traceback_later()
    _say("done")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def _words(problem: BaseException) -> str:
    last = traceback.extract_tb(problem.__traceback__)[-3:]
    places = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(last))
    return f"{type(problem).__name__}: {str(problem)[:200]!r} at {places}"


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def _watch(folder: Path) -> None:
    """From now on, what would touch anything outside of `folder` raises WroteOutside."""
    inside = os.path.realpath(folder) + os.sep

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if event in _NEVER:
            raise WroteOutside(event, *map(str, arguments[:2]))
        for path in _touched(event, arguments):
            if not (os.path.realpath(path) + os.sep).startswith(inside) and path != os.devnull:
                raise WroteOutside(event, path)

    sys.addaudithook(heard)


def _touched(event: str, arguments: tuple[object, ...]) -> list[str]:
    """The paths that an audited call writes to, makes or removes."""
    if event == "open":
        path, flags = arguments[0], arguments[2]
        writes = isinstance(flags, int) and flags & _WRITES and isinstance(path, str | bytes)
        return [os.fsdecode(path)] if writes else []  # type: ignore[type-var, arg-type]
    names = [os.fsdecode(one) for one in arguments if isinstance(one, str | bytes)]
    folders = [one for one in arguments if isinstance(one, int)][-len(names) :]
    if event not in _CHANGES:
        return []
    return [
        os.path.join(os.readlink(f"/proc/self/fd/{fd}") if fd >= 0 and event in _IN else "", name)
        for name, fd in zip(names, folders or [-1] * len(names), strict=False)
    ]


if __name__ == "__main__":
    from fuzz.readers import READERS

    run(READERS, sys.argv[1:])
