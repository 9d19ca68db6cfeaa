"""A process of ours that goes on when we do not, and the file for what it says."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lipflap.core.disk_room import unwritable
from lipflap.plugin.local import child_environment

_LAST_WORDS_BYTES = 4000
# Shots that failed are told by their results; who ends a process knows why.
_NO_TROUBLE = (0, 1, 128 + signal.SIGINT, 128 + signal.SIGTERM, -signal.SIGINT, -signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Detached:
    """A process that was begun, and its log."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    @property
    def trouble(self) -> str:
        """Why it ended before its work was done; empty when it was, and while it runs."""
        code = self.process.poll()
        if code is None or code in _NO_TROUBLE:
            return ""
        how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
        return last_words(self.log) or f"ended without a word: {how}."


def detach(arguments: Sequence[str], log: Path) -> Detached:
    """Begin `lipflap` with these arguments in a session of its own. Raises DubError.

    log   is written anew; its folder is made
    """
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    flags |= getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "lipflap.plugin.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=child_environment(os.environ),
                start_new_session=True,
                creationflags=flags,
            )
    except OSError as problem:
        raise unwritable(log, problem) from problem
    return Detached(process, log)


def last_words(log: Path) -> str:
    """The last line of a log; empty when there is none."""
    try:
        said = log.read_bytes()[-_LAST_WORDS_BYTES:].decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("lipflap: ") if lines else ""
