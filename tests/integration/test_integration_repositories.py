"""Backup repositories of the real tools in every state that matters, read by the real probes, judged by the checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pepperbird.evaluate.compiled import Compiler
from pepperbird.evaluate.outcome import judge_check
from pepperbird.expression.lookup import gaps_in
from pepperbird.expression.normalise import normalise
from pepperbird.model.gap import Gap, GapReason
from tests.support.pgbackrest_states import pgbackrest_states
from tests.support.probed import collected
from tests.support.repositories_made import make, read_only, sh
from tests.support.require import require, require_root
from tests.support.shipped import shipped_catalog

pytestmark = pytest.mark.slow
CATALOG = shipped_catalog()
PARAMS = {
    "BR-02": {"max_backup_age_hours": 26},
    "BR-05": {"min_restore_points": 5, "min_retention_days": 90},
    "BR-09": {"encryption_required_offsite": True, "encryption_required_onsite": True},
    "BR-11": {"verify_max_age_days": 30, "verify_min_data_pct": 10},
    "BR-15": {"min_repo_keys": 2},
    "BR-17": {"repo_min_free_pct": 15},
    "BR-19": {"max_lock_age_hours": 24},
}


def shifted(**time: int) -> str:
    """What the clock of the scanning computer says when it is so much ahead, or behind where that is negative."""
    return (datetime.now(UTC) + timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%SZ")


def judged(check: str, control: str, namespace: str, facts: Any, name: str, at: str = "", **declared: str) -> str:
    """The state of a check on one repository of those facts."""
    return said(check, control, namespace, facts, name, at, **declared)[0]


def said(
    check: str, control: str, namespace: str, facts: Any, name: str, at: str = "", **declared: str
) -> tuple[str, str]:
    """The state, and what is said of it."""
    compiler = Compiler(CATALOG)
    compiler.scope.clock.set(at or shifted())
    asset: dict[str, Any] = {"id": name, "path": f"/b/{name}", "mount": "", "leaves_site": True, **declared}
    asset["mounted"] = asset["mount"] in ("", "/")
    disks = {"storage": {"filesystems": [{"target": "/"}]}}
    host: Mapping[str, Any] = {"host": {**disks, namespace: normalise(facts)}}
    bindings = {**host, "asset": asset, "params": PARAMS[control], "lists": CATALOG.lists, "history": {}}
    bindings["agency"] = {"tier": "standard"}
    state, outcomes = judge_check(compiler.check(check, control), bindings, gaps_in(host))
    print(name, [(one.state, one.message) for one in outcomes])  # noqa: T201 - shown when it fails
    return str(state), "; ".join(one.message for one in outcomes)


RESTIC = """
export RESTIC_PASSWORD_FILE=$PWD/pass; echo right-one > pass; echo another > wrong; mkdir -p data/a data/b
echo x > data/a/f; echo y > data/b/f
restic -q -r fresh init; for one in old none lost shut copied broken; do cp -a fresh $one; done
for days in 1 2 3 40 120; do
  restic -q -r fresh backup data/a --host db-1 --time "$(date -d "$days days ago" '+%F %T')"
