"""The tasks of a farm: the orders of a JOB that are still to be rendered, long shots in parts.

JOB/orders/    SH010    SH020 (rendered)    SH030 (long)  SH030.part-1-of-2  SH030.part-2-of-2
tasks          1: SH030.part-1-of-2   2: SH030.part-2-of-2   3: SH010          the longest first
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import copy_file, write_text
from lipflap.core.model_files import SHIPPED, locate, sha256
from lipflap.core.order import DubOrder, order_to_json
from lipflap.core.result import read_result
from lipflap.core.serialize import RecordUnreadable, from_json, read_text, to_json
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.farm.split import split_order
from lipflap.plugin.job.folder import Job, check_folder
from lipflap.plugin.job.local_order import LocalOrder, localise_order
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.render.render import current_result, output_matches

TASKS_SCHEMA = "lipflap.tasks/1"
_READERS = 8  # files read at once: a shared disk answers slowly, but answers many


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks that a farm is given at once.

    orders  names of shots and of parts, whose orders are to be rendered; tasks count from 1
    parts   names of all parts of each shot that is rendered in parts
    """

    orders: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]


def whole_orders(job: Job) -> list[LocalOrder]:
    """Return the orders of a JOB, in the order of its cue sheet. Raises DubError."""
    check_folder(job)
    return [read_job_order(job.order(cue.shot.name)) for cue in read_cues(job.cues).ready]


def pending_tasks(job: Job, longest: int | None, only: Collection[str] | None = None) -> Tasks:
    """Return what is not rendered yet, after writing the orders of parts. Raises DubError.

    longest  frames beyond which a shot is rendered in parts; None for never
    only     the shots that are meant; None for all

    Orders of one model and quality follow each other, the longest first: those that start together
    then end together, and the last to start are short.
    """
    check_folder(job)
    pending = [
        order
        for order in _unrendered(job)
        if order.part is None and (only is None or order.shot in only)
    ]
    parts = {order.shot: _write_parts(job, order, longest) for order in pending}
    orders = [
        part for shot in parts.values() for part in shot if not current_result(localise_order(part))
    ]
    orders.sort(key=lambda order: (_networks_key(order), -len(order.written)))
    return Tasks(
        orders=tuple(order.shot for order in orders),
        parts={
            shot: tuple(part.shot for part in of_shot)
            for shot, of_shot in parts.items()
            if of_shot[0].part
        },
    )


def _write_parts(job: Job, order: DubOrder, longest: int | None) -> tuple[DubOrder, ...]:
    """Write and return the parts of a shot; return the order itself if it is not split."""
    parts = split_order(order, longest) if longest else (order,)
    for part in parts:
        if part.part:
            write_text(job.order(part.shot), order_to_json(part))
    return parts


def order_files(job: Job, tasks: Tasks) -> list[Path]:
    """Return the order file of each task; the first is of task 1."""
    return [job.order(name) for name in tasks.orders]


def write_tasks(job: Job, tasks: Tasks) -> str:
    """Write tasks into the JOB, and return the name for `read_tasks`. Raises DubError."""
    text = to_json(TASKS_SCHEMA, tasks)
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    write_text(job.tasks(name), text)
    return name


def read_tasks(job: Job, name: str) -> Tasks:
    """Read tasks by their name. Raises RecordUnreadable."""
    file = job.tasks(name)
    return from_json(TASKS_SCHEMA, Tasks, read_text(file), where=str(file))


def read_parts(job: Job) -> dict[str, tuple[str, ...]]:
    """Return the parts into which each split shot was split last. Raises RecordUnreadable."""
    parts: dict[str, tuple[str, ...]] = {}
    files = (job.folder / "tasks").glob("*.json")
    for file in sorted(files, key=lambda file: file.stat().st_mtime):
        parts |= read_tasks(job, file.stem).parts
    return parts


def batched(files: Sequence[Path], shots: int) -> list[tuple[Path, ...]]:
    """Return the files in batches of `shots`, each for one process to render."""
    return [tuple(files[i : i + shots]) for i in range(0, len(files), shots)]


def _unrendered(job: Job) -> Iterator[DubOrder]:
    """Yield the orders of a JOB that are not rendered, by name, without parsing the others."""
    files = sorted((job.folder / "orders").glob("*.json"))
    with ThreadPoolExecutor(_READERS) as pool:
        rendered = pool.map(partial(_is_rendered, job), files)
        yield from (
            read_job_order(file).original
            for file, is_rendered in zip(files, rendered, strict=True)
            if not is_rendered
        )


def _is_rendered(job: Job, file: Path) -> bool:
    """Return whether there is a current result, with the hash of the file as the digest."""
    try:
        result = read_result(job.result(file.stem))
        return result.order_sha256 == sha256(file) and output_matches(result, result.output_path)
    except RecordUnreadable:
        return False


def _networks_key(order: DubOrder) -> str:
    """Return a text that is the same for orders that share their networks."""
    return repr(replace(order.settings, face=None))


def copy_models_to_job(job: Job, orders: Iterable[DubOrder]) -> None:
    """Copy models that did not come with Lipflap into the JOB, each once. Raises DubError."""
    models = {(order.settings.model, order.settings.model_sha256) for order in orders}
    for model, expected in sorted(models):
        path, target = locate(model), job.model(expected)
        if path.parent == SHIPPED.resolve() or target.exists():
            continue
        if sha256(path) != expected:
            raise DubError(
                "is not the model that the shots were ordered with: its hash differs.",
                where=str(path),
                fix="Run `lipflap order` again.",
            )
        copy_file(path, target)
