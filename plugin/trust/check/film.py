"""The filmed picture of a signed one: what its own manifest was found to be when that signed it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipflap.core.files.sidecar import sidecar
from lipflap.plugin.trust.c2pa_library import NOT_VERIFIED, load_c2pa, offline_context
from lipflap.plugin.trust.check.findings import (
    EXPIRED,
    KNOWN_SIGNER,
    UNKNOWN_SIGNER,
    Signature,
    meanings,
)
from lipflap.plugin.trust.manifest import (
    MANIFEST_ELSEWHERE,
    MANIFEST_UNREADABLE,
    holds_manifest,
    media_type,
)

_STATES = {
    Signature.VALID: "unchanged",
    Signature.CHANGED: "CHANGED before this was made of it",
    Signature.EXPIRED: "unchanged, but its certificate had expired",
}


@dataclass(frozen=True, slots=True)
class Film:
    """A picture that another was made of, and what its own manifest proved then.

    name       of its file
    state      UNSIGNED where its manifest lies on a server, UNREADABLE where it is damaged
    is_known   whether one of the certificates that we trust issued the signer's
    problems   sentences: what did not fit
    """

    name: str
    state: Signature
    signer: str = ""
    is_known: bool = False
    problems: tuple[str, ...] = ()


def film_of(report: Mapping[str, Any]) -> Film | None:
    """Return the film that a report of c2pa tells of; None where the film had no manifest."""
    active = str(report["active_manifest"])
    for one in report["manifests"][active].get("ingredients") or ():
        if one.get("relationship") == "parentOf":
            return _film(one, report, set(_found_since(report, active)))
    return None


def read_film(path: Path) -> Film | None:
    """Return the film of a picture that Lipflap has signed, without a look at the picture.

    None where the film had no manifest, and where that of the picture is gone.
    """
    c2pa, context = load_c2pa(), offline_context(NOT_VERIFIED)
    try:
        manifest = None if holds_manifest(path) else sidecar(path).read_bytes()
        with path.open("rb") as file:
            reader = c2pa.Reader(media_type(path), file, manifest, context=context)
            return film_of(json.loads(reader.json()))
    except (c2pa.C2paError, OSError, ValueError, KeyError):
        return None


def describe_film(film: Film) -> str:
    """Return in words what a film's manifest proved."""
    if film.state == Signature.UNSIGNED:
        return f"film {film.name}: its manifest lies elsewhere, and was not fetched"
    if film.state == Signature.UNREADABLE:
        return f"film {film.name}: its manifest could not be READ"
    known = "" if film.is_known else " (certificate not known here)"
    why = f" ({'; '.join(film.problems)})" if film.problems else ""
    return f"film {film.name}: signed by {film.signer}{known}, {_STATES[film.state]}{why}"


def _film(one: Mapping[str, Any], report: Mapping[str, Any], since: set[str]) -> Film | None:
    name, own = str(one.get("title", "")), one.get("active_manifest")
    codes = set(_codes([one.get("validation_results", {}).get("activeManifest", {})], "failure"))
    if MANIFEST_ELSEWHERE in codes:
        return Film(name, Signature.UNSIGNED)
    if MANIFEST_UNREADABLE in codes:
        return Film(name, Signature.UNREADABLE)
    if own is None:
        return None
    info = report["manifests"].get(own, {}).get("signature_info") or {}
    problems = meanings(codes)
    state = Signature.EXPIRED if EXPIRED in codes else Signature.VALID
    return Film(
        name,
        Signature.CHANGED if problems else state,
        str(info.get("issuer", "")),
        UNKNOWN_SIGNER not in codes or KNOWN_SIGNER in since,
        problems,
    )


def _found_since(report: Mapping[str, Any], active: str) -> Iterator[str]:
    """Yield what is found now of the films of a manifest, and was not when it was signed."""
    for one in (report.get("validation_results") or {}).get("ingredientDeltas") or ():
        if active in str(one.get("ingredientAssertionURI", "")):
            yield from _codes([one.get("validationDeltas", {})], "success")


def _codes(results: Sequence[Mapping[str, Any]], kind: str) -> Iterator[str]:
    for result in results:
        yield from (str(one.get("code", "")) for one in result.get(kind) or ())