done
restic -q -r fresh backup data/a --host db-1
restic -q -r old backup data/a --host db-1 --time "$(date -d '40 days ago' '+%F %T')"
find old/snapshots -type f -exec touch -d '40 days ago' {} +
cp -a fresh left; restic -q -r left backup data/b --host mail-1 --time "$(date -d '9 days ago' '+%F %T')"
cp -a fresh pruned; restic -q -r pruned forget --keep-last 1 >/dev/null
cp -a fresh busy; touch busy/locks/0000000000000000000000000000000000000000000000000000000000000002
restic -q -r copied copy --from-repo fresh --from-password-file pass
# Its first backup was killed: there are packs and a lock, and no snapshot.
mkfifo never; restic -q -r broken backup --stdin --host db-1 < never & exec 3> never
for wait in $(seq 100); do [ -z "$(ls broken/locks)" ] || break; sleep 0.1; done; kill -9 $!; exec 3>&-
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
    names = ("fresh", "old", "none", "lost", "shut", "left", "pruned", "gone", "busy", "copied", "broken")
    given = [value for name in names for value in (name, f"{folder}/{name}", f"{folder}/pass")]
    given += ["wrong", f"{folder}/fresh", f"{folder}/wrong", "kept", f"{folder}/fresh", ""]
    given += ["kept-old", f"{folder}/old", "", "empty-folder", f"{folder}/data", f"{folder}/pass"]
    before = sh(f"find {folder} | sort | md5sum")
    facts = collected(read_only(folder), "restic", given)
    assert sh(f"find {folder} | sort | md5sum") == before, "a repository was written to"
    return facts


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("fresh", "pass"), ("old", "fail"), ("none", "fail"), ("left", "fail"), ("shut", "pass"), ("gone", "error"),
        ("wrong", "error"), ("kept", "error"), ("kept-old", "fail"), ("empty-folder", "error"), ("undeclared", "error"),
        # It lists its snapshots although all their data is gone: what lists is not what restores (BR-11).
        ("lost", "pass"),
        ("busy", "pass"), ("copied", "pass"), ("broken", "fail"),
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
        ("restic.no-old-lock", "BR-19", "busy", "pass"), ("restic.no-old-lock", "BR-19", "broken", "pass"),
        ("restic.deep", "BR-05", "copied", "pass"), ("restic.keys", "BR-15", "copied", "fail"),
    ],
)  # fmt: skip
def test_restic_else(restic: Any, check: str, control: str, name: str, state: str) -> None:
    assert judged(check, control, "restic", restic, name) == state


def test_a_lock_of_a_backup_that_was_killed_is_old_the_next_day(restic: Any) -> None:
    state, words = said("restic.no-old-lock", "BR-19", "restic", restic, "broken", shifted(hours=29, minutes=30))
    assert (state, words) == ("fail", "broken: 1 locks, the oldest 29 hours old")


@pytest.mark.parametrize("tool", ["restic", "borg", "pgbackrest"])
def test_a_clock_that_is_an_hour_off(tool: str, request: pytest.FixtureRequest) -> None:
    """One that is ahead makes backups older; one that is behind lets them come from the future: proof of nothing."""
    facts = request.getfixturevalue(tool)
    name = {"pgbackrest": "good"}.get(tool, "fresh")
    assert judged(f"{tool}.recent", "BR-02", tool, facts, name, shifted(hours=1)) == "pass"
    assert judged(f"{tool}.recent", "BR-02", tool, facts, name, shifted(minutes=-50)) == "pass"
    assert judged(f"{tool}.recent", "BR-02", tool, facts, name, shifted(hours=30)) == "fail"
    state, words = said(f"{tool}.recent", "BR-02", tool, facts, name, shifted(minutes=-70))
    assert state == "error"
    assert "but it is dated in the future (a clock is wrong)" in words


@pytest.mark.parametrize("tool", ["restic", "borg", "pgbackrest"])
def test_a_disk_that_is_not_mounted_shows_nothing(tool: str, request: pytest.FixtureRequest) -> None:
    facts = request.getfixturevalue(tool)
    name = {"pgbackrest": "good"}.get(tool, "fresh")
    assert judged(f"{tool}.recent", "BR-02", tool, facts, name, mount="/") == "pass"
    state, words = said(f"{tool}.recent", "BR-02", tool, facts, name, mount="/mnt/usb")
    assert (state, words.rpartition(", or ")[2]) == ("error", "/mnt/usb is not mounted")
    gone, words = said(f"{tool}.recent", "BR-02", tool, facts, "gone")
    assert gone == "error"
    assert words.endswith("/gone is not there: what it lies on is not mounted, or the register is wrong.")


def test_restic_says_why_it_cannot_see(restic: Any) -> None:
    rows = {row["repository"]: row for row in restic["points"]}
    reasons = {name: rows[name]["group"].reason for name in ("wrong", "gone", "empty-folder")}
    assert reasons == {
        "wrong": GapReason.LOGIN_REFUSED, "gone": GapReason.NOT_FOUND, "empty-folder": GapReason.NOT_FOUND,
    }  # fmt: skip
    assert isinstance(rows["kept"]["paths"], Gap)
    assert rows["kept"]["paths"].reason is GapReason.NO_CREDENTIAL


