"""What a farm is given: what is still to be rendered of a JOB, long shots in parts.

JOB/orders/    SH010    SH020 (rendered)    SH030 (long)  SH030.part-1-of-2  SH030.part-2-of-2
tasks          1: SH030.part-1-of-2   2: SH030.part-2-of-2   3: SH010          the longest first
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import copy_file, write_text
from lipflap.core.model_files import SHIPPED, locate, sha256
from lipflap.core.model_files import sha256 as hash_of
from lipflap.core.order import DubOrder, FrameRange, order_to_json, read_result
from lipflap.core.serialize import RecordUnreadable, from_json, read_text, to_json
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import LocalOrder, localise_order
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.render.render import current_result, output_matches

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


def whole_orders(job: Job) -> list[LocalOrder]:
    """The orders of a JOB, as its cue sheet has them. Raises DubError."""
    _check(job)
    return [read_job_order(job.order(cue.shot.name)) for cue in read_cues(job.cues).ready]


def _check(job: Job) -> None:
    if not job.cues.is_file():
        raise DubError(
            "is no JOB folder: there is no cues.json in it.",
            where=str(job.folder),
            fix="Give the folder that `lipflap order` wrote with -o.",
        )


def pending_tasks(job: Job, longest: int | None, only: Collection[str] | None = None) -> Tasks:
    """What is not rendered yet; orders of parts are written. Raises DubError.

    longest  frames beyond which a shot is rendered in parts; None for never
    only     the shots that are meant; None for all

    Orders of one model and quality lie together, the longest first: those that start together
    then end together, and the last to be begun are short.
    """
    _check(job)
    missing = [
        order
        for order in _unrendered(job)
        if order.part is None and (only is None or order.shot in only)
    ]
    parts = {order.shot: _parts(job, order, longest) for order in missing}
    todo = [
        part for made in parts.values() for part in made if not current_result(localise_order(part))
    ]
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


def batched(files: Sequence[Path], shots: int) -> list[tuple[Path, ...]]:
    """What one task renders after the other: so many orders, one after the other in the list."""
    return [tuple(files[at : at + shots]) for at in range(0, len(files), shots)]


def _unrendered(job: Job) -> Iterator[DubOrder]:
    """Orders of a JOB without a result, by name; the others are not even parsed."""
    files = sorted((job.folder / "orders").glob("*.json"))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        standing = pool.map(partial(_is_rendered, job), files)
        yield from (
            read_job_order(f).original
            for f, stands in zip(files, standing, strict=True)
            if not stands
        )


def _is_rendered(job: Job, file: Path) -> bool:
    """As render.standing_result says, which parses the order: its digest is its file's hash."""
    try:
        result = read_result(job.result(file.stem))
        return result.order_sha256 == sha256(file) and output_matches(result, result.output_path)
    except RecordUnreadable:
        return False


def _kit(order: DubOrder) -> str:
    """The same for orders that share their networks."""
    return repr(replace(order.settings, face=None))


# A minute of film. On two processor cores a frame takes 0.19 s to paint and 0.07 s to look at,
# and every part looks at the whole shot: shorter parts would do more of that than of their own.
LONGEST_FRAMES = 1500
SHORTEST = Fraction(1, 4)  # of the longest: a shorter part is not worth its look


def split(order: DubOrder, longest: int = LONGEST_FRAMES) -> tuple[DubOrder, ...]:
    """The parts of a shot in their order, or the order alone when it is short or has no seam.

    longest   frames that are not divided; a part without seams may be longer

    Divided amid long silences, and where that is not enough at camera cuts: nowhere else. The
    parts follow from the order and its media, on every machine alike; they render into the same
    JOB, under names of their own. Raises DubError when sound or picture cannot be read.
    """
    if order.part is not None or order.frames.count <= longest:
        return (order,)
    from lipflap.core.analysis.split_points import (  # libraries others need not wait for
        camera_cuts,
        silent_frames,
    )

    spans = []
    for span in _divided(order.written, silent_frames(order), longest):
        cuts = camera_cuts(order, span) if len(span) > longest else []
        spans += _divided(span, cuts, longest)
    if len(spans) == 1:
        return (order,)
    names = [f"{order.shot}.part-{n}-of-{len(spans)}" for n in range(1, len(spans) + 1)]
    return tuple(_part(order, *one) for one in zip(spans, names, strict=True))


def _divided(span: FrameRange, seams: Iterable[int], longest: int) -> list[FrameRange]:
    """Parts of much the same length, as few as it takes to have none longer, if seams allow."""
    if len(span) <= longest:
        return [span]
    count, shortest = ceil(len(span) / longest), int(longest * SHORTEST)
    inside = [s for s in seams if span.start + shortest <= s <= span.end - shortest]
    ideal = [span.start + n * len(span) // count for n in range(1, count)]
    if not inside:
        return [span]
    seam = min(inside, key=lambda s: min(abs(s - at) for at in ideal))
    halves = FrameRange(span.start, seam), FrameRange(seam, span.end)
    return [part for half in halves for part in _divided(half, inside, longest)]


def _part(order: DubOrder, span: FrameRange, name: str) -> DubOrder:
    whole = Path(order.output.path)
    path = whole.with_name(name + whole.name.removeprefix(order.shot))
    return replace(order, shot=name, part=span, output=replace(order.output, path=str(path)))


def copy_models_to_job(job: Job, orders: Iterable[DubOrder]) -> None:
    """Copy models that did not come with Lipflap into the JOB, each once. Raises DubError."""
    wanted = {(one.settings.model, one.settings.model_sha256) for one in orders}
    for model, expected in sorted(wanted):
        path, place = locate(model), job.model(expected)
        if path.parent == SHIPPED.resolve() or place.exists():
            continue
        if hash_of(path) != expected:
            raise DubError(
                "is not the model the shots were ordered with; its hash differs.",
                where=str(path),
                fix="Run `lipflap order` again.",
            )
        copy_file(path, place)
