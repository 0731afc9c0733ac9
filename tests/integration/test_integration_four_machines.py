"""Four real machines set up differently in one scan: three of Debian, one of busybox alone with dropbear.

Where the account has its rights, nothing is an error but what that machine cannot show: docs/coverage.md lists it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pepperbird.store.runs import Store
from tests.support.coverage_impossible import (
    DROPBEAR,
    NO_CLOCK_SERVICE,
    NO_PACKAGES,
    NO_RELEASE,
    OLD_INDEX,
    Impossible,
)  # fmt: skip
from tests.support.debs import require_debs
from tests.support.machines import MACHINES, Machine, missing
from tests.support.require import lacking, require

pytestmark = [pytest.mark.slow, pytest.mark.machine]
ROOT = Path(__file__).resolve().parents[2]
DEBIAN = {"well": (20, "well-kept.sh"), "badly": (21, "badly-kept.sh"), "logs": (22, "logs.sh")}
AGENCY = """\
id: four
name: Four Machines
tier: standard
links: [{id: dish, kbits: 256, minutes: 10}]
assets:
  - {id: well, kind: linux-server, access: [{via: ssh, at: 10.213.20.2, as: pepperbird, compress: true}]}
  - {id: badly, kind: linux-server, access: [{via: ssh, at: 10.213.21.2, as: pepperbird}]}
  - {id: logs, kind: linux-server, access: [{via: ssh, at: 10.213.22.2, as: pepperbird, link: dish}]}
  - {id: box, kind: linux-server, access: [{via: ssh, at: 10.213.23.2, as: root, link: dish}]}
"""


ALLOWED: dict[str, tuple[Impossible, ...]] = {
    "well": (),
    "logs": (),
    "badly": (OLD_INDEX,),
    "box": (DROPBEAR, NO_PACKAGES, NO_RELEASE, NO_CLOCK_SERVICE),
}


@dataclass(frozen=True)
class Scanned:
    run: dict[str, Any]
    said: str
    """What the scan printed beside the run."""

    def errors(self, asset: str) -> set[str]:
        """The checks that are an error there."""
        found = [one for one in self.run["findings"] if one["asset"] == asset]
        return {one["check"] for one in found if one["state"] in ("error", "unreachable")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    absent = missing()
    if absent:
        lacking(", ".join(absent))
    require("busybox", "dpkg-deb")
    require_debs("dropbear-bin", "libtomcrypt1", "libtommath1", "chrony", "rsyslog", "aide")
    folder = tmp_path_factory.mktemp("four")
    (folder / "agencies").mkdir()
    (folder / "site.yaml").write_text("name: Four\ndefaults: {identity: key, known_hosts: known_hosts}\n")
    (folder / "agencies" / "four.yaml").write_text(AGENCY)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    return folder


def pepperbird(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pepperbird", *arguments, "--site", place],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
        env={**os.environ, "PEPPERBIRD_HOME": str(place / "state")},
    )  # fmt: skip


@pytest.fixture(scope="module")
def scanned(place: Path) -> Iterator[Scanned]:
    rights = pepperbird(place, "privileges").stdout
    assert "NOPASSWD" in rights
    public = (place / "key.pub").read_text()
    machines = [
        Machine(f"four{name}", number, setup, place / "m", public, ["/srv/data=32"], rights)
        for name, (number, setup) in DEBIAN.items()
    ]
    machines[-1].share.mkdir(parents=True)
    shutil.copy(MACHINES / "packages.sh", machines[-1].share)
    box = "busybox-root.sh"
    machines.append(Machine("fourbox", 23, box, place / "m", public, ["/srv/data=16"], inside=box))
    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        booted = list(pool.map(stack.enter_context, machines))
        known = [line for machine in booted for line in machine.host_keys()]
        (place / "known_hosts").write_text("\n".join(known) + "\n")
        done = pepperbird(place, "scan", "--format", "json", "--verbose")
        assert done.returncode in (1, 3), done.stderr
        yield Scanned(json.loads(done.stdout), done.stderr)


def test_nothing_is_an_error_but_what_that_machine_cannot_show(scanned: Scanned) -> None:
    assert {asset: sorted(scanned.errors(asset)) for asset in ALLOWED} == {
        asset: sorted(check for one in reasons for check in one.checks) for asset, reasons in ALLOWED.items()
    }


def test_every_machine_answered_and_each_is_judged_as_it_was_set_up(scanned: Scanned) -> None:
    states = {(one["asset"], one["control"]): one["state"] for one in scanned.run["controls"]}
    assert "unreachable" not in states.values()
    for control in ("DS-12", "DS-15", "DS-18", "DI-07", "IS-20", "IS-21"):
        assert states["well", control] == "pass", control
        assert states["badly", control] == ("pass" if control == "DS-15" else "fail"), control
    assert states["box", "IS-20"] == "fail"  # what dropbear offers is seen and judged
    assert states["box", "DS-12"] == "pass"


def test_the_bytes_of_each_are_told_and_few(scanned: Scanned) -> None:
    """A whole host costs less than 200 KB, compressed not half of that, and what was told before was not too little."""
    found = re.findall(r"^four/(\w+)/ssh +([\d,]+) bytes sent, ([\d,]+) received \((.*)\)$", scanned.said, re.MULTILINE)
    carried = {name: (int(up.replace(",", "")), int(down.replace(",", "")), how) for name, up, down, how in found}
    assert {name: how for name, (_, _, how) in carried.items()} == {
        "well": "wire, compressed", "badly": "wire", "logs": "wire, compressed", "box": "wire, compressed",
    }  # fmt: skip
    assert carried["badly"][0] + carried["badly"][1] < 200_000
    assert all(up + down < 80_000 for up, down, how in carried.values() if "compressed" in how)
    total = re.search(
        r"^Carried: ([\d.]+) KB sent, ([\d.]+) KB received, 4 endpoints, 3 compressed$", scanned.said, re.M
    )
    assert total is not None and float(total[1]) == pytest.approx(sum(one[0] for one in carried.values()) / 1000, 0.01)
    told = dict(re.findall(r"^four/(\w+)/ssh +about ([\d.]+) KB up", scanned.said, re.MULTILINE))
    assert told.keys() == carried.keys()
    for name, (up, _, _) in carried.items():
        assert 0.9 * up < float(told[name]) * 1000 < 1.2 * up, name


def test_those_behind_the_dish_were_told_and_asked_one_after_the_other(place: Path, scanned: Scanned) -> None:
    assert re.search(r"^Line four/dish: one machine at a time", scanned.said, re.MULTILINE)
    store = Store(place / "state" / "pepperbird.db")
    try:
        run = store.load(scanned.run["run"]["id"])
    finally:
        store.close()
    behind = [run.transcripts[f"four/{name}/ssh"] for name in ("logs", "box")]
    first, second = sorted(behind, key=lambda one: one.started)
    assert first.ended <= second.started
    assert all(one.connection["compressed"] == "zlib@openssh.com" for one in (first, second))


def test_the_next_scan_is_told_by_what_this_one_carried(place: Path, scanned: Scanned) -> None:
    said = pepperbird(place, "plan", "--cost").stdout
    assert said.count("as it answered before") == 4
    assert said.endswith("Nothing was contacted.\n")
