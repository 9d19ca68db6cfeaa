"""Who signs: certificates, and the key or the studio's signing service that goes with them.

    --sign-cert CHAIN.pem --sign-key KEY.pem         a key in a file
    --sign-cert CHAIN.pem --sign-command "PROGRAM"   a program that is given bytes and returns
                                                     their signature: the key stays where it is

The key of a file is read by this process alone: orders, results and farm machines never see it.
"""

import hashlib
import io
import json
import logging
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lipflap.core.errors import DubError
from lipflap.plugin.trust.c2pa_library import load_c2pa, load_cryptography, offline_context
from lipflap.plugin.trust.nowhere import Nowhere
from lipflap.plugin.trust.sign.signature_kinds import Kind, kind_of

_SERVICE_TIMEOUT_S = 120
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Signing:
    """What signs.

    certificates  PEM file: the signer's certificate first, then those that issued it
    key           PEM file of its private key; None where the command signs
    command       program and arguments of the studio's signing service
    """

    certificates: Path
    key: Path | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenSigner:
    """A signer that is ready: its certificate was read, and what signs was found to fit it.

    organisation        that the certificate names
    certificate_sha256  hash of all certificates
    c2pa                the signer as c2pa-python has it
    problems            why signing failed, the last at the end
    """

    organisation: str
    certificate_sha256: str
    c2pa: Any
    problems: list[DubError]


def open_signer(signing: Signing) -> OpenSigner:
    """Return a signer, after a trial that C2PA checks. Raises DubError where it could not sign."""
    library = load_c2pa()
    kind, organisation, chain = _certificates(signing.certificates)
    sign_raw = _with_command(signing, kind) if signing.command else _with_key(signing, kind)
    problems: list[DubError] = []

    def sign(data: bytes) -> bytes:
        try:
            return sign_raw(bytes(data))
        except DubError as problem:  # c2pa drops what a callback raises
            problems.append(problem)
            raise

    algorithm = getattr(library.C2paSigningAlg, kind.name)
    try:
        made = library.Signer.from_callback(sign, algorithm, chain.decode("ascii"), None)
    except (library.C2paError, ValueError) as problem:
        raise DubError(
            f"cannot sign: {problem}.", where=str(signing.certificates), fix=_CHAIN_FIX
        ) from problem
    signer = OpenSigner(organisation, hashlib.sha256(chain).hexdigest(), made, problems)
    _try(signer, signing.certificates)
    return signer


def _try(signer: OpenSigner, certificates: Path) -> None:
    """Sign a few bytes, and check that. Raises DubError, saying why it could not be."""
    library, kind = load_c2pa(), "application/octet-stream"
    try:
        trial = {"label": "c2pa.actions", "data": {"actions": [_TRIAL]}}
        context = offline_context({})
        builder = library.Builder({"assertions": [trial]}, context=context)
        builder.set_no_embed()
        manifest = builder.sign(signer.c2pa, kind, io.BytesIO(b"Lipflap"), Nowhere())
        reader = library.Reader(kind, io.BytesIO(b"Lipflap"), manifest, context=context)
        said = json.loads(reader.json())
    except (library.C2paError, ValueError) as problem:
        if signer.problems:
            raise signer.problems[-1] from problem
        why = str(problem).rpartition(": ")[2]
    else:
        if said["validation_state"] != "Invalid":
            return
        why = ", ".join(sorted({one["code"] for one in said["validation_status"]}))
    raise DubError(f"cannot sign as C2PA wants it: {why}.", where=str(certificates), fix=_CHAIN_FIX)


_CHAIN_FIX = (
    "Give the signer's certificate in PEM, followed by those that issued it; it has to be for "
    "e-mail protection or document signing, valid today, and not self-signed."
)
_TRIAL = {
    "action": "c2pa.created",
    "digitalSourceType": "http://c2pa.org/digitalsourcetype/empty",
}


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise DubError(
            f"cannot be read: {problem.strerror}.",
            where=str(path),
            fix=f"Give the {what} that signs, or run `lipflap trust init`.",
        ) from problem


def _certificates(path: Path) -> tuple[Kind, str, bytes]:
    """Return how the first of some certificates signs, its organisation, and all in plain PEM.

    Whatever else their file holds, such as names beside them, goes nowhere. Raises DubError.
    """
    load_cryptography()
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    try:
        certificates = x509.load_pem_x509_certificates(_read(path, "certificate"))
        certificate = certificates[0]
        kind = kind_of(certificate.public_key())
    except (ValueError, TypeError) as problem:
        raise DubError(
            f"holds no certificate that can sign: {problem}.", where=str(path), fix=_CHAIN_FIX
        ) from problem
    names = [
        str(name.value)
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        for name in certificate.subject.get_attributes_for_oid(oid)
    ]
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
    return kind, names[0] if names else "a certificate without a name", chain


@lru_cache  # once a run
def _warn_of_open_key(key: Path) -> None:
    """Warn of a key that others on this machine can read."""
    mode = key.stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        _log.warning("%s can be read by others (mode %o). Protect it: chmod 600", key, mode)


def _with_key(signing: Signing, kind: Kind) -> Callable[[bytes], bytes]:
    """Return what signs with the key of a file. Raises DubError when it is not the right one."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    assert signing.key is not None
    where = str(signing.key)
    try:
        key: Any = serialization.load_pem_private_key(_read(signing.key, "key"), None)
    except TypeError as problem:
        fix = "Sign with --sign-command, whose program may ask for it."
        raise DubError("is locked with a password.", where=where, fix=fix) from problem
    except (ValueError, UnsupportedAlgorithm) as problem:
        # Without the reason: it might quote the key.
        raise DubError(
            "is not a private key in PEM.", where=where, fix="Give another file."
        ) from problem
    _warn_of_open_key(signing.key)
    if not kind.is_key_of(key):
        raise DubError(
            f"is not the key of the certificate in {signing.certificates}.",
            where=where,
            fix="Give the key and the certificate that belong together.",
        )
    return lambda data: kind.sign(key, data)


def _with_command(signing: Signing, kind: Kind) -> Callable[[bytes], bytes]:
    """Return what lets the studio's signing service sign."""
    where = signing.command[0]

    def sign(data: bytes) -> bytes:
        try:
            done = subprocess.run(
                signing.command, input=data, capture_output=True, timeout=_SERVICE_TIMEOUT_S
            )
        except OSError as problem:
            raise DubError(
                f"cannot be run to sign: {problem.strerror}.",
                where=where,
                fix="Correct --sign-command.",
            ) from problem
        except subprocess.TimeoutExpired as problem:
            raise DubError(
                f"did not sign within {_SERVICE_TIMEOUT_S} s.", where=where, fix="Run it again."
            ) from problem
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-300:].rstrip(".")
            raise DubError(
                f"refused to sign (exit code {done.returncode}): {said or 'it said nothing'}.",
                where=where,
                fix="Ask whoever runs it.",
            )
        signature = kind.raw_signature(done.stdout)
        if not kind.is_signature(signature, data):
            raise DubError(
                f"returned what is no signature of the certificate in {signing.certificates}.",
                where=where,
                fix="Give the certificate of the key that it signs with.",
            )
        return signature

    return sign
