"""Cheats of those who scan, who keep the register and who hold the database: each is refused, or shown by name."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pepperbird.bundle.archive import FOLDERS, pack_content, unpack_content
from pepperbird.bundle.read import read_bundle
from pepperbird.model.declared import Waiver
from pepperbird.model.plan import EndpointPlan
from pepperbird.scan import collecting, declaring
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import Catalogs, Verified, verify
from pepperbird.store.codec import digest
from pepperbird.store.runs import Store
from tests.support.calling import called
from tests.support.signed_runs import AGENCY, make_signed_runs

pytestmark = pytest.mark.slow

Call = Callable[..., tuple[int, str, str]]
KEY = "SHA256:" + "A" * 43
OTHER_KEY = "SHA256:" + "B" * 43


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cheats")
    with pytest.MonkeyPatch.context() as patch:
        make_signed_runs(folder, patch, 1)
        yield folder


@pytest.fixture(scope="module")
def catalogs() -> Iterator[Catalogs]:
    with ExitStack() as stack:
        yield Catalogs(stack)


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "all")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "all" / "state"))
    monkeypatch.chdir(tmp_path / "all" / "site")
    return tmp_path / "all"


@pytest.fixture
def scan(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """Scans, and gives the run as the report says it."""

    def scan() -> dict[str, Any]:
        status, out, err = called(capsys, "scan", "--format", "json")
        assert status in (0, 1, 3), err
        found: dict[str, Any] = json.loads(out)
        return found

    return scan


@pytest.fixture
def verified(home: Path, catalogs: Catalogs) -> Callable[[], Verified]:
    def verified() -> Verified:
        store = Store(home / "state" / "pepperbird.db")
        try:
            return verify(StoreSource(store), judge=False, catalogs=catalogs)
        finally:
            store.close()

    return verified


def changed(home: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(home / "state" / "pepperbird.db", isolation_level=None)) as db:
        db.execute(sql, values)


def connection_of(home: Path, machine: str, **facts: object) -> None:
    """Make the machine show these facts of its connection from now on."""
    path = home / "site" / machine / "transcript.json"
    said = json.loads(path.read_text())
    said["connection"] |= facts
    path.write_text(json.dumps(said))


def states(run: dict[str, Any], control: str) -> dict[str, str]:
    return {one["asset"]: one["state"] for one in run["controls"] if one["control"] == control}


def test_another_machine_in_the_place_of_the_register_s_is_named(home: Path, scan: Any, verified: Any) -> None:
    """The register has the host key; the collecting process was made not to look at it."""
    agency = home / "site" / "agencies" / "moh.yaml"
    agency.write_text(AGENCY.replace("at: machine", f"at: machine, host_key: '{KEY}'"))
    connection_of(home, "machine", host_key_fingerprint=OTHER_KEY)
    scan()
    assert any(f"another machine answered: the register has the host key {KEY}, it showed {OTHER_KEY}" in fault
               for fault in verified().faults)  # fmt: skip


def test_one_machine_for_two_and_a_machine_that_changed_are_to_be_explained(
    home: Path, scan: Any, verified: Any
) -> None:
    connection_of(home, "machine", host_key_fingerprint=KEY)
    connection_of(home, "second", host_key_fingerprint=KEY)
    scan()
    notes = verified().notes
    assert any("moh/other/replay and moh/srv/replay show the same host key: one machine?" in note for note in notes)
    connection_of(home, "second", host_key_fingerprint=OTHER_KEY)
    scan()
    found = verified()
    assert any("moh/other/replay shows another host key than before: another machine?" in one for one in found.notes)
    assert found.faults == []


def test_an_expected_kind_left_out_counts_as_unchecked(home: Path, scan: Any) -> None:
    agency = home / "site" / "agencies" / "moh.yaml"
    agency.write_text(AGENCY + "stores: [{id: deeds, asset: srv, path: /srv/deeds}]\n")
    declared = scan()
    agency.write_text(AGENCY)
    left_out = scan()
    for control in ("BR-01", "BR-06", "BR-07"):
        assert states(left_out, control)["moh#data-store"] == "unchecked"
    ours, theirs = declared["agencies"][0], left_out["agencies"][0]
    assert theirs["score"] <= ours["score"] + 0.05
    assert theirs["standards"]["BR"]["pairs"] >= ours["standards"]["BR"]["pairs"]


def test_a_discovered_store_left_out_of_the_register_fails(home: Path, scan: Any) -> None:
    assert states(scan(), "DS-01")["srv"] == "pass"
    mounts, space = (home / "site" / "machine" / f"storage.{name}.stdout" for name in ("mounts", "space"))
    for path, line in (
        (mounts, "999 1 253:9 / /srv/secret rw,relatime - ext4 /dev/vdz1 rw"),
        (space, "/srv/secret 4096 1000000 900000 850000 65536 65000"),
    ):
        path.write_bytes(path.read_bytes().replace(b"\nend\n", f"\n{line}\nend\n".encode()))
    run = scan()
    assert states(run, "DS-01")["srv"] == "fail"
    assert any(one["subject"] == "/srv/secret" and one["state"] == "fail" for one in run["findings"])


def test_a_clock_set_back_makes_all_machines_differ_the_same_way(home: Path, scan: Any, verified: Any) -> None:
    shutil.copytree(home / "site" / "machine", home / "site" / "third")
    agency = home / "site" / "agencies" / "moh.yaml"
    agency.write_text(
        AGENCY + "  - {id: third, kind: linux-server, site: monrovia, access: [{via: replay, at: third}]}\n"
    )
    for machine, ahead in (("machine", 86_400_000), ("second", 86_401_000), ("third", 86_399_000)):
        connection_of(home, machine, clock_offset_ms=ahead)
    scan()
    found = verified()
    assert any("all machines' clocks differ from the collector's, by 1440 minutes" in note for note in found.notes)
    assert found.faults == []


def test_probes_asked_with_forged_arguments_are_named(
    home: Path, scan: Any, verified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who scans, with the key at hand, asks a machine about another directory than the plan that is recorded says."""
    honest = collecting.each

    def forged(endpoints: list[EndpointPlan], *rest: Any, **more: Any) -> Any:
        asked = []
        for one in endpoints:
            calls = [replace(call, args=("/srv/clean",)) if call.id == "storage.space" else call for call in one.probes]
            asked.append(replace(one, probes=tuple(calls)) if one.asset == "srv" else one)
        return honest(asked, *rest, **more)

    monkeypatch.setattr(collecting, "each", forged)
    scan()
    faults = verified().faults
    assert any("moh/srv/replay: asked by other probes, arguments or limits than the plan's" in one for one in faults)
    assert not any("moh/other" in fault for fault in faults)


