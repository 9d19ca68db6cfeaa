"""Processes that outlive this one: each writes a log, whose last line says why it failed."""

import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lipflap.core.files.disk_space import write_error
from lipflap.plugin.render.child import format_exit, last_log_line, start_lipflap

# Failed shots have results that say so; who interrupts a process knows why it ended.
_NO_FAILURE = (0, 1, 128 + signal.SIGINT, 128 + signal.SIGTERM, -signal.SIGINT, -signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class BackgroundProcess:
    """A `lipflap` process in the background, and its log."""

    process: "subprocess.Popen[str]"
    log: Path

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def failure(self) -> str:
        """Return the reason why it failed; empty when it has not, and while it runs."""
        code = self.process.poll()
        if code is None or code in _NO_FAILURE:
            return ""
        try:
            with self.log.open("rb") as log:
                reason = last_log_line(log)
        except OSError:
            reason = ""
        return reason or f"ended {format_exit(code)}, without giving a reason."


def spawn(arguments: Sequence[str], log: Path) -> BackgroundProcess:
    """Start `lipflap` with these arguments in the background. Raises DubError.

    log   is overwritten, stdout and stderr together; its folder is made
    """
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            return BackgroundProcess(start_lipflap(arguments, output, output), log)
    except OSError as problem:
        raise write_error(log, problem) from problem
