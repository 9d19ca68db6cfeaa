"""Lipflap as a process of its own, started by the Python of a host program.

A host's Python has neither Lipflap nor its libraries, and may be as old as 3.7. How Lipflap is
started stands in command.json beside this file, which `lipflap hosts install` writes.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

# what hosts set for themselves, and Lipflap's own Python must not see
_OF_THE_HOST = (
    *("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LD_PRELOAD"),
    *("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"),
)


class LipflapFailed(Exception):
    """An error for a user of the host: what Lipflap said."""


def lipflap_command() -> list[str]:
    """Return how Lipflap is started. Raises LipflapFailed when it is not there any more."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "command.json")
    try:
        with open(path, encoding="utf-8") as file:
            command = [str(part) for part in json.load(file)]
    except (OSError, ValueError) as problem:
        raise LipflapFailed(f"{path}: {problem}. {_AGAIN}") from problem
    if not os.path.exists(command[0]):
        raise LipflapFailed(f"{command[0]} is not there: Lipflap was moved or removed. {_AGAIN}")
    return command


_AGAIN = "Run `lipflap hosts install` again, where Lipflap is."


def ask(*arguments: str) -> Any:
    """Run `lipflap` and return the JSON that it prints. Raises LipflapFailed."""
    done = subprocess.run(
        [*lipflap_command(), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=_environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        check=False,
    )
    if done.returncode:
        raise LipflapFailed(_reason(done.stderr, done.returncode))
    try:
        return json.loads(done.stdout.decode("utf-8"))
    except ValueError as problem:
        raise LipflapFailed(f"lipflap {arguments[0]} printed no JSON: {problem}.") from problem


def rendered_shots(job: str, *options: str) -> Any:
    """Return what `lipflap hosts shots` says of a JOB folder. Raises LipflapFailed."""
    if not os.path.isdir(job):
        raise LipflapFailed(f"Nothing is rendered yet: there is no {job}. Dub in the panel first.")
    return ask("hosts", "shots", job, *options)


def start(log: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `lipflap`, which goes on when the host is closed; what it says goes to the file `log`.

    Raises LipflapFailed.
    """
    command = lipflap_command()
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    flags |= getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    try:
        with open(log, "wb") as written:
            return subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                env=_environment(),
                start_new_session=True,
                creationflags=flags,
            )
    except OSError as problem:
        raise LipflapFailed(f"Lipflap does not start: {problem}. {_AGAIN}") from problem


def failure(log: str, code: int) -> str:
    """Return why a started `lipflap` ended with an exit code that is not 0."""
    try:
        with open(log, "rb") as file:
            return _reason(file.read()[-4000:], code)
    except OSError:
        return _reason(b"", code)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _OF_THE_HOST}


def _reason(said: bytes, code: int) -> str:
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines()]
    words = [line for line in lines if line]
    last = words[-1] if words else f"Lipflap ended with exit code {code}, and said nothing."
    return last[len("lipflap: ") :] if last.startswith("lipflap: ") else last
