"""The large demo: one agency with everything that keeps data, all of it real, scanned, taken in and reported on.

    make demo-full   as root: three machines (two over SSH, one by a kit that it runs itself), PostgreSQL with a
                     standby, MariaDB, an object store (Ceph), five backup repositories, a verification and a drill,
                     signed documents; then the kit's bundle, a scan, and the report

Everything it makes lies in demo-full-output/, but what servers need while they run; nothing of that is left.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.databases import (  # noqa: E402 - the checkout comes first on the path
    PASSWORD,
    Postgresql,
    mariadb,
    postgresql,
    run,
    standby,
)
from tests.support.machines import Machine, missing  # noqa: E402
from tests.support.objects import ObjectStore, ceph, keep_well, open_wide  # noqa: E402

OUTPUT = Path(os.environ.get("PEPPERBIRD_DEMO_OUTPUT", ROOT / "demo-full-output"))
FOLDER = OUTPUT / "site"
PASSPHRASE = "a passphrase for the demo"
DOCUMENTS = {
    "BR-14.4": (), "BR-20.1": (), "DI-16.1": (), "DR-01.1": (), "DR-02.1": (), "DR-03.1": (), "DR-12.1": (),
    "DS-01.1": (), "DS-02.1": (), "DS-06.1": (), "DS-17.3": (),
    "DR-05.1": (
        "civil-registry: type=functional minutes=150 lost_minutes=30",
        "payroll-service: type=functional minutes=2000 lost_minutes=600",
    ),
}  # fmt: skip
"""What is handed in, with what was measured; one exercise took longer than its service may."""
SITE = """\
name: Demonstration, all kinds of stores
time_zone: Africa/Monrovia
defaults:
  deadline: 120
  identity: key
  known_hosts: known_hosts
  evidence_key: {file: COLLECTOR, passphrase: "env:PEPPERBIRD_DEMO_PASSPHRASE"}
"""
REGISTER = Path(__file__).with_name("works.yaml")
SIGN = ("--passphrase", "env:PEPPERBIRD_DEMO_PASSPHRASE", "--site", str(FOLDER))
STANDARDS = ("DS", "DI", "BR", "DR", "IS")


def main() -> int:
    """Gives the exit status of the demo, not of the scan's gate."""
    if lacking := missing():
        print(f"The large demo needs {', '.join(lacking)}. `make demo` shows less and needs less.", file=sys.stderr)
        return 2
    shutil.rmtree(OUTPUT, ignore_errors=True)
    (FOLDER / "agencies").mkdir(parents=True)
    os.environ["PEPPERBIRD_HOME"] = str(OUTPUT / "state")
    os.environ["PEPPERBIRD_DEMO_PASSPHRASE"] = PASSPHRASE
    with ExitStack() as stack:
        place = stack.enter_context(_place())
        print("Starting PostgreSQL with a standby, MariaDB and Ceph ...", flush=True)
        values = _servers(stack, place)
        print("Switching on three machines ...", flush=True)
        branch = _machines(stack, values, place)
        print("Signing the register and the documents ...", flush=True)
        _signed()
        return _look(branch)


