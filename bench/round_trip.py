"""A whole `pepperbird scan` of one host over SSH, against `ssh` running the same program with the same probes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.figure import Figure, wall
from bench.host import ordinary_host
from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.frame import encode_frame, remote_command
from pepperbird.model.site import Defaults
from pepperbird.model.state import Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan
from tests.support.sshd import USER, Sshd

ROUNDS = 5
AT = "2026-11-23T12:00:00Z"


def run() -> list[Figure]:
    """One ratio; both sides take turns, so that whatever else runs here is fair to both."""
    with tempfile.TemporaryDirectory() as name, ordinary_host(Path(name)) as (server, known):
        program, frame = _order(server)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(wall(lambda: ssh(server, known, program, frame)))
            ours.append(wall(lambda: scan(server, known, Path(name))))
    ratio = min(ours) / min(theirs)
    detail = f"{min(ours):.2f} s against {min(theirs):.2f} s"
    return [Figure("whole scan of one host / ssh, same program", ratio, "times", 2.5, detail=detail)]


def scan(server: Sshd, known: Path, folder: Path, controls: Sequence[str] = ()) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "pepperbird", "scan", server.url, "--format", "json",
            "--known-hosts", known, "--identity", server.key,
            *(word for one in controls for word in ("--control", one)),
        ],
        env={**os.environ, "PEPPERBIRD_HOME": str(folder / "home")}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1, 3), done.stderr.decode()


def _order(server: Sshd) -> tuple[bytes, bytes]:
    """The program, and the frame that asks for the probes that the scan asks for."""
    catalog = read_bundle(find_content(None))
    site = site_of_targets([server.url], tier=Tier.STANDARD, defaults=Defaults())
    (endpoint,) = make_plan(catalog, site, at=AT).endpoints
    return catalog.programs["shell"], encode_frame("0" * 32, endpoint.probes)


def ssh(server: Sshd, known: Path, program: bytes, frame: bytes) -> None:
    done = subprocess.run(
        [
            "ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={known}", "-i", server.key,
            "-o", "IdentitiesOnly=yes", "-p", str(server.port), f"{USER}@127.0.0.1", remote_command(len(program)),
        ],
        input=program + frame, capture_output=True, check=False,
    )  # fmt: skip
    assert done.stdout.endswith(b"done\n"), done.stderr.decode()