BORG = """
export BORG_BASE_DIR=$PWD/home BORG_PASSPHRASE=right-one; echo right-one > pass; echo another > wrong
mkdir data; echo x > data/f
for one in fresh old none; do borg init -e repokey-blake2 $one 2>/dev/null; done
for days in 1 2 30 100; do
  day=$(date -d "$days days ago" +%F); borg create --timestamp ${day}T01:00:00 fresh::db-1-$day data
done
borg create "fresh::db-1-$(date +%F)" data
borg create --timestamp 2026-10-01T01:00:00 old::db-1-2026-10-01 data
borg create --timestamp 2026-10-02T01:00:00 old::db-1-2026-10-02.checkpoint data
borg config old append_only 1; mkdir old/lock.exclusive; touch -d '3 days ago' old/lock.exclusive
cp -a fresh pruned; borg prune --keep-last 1 pruned 2>/dev/null
cp -a fresh lost; find lost/data -type f -size +1k -exec truncate -s -200 {} +
cp -a fresh busy; mkdir busy/lock.exclusive; cp -a none broken
export BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
borg create --timestamp 2026-10-02T01:00:00 broken::db-1-2026-10-02.checkpoint data 2>/dev/null
export BORG_PASSPHRASE=
borg init -e none open 2>/dev/null; borg create "open::db-1-$(date +%F)" data
borg init -e repokey empty 2>/dev/null; borg create "empty::db-1-$(date +%F)" data
borg init -e authenticated signed 2>/dev/null; borg create "signed::db-1-$(date +%F)" data
"""


@pytest.fixture(scope="module")
def borg(tmp_path_factory: pytest.TempPathFactory) -> Any:
    require("borg")
    require_root()
    folder = tmp_path_factory.mktemp("borg")
    make(folder, BORG.replace("borg prune", "yes YES | BORG_RELOCATED_REPO_ACCESS_IS_OK=yes borg prune"))
    names = ("fresh", "old", "none", "pruned", "open", "empty", "signed", "gone", "data", "busy", "lost", "broken")
    given = [value for name in names for value in (name, f"{folder}/{name}", f"{folder}/pass")]
    given += ["wrong", f"{folder}/fresh", f"{folder}/wrong", "kept", f"{folder}/fresh", ""]
    before = sh(f"find {folder} | sort | md5sum")
    facts = collected(read_only(folder), "borg", given)
    assert sh(f"find {folder} | sort | md5sum") == before, "something was written to"
    return facts


@pytest.mark.parametrize(
    ("check", "control", "name", "state"),
    [
        ("borg.recent", "BR-02", "fresh", "pass"), ("borg.recent", "BR-02", "old", "fail"),
        ("borg.recent", "BR-02", "none", "fail"), ("borg.recent", "BR-02", "open", "pass"),
        ("borg.recent", "BR-02", "gone", "error"), ("borg.recent", "BR-02", "data", "error"),
        ("borg.recent", "BR-02", "wrong", "error"), ("borg.recent", "BR-02", "kept", "unchecked"),
        ("borg.deep", "BR-05", "fresh", "pass"), ("borg.deep", "BR-05", "pruned", "fail"),
        ("borg.encrypted", "BR-09", "fresh", "pass"), ("borg.encrypted", "BR-09", "open", "fail"),
        ("borg.encrypted", "BR-09", "empty", "fail"), ("borg.encrypted", "BR-09", "signed", "fail"),
        ("borg.encrypted", "BR-09", "kept", "unchecked"), ("borg.encrypted", "BR-09", "wrong", "error"),
        ("borg.keys", "BR-15", "fresh", "error"), ("borg.keys", "BR-15", "open", "fail"),
        ("borg.keys", "BR-15", "kept", "unchecked"), ("borg.keys", "BR-15", "gone", "error"),
        ("borg.no-leftovers", "BR-19", "fresh", "pass"), ("borg.no-leftovers", "BR-19", "old", "fail"),
        ("borg.no-leftovers", "BR-19", "gone", "error"), ("borg.recent", "BR-02", "busy", "pass"),
        ("borg.no-leftovers", "BR-19", "busy", "pass"),
        # It lists its archives although its data are cut short: what lists is not what restores (BR-11).
        ("borg.recent", "BR-02", "lost", "pass"),
        ("borg.recent", "BR-02", "broken", "fail"), ("borg.no-leftovers", "BR-19", "broken", "fail"),
    ],
)  # fmt: skip
def test_borg(borg: Any, check: str, control: str, name: str, state: str) -> None:
    assert judged(check, control, "borg", borg, name) == state


