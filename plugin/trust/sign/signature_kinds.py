"""The kinds of signature that C2PA knows, and which a certificate's key makes (RFC 9053)."""

from dataclasses import dataclass
from typing import Any

_EC_KINDS = {"secp256r1": ("ES256", 32), "secp384r1": ("ES384", 48), "secp521r1": ("ES512", 66)}
_DER_SEQUENCE = 0x30


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of signature, and the public key that it is checked with.

    name           as C2PA calls it: ES256, ES384, ES512, PS256 or ED25519
    number_bytes   size of each of the two numbers of an elliptic curve's signature; 0 for others
    """

    name: str
    public_key: Any
    number_bytes: int = 0

    def sign(self, key: Any, data: bytes) -> bytes:
        """Return the signature of data by a private key of this kind."""
        if self.number_bytes:
            return self.raw_signature(key.sign(data, self._ecdsa()))
        if self.name == "PS256":
            return bytes(key.sign(data, _pss(), _sha256()))
        return bytes(key.sign(data))

    def is_key_of(self, key: Any) -> bool:
        """Return whether a private key belongs to the public one."""
        return bool(_as_bytes(key.public_key()) == _as_bytes(self.public_key))

    def raw_signature(self, signature: bytes) -> bytes:
        """Return a signature as C2PA has it: the two numbers of a curve, and not in DER."""
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        size = self.number_bytes
        if not size or len(signature) == 2 * size or signature[:1] != bytes([_DER_SEQUENCE]):
            return signature
        try:
            r, s = decode_dss_signature(signature)
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        except (ValueError, OverflowError):
            return signature

    def is_signature(self, signature: bytes, data: bytes) -> bool:
        """Return whether this is the signature of data."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        size = self.number_bytes
        try:
            if size:
                halves = signature[:size], signature[size:]
                numbers = [int.from_bytes(half, "big") for half in halves]
                self.public_key.verify(encode_dss_signature(*numbers), data, self._ecdsa())
            elif self.name == "PS256":
                self.public_key.verify(signature, data, _pss(), _sha256())
            else:
                self.public_key.verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return len(signature) == 2 * size if size else True

    def _ecdsa(self) -> Any:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        digest = {"ES256": hashes.SHA256, "ES384": hashes.SHA384, "ES512": hashes.SHA512}
        return ec.ECDSA(digest[self.name]())


def kind_of(public_key: Any) -> Kind:
    """Return the kind of signature that a public key checks. Raises ValueError for any other."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(public_key, ec.EllipticCurvePublicKey) and public_key.curve.name in _EC_KINDS:
        name, size = _EC_KINDS[public_key.curve.name]
        return Kind(name, public_key, size)
    if isinstance(public_key, rsa.RSAPublicKey):
        return Kind("PS256", public_key)
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        return Kind("ED25519", public_key)
    raise ValueError("C2PA signs with P-256, P-384, P-521, RSA and Ed25519 keys only")


def _as_bytes(public_key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(public_key.public_bytes(encoding, form))


def _pss() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)


def _sha256() -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()
