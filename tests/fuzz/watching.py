"""Batches as child processes: what they found, and where they died.

python -m fuzz.watching KIND FIRST COUNT
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

TESTS = Path(__file__).parents[1]
_OUTSIDE = Path("/outside")  # where the mutated names lead


def findings(cases: Sequence[str], program: str = "fuzz.batch") -> Iterator[str]:
    """Every finding among mutations `KIND SEED`, as `KIND SEED words`.

    After one that ended the batch, another begins behind it.
    """
    while cases:
        with TemporaryDirectory(prefix="fuzz ") as whole:
            folder = Path(whole) / "in here"
            folder.mkdir()
            tried, found = _batch(program, cases, folder)
            yield from found
            beside = [place.name for place in Path(whole).iterdir() if place != folder]
            if beside or _OUTSIDE.exists():
                span = f"{cases[0]} to {cases[tried - 1]}"
                yield f"{span}: files appeared outside: {beside or _OUTSIDE}"
            cases = cases[tried:]


def _batch(program: str, cases: Sequence[str], folder: Path) -> tuple[int, list[str]]:
    """How many cases were tried, and what was found until then."""
    command = [sys.executable, "-m", program, str(folder), *cases]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, cwd=TESTS, env=one_thread, text=True)
    *_, last = done.stdout.splitlines() or ["nothing"]
    found = re.findall(r"^FOUND (.*)$", done.stdout, re.MULTILINE)
    if last == "done":
        return len(cases), found
    tried = len(re.findall(r"^at ", done.stdout, re.MULTILINE)) or 1
    told = [line.strip() for line in done.stderr.strip().splitlines()]
    silent = [line for line in told if line.startswith("File")][:3]
    why = f"fell silent at {silent}" if "Timeout" in done.stderr else f"{told[-1:]}"
    return tried, [*found, f"{cases[tried - 1]} ended with {_name(done.returncode)}: {why}"]


def _name(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else str(code)


if __name__ == "__main__":
    first = int(sys.argv[2])
    seeds = range(first, first + int(sys.argv[3]))
    for finding in findings([f"{sys.argv[1]} {seed}" for seed in seeds]):
        print(finding, flush=True)  # noqa: T201
