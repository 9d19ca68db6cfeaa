"""What the command line understands, and the help that teaches it."""

from argparse import ArgumentParser
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lipflap.core.media.codecs import CODECS, SOURCE
from lipflap.core.model_files import absolute_name
from lipflap.core.order import DubSettings, Mode
from lipflap.plugin.cli import farm, job, train
from lipflap.plugin.cli.types import Formatter, face, help_options, natural, positive
from lipflap.plugin.cut.cuesheet import NO_DECISIONS, ShotFilter
from lipflap.plugin.cut.decisions import read_decisions
from lipflap.plugin.dubbing import DubRequest
from lipflap.plugin.order.ordering import RenderSettings
from lipflap.plugin.order.quality import QUALITIES, STANDARD
from lipflap.plugin.timeline.conform import ALTERNATE, TRACK

_ABOUT = """\
Visual dubbing inside the edit: a cut and a dub in, the same cut out with new mouths.

    lipflap scan CUT --dub DUB           what would be dubbed, what not and why
    lipflap dub  CUT --dub DUB -o JOB    do it; the dubbed cut lies in JOB
"""

_DUB = """\
DUB is one of
    track:NAME      sound tracks of the cut, by name; * and ? match
    FILE            one sound file, laid at the cut's start or at --dub-at
    FOLDER          sound files named like the clips
Without --dub, the tracks whose name or metadata says dub or a language.
"""

_QUALITY = "Quality, and what it costs:\n" + "".join(
    f"    {name:<12}{quality.about}\n" for name, quality in QUALITIES.items()
)

_JOB = """\
JOB holds cues.json, orders/, media/, results/, report.json and the dubbed cut.
Run it again after a change: only what is missing or changed is rendered.
"""


