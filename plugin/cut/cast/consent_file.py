"""consent.json beside a cut: who agreed to new mouths. One file serves all cuts of a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lipflap.core.consent import Agreement
from lipflap.core.serialize import from_json, read_text, to_json, unreadable_fix

FILE_NAME = "consent.json"
CONSENT_SCHEMA = "lipflap.consent/1"


@dataclass(frozen=True, slots=True)
class Consent:
    """All that was agreed to, by anybody."""

    agreements: tuple[Agreement, ...]


def consent_path(cut: Path) -> Path:
    """Return the place of the file beside a cut."""
    return cut.absolute().parent / FILE_NAME


def read_consent(path: Path) -> tuple[Agreement, ...]:
    """Return the agreements in a file; none where there is no file. Raises RecordUnreadable."""
    if not path.exists():
        return ()
    with unreadable_fix("Correct it, or put a copy of it back."):
        return from_json(CONSENT_SCHEMA, Consent, read_text(path), where=str(path)).agreements


def consent_to_json(agreements: Sequence[Agreement]) -> str:
    return to_json(CONSENT_SCHEMA, Consent(tuple(agreements)))


def with_agreement(known: Sequence[Agreement], new: Agreement) -> tuple[Agreement, ...]:
    """Return the agreements with a new one, in the place of the same person's to the same."""
    kept = [one for one in known if (one.person, one.agreed) != (new.person, new.agreed)]
    return (*kept, new)
