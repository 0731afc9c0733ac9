"""Envelopes and keys, held against other people's tools: hashlib and raw Ed25519, openssl, sha256sum."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pepperbird.errors import TrustError, UsageError
from pepperbird.trust.envelope import Envelope, envelope_of, seal, signers_of
from pepperbird.trust.keyfile import read_key, write_key
from pepperbird.trust.keys import PrivateKey, public_of_pem, public_pem
from pepperbird.trust.statement import Kind, Statement, Subject, statement_of
from tests.support.require import require

DIGEST = "sha256:" + hashlib.sha256(b"what a machine said").hexdigest()
STATEMENT = Statement(Kind.EVIDENCE, (Subject("moh/srv/ssh", DIGEST),), {"run": "r1", "peer": "10.0.0.1:22"})
PASSPHRASE = "correct horse battery"


def independently(envelope: bytes, public: bytes) -> dict[str, Any]:
    """A verifier that shares nothing with ours but the public key."""
    value = json.loads(envelope)
    body, kind = base64.b64decode(value["payload"]), value["payloadType"]
    (signature,) = value["signatures"]
    assert signature["keyid"] == hashlib.sha256(public).hexdigest()
    message = f"DSSEv1 {len(kind)} {kind} {len(body)} ".encode() + body
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature["sig"]), message)
    found: dict[str, Any] = json.loads(body)
    return found


def test_an_independent_verifier_agrees() -> None:
    key = PrivateKey.new()
    data = seal(STATEMENT, key).to_bytes()
    found = independently(data, key.public)
    assert found["_type"] == "https://in-toto.io/Statement/v1"
    assert found["subject"] == [{"name": "moh/srv/ssh", "digest": {"sha256": DIGEST[7:]}}]
    assert found["predicateType"] == "urn:pepperbird:evidence:1"
    assert signers_of(envelope_of(data), {key.key_id: key.public}) == (key.key_id,)
    with pytest.raises((InvalidSignature, AssertionError)):
        independently(seal(STATEMENT, PrivateKey.new()).to_bytes(), key.public)


def test_every_changed_byte_is_refused() -> None:
    key = PrivateKey.new()
    data = seal(STATEMENT, key).to_bytes()
    keys = {key.key_id: key.public}
    for place in range(len(data)):
        for other in (data[place] ^ 1, data[place] ^ 0x20):
            changed = data[:place] + bytes([other]) + data[place + 1 :]
            with pytest.raises(TrustError):
                signers_of(envelope_of(changed), keys)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"payload":', b'"payload": '),
        lambda text: text.replace(b'"payloadType":', b'"extra":1,"payloadType":'),
        lambda text: text.replace(b'"signatures":[', b'"payload":"","signatures":['),
        lambda text: text + b"\n",
        lambda text: text.replace(b"in-toto+json", b"other+json"),
        lambda text: b"[" * 100_000,
    ],
)  # fmt: skip
def test_there_is_one_way_to_write_an_envelope(change: Any) -> None:
    data = change(seal(STATEMENT, PrivateKey.new()).to_bytes())
    with pytest.raises(TrustError):
        envelope_of(data)


def test_a_statement_has_one_form_and_only_whole_values() -> None:
    payload = STATEMENT.payload()
    assert statement_of(payload) == STATEMENT
    with pytest.raises(TrustError):
        statement_of(payload.replace(b'"peer":', b'"peer": '))
    with pytest.raises(TrustError):
        statement_of(payload.replace(b"evidence:1", b"evidence:2"))
    with pytest.raises(TrustError):
        Statement(Kind.RUN, (), {"score": 1.5}).payload()


def test_an_unsigned_envelope_names_nobody_and_an_unknown_key_is_refused() -> None:
    assert seal(STATEMENT).key_id == ""
    key = PrivateKey.new()
    envelope = seal(STATEMENT, key)
    with pytest.raises(TrustError, match="does not have"):
        signers_of(envelope, {})
    with pytest.raises(TrustError, match="does not hold"):
        signers_of(Envelope(envelope.payload + b" ", envelope.signatures), {key.key_id: key.public})


def test_a_key_file_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    path, key = tmp_path / "keys" / "collector.pem", PrivateKey.new()
    write_key(path, key, PASSPHRASE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert read_key(path, PASSPHRASE).key_id == key.key_id
    for wrong in ("", "correct horse batterz"):
        with pytest.raises(UsageError, match="passphrase is wrong"):
            read_key(path, wrong)
    assert key.secret_bytes() not in path.read_bytes()
    assert key.secret_bytes().hex() not in repr(key)
    with pytest.raises(UsageError, match="never overwritten"):
        write_key(path, key, PASSPHRASE)
    with pytest.raises(UsageError, match="at least 12"):
        write_key(tmp_path / "other.pem", key, "short")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_a_key_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "k.pem"
    write_key(path, PrivateKey.new(), PASSPHRASE)
    path.chmod(mode)
    with pytest.raises(UsageError, match="chmod 600"):
        read_key(path, PASSPHRASE)


def test_a_link_and_a_folder_are_no_key(tmp_path: Path) -> None:
    write_key(tmp_path / "k.pem", PrivateKey.new(), PASSPHRASE)
    (tmp_path / "link.pem").symlink_to(tmp_path / "k.pem")
    for path in (tmp_path / "link.pem", tmp_path, tmp_path / "none.pem"):
        with pytest.raises(UsageError):
            read_key(path, PASSPHRASE)


def test_openssl_opens_the_key_file_and_says_the_same_public_key(tmp_path: Path) -> None:
    require("openssl")
    path, key = tmp_path / "k.pem", PrivateKey.new()
    write_key(path, key, PASSPHRASE)
    (tmp_path / "pass").write_text(PASSPHRASE)
    done = subprocess.run(
        ["openssl", "pkey", "-in", str(path), "-passin", f"file:{tmp_path / 'pass'}", "-pubout"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == public_pem(key.public)
    assert public_of_pem(done.stdout, "k") == key.public
    with pytest.raises(UsageError, match="not a public key"):
        public_of_pem(path.read_bytes(), "k")
