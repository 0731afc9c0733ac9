"""The signature below the result of a drill: by `ssh-keygen -Y sign` with Ed25519, or by `openssl dgst` with P-256.

Only says which key a signature is of, by its fingerprint as `ssh-keygen -l` writes it (for a key of openssl: SHA-256 of
its public half, the same way). Whose key that is, nobody knows here.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

NAMESPACE: Final = b"pepperbird-drill"
_SSH: Final = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----")
_OPENSSL: Final = ("-----BEGIN OPENSSL SIGNATURE-----", "-----END OPENSSL SIGNATURE-----")
_MAGIC: Final = b"SSHSIG\0\0\0\1"
_ED25519: Final = b"ssh-ed25519"
_HASHES: Final = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}


def signer(signed: bytes, lines: list[str]) -> str:
    """`SHA256:...` of the key whose signature over these bytes holds; '' where there is none, or it does not hold."""
    try:
        if (lines[:1], lines[-1:]) == ([_SSH[0]], [_SSH[1]]):
            return _ssh(signed, base64.b64decode("".join(lines[1:-1]), validate=True))
        if (lines[:1], lines[-1:]) == ([_OPENSSL[0]], [_OPENSSL[1]]) and len(lines) == 4:
            public, signature = (base64.b64decode(line, validate=True) for line in lines[1:3])
            return _openssl(signed, public, signature)
    except (ValueError, InvalidSignature):
        pass
    return ""


def _ssh(signed: bytes, blob: bytes) -> str:
    if not blob.startswith(_MAGIC):
        raise ValueError("no signature of ssh-keygen")
    public, namespace, reserved, digest, signature = _strings(blob[len(_MAGIC) :], 5)
    kind, key = _strings(public, 2)
    how, raw = _strings(signature, 2)
    if (kind, how, namespace) != (_ED25519, _ED25519, NAMESPACE) or digest not in _HASHES:
        raise ValueError("a signature of another kind, or for another purpose")
    over = b"SSHSIG" + b"".join(map(_string, (namespace, reserved, digest, _HASHES[digest](signed).digest())))
    Ed25519PublicKey.from_public_bytes(key).verify(raw, over)
    return fingerprint(public)


def _openssl(signed: bytes, public: bytes, signature: bytes) -> str:
    key = load_der_public_key(public)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("a key of another kind")
    key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    return fingerprint(public)


def fingerprint(public: bytes) -> str:
    """Of a public key as it is written on the wire or in DER."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")


def _strings(data: bytes, count: int) -> list[bytes]:
    """So many strings, each after its length in four bytes, and nothing behind them."""
    found = []
    for _ in range(count):
        size = int.from_bytes(data[:4], "big")
        if len(data) < 4 + size:
            raise ValueError("cut short")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    if data:
        raise ValueError("more than there should be")
    return found


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