@contextmanager
def _place() -> Iterator[Path]:
    """A folder that servers without rights may enter, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pepperbird-demo-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _servers(stack: ExitStack, place: Path) -> dict[str, object]:
    """The databases, the object store, and the repositories on this computer."""
    secrets, backups = FOLDER / "secrets", place / "backups"
    for folder in (secrets, backups):
        folder.mkdir(parents=True)
    shutil.chown(backups, "nobody", "nogroup")
    push = f"pgbackrest --stanza=main --config={backups}/pgbackrest.conf archive-push %p"
    primary = stack.enter_context(postgresql(place / "primary", archive_mode="on", archive_command=push))
    second = stack.enter_context(standby(primary, place / "standby", archive_mode="off"))
    payroll = stack.enter_context(mariadb(place / "mariadb"))
    payroll.sql("CREATE TABLE registry.pay (id INT PRIMARY KEY, amount INT)", "INSERT INTO registry.pay VALUES (1, 9)")
    dump = run(["mariadb-dump", "--no-defaults", "-uroot", f"--socket={payroll.folder}/s", "registry"], payroll.folder)
    (place / "payroll.sql.gz").write_bytes(gzip.compress(dump.encode()))
    _cluster(primary, backups)
    objects = stack.enter_context(ceph(place / "ceph"))
    keep_well(objects.client())
    open_wide(objects.client())
    _secrets(secrets, objects)
    return {
        "PRIMARY": primary.port, "STANDBY": second.port, "MARIADB": payroll.port, "BACKUPS": backups,
        "SECRETS": secrets, "S3URL": objects.secure, "S3KEY": objects.owner[0], "S3CA": objects.ca,
    }  # fmt: skip


def _secrets(folder: Path, objects: ObjectStore) -> None:
    for name, word in (("database", PASSWORD), ("objects", objects.owner[1])):
        (folder / name).write_text(word + "\n")
        (folder / name).chmod(0o600)


def _cluster(primary: Postgresql, backups: Path) -> None:
    """An encrypted pgBackRest repository with one full backup of the primary."""
    log = [f"{name}-path={backups}/{name}" for name in ("log", "lock", "spool")]
    lines = [
        "[global]", f"repo1-path={backups}/cluster", "repo1-cipher-type=aes-256-cbc", "repo1-cipher-pass=Kpelle-28",
        *log, "start-fast=y", "[main]", f"pg1-path={primary.data}", f"pg1-port={primary.port}",
        f"pg1-socket-path={primary.folder}", "pg1-user=postgres",
    ]  # fmt: skip
    (backups / "pgbackrest.conf").write_text("\n".join(lines) + "\n")
    (backups / "pgbackrest.conf").chmod(0o644)
    common = ["pgbackrest", "--stanza=main", f"--config={backups}/pgbackrest.conf"]
    run([*common, "stanza-create"], backups)
    run([*common, "--type=full", "backup"], backups)


def _machines(stack: ExitStack, values: dict[str, object], place: Path) -> Machine:
    """Boot them with the rights that the plan asks for, fill their disks and repositories; gives that of the branch."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", FOLDER / "key"], check=True)
    (FOLDER / "known_hosts").write_text("")
    collector = OUTPUT / "state" / "keys" / "collector.pem"
    _keys()
    (FOLDER / "site.yaml").write_text(SITE.replace("COLLECTOR", str(collector)))
    known = values | {"WELL": "10.213.11.2", "BADLY": "10.213.12.2", "DRILLKEY": "SHA256:" + "A" * 43}
    _write_agency(known)
    rights = pepperbird("privileges", "--site", FOLDER, capture=True)
    key, root = (FOLDER / "key.pub").read_text(), place / "machines"
    well = Machine("well", 11, "well-kept.sh", root, key, ["/srv/data=64", "/srv/backup=96"], rights)
    badly = Machine("badly", 12, "badly-kept.sh", root, key, ["/srv/data=64", "/srv/forgotten=32"], rights)
    branch = Machine("branch", 13, "well-kept.sh", root, key)
    booted = [stack.enter_context(machine) for machine in (well, badly, branch)]
    (FOLDER / "known_hosts").write_text("\n".join(one for machine in booted for one in machine.host_keys()) + "\n")
    print("Making backups, verifying one and restoring from it ...", flush=True)
    known["DRILLKEY"] = _vault(well)
    _attic(Path(str(values["BACKUPS"])))
    _dumps(badly, place / "payroll.sql.gz")
    _write_agency(known)
    return branch


def _write_agency(values: Mapping[str, object]) -> None:
    text = REGISTER.read_text()
    for name, value in values.items():
        text = text.replace(name, str(value))
    (FOLDER / "agencies" / "works.yaml").write_text(text)


