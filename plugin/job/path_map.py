"""Rules that map the workstation's folders to those of another machine.

workstation   P:\\reel\\plates\\A001.mov        rule  P:\\reel -> /mnt/reel
farm          /mnt/reel/plates/A001.mov
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from lipflap.core.errors import DubError
from lipflap.core.serialize import read_text

_WINDOWS_PATH = re.compile(r"[A-Za-z]:|[\\]")
_DRIVE = re.compile(r"[A-Za-z]:")
_SHARE = re.compile(r"^(?:smb|cifs|afp|nfs):(?=//)", re.IGNORECASE)


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
    """Parse a rule that is written FROM=TO; a drive alone is its root. Raises ValueError.

    A share on a server may be written as its URL: smb://nas/film is //nas/film.
    """
    source, _, target = text.partition("=")
    source = _SHARE.sub("", source)
    return PathRule(f"{source}\\" if _DRIVE.fullmatch(source) else source, target)


def parse_local_rule(text: str) -> PathRule:
    """Parse a rule whose TO is a folder on this machine, from the current one. Raises ValueError.

    Also raises it when there is no such folder.
    """
    source, _, target = text.partition("=")
    if not target or not Path(target).is_dir():
        raise ValueError(f"{target!r} is not a folder")
    return parse_rule(f"{source}={Path(target).absolute()}")


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

    Names are compared as the system of the rule's source does: Windows ignores case. Composed and
    decomposed umlauts are the same, and so are \\\\server\\share and //server/share.
    """
    for rule in sorted(rules, key=lambda rule: -len(pure_path(rule.source).parts)):
        source = _compared(rule.source)
        given = _compared(path)
        count = len(source.parts)
        if type(given) is type(source) and _keys(given)[:count] == _keys(source):
            return str(pure_path(rule.target).joinpath(*given.parts[count:]))
    return path


def reverse(rules: Iterable[PathRule]) -> Rules:
    """Return the rules that lead from this machine's folders back to the workstation's."""
    return tuple(PathRule(rule.target, rule.source) for rule in rules)


def _compared(path: str) -> PurePath:
    """Return a path as rules compare it: one on a server as Windows has it."""
    is_server = path.startswith("//") and not path.startswith("///")
    return PureWindowsPath(path) if is_server else pure_path(path)


def _keys(path: PurePath) -> list[str]:
    names = [unicodedata.normalize("NFC", name) for name in path.parts]
    return [name.casefold() for name in names] if isinstance(path, PureWindowsPath) else names


def _file_rules(body: object) -> list[dict[str, object]]:
    if not isinstance(body, dict):
        raise TypeError("it is not an object")
    rules: list[dict[str, object]] = body.get("path_mapping_rules", [])
    return [rule for rule in rules if rule["source_path_format"] != "URI"]


def pure_path(path: str) -> PurePath:
    """Return a path of Windows or of POSIX, whichever it looks like."""
    return PureWindowsPath(path) if _WINDOWS_PATH.match(path) else PurePosixPath(path)