def test_borg_append_only(borg: Any) -> None:
    setting = {row["id"]: row["append_only"] for row in borg["repositories"]}
    assert (setting["fresh"], setting["old"]) == (False, True)


DUMPS = """
mkdir good bad; cd good
for days in 0 1 2 3 30 100; do
  { seq 1 9000; echo '-- Dump completed on today'; } | gzip > deeds-$days.sql.gz
  touch -d "$days days ago" deeds-$days.sql.gz
done
printf -- 'SELECT 1;\\n-- PostgreSQL database dump complete\\n' > land-1.sql
{ seq 9; echo '-- Dump completed'; } | zstd -q > tax.sql.zst; seq 9 | xz > files.tar.xz; echo x > veeam.vbk
cd ../bad; head -c 4000 ../good/deeds-1.sql.gz > cut-1.sql.gz; : > empty-1.sql; echo INSERT > unfinished-1.sql
for days in 1 2 3 4; do
  cp ../good/deeds-3.sql.gz shrunk-$days.sql.gz; touch -d "$days days ago" shrunk-$days.sql.gz
done
echo '-- Dump completed' | gzip > shrunk-0.sql.gz
cp ../good/deeds-0.sql.gz old-1.sql.gz; touch -d '9 days ago' old-1.sql.gz
seq 9000 | zstd -q | head -c 400 > short-zst-1.tar.zst; seq 9000 | xz | head -c 400 > short-xz-1.tar.xz
seq 9000 | bzip2 | head -c 400 > short-bz2-1.tar.bz2; seq 9 | gzip > unended-1.sql.gz; : | gzip > hollow-1.sql.gz
mkdir -p ../sealed; cp ../good/deeds-0.sql.gz ../sealed
"""


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Any:
    require("zstd", "xz", "bzip2")
    require_root()
    folder = tmp_path_factory.mktemp("dumps")
    make(folder, DUMPS)
    patterns = {
        "deeds": "deeds-*.sql.gz", "land": "land-?.sql", "tax": "tax.sql.zst", "files": "files.tar.xz",
        "veeam": "*.vbk", "none": "no-*.gz",
    }  # fmt: skip
    given = [value for name, glob in patterns.items() for value in (name, f"{folder}/good", glob)]
    for name in (
        "cut",
        "empty",
        "unfinished",
        "shrunk",
        "old",
        "short-zst",
        "short-xz",
        "short-bz2",
        "unended",
        "hollow",
    ):
        given += [name, f"{folder}/bad", f"{name}-*"]
    return collected(
        read_only(folder), "dumps", [*given, "gone", f"{folder}/gone", "*", "unnamed", f"{folder}/good", ""]
    )


@pytest.mark.parametrize(
    ("name", "recent", "read_through"),
    [
        ("deeds", "pass", "pass"), ("land", "pass", "error"), ("tax", "pass", "pass"), ("files", "pass", "pass"),
        ("veeam", "error", "error"), ("none", "fail", "fail"), ("cut", "fail", "fail"), ("empty", "fail", "fail"),
        ("unfinished", "fail", "fail"), ("shrunk", "fail", "error"), ("old", "fail", "pass"),
        ("gone", "error", "error"), ("short-zst", "fail", "fail"), ("short-xz", "fail", "fail"),
        ("short-bz2", "fail", "fail"), ("unended", "fail", "fail"), ("hollow", "fail", "fail"),
        ("unnamed", "error", "error"), ("undeclared", "error", "error"),
    ],
)  # fmt: skip
def test_dumps(dumps: Any, name: str, recent: str, read_through: str) -> None:
    assert judged("dumps.recent", "BR-02", "dumps", dumps, name) == recent
    assert judged("dumps.read-through", "BR-11", "dumps", dumps, name) == read_through


def test_dumps_on_a_disk_that_is_not_mounted_are_never_a_pass(dumps: Any) -> None:
    assert judged("dumps.recent", "BR-02", "dumps", dumps, "deeds", mount="/mnt/usb") == "error"
    assert judged("dumps.recent", "BR-02", "dumps", dumps, "deeds", mount="/") == "pass"


