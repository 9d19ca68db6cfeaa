"""The words of the command line that several commands understand, and how their help is laid."""

from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from typing import Any


class Formatter(RawDescriptionHelpFormatter):
    """Keeps line breaks, and room for the longer options."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)


def help_options(text: str) -> dict[str, Any]:
    """Arguments for a command whose help ends with `text`."""
    return {"epilog": text, "formatter_class": Formatter}


def face(text: str) -> tuple[str, int]:
    shot, _, number = text.rpartition("=")
    if not shot or not number.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not SHOT=N, such as SH010=1")
    return shot, int(number)


def times(text: str) -> tuple[str, int]:
    speaker, _, number = text.rpartition("=")
    if not speaker or not number.isdecimal() or int(number) == 0:
        raise ArgumentTypeError(f"{text!r} is not SPEAKER=N, such as anna=3")
    return speaker, int(number)


def natural(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)
