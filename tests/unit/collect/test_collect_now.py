"""The program tells its time as finely as the machine can, also where `date` has whole seconds alone."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.require import require

ROOT = Path(__file__).parents[3]
SHELLS = ["dash", "bash", "busybox sh"]
NANO = "    status:       8193 (PLL | NANO)\n    time.tv_sec:  1795503112\n    time.tv_usec: 7458\n"
MICRO = "    status:       64 (UNSYNC)\n    time.tv_sec:  1795503112\n    time.tv_usec: 7458\n"


def told(place: Path, shell: str, programs: dict[str, str]) -> str:
    for name, body in programs.items():
        (place / name).write_text(f"#!/bin/sh\n{body}\n")
        (place / name).chmod(0o755)
    tail = (ROOT / "collectors/program/tail.sh").read_text()
    function = re.search(r"^_pb_now\(\) \{\n.*?^\}\n", tail, re.MULTILINE | re.DOTALL)
    assert function is not None
    require(shell.split(maxsplit=1)[0])
    done = subprocess.run(
        [*shell.split(), "-c", f"PATH={place}:$PATH\n{function[0]}_pb_now"],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.parametrize("shell", SHELLS)
def test_busybox_tells_parts_of_a_second(tmp_path: Path, shell: str) -> None:
    require("busybox")
    real = {name: f'exec busybox {name} "$@"' for name in ("date", "adjtimex")}
    before = time.time_ns()
    seconds, part = told(tmp_path, shell, real).split()
    assert len(part) == 9 and before - 1_000 <= int(seconds + part) <= time.time_ns()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (NANO, "1795503112 000007458"), (MICRO, "1795503112 007458000"),
        ("who knows", "1795503111 %N"), ("", "1795503111 %N"),
    ],
    ids=["nanoseconds", "microseconds", "something else", "nothing"],
)  # fmt: skip
def test_what_the_kernel_keeps_is_read_as_it_says(tmp_path: Path, shell: str, kept: str, expected: str) -> None:
    programs = {"date": "echo 1795503111 %N", "adjtimex": f"printf '%s' '{kept}'"}
    assert told(tmp_path, shell, programs) == expected
