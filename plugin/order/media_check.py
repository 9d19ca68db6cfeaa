"""Cues whose media was looked at, remembered for as long as they ask for the same.

A cut of thousands of shots is looked at once; a decision about one shot costs one look.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from lipflap.core.order import DubOrder
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.ordering import RenderSettings, iter_orders


@dataclass(frozen=True, slots=True)
class MediaCheck:
    """A cue as it was asked for, and what its media says to that.

    order   None when the shot is left
    """

    asked: Cue
    found: Cue
    order: DubOrder | None


Known = Mapping[str, MediaCheck]


def with_results(asked: CueSheet, known: Known) -> CueSheet:
    """The sheet with what is known of its media; other cues stay as asked."""
    return replace(asked, cues=tuple(_found(cue, known) for cue in asked.cues))


def unchecked(asked: CueSheet, known: Known) -> CueSheet:
    """The sheet of those cues alone whose media is still to be looked at."""
    cues = (cue for cue in asked.cues if cue.state == CueState.READY and not _is_known(cue, known))
    return replace(asked, cues=tuple(cues))


def check(
    asked: CueSheet, terms: RenderSettings, job: Job, hash_of: Callable[[str], str]
) -> Iterator[MediaCheck]:
    """Each cue of the sheet, looked at."""
    looked_at = iter_orders(asked, terms, job, hash_of)
    for cue, (found, order) in zip(asked.cues, looked_at, strict=True):
        yield MediaCheck(cue, found, order)


def orders_known(asked: CueSheet, known: Known) -> tuple[DubOrder, ...]:
    """The orders of all cues that were looked at and stand."""
    looked_at = (known[cue.shot.name] for cue in asked.cues if _is_known(cue, known))
    return tuple(one.order for one in looked_at if one.order)


def _is_known(cue: Cue, known: Known) -> bool:
    looked_at = known.get(cue.shot.name)
    return looked_at is not None and (looked_at.asked is cue or looked_at.asked == cue)


def _found(cue: Cue, known: Known) -> Cue:
    return known[cue.shot.name].found if _is_known(cue, known) else cue
