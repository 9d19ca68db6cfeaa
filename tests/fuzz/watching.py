"""Batches as child processes: what they found, and where they died.

python -m fuzz.watching KIND FIRST COUNT
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

TESTS = Path(__file__).parents[1]
_OUTSIDE = Path("/outside")  # where the mutated names lead


def findings(kind: str, first: int, count: int, program: str = "fuzz.batch") -> Iterator[str]:
    """Every finding among so many mutations of a kind, as `KIND SEED words`.

    After one that ended the batch, another begins behind it.
    """
    end = first + count
    while first < end:
        with TemporaryDirectory(prefix="fuzz ") as whole:
            folder = Path(whole) / "in here"
            folder.mkdir()
            reached, found = _batch(program, kind, first, end - first, folder)
            yield from (f"{kind} {line}" for line in found)
            beside = [place.name for place in Path(whole).iterdir() if place != folder]
            if beside or _OUTSIDE.exists():
                yield f"{kind} {first} to {reached}: files appeared outside: {beside or _OUTSIDE}"
            first = reached + 1


def _batch(program: str, kind: str, first: int, count: int, folder: Path) -> tuple[int, list[str]]:
    """The last seed that was tried, and what was found until then."""
    command = [sys.executable, "-m", program, kind, str(first), str(count), str(folder)]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, cwd=TESTS, env=one_thread, text=True)
    *_, last = done.stdout.splitlines() or ["nothing"]
    found = re.findall(r"^FOUND (.*)$", done.stdout, re.MULTILINE)
    if last == "done":
        return first + count - 1, found
    reached = int((re.findall(r"^at (\d+)$", done.stdout, re.MULTILINE) or [first])[-1])
    told = [line.strip() for line in done.stderr.strip().splitlines()]
    silent = [line for line in told if line.startswith("File")][:3]
    why = f"fell silent at {silent}" if "Timeout" in done.stderr else f"{told[-1:]}"
    return reached, [*found, f"{reached} ended with {_name(done.returncode)}: {why}"]


def _name(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else str(code)


if __name__ == "__main__":
    for finding in findings(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])):
        print(finding, flush=True)  # noqa: T201
