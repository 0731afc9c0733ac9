"""A private key in a file: PKCS#8 PEM under a passphrase, readable by its owner alone.

The passphrase is stretched with scrypt (16 MB, five passes). The library's own `BestAvailableEncryption` takes 2,048
rounds of PBKDF2, which a graphics card tries by the million, so the wrapping is written here; any tool that knows
PKCS#8 with scrypt opens the file (`openssl pkey -in FILE`).
"""

from __future__ import annotations

import base64
import os
import stat
import textwrap
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pepperbird.errors import UsageError
from pepperbird.trust.keys import PrivateKey

MIN_PASSPHRASE = 12
MAX_FILE = 16 * 1024
_COST, _BLOCK, _PASSES = 1 << 14, 8, 5
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES256_CBC = bytes.fromhex("060960864801650304012a")
_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
"""PKCS#8 of an Ed25519 key up to its 32 secret bytes."""
_HEAD, _FOOT = "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"


def write_key(path: Path, key: PrivateKey, passphrase: str) -> None:
    """Write a new key file, mode 0600. Raises UsageError: too short a passphrase, a file that exists, no right."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise UsageError(f"the passphrase has {len(passphrase)} characters; take at least {MIN_PASSPHRASE}")
    data = wrapped(key, passphrase, salt=os.urandom(16), start=os.urandom(16))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path}: exists already; a key is never overwritten") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path, passphrase: str) -> PrivateKey:
    """The key in a file that only this account may read. Raises UsageError with what to do."""
    data = _private(path)
    try:
        if _HEAD.encode() not in data:
            raise UsageError(f"{path}: not a key under a passphrase; make one with `pepperbird keys new`")
        key = load_pem_private_key(data, passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path}: not opened: the passphrase is wrong, or the file is damaged") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: not an Ed25519 key")
    return PrivateKey(key)


def wrapped(key: PrivateKey, passphrase: str, *, salt: bytes, start: bytes) -> bytes:
    """The PEM of `key` under `passphrase`; `salt` and `start` (of the cipher) are 16 random bytes each."""
    secret = Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_PASSES).derive(passphrase.encode())
    padder = PKCS7(128).padder()
    plain = padder.update(_ED25519 + key.secret_bytes()) + padder.finalize()
    encryptor = Cipher(algorithms.AES256(secret), modes.CBC(start)).encryptor()
    body = encryptor.update(plain) + encryptor.finalize()
    stretch = _sequence(_SCRYPT, _sequence(_octets(salt), _number(_COST), _number(_BLOCK), _number(_PASSES)))
    cipher = _sequence(_AES256_CBC, _octets(start))
    whole = _sequence(_sequence(_PBES2, _sequence(stretch, cipher)), _octets(body))
    lines = textwrap.wrap(base64.b64encode(whole).decode(), 64)
    return "\n".join([_HEAD, *lines, _FOOT, ""]).encode()


def _private(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise UsageError(f"{path}: the key cannot be read: {error.strerror}") from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"{path}: not a plain file")
        if found.st_uid != os.geteuid():
            raise UsageError(f"{path}: belongs to another account; a key is owned by the account that signs with it")
        if found.st_mode & 0o077:
            raise UsageError(f"{path}: others may read or change it (mode {found.st_mode & 0o777:o}); chmod 600 {path}")
        return os.read(handle, MAX_FILE)
    finally:
        os.close(handle)


def _tagged(tag: int, body: bytes) -> bytes:
    length = len(body)
    size = bytes([length]) if length < 128 else bytes([0x81, length])
    return bytes([tag]) + size + body


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _octets(body: bytes) -> bytes:
    return _tagged(0x04, body)


def _number(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
