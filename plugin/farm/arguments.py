"""What `lipflap farm` understands, and how a command is told where a farm machine finds things."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lipflap.plugin.argument_words import natural, positive, teach
from lipflap.plugin.farm.path_map import PathRule, Rules, read_rules, rule_from
from lipflap.plugin.together import MOST
from lipflap.plugin.writeback import ALTERNATE, TRACK

LOCAL = "local"

_BUNDLE = """\
BUNDLE is a job bundle of Open Job Description:
    openjd run BUNDLE/template.json         renders here, task after task
    deadline bundle submit BUNDLE           gives it to Deadline Cloud
It holds what is not rendered yet; the last step says what is missing or failed. Then, where the
cut was made: lipflap farm collect JOB
"""

_RUN = """\
ADDRESS is a Dask scheduler's, such as tcp://10.0.0.5:8786; its workers are started with
    dask worker ADDRESS --nthreads 1                            one on each machine, or
    CUDA_VISIBLE_DEVICES=0 dask worker ADDRESS --nthreads 1 --resources GPU=1    one a GPU
Run it again after anything that went wrong: what is rendered is not rendered again.
"""


def farm(command: ArgumentParser) -> None:
    """Adds the farm's commands; `deed` in what is parsed names the one."""
    commands = command.add_subparsers(dest="deed", required=True, metavar="COMMAND")
    add: Callable[..., ArgumentParser] = commands.add_parser
    _bundle(add("bundle", help="an OpenJD job bundle, for Deadline Cloud", **teach(_BUNDLE)))
    _run(add("run", help="render on a Dask cluster, or on the GPUs here", **teach(_RUN)))
    _status(add("status", help="what is done, running, failed and to do"))
    _collect(add("collect", help="check every result and write the dubbed cut"))
    _task(add("task", help="what a task of the bundle runs"))


def path_rules(command: ArgumentParser) -> None:
    """Arguments that say where this machine finds what an order names."""
    add = command.add_argument
    add(
        "--map",
        metavar="FROM=TO",
        type=path_rule,
        nargs="+",
        action="extend",
        default=[],
        help="the farm finds in folder TO what the orders name in folder FROM",
    )
    add("--path-mapping-rules", metavar="FILE", type=Path, help="the same, as an OpenJD session's")


def path_rule(text: str) -> PathRule:
    try:
        return rule_from(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not FROM=TO, two whole paths such as P:\\reel=/mnt/reel"
        ) from None


def rules_of(asked: Any) -> Rules:
    """The rules that `path_rules` asked for. Raises DubError."""
    file = asked.path_mapping_rules
    return (*asked.map, *(read_rules(file) if file else ()))


def _bundle(command: ArgumentParser) -> None:
    add = command.add_argument
    _job(command)
    add("-o", dest="bundle", metavar="BUNDLE", type=Path, required=True)
    add("--gpus", metavar="N", type=natural, default=1, help="a task needs; default: 1, or 0")
    _portions(command)
    path_rules(command)


def _run(command: ArgumentParser) -> None:
    add = command.add_argument
    _job(command)
    add("--cluster", metavar="ADDRESS", default=LOCAL, help="default: local, this machine")
    here = command.add_mutually_exclusive_group()
    here.add_argument(
        "--gpus", metavar="N", type=positive, help="of this machine, a worker each; default: all"
    )
    here.add_argument(
        "--workers", metavar="N", type=positive, help="on this machine's processor; default: 1"
    )
    _portions(command)
    path_rules(command)


def _status(command: ArgumentParser) -> None:
    _job(command)
    command.add_argument("--json", action="store_true", help="print JSON to stdout")


def _collect(command: ArgumentParser) -> None:
    add = command.add_argument
    _job(command)
    add("-o", dest="out", metavar="OUT", type=Path, help="an .otio or .otioz file")
    add(
        "--as",
        dest="how",
        choices=(ALTERNATE, TRACK),
        default=ALTERNATE,
        help="a second picture in each clip, or a DUB track above",
    )
    add("--tasks", metavar="NAME", help="what the last step of the bundle NAME runs: no cut")
    path_rules(command)


def _task(command: ArgumentParser) -> None:
    _job(command)
    add = command.add_argument
    add("--tasks", metavar="NAME", required=True, help="of the bundle")
    add("--numbers", metavar="FIRST-LAST", type=numbers, required=True, help="of its tasks")
    path_rules(command)


def numbers(text: str) -> range:
    """FIRST-LAST, both counted from 1, as OpenJD writes a contiguous chunk."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last)):
        raise ArgumentTypeError(f"{text!r} is not FIRST-LAST, such as 9-16")
    return range(int(first), int(last) + 1)


def _portions(command: ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--only",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="render these only; * and ? match",
    )
    add("--longest", metavar="FRAMES", type=positive, help="render longer shots in parts")
    add(
        "--shots-a-task",
        metavar="N",
        type=positive,
        help=f"that share one loaded model; default: {MOST}, or fewer where machines would idle",
    )


def _job(command: ArgumentParser) -> None:
    command.add_argument("job", metavar="JOB", type=Path, help="what `lipflap order` wrote")
