"""The `lipflap` command: parse, call one function, print what came of it.

Results go to stdout, progress and errors to stderr.
Exit code: 0 all fine, 1 some shots failed, 2 wrong input, 130 interrupted.
"""

import logging
import os
import shlex
import signal
import sys
from argparse import Namespace
from collections.abc import Iterable
from contextlib import closing, nullcontext
from io import TextIOWrapper
from pathlib import Path
from types import FrameType

from lipflap.core.analysis.face_report import FaceReport, face_report_to_json
from lipflap.core.errors import DubError
from lipflap.core.order import DubResult, ShotState, read_order
from lipflap.plugin import dubbing
from lipflap.plugin.cli import farm, job, models, train
from lipflap.plugin.cli.dub import parser, request_of
from lipflap.plugin.cli.farm import rules_of
from lipflap.plugin.cli.progress import show_progress
from lipflap.plugin.cut.cuesheet import write_cues
from lipflap.plugin.farm.openjd import openjd_status_lines
from lipflap.plugin.job.events import to_line
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.qc.markers import MARKER_SUFFIXES, write_markers
from lipflap.plugin.qc.page import write_qc_page
from lipflap.plugin.qc.report import listing, summary, write_report
from lipflap.plugin.render.capacity import max_shots
from lipflap.plugin.render.child import WRONG_INPUT
from lipflap.plugin.render.find_faces import describe, find_faces
from lipflap.plugin.render.memory_log import log_memory
from lipflap.plugin.render.render import render_orders
from lipflap.plugin.render.render_child import render_in_child

INTERRUPTED = 130
_MEMORY_EVERY_S = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    _ensure_cwd()
    _tolerate_unencodable()
    asked = parser().parse_args(arguments)
    _log_warnings_to_stderr()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _COMMANDS[asked.command](asked)
    except DubError as problem:
        print(f"lipflap: {problem}", file=sys.stderr)
        return WRONG_INPUT
    except MemoryError:
        print("lipflap: there is not enough memory.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lipflap: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED


def _scan(asked: Namespace) -> int:
    sheet = dubbing.scan(request_of(asked))
    _print_lines([write_cues(sheet)] if asked.json else listing(sheet))
    return 0


def _order(asked: Namespace) -> int:
    sheet, placed = dubbing.order(request_of(asked), Job(asked.job))
    _print_lines([write_cues(sheet)] if asked.json else map(str, placed))
    return 0


def _render(asked: Namespace) -> int:
    # Before torch is loaded: threads that spin while they wait starve the others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    failed = 0
    together, rules = asked.together or max_shots(), rules_of(asked)
    orders = [read_job_order(path, rules) for path in asked.orders]
    say = openjd_status_lines(orders) if asked.openjd else lambda event: [to_line(event)]
    with (
        log_memory(_MEMORY_EVERY_S, _to_stderr) if asked.watch_memory else nullcontext(),
        closing(render_orders(orders, asked.weights, together, rules)) as events,
    ):
        for event in events:
            for line in say(event):
                print(line, flush=True)
            failed += isinstance(event, DubResult) and event.report.state == ShotState.FAILED
    return 1 if failed else 0


def _conform(asked: Namespace) -> int:
    report = dubbing.conform(
        asked.cut,
        Job(asked.job),
        asked.how,
        asked.out,
        approved=asked.approved,
        marked=asked.markers,
    )
    _print_lines([write_report(report)] if asked.json else summary(report))
    return 0


def _dub(asked: Namespace) -> int:
    job = Job(asked.job)
    _, placed = dubbing.order(request_of(asked), job)
    with closing(render_in_child(placed, asked.weights, asked.together)) as events:
        for result in show_progress(events, _frames(placed), sys.stderr):
            print(f"{result.shot}: {result.report.state}", file=sys.stderr)
    report = dubbing.conform(asked.cut, job, asked.how, None)
    _print_lines([write_report(report)] if asked.json else summary(report))
    return 1 if report.count(ShotState.FAILED) else 0


def _demo(asked: Namespace) -> int:
    from lipflap.plugin.demo import demo  # media and drawing: a second that others need not wait

    demo.make_footage(asked.folder, say=lambda words: print(words, file=sys.stderr))
    command = demo.dub_command(asked.folder)
    print(f"lipflap {shlex.join(command)}", file=sys.stderr)
    exit_code = _dub(parser().parse_args(command))
    demo.show(asked.folder)
    _print_lines(demo.where_to_look(asked.folder))
    return exit_code


def _train(asked: Namespace) -> int:
    _print_lines(train.run(asked))
    return 0


def _models(asked: Namespace) -> int:
    _print_lines(models.run(asked))
    return 0


def _report(asked: Namespace) -> int:
    write = write_markers if asked.out.suffix.casefold() in MARKER_SUFFIXES else write_qc_page
    write(Job(asked.job), asked.out)
    _print_lines([str(asked.out)])
    return 0


def _look(asked: Namespace) -> int:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for event in find_faces(read_order(asked.order), asked.weights):
        if isinstance(event, FaceReport):
            _print_lines([face_report_to_json(event)] if asked.json else describe(event))
        elif asked.json:
            print(to_line(event), file=sys.stderr, flush=True)
        elif event.done % 25 == 0 or event.done == event.total:
            print(f"{event.stage} {event.done}/{event.total}", file=sys.stderr, flush=True)
    return 0


def _panel(asked: Namespace) -> int:
    try:
        from lipflap.gui.app import run  # Qt: who needs no panel need not have it
    except ImportError as problem:
        raise DubError(
            f"needs PySide6, which does not load here: {problem}.",
            where="lipflap panel",
            fix='Install it as the README says: pip install ".[gui]", and the system libraries.',
        ) from problem
    _refuse_no_screen()
    return run(asked.cut)


def _refuse_no_screen() -> None:
    """Qt would end the process without a sentence of ours."""
    shown = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in shown):
        raise DubError(
            "there is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set.",
            where="lipflap panel",
            fix="Without a screen use lipflap dub, or lipflap order and lipflap farm.",
        )


