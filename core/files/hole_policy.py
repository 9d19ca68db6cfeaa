"""The policy of a cut for files that are missing in an image sequence."""

from enum import StrEnum


class HolePolicy(StrEnum):
    """The picture that shows where a file of a sequence is missing.

    ERROR  nothing: the file has to be there
    HOLD   the picture before it
    BLACK  black
    """

    ERROR = "error"
    HOLD = "hold"
    BLACK = "black"
