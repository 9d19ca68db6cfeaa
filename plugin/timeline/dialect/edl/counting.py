"""The rate of an EDL, which no field says, and its timecodes counted in frames."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from lipflap.core.errors import DubError
from lipflap.core.timecode import is_drop_frame_rate
from lipflap.plugin.timeline.dialect.edl.events import KEY_BACKGROUND, Event, EventList

_BASES = (24, 25, 30, 48, 50, 60)
_DROP_BASES = (30, 60)
_SOURCE_BASES = (24, 25, 30)
_DAY, _MORNING, _NOON, _EVENING = "24:00:00:00", 6, 12, 18


class Certainty(StrEnum):
    """How far the rate of an EDL is certain.

    EXACT    it is given, or its timecodes prove it
    DROP     drop frame says 29.97 or 59.94; its timecodes do not tell which
    BASE     24 may be 23.976, 30 may be 29.97: its timecodes alone prove it
    ASSUMED  nothing in the list proves it
    """

    EXACT = "exact"
    DROP = "drop"
    BASE = "base"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Counting:
    """How the timecodes of an EDL count.

    record_drop   whether record timecodes without a mark of their own skip numbers; None where
                  each follows the FCM line above it
    reason        how the rate was found, for the user
    certainty     how far the rate is certain
    past_midnight whether the cut goes on after midnight: record codes before noon are a day later
    warning       what is odd about the way it counts, for the user; empty for nothing
    """

    rate: Fraction
    record_drop: bool | None
    reason: str
    certainty: Certainty = Certainty.EXACT
    past_midnight: bool = False
    warning: str = ""

    def source(self, event: Event) -> tuple[int, int]:
        """Return the frame numbers of source in and out, at the source's own rate."""
        base = round(self.source_rate(event))
        start, end = self._pair(event, 0, base)
        if is_over_midnight(event, 0) and (event.speed is None or event.speed > 0):
            end += self._day(event, 0, base)
        return start, end

    def source_rate(self, event: Event) -> Fraction:
        """Return frames per second of an event's source: the cut's, unless M2 proves another.

        Film at 24 in a cut at 29.97 has M2 024.0, and its timecodes count 24 frames a second: only
        then is it as long as that speed makes it.
        """
        base = round(self.rate)
        if not event.speed:
            return self.rate
        start, end = self.record(event)
        played = abs(event.speed) / base * (end - start)

        def frames_off(counted_at: int) -> Fraction:
            first, last = self._pair(event, 0, counted_at)
            return abs(abs(last - first) - played)

        if frames_off(base) <= max(Fraction(3), played * Fraction(8, 100)):
            return self.rate
        others = (
            other for other in _SOURCE_BASES if frames_off(other) <= max(Fraction(1), played / 100)
        )
        return self.rate * next(others, base) / base

    def record(self, event: Event) -> tuple[int, int]:
        """Return the frame numbers of record in and out."""
        start, end = (self.record_frame(event, code) for code in event.codes[2:])
        return start, end

    def late(self, event: Event, channel: str) -> int:
        """Return by how many frames a track of an event begins later than its codes say.

        A split edit (SPLIT) lets its sound or its picture wait. None of the tracks does where
        that leaves nothing of them, or where the event is retimed.
        """
        if event.split is None or event.split[0] != channel[0] or event.speed is not None:
            return 0
        frames = _frame(event.split[1], round(self.rate), drop=False)
        start, end = self.record(event)
        return frames if frames < end - start else 0

    def record_frame(self, event: Event, code: str) -> int:
        """Return the frame number of another record timecode in an event's lines."""
        base = round(self.rate)
        frame = _frame(code, base, self.skips_numbers(event, 2, code))
        return frame + self._day(event, 2, base) * (self.past_midnight and 0 <= _hour(code) < _NOON)

    def skips_numbers(self, event: Event, place: int, code: str) -> bool:
        """Return whether a code of an event counts in drop frame: source code 0, 1, record 2, 3.

        Where one of its codes marks itself as drop frame, the marks hold, else the FCM line does.
        """
        if _is_marked(event):
            return _is_drop_code(code)
        return event.drop if place < 2 or self.record_drop is None else self.record_drop

    def _day(self, event: Event, place: int, base: int) -> int:
        """Return the frames of a day, as an event counts in its source, 0, or its record, 2."""
        return _frame(_DAY, base, self.skips_numbers(event, place, event.codes[place]))

    def _pair(self, event: Event, first: int, base: int) -> tuple[int, int]:
        """Return two codes of an event as frame numbers."""
        start, end = (
            _frame(event.codes[place], base, self.skips_numbers(event, place, event.codes[place]))
            for place in (first, first + 1)
        )
        return start, end


def unmarked_below(listed: EventList) -> int:
    """Return the number above all that timecodes have in their field for frames.

    0 where a timecode marks itself as drop frame.
    """
    return 0 if any(map(_is_marked, listed.events)) else _highest_frame(listed) + 1


def _highest_frame(listed: EventList) -> int:
    return max(_frames_field(code) for event in listed.events for code in event.codes)


def find_counting(listed: EventList, given: Fraction | None, where: str) -> Counting:
    """Return how an EDL counts: at the rate given, else at the one that its timecodes prove.

    At the right rate an event is as long in its source as on the record. Where all rates agree,
    drop frame means 29.97 or 59.94, and 24 is taken else, or the first rate that has the frame
    numbers seen. Raises DubError for an impossible rate.
    """
    found = _find_counting(listed, given, where)
    return replace(found, past_midnight=_goes_past_midnight(listed.events))


