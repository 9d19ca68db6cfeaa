"""From a cut to a dubbed cut: `lipflap scan`, `dub`, `order`, `conform` and `demo`."""

import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from lipflap.core.files.atomic import write_text
from lipflap.core.order import read_order
from lipflap.plugin import dubbing
from lipflap.plugin.cli.arguments import (
    AddParser,
    add_command,
    add_conform_as,
    add_job,
    add_json,
    add_local_rules,
    add_signing,
    add_together,
    add_weights,
    signing,
)
from lipflap.plugin.cli.progress import show_progress
from lipflap.plugin.cli.request_arguments import REQUEST_HELP, add_request, make_request
from lipflap.plugin.cut.cuesheet import CueSheet, write_cues
from lipflap.plugin.cut.decisions import write_decisions
from lipflap.plugin.dub_request import DubRequest
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.report import NO_DUBBED_CUT, JobReport, listing, summary, write_report
from lipflap.plugin.render.render_child import render_in_child
from lipflap.plugin.trust.sign.studio_settings import ready_signer

_NOTHING_NEW = "No shot has a new mouth: the dubbed cut shows what the cut shows."
_JOB_HELP = """\
JOB holds cues.json, orders/, media/, results/ and report.json. The dubbed cut lies beside CUT, as
CUT.dubbed with the same ending; an earlier file of that name is only overwritten if this JOB
wrote it.
Run the command again after a change: only what is missing or changed is rendered.
"""

_CONFORM_HELP = """\
CUT itself stays as it is. The dubbed cut is in CUT's own format, beside it, with the sequence
renamed; docs/formats.md says which formats come back as .otio instead.
    --as alternate   gives each rendered clip a second picture, `lipflap`, and switches to it;
                     retimed shots go to the DUB track all the same
    --as track       lays a DUB picture track directly above the dubbed ones
    --as replace     puts the new picture in the place of the original
A dub given as files is laid on sound tracks, named DUB and its language. With --map, the new media
is written into the cut as the machine that names FROM sees it.
"""


def add_commands(add_parser: AddParser) -> None:
    scan_help = REQUEST_HELP
    about = "List what would be dubbed, what not, and why. Writes nothing."
    add_request(add_command(add_parser, "scan", scan, about, scan_help))

    about = "Order, render and conform a cut on this machine."
    command = add_command(add_parser, "dub", dub, about, f"{scan_help}\n{_JOB_HELP}")
    _add_dub(command)

    about = "Write the orders of a cut into a JOB, for a farm or a queue to render."
    command = add_command(add_parser, "order", order, about, f"{scan_help}\n{_JOB_HELP}")
    add_request(command)
    _add_job_to_write(command)

    about = "Write the rendered shots of a JOB into a copy of its cut."
    _add_conform(add_command(add_parser, "conform", conform, about, _CONFORM_HELP))

    about = "Make a small cut with a dub, dub it, and say where to look."
    command = add_command(add_parser, "demo", run_demo, about)
    command.add_argument(
        "-o",
        dest="folder",
        metavar="FOLDER",
        type=Path,
        default=Path("demo"),
        help="the folder to write; default: demo",
    )


def scan(args: Namespace) -> int:
    sheet = dubbing.scan(make_request(args))
    _print_sheet(args, sheet, listing(sheet))
    return 0


def order(args: Namespace) -> int:
    request = make_request(args)
    sheet, paths = dubbing.order(request, Job(args.job))
    _remember_speakers(args, request)
    _print_sheet(args, sheet, map(str, paths) if paths else listing(sheet))
    if paths and len(paths) < len(sheet.cues):
        counted = f"{len(paths)} of {len(sheet.cues)} shots are ordered"
        print(f"{counted}; `lipflap scan` says why not the others.", file=sys.stderr)
    return 0 if paths else 1