VAULT = """\
mkdir -p /etc/restic /srv/drill; printf 'Kpelle-29\\n' > /etc/restic/vault.pass; chmod 600 /etc/restic/vault.pass
export RESTIC_PASSWORD_FILE=/etc/restic/vault.pass
seq 20000 > /srv/data/births.csv; (cd /srv/data; sha256sum births.csv) > /etc/restic/births.sums
restic -q -r /srv/backup/vault init
for days in 120 90 60 30 20 12 11 10 9 8 7 6 5 4 3 2 1 0; do
  restic -q -r /srv/backup/vault backup /srv/data --host well-kept --time "$(date -d "$days days ago" '+%F %T')"
done
printf 'Kpelle-30\\n' > /root/more; restic -q -r /srv/backup/vault key add --new-password-file /root/more; rm /root/more
chmod 755 /usr/local/sbin/pepperbird-verify /usr/local/sbin/pepperbird-drill
pepperbird-verify --repository vault --tool restic --at /srv/backup/vault --password-file /etc/restic/vault.pass
pepperbird-drill --repository vault --store records --tool restic --at /srv/backup/vault \\
  --password-file /etc/restic/vault.pass --path /srv/data --list /etc/restic/births.sums --scratch /srv/drill
"""


def _vault(machine: Machine) -> str:
    """A restic repository that was verified and restored from; gives the fingerprint of the key that signed it."""
    pepperbird("drill", "write", OUTPUT / "drill", capture=True)
    for file in sorted((OUTPUT / "drill").iterdir()):
        machine.run(f"cat > /usr/local/sbin/{file.name} <<'END OF PROGRAM'\n{file.read_text()}\nEND OF PROGRAM\n")
    machine.run("chmod 755 /usr/local/sbin/pepperbird-*; pepperbird-drill key")
    machine.run(VAULT)
    return machine.run("pepperbird-drill key").strip()


ATTIC = """\
mount -t tmpfs tmpfs /srv; mkdir /srv/data; seq 20000 > /srv/data/births.csv
export BORG_BASE_DIR=$PWD/borg-home BORG_PASSCOMMAND="cat $PWD/attic.pass"
printf 'Kpelle-31\\n' > attic.pass; chmod 600 attic.pass
borg init -e repokey-blake2 attic 2>/dev/null
for days in 120 90 60 30 20 12 11 10 9 8 7 6 5 4 3 2 1 0; do
  borg create --timestamp "$(date -u -d "$days days ago" '+%FT%T')" attic::well-kept-$days /srv/data
done
rm -r borg-home
"""


def _attic(backups: Path) -> None:
    subprocess.run(["unshare", "-m", "sh", "-ec", ATTIC], cwd=backups, check=True, timeout=120)


def _dumps(machine: Machine, dump: Path) -> None:
    """A folder of dumps whose newest one was cut short."""
    machine.run("mkdir -p /srv/dumps")
    for days, share in ((3, 1.0), (2, 1.0), (1, 0.4)):
        day = f"{datetime.now(UTC) - timedelta(days=days):%Y%m%d}"
        whole = dump.read_bytes()
        part = whole[: int(len(whole) * share)].hex()
        file = f"/srv/dumps/payroll-{day}.sql.gz"
        code = f"import pathlib; pathlib.Path('{file}').write_bytes(bytes.fromhex('{part}'))"
        machine.run(f'{sys.executable} -c "{code}"; touch -d "{days} days ago" {file}')


