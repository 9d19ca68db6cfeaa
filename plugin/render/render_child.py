"""Render orders in child processes, so that a crash takes the child along, never the caller.

The same command a farm runs. Which shot crashed it cannot be known, so each that was being
rendered gets a child of its own; the one that crashes again has failed, and the others go on
together:

    child 1   SH010 SH020 SH030 SH040 x      SH010 was done
    child 2         SH020                    alone
    child 3               SH030 x            failed
    child 4                     SH040 SH050
"""

import subprocess
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from lipflap.core.errors import DubError
from lipflap.core.result import DubResult, ShotState
from lipflap.plugin.job.events import Event, from_line
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import LocalOrder
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.job.path_map import Rules, format_rule
from lipflap.plugin.render.child import WRONG_INPUT, child_process, format_exit, last_log_line
from lipflap.plugin.render.render import write_no_picture


def render_in_child(
    order_files: Sequence[Path],
    weights: Path | None = None,
    together: int | None = None,
    rules: Rules = (),
) -> Generator[Event, None, None]:
    """Yield progress and one result for each order, as they come; closing ends the child.

    weights   folder of the face tracker's weights, if it is not its own cache
    together  shots rendered at once; None for what memory and cores allow
    rules     where this machine finds what the orders name
    Raises DubError when a file holds no order, and what the child says would stop every shot.
    """
    options = ["--unsigned", *(["--weights", str(weights)] if weights else [])]
    options += ["--together", str(together)] if together else []
    options += [f"--map={format_rule(rule)}" for rule in rules]
    orders = [(path, read_job_order(path, rules)) for path in order_files]
    waiting = {order.sha256: (path, order) for path, order in orders}
    suspects: list[str] = []
    while waiting:
        given = [suspects.pop(0)] if suspects else list(waiting)
        files = [str(waiting[name][0]) for name in given]
        begun = set()
        command = ["render", *options, "--", *files]
        with TemporaryFile() as log, child_process(command, log) as child:
            for event in _events(child):
                yield event
                begun.add(event.shot)
                if isinstance(event, DubResult):
                    waiting.pop(event.order_sha256, None)
            exit_code = child.wait()
            reason = last_log_line(log)
        if exit_code == WRONG_INPUT:
            raise DubError(reason)
        lost = [name for name in given if name in waiting]
        if lost and len(given) == 1:
            yield _write_crash(waiting.pop(lost[0])[1], exit_code, reason)
        elif lost:
            suspects = [name for name in lost if waiting[name][1].shot in begun] or lost[:1]


@dataclass(frozen=True, slots=True)
class Crash:
    """A child that ended before its work was done; `begun` are the shots it had not finished."""

    begun: tuple[str, ...]


def render_queue_in_child(
    job: Job, weights: Path | None = None
) -> Generator[Event, None, Crash | None]:
    """As `render_in_child`, of the queue of a JOB, for as long as it lists any shot.

    Returns a Crash when one ended the child: one of the shots that it had begun is to blame.
    Raises DubError for what the child says would stop every shot.
    """
    options = ["--weights", str(weights)] if weights else []
    begun: dict[str, None] = {}
    has_failed = False
    command = ["work", str(job.folder), "--unguarded", *options]
    with TemporaryFile() as log, child_process(command, log) as child:
        for event in _events(child):
            if isinstance(event, DubResult):
                begun.pop(event.shot, None)
                has_failed |= event.report.state == ShotState.FAILED
            else:
                begun[event.shot] = None
            yield event
        exit_code = child.wait()
        reason = last_log_line(log)
    if exit_code == WRONG_INPUT:
        raise DubError(reason)
    is_done = exit_code == 0 or (exit_code == 1 and has_failed)  # Python ends with 1, too
    return None if is_done else Crash(tuple(begun))


def _events(child: "subprocess.Popen[str]") -> Iterator[Event]:
    for line in child.stdout or ():
        if event := from_line(line):
            yield event


def _write_crash(order: LocalOrder, exit_code: int, reason: str) -> DubResult:
    """Write and return the result of an order whose renderer ended without one."""
    words = f"The renderer ended {format_exit(exit_code)}. {reason}".strip()
    return write_no_picture(order, ShotState.FAILED, words)
