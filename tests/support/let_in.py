"""A machine that only root can enter, and a site that has it: for tests of how a scan is let in, and out again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.machines import Machine, missing
from tests.support.require import lacking

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "pepperbird"


@contextmanager
def closed_machine(folder: Path, name: str, number: int) -> Iterator[tuple[Machine, Path]]:
    """A booted machine without an account for scans, and the folder of a site that declares it as `db-1`."""
    absent = missing()
    if absent:
        lacking(", ".join(absent))
    # Two workers may run tests of this kind side by side: each has a number of its own.
    number += int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 2
    site = folder / "site"
    (site / "agencies").mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", site / "key"], check=True)
    (site / "site.yaml").write_text("name: Test\ndefaults: {identity: key, deadline: 60}\n")
    (site / "agencies" / "moh.yaml").write_text(
        "id: moh\nname: Ministry of Health\ntier: standard\nassets:\n"
        f"  - {{id: db-1, kind: linux-server, access: [{{via: ssh, at: 10.213.{number}.2, as: {ACCOUNT}}}]}}\n"
    )
    with Machine(f"{name}{number}", number, "no-account.sh", folder / "m", "none\n") as machine:
        (site / "known_hosts").write_text("\n".join(machine.host_keys()) + "\n")
        yield machine, site


def pepperbird(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pepperbird", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_script(machine: Machine, script: str, shell: str = "sh") -> str:
    """Run a script inside as root, from a file as an administrator would; gives what it said, errors too."""
    inside = "/root/script.sh"
    machine.run(f"cat > {inside} <<'END OF SCRIPT'\n{script}END OF SCRIPT\n")
    try:
        return machine.run(f"{shell} {inside} 2>&1")
    except subprocess.CalledProcessError as error:
        pytest.fail(f"the script ended with {error.returncode}: {error.stdout}")
    finally:
        machine.run(f"rm -f {inside}")


def login(machine: Machine, site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The ssh program as the account; `arguments` come before and after the address as given."""
    return subprocess.run(
        [
            "ssh", "-F", "none", "-i", site / "key", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
            "-o", f"UserKnownHostsFile={site / 'known_hosts'}", "-l", ACCOUNT, *arguments,
        ],
        capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