def dub(args: Namespace) -> int:
    job = Job(args.job)
    dubbing.check_conform(args.cut, args.how)
    signer = ready_signer(signing(args))  # before anything is rendered
    request = make_request(args)
    sheet, paths = dubbing.order(request, job)
    _remember_speakers(args, request)
    if not paths:
        _print_sheet(args, sheet, listing(sheet))
        print(NO_DUBBED_CUT, file=sys.stderr)
        return 1
    with closing(render_in_child(paths, args.weights, args.together)) as events:
        for result in show_progress(events, _count_frames(paths), sys.stderr):
            print(f"{result.shot}: {result.report.state}", file=sys.stderr)
    if signer:
        print(f"Signing as {signer.organisation}.", file=sys.stderr)
    rules = tuple(args.map)
    report = dubbing.conform(
        args.cut, job, args.how, None, sound=args.sound, rules=rules, signing=signing(args)
    )
    _print_report(args, report)
    is_whole = report.count(RenderState.RENDERED) and not report.count(RenderState.FAILED)
    return 0 if is_whole else 1


def conform(args: Namespace) -> int:
    report = dubbing.conform(
        args.cut,
        Job(args.job),
        args.how,
        args.out,
        only_approved=args.approved,
        with_markers=args.markers,
        sound=args.sound,
        mxf=args.mxf,
        rules=tuple(args.map),
        signing=signing(args),
    )
    _print_report(args, report)
    return 0


def run_demo(args: Namespace) -> int:
    from lipflap.plugin.demo import demo  # takes a second to import

    demo.make_footage(args.folder, say=lambda line: print(line, file=sys.stderr))
    command = demo.dub_command(args.folder)
    print(f"lipflap {shlex.join(command)}", file=sys.stderr)
    parser = ArgumentParser()
    _add_dub(parser)
    exit_code = dub(parser.parse_args(command[1:]))
    demo.write_comparison(args.folder)
    _print_lines(demo.where_to_look(args.folder))
    return exit_code


def _remember_speakers(args: Namespace, request: DubRequest) -> None:
    """Keep who was shown to be who in the file of decisions, if one is given."""
    if args.speaker and args.decisions:
        write_text(args.decisions, write_decisions(request.decisions))


def _count_frames(orders: Iterable[Path]) -> dict[str, int]:
    """Return how many frames each order renders, by shot."""
    return {order.shot: len(order.written) for order in map(read_order, orders)}


def _print_sheet(args: Namespace, sheet: CueSheet, lines: Iterable[str]) -> None:
    _print_lines([write_cues(sheet)] if args.json else lines)


def _print_report(args: Namespace, report: JobReport) -> None:
    _print_lines([write_report(report)] if args.json else summary(report))
    if not report.count(RenderState.RENDERED):
        print(_NOTHING_NEW, file=sys.stderr)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line.rstrip("\n"))


def _add_dub(command: ArgumentParser) -> None:
    add_request(command)
    _add_job_to_write(command)
    add_together(command)
    add_weights(command)
    add_conform_as(command)
    add_signing(command)


def _add_conform(command: ArgumentParser) -> None:
    add = command.add_argument
    add("cut", metavar="CUT", type=Path, help="the cut that the JOB was made from")
    add_job(command)
    add(
        "-o",
        dest="out",
        metavar="OUT",
        type=Path,
        help="the file to write: its ending says the format; default: beside CUT",
    )
    add("--approved", action="store_true", help="only the shots that `lipflap review` approved")
    add("--markers", action="store_true", help="put a marker with the result on each shot")
    add(
        "--mxf",
        metavar="DIR",
        type=Path,
        help="of an AAF: put the new pictures into DIR as DNxHR in MXF (OP-Atom), which Media "
        "Composer takes for its own, such as 'Avid MediaFiles/MXF/2'; not yet tried there",
    )
    add_local_rules(command)
    add_conform_as(command)
    add_signing(command)
    add_json(command)


def _add_job_to_write(command: ArgumentParser) -> None:
    command.add_argument(
        "-o", dest="job", metavar="JOB", type=Path, required=True, help="the folder to write"
    )
