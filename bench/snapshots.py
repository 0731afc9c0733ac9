"""A repository with ten thousand restore points, told, read and judged, beside one with a thousand: cost and memory.

To make ten thousand real ones takes hours, so what the tool says is scaled: what restic 0.14 and borg 1.2 print
of one real restore point, repeated with other times, as one an hour of two machines. Everything after the tool is real:
the probe's own shell on that list, the parser, the joins and the checks. Each measurement has a process of its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figure import Figure
from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.evaluate.judge import evaluate
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory, ProbeOutput, Transcript
from pepperbird.model.plan import Selection
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.observe.observe import namespace
from pepperbird.plan.make import make_plan

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
FEW, MANY = 1_000, 10_000
CONTENT = Path(find_content(None))


def run() -> list[Figure]:
    """For each tool the ratio of costs, and the memory for the many."""
    figures = []
    for tool in ("restic", "borg"):
        few, many = _measured(tool, FEW), _measured(tool, MANY)
        words = f"{many['seconds'] * 1000:.0f} ms of CPU for all, the shell's included"
        ratio = many["seconds"] / few["seconds"]
        figures += [
            Figure(f"cost of 10,000 {tool} restore points against 1,000", ratio, "times", 11, detail=words),
            Figure(
                f"memory for 10,000 {tool} restore points", many["megabytes"], "MB", 200,
                detail=f"{FEW:,} take {few['megabytes']:.0f} MB",
            ),
        ]  # fmt: skip
    return figures


def _measured(tool: str, count: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.snapshots", tool, str(count)], capture_output=True, text=True, check=True,
        timeout=300,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _restic(count: int) -> str:
    """As `restic snapshots --json` prints it: one line."""
    rows = [
        {
            "time": (AT - timedelta(hours=hour)).isoformat(), "parent": "9f" * 32, "tree": f"{hour:064x}",
            "paths": ["/srv/data/registry"], "hostname": f"db-{hour % 2 + 1}", "username": "root",
            "id": f"{hour:064x}", "short_id": f"{hour:08x}",
        }
        for hour in reversed(range(count))
    ]  # fmt: skip
    return json.dumps(rows, separators=(",", ":"))


def _borg(count: int) -> str:
    """As `borg list --json` prints it: indented, with times of no zone."""
    times = [(AT - timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%S.000000") for hour in reversed(range(count))]
    rows = [
        {
            "archive": f"db-{n % 2 + 1}-{time[:19]}", "barchive": f"db-{n % 2 + 1}-{time[:19]}", "id": f"{n:064x}",
            "name": f"db-{n % 2 + 1}-{time[:19]}", "start": time, "time": time,
        }
        for n, time in enumerate(times)
    ]  # fmt: skip
    told = {
        "archives": rows, "encryption": {"mode": "repokey-blake2"},
        "repository": {"id": "ab" * 32, "last_modified": times[-1], "location": "/srv/vault"},
    }  # fmt: skip
    return json.dumps(told, indent=4, sort_keys=True)


def _laid_out(vault: Path, snapshots: int) -> None:
    """The files of a repository, as far as their names, times and sizes are looked at."""
    (vault / "data").mkdir(parents=True)
    (vault / "config").write_text("append_only = 0\n")
    for part in ("snapshots", "keys", "locks"):
        (vault / part).mkdir()
    for number in range(snapshots):
        (vault / "snapshots" / f"{number:064x}").touch()
    (vault / "keys" / f"{1:064x}").touch()


def _asked(tool: str, folder: str) -> dict[str, ProbeOutput]:
    """The real probes, where the commands that need root print what the tool would have said."""
    vault = Path(folder, "vault")
    parts = [CONTENT / "collectors" / "program" / "head.sh", CONTENT / "collectors" / tool / "probe.sh"]
    program = "\n".join(part.read_text() for part in parts)
    stand_in = f"""
        as_root() {{ case "$*" in
          */usr/bin/find*|*grep*) "$@" ;;
          *BORG_PASSPHRASE=\\ *) echo 'passphrase supplied in BORG_PASSPHRASE is incorrect.'; return 2 ;;
          *) cat {folder}/said ;;
        esac; }}
        [ -x /usr/bin/{tool} ] || {{ echo "{tool} is not installed" >&2; exit 1; }}
    """
    probes = {"restic": ("files", "snapshots"), "borg": ("archives",)}[tool]
    found = {}
    for probe in probes:
        script = f"{program}\n{stand_in}\n{tool}_{probe} vault {vault} /pass\n"
        done = subprocess.run(["sh", "-c", script], capture_output=True, check=True, timeout=120)
        assert len(done.stdout) < 6 * 1024 * 1024, "more than the probe may say"
        found[f"{tool}.{probe}"] = ProbeOutput(done.stdout, b"", 0, 1)
    return found


def _site(tool: str) -> Site:
    access = [{"via": "ssh", "at": "10.0.0.1"}]
    agency = {
        "id": "a", "name": "A", "tier": "standard",
        "assets": [{"id": name, "kind": "linux-server", "access": access} for name in ("db-1", "bk-1")],
        "stores": [{"id": "registry", "asset": "db-1", "path": "/srv/data/registry", "backed_up_to": ["vault"]}],
        "repositories": [
            {"id": "vault", "tool": tool, "on": "bk-1", "path": "/srv/vault", "schedule": "every 2 hours"}
        ],
    }  # fmt: skip
    return Site(file=SiteFile(name="bench"), agencies=(Agency.model_validate(agency),))


def _one(tool: str, count: int) -> dict[str, float]:
    """Tell, read and judge them, after what a run costs that has none."""
    catalog: Catalog = read_bundle(CONTENT)
    site, at = _site(tool), AT.strftime("%Y-%m-%dT%H:%M:%SZ")
    plan = make_plan(catalog, site, Selection(), at=at)
    said = _restic(count) if tool == "restic" else _borg(count)
    with tempfile.TemporaryDirectory() as folder:
        _laid_out(Path(folder, "vault"), count if tool == "restic" else 0)
        Path(folder, "said").write_text(said + "\n")
        started = _cpu()
        outputs = _asked(tool, folder)
    facts = namespace(catalog.collectors[tool], Transcript("bench", at, "", {}, outputs))
    assert sum(row["count"] for row in facts["points"]) == count, facts
    seen = {"a/bk-1": AssetEvidence("a/bk-1", {tool: facts}, at)}
    verdicts = evaluate(catalog, plan, Evidence(seen), Memory(), site=site, at=at)
    states = {one.clause: str(one.state) for verdict in verdicts for one in verdict.clauses}
    assert states[{"restic": "BR-02.1", "borg": "BR-02.2"}[tool]] == states["BR-03.3"] == "pass", states
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": _cpu() - started, "megabytes": used / 1024}


def _cpu() -> float:
    """Seconds of this process and of the shells that it ran."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1], int(sys.argv[2]))))
