"""The comparisons of shots that were made, each kept as long as what it shows stays the same."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.core.result import DubResult
from lipflap.gui.compare.comparison import (
    Comparison,
    make_comparison,
    make_comparison_of_skipped,
    with_old_dub,
)
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor, JobSnapshot, OldRender
from lipflap.plugin.cut.cuesheet import Cue

_Facts = tuple[Cue, DubOrder | None, DubResult | None, OldRender | None]
_Then = Callable[[Comparison | str], object]


class Comparisons:
    """Comparisons by shot; the media of skipped shots is opened in the background."""

    def __init__(self, document: CutDocument, monitor: JobMonitor) -> None:
        self._document, self._monitor = document, monitor
        self._made: dict[str, tuple[_Facts, Comparison | str | None]] = {}
        self._waiting: dict[str, list[_Then]] = {}

    def clear(self) -> None:
        """Drop all: another cut is open."""
        self._made, self._waiting = {}, {}

    def is_old(self, shot: str, snapshot: JobSnapshot) -> bool:
        """Return whether the dub of a shot has been rendered since, or is gone."""
        made = self._made.get(shot)
        result, old = snapshot.results.get(shot), snapshot.outdated.get(shot)
        return made is not None and made[0][2:] != (result, None if result else old)

    def with_comparison(self, shot: str, then: _Then) -> bool:
        """Call `then` with the comparison of a shot, or with the reason why it has no picture.

        Returns whether that was done at once; otherwise its media is opened in the background.
        """
        facts = self._facts_of(shot)
        if facts is None:
            then("")
            return True
        made = self._made.get(shot)
        if made is None or made[0] != facts:
            comparison = _compare(facts)
            if comparison is None:
                self._open(shot, facts, then)
                return False
            self._made[shot] = facts, comparison
            self._waiting.pop(shot, None)  # for what is being opened: it would come too late
            then(comparison)
            return True
        if made[1] is None:
            self._waiting[shot].append(then)
            return False
        then(made[1])
        return True

    def _facts_of(self, shot: str) -> _Facts | None:
        cue, snapshot = self._document.cues.get(shot), self._monitor.snapshot
        if cue is None:
            return None
        result = snapshot.results.get(shot) if snapshot else None
        old = snapshot.outdated.get(shot) if snapshot and result is None else None
        return cue, self._document.media.order_of(shot), result, old

    def _open(self, shot: str, facts: _Facts, then: _Then) -> None:
        """Open the media of a skipped shot in the background."""
        rate = self._document.cut.rate if self._document.cut else Fraction(25)

        def on_opened(comparison: Comparison | str) -> None:
            if self._waiting.get(shot) is waiting:
                self._made[shot] = facts, comparison
                for each in self._waiting.pop(shot):
                    each(comparison)

        self._made[shot] = facts, None
        self._waiting[shot] = waiting = [then]
        self._document.workers.run(_compare_skipped(facts[0], rate), on_opened)


def _compare(facts: _Facts) -> Comparison | None:
    """Return the comparison of a shot with an order; None for one without."""
    cue, order, result, old = facts
    if order is None or cue.record_start is None:
        return None
    comparison = make_comparison(order, cue.record_start, result)
    if old is not None:
        return with_old_dub(comparison, order, old.order, old.result)
    return comparison


def _compare_skipped(cue: Cue, rate: Fraction) -> Iterator[Comparison | str]:
    """Yield the picture of a skipped shot, or why there is none; opens its media."""
    try:
        comparison = make_comparison_of_skipped(cue, rate)
        yield comparison or f"{cue.shot.name} has no picture. {cue.reason_text}"
    except DubError as problem:
        yield f"{cue.shot.name} has no picture. {problem}"
