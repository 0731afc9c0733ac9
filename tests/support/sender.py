"""A sender of sealed bundles that shares no code with pepperbird: RFC 9180 by hand, over libsodium and hmac.

It is written from docs/security.md alone, as whoever builds another sender would.
"""

from __future__ import annotations

import hashlib
import hmac

from nacl.bindings import crypto_aead_aes256gcm_encrypt, crypto_scalarmult, crypto_scalarmult_base

KEM_SUITE = b"KEM" + (0x0020).to_bytes(2, "big")
SUITE = b"HPKE" + b"".join(one.to_bytes(2, "big") for one in (0x0020, 0x0001, 0x0002))


def extract(salt: bytes, suite: bytes, label: bytes, key: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + key, "sha256")


def expand(key: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    info = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    found, block = b"", b""
    for number in range(1, 255):
        if len(found) >= length:
            break
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        found += block
    return found[:length]


def send(public: bytes, data: bytes, one_time: bytes) -> bytes:
    """A bundle to `public`; `one_time` are 32 random bytes that are used for nothing else."""
    head = b"pepperbird-sealed-1\n" + hashlib.sha256(public).digest()
    enc = crypto_scalarmult_base(one_time)
    shared = expand(
        extract(b"", KEM_SUITE, b"eae_prk", crypto_scalarmult(one_time, public)),
        KEM_SUITE, b"shared_secret", enc + public, 32,
    )  # fmt: skip
    context = b"\x00" + extract(b"", SUITE, b"psk_id_hash", b"") + extract(b"", SUITE, b"info_hash", head)
    secret = extract(shared, SUITE, b"secret", b"")
    key, nonce = expand(secret, SUITE, b"key", context, 32), expand(secret, SUITE, b"base_nonce", context, 12)
    return head + enc + crypto_aead_aes256gcm_encrypt(data, b"", nonce, key)
