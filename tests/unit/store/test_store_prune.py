"""Pruning: what is old goes with its entry and its traces; what says where an agency stands stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.model.evidence import Memory
from pepperbird.model.kit import Kit
from pepperbird.model.retention import Retention
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify_ledger import read_book
from pepperbird.store import tables
from pepperbird.store.runs import Store
from pepperbird.store.schedules import Tick
from pepperbird.store.spent import KITS, REQUESTS, TICKS
from pepperbird.store.works import Work
from pepperbird.trust.ledger import EntryKind, entry_of
from pepperbird.trust.vault import Master
from tests.support.two_agencies import SITE, keep, rows, traces, transcript

MASTER = Master.new()
NOW = "2027-06-01T00:00:00Z"
OLD, RECENT = "2026-01-01T00:00:00Z", "2027-05-20T00:00:00Z"


@pytest.fixture(params=[None, MASTER], ids=["clear", "sealed"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    opened = Store(tmp_path / "home" / "pepperbird.db", request.param)
    yield opened
    opened.close()


def test_old_transcripts_go_with_an_entry_and_without_a_trace(store: Store) -> None:
    for number, at in enumerate((OLD, OLD, RECENT), 1):
        keep(store, f"r{number}", at=at)
    plain = [row[0] for row in rows(store.path, "SELECT body FROM transcripts UNION SELECT body FROM blobs")]
    rule = Retention(transcripts=100)
    assert [(one.run, one.whole, one.pieces) for one in store.due(rule, NOW)] == [("r1", False, 2), ("r2", False, 2)]
    assert len(rows(store.path, "SELECT 1 FROM transcripts")) == 6, "looking changes nothing"
    root = store.records.parts("r1").evidence
    gone = store.prune(rule, NOW)
    assert [one.run for one in gone] == ["r1", "r2"]
    assert [row[0] for row in rows(store.path, "SELECT DISTINCT run FROM transcripts")] == ["r3"]
    assert store.load("r1").verdicts, "what was found stays"
    entries = [entry_of(row.body) for row in store.ledger.rows() if row.kind == EntryKind.PRUNE]
    assert [(one.subject, one.at, one.details["rule"]) for one in entries] == [
        ("r1/evidence", NOW, "transcripts: 100 days"), ("r2/evidence", NOW, "transcripts: 100 days"),
    ]  # fmt: skip
    assert root
    runs = {row.subject: entry_of(row.body) for row in store.ledger.rows() if row.kind == EntryKind.RUN}
    assert entries[0].digest == runs["r1"].details["merkle_root"]
    assert store.vault.purge()
    kept = {row[0] for row in rows(store.path, "SELECT body FROM transcripts UNION SELECT body FROM blobs")}
    away = [one for one in plain if isinstance(one, bytes) and one not in kept]
    assert traces(store.path, away) == 0
    assert store.prune(rule, NOW) == []


def test_what_says_where_an_agency_stands_is_kept_whatever_its_age(store: Store) -> None:
    keep(store, "r1", at=OLD)
    keep(store, "r2", ("moh",), at=OLD)
    keep(store, "r3", ("moh",), at=OLD, partial=True)
    keep(store, "r4", ("moh",), at=OLD, partial=True)
    every = Retention(transcripts=1, partial_runs=1, runs=1)
    gone = store.prune(every, NOW)
    assert [(one.run, one.whole) for one in gone] == [("r3", True)], "r1 mof, r2 moh, r4 what is remembered of moh"
    assert store.standing("moh")[0] == "r2"
    assert store.standing("mof")[0] == "r1"
    assert store.memory(["moh"]).tracks
    assert store.load("r2").transcripts["moh/srv/ssh"] == transcript("moh")


def test_whole_runs_and_those_that_never_ended_go(store: Store) -> None:
    keep(store, "r1", at=OLD)
    keep(store, "r2", at=RECENT)
    started = store.load("r2")
    from dataclasses import replace

    store.begin(replace(started, id="r0", at=OLD), SITE, Memory(), b"other content")
    assert [(one.run, one.rule) for one in store.due(Retention(partial_runs=30), NOW)] == [("r0", "partial_runs")]
    gone = store.prune(Retention(runs=400), NOW)
    assert [(one.run, one.whole) for one in gone] == [("r0", True), ("r1", True)]
    assert [row[0] for row in rows(store.path, "SELECT id FROM runs")] == ["r2"]
    assert rows(store.path, "SELECT count(*) FROM contents") == [(1,)], "content of no run goes too"
    assert store.load("r2").transcripts
    if store.sealed:
        assert rows(store.path, "SELECT count(*) FROM blobs") == rows(store.path, "SELECT count(*) FROM blob_keys")


def test_a_run_that_goes_on_is_not_pruned_however_old_it_is(store: Store) -> None:
    keep(store, "r9", at=RECENT)
    begun = replace(store.load("r9", heard=False), id="r1", at=OLD)
    store.begin(begun, SITE, Memory(), b"content", work=Work("r1", "{}", NOW))
    assert store.due(Retention(partial_runs=1, runs=30), NOW) == []
    store.works.close(store.works.open()[0])
    assert [one.run for one in store.due(Retention(partial_runs=1, runs=30), NOW)] == ["r1"]


def test_of_old_runs_the_newest_of_each_month_of_each_agency_stays(store: Store) -> None:
    for number, (at, agencies) in enumerate(
        [("2026-01-03", ("moh", "mof")), ("2026-01-10", ("moh",)), ("2026-01-17", ("moh", "mof")),
         ("2026-01-24", ("moh",)), ("2026-02-02", ("moh",)),
         ("2027-05-20", ("moh", "mof")), ("2027-05-21", ("moh", "mof"))], 1,
    ):  # fmt: skip
        keep(store, f"r{number}", agencies, at=f"{at}T00:00:00Z")
    figures = rows(store.path, "SELECT count(*) FROM marks")
    gone = store.prune(Retention(every_run=100), NOW)
    assert [(one.run, one.whole, one.named) for one in gone] == [
        ("r1", True, "every_run: 100 days"), ("r2", True, "every_run: 100 days"),
    ], "r3 is the newest of January of mof, r4 that of moh; those of May are young"  # fmt: skip
    assert rows(store.path, "SELECT count(*) FROM marks") == figures, "figures outlive the runs"
    assert not read_book(StoreSource(store)).faults, "each has its entry, of its own evidence and of its age"
    assert store.prune(Retention(every_run=100), NOW) == []


def test_what_is_spent_goes_and_what_is_of_use_stays(store: Store) -> None:
    store.schedules.see("nightly", OLD)
    store.schedules.see("rare", OLD)
    for noted in (OLD, OLD, RECENT):
        store.schedules.settle(Tick("nightly", noted, "missed", noted))
    store.schedules.settle(Tick("rare", OLD, "missed", OLD))
    names = ("id", "made", "state")
    for values in (("a", OLD, "done"), ("b", OLD, "failed"), ("c", OLD, "queued"), ("d", RECENT, "done")):
        with store._writing() as connection:
            connection.execute(tables.requests.insert(), dict(zip(names, values, strict=True)))
    store.kits.add([Kit(nonce, "moh", "srv", OLD, ends, "p", "a") for nonce, ends in (("n1", OLD), ("n2", RECENT))])
    rule = Retention(schedules=100, kits=100)
    expected = {TICKS: 2, REQUESTS: 2, KITS: 1}
    assert store.spent.due(rule, NOW) == expected == store.spent.take_out(rule, NOW)
    assert [(one.tick) for one in store.schedules.ticks("nightly")] == [RECENT]
    assert len(store.schedules.ticks("rare")) == 1, "the newest of each stays whatever its age"
    assert rows(store.path, "SELECT id FROM requests ORDER BY id") == [("c",), ("d",)]
    assert store.kits.find("n1") is None and store.kits.find("n2") is not None
    assert store.spent.take_out(rule, NOW) == {} == store.spent.due(Retention(), NOW)
