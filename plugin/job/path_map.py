"""Where a farm machine finds what the workstation names, and orders rewritten on arrival.

    workstation   P:\\reel\\plates\\A001.mov        rule  P:\\reel -> /mnt/reel
    farm          /mnt/reel/plates/A001.mov

What lies in a JOB keeps the workstation's names: only who renders sees others. So results need no
way back.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.core.serialize import read_text
from lipflap.plugin.job.folder import Job, job_of

_OF_WINDOWS = re.compile(r"[A-Za-z]:|[\\]")


@dataclass(frozen=True, slots=True)
class PathRule:
    """What lies in folder `source` for the workstation lies in folder `target` here.

    Both are whole paths, of POSIX or of Windows, whichever they look like.
    """

    source: str
    target: str

    def __post_init__(self) -> None:
        for path in (self.source, self.target):
            if not _pure(path).is_absolute():
                raise ValueError(f"{path!r} is no whole path")


Rules = tuple[PathRule, ...]


def parse_rule(words: str) -> PathRule:
    """The rule that FROM=TO means. Raises ValueError."""
    source, _, target = words.partition("=")
    return PathRule(source, target)


def format_rule(rule: PathRule) -> str:
    return f"{rule.source}={rule.target}"


def read_rules(path: Path) -> Rules:
    """The rules of a session's path mapping file, as Open Job Description has it.

    Rules about what is no file on a disk are left out. Raises DubError.
    """
    try:
        body = json.loads(read_text(path))
        listed = [(rule["source_path"], rule["destination_path"]) for rule in _listed(body)]
        return tuple(PathRule(str(source), str(target)) for source, target in listed)
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise DubError(f"holds no path mapping rules: {problem}.", where=str(path)) from problem


def map_path(path: str, rules: Iterable[PathRule]) -> str:
    """`path` by the rule for the innermost folder it lies in; as it is where none fits.

    Names are compared as the system of the rule's source does: Windows knows no capitals.
    """
    for rule in sorted(rules, key=lambda rule: -len(_pure(rule.source).parts)):
        source = _pure(rule.source)
        if type(_pure(path)) is type(source) and _pure(path).is_relative_to(source):
            return str(_pure(rule.target).joinpath(*_pure(path).parts[len(source.parts) :]))
    return path


def localise_order(order: DubOrder, rules: Rules) -> DubOrder:
    """An order as this machine carries it out: its paths by the rules, its model from the JOB.

    A model that the JOB brings along counts before one of its name on this machine; which one it
    is, its hash tells.
    Raises DubError when the rules do not lead to this machine.
    """
    settings, speeches = order.settings, order.speeches
    here = replace(
        order,
        picture=replace(order.picture, path=map_path(order.picture.path, rules)),
        speeches=tuple(replace(speech, path=map_path(speech.path, rules)) for speech in speeches),
        output=replace(order.output, path=_output_here(order, rules)),
        settings=replace(settings, model=map_path(settings.model, rules)),
    )
    sha256 = settings.model_sha256
    if not sha256:
        return here
    brought = job_of(here).model(sha256)
    if not os.path.isfile(brought):  # Path.is_file raises on a name that is too long
        return here
    return replace(here, settings=replace(settings, model=str(brought)))


def localise_job(order: DubOrder, rules: Rules) -> Job:
    """Where this machine finds the JOB an order renders into. Raises DubError as `arrived`."""
    return job_of(replace(order, output=replace(order.output, path=_output_here(order, rules))))


def _output_here(order: DubOrder, rules: Rules) -> str:
    there = map_path(order.output.path, rules)
    if type(_pure(there)) is not type(PurePath()):
        raise DubError(
            "is a path of another system.", where=there, fix="Say where it is here with --map."
        )
    return there


def _listed(body: object) -> list[dict[str, object]]:
    if not isinstance(body, dict):
        raise TypeError("it is no object")
    rules: list[dict[str, object]] = body.get("path_mapping_rules", [])
    return [rule for rule in rules if rule["source_path_format"] != "URI"]


def _pure(path: str) -> PurePath:
    return PureWindowsPath(path) if _OF_WINDOWS.match(path) else PurePosixPath(path)
