"""Consent: who agreed to new mouths, to what, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Agreement:
    """What one person agreed to.

    person           whose mouth is changed; empty in a text given with --consent, which is for all
    agreed           what was agreed
    by               who agreed: the person, an agent, a guardian; empty where it is not said
    until            last day on which it holds, as 2027-12-31; empty without an end
    document_sha256  hash of the signed document; empty where none was given
    characters       of the dub that the person plays; none: those named like the person
    """

    person: str
    agreed: str
    by: str = ""
    until: str = ""
    document_sha256: str = ""
    characters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.agreed.strip():
            raise ValueError("an agreement says what was agreed")
        if self.until and _day(self.until) is None:
            raise ValueError(f"until is {self.until!r:.60}, which is no day such as 2027-12-31")
        if self.document_sha256 and not _is_sha256(self.document_sha256):
            raise ValueError("document_sha256 is no hash of 64 hexadecimal digits")

    def covers(self, character: str) -> bool:
        """Return whether it is for a character, whatever the case."""
        names = self.characters or (self.person,)
        return not self.person or character.casefold() in {name.casefold() for name in names}

    def is_over(self, today: date) -> bool:
        """Return whether it has ended before a day."""
        end = _day(self.until)
        return end is not None and end < today


def consent_gaps(
    agreements: Sequence[Agreement], characters: Iterable[str], today: date
) -> tuple[str, ...]:
    """Return in sentences whose consent is missing or has ended; none when all is agreed.

    characters  who speak; without any, one agreement of whomever is enough
    """
    named = tuple(dict.fromkeys(characters))
    if not named:
        over = [one for one in agreements if one.is_over(today)]
        if not agreements:
            return ("No consent is on file.",)
        return tuple(map(_ended, over)) if len(over) == len(agreements) else ()
    gaps: list[str] = []
    for character in named:
        found = [one for one in agreements if one.covers(character)]
        if not found:
            gaps.append(f"No consent of {character} is on file.")
        elif all(one.is_over(today) for one in found):
            gaps.append(_ended(max(found, key=lambda one: one.until)))
    return tuple(dict.fromkeys(gaps))


def describe_agreement(one: Agreement) -> str:
    """Return an agreement in words."""
    plays = f" ({', '.join(one.characters)})" if one.characters else ""
    text = f"{one.person}{plays}: {one.agreed}" if one.person else one.agreed
    by = f", agreed by {one.by}" if one.by and one.by != one.person else ""
    return f"{text}{by}{f', until {one.until}' if one.until else ''}"


def _ended(one: Agreement) -> str:
    return f"The consent of {one.person or 'all'} ended on {one.until}."


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2027-12-31") else None
    except ValueError:
        return None


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