def _keys() -> None:
    """Five keys: the root's, the collector's, the officer's, and those of who signs and who reviews documents."""
    common = ("--until", "2039-12-31", *SIGN)
    root = ("--root-passphrase", "env:PEPPERBIRD_DEMO_PASSPHRASE")
    (FOLDER / "site.yaml").write_text("name: Demonstration\n")
    pepperbird("keys", "new", "office", "--root", "--holder", "Programme office", *common, capture=True)
    for name, holder, may, agency in (
        ("collector", "Scanner 1", "evidence", ()),
        ("officer", "A. Officer", "inventory", ("--agency", "works")),
        ("signer", "S. Signer", "attestation", ("--agency", "works")),
        ("reviewer", "R. Viewer", "review", ()),
    ):
        pepperbird("keys", "new", name, "--may", may, "--holder", holder, *agency, *common, *root, capture=True)


def _signed() -> None:
    """The register, the declaration of an absence, and some documents, each by the person whose part it is."""
    pepperbird("inventory", "sign", "works", "--key", "officer", *SIGN, capture=True)
    pepperbird("inventory", "review", "works", "web-endpoint", "--key", "reviewer", *SIGN, capture=True)
    drafts, day = OUTPUT / "drafts", f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    drafts.mkdir()
    for clause, figures in DOCUMENTS.items():
        paper = drafts / f"{clause}.txt"
        paper.write_text(f"What the ministry agreed on for {clause}.\n")
        who = ("--signer", "S. Signer", "--role", "Director General", "--from", day)
        place = (*(part for one in figures for part in ("--measured", one)), "--out", drafts, "--site", FOLDER)
        pepperbird("attest", "new", "works", clause, "--document", paper, *who, *place, capture=True)
        said = pepperbird("attest", "sign", drafts / f"{clause}.draft.yaml", "--key", "signer", *SIGN, capture=True)
        pepperbird("attest", "review", said.partition("record ")[2][:12], "--key", "reviewer", *SIGN, capture=True)


def _look(branch: Machine) -> int:
    """Let the branch run its kit, take in what it brings, scan all the rest, and say how the agency stands."""
    pepperbird("kit", "works", "--asset", "branch", "--out", OUTPUT / "kits", "--site", FOLDER, capture=True)
    script = (OUTPUT / "kits" / "branch" / "collect.sh").read_text()
    branch.run(f"cat > /root/collect.sh <<'END OF SCRIPT'\n{script}\nEND OF SCRIPT\ncd /root; sh collect.sh 2>&1")
    bundle = OUTPUT / "works-branch.bundle"
    bundle.write_bytes(bytes.fromhex(branch.run("od -An -v -tx1 /root/works-branch.bundle").replace("\n", "")))
    print(f"$ pepperbird ingest {bundle} --site {FOLDER}", flush=True)
    pepperbird("ingest", bundle, "--site", FOLDER, capture=True, allowed=(0, 1, 3))
    print(f"$ pepperbird scan --site {FOLDER} --output {OUTPUT}\n", flush=True)
    pepperbird("scan", "--site", FOLDER, "--output", OUTPUT, capture=False, allowed=(0, 1, 3))
    _count(json.loads((OUTPUT / "run.json").read_text()))
    return 0


def _count(run: dict[str, list[dict[str, str]]]) -> None:
    """One line a standard: how many pairs of control and asset stand how."""
    print()
    for standard in STANDARDS:
        states = Counter(one["state"] for one in run["controls"] if one["control"].startswith(f"{standard}-"))
        print(f"{standard}: " + ", ".join(f"{number} {state}" for state, number in sorted(states.items())))
    print(f"Report: {OUTPUT / 'works.html'}")


def pepperbird(*arguments: str | Path, capture: bool, allowed: tuple[int, ...] = (0,)) -> str:
    """Run the command and give what it printed. Raises CalledProcessError where it ends otherwise than allowed."""
    done = subprocess.run(
        [sys.executable, "-m", "pepperbird", *arguments], cwd=ROOT, text=True, check=False,
        stdout=subprocess.PIPE if capture else None,
    )  # fmt: skip
    if done.returncode not in allowed:
        raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout)
    return done.stdout or ""


if __name__ == "__main__":
    sys.exit(main())
