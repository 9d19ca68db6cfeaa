"""Facts that travel between the panel and its side process arrive as they were sent."""

from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO

import pytest

from lipflap.core.errors import DubError
from lipflap.gui.background.messages import Ended, receive, send
from lipflap.plugin.cut.cut import Cut, Shot
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.item_facts import ItemFacts

SECOND = TimeRange(Fraction(0), Fraction(24, 25))


@dataclass(frozen=True, slots=True)
class Single:
    name: str


@dataclass(slots=True)
class Counter:
    name: str
    unit: str
    count: int = field(default=0, init=False)


@dataclass(frozen=True, slots=True)
class Named(Single):
    unit: str
    length: Fraction


def counted(number: int) -> Counter:
    counter = Counter("takes", "")
    counter.count = number
    return counter


def arrived(message: object) -> object:
    way = BytesIO()
    send(message, way)
    way.seek(0)
    return receive(way)


@pytest.mark.parametrize(
    "message",
    [
        SECOND,
        ItemFacts(opacity=0.5, blend="add"),
        Single("alone"),
        Named("SH010", "s", Fraction(1001, 24000)),
        counted(3),
        Cut("cut", Fraction(25), 90_000, (), ()),
        (SECOND, {"a": [Single("SH010"), Fraction(1, 3)]}, None),
    ],
)
def test_facts_of_every_kind_arrive_as_they_were_sent(message: object) -> None:
    assert arrived(message) == message


def test_what_is_the_same_stays_the_same() -> None:
    shot = Shot("SH010", (0, 0), None, Fraction(0), Fraction(1), SECOND, (SECOND,), None)
    first, second = arrived((shot, shot))
    assert first is second
    assert first.record is first.visible[0]


def test_an_error_keeps_its_parts() -> None:
    ended = arrived(Ended(DubError("is broken.", where="cut.otio", fix="Mend it.")))
    assert (ended.error.problem, ended.error.where, ended.error.fix) == (
        "is broken.",
        "cut.otio",
        "Mend it.",
    )
