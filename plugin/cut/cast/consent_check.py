"""Whether everybody whose mouth is to be changed has agreed to it."""

from datetime import date
from pathlib import Path

from lipflap.core.consent import consent_gaps, describe_agreement
from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.plugin.cut.cast.speakers import characters_of
from lipflap.plugin.cut.cuesheet import CueSheet

_MAX_LISTED = 8  # in a dialog


def missing_consent(sheet: CueSheet) -> tuple[str, ...]:
    """Return in sentences whose consent to what is dubbed is missing today, or has ended."""
    spoken = characters_of(pair.line for cue in sheet.ready for pair in cue.pairs)
    return consent_gaps(sheet.all_agreed, spoken, date.today()) if sheet.ready else ()


def consent_warnings(sheet: CueSheet) -> tuple[str, ...]:
    """Return the same where the dub names characters, whom one can ask, or consent is on file."""
    is_named = any(characters_of(pair.line for pair in cue.pairs) for cue in sheet.ready)
    return missing_consent(sheet) if is_named or sheet.all_agreed else ()


def consent_on_file(sheet: CueSheet, today: date) -> tuple[str, ...]:
    """Return in sentences what is missing, and what is on file beside the cut."""
    filed = [
        f"On file: {describe_agreement(one)}{' (ended)' if one.is_over(today) else ''}."
        for one in sheet.agreements
    ]
    more = [f"{len(filed) - _MAX_LISTED} more are on file."] if len(filed) > _MAX_LISTED else []
    return (*missing_consent(sheet), *filed[:_MAX_LISTED], *more)


def refuse_without_consent(sheet: CueSheet, cut: Path) -> None:
    """Raise DubError when somebody's consent is missing."""
    if gaps := missing_consent(sheet):
        raise DubError(
            f"is not dubbed without consent. {' '.join(gaps)}",
            where=str(cut),
            fix=f'Note it: lipflap trust consent "{cut}" --person NAME --agreed TEXT.',
        )


def refuse_order_without_consent(order: DubOrder) -> None:
    """Raise DubError when an order does not carry the consent of everybody who speaks in it."""
    gaps = consent_gaps(order.consent, order.characters, date.today())
    if gaps:
        raise DubError(
            f"is not rendered without consent. {' '.join(gaps)}",
            where=order.shot,
            fix="Note it beside the cut with `lipflap trust consent`, then order again.",
        )
