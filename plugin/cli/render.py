"""`lipflap render`: render orders one by one, as a task on a farm does."""

import os
import sys
from argparse import ArgumentParser, Namespace
from contextlib import closing, nullcontext
from pathlib import Path

from lipflap.core.memory import keep_freed_memory
from lipflap.core.result import DubResult, ShotState
from lipflap.plugin.cli.arguments import (
    AddParser,
    add_command,
    add_path_rules,
    add_together,
    add_weights,
    path_rules,
)
from lipflap.plugin.cut.cast.consent_check import refuse_order_without_consent
from lipflap.plugin.farm.openjd import openjd_status_lines
from lipflap.plugin.job.events import to_line
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.render.capacity import max_shots
from lipflap.plugin.render.memory_log import log_memory
from lipflap.plugin.render.render import render_orders
from lipflap.plugin.trust.sign.sign_job import sign_orders
from lipflap.plugin.trust.sign.studio_settings import read_studio_settings, ready_signer

_MEMORY_EVERY_S = 10.0

_EPILOG = """\
Progress and results go to stdout, one JSON object a line:
    {"event": "progress", "shot": ..., "stage": ..., "done": ..., "total": ...}
    {"event": "result", "shot": ..., "output_path": ..., "report": ...}
A shot that is rendered already is not rendered again. Where this user has keys of `lipflap trust
init`, whole shots are signed at the end.
Exit code: 0 all fine, 1 a shot failed, 2 wrong input, 130 interrupted.
"""


def add_commands(add_parser: AddParser) -> None:
    _add_arguments(
        add_command(
            add_parser,
            "render",
            render,
            "Render orders: what a task on a farm of any kind runs.",
            _EPILOG,
        )
    )


def render(args: Namespace) -> int:
    # Before torch is loaded: threads that spin while they wait starve the others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    keep_freed_memory()
    failed = 0
    together, rules = args.together or max_shots(), path_rules(args)
    orders = [read_job_order(path, rules) for path in args.orders]
    signer = None if args.unsigned else ready_signer()
    if args.require_consent or read_studio_settings().require_consent:
        for order in orders:
            refuse_order_without_consent(order.original)
    status_lines = openjd_status_lines(order.original for order in orders)
    lines_of = status_lines if args.openjd else lambda event: [to_line(event)]
    with (
        log_memory(_MEMORY_EVERY_S, _print_error) if args.watch_memory else nullcontext(),
        closing(render_orders(orders, args.weights, together)) as events,
    ):
        for event in events:
            for line in lines_of(event):
                print(line, flush=True)
            failed += isinstance(event, DubResult) and event.report.state == ShotState.FAILED
    if signer:
        for shot, _ in sign_orders(orders, signer):
            _print_error(f"{shot}: signed by {signer.organisation}.")
    return 1 if failed else 0


def _print_error(line: str) -> None:
    print(f"lipflap: {line}", file=sys.stderr, flush=True)


def _add_arguments(command: ArgumentParser) -> None:
    add = command.add_argument
    add("orders", metavar="ORDER.json", type=Path, nargs="+", help="an order from JOB/orders")
    add_together(command)
    add_weights(command)
    add_path_rules(command)
    add(
        "--watch-memory",
        action="store_true",
        help="write to stderr how much memory this process and its ffmpeg hold, every 10 s and at "
        "the end",
    )
    add("--unsigned", action="store_true", help="leave it to `lipflap conform` to sign pictures")
    add(
        "--require-consent",
        action="store_true",
        help="refuse orders without the consent of everybody who speaks in them",
    )
    add(
        "--openjd",
        action="store_true",
        help="print status lines for an OpenJD session, not JSON",
    )
