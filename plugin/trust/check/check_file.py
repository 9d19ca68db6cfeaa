"""Check a file's manifest: who signed, whether anything changed since, what was edited."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.sidecar import sidecar
from lipflap.plugin.trust.c2pa_library import load_c2pa, offline_context
from lipflap.plugin.trust.check.film import Film, film_of
from lipflap.plugin.trust.check.findings import EXPIRED, UNKNOWN_SIGNER, Signature, meanings
from lipflap.plugin.trust.check.strict_store import is_strict
from lipflap.plugin.trust.facts import is_well_formed
from lipflap.plugin.trust.manifest import FACTS, media_type, mentions_manifest
from lipflap.plugin.trust.open_boxes import open_boxes_sha256

_NUMBER = re.compile(r"-?\d+(?=\D*$)")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a manifest proves of a file.

    signer     organisation in the certificate
    is_known   whether one of the certificates that we trust issued it
    facts      what Lipflap noted of the edit; empty for files of others
    actions    names of what was done, as C2PA has them, for files of others
    problems   sentences: what does not fit
    film       what it was made of, where that had a manifest of its own
    """

    state: Signature
    signer: str = ""
    is_known: bool = False
    facts: Mapping[str, Any] | None = None
    actions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    film: Film | None = None


_ELSEWHERE = "its manifest is not fetched from where it is said to be"
_HIDDEN = "it holds a manifest, but not where one is looked for"
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)  # of a manifest that is none


def check_file(path: Path, known: Sequence[str] = ()) -> Proof:
    """Return what the manifest in a file proves, else that beside it. Raises DubError.

    known   certificates in PEM whose signatures are known to be who they say
    """
    c2pa = load_c2pa()
    beside = sidecar(path).is_file()
    try:
        found, place = _report(path, known, None), None
        if isinstance(found, str) and beside:
            place = sidecar(path)
            found = _report(path, known, place.read_bytes())
        return (
            _without_manifest(path, found) if isinstance(found, str) else _proof(path, place, found)
        )
    except (c2pa.C2paError, *_MALFORMED):
        if beside or mentions_manifest(path):
            return Proof(Signature.CHANGED, problems=("its manifest cannot be read",))
        return Proof(Signature.UNREADABLE, problems=("it is damaged, or not what its name says",))
    except OSError as problem:
        raise DubError(f"cannot be read: {problem.strerror}.", where=str(path)) from problem


def _report(path: Path, known: Sequence[str], manifest: bytes | None) -> dict[str, Any] | str:
    """Return what c2pa says of a file, or where its manifest is said to be if it holds none.

    That is an address, or empty where nothing is said. Raises C2paError.
    """
    c2pa = load_c2pa()
    trust = {"trust": {"user_anchors": "\n".join(known)}} if known else {}
    context, kind = offline_context(trust), media_type(path)
    try:
        with path.open("rb") as file:
            found: dict[str, Any] = json.loads(
                c2pa.Reader(kind, file, manifest, context=context).json()
            )
            return found
    except c2pa.C2paError as problem:
        if manifest is None and type(problem).__name__.lstrip("_") in _NO_MANIFEST:
            return ""
        if manifest is None and (elsewhere := _REMOTE.match(str(problem))):
            return elsewhere[1]
        raise


_NO_MANIFEST = ("C2paManifestNotFound", "C2paNotSupported")
_REMOTE = re.compile(r"Remote: must fetch remote manifests from url (.*)", re.DOTALL)


def _without_manifest(path: Path, elsewhere: str) -> Proof:
    if elsewhere:
        return Proof(Signature.UNSIGNED, problems=(f"{_ELSEWHERE}: {elsewhere}",))
    if mentions_manifest(path):
        return Proof(Signature.CHANGED, problems=(_HIDDEN,))
    return Proof(Signature.UNSIGNED)


def _proof(path: Path, beside: Path | None, report: Mapping[str, Any]) -> Proof:
    active = report["manifests"][report["active_manifest"]]
    codes = {str(one["code"]) for one in report.get("validation_status") or ()}
    assertions = {one["label"]: one["data"] for one in active.get("assertions", ())}
    facts = assertions.get(FACTS)
    problems = list(meanings(codes))
    if facts is not None and not is_well_formed(facts):
        facts = None
        problems.append("what it says of the dub is not as Lipflap writes it")
    if facts is not None:
        problems += _own_problems(path, beside, facts)
    actions = [
        str(one.get("action", ""))
        for label, data in assertions.items()
        if label.startswith("c2pa.actions")
        for one in data.get("actions", ())
    ]
    state = Signature.EXPIRED if EXPIRED in codes else Signature.VALID
    return Proof(
        state=Signature.CHANGED if problems else state,
        signer=str((active.get("signature_info") or {}).get("issuer", "")),
        is_known=UNKNOWN_SIGNER not in codes,
        facts=facts,
        actions=tuple(dict.fromkeys(actions)),
        problems=tuple(dict.fromkeys(problems)),
        film=film_of(report),
    )


def _own_problems(path: Path, beside: Path | None, facts: Mapping[str, Any]) -> list[str]:
    """Return what C2PA itself does not check: open boxes, and the place of a still."""
    problems = []
    try:
        opened = open_boxes_sha256(path)
    except DubError:
        opened = "unreadable"
    if facts.get("unhashed_sha256", "") != opened:
        problems.append("a box of its header was changed")
    if not is_strict(path, beside):
        problems.append("a part of the manifest that the signature leaves open was changed")
    still = facts.get("still")
    if isinstance(still, dict):
        number = _NUMBER.search(path.stem)
        if number is None or int(number[0]) != still.get("number"):
            problems.append(f"it was signed as number {still.get('number')} of its sequence")
    return problems
