"""What a farm is given: what is still to be rendered of a JOB, long shots in parts.

JOB/orders/    SH010    SH020 (rendered)    SH030 (long)  SH030.part-1-of-2  SH030.part-2-of-2
tasks          1: SH030.part-1-of-2   2: SH030.part-2-of-2   3: SH010          the longest first
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, order_to_json, read_result
from lipflap.core.record_json import RecordUnreadable, from_json, read_text, to_json
from lipflap.core.weights import sha256
from lipflap.plugin.cuesheet import read_cues
from lipflap.plugin.farm.splitting import split
from lipflap.plugin.job import Job, write_text
from lipflap.plugin.order_file import order_in
from lipflap.plugin.render import standing_result, untouched

TASKS_SCHEMA = "lipflap.tasks/1"
_AT_ONCE = 8  # files read at once: a farm's disk answers many askers sooner than one many times


@dataclass(frozen=True, slots=True)
class Tasks:
    """What was given to a farm at one time.

    orders  names of shots and of parts, whose orders are to be rendered; tasks count from 1
    parts   names of all parts of each shot that is rendered in parts
    """

    orders: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]


def whole_orders(job: Job) -> list[DubOrder]:
    """The orders of a JOB, as its cue sheet has them. Raises DubError."""
    _check(job)
    return [order_in(job.order(cue.shot.name)) for cue in read_cues(job.cues).ready]


def _check(job: Job) -> None:
    if not job.cues.is_file():
        raise DubError(
            "is no JOB folder: there is no cues.json in it.",
            where=str(job.folder),
            fix="Give the folder that `lipflap order` wrote with -o.",
        )


def to_render(job: Job, longest: int | None, only: Collection[str] | None = None) -> Tasks:
    """What is not rendered yet; orders of parts are written. Raises DubError.

    longest  frames beyond which a shot is rendered in parts; None for never
    only     the shots that are meant; None for all

    Orders of one model and quality lie together, the longest first: those that start together
    then end together, and the last to be begun are short.
    """
    _check(job)
    missing = [
        order
        for order in _not_standing(job)
        if order.part is None and (only is None or order.shot in only)
    ]
    parts = {order.shot: _parts(job, order, longest) for order in missing}
    todo = [part for made in parts.values() for part in made if not standing_result(part)]
    todo.sort(key=lambda one: (_kit(one), -len(one.written)))
    divided = {shot: made for shot, made in parts.items() if made[0].part}
    return Tasks(
        orders=tuple(order.shot for order in todo),
        parts={shot: tuple(part.shot for part in made) for shot, made in divided.items()},
    )


def _parts(job: Job, order: DubOrder, longest: int | None) -> tuple[DubOrder, ...]:
    """The parts of a shot, their orders written; the order itself if it is not divided."""
    parts = split(order, longest) if longest else (order,)
    for part in parts:
        if part.part:
            write_text(job.order(part.shot), order_to_json(part))
    return parts


def files_of(job: Job, tasks: Tasks) -> list[Path]:
    return [job.order(name) for name in tasks.orders]


def write_tasks(job: Job, tasks: Tasks) -> str:
    """The name under which this JOB keeps the tasks: another for other tasks. Raises DubError."""
    text = to_json(TASKS_SCHEMA, tasks)
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    write_text(job.tasks(name), text)
    return name


def read_tasks(job: Job, name: str) -> Tasks:
    """Raises RecordUnreadable."""
    file = job.tasks(name)
    return from_json(TASKS_SCHEMA, Tasks, read_text(file), where=str(file))


def parts_given(job: Job) -> dict[str, tuple[str, ...]]:
    """The parts that each divided shot was last given to a farm in. Raises RecordUnreadable."""
    found: dict[str, tuple[str, ...]] = {}
    lists = sorted(job.tasks("any").parent.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for file in lists:
        found |= read_tasks(job, file.stem).parts
    return found


def portions(files: Sequence[Path], shots: int) -> list[tuple[Path, ...]]:
    """What one task renders after the other: so many orders, one after the other in the list."""
    return [tuple(files[at : at + shots]) for at in range(0, len(files), shots)]


def _not_standing(job: Job) -> Iterator[DubOrder]:
    """Orders of a JOB without a result, by name; the others are not even parsed."""
    files = sorted((job.folder / "orders").glob("*.json"))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        standing = pool.map(partial(_stands, job), files)
        yield from (order_in(f) for f, stands in zip(files, standing, strict=True) if not stands)


def _stands(job: Job, file: Path) -> bool:
    """As render.standing_result says, which parses the order: its digest is its file's hash."""
    try:
        result = read_result(job.result(file.stem))
        return result.order_sha256 == sha256(file) and untouched(result)
    except RecordUnreadable:
        return False


def _kit(order: DubOrder) -> str:
    """The same for orders that share their networks."""
    return repr(replace(order.settings, face=None))
