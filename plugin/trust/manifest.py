"""Sign a file with a C2PA manifest beside it, and check the manifest beside or in a file.

SH010.mov         as it was rendered, byte for byte
SH010.mov.c2pa    who signed it, what was edited, and the hash of the file
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes
from lipflap.plugin.trust.studio_keys import INSTALL, StudioKeys

_TYPES = {
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
SIGNABLE = tuple(_TYPES)
_COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
FACTS = "lipflap.dub"  # our own assertion in a manifest
_ASKS_FOR_LIST = "signingCredential.untrusted"  # a studio's own root is on nobody's list


class Signature(StrEnum):
    """The state of a file's signature."""

    VALID = "valid"
    CHANGED = "changed"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a manifest proves of a file.

    signer    organisation in the certificate; whether it is who it says, the certificate's root
              has to tell
    facts     what Lipflap noted of the edit; empty for files of others
    problems  codes of C2PA for what does not fit
    """

    state: Signature
    signer: str = ""
    facts: Mapping[str, Any] | None = None
    problems: tuple[str, ...] = ()


def sidecar(path: Path) -> Path:
    """Return the place of a file's manifest."""
    return path.with_name(f"{path.name}.c2pa")


def sign_file(path: Path, facts: Mapping[str, Any], keys: StudioKeys, generator: str) -> Path:
    """Write the signed manifest of a file beside it; return its path. Raises DubError."""
    c2pa = _c2pa()
    if path.suffix.casefold() not in _TYPES:
        raise DubError(
            f"cannot be signed: C2PA has no form for {path.suffix} files.",
            where=str(path),
            fix=f"Render to one of {', '.join(SIGNABLE)}.",
        )
    builder = c2pa.Builder(_manifest(path, facts, generator))
    builder.set_no_embed()
    try:
        signer = _signer(keys)
        with path.open("rb") as file:
            manifest = builder.sign(signer, _TYPES[path.suffix.casefold()], file, _Nowhere())
    except (c2pa.C2paError, OSError, ValueError) as problem:
        raise DubError(
            f"cannot be signed: {type(problem).__name__}.",
            where=str(path),
            fix="Check the file and the keys in the folder that `lipflap trust init` named.",
        ) from problem
    write_bytes(sidecar(path), manifest)
    return sidecar(path)


def check_file(path: Path) -> Proof:
    """Return what the manifest beside a file proves, else that in it. Raises DubError."""
    c2pa = _c2pa()
    kind = _TYPES.get(path.suffix.casefold())
    if kind is None:
        return Proof(Signature.UNSIGNED)
    try:
        beside = sidecar(path).read_bytes() if sidecar(path).is_file() else None
        with path.open("rb") as file:
            found = c2pa.Reader(kind, file, beside) if beside else c2pa.Reader(kind, file)
            report = json.loads(found.json())
    except c2pa.C2paError as problem:
        if type(problem).__name__.endswith("ManifestNotFound"):
            return Proof(Signature.UNSIGNED)
        return Proof(Signature.CHANGED, problems=("manifest cannot be read",))
    except OSError as problem:
        raise DubError(f"cannot be read: {problem.strerror}.", where=str(path)) from problem
    return _proof(report)


def _proof(report: Mapping[str, Any]) -> Proof:
    active = report["manifests"][report["active_manifest"]]
    codes = {str(one["code"]) for one in report.get("validation_status", ())} - {_ASKS_FOR_LIST}
    facts = {one["label"]: one["data"] for one in active.get("assertions", ())}.get(FACTS)
    signer = str((active.get("signature_info") or {}).get("issuer", ""))
    state = Signature.CHANGED if codes else Signature.VALID
    return Proof(state, signer, facts, tuple(sorted(codes)))


def _manifest(path: Path, facts: Mapping[str, Any], generator: str) -> dict[str, Any]:
    name, _, version = generator.partition(" ")
    made = {"action": "c2pa.created", "digitalSourceType": _COMPOSITE}
    edited = {"action": "c2pa.edited", "digitalSourceType": _COMPOSITE}
    edited["description"] = "AI-edited mouth"
    return {
        "claim_generator_info": [{"name": name, "version": version}],
        "title": path.name,
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [made, edited]}},
            {"label": FACTS, "data": dict(facts)},
        ],
    }


def _signer(keys: StudioKeys) -> Any:
    """Return a signer that uses the key without giving it away. Raises DubError."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if not (keys.key.is_file() and keys.certificates.is_file()):
        raise DubError("holds no keys.", where=str(keys.folder), fix="Run `lipflap trust init`.")
    key = serialization.load_pem_private_key(keys.key.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise DubError("holds no key of ours.", where=str(keys.folder))

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    c2pa = _c2pa()
    algorithm = c2pa.C2paSigningAlg.ES256
    return c2pa.Signer.from_callback(sign, algorithm, keys.certificates.read_text(), None)


def _c2pa() -> Any:
    try:
        import c2pa
    except ImportError as problem:
        raise DubError("needs c2pa-python.", where="lipflap trust", fix=INSTALL) from problem
    return c2pa


class _Nowhere(io.RawIOBase):
    """A stream that keeps nothing: the file that C2PA would write is the one that is there."""

    def __init__(self) -> None:
        self._at = self._size = 0

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._at += len(data)
        self._size = max(self._size, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at
