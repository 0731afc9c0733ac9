"""Keep samples of backup repositories of real tools: `python -m tests.support.repositories_kept`, as root.

Whole ones with a long history, which the states of the tests never have all at once; and results of drills that an
account without rights may not read.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import yaml

from pepperbird.model.evidence import ProbeOutput
from tests.support.probed import run_probe
from tests.support.samples import ROOT, collectors, facts_of, plain

DAYS = (*range(16), 40, 70, 100)
RESTIC = """
export RESTIC_PASSWORD_FILE=$PWD/pass; echo right-one > pass; mkdir -p data; echo x > data/f; restic -q -r deep init
for days in {days}; do
  restic -q -r deep backup data --host db-1 --time "$(date -d "$days days ago" '+%F %T')"
done
"""
BORG = """
export BORG_BASE_DIR=$PWD/home BORG_PASSPHRASE=right-one; echo right-one > pass; mkdir -p data; echo x > data/f
borg init -e repokey-blake2 deep 2>/dev/null
for days in {days}; do
  borg create --timestamp "$(date -d "$days days ago" +%FT%T)" "deep::db-1-$days" data
done
"""
DUMPS = """
mkdir -p deep old
for days in {days}; do
  {{ seq 1 9000; echo '-- Dump completed on today'; }} | gzip > deep/deeds-$days.sql.gz
  touch -d "$days days ago" deep/deeds-$days.sql.gz
done
cp -a deep/deeds-40.sql.gz deep/deeds-70.sql.gz old
"""
DRILLS = """
mkdir -p pepperbird/drills; echo 'not for you' > pepperbird/drills/verify-vault-20261127T010000Z.result
chmod 700 pepperbird/drills
"""


def _make(folder: Path, text: str) -> None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "TZ": "UTC", "LC_ALL": "C"}
    script = text.format(days=" ".join(map(str, DAYS)))
    subprocess.run(["sh", "-ec", script], cwd=folder, env=environment, check=True, timeout=300)


def _sh(text: str) -> str:
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=120, check=False).stdout


def _there(folder: Path, text: str) -> str:
    """Where /var/lib is that folder."""
    command = ["unshare", "-m", "sh", "-c", f"mount --bind {folder} /var/lib && {text}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout


def keep(namespace: str, name: str, about: str, outputs: dict[str, ProbeOutput]) -> None:
    """Write a sample: the raw outputs, and the facts that they give."""
    folder = ROOT / "collectors" / namespace / "samples" / name
    folder.mkdir(parents=True, exist_ok=True)
    exits = {}
    for probe, output in outputs.items():
        short = probe.partition(".")[2]
        (folder / f"{short}.out").write_bytes(output.stdout)
        exits |= {short: output.exit_status} if output.exit_status else {}
    bare = {probe: replace(output, stderr=b"", milliseconds=1) for probe, output in outputs.items()}
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    facts = plain(facts_of(namespace, bare))
    head = {"origin": "captured", "about": about, "at": at, "exits": exits, "facts": facts}
    (folder / "facts.yaml").write_text(yaml.safe_dump(head, sort_keys=False, width=118, allow_unicode=True))


def _asked(namespace: str, *arguments: str) -> dict[str, ProbeOutput]:
    return {
        f"{namespace}.{probe}": run_probe(_sh, namespace, probe, *(arguments if spec.args else ()))
        for probe, spec in collectors()[namespace].probes.items()
    }


def keep_all(folder: Path) -> None:
    """Make each and write its sample."""
    for namespace, text in (("restic", RESTIC), ("borg", BORG)):
        place = folder / namespace
        place.mkdir()
        _make(place, text)
        about = f"{namespace} of Debian 12, as root: a repository of one machine, {len(DAYS)} points over 100 days"
        keep(namespace, "debian-12-deep", about, _asked(namespace, "deep", f"{place}/deep", f"{place}/pass"))
    _make(folder, DUMPS)
    given = ("deep", f"{folder}/deep", "deeds-*.sql.gz", "old", f"{folder}/old", "deeds-*.sql.gz")
    about = "whole dumps of one database on Debian 12, as root: daily ones and older, and a folder of old ones only"
    keep("dumps", "debian-12-deep", about, _asked("dumps", *given))
    library = folder / "lib"
    library.mkdir()
    library.chmod(0o755)
    _make(library, DRILLS)
    hidden = run_probe(lambda text: _there(library, text), "drills", "results", user="daemon")
    keep("drills", "denied", "results that an account without rights may not look at", {"drills.results": hidden})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="pepperbird-kept-") as made:
        Path(made).chmod(0o755)
        keep_all(Path(made))