def parser() -> ArgumentParser:
    """The whole command line; `command` in what it parses names the subcommand."""
    whole = ArgumentParser("lipflap", description=_ABOUT, formatter_class=Formatter)
    whole.add_argument("--version", action="version", version=f"lipflap {version('lipflap')}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add: Callable[..., ArgumentParser] = commands.add_parser
    asks, does = f"{_DUB}\n{_QUALITY}", f"{_DUB}\n{_QUALITY}\n{_JOB}"
    _scan(add("scan", help="list what would be dubbed; writes nothing", **help_options(asks)))
    _dub(add("dub", help="render and conform on this machine", **help_options(does)))
    _order(add("order", help="write what a farm needs", **help_options(does)))
    _render(add("render", help="render orders; what a farm task runs", **help_options(_RENDER)))
    _conform(
        add("conform", help="write rendered shots into a copy of the cut", **help_options(_CONFORM))
    )
    _report(
        add(
            "report", help="write what a JOB came to, as a page or markers", **help_options(_REPORT)
        )
    )
    look = add("look", help="list the faces in a shot, and who would be dubbed")
    look.add_argument("order", metavar="ORDER.json", type=Path)
    look.add_argument("--weights", metavar="DIR", type=Path, help="as of `lipflap render`")
    _json(look)
    panel = add("panel", help="open the panel: see, repair, render, compare and approve")
    panel.add_argument("cut", metavar="CUT", type=Path, nargs="?")
    farm.farm(add("farm", help="render on many machines, and collect what they made"))
    job.add_work(add("work", help="render what is queued in a JOB", **help_options(job.WORK)))
    job.add_review(
        add(
            "review",
            help="approve rendered shots, or send back",
            **help_options(job.REVIEW),
        )
    )
    demo = add("demo", help="make a small cut with a dub, and dub it")
    demo.add_argument("-o", dest="folder", metavar="FOLDER", type=Path, default=Path("demo"))
    train.train(add("train", help="train models, on your own footage too"))
    train.models(add("models", help="the models there are"))
    return whole


def request_of(arguments: Any) -> DubRequest:
    """What the arguments of scan, order and dub ask for."""
    quality = QUALITIES[arguments.quality]
    decided = read_decisions(arguments.decisions) if arguments.decisions else NO_DECISIONS
    settings = DubSettings(
        model=absolute_name(arguments.model),
        model_sha256="",
        steps=quality.steps,
        guidance=quality.guidance,
        mode=arguments.mode,
        seed=arguments.seed,
        tracker=arguments.tracker,
        face=None,
    )
    return DubRequest(
        cut=arguments.cut,
        dub=arguments.dub if arguments.dub is not None else decided.dub,
        dub_at=arguments.dub_at or (decided.dub_at if arguments.dub is None else None),
        choice=ShotFilter(tuple(arguments.only), tuple(arguments.skip), tuple(arguments.face)),
        consent=arguments.consent or decided.consent,
        terms=RenderSettings(arguments.handles, arguments.codec, settings),
        decisions=decided,
    )


_RENDER = """\
Progress and results go to stdout, one JSON object a line:
    {"event": "progress", "shot": ..., "stage": ..., "done": ..., "total": ...}
    {"event": "result", "shot": ..., "output_path": ..., "report": ...}
A shot that is rendered already is not rendered again.
Exit code: 0 all fine, 1 a shot failed, 2 wrong input, 130 interrupted.
"""

_CONFORM = """\
The cut itself stays as it is. --as alternate gives each rendered clip a second picture, `lipflap`,
and switches to it; --as track lays a DUB picture track above instead. Retimed shots always go to
the DUB track.
"""

_REPORT = """\
The ending of OUT says what is written:
    .html  a page with pictures as filmed and as dubbed
    .edl   markers for DaVinci Resolve (Timelines > Import > Timeline Markers from EDL)
    .txt   markers for Media Composer (Markers window > Import Markers)
Markers are green where a shot is approved, yellow where the judge of sync has doubts, blue where
it is rendered, red where it failed or was sent back, cyan where it is still to be rendered.
"""


def _scan(command: ArgumentParser) -> None:
    _asks(command)


def _dub(command: ArgumentParser) -> None:
    _asks(command)
    _job_folder(command)
    _renders(command)
    _how(command)


def _order(command: ArgumentParser) -> None:
    _asks(command)
    _job_folder(command)


def _render(command: ArgumentParser) -> None:
    command.add_argument("orders", metavar="ORDER.json", type=Path, nargs="+")
    _renders(command)
    farm.path_rules(command)
    command.add_argument(
        "--watch-memory",
        action="store_true",
        help="say on stderr every 10 s, and at the end, what memory this and its ffmpeg hold",
    )
    command.add_argument(
        "--openjd", action="store_true", help="tell an OpenJD session instead of printing JSON"
    )


def _conform(command: ArgumentParser) -> None:
    command.add_argument("cut", metavar="CUT", type=Path, help="the cut the job was made from")
    command.add_argument("job", metavar="JOB", type=Path)
    command.add_argument("-o", dest="out", metavar="OUT", type=Path, help="an .otio or .otioz file")
    command.add_argument(
        "--approved", action="store_true", help="only the shots that `lipflap review` approved"
    )
    command.add_argument(
        "--markers", action="store_true", help="mark each shot, and say what came of it"
    )
    _how(command)
    _json(command)


def _report(command: ArgumentParser) -> None:
    command.add_argument("job", metavar="JOB", type=Path)
    command.add_argument("-o", dest="out", metavar="OUT", type=Path, required=True)


def _asks(command: ArgumentParser) -> None:
    """Arguments that say what to dub, and how."""
    add = command.add_argument
    add("cut", metavar="CUT", type=Path, help="a timeline: .otio .otioz .xml .fcpxml .aaf .edl …")
    add("--dub", metavar="DUB", help="where the dub is; see below")
    add("--dub-at", metavar="TIMECODE", help="record timecode at which a sound FILE is laid")
    add("--only", metavar="SHOT", nargs="+", action="extend", default=[], help="dub only these")
    add("--skip", metavar="SHOT", nargs="+", action="extend", default=[], help="leave these")
    add(
        "--face",
        metavar="SHOT=N",
        type=face,
        nargs="+",
        action="extend",
        default=[],
        help="repaint face N of a shot, not the one that is heard",
    )
    add(
        "--decisions",
        metavar="FILE",
        type=Path,
        help="what was decided shot by shot, as the panel keeps it beside the cut",
    )
    add("--model", default="starter", help="a model's name or .safetensors file")
    add("--quality", choices=QUALITIES, default=STANDARD, help="default: standard; see below")
    add(
        "--mode",
        choices=(Mode.AUTOREGRESSIVE, Mode.FRAMEWISE),
        default=Mode.AUTOREGRESSIVE,
        help="paint each frame from the one before, or each by itself: quicker, less steady",
    )
    add("--seed", metavar="N", type=natural, default=0, help="same seed, same picture")
    add("--handles", metavar="N", type=natural, default=8, help="spare frames on each side")
    add("--codec", choices=(SOURCE, *CODECS), default=SOURCE, help="default: like the source")
    add("--tracker", choices=("embedded", "face-alignment"), default="embedded")
    add("--consent", metavar="TEXT", default="", help="who agreed to new mouths; kept in the cut")
    _json(command)


def _job_folder(command: ArgumentParser) -> None:
    command.add_argument("-o", dest="job", metavar="JOB", type=Path, required=True)


def _how(command: ArgumentParser) -> None:
    command.add_argument(
        "--as",
        dest="how",
        choices=(ALTERNATE, TRACK),
        default=ALTERNATE,
        help="a second picture in each clip, or a DUB track above",
    )


def _renders(command: ArgumentParser) -> None:
    """Arguments about this machine, which change no picture."""
    command.add_argument(
        "--together",
        metavar="N",
        type=positive,
        help="shots rendered at once; default: what memory and cores allow",
    )
    command.add_argument(
        "--weights", metavar="DIR", type=Path, help="where weights of --tracker face-alignment lie"
    )


def _json(command: ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON to stdout")
