"""Files as accidents and enemies change them; the same seed makes the same change."""

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

_RAW = "\x01raw:"  # what stands in a string after it is written without its quotes

# What JSON can say and Python's writer would not.
_UNWRITABLE = ["NaN", "-Infinity", "1e999", "-1e999", "9" * 5000, "1" + "0" * 400, "-0.0", "1e-400"]
_NUMBERS = [0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63), 10**18, 0.5, 1e308, 5e-324, 1e12]
_FRACTIONS = [
    "1e999999999",
    "1/0",
    "0",
    "-25",
    "24000/1001",
    "1e5",
    "1_000",
    "٣/٤",
    "9" * 300 + "/7",
]
_NAMES = [
    "",
    ".",
    "..",
    "../../outside",
    "/outside/of/everything",
    "C:\\outside",
    "\\\\server\\share\\outside",
    "-y",
    "--output",
    "a\0b",
    "\ud800",
    "\udcff",
    "\x1b[2J",
    "new\nline",
    "%s%n%d",
    "take.%04d.png",
    "%0999999999d",
    "x" * 5000,
    "ﷺ" * 90,
    "\u202egpj.mov",
    "con",
    "SH010/../../SH020",
    "*?[",
]
_URLS = [
    "file:///outside/film.mov",
    "file://server/share/film.mov",
    "http://127.0.0.1:9/film.mov",
    "https://example.invalid/a.m3u8",
    "concat:a.ts|b.ts",
    "subfile,,start,0,end,9,,:film.mov",
    "data:text/plain,abc",
    "crypto:film.mov",
    "pipe:0",
    "%2e%2e/%2e%2e/outside.mov",
    "film%00.mov",
    "file:" + "a/" * 3000,
]
_PLAIN: list[Any] = [None, True, False, [], {}, [[]], [None], {"": {}}]

Change = Callable[[Any, Random], None]


def mutated_json(body: Any, chance: Random) -> bytes:
    """JSON text of `body` after one to four changes of its structure; `body` is changed."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        holders = list(_holders(body))
        if not holders:
            break
        chance.choice(_CHANGES)(chance.choice(holders), chance)
    text = _unquoted(json.dumps(body))
    data = text.encode("utf-8", "surrogatepass")
    return data if chance.random() < 0.9 else mutated_bytes(data, chance)


def mutated_bytes(data: bytes, chance: Random) -> bytes:
    """`data` after one to four changes of its bytes."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(changed) + 1)
        span = slice(at, at + chance.choice((1, 2, 8, 64, 1000)))
        match chance.randrange(7):
            case 0:
                changed[span] = b""
            case 1:
                changed[at:at] = changed[span] * chance.choice((1, 2, 50))
            case 2:
                changed[span] = chance.randbytes(len(changed[span]))
            case 3:
                changed[at:at] = chance.choice(_TOKENS)
            case 4:
                del changed[at:]
            case 5:
                elsewhere = chance.randrange(len(changed) + 1)
                changed[at:at] = changed[elsewhere : elsewhere + 200]
            case 6:
                _change_number(changed, chance)
    return bytes(changed)


_TOKENS = [
    *(text.encode() for text in _UNWRITABLE if len(text) < 1000),
    *(name.encode("utf-8", "replace") for name in (*_NAMES, *_URLS) if len(name) < 1000),
    b"\0\0\0\0",
    b"\xff\xfe",
    b"<![CDATA[",
    b"&lol;",
    b"<!DOCTYPE x [<!ENTITY lol SYSTEM 'file:///etc/hostname'>]>",
    b'"OTIO_REF_ID": "Clip-1",',
    b"[" * 300,
    b"{" * 300,
    "²".encode(),
]


def _change_number(changed: bytearray, chance: Random) -> None:
    """Write another number where digits stand."""
    digits = [at for at, byte in enumerate(changed[:200_000]) if 48 <= byte <= 57]
    if digits:
        at = chance.choice(digits)
        number = chance.choice([*map(str, _NUMBERS), *_UNWRITABLE[:4], "", "99"])
        changed[at : at + 1] = number.encode()


def _holders(body: Any) -> list[Any]:
    """Every object and list in `body` that holds something."""
    found, waiting = [], [body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list) and one:
            found.append(one)
            waiting += one.values() if isinstance(one, dict) else one
    return found


def _key(holder: Any, chance: Random) -> Any:
    return (
        chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
    )


def _odd(chance: Random) -> Any:
    raw = [_RAW + text for text in _UNWRITABLE]
    kinds = (_NUMBERS, raw, _FRACTIONS, _NAMES, _URLS, _PLAIN)
    return deepcopy(chance.choice(chance.choice(kinds)))


def _replace(holder: Any, chance: Random) -> None:
    holder[_key(holder, chance)] = _odd(chance)


def _another_of_its_kind(holder: Any, chance: Random) -> None:
    key = _key(holder, chance)
    value = holder[key]
    if isinstance(value, str):
        said = chance.choice(_NAMES + _URLS + _FRACTIONS)
        holder[key] = chance.choice((said, value + said, said + value, value[: len(value) // 2]))
    elif isinstance(value, int | float):
        holder[key] = chance.choice([*_NUMBERS, -value, value + 1, value * 1000, float(value)])
    else:
        holder[key] = deepcopy(chance.choice(_PLAIN))


def _remove(holder: Any, chance: Random) -> None:
    del holder[_key(holder, chance)]


def _rename(holder: Any, chance: Random) -> None:
    if isinstance(holder, dict):
        value = holder.pop(_key(holder, chance))
        holder[chance.choice([*_NAMES, "name", "children", "schema", "source_range"])] = value


def _say_twice(holder: Any, chance: Random) -> None:
    """A name twice in one object; an element of a list many times."""
    key = _key(holder, chance)
    if isinstance(holder, dict):
        holder[f"{_RAW}{json.dumps(key)}"] = chance.choice((holder[key], _odd(chance)))
    else:
        copied = json.loads(json.dumps(holder[key]))
        holder[key:key] = [copied] * chance.choice((1, 3, 40))


def _nest(holder: Any, chance: Random) -> None:
    key, value = _key(holder, chance), None
    value = holder[key]
    for _ in range(chance.choice((1, 3, 90, 250))):
        value = [value] if chance.random() < 0.5 else {"children": value}
    holder[key] = value


def _exchange(holder: Any, chance: Random) -> None:
    one, other = _key(holder, chance), _key(holder, chance)
    holder[one], holder[other] = holder[other], holder[one]


def _copy_into_itself(holder: Any, chance: Random) -> None:
    """A part of the whole lies once more where it does not belong."""
    holder[_key(holder, chance)] = json.loads(json.dumps(holder))


_CHANGES: list[Change] = [
    _replace,
    _replace,
    _another_of_its_kind,
    _another_of_its_kind,
    _another_of_its_kind,
    _remove,
    _rename,
    _say_twice,
    _nest,
    _exchange,
    _copy_into_itself,
]


def _unquoted(text: str) -> str:
    """The text with everything marked as raw written as it is."""
    parts = text.split(f'"{json.dumps(_RAW)[1:-1]}')
    for index, part in enumerate(parts[1:], 1):
        raw, rest = _string_end(part)
        parts[index] = json.loads(f'"{raw}"') + rest
    return "".join(parts)


def _string_end(text: str) -> tuple[str, str]:
    """What stands before the quote that ends a JSON string, and after it."""
    at = 0
    while text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return text[:at], text[at + 1 :]
