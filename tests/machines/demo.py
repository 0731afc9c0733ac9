"""The demo: scan this computer and two real machines, one kept well and one badly, and write the agency's report.

    make demo        as root: boots both machines, seeds some months of history, scans all three, prints the summary,
                     the trend and where the reports are
                     otherwise: says what it leaves out and scans this computer alone

Everything it makes lies in demo-output/: the site folder (inventory, keys, known hosts), the store, the reports and the
picture of the trend.
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

from tests.machines.demo_history import seed_history  # noqa: E402 - the checkout comes first on the path
from tests.support.machines import Machine, missing  # noqa: E402

OUTPUT = Path(os.environ.get("PEPPERBIRD_DEMO_OUTPUT", ROOT / "demo-output"))
SITE = OUTPUT / "site"
STATE = OUTPUT / "state"
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
        print(f"Leaving out the two machines and their history: this needs {', '.join(lacking)}.")
        print("Scanning this computer alone.\n")
        (SITE / "agencies" / "demo.yaml").write_text(LOCAL_ONLY)
        return scan() or trend()
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
        print("Recording what they say in four states, for the months before today ...", flush=True)
        seeded = seed_history(SITE, STATE, OUTPUT / "recordings", well, badly)
        print(f"\nSeeded history: {seeded.months} replayed monthly runs, {seeded.first} to {seeded.last}, then today's")
        print("real scan. What was replayed these machines really said, just now; states and days are a story.\n")
        return scan() or trend() or why(seeded.before, seeded.dark)


def scan() -> int:
    """Run the scan. A gate that does not hold is what a first scan looks like, not a failed demo."""
    command = ["scan", "--site", SITE, "--output", OUTPUT]
    print(f"$ pepperbird scan --site {SITE} --output {OUTPUT}\n", flush=True)
    status = run(*command).returncode
    if status not in (0, 1, 3):
        return status
    print()
    return run("report", "latest", "--agency", "demo", "--format", "pdf", "--output", OUTPUT / "demo.pdf").returncode


def trend() -> int:
    """Print how the agency went, and draw it beside the report."""
    print("\n$ pepperbird trend --agency demo\n", flush=True)
    told = run("trend", "--agency", "demo").returncode
    return told or run("trend", "--agency", "demo", "--format", "svg", "--output", OUTPUT / "trend.svg").returncode


def why(before: str, dark: str) -> int:
    """Print what fell in the month in which the line was down: nothing that was seen to fail."""
    print(
        f"\nWhy it fell in the seeded month of {dark[:4]}-{dark[4:6]}:\n\n$ pepperbird diff {before} {dark}\n",
        flush=True,
    )
    return run("diff", before, dark).returncode


def pepperbird(*arguments: str | Path, capture: bool) -> str:
    """Run the command and give what it printed. Raises CalledProcessError."""
    done = run(*arguments, capture=capture)
    done.check_returncode()
    return done.stdout or ""


def run(*arguments: str | Path, capture: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pepperbird", *arguments],
        cwd=ROOT, text=True, stdout=subprocess.PIPE if capture else None, check=False,
        env={**os.environ, "PEPPERBIRD_HOME": str(STATE)},
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
