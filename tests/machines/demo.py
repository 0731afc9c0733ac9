"""The demo: scan this computer and two real machines, one kept well and one badly, and write the agency's report.

    make demo        as root: boots both machines, scans all three, prints the summary and where the report is
                     otherwise: says what it leaves out and scans this computer alone

Everything it makes lies in demo-output/: the site folder (inventory, keys, known hosts), the store and the reports.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.machines import Machine, missing  # noqa: E402 - the checkout comes first on the path

OUTPUT = Path(os.environ.get("PEPPERBIRD_DEMO_OUTPUT", ROOT / "demo-output"))
SITE = OUTPUT / "site"
MEGABYTES = 64

SITE_FILE = """\
name: Demonstration
time_zone: Africa/Monrovia
defaults: {deadline: 90, identity: key, known_hosts: known_hosts}
"""

LOCAL_ONLY = """\
id: demo
name: Demonstration Agency
tier: standard
sites: [{id: monrovia, country: LR, lat: 6.3156, lon: -10.8074, role: primary}]
assets:
  - {id: this-computer, kind: linux-server, site: monrovia, access: [{via: local}]}
"""

WITH_MACHINES = """\
id: demo
name: Demonstration Agency
tier: standard
contacts: [{name: Registry administrator, role: system administrator, mail: admin@demo.gov.lr}]
sites:
  - {id: monrovia, country: LR, lat: 6.3156, lon: -10.8074, role: primary}
  - {id: kakata, country: LR, lat: 6.5300, lon: -10.3517, role: alternate}
services:
  - {id: civil-registry, title: Civil registry, rto: 240, rpo: 60, stores: [records-well]}
assets:
  - {id: this-computer, kind: linux-server, site: monrovia, access: [{via: local}]}
  - id: well-kept
    kind: linux-server
    title: Registry server, kept well
    site: monrovia
    access: [{via: ssh, at: WELL, as: pepperbird}]
  - id: badly-kept
    kind: linux-server
    title: Licence server, kept badly
    site: monrovia
    access: [{via: ssh, at: BADLY, as: pepperbird}]
stores:
  - id: records-well
    asset: well-kept
    title: Registry records
    owner: Registrar
    path: /srv/data
    class: restricted
    backed_up_to: [well-backups]
  - {id: records-badly, asset: badly-kept, title: Licences, owner: Registrar, path: /srv/data, class: internal}
repositories:
  - {id: well-backups, tool: borg, media: disk, system: well-kept, on: well-kept, path: /srv/data, site: monrovia}
  - {id: badly-backups, tool: borg, media: disk, system: badly-kept, on: badly-kept, path: /srv/data, site: monrovia}
"""


def main() -> int:
    """Set up, scan, say where the report is. Gives the exit status of the demo, not of the scan's gate."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    (SITE / "agencies").mkdir(parents=True)
    (SITE / "site.yaml").write_text(SITE_FILE)
    (SITE / "known_hosts").write_text("")
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "pepperbird demo", "-f", SITE / "key"], check=True
    ) if shutil.which("ssh-keygen") else None
    lacking = missing()
    if lacking:
        print(f"Leaving out the two machines: this needs {', '.join(lacking)}. Scanning this computer alone.\n")
        (SITE / "agencies" / "demo.yaml").write_text(LOCAL_ONLY)
        return scan()
    return with_machines()


def with_machines() -> int:
    """Boot both, give the scanning account exactly the rights that `pepperbird privileges` prints, scan."""
    public = (SITE / "key.pub").read_text()
    agency = WITH_MACHINES.replace("WELL", "10.213.11.2").replace("BADLY", "10.213.12.2")
    (SITE / "agencies" / "demo.yaml").write_text(agency)
    rights = pepperbird("privileges", "--site", SITE, capture=True)
    machines = OUTPUT / "machines"
    well = Machine("well", 11, "well-kept.sh", machines, public, [f"/srv/data={MEGABYTES}"], rights)
    badly = Machine(
        "badly", 12, "badly-kept.sh", machines, public, [f"/srv/data={MEGABYTES}", "/srv/forgotten=32"], rights
    )
    print("Switching on two machines, one kept well and one badly ...", flush=True)
    with ExitStack() as stack:
        booted = [stack.enter_context(machine) for machine in (well, badly)]
        (SITE / "known_hosts").write_text("\n".join(key for machine in booted for key in machine.host_keys()) + "\n")
        return scan()


def scan() -> int:
    """Run the scan. A gate that does not hold is what a first scan looks like, not a failed demo."""
    command = ["scan", "--site", SITE, "--output", OUTPUT]
    print(f"$ pepperbird scan --site {SITE} --output {OUTPUT}\n", flush=True)
    status = run(*command).returncode
    if status not in (0, 1, 3):
        return status
    print()
    return run("report", "latest", "--agency", "demo", "--format", "pdf", "--output", OUTPUT / "demo.pdf").returncode


def pepperbird(*arguments: str | Path, capture: bool) -> str:
    """Run the command and give what it printed. Raises CalledProcessError."""
    done = run(*arguments, capture=capture)
    done.check_returncode()
    return done.stdout or ""


def run(*arguments: str | Path, capture: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pepperbird", *arguments],
        cwd=ROOT, text=True, stdout=subprocess.PIPE if capture else None, check=False,
        env={**os.environ, "PEPPERBIRD_HOME": str(OUTPUT / "state")},
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
