"""From a cut to a dubbed cut: `lipflap scan`, `dub`, `order`, `conform` and `demo`."""

import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import reduce
from pathlib import Path

from lipflap.core.encode.codecs import CODECS, SOURCE
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.model_files import absolute_name
from lipflap.core.order import DubSettings, Mode, read_order
from lipflap.plugin import dubbing
from lipflap.plugin.cli.arguments import (
    AddParser,
    add_command,
    add_conform_as,
    add_job,
    add_json,
    add_local_rules,
    add_media_places,
    add_rate,
    add_timeline,
    add_together,
    add_weights,
    face,
    media_places,
    natural,
    positive,
    speaker,
)
from lipflap.plugin.cli.progress import show_progress
from lipflap.plugin.cut.cuesheet import NO_DECISIONS, CueSheet, ShotFilter, write_cues
from lipflap.plugin.cut.decisions import (
    Decisions,
    read_decisions,
    with_speaker,
    write_decisions,
)
from lipflap.plugin.dubbing import DubRequest
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.order.ordering import RenderSettings
from lipflap.plugin.order.quality import QUALITIES, STANDARD
from lipflap.plugin.qc.report import JobReport, listing, summary, write_report
from lipflap.plugin.render.render_child import render_in_child

_DUB_HELP = """\
DUB is one of
    track:NAME      sound tracks of the cut, by name; * and ? match
    FILE            one sound file, laid at --dub-at, else at its own timecode or BWF time, else
                    at the start of the cut
    FOLDER          a folder of one sound file a line, each laid at its BWF time or timecode, else
                    at the timecode in its name, else at the start of the shot it is named like
    LIST            a cue list, .csv .tsv or .xlsx: columns cue, character, in, out, text, file
    SESSION         a timeline of the dub, .otio .aaf .edl .xml .fcpxml: a track a character
Without --dub: the tracks whose name or metadata says dub or a language.
"""

_QUALITY_HELP = "QUALITY, and what it costs:\n" + "".join(
    f"    {name:<12}{quality.about}\n" for name, quality in QUALITIES.items()
)

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
    scan_help = f"{_DUB_HELP}\n{_QUALITY_HELP}"
    about = "List what would be dubbed, what not, and why. Writes nothing."
    _add_request(add_command(add_parser, "scan", scan, about, scan_help))

    about = "Order, render and conform a cut on this machine."
    command = add_command(add_parser, "dub", dub, about, f"{scan_help}\n{_JOB_HELP}")
    _add_dub(command)

    about = "Write the orders of a cut into a JOB, for a farm or a queue to render."
    command = add_command(add_parser, "order", order, about, f"{scan_help}\n{_JOB_HELP}")
    _add_request(command)
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
    _print_sheet(args, sheet, map(str, paths))
    return 0


def dub(args: Namespace) -> int:
    job = Job(args.job)
    dubbing.check_conform(args.cut, args.how)
    request = make_request(args)
    _, paths = dubbing.order(request, job)
    _remember_speakers(args, request)
    with closing(render_in_child(paths, args.weights, args.together)) as events:
        for result in show_progress(events, _count_frames(paths), sys.stderr):
            print(f"{result.shot}: {result.report.state}", file=sys.stderr)
    rules = tuple(args.map)
    report = dubbing.conform(args.cut, job, args.how, None, sound=args.sound, rules=rules)
    _print_report(args, report)
    return 1 if report.count(RenderState.FAILED) else 0


def conform(args: Namespace) -> int:
    report = dubbing.conform(
        args.cut,
        Job(args.job),
        args.how,
        args.out,
        only_approved=args.approved,
        with_markers=args.markers,
        sound=args.sound,
        rules=tuple(args.map),
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


def parse_request(arguments: Sequence[str]) -> DubRequest:
    """Return the request of `lipflap scan ARGUMENTS`. Raises DubError."""
    parser = ArgumentParser()
    _add_request(parser)
    return make_request(parser.parse_args(arguments))


def make_request(args: Namespace) -> DubRequest:
    """Return the request that arguments of scan, order or dub make. Raises DubError."""
    quality = QUALITIES[args.quality]
    decisions = _decisions(args)
    settings = DubSettings(
        model=absolute_name(args.model),
        model_sha256="",
        steps=quality.steps,
        guidance=quality.guidance,
        mode=args.mode,
        seed=args.seed,
        tracker=args.tracker,
        face=None,
    )
    return DubRequest(
        cut=args.cut,
        dub=args.dub if args.dub is not None else decisions.dub,
        dub_at=args.dub_at or (decisions.dub_at if args.dub is None else None),
        shots=ShotFilter(tuple(args.only), tuple(args.skip), tuple(args.face), tuple(args.speaker)),
        consent=args.consent or decisions.consent,
        settings=RenderSettings(args.handles, args.codec, settings, _references(args, decisions)),
        decisions=decisions,
        places=media_places(args),
        rate=args.rate,
        timeline=args.timeline,
        dub_channel=None if args.dub_channel is None else args.dub_channel - 1,
    )


def _decisions(args: Namespace) -> Decisions:
    """Return the decisions of a request: those kept in a file, and who was shown to be who.

    A new file is begun where there is none yet.
    """
    is_new = args.speaker and args.decisions and not args.decisions.exists()
    kept = read_decisions(args.decisions) if args.decisions and not is_new else NO_DECISIONS
    return reduce(with_speaker, args.speaker, kept)


def _remember_speakers(args: Namespace, request: DubRequest) -> None:
    """Keep who was shown to be who in the file of decisions, if one is given."""
    if args.speaker and args.decisions:
        write_text(args.decisions, write_decisions(request.decisions))


def _references(args: Namespace, decisions: Decisions) -> tuple[str, ...]:
    if args.references and args.mode != Mode.REFERENCE:
        raise DubError(
            f"has no effect with --mode {args.mode}, which uses no filmed mouths.",
            where="--references",
            fix="Leave one of the two out.",
        )
    decided = decisions.references if args.mode == Mode.REFERENCE else ()
    given = (str(film.absolute()) for film in args.references)
    return tuple(dict.fromkeys((*given, *decided)))


def _count_frames(orders: Iterable[Path]) -> dict[str, int]:
    """Return how many frames each order renders, by shot."""
    return {order.shot: len(order.written) for order in map(read_order, orders)}


def _print_sheet(args: Namespace, sheet: CueSheet, lines: Iterable[str]) -> None:
    _print_lines([write_cues(sheet)] if args.json else lines)


def _print_report(args: Namespace, report: JobReport) -> None:
    _print_lines([write_report(report)] if args.json else summary(report))


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line.rstrip("\n"))