def test_an_altered_check_is_named_although_it_judges(home: Path, catalogs: Catalogs, verified: Any) -> None:
    """The content that a run keeps is replaced by one in which a check always passes, whole and readable."""
    path = home / "state" / "pepperbird.db"
    with closing(sqlite3.connect(path)) as db:
        (archive,) = db.execute("SELECT archive FROM contents").fetchone()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        unpack_content(archive, root)
        check = root / "checks" / "storage" / "capacity.yaml"
        check.write_text(check.read_text().replace("\nwhy: ", "\nwhy: Indeed. ", 1))
        assert set(FOLDERS) <= {one.name for one in root.iterdir()}
        altered = pack_content(root)
        read_bundle(root)
    assert altered != archive
    changed(home, "PRAGMA foreign_keys=OFF")
    changed(home, "UPDATE contents SET archive=?, digest=?", altered, digest(altered))
    changed(home, "UPDATE runs SET content_digest=?", digest(altered))
    faults = verified().faults
    assert any("the content that it was judged by changed since it was recorded" in fault for fault in faults)
    assert any("the content that is kept is another than the one it was judged by" in fault for fault in faults)


def test_an_altered_check_shows_in_the_reports_of_two_runs(home: Path, scan: Any, tmp_path: Path, capsys: Any) -> None:
    before = scan()["content_digest"]
    with tempfile.TemporaryDirectory() as folder:
        with closing(sqlite3.connect(home / "state" / "pepperbird.db")) as db:
            unpack_content(db.execute("SELECT archive FROM contents").fetchone()[0], Path(folder))
        check = Path(folder) / "checks" / "storage" / "capacity.yaml"
        check.write_text(check.read_text().replace("\nwhy: ", "\nwhy: Indeed. ", 1))
        status, out, err = called(capsys, "scan", "--content", folder, "--format", "json")
    assert status in (0, 1, 3), err
    assert json.loads(out)["content_digest"] != before


def test_evidence_pruned_without_an_entry_is_named(home: Path, verified: Any) -> None:
    changed(home, "DELETE FROM transcripts WHERE endpoint='moh/srv/replay'")
    assert any("the evidence of moh/srv/replay is gone" in fault for fault in verified().faults)


def test_a_run_pruned_without_an_entry_is_named(home: Path, verified: Any) -> None:
    with closing(sqlite3.connect(home / "state" / "pepperbird.db", isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys=ON")
        db.execute("DELETE FROM runs")
    assert any("deleted; ledger entry 3 recorded it" in fault for fault in verified().faults)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signed": "signed", "key": "0" * 64}, "the waiver w1 of moh for DS-03 on srv is in no record"),
        ({}, "the waiver w1 of moh for DS-03 on srv is only a file, and the site had keys"),
    ],
)
def test_a_waiver_that_nobody_approved_is_named(
    change: dict[str, str], words: str, scan: Any, verified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who scans, with the key at hand, writes a waiver into the register that the run keeps and is judged by."""
    honest = declaring.declared
    waiver = Waiver(
        id="w1", agency="moh", control="DS-03", asset="srv", reason="x", measure="x", approved_by="Nobody",
        since="2026-01-01", until="2090-01-01", begins="2026-01-01T00:00:00Z", ends="2090-01-01T00:00:00Z",
    )  # fmt: skip

    def forged(*arguments: Any) -> Any:
        site = honest(*arguments)
        return site.model_copy(update={"waivers": (*site.waivers, waiver.model_copy(update=change))})

    monkeypatch.setattr(declaring, "declared", forged)
    scan()
    assert any(words in fault for fault in verified().faults)
