"""What OTIO's own reader takes on trust, and what would end the process: looked at before it reads.

It follows brackets as deep as they go, on a stack that ends; it keeps names that are no text and
fails only when they are asked for; it lets an object hold itself; it frees one twice whose name is
said twice.
"""

import json
import re
from typing import Any

import numpy as np

from lipflap.core.errors import DubError

DEEPEST = 200  # brackets in brackets; a nest in a cut takes four
_ESCAPED, _STRING = re.compile(rb"\\.", re.DOTALL), re.compile(rb'"[^"]*"')
_INFINITE = re.compile(rb'"(?:[^"\\]|\\.)*"|\bInf\b', re.DOTALL)  # which Python calls Infinity
_NO_BRACKETS = bytes(set(range(256)) - set(b'"[]{}'))
_FIX = "Export it again from the program it comes from."


def check(text: bytes, *, where: str) -> None:
    """Raises DubError for JSON that OTIO must not be given."""
    try:
        text.decode()
    except UnicodeDecodeError as problem:
        raise DubError("is not UTF-8 text.", where=where, fix=_FIX) from problem
    if _depth(text) > DEEPEST:
        raise DubError(f"is nested more than {DEEPEST} deep.", where=where, fix=_FIX)
    if b"SerializableObjectRef" in text:
        raise DubError("holds an object that holds itself.", where=where, fix=_FIX)
    _check_names(text, where=where)


def _check_names(text: bytes, *, where: str) -> None:
    try:
        json.loads(text, object_pairs_hook=_named_once)
    except ValueError:
        try:
            python = _INFINITE.sub(lambda one: b"Infinity" if one[0] == b"Inf" else one[0], text)
            json.loads(python, object_pairs_hook=_named_once)
        except ValueError as problem:
            raise DubError(f"cannot be read: {problem}.", where=where, fix=_FIX) from problem


def _named_once(pairs: list[tuple[str, Any]]) -> None:
    """Nothing is kept of an object. Raises ValueError when a name is in it twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r:.60} is said twice")


def _depth(text: bytes) -> int:
    """How deep brackets outside of strings lie in one another."""
    brackets = _STRING.sub(b"", _ESCAPED.sub(b"", text).translate(None, _NO_BRACKETS))
    opens = np.isin(np.frombuffer(brackets, np.uint8), list(b"[{"))
    return int(np.cumsum(np.where(opens, 1, -1)).max(initial=0))
