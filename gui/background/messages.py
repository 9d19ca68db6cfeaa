"""Messages between the panel and its side process: calls there, and what they yield back.

Fractions, of which facts of cuts are full, travel as two integers: by themselves, as text that has
to be read again, they take longer than all the rest. Facts travel as the values of their fields, to
be made of them again: by themselves, as values that are set one by one, they take twice as long.
"""

import copyreg
import gc
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from operator import attrgetter
from typing import IO, Any

from lipflap.core.errors import DubError

_Values = Callable[[object], tuple[object, ...]]  # from facts to those that they are made of

_LENGTH_BYTES = 8
_LARGE_BYTES = 1 << 20  # of a message whose facts one look for garbage would take 50 ms for


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a generator function in the side process.

    number   of the call; what comes of it is counted by that
    """

    number: int
    function: Callable[..., Iterator[object]]
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """A request to end a call after its next event."""

    number: int


@dataclass(frozen=True, slots=True)
class Forget:
    """A request to forget what earlier calls were given: later ones no longer refer to it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a call, with the error that ended it; any but a DubError in words."""

    error: DubError | None = None
    fault: str = ""


@lru_cache(maxsize=1 << 16)
def _fraction(numerator: int, denominator: int) -> Fraction:
    return Fraction(numerator, denominator)


def _values_of(kind: type) -> _Values | None:
    """Return a function from facts of a kind to the values that they are made of.

    None for what is no facts, or holds more than they are made of.
    """
    if not is_dataclass(kind):
        return None
    names = [field.name for field in fields(kind) if field.init and not field.kw_only]
    held = vars(kind).get("__slots__", ())
    return attrgetter(*names) if len(names) == len(held) > 1 else None


class MessagePickler(pickle.Pickler):
    """A pickler of messages; what it has written once, it writes as a reference from then on."""

    dispatch_table = copyreg.dispatch_table.copy()
    dispatch_table[Fraction] = lambda value: (_fraction, (value.numerator, value.denominator))

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._kinds: dict[type, _Values | None] = {}

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if kind not in self._kinds:
            self._kinds[kind] = _values_of(kind)
        values_of = self._kinds[kind]
        return NotImplemented if values_of is None else (kind, values_of(value))


def send(message: object, to: IO[bytes]) -> None:
    """Write one message that stands for itself. Raises OSError."""
    buffer = BytesIO()
    MessagePickler(buffer).dump(message)
    pickled = buffer.getbuffer()
    to.write(len(pickled).to_bytes(_LENGTH_BYTES, "big"))
    to.write(pickled)
    to.flush()


def receive(source: IO[bytes]) -> Any:
    """Return the next message that was sent. Raises EOFError when there is none."""
    pickled = _read(source, int.from_bytes(_read(source, _LENGTH_BYTES), "big"))
    with _uncollected():
        message = pickle.loads(pickled)
        if len(pickled) >= _LARGE_BYTES and gc.get_freeze_count():  # as gui.app does with cuts
            gc.freeze()
    return message


def _read(source: IO[bytes], count: int) -> bytes:
    data = source.read(count)
    if len(data) < count:
        raise EOFError
    return data


@contextmanager
def _uncollected() -> Iterator[None]:
    """Make facts without a look for garbage after every few hundred of them, of which none is."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