def _find_counting(listed: EventList, given: Fraction | None, where: str) -> Counting:
    highest = _highest_frame(listed)
    drops = any(event.drop or _is_marked(event) for event in listed.events)
    if given is not None:
        return _given(listed, given, highest, drops, where)
    able = [base for base in (_DROP_BASES if drops else _BASES) if base > highest]
    if not able:
        raise DubError(
            f"has frame numbers up to {highest}, which no rate up to 60 frames a second has"
            f"{' in drop frame' if drops else ''}.",
            where=where,
            fix="Say its rate with --rate, or export the cut as .otio or .xml.",
        )
    trials = [
        (_disagreements(listed.events, base, mode), place, base, mode)
        for place, (base, mode) in enumerate((b, m) for b in able for m in _modes(listed))
    ]
    fewest, _, base, mode = min(trials, key=lambda trial: trial[:2])
    proven = len({trial[2] for trial in trials if trial[0] == fewest}) == 1
    rate = Fraction(base * 1000, 1001) if drops else Fraction(base)
    reason = _reason(rate, drops, proven, highest)
    if drops:
        return Counting(rate, mode, reason, Certainty.EXACT if proven else Certainty.DROP)
    return Counting(rate, mode, reason, Certainty.BASE if proven else Certainty.ASSUMED)


def _given(listed: EventList, rate: Fraction, highest: int, drops: bool, where: str) -> Counting:
    base = round(rate)
    if highest >= base:
        raise DubError(
            f"has frame numbers up to {highest}, and {_per_second(rate)} end at {base - 1}.",
            where=where,
            fix="Give the cut's own rate with --rate.",
        )
    if drops and base in _DROP_BASES and not is_drop_frame_rate(rate):
        raise DubError(
            f"counts in drop frame, and {_per_second(rate)} have none.",
            where=where,
            fix="Give --rate 29.97 or --rate 59.94.",
        )
    mode = min(_modes(listed), key=lambda mode: _disagreements(listed.events, base, mode))
    warning = "" if not drops or is_drop_frame_rate(rate) else _without_drop(rate)
    return Counting(rate, mode, f"read at {_per_second(rate)}, as given", warning=warning)


def _without_drop(rate: Fraction) -> str:
    return (
        f"says drop frame, which {_per_second(rate)} do not have; its timecodes are counted "
        "without."
    )


def _modes(listed: EventList) -> Sequence[bool | None]:
    """Return the readings to try: the first FCM line rules all records, or each its own (None)."""
    changes = len({event.drop for event in listed.events} | {listed.drop}) > 1
    return (listed.drop, None) if changes else (listed.drop,)


def _goes_past_midnight(events: Sequence[Event]) -> bool:
    return any(is_over_midnight(event, 2) for event in events)


def is_over_midnight(event: Event, place: int) -> bool:
    """Return whether an event begins before midnight and ends after it: in its source, 0, or on
    the record, 2.
    """
    start, end = event.codes[place : place + 2]
    return _hour(start) >= _EVENING and 0 <= _hour(end) < _MORNING


def _hour(code: str) -> int:
    """Return the hour of a code; -1 for a frame number."""
    return -1 if code.isdecimal() else int(re.split(r"\D", code)[0])


def _disagreements(events: Sequence[Event], base: int, record_drop: bool | None) -> int:
    """Return how many events are not as long in their source as on the record."""
    past_midnight = _goes_past_midnight(events)
    counting = Counting(Fraction(base), record_drop, "", past_midnight=past_midnight)
    return sum(
        _length(counting.source(event)) != _length(counting.record(event))
        for event in events
        if event.speed is None and not event.is_black and event.edit != KEY_BACKGROUND
    )


def _length(pair: tuple[int, int]) -> int:
    return pair[1] - pair[0]


def _reason(rate: Fraction, drops: bool, proven: bool, highest: int) -> str:
    if drops and not proven:
        why = "the usual rate of drop frame; if it is 59.94, give --rate"
    elif proven:
        why = "at which its events are as long in their sources as in the cut"
    elif highest >= 24:
        why = f"the first rate that has a frame {highest}"
    else:
        return f"says no frame rate; read at {_per_second(rate)}. If it is another, give --rate"
    return f"read at {_per_second(rate)}, {why}"


def _per_second(rate: Fraction) -> str:
    return f"{float(rate):.5g} frames a second"


def _is_marked(event: Event) -> bool:
    return any(_is_drop_code(code) for code in event.codes)


def _is_drop_code(code: str) -> bool:
    return not code.isdecimal() and re.split(r"\d+", code)[3] in (";", ",")


def _frames_field(code: str) -> int:
    return 0 if code.isdecimal() else int(re.split(r"\D", code)[-1])


def _frame(code: str, base: int, drop: bool) -> int:
    """Return a frame number; a number that drop frame skips counts as the frame that follows.

    SMPTE ST 12-1: drop frame skips 2 (or 4) numbers each minute except every tenth.
    """
    if code.isdecimal():
        return int(code)
    hours, minutes, seconds, frames = (int(part) for part in re.split(r"\D", code))
    number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if not drop or base not in _DROP_BASES:
        return number
    skip, total = base // 15, hours * 60 + minutes
    if minutes % 10 and not seconds and frames < skip:
        number += skip - frames
    return number - skip * (total - total // 10)