def _add_dub(command: ArgumentParser) -> None:
    _add_request(command)
    _add_job_to_write(command)
    add_together(command)
    add_weights(command)
    add_conform_as(command)


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
    add_local_rules(command)
    add_conform_as(command)
    add_json(command)


def _add_job_to_write(command: ArgumentParser) -> None:
    command.add_argument(
        "-o", dest="job", metavar="JOB", type=Path, required=True, help="the folder to write"
    )


def _add_request(command: ArgumentParser) -> None:
    """Add the arguments of a DubRequest: what to dub, and how."""
    _add_cut_and_dub(command)
    _add_choice_of_shots(command)
    _add_painting(command)
    _add_output(command)
    add_json(command)


def _add_cut_and_dub(command: ArgumentParser) -> None:
    add = command.add_argument
    add("cut", metavar="CUT", type=Path, help="a timeline: .otio .otioz .xml .fcpxml .aaf .edl …")
    add("--dub", metavar="DUB", help="the new dialogue; see below")
    add("--dub-at", metavar="TIMECODE", help="record timecode at which a sound FILE starts")
    add_timeline(command)
    add_rate(command)
    add_media_places(command)
    add(
        "--dub-channel",
        metavar="N",
        type=positive,
        help="the channel of sound files that is the voice, from 1; default: the centre, or the "
        "one that sounds like a voice",
    )


def _add_choice_of_shots(command: ArgumentParser) -> None:
    """Add the arguments that say which shots are dubbed, and which faces in them."""
    add = command.add_argument
    add(
        "--only",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="dub these shots only; * and ? match",
    )
    add(
        "--skip",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="do not dub these shots; * and ? match",
    )
    add(
        "--face",
        metavar="SHOT=N",
        type=face,
        nargs="+",
        action="extend",
        default=[],
        help="repaint face N of a shot, whoever speaks; `lipflap faces` lists them",
    )
    add(
        "--speaker",
        metavar="WHO=SHOT:N",
        type=speaker,
        nargs="+",
        action="extend",
        default=[],
        help="face N of a shot is this character, and so are faces like it in all shots; order and "
        "dub keep it in the file of --decisions",
    )
    add(
        "--decisions",
        metavar="FILE",
        type=Path,
        help="decisions shot by shot, as the panel keeps them beside the cut",
    )


def _add_painting(command: ArgumentParser) -> None:
    """Add the arguments that say how mouths are found and painted."""
    add = command.add_argument
    add("--model", default="starter", help="a model by name, or a .safetensors file")
    add("--quality", choices=QUALITIES, default=STANDARD, help="default: standard; see below")
    add(
        "--mode",
        choices=tuple(Mode),
        default=Mode.REFERENCE,
        help="reference: new mouths from the actor's own (default); autoregressive: painted "
        "by the network, each frame from the one before; framewise: each frame by itself",
    )
    add(
        "--references",
        metavar="FILM",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        help="more film of the actors, also used for new mouths",
    )
    add("--seed", metavar="N", type=natural, default=0, help="the same seed gives the same picture")
    add(
        "--tracker",
        choices=("embedded", "face-alignment"),
        default="embedded",
        help="the face detector: the one that is installed (default), or S3FD and FAN with your "
        "weights",
    )


def _add_output(command: ArgumentParser) -> None:
    """Add the arguments about the new picture files."""
    add = command.add_argument
    add(
        "--handles",
        metavar="N",
        type=natural,
        default=8,
        help="spare frames to render at each end of a shot; default: 8",
    )
    add(
        "--codec",
        choices=(SOURCE, *CODECS),
        default=SOURCE,
        help="codec of the new pictures; default: like the source",
    )
    add(
        "--consent",
        metavar="TEXT",
        default="",
        help="who agreed to the new mouths; kept in the cut",
    )
