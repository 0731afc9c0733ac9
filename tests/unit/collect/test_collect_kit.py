"""A bundle is taken apart strictly; the script of a kit carries the order of a scan to the byte, and can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.collect.kit_bundle import Brought, read_bundle_bytes
from pepperbird.collect.kit_script import Wording, order, script
from pepperbird.errors import UsageError
from pepperbird.model.gap import GapReason
from pepperbird.model.kit import Kit
from pepperbird.model.plan import EndpointPlan, ProbeCall
from pepperbird.model.site import Access

NONCE = "0123456789abcdef" * 2
KIT = Kit(NONCE, "moh", "srv", "2026-11-24T00:00:00Z", "2026-12-08T00:00:00Z", "sha256:p", "sha256:a")
CALL = ProbeCall("storage.mounts", 10, 1000, "none", args=("/srv/récords", "two\nlines"))
WORDS = Wording("Ministry of Health", "Programme\noffice", "the office", {"storage.mounts": "What is mounted"})
HEAD = {
    "nonce": NONCE, "agency": "moh", "asset": "srv", "user": "root", "host": "srv", "machine": "ab", "shell": "/bin/sh",
    "began": "1", "ended": "2", "asked": "3", "out": "4", "err": "5",
}  # fmt: skip


def endpoint(via: str = "kit") -> EndpointPlan:
    access = Access.model_validate({"via": via, "at": "srv.invalid"})
    return EndpointPlan(f"moh/srv/{via}", "moh", "srv", access, (CALL,), "shell", 5, 5)


def bundle(body: bytes = b"aaaooooeeeee", **changes: str) -> bytes:
    lines = "".join(f"{name} {value}\n" for name, value in (HEAD | changes).items())
    return f"pepperbird bundle 1\n{lines}\n".encode() + body


def test_a_bundle_comes_apart_into_what_was_run_and_what_was_said() -> None:
    found = read_bundle_bytes(bundle(), "x")
    assert (found.asked, found.out, found.err) == (b"aaa", b"oooo", b"eeeee")
    assert (found.nonce, found.asset, found.began) == (NONCE, "srv", 1)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0" * 5000, b"pepperbird bundle 1\n", b"pepperbird bundle 1\n" + b"nonce x\n" * 5000,
        bundle(body=b"aaaooooeeee"), bundle(body=b"aaaooooeeeee\n"), bundle(out="9" * 11), bundle(out="-4"),
        bundle(nonce="x"), bundle(host="a\x1b[2J"), bundle(agency="../x"), bundle(extra="1"),
        bundle().replace(b"\n", b"\r\n"), bundle().replace(b"user root\n", b""), bundle(began="٣"),
    ],
)  # fmt: skip
def test_whatever_else_it_is_gives_one_clear_refusal(data: bytes) -> None:
    with pytest.raises(UsageError, match="send"):
        read_bundle_bytes(data, "x")


def test_the_script_holds_the_order_to_the_byte_and_says_what_it_does() -> None:
    program = b"echo program\n"
    text = script(KIT, endpoint(), program, WORDS)
    wanted = order(KIT, endpoint(), program)
    assert wanted in text
    head, found = text.split(f"cat <<'{NONCE}'\n".encode())
    assert found.split(f"\n{NONCE}\n".encode())[0] + b"\n" == wanted
    about = head.decode().split("\nPATH=")[0]
    assert "only reads" in about
    assert "What is mounted" in about
    assert "Programme\\noffice" in about
    assert all(line.startswith("#") for line in about.strip().splitlines())
    assert not re.search(rb"@[A-Z]+@", head)


@pytest.mark.parametrize("value", ["a\rb", "a\r"])
def test_a_value_that_a_script_cannot_carry_is_refused_before_anything_is_written(value: str) -> None:
    call = ProbeCall("storage.mounts", 10, 1000, "none", args=(value,))
    odd = EndpointPlan("moh/srv/kit", "moh", "srv", Access(via="kit"), (call,), "shell", 5, 5)
    with pytest.raises(UsageError, match="cannot carry"):
        script(KIT, odd, b"echo\n", WORDS)


def said(text: str) -> bytes:
    return text.replace("@", f"\n{NONCE} ").encode()


OUT = said("@hello 1795493261 0\n@begin 0\npassword=hunter2@exit 0\n@end 0\n@done\n")
ERR = said("@hello 1795493261 0\n@begin 0\n@end 0\n@done\n")


def test_a_scan_leaves_the_server_as_it_stands_and_says_what_to_do() -> None:
    (transcript,) = collect([endpoint()], {"shell": b"x"}, (), CollectOptions()).values()
    assert transcript.gap is not None
    assert transcript.gap.reason is GapReason.NOT_ASKED
    assert "pepperbird kit" in transcript.gap.remedy


def test_what_a_kit_brought_is_handed_on_and_nobody_else_is_contacted(tmp_path: Path) -> None:
    brought = {"moh/srv/kit": Brought(NONCE, OUT, ERR, {"user": "root", "kit": NONCE})}
    other = endpoint("ssh")
    options = CollectOptions(root=tmp_path, bundles=brought)
    found = collect([endpoint(), other], {"shell": b"x"}, (), options)
    mine, theirs = found["moh/srv/kit"], found[other.id]
    assert mine.gap is None
    assert mine.probes[CALL.id].stdout == b"password=hunter2"
    assert mine.connection["user"] == "root"
    assert "clock_offset_ms" not in mine.connection
    assert theirs.gap is not None
    assert theirs.gap.reason is GapReason.NOT_ASKED
    assert theirs.sent_bytes == 0
