"""The algorithms that a daemon is set to use: by its files, by its command line, and by those of GSSAPI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.sshd import daemons

WELL = (Path(__file__).resolve().parents[3] / "collectors/sshd/samples/debian-12-well-kept/daemons.out").read_bytes()
COMMAND = b"/usr/sbin/sshd -D"
KERBEROS = "toWM5Slw5Ew8Mqkay+al2g=="


def offers(*changes: tuple[bytes, bytes]) -> dict[str, Any]:
    """Of the one daemon of a real answer in which this was changed."""
    told = WELL
    for old, new in changes:
        assert old in told, old
        told = told.replace(old, new)
    (row,) = daemons(told)["offers"]
    return dict(row)


def test_it_is_what_sshd_prints() -> None:
    row = offers()
    assert row["kex_algorithms"] == [
        "curve25519-sha256", "curve25519-sha256@libssh.org", "diffie-hellman-group16-sha512",
    ]  # fmt: skip
    assert "aes128-cbc" not in row["ciphers"]


def test_a_list_on_the_command_line_is_what_holds() -> None:
    row = offers((COMMAND, COMMAND + b" -oCiphers=aes256-ctr,aes128-cbc -o MACs hmac-md5"))
    assert (row["ciphers"], row["macs"]) == (["aes256-ctr", "aes128-cbc"], ["hmac-md5"])


@pytest.mark.parametrize("change", [b"+aes128-cbc", b"-aes256-ctr", b"^aes128-cbc"])
def test_what_changes_a_list_on_the_command_line_is_a_gap(change: bytes) -> None:
    found = offers((COMMAND, COMMAND + b" -o Ciphers=" + change))["ciphers"]
    assert isinstance(found, Gap) and found.reason is GapReason.UNSUPPORTED
    assert "-o ciphers" in found.detail


@pytest.mark.parametrize("on", [(b"set gssapikeyexchange no", b"set gssapikeyexchange yes"),
                                (COMMAND, COMMAND + b" -o GSSAPIKeyExchange=yes")])  # fmt: skip
def test_those_of_gssapi_count_where_it_is_on_by_their_names_on_the_wire(on: tuple[bytes, bytes]) -> None:
    assert not any(one.startswith("gss-") for one in offers()["kex_algorithms"])
    weak = (b"set gssapikexalgorithms ", b"set gssapikexalgorithms gss-group14-sha1-,")
    assert f"gss-group14-sha1-{KERBEROS}" in offers(on, weak)["kex_algorithms"]


def test_what_it_does_not_tell_is_a_gap() -> None:
    found = offers((b"set macs ", b"set other "))["macs"]
    assert isinstance(found, Gap) and found.reason is GapReason.PARSE
    quiet = offers((b"set gssapikeyexchange no", b"set gssapikeyexchange yes"),
                   (b"set gssapikexalgorithms ", b"set other "))["kex_algorithms"]  # fmt: skip
    assert isinstance(quiet, Gap) and quiet.reason is GapReason.PARSE
