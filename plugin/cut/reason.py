"""Reasons why shots are skipped: a code for programs, a sentence for editors."""

from dataclasses import dataclass
from enum import StrEnum


class ReasonCode(StrEnum):
    """Kind of a reason, for programs to tell reasons apart."""

    NOT_SELECTED = "not_selected"  # --only names other shots
    EXCLUDED = "excluded"  # with --skip, or by an editor's decision
    NO_DUB = "no_dub"
    NO_LENGTH = "no_length"
    DISABLED = "disabled"
    COVERED = "covered"
    OUTSIDE_NEST = "outside_nest"
    RETIMED_UNEVENLY = "retimed_unevenly"
    RETIMED_NEST = "retimed_nest"
    GENERATED = "generated"
    SEE_THROUGH = "see_through"  # its media has holes, as titles and logos have
    NO_MEDIA = "no_media"  # the cut names none
    MEDIA_MISSING = "media_missing"  # the file that the cut names, or that of its dub
    MEDIA_NOT_ON_DISK = "media_not_on_disk"  # its URL names no file, but for example a server
    MEDIA_OUTSIDE_BUNDLE = "media_outside_bundle"
    MEDIA_UNREADABLE = "media_unreadable"
    MEDIA_TOO_SHORT = "media_too_short"
    CANNOT_BE_ORDERED = "cannot_be_ordered"  # anything else, as the text says


FIND_MEDIA = (
    "Relink it in the cut, or say where it lies here: with Relink media… in the panel, or with "
    "--media or --map."
)
MISSING_MEDIA_CODES = (
    ReasonCode.MEDIA_MISSING,
    ReasonCode.MEDIA_NOT_ON_DISK,
    ReasonCode.MEDIA_OUTSIDE_BUNDLE,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Reason why a shot is skipped.

    text   one sentence or more for an editor, with what to do
    """

    code: ReasonCode
    text: str
