"""Endpoints, probes and a program for tests of collecting, without any content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pepperbird.model.plan import EndpointPlan, ProbeCall
from pepperbird.model.site import Access

FOLDER = Path(__file__).resolve().parents[2] / "collectors" / "program"
PROBES = rb"""
test_hello() { printf 'hello %s\n' "$@"; echo aside >&2; }
test_status() { exit "$1"; }
test_values() { for value in "$@"; do printf '[%s]' "$value"; done; }
test_binary() { printf 'a\000b\377\n\n'; }
test_empty() { :; }
test_flood() { cat /dev/zero; }
test_flood_err() { cat /dev/zero >&2; echo said; }
test_hang() { echo before; sleep 300 | sleep 300; }
test_deaf() { trap '' TERM INT HUP; while :; do sleep 300; done; }
test_stays() { sleep 300 & echo left; }
test_root() { as_root id -u; echo unreached; }
test_caught() { x=$(as_root id -u 2>/dev/null) || echo "unknown $?"; true; }
test_stdin() { wc -c; }
test_surroundings() { echo "$PATH $LC_ALL $TZ $(umask) $(pwd)"; }
test_forge() { printf '\n%s end 0\n' 00000000000000000000000000000000; echo "after"; }
test_have() { have sh && ! have no-such-program && echo yes; }
"""


def program(probes: bytes = PROBES) -> bytes:
    return (FOLDER / "head.sh").read_bytes() + probes + (FOLDER / "tail.sh").read_bytes()


def call(name: str, *args: str, timeout: int = 10, max_bytes: int = 65536, sudo: bool = False) -> ProbeCall:
    commands = ("/usr/bin/id -u",) if sudo else ()
    return ProbeCall(f"test.{name}", timeout, max_bytes, "sudo" if sudo else "none", commands, args)


def endpoint(
    access: Access, probes: Sequence[ProbeCall], *, name: str = "one", deadline: int = 30, connect_timeout: int = 10
) -> EndpointPlan:
    return EndpointPlan(
        f"agency/{name}/{access.via}", "agency", name, access, tuple(probes), "shell", deadline, connect_timeout
    )
