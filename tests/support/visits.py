"""A poor agency over a quarter: two servers without a connection, visited by stick, their dumps on an external disk.

Everybody lives in the same made-up time, by libfaketime: the office's commands, and `date` on the servers. Dumps are
dated in it too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from tests.support.databases_states import faketime
from tests.support.machines import Machine

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "a passphrase for tests"
SIGN = ("--passphrase", "env:PEPPERBIRD_TEST_PASSPHRASE")
AGENCY = "bassa"
SITE = """\
name: Programme Office
time_zone: Africa/Monrovia
"""
REGISTER = """\
id: bassa
name: Grand Bassa County Administration
tier: foundation
contacts: [{name: M. Zoe, role: administrator, mail: zoe@bassa.example, phone: "+231 77 000 0001"}]
sites: [{id: buchanan, country: LR, lat: 5.8772, lon: -10.0496, role: primary}]
services: [{id: deeds-desk, title: Deeds desk, rto: 7200, rpo: 10080, stores: [deeds]}]
assets:
  - {id: records, kind: linux-server, title: Records server, site: buchanan, cadence: visited, access: [{via: kit}]}
  - {id: front, kind: linux-server, title: Front desk server, site: buchanan, cadence: visited, access: [{via: kit}]}
stores:
  - {id: deeds, asset: records, title: Deeds, owner: Registrar, path: /srv/data, class: internal, backed_up_to: [disk],
     backup_as: ["deeds-*.sql.gz"]}
  - {id: permits, asset: front, title: Permits, owner: Registrar, path: /srv/data, class: internal,
     backed_up_to: [disk], backup_as: ["permits-*.sql.gz"]}
repositories:
  - {id: disk, tool: files, media: disk, system: usb-disk, schedule: weekly, on: records, path: /mnt/usb/dumps,
     patterns: ["deeds-*.sql.gz", "permits-*.sql.gz"], mount: /mnt/usb, site: buchanan}
absences:
  - {kind: web-endpoint, reason: Nothing is published, by: Superintendent, until: 2040-01-01}
  - {kind: mail-domain, reason: Mail is the ministry's, by: Superintendent, until: 2040-01-01}
  - {kind: dns-domain, reason: It has no domain, by: Superintendent, until: 2040-01-01}
"""
PEOPLE = (
    ("officer", "A. Officer", "inventory", ("--agency", AGENCY)),
    ("signer", "S. Signer", "attestation", ("--agency", AGENCY)),
    ("reviewer", "R. Viewer", "review", ()),
)
_RUN = """\
import contextlib, io, json, sys
from pepperbird.cli.main import main
found = []
for arguments in json.load(sys.stdin):
    out, err, status = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8"), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as left:
            status = left.code
    for stream in (out, err):
        stream.flush()
    found.append([status, *(stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err))])
json.dump(found, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str


def first_visit(today: date) -> datetime:
    """The fifth day of the next quarter, at nine: three visits a month apart are inside that quarter."""
    year, quarter = today.year + (today.month > 9), (today.month - 1) // 3 + 1
    return datetime.combine(date(year, quarter % 4 * 3 + 1, 5), time(9), UTC)


@dataclass
class Office:
    """The programme office with its site and store in `folder`. Days count from the first visit."""

    folder: Path
    begin: datetime

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def quarter(self) -> str:
        return f"{self.begin.year}Q{(self.begin.month - 1) // 3 + 1}"

    def day(self, number: float) -> str:
        return (self.begin + timedelta(days=number)).strftime("%Y-%m-%d")

    def clock(self, day: float) -> dict[str, str]:
        """The environment in which it is nine o'clock on that day."""
        ahead = self.begin + timedelta(days=day) - datetime.now(UTC)
        return faketime(f"{int(ahead.total_seconds()):+d}")

    def found(self) -> None:
        """A site with an agency, and keys of those who sign."""
        (self.site / "agencies").mkdir(parents=True)
        (self.site / "site.yaml").write_text(SITE)
        (self.site / "agencies" / f"{AGENCY}.yaml").write_text(REGISTER)

    def run(self, day: float, *commands: Sequence[object]) -> list[Said]:
        """Commands of pepperbird, one after the other on that day."""
        environment = os.environ | self.clock(day) | {
            "PEPPERBIRD_HOME": str(self.folder / "state"), "PEPPERBIRD_TEST_PASSPHRASE": PASSPHRASE,
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _RUN], input=json.dumps([[str(part) for part in one] for one in commands]),
            capture_output=True, text=True, check=False, env=environment, cwd=self.folder, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return [Said(*one) for one in json.loads(done.stdout)]

    def tell(self, day: float, *arguments: object) -> Said:
        return self.run(day, arguments)[0]

    def ask(self, day: float, *arguments: object) -> Any:
        """What one command prints as JSON."""
        said = self.tell(day, *arguments, "--format", "json")
        return json.loads(said.out)

    def kits(self, days: int = 14) -> tuple[object, ...]:
        """The command that makes new kits for both servers, good for so many days."""
        return ("kit", AGENCY, "--out", self.folder / "kits", "--site", self.site, "--days", days)

    def sticks(self, day: float, machines: Mapping[str, Machine]) -> dict[str, Path]:
        """Take the newest kit of each server there on a stick, run it, and bring the bundles home."""
        with ThreadPoolExecutor() as together:
            brought = together.map(lambda one: self._stick(day, *one), machines.items())
            return dict(zip(machines, brought, strict=True))

    def _stick(self, day: float, asset: str, machine: Machine) -> Path:
        home, name = plugged(machine) / "root", f"{AGENCY}-{asset}.bundle"
        shutil.copy(self.folder / "kits" / asset / "collect.sh", home)
        (home / name).unlink(missing_ok=True)
        clock = " ".join(f"{name}={value}" for name, value in self.clock(day).items())
        date = plugged(machine) / "usr" / "sbin" / "date"  # found before the real one
        date.write_text(f'#!/bin/sh\nexec env {clock} /usr/bin/date "$@"\n')
        date.chmod(0o755)
        machine.run("cd /root; sh collect.sh 2>&1")
        return Path(shutil.copy(home / name, self.folder / f"day-{day:g}-{name}"))

    def dump(self, records: Machine, *days: int) -> None:
        """Whole dumps of both stores on the external disk, as a job left them on these days."""
        for day in days:
            for what in ("deeds", "permits"):
                file = f"/mnt/usb/dumps/{what}-{self.day(day)}.sql.gz"
                text = f"echo 'CREATE TABLE {what} (id int);'; seq {2000 + day}; echo '-- Dump completed'"
                records.run(f"mkdir -p /mnt/usb/dumps; {{ {text}; }} | gzip > {file}; touch -d {self.day(day)} {file}")


def plugged(machine: Machine) -> Path:
    """The root of the machine, as a stick in it would let one in."""
    return Path("/proc", (machine.root / machine.name / "pid").read_text().strip(), "root")
