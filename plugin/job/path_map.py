"""Rules that map the workstation's folders to those of another machine.

workstation   P:\\reel\\plates\\A001.mov        rule  P:\\reel -> /mnt/reel
farm          /mnt/reel/plates/A001.mov
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from lipflap.core.errors import DubError
from lipflap.core.serialize import read_text

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
            if not pure_path(path).is_absolute():
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
    for rule in sorted(rules, key=lambda rule: -len(pure_path(rule.source).parts)):
        source = pure_path(rule.source)
        if type(pure_path(path)) is type(source) and pure_path(path).is_relative_to(source):
            return str(pure_path(rule.target).joinpath(*pure_path(path).parts[len(source.parts) :]))
    return path


def _listed(body: object) -> list[dict[str, object]]:
    if not isinstance(body, dict):
        raise TypeError("it is no object")
    rules: list[dict[str, object]] = body.get("path_mapping_rules", [])
    return [rule for rule in rules if rule["source_path_format"] != "URI"]


def pure_path(path: str) -> PurePath:
    """Return a path as the system has it that it looks like one of."""
    return PureWindowsPath(path) if _OF_WINDOWS.match(path) else PurePosixPath(path)
