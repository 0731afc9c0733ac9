"""Redaction by the rules of the content: what must not leave, what must stay readable, and in how much time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from pepperbird.collect.redact import Redactor, redactor_of
from pepperbird.errors import ContentError
from pepperbird.model.collector import RedactionRule, Redactions

RULES = Path(__file__).resolve().parents[3] / "collectors" / "redactions.yaml"


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return redactor_of(Redactions.model_validate(yaml.safe_load(RULES.read_text())).rules)


@pytest.mark.parametrize(
    "text",
    [
        b"root:$6$abcdefgh$HUNTER2.HUNTER2/xyz:19000:0:99999:7:::",
        b"root:$y$j9T$abcdefgh$HUNTER2HUNTER2:19000:",
        b"user:$2y$05$HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nHUNTER2\nHUNTER2==\n-----END OPENSSH PRIVATE KEY-----",
        b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nHUNTER2\nHUNTER2",
        b"-----BEGIN PRIVATE KEY-----\nHUNTER2\n-----END PRIVATE KEY-----",
        b"deb https://user:HUNTER2@repo.example/debian stable main",
        b"RESTIC_PASSWORD=HUNTER2",
        b"export AWS_SECRET_ACCESS_KEY='HUNTER2 HUNTER2'",
        b'{"password": "HUNTER2 a b"}',
        b"Password : HUNTER2",
        b"passphrase=HUNTER2",
        b"Authorization: Bearer HUNTER2.x",
        b"api_key = HUNTER2",
        b"token: HUNTER2",
        b"credentials=HUNTER2",
        b'Proxy "http://HUNTER2:HUNTER2@proxy:3128"',
        b"SCRAM-SHA-256$4096:HUNTER2=$HUNTER2:HUNTER2=",
    ],
)
def test_a_secret_does_not_leave(redactor: Redactor, text: bytes) -> None:
    for whole in (text, b"before\n" + text + b"\nafter\n"):
        data, count = redactor.clean(whole)
        assert b"HUNTER2" not in data
        assert count >= 1
    assert not data.startswith(text[:5]) and data.startswith(b"before\n")


@pytest.mark.parametrize(
    "text",
    [
        b"passwordauthentication no\npermitemptypasswords yes\nkbdinteractiveauthentication no\n",
        b"/dev/sda1 / ext4 rw,relatime,errors=remount-ro 0 0\n",
        b"keyutils 1.6.3-2 install ok installed\npasswd 1:4.13+dfsg1 install ok installed\n",
        b'{"name":"sda","fstype":"ext4","uuid":"0b1e3bd2-6c1b-4a0f-8f5a-1f4f5a6b7c8d"}\n',
        b"deb [signed-by=/usr/share/keyrings/x.gpg] https://deb.debian.org/debian bookworm main\n",
        b"hostkey /etc/ssh/ssh_host_ed25519_key\nhostkeyalgorithms ssh-ed25519,rsa-sha2-512\n",
        b"LISTEN 0 128 [::]:22 [::]:*\n",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        b"",
    ],
)
def test_what_checks_read_stays_as_it_is(redactor: Redactor, text: bytes) -> None:
    assert redactor.clean(text) == (text, 0)


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN ",
        b"-----BEGIN PRIVATE KEY-----",
        b"://",
        b"://a:",
        b"password=",
        b'password="',
        b"token",
        b"$6$",
        b"eyJaaaaaaaaaa.",
        b"A",
        b"\n",
        b"md5",
        b"password \t",
    ],
)
def test_no_text_takes_long(redactor: Redactor, text: bytes) -> None:
    begun = time.process_time()
    redactor.clean(text * (1_000_000 // len(text)))
    assert time.process_time() - begun < 2


def test_a_rule_that_is_no_rule_is_told() -> None:
    with pytest.raises(ContentError, match="broken"):
        redactor_of([RedactionRule(id="broken", doc="d", pattern="(", put="")])
    with pytest.raises(ContentError, match="broken"):
        redactor_of([RedactionRule(id="broken", doc="d", pattern="a", put=r"\9")])