def _farm(asked: Namespace) -> int:
    return farm.run(asked, say=lambda line: print(line, flush=True))


def _work(asked: Namespace) -> int:
    return job.run_work(asked, say=lambda line: print(line, flush=True))


def _review(asked: Namespace) -> int:
    return job.run_review(asked, say=print)


_COMMANDS = {
    "scan": _scan,
    "order": _order,
    "render": _render,
    "conform": _conform,
    "dub": _dub,
    "demo": _demo,
    "train": _train,
    "models": _models,
    "farm": _farm,
    "look": _look,
    "report": _report,
    "panel": _panel,
    "work": _work,
    "review": _review,
}


def _frames(orders: Iterable[Path]) -> dict[str, int]:
    """How many frames each order renders, by shot."""
    read = (read_order(path) for path in orders)
    return {order.shot: len(order.written) for order in read}


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line.rstrip("\n"))


def _to_stderr(line: str) -> None:
    print(f"lipflap: {line}", file=sys.stderr, flush=True)


def _log_warnings_to_stderr() -> None:
    """Our own warnings go to stderr; what libraries log among themselves does not."""
    to_stderr = logging.StreamHandler()
    to_stderr.setFormatter(logging.Formatter("lipflap: %(message)s"))
    logging.getLogger("lipflap").handlers = [to_stderr]
    logging.getLogger().addHandler(logging.NullHandler())


def _ensure_cwd() -> None:
    """Libraries fail where the current folder was removed; no relative path leads from there."""
    try:
        Path.cwd()
    except FileNotFoundError:
        os.chdir(os.path.abspath(os.sep))


def _tolerate_unencodable() -> None:
    """What a terminal or a pipe has no letters for is written as a number, as on stderr."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    """Being told to end is a Ctrl-C: what is open is closed, half files are removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
