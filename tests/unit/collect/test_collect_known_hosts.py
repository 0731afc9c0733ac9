"""known_hosts: every form of name, and which keys are vouched for."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from pepperbird.collect.address import Address, parse_address
from pepperbird.collect.interface import CollectOptions, Refused
from pepperbird.collect.known_hosts import (
    Standing,
    entries_for,
    fingerprint,
    parse_known_hosts,
    read_known_hosts,
    standing,
)
from pepperbird.collect.vouch import HostKeyRule
from pepperbird.model.gap import GapReason
from tests.support.require import require
from tests.support.sshd import make_key

KEY = base64.b64encode(b"the right key").decode()
OTHER = base64.b64encode(b"another key").decode()
RIGHT = b"the right key"


def verdict(lines: str, host: str, port: int = 22, key: bytes = RIGHT) -> Standing:
    return standing(entries_for(tuple(parse_known_hosts(lines.splitlines())), Address(host, port)), key)


@pytest.mark.parametrize(
    ("line", "host", "port", "expected"),
    [
        (f"db.example ssh-ed25519 {KEY} comment", "db.example", 22, Standing.KNOWN),
        (f"web.example,db.example ssh-ed25519 {KEY}", "db.example", 22, Standing.KNOWN),
        (f"DB.example ssh-ed25519 {KEY}", "db.example", 22, Standing.KNOWN),
        (f"db.example ssh-ed25519 {KEY}", "db.example", 2222, Standing.UNKNOWN),
        (f"[db.example]:2222 ssh-ed25519 {KEY}", "db.example", 2222, Standing.KNOWN),
        (f"[db.example]:2222 ssh-ed25519 {KEY}", "db.example", 22, Standing.UNKNOWN),
        (f"*.example ssh-ed25519 {KEY}", "db.example", 22, Standing.KNOWN),
        (f"[*.example]:2222 ssh-ed25519 {KEY}", "db.example", 2222, Standing.KNOWN),
        (f"*.example,!db.example ssh-ed25519 {KEY}", "db.example", 22, Standing.UNKNOWN),
        (f"!db.example,*.example ssh-ed25519 {KEY}", "db.example", 22, Standing.UNKNOWN),
        (f"db.exampl? ssh-ed25519 {KEY}", "db.example", 22, Standing.KNOWN),
        (f"db.example ssh-ed25519 {OTHER}", "db.example", 22, Standing.CHANGED),
        (f"db.example ssh-rsa {OTHER}\ndb.example ssh-ed25519 {KEY}", "db.example", 22, Standing.KNOWN),
        (f"@revoked * ssh-ed25519 {KEY}\ndb.example ssh-ed25519 {KEY}", "db.example", 22, Standing.REVOKED),
        (f"@revoked * ssh-ed25519 {OTHER}", "db.example", 22, Standing.UNKNOWN),
        (f"@cert-authority *.example ssh-ed25519 {KEY}", "db.example", 22, Standing.UNKNOWN),
        (f"@strange db.example ssh-ed25519 {KEY}", "db.example", 22, Standing.UNKNOWN),
        (f"# db.example ssh-ed25519 {KEY}", "db.example", 22, Standing.UNKNOWN),
        ("db.example ssh-ed25519 !!!not-base64", "db.example", 22, Standing.UNKNOWN),
        ("db.example", "db.example", 22, Standing.UNKNOWN),
        (f"|1|bad ssh-ed25519 {KEY}", "db.example", 22, Standing.UNKNOWN),
        ("", "db.example", 22, Standing.UNKNOWN),
    ],
)
def test_standing(line: str, host: str, port: int, expected: Standing) -> None:
    assert verdict(line, host, port) is expected


def test_names_that_ssh_itself_has_hashed_are_found(tmp_path: Path) -> None:
    require("ssh-keygen")
    key = make_key(tmp_path / "host").with_suffix(".pub").read_text().split()
    file = tmp_path / "known_hosts"
    file.write_text(f"db.example {key[0]} {key[1]}\n[db.example]:2222 {key[0]} {key[1]}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", file], check=True, capture_output=True)
    assert "db.example" not in file.read_text()
    entries = read_known_hosts(file)
    for address in (Address("db.example"), Address("db.example", 2222)):
        assert standing(entries_for(entries, address), base64.b64decode(key[1])) is Standing.KNOWN
    assert entries_for(entries, Address("web.example")) == []
    shown = subprocess.run(["ssh-keygen", "-lf", tmp_path / "host.pub"], check=True, capture_output=True, text=True)
    assert fingerprint(base64.b64decode(key[1])) in shown.stdout


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    assert read_known_hosts(file) == ()
    file.write_text(f"a ssh-ed25519 {KEY}\n")
    assert len(read_known_hosts(file)) == 1
    file.write_text(f"a ssh-ed25519 {KEY}\nb ssh-ed25519 {KEY}\n")
    assert len(read_known_hosts(file)) == 2


def test_a_known_key_type_is_asked_for_first(tmp_path: Path) -> None:
    (tmp_path / "kh").write_text(f"a ssh-rsa {KEY}\n")
    rule = HostKeyRule(Address("a"), None, CollectOptions(known_hosts=tmp_path / "kh"))
    assert rule.algorithms()[:2] == ("rsa-sha2-512", "rsa-sha2-256")


def test_a_fingerprint_of_the_inventory_alone_decides(tmp_path: Path) -> None:
    (tmp_path / "kh").write_text(f"a ssh-ed25519 {KEY}\n")
    rule = HostKeyRule(Address("a"), fingerprint(b"another key"), CollectOptions(known_hosts=tmp_path / "kh"))
    rule.require("ssh-ed25519", b"another key")
    with pytest.raises(Refused) as refused:
        rule.require("ssh-ed25519", RIGHT)
    assert refused.value.gap.reason is GapReason.HOST_KEY
    assert refused.value.gap.detail.count("SHA256:") == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("db", Address("db")),
        ("DB:2222", Address("db", 2222)),
        ("::1", Address("::1")),
        ("[::1]:2222", Address("::1", 2222)),
        ("ann@db:2222", Address("db", 2222, "ann")),
    ],
)
def test_addresses(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize("text", ["", ":22", "db:", "db:0", "db:99999", "db:x", "-oProxyCommand=reboot", "[::1]:x"])
def test_what_is_no_address(text: str) -> None:
    if text == "db:":
        assert parse_address(text) == Address("db")
        return
    with pytest.raises(Refused):
        parse_address(text)
