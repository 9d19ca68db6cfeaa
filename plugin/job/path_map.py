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

_WINDOWS_PATH = re.compile(r"[A-Za-z]:|[\\]")


@dataclass(frozen=True, slots=True)
class PathRule:
    """The workstation's folder `source` is folder `target` on this machine.

    Both are absolute paths, of POSIX or of Windows, whichever they look like.
    """

    source: str
    target: str

    def __post_init__(self) -> None:
        for path in (self.source, self.target):
            if not pure_path(path).is_absolute():
                raise ValueError(f"{path!r} is not an absolute path")


Rules = tuple[PathRule, ...]


def parse_rule(text: str) -> PathRule:
    """Parse a rule that is written FROM=TO. Raises ValueError."""
    source, _, target = text.partition("=")
    return PathRule(source, target)


def format_rule(rule: PathRule) -> str:
    return f"{rule.source}={rule.target}"


def read_rules(path: Path) -> Rules:
    """Read the path mapping file of an Open Job Description session.

    Rules for URIs are left out. Raises DubError.
    """
    try:
        body = json.loads(read_text(path))
        pairs = [(rule["source_path"], rule["destination_path"]) for rule in _file_rules(body)]
        return tuple(PathRule(str(source), str(target)) for source, target in pairs)
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise DubError(f"holds no path mapping rules: {problem}.", where=str(path)) from problem


def map_path(path: str, rules: Iterable[PathRule]) -> str:
    """Map a path by the rule for the innermost folder around it; unchanged where there is none.

    Names are compared as the system of the rule's source does: Windows ignores case.
    """
    for rule in sorted(rules, key=lambda rule: -len(pure_path(rule.source).parts)):
        source = pure_path(rule.source)
        if type(pure_path(path)) is type(source) and pure_path(path).is_relative_to(source):
            return str(pure_path(rule.target).joinpath(*pure_path(path).parts[len(source.parts) :]))
    return path


def _file_rules(body: object) -> list[dict[str, object]]:
    if not isinstance(body, dict):
        raise TypeError("it is not an object")
    rules: list[dict[str, object]] = body.get("path_mapping_rules", [])
    return [rule for rule in rules if rule["source_path_format"] != "URI"]


def pure_path(path: str) -> PurePath:
    """Return a path of Windows or of POSIX, whichever it looks like."""
    return PureWindowsPath(path) if _WINDOWS_PATH.match(path) else PurePosixPath(path)