@pytest.mark.parametrize(
    ("name", "now", "later"),
    [("deeds", "pass", "pass"), ("empty", "pass", "fail"), ("cut", "pass", "fail"), ("none", "pass", "pass"),
     ("veeam", "error", "error"), ("gone", "error", "error"), ("unnamed", "error", "error")],
)  # fmt: skip
def test_what_is_empty_or_broken_may_still_be_written_for_a_day(dumps: Any, name: str, now: str, later: str) -> None:
    assert judged("dumps.no-leftovers", "BR-19", "dumps", dumps, name) == now
    assert judged("dumps.no-leftovers", "BR-19", "dumps", dumps, name, shifted(hours=25)) == later


def test_the_history_of_dumps(dumps: Any) -> None:
    assert judged("dumps.deep", "BR-05", "dumps", dumps, "deeds") == "pass"
    assert judged("dumps.deep", "BR-05", "dumps", dumps, "land") == "fail"


@pytest.fixture(scope="module")
def pgbackrest() -> Any:
    require("pgbackrest", "setpriv", "pg_lsclusters")
    require_root()
    with pgbackrest_states() as (run, given):
        return collected(run, "pgbackrest", given)


@pytest.mark.parametrize(
    ("check", "control", "name", "state"),
    [
        ("pgbackrest.recent", "BR-02", "good", "pass"), ("pgbackrest.recent", "BR-02", "plain", "fail"),
        ("pgbackrest.recent", "BR-02", "empty", "fail"), ("pgbackrest.recent", "BR-02", "wrong", "error"),
        ("pgbackrest.recent", "BR-02", "away", "error"), ("pgbackrest.recent", "BR-02", "gone", "error"),
        ("pgbackrest.recent", "BR-02", "nofile", "error"), ("pgbackrest.recent", "BR-02", "unnamed", "unchecked"),
        ("pgbackrest.deep", "BR-05", "good", "fail"), ("pgbackrest.encrypted", "BR-09", "good", "pass"),
        ("pgbackrest.encrypted", "BR-09", "plain", "fail"), ("pgbackrest.encrypted", "BR-09", "empty", "error"),
        ("pgbackrest.no-damaged", "BR-19", "good", "pass"), ("pgbackrest.no-damaged", "BR-19", "gone", "error"),
        # It lists its backup although all files of that are gone: what lists is not what restores (BR-11).
        ("pgbackrest.recent", "BR-02", "lost", "pass"), ("pgbackrest.no-damaged", "BR-19", "lost", "pass"),
        # A backup in which damaged pages were met is no restore point.
        ("pgbackrest.recent", "BR-02", "damaged", "fail"), ("pgbackrest.no-damaged", "BR-19", "damaged", "fail"),
        # The first backup is running: there is no restore point yet, and what is running is not judged as damaged.
        ("pgbackrest.recent", "BR-02", "busy", "fail"), ("pgbackrest.no-damaged", "BR-19", "busy", "error"),
    ],
)  # fmt: skip
def test_pgbackrest(pgbackrest: Any, check: str, control: str, name: str, state: str) -> None:
    assert judged(check, control, "pgbackrest", pgbackrest, name) == state


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("restic", "The passphrase in the named file opens no key of this repository."),
        ("borg", "The passphrase in the named file does not open this repository."),
        (
            "pgbackrest",
            "pgBackRest can make nothing of its list of backups: the passphrase in its file is wrong, or the list is "
            "damaged.",
        ),
    ],
)
def test_a_wrong_passphrase_is_an_error_in_words(tool: str, words: str, request: pytest.FixtureRequest) -> None:
    facts = request.getfixturevalue(tool)
    assert said(f"{tool}.recent", "BR-02", tool, facts, "wrong") == ("error", words)


@pytest.mark.parametrize("tool", ["restic", "borg"])
def test_a_repository_that_cannot_be_written_to_is_listed_all_the_same(
    tool: str, request: pytest.FixtureRequest
) -> None:
    """Everything here was asked where the repositories are mounted read-only: no lock, no cache, no index is wanted."""
    facts = request.getfixturevalue(tool)
    state, words = said(f"{tool}.recent", "BR-02", tool, facts, "fresh")
    assert state == "pass"
    assert re.fullmatch(r"fresh: db-1\b.*: [56] restore points, the newest [01] hours old", words)
