"""The facts of orders and results that status depends on; an unchanged file is read once.

So asking again for the status of thousands of shots costs no more than listing four folders.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.sequence import is_sequence
from lipflap.core.result import ShotState
from lipflap.plugin.job.file_stamp import FileStamp, file_stamp
from lipflap.plugin.job.progress import ShotProgress, progress_from_json

_MAX_RECORDS = 1 << 17  # kept in memory
_ANALYSIS_STAGES = ("track", "listen")  # in the seconds of a report
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file as its folder lists it; the same stamp means the same content."""

    path: str
    stamp: FileStamp

    @property
    def changed_ns(self) -> int:
        return self.stamp[1]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The facts of an order that status needs.

    sha256    digest of the order: that of its file, but for consent
    frames    of the shot
    written   the number of them that are written to the new file
    problem   why it cannot be rendered; empty when it can
    """

    sha256: str
    frames: int
    written: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """The facts of a result that status needs.

    picture                name of the new file; empty for a sequence, and where there is none
    frames                 of the new file
    analyse_s, paint_s     seconds of work
    """

    order_sha256: str
    state: ShotState
    reason: str
    picture: str
    frames: int
    analyse_s: float
    paint_s: float


def list_records(folder: Path) -> dict[str, RecordFile]:
    """Return the JSON files in a folder, by name without suffix."""
    records = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    name = entry.name.removesuffix(".json")
                    records[name] = RecordFile(entry.path, file_stamp(entry.stat()))
    except OSError:  # no folder yet, or a file was removed meanwhile
        pass
    return records


def list_names(folder: Path) -> set[str]:
    """Return the names of all files in a folder; none when there is no folder."""
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


@lru_cache(_MAX_RECORDS)
def read_order_facts(file: RecordFile) -> OrderFacts:
    """Read the facts of an order; `problem` says when the file holds none."""
    try:
        text = _read(file).replace(b"\r\n", b"\n")
        body = json.loads(text)
        frames = _frame_count(body["frames"]["count"])
        part = body["part"]
        written = _frame_count(part["end"]) - _frame_count(part["start"]) if part else frames
        if body["consent"]:  # no part of an order's digest
            text = _as_written(body | {"consent": []})
    except _UNREADABLE:
        problem = "Its order cannot be read. Order the cut again."
        return OrderFacts("", 0, 0, problem)
    return OrderFacts(hashlib.sha256(text).hexdigest(), frames, written)


@lru_cache(_MAX_RECORDS)
def read_result_facts(file: RecordFile) -> ResultFacts | None:
    """Read the facts of a result; return None for a file that holds none."""
    try:
        body = json.loads(_read(file))
        report, picture = body["report"], str(body["output_path"])
        seconds = {str(stage): float(s) for stage, s in report["seconds"].items()}
        frames, state = _frame_count(report["frames"]), ShotState(report["state"])
        order_sha256, reason = str(body["order_sha256"]), str(report["reason"])
        f"{order_sha256}{reason}".encode()  # raises for half a surrogate pair
    except _UNREADABLE:
        return None
    if not all(map(isfinite, seconds.values())):
        return None
    total_s = analyse_s = sum(seconds.values())
    if state == ShotState.RENDERED:  # every frame is decoded twice: to analyse, and to paint
        analyse_s = sum(seconds.get(stage, 0.0) for stage in _ANALYSIS_STAGES)
        analyse_s += seconds.get("decode", 0.0) / 2
    name = "" if is_sequence(picture) else _file_name(picture)
    return ResultFacts(order_sha256, state, reason, name, frames, analyse_s, total_s - analyse_s)


def read_all_progress(folder: Path) -> Iterator[tuple[str, ShotProgress]]:
    """Yield shot and progress from each readable file in JOB/progress."""
    for name, file in list_records(folder).items():
        try:
            yield name, progress_from_json(_read(file).decode(), where=file.path)
        except (OSError, UnicodeDecodeError, DubError):
            continue  # removed meanwhile, or another file


def _read(file: RecordFile) -> bytes:
    with open(file.path, "rb", buffering=0) as opened:
        return opened.read()


def _as_written(body: dict[str, Any]) -> bytes:
    """Return the bytes of a record as core.serialize.to_json writes them."""
    return (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode()


def _frame_count(value: Any) -> int:
    """Return a number of frames. Raises ValueError or OverflowError for anything else."""
    count = int(value)
    if not 0 <= count < 1 << 63:
        raise ValueError("is not a number of frames")
    return count


def _file_name(path: str) -> str:
    """Return the name of a file, whichever system its path is from."""
    return PureWindowsPath(PurePosixPath(path).name).name
