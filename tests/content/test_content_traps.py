"""Traps: ways in which a probe looks as if it had seen that all is well. Each has a test that fails who walks into it.

The table names, for each trap of the notes to the standards by its number, the tests (`file::function`) and the
examples of checks (`check::example`) that guard it; or the clauses that would meet it and are not built yet. It fails
where a named test or example is gone, and where such a clause is built while the table names no test for it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache

import pytest

from pepperbird.bundle.sources import read_sources
from pepperbird.model.policy import Control
from tests.support.samples import ROOT


@dataclass(frozen=True)
class Trap:
    """What looks well and is not; who guards it; by clause id, who would meet it once it is built."""

    what: str
    guards: tuple[str, ...] = ()
    not_built: tuple[str, ...] = ()


HERE = "tests/content/test_content_traps.py"
REAL = "tests/integration/test_integration_traps.py"
REPOSITORIES = "tests/integration/test_integration_repositories.py"
DATABASES = "tests/integration/test_integration_databases.py"
DRILLS = "tests/integration/test_integration_drills.py"
RPM = "tests/integration/test_integration_rpm.py"
CLOSED = "tests/integration/test_integration_closed.py"
TRAPS: dict[int, Trap] = {
    1: Trap("a TLS library that cannot speak old TLS itself", not_built=("IS-02.1", "IS-02.2", "IS-03.1")),
    2: Trap(
        "restic locks what it lists, and fails on a read-only repository",
        (f"{HERE}::test_restic_is_never_run_with_a_lock_or_a_cache", f"{REAL}::test_restic_on_a_read_only_repository"),
    ),
    3: Trap(
        "restic ends with 1 for a missing repository and a wrong password alike",
        (f"{REPOSITORIES}::test_restic_says_why_it_cannot_see", f"{REPOSITORIES}::test_restic_recent"),
    ),
    4: Trap(
        "restic check --json is plain text before 0.18",
        (f"{HERE}::test_no_probe_verifies_a_repository", f"{HERE}::test_a_verification_is_judged_by_how_the_tool_ended",
         f"{DRILLS}::test_what_was_verified"),
    ),
    5: Trap("borg writes the times of whoever asks", (f"{REAL}::test_times_of_borg_are_those_of_no_zone_but_utc",)),
    6: Trap(
        "a broken repository lists all its backups",
        (f"{REPOSITORIES}::test_restic_recent", f"{HERE}::test_no_listing_counts_as_verification"),
    ),
    7: Trap(
        "pg_monitor may not read pg_hba_file_rules", (f"{DATABASES}::test_each_right_is_needed",)
    ),
    8: Trap(
        "pg_settings leaves out what an account may not see",
        (f"{DATABASES}::test_each_right_is_needed", "postgresql.archiving::hidden"),
    ),
    9: Trap(
        "an idle PostgreSQL archives nothing",
        ("postgresql.archiving::works and is idle for long", "postgresql.archiving::one waits too long"),
    ),
    10: Trap(
        "the table of encrypted MariaDB tables is empty without a key",
        ("mysql.mariadb-encrypted::no tables", "mysql.mariadb-encrypted::half"),
    ),
    11: Trap("MariaDB as it comes loses data in a power cut", ("mysql.crash-safe::as MariaDB comes",)),
    12: Trap(
        "lsblk shows no file systems without udev or root",
        (f"{HERE}::test_disks_are_read_from_the_kernel_and_by_no_tool_that_leaves_out",
         f"{CLOSED}::test_a_closed_way_is_denied"),
    ),
    13: Trap(
        "an old index shows no updates",
        ("packages.security-updates::the index is old, so that nothing could be seen",
         "packages.rpm-security-updates::the index is old, so that nothing could be seen",
         f"{RPM}::test_a_mirror_that_stands_still_is_no_fresh_index",
         "packages.security-updates::a release whose support has ended",
         f"{RPM}::test_a_repository_without_errata_is_not_one_where_nothing_waits"),
    ),
    14: Trap(
        "object stores that do not know a question look as if nothing were set",
        ("s3.versioned::never", "s3.blocked::a server without such blocks",
         "s3.owned-and-logged::a server that does not know it"),
    ),
    15: Trap(
        "zpool status -j is new and quotes its numbers",
        (f"{HERE}::test_no_probe_asks_zpool_for_json",
         "tests/unit/observe/test_observe_disks.py::test_what_zpool_never_said_before_is_refused",
         "tests/unit/observe/test_observe_disks.py::test_checksums_are_counted_also_where_zpool_shortens_them"),
    ),
    16: Trap(
        "the exit status of smartctl is a bit mask",
        ("tests/unit/observe/test_observe_disk_keys.py::test_the_exit_status_of_smartctl_is_a_bit_mask",
         "tests/unit/observe/test_observe_disk_keys.py::test_a_verdict_does_not_count_where_smartctl_failed"),
    ),
    17: Trap("a recursive resolver counts the TTL down", not_built=("DR-10.1", "IS-11.1", "IS-12.1", "IS-13.1")),
    18: Trap(
        "room that is reserved for root counts as free",
        (f"{REAL}::test_what_is_reserved_for_root_is_not_free",
         "tests/integration/test_integration_probes.py::test_room_is_what_df_says"),
    ),
    19: Trap("MariaDB shows nothing where a right lacks", (f"{DATABASES}::test_each_right_is_needed",)),
    20: Trap("a port that is blocked on our own side", not_built=("IS-19.1", "IS-18.1", "IS-13.1")),
}  # fmt: skip
COUNT = 20
"""How many traps the notes to the standards list."""


@cache
def functions(file: str) -> frozenset[str]:
    """The tests of a file that really run: not those under a plain skip."""
    tree = ast.parse((ROOT / file).read_text())
    skipped = {"pytest.mark.skip", "pytest.mark.xfail"}
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        and not any(one in ast.unparse(mark) for mark in node.decorator_list for one in skipped)
    )  # fmt: skip


@cache
def controls() -> dict[str, Control]:
    """The controls that ship, by id."""
    return {one.id: one for part in read_sources(ROOT).policies.values() for one in part.value.controls}


@pytest.mark.parametrize("number", range(1, COUNT + 1))
def test_every_trap_is_guarded(number: int) -> None:
    trap = TRAPS[number]
    assert trap.guards or trap.not_built, trap.what
    for guard in trap.guards:
        place, _, name = guard.partition("::")
        if place.endswith(".py"):
            assert (ROOT / place).exists() and name in functions(place), guard
        else:
            assert name in {example.name for example in read_sources(ROOT).checks[place].value.examples}, guard


@pytest.mark.parametrize("number", [number for number, trap in TRAPS.items() if trap.not_built])
def test_who_builds_what_a_trap_waits_for_names_a_guard(number: int) -> None:
    clauses = {
        leaf.id: leaf
        for part in read_sources(ROOT).policies.values()
        for one in part.value.controls
        for leaf in one.leaves
    }
    trap = TRAPS[number]
    built = [name for name in trap.not_built if clauses[name].check is not None]
    assert not built, f"{trap.what}: {built} is built; name the tests that guard it, and take it out of `not_built`"


def test_no_trap_stands_beside_the_notes() -> None:
    assert set(TRAPS) == set(range(1, COUNT + 1))


def probes(*names: str) -> str:
    """The probes of those collectors, or of all, without their comments."""
    files = [ROOT / "collectors" / name / "probe.sh" for name in names] or sorted(ROOT.glob("collectors/*/probe.sh"))
    return "\n".join(re.sub(r"(?m)^\s*#.*$", "", file.read_text()) for file in files)


def test_restic_is_never_run_with_a_lock_or_a_cache() -> None:
    runs = [line for line in probes("restic").splitlines() if re.search(r'as_root "\$\w+" -r', line)]
    assert len(runs) == 2
    assert all("--no-lock --no-cache" in line for line in runs)
    probes_of = read_sources(ROOT).collectors["restic"].value.probes.values()
    commands = [one for probe in probes_of for one in probe.commands]
    assert all("--no-lock --no-cache" in one for one in commands if "/restic " in one)


def test_no_probe_verifies_a_repository() -> None:
    """It is heavy and, before restic 0.18, answers in plain text: the agency runs it and signs the result (BR-11)."""
    assert not re.search(r"(restic|borg|\$tool\"?|\$1\"?) .*\bcheck\b", probes("restic", "borg"))


def test_a_verification_is_judged_by_how_the_tool_ended() -> None:
    """Never by words of restic or borg that say all is well: those differ from version to version."""
    text = (ROOT / "collectors" / "drills" / "pepperbird-drill.sh").read_text()
    runs = [line.strip() for line in text.splitlines() if re.search(r"\b(restic|borg)\b.* check\b", line)]
    assert len(runs) == 2 and not any("--json" in run for run in runs)
    assert all(f"{run}\n  status=$?\n" in text for run in runs)
    assert "no errors were found" not in text


def test_no_listing_counts_as_verification() -> None:
    listing = {leaf.check for leaf in controls()["BR-02"].leaves if leaf.check}
    verifying = {leaf.check for leaf in controls()["BR-11"].leaves if leaf.check}
    assert listing and verifying and not listing & verifying


def test_disks_are_read_from_the_kernel_and_by_no_tool_that_leaves_out() -> None:
    assert not re.search(r"\b(lsblk|findmnt|blkid)\b", probes())


def test_no_probe_asks_zpool_for_json() -> None:
    asked = re.findall(r'"\$zpool" (\w+)([^|&\n]*)', probes())
    assert {verb for verb, _ in asked} == {"list", "status"}
    assert not [rest for _, rest in asked if re.search(r"\s-\w*j|--json", rest)]
