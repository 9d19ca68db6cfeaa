"""Frozen dataclasses to JSON and back, strictly: a wrong, missing or unknown field has a name.

Fractions are written as "24000/1001", everything else as JSON knows it. What no record
may hold is refused here, once: NaN and infinity, integers over 63 bits, names given twice,
text with characters that no file name can hold.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from lipflap.core.errors import DubError

Record = TypeVar("Record")

_MAX_BYTES = 1 << 29
_MAX_INT = 1 << 63
_MAX_FRACTION_CHARS = 2000
_SURROGATE = re.compile("[\ud800-\udfff]")
_FRACTION = re.compile(r"-?[0-9]+(?:/[0-9]+)?")


class RecordUnreadable(DubError):
    """An error for a file that does not hold the record it should."""


@contextmanager
def unreadable_fix(fix: str) -> Iterator[None]:
    """Say what to do in a RecordUnreadable that a block raises, where it does not say it."""
    try:
        yield
    except RecordUnreadable as problem:
        if problem.fix:
            raise
        raise RecordUnreadable(problem.problem, where=problem.where, fix=fix) from problem


def to_json(schema: str, record: Any) -> str:
    """Return `record` as indented JSON that names its schema.

    Raises ValueError for NaN and infinity: no file with them would be read again.
    """
    body = {"schema": schema} | _plain(record)
    text = json.dumps(body, indent=1, ensure_ascii=False, default=_plain, allow_nan=False)
    return text + "\n"


def _plain(value: Any) -> Any:
    """Return a record as a dict of its fields, uncopied; any other value as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _names(type(value))}
    return str(value)


def from_json(schema: str, kind: type[Record], text: str, *, where: str) -> Record:
    """Return the record that JSON text holds.

    where  the file, for messages
    Raises RecordUnreadable, naming `where` and the field.
    """
    try:
        body = parse_json(text)
    except (ValueError, RecursionError) as problem:
        raise RecordUnreadable(f"is not JSON: {problem}.", where=where) from problem
    found = body.pop("schema", None) if isinstance(body, dict) else None
    if found != schema:
        raise RecordUnreadable(
            f"has the schema {found!r}; this version reads {schema!r}.",
            where=where,
            fix="Make it again with this version of Lipflap.",
        )
    return from_dict(kind, body, where=where)


def parse_json(text: str) -> Any:
    """Parse JSON strictly. Raises ValueError, and RecursionError where it is nested too deep."""
    return json.loads(
        text, object_pairs_hook=_reject_duplicate_keys, parse_constant=_reject_constant
    )


def from_dict(kind: type[Record], body: object, *, where: str) -> Record:
    """Return `body`, parsed JSON, as a `kind`. Raises RecordUnreadable, naming the field."""
    try:
        record: Record = _build(kind, body, "")
    except (ValueError, TypeError, OverflowError, ZeroDivisionError) as problem:
        raise RecordUnreadable(f"{problem}.", where=where) from problem
    return record


def read_text(path: Path) -> str:
    """Return the text of a record's file. Raises RecordUnreadable."""
    try:
        if path.exists() and not path.is_file():
            raise RecordUnreadable("is not a file.", where=str(path))
        if path.stat().st_size > _MAX_BYTES:
            raise RecordUnreadable("is too long: over 512 MB.", where=str(path))
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise RecordUnreadable(f"cannot be read: {problem.strerror}.", where=str(path)) from problem
    except UnicodeDecodeError as problem:
        raise RecordUnreadable("is not UTF-8 text.", where=str(path)) from problem


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; cached, as a JOB holds thousands of records."""
    return get_type_hints(kind)


def _build(kind: Any, value: Any, at: str) -> Any:
    """Return `value` from JSON as the type `kind`. Raises ValueError naming the field `at`."""
    if is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(value, dict):
            raise ValueError(f"{at or 'the file'} must be an object")
        names = _names(kind)
        if odd := sorted(set(value) ^ set(names)):
            raise ValueError(f"{at or 'the file'} has wrong or missing fields: {', '.join(odd)}")
        hints = _hints(kind)
        return kind(**{n: _build(hints[n], value[n], f"{at}.{n}".lstrip(".")) for n in names})
    if get_origin(kind) is UnionType:
        inner = next(k for k in get_args(kind) if k is not NoneType)
        return None if value is None else _build(inner, value, at)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{at} must be a list")
        return tuple(_build(get_args(kind)[0], v, f"{at}[{i}]") for i, v in enumerate(value))
    if get_origin(kind) is dict:
        if not isinstance(value, dict):
            raise ValueError(f"{at} must be an object")
        return {_text(k, at): _build(get_args(kind)[1], v, f"{at}.{k}") for k, v in value.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(kind, value, at)
    if kind is Fraction and isinstance(value, str):
        return _fraction(value, at)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(float(value), at)
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise ValueError(f"{at} must be {kind.__name__}, is {value!r:.60}")
    if kind is int and abs(value) >= _MAX_INT:
        raise ValueError(f"{at} is out of range")
    return _text(value, at) if kind is str else value


def _text(value: str, at: str) -> str:
    """Return `value` if file names and programs can hold it. Raises ValueError."""
    if "\0" in value or (not value.isascii() and _SURROGATE.search(value)):
        raise ValueError(f"{at} holds an invalid character")
    return value


def _member(kind: type[Enum], value: Any, at: str) -> Enum:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(str(member.value) for member in kind)
        raise ValueError(f"{at} is {value!r:.60}, not one of {known}") from None


def _fraction(value: str, at: str) -> Fraction:
    if len(value) > _MAX_FRACTION_CHARS or not _FRACTION.fullmatch(value):
        raise ValueError(f"{at} must be a fraction such as 24000/1001, is {value!r:.60}")
    return Fraction(value)


def _finite(value: float, at: str) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{at} must be a number, is {value}")
    return value


def _reject_duplicate_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    body = {_text(name, "a name"): value for name, value in pairs}
    if len(body) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{twice!r:.60} is given twice")
    return body


def _reject_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")
