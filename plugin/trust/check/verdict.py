"""What was found of a file, in words and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from lipflap.core.consent import Agreement, consent_gaps, describe_agreement
from lipflap.plugin.trust.check.check_file import Proof
from lipflap.plugin.trust.check.film import describe_film
from lipflap.plugin.trust.check.findings import Signature
from lipflap.plugin.trust.check.verify import Checked
from lipflap.plugin.trust.facts import WHAT, WHAT_BLINKS, edited_ranges

_MAX_RANGES = 6
_STATES = {
    Signature.VALID: "unchanged",
    Signature.CHANGED: "CHANGED",
    Signature.UNREADABLE: "UNREADABLE",
    Signature.EXPIRED: "unchanged, but the CERTIFICATE HAS EXPIRED",
}


def describe(checked: Checked, today: date) -> str:
    """Return in one line who signed a file, what changed since, and what was edited."""
    proof = checked.proof
    words = [_signed(proof), *([] if proof.state == Signature.UNSIGNED else [_STATES[proof.state]])]
    if checked.is_marked and proof.facts is None:
        words.append("marked: AI-edited mouth")
    if problems := (*proof.problems, *checked.problems):
        words[-1] += f" ({'; '.join(problems)})"
    if proof.facts is not None:
        words += [_edited(proof.facts), *_consent(proof.facts, today)]
    elif proof.actions:
        words.append(f"says: {', '.join(proof.actions)}")
    words += [describe_film(proof.film)] if proof.film else []
    return _plain(f"{checked.path}: {', '.join(word for word in words if word)}")


def _plain(text: str) -> str:
    """Return a text without what would steer a terminal: anybody may sign anything."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def as_json(checked: Checked, today: date) -> dict[str, Any]:
    """Return the same for scripts."""
    proof = checked.proof
    return {
        "path": str(checked.path),
        "state": proof.state,
        "is_fine": checked.is_fine,
        "signer": proof.signer,
        "signer_is_known": proof.is_known,
        "problems": [*proof.problems, *checked.problems],
        "is_marked": checked.is_marked,
        "consent_gaps": list(consent_gaps_of(proof, today)),
        "facts": proof.facts,
        "film": asdict(proof.film) if proof.film else None,
        "actions": list(proof.actions),
    }


def consent_gaps_of(proof: Proof, today: date) -> tuple[str, ...]:
    """Return whose consent is missing or has ended, as far as a manifest tells."""
    if proof.facts is None:
        return ()
    agreed = _agreements(proof.facts)
    characters = [str(one) for one in proof.facts.get("characters", ())]
    return consent_gaps(agreed, characters, today)


def _signed(proof: Proof) -> str:
    if proof.state in (Signature.UNSIGNED, Signature.UNREADABLE):
        return "unsigned" if proof.state == Signature.UNSIGNED else ""
    if not proof.signer:
        return ""
    return f"signed by {proof.signer}" + ("" if proof.is_known else " (certificate not known here)")


def _edited(facts: Mapping[str, Any]) -> str:
    what = WHAT_BLINKS if facts.get("what") == WHAT_BLINKS else WHAT
    still = facts.get("still")
    if isinstance(still, dict):
        return what if still.get("edited") else "mouth as filmed"
    edited = edited_ranges(facts)
    ranges = [str(one.start) if len(one) == 1 else f"{one.start}-{one.end - 1}" for one in edited]
    more = [f"{len(ranges) - _MAX_RANGES} more"] if len(ranges) > _MAX_RANGES else []
    listed = f" ({', '.join([*ranges[:_MAX_RANGES], *more])})" if ranges else ""
    count, frames = facts.get("frames_with_a_new_mouth"), facts.get("frames")
    if what == WHAT_BLINKS:
        count = sum(map(len, edited))
    return f"{what} in {count} of {frames} frames{listed}"


def _consent(facts: Mapping[str, Any], today: date) -> list[str]:
    agreed = "; ".join(map(describe_agreement, _agreements(facts)))
    gaps = consent_gaps_of(Proof(Signature.VALID, facts=facts), today)
    return [f"consent: {agreed or 'none on file'}", *(gaps if agreed else ())]


def _agreements(facts: Mapping[str, Any]) -> list[Agreement]:
    """Return the agreements in a manifest; without what is not as Lipflap writes it."""
    text = str(facts.get("consent") or "").strip()
    found = [Agreement("", text)] if text else []
    for one in facts.get("agreements", ()):
        try:
            found.append(Agreement(**{**one, "characters": tuple(one["characters"])}))
        except (TypeError, ValueError, KeyError):
            continue
    return found
