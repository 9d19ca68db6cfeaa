"""Refusal of JSON that would crash OTIO's reader, and the process with it.

The reader follows brackets as deep as they go, on a stack of limited size; it keeps names that are
no text and fails only when they are used; it lets an object hold itself. It visits every object it
has made a second time, also those it has freed: of a key given twice, and of an older clip or
marker that holds fields of a newer one.
"""

import json
import re
from functools import lru_cache
from typing import Any

import numpy as np

from lipflap.core.errors import DubError

MAX_DEPTH = 200  # brackets in brackets; a nested sequence takes four
# Fields that version 1 of a schema names otherwise than version 2; a JSON object that is none of
# OTIO's, and a list, may hold objects that OTIO frees.
_RENAMED = {"Clip": ("media_reference", "media_references"), "Marker": ("range", "marked_range")}
_SINCE_RENAMED = [str(version) for version in range(2, 100)]  # the newest are refused by OTIO
_ESCAPED, _STRING = re.compile(rb"\\.", re.DOTALL), re.compile(rb'"[^"]*"')
_INFINITE = re.compile(rb'"(?:[^"\\]|\\.)*"|\bInf\b', re.DOTALL)  # which Python calls Infinity
_NO_BRACKETS = bytes(set(range(256)) - set(b'"[]{}'))
_FIX = "Export it again from the program it comes from."


def reject_unsafe_json(text: bytes, *, where: str) -> None:
    """Raise DubError for JSON that OTIO must not read."""
    try:
        text.decode()
    except UnicodeDecodeError as problem:
        raise DubError("is not UTF-8 text.", where=where, fix=_FIX) from problem
    if _depth(text) > MAX_DEPTH:
        raise DubError(f"is nested more than {MAX_DEPTH} levels deep.", where=where, fix=_FIX)
    if b"SerializableObjectRef" in text:
        raise DubError("holds an object that holds itself.", where=where, fix=_FIX)
    _check_objects(text, where=where)


def _check_objects(text: bytes, *, where: str) -> None:
    check = _is_well_named if rb"\u0000" in text else _is_schema
    try:
        json.loads(text, object_pairs_hook=check)
    except ValueError:
        try:
            python = _INFINITE.sub(
                lambda match: b"Infinity" if match[0] == b"Inf" else match[0], text
            )
            json.loads(python, object_pairs_hook=check)
        except ValueError as problem:
            raise DubError(f"cannot be read: {problem}.", where=where, fix=_FIX) from problem


def _is_schema(pairs: list[tuple[str, Any]]) -> bool:
    """Return whether a JSON object is one of OTIO's; nothing else is kept of it.

    Raises ValueError for one that must not be read.
    """
    body = dict(pairs)
    if len(body) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"an object has {max(names, key=names.count)!r:.60} twice")
    schema = body.get("OTIO_SCHEMA")
    if not isinstance(schema, str):
        return False
    if renamed := _renamed_since(schema):
        older, newer = renamed
        if newer in body or isinstance(body.get(older), list) or body.get(older) is False:
            raise ValueError(f"a {schema} has fields of another schema version")
    return True


def _is_well_named(pairs: list[tuple[str, Any]]) -> bool:
    """Return what `_is_schema` does, in JSON in which something holds a null character.

    OTIO's dictionaries look their names up as far as that alone.
    """
    if any("\0" in name for name, _ in pairs):
        raise ValueError("a name in it holds a null character")
    return _is_schema(pairs)


@lru_cache(maxsize=1 << 10)  # a long cut names its few a hundred thousand times
def _renamed_since(schema: str) -> tuple[str, str] | None:
    """Return the field that a schema's next version names otherwise: its name here, and there."""
    kind, _, version = schema.partition(".")
    return _RENAMED.get(kind) if version not in _SINCE_RENAMED else None


def _depth(text: bytes) -> int:
    """Return how deep brackets outside of strings lie in one another."""
    marks = _ESCAPED.sub(b"", text).translate(None, _NO_BRACKETS)
    brackets = _STRING.sub(b"", marks.replace(b'""', b""))  # most strings hold no bracket
    opens = np.isin(np.frombuffer(brackets, np.uint8), list(b"[{"))
    return int(np.cumsum(np.where(opens, 1, -1)).max(initial=0))
