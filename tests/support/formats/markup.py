"""What a patch changed in a document of XML, tag by tag."""

import re
from collections import Counter


def changes(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    """Return the pieces of markup that are gone from a document, and those that are new.

    A piece is a tag, or a text between tags. What only moved is neither.
    """
    old, new = (Counter(re.findall(rb"<[^>]*>|[^<]+", data)) for data in (before, after))
    return _texts(old - new), _texts(new - old)


def _texts(pieces: Counter[bytes]) -> list[str]:
    return [piece.decode() for piece in pieces.elements()]
