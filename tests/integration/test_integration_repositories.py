"""Backup repositories of the real tools in every state that matters, read by the real probes, judged by the checks."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pepperbird.bundle.read import read_bundle
from pepperbird.evaluate.compiled import Compiler
from pepperbird.evaluate.outcome import judge_check
from pepperbird.expression.lookup import gaps_in
from pepperbird.expression.normalise import normalise
from pepperbird.model.gap import Gap, GapReason
from tests.support.probed import ROOT, collected
from tests.support.require import require, require_root

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
CATALOG = read_bundle(ROOT)
PARAMS = {
    "BR-02": {"max_backup_age_hours": 26},
    "BR-05": {"min_restore_points": 5, "min_retention_days": 90},
    "BR-09": {"encryption_required_offsite": True, "encryption_required_onsite": True},
    "BR-11": {"verify_max_age_days": 30, "verify_min_data_pct": 10},
    "BR-15": {"min_repo_keys": 2},
    "BR-19": {"max_lock_age_hours": 24},
}


def sh(text: str) -> str:
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=120, check=False).stdout


def make(folder: Path, text: str) -> None:
    """Run the commands that bring about a state, in a folder; a failing one fails the test."""
    done = subprocess.run(
        ["sh", "-ec", text], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "TZ": "UTC", "LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]


def judged(check: str, control: str, namespace: str, facts: Any, name: str, **declared: str) -> str:
    """The state of a check on one repository of those facts."""
    compiler = Compiler(CATALOG)
    compiler.scope.clock.set(NOW)
    asset = {"id": name, "path": f"/b/{name}", "mount": "", **declared}
    host: Mapping[str, Any] = {"host": {namespace: normalise(facts)}}
    bindings = {**host, "asset": asset, "params": PARAMS[control], "lists": CATALOG.lists, "history": {}, "agency": {}}
    state, outcomes = judge_check(compiler.check(check, control), bindings, gaps_in(host))
    print(name, [(one.state, one.message) for one in outcomes])  # noqa: T201 - shown when it fails
    return str(state)


RESTIC = """
export RESTIC_PASSWORD_FILE=$PWD/pass; echo right-one > pass; echo another > wrong; mkdir -p data/a data/b
echo x > data/a/f; echo y > data/b/f
for one in fresh old none lost shut; do restic -q -r $one init; done
for days in 1 2 3 40 120; do
  restic -q -r fresh backup data/a --host db-1 --time "$(date -d "$days days ago" '+%F %T')"
done
restic -q -r fresh backup data/a --host db-1
restic -q -r old backup data/a --host db-1 --time "$(date -d '40 days ago' '+%F %T')"
find old/snapshots -type f -exec touch -d '40 days ago' {} +
cp -a fresh left; restic -q -r left backup data/b --host mail-1 --time "$(date -d '9 days ago' '+%F %T')"
cp -a fresh pruned; restic -q -r pruned forget --keep-last 1 >/dev/null
echo second > more; restic -q -r fresh key add --new-password-file more
restic -q -r lost backup data/a --host db-1; find lost/data -type f -delete
restic -q -r shut backup data/a --host db-1
touch -d '3 days ago' shut/locks/0000000000000000000000000000000000000000000000000000000000000001
"""


@pytest.fixture(scope="module")
def restic(tmp_path_factory: pytest.TempPathFactory) -> Any:
    require("restic")
    require_root()
    folder = tmp_path_factory.mktemp("restic")
    make(folder, RESTIC)
    names = ("fresh", "old", "none", "lost", "shut", "left", "pruned", "gone")
    given = [value for name in names for value in (name, f"{folder}/{name}", f"{folder}/pass")]
    given += ["wrong", f"{folder}/fresh", f"{folder}/wrong", "kept", f"{folder}/fresh", ""]
    given += ["kept-old", f"{folder}/old", "", "empty-folder", f"{folder}/data", f"{folder}/pass"]
    before = sh(f"find {folder} | sort | md5sum")
    facts = collected(sh, "restic", given)
    assert sh(f"find {folder} | sort | md5sum") == before, "a repository was written to"
    return facts


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("fresh", "pass"), ("old", "fail"), ("none", "fail"), ("left", "fail"), ("shut", "pass"), ("gone", "error"),
        ("wrong", "error"), ("kept", "error"), ("kept-old", "fail"), ("empty-folder", "error"), ("undeclared", "error"),
        # It lists its snapshots although all their data is gone: what lists is not what restores (BR-11).
        ("lost", "pass"),
    ],
)  # fmt: skip
def test_restic_recent(restic: Any, name: str, state: str) -> None:
    assert judged("restic.recent", "BR-02", "restic", restic, name) == state


@pytest.mark.parametrize(
    ("check", "control", "name", "state"),
    [
        ("restic.deep", "BR-05", "fresh", "pass"), ("restic.deep", "BR-05", "pruned", "fail"),
        ("restic.deep", "BR-05", "kept", "error"), ("restic.deep", "BR-05", "kept-old", "fail"),
        ("restic.keys", "BR-15", "fresh", "pass"), ("restic.keys", "BR-15", "old", "fail"),
        ("restic.keys", "BR-15", "kept", "pass"), ("restic.keys", "BR-15", "gone", "error"),
        ("restic.encrypted", "BR-09", "old", "pass"), ("restic.encrypted", "BR-09", "kept", "unchecked"),
        ("restic.encrypted", "BR-09", "wrong", "error"),
        ("restic.no-old-lock", "BR-19", "fresh", "pass"), ("restic.no-old-lock", "BR-19", "shut", "fail"),
        ("restic.no-old-lock", "BR-19", "kept", "pass"), ("restic.no-old-lock", "BR-19", "gone", "error"),
    ],
)  # fmt: skip
def test_restic_else(restic: Any, check: str, control: str, name: str, state: str) -> None:
    assert judged(check, control, "restic", restic, name) == state


def test_restic_says_why_it_cannot_see(restic: Any) -> None:
    rows = {row["repository"]: row for row in restic["points"]}
    reasons = {name: rows[name]["group"].reason for name in ("wrong", "gone", "empty-folder")}
    assert reasons == {
        "wrong": GapReason.LOGIN_REFUSED, "gone": GapReason.NOT_FOUND, "empty-folder": GapReason.NOT_FOUND,
    }  # fmt: skip
    assert isinstance(rows["kept"]["paths"], Gap)
    assert rows["kept"]["paths"].reason is GapReason.NO_CREDENTIAL
