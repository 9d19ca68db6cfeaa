"""Cues checked against their media, remembered for as long as they ask for the same.

A cut of thousands of shots is checked once; a decision about one shot costs one check.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from lipflap.core.order import DubOrder
from lipflap.core.timing import made_every
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.ordering import consent_of, iter_orders
from lipflap.plugin.order.render_settings import RenderSettings


@dataclass(frozen=True, slots=True)
class MediaCheck:
    """A cue before and after its media was checked.

    order   None when the shot is skipped
    """

    requested: Cue
    result: Cue
    order: DubOrder | None


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A check without the cue that it was asked for: short, for whoever has that cue.

    changes   of the cue, by field
    """

    changes: dict[str, object]
    order: DubOrder | None


MediaChecks = Mapping[str, MediaCheck]  # by the name of the shot


def check_media(
    sheet: CueSheet,
    shots: Sequence[Shot],
    settings: RenderSettings,
    job: Job,
    hash_of: Callable[[str], str],
) -> Iterator[MediaCheck]:
    """Yield the check of each cue of the sheet; `shots` are those of the whole cut."""
    results = iter_orders(sheet, shots, settings, job, hash_of)
    for cue, (result, order) in zip(sheet.cues, results, strict=True):
        yield MediaCheck(cue, result, order)


def iter_outcomes(
    sheet: CueSheet,
    shots: Sequence[Shot],
    settings: RenderSettings,
    job: Job,
    hash_of: Callable[[str], str],
    every_s: float,
) -> Iterator[list[CheckOutcome]]:
    """Return what comes of `check_media`, in its order: the first at once, then every so often."""
    checks = check_media(sheet, shots, settings, job, hash_of)
    outcomes = (CheckOutcome(_changes(one.requested, one.result), one.order) for one in checks)
    return made_every(every_s, outcomes)


def check_of(cue: Cue, outcome: CheckOutcome) -> MediaCheck:
    """Return the check of a cue from what came of it."""
    result = replace(cue, **outcome.changes) if outcome.changes else cue  # type: ignore[arg-type]
    return MediaCheck(cue, result, outcome.order)


def _changes(before: Cue, after: Cue) -> dict[str, object]:
    both = ((one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(Cue))
    return {name: new for name, old, new in both if new is not old}


def with_results(sheet: CueSheet, checks: MediaChecks) -> CueSheet:
    """Return the sheet with the results of the checks; other cues stay as they are."""
    return replace(sheet, cues=tuple(_result(cue, checks) for cue in sheet.cues))


def with_agreements(checks: MediaChecks, sheet: CueSheet) -> dict[str, MediaCheck]:
    """Return the checks with orders that carry what is agreed to in a sheet now."""
    return {
        name: replace(check, order=replace(check.order, consent=consent_of(check.order, sheet)))
        if check.order
        else check
        for name, check in checks.items()
    }


def unchecked(sheet: CueSheet, checks: MediaChecks) -> CueSheet:
    """Return the sheet with those cues alone whose media is still to be checked."""
    cues = (c for c in sheet.cues if c.state == CueState.READY and not _is_checked(c, checks))
    return replace(sheet, cues=tuple(cues))


def checked_orders(sheet: CueSheet, checks: MediaChecks) -> tuple[DubOrder, ...]:
    """Return the orders of all cues whose media was checked and can be dubbed."""
    valid = (checks[cue.shot.name] for cue in sheet.cues if _is_checked(cue, checks))
    return tuple(check.order for check in valid if check.order)


def _is_checked(cue: Cue, checks: MediaChecks) -> bool:
    check = checks.get(cue.shot.name)
    return check is not None and (check.requested is cue or check.requested == cue)


def _result(cue: Cue, checks: MediaChecks) -> Cue:
    return checks[cue.shot.name].result if _is_checked(cue, checks) else cue
