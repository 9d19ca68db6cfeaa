"""Lines that several characters say together: ANNA + BEN.

Such a line is one piece of sound in the cut, and moves the lips of each of them.
"""

import re
from collections.abc import Iterable

_TOGETHER = " + "
_MARKS = re.compile(r"\s*[/+&]\s*")
_WORDS = re.compile(r"\s*(?:[,;]|\b(?:and|und|et|e|y|en|och|i|a|ve|и)\b)\s*", re.IGNORECASE)


def names_in(character: str) -> tuple[str, ...]:
    """Return the characters who say a line, by its character: ANNA + BEN are two."""
    return tuple(filter(None, (name.strip() for name in character.split(_TOGETHER))))


def say_together(cells: Iterable[str]) -> dict[str, str]:
    """Return, for each text that names a character in a list, the same with + between several.

    /, + and & part names. A comma or a word like `and` does where each part is named alone, too:
    SMITH, JOHN is one name.
    """
    texts = set(filter(None, cells))
    alone = {text.casefold() for text in texts if not _MARKS.search(text)}
    return {text: _TOGETHER.join(_parts(text, alone)) for text in texts}


def _parts(text: str, alone: set[str]) -> list[str]:
    marked = _MARKS.split(text)
    if not all(any(map(str.isalpha, part)) for part in marked):  # COP 1/2 is one
        return [text]
    names = [name for part in marked for name in _by_words(part.strip(), alone)]
    return list({name.casefold(): name for name in reversed(names)}.values())[::-1]


def _by_words(text: str, alone: set[str]) -> list[str]:
    """Return the names in a text that are parted by commas and words, else the text."""
    parts = [part for part in _WORDS.split(text) if part]
    is_list = len(parts) > 1 and all(part.casefold() in alone for part in parts)
    return parts if is_list else [text] if text else []
