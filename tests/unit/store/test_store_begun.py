"""A second series that has not ended: nothing shows it, it goes on only as it was kept, and leaves nothing behind."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from pepperbird.errors import StoreError, UsageError
from pepperbird.model.retention import Retention
from pepperbird.scan.source import StoreSource
from pepperbird.scan.trends import trend_of_agency, trend_of_nation
from pepperbird.scan.verify import Verified, verify
from pepperbird.store.begun import Hand
from pepperbird.store.copy import copy_store
from pepperbird.store.database import reading, writing
from pepperbird.store.runs import Store
from pepperbird.store.series_digest import series_digest
from pepperbird.store.series_tables import series_figures, series_marks
from pepperbird.store.spent import BEGUN
from pepperbird.store.standing import sorted_rows
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.envelope import seal
from pepperbird.trust.keylist import KeyList
from pepperbird.trust.keys import PrivateKey, Purpose
from pepperbird.trust.vault import Master
from tests.support.keys import an_entry, signed
from tests.support.past import Past
from tests.support.series import HAND, Scores, begun, step

NAMES = {"moh": "Health", "mof": "Finance"}
DAYS = ("2026-01-28", "2026-02-28", "2026-03-10", "2026-03-20", "2026-03-28")
MASTER = Master.new()
LATER = "2026-07-01T00:00:00Z"


@pytest.fixture(params=[None, MASTER], ids=["clear", "sealed"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    opened = Store(tmp_path / "pepperbird.db", request.param)
    yield opened
    opened.close()


def five(store: Store) -> tuple[Past, Scores]:
    past = Past(store, NAMES, b"")
    runs = [past.keep(day, {"moh": 60.0 + n, "mof": 20.0}) for n, day in enumerate(DAYS)]
    return past, {run: {"moh": 30.0 + n, "mof": 10.0} for n, run in enumerate(runs)}


def verified(store: Store) -> Verified:
    return verify(StoreSource(store), judge=False)


def faults(store: Store) -> list[str]:
    return [one for one in verified(store).faults if "series" in one or "ledger" in one]


def change(store: Store, script: str) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        connection.executescript(script)


def count(store: Store, table: str) -> int:
    with closing(sqlite3.connect(store.path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


def test_nothing_shows_it_and_verify_names_it_without_a_fault(store: Store) -> None:
    past, scores = five(store)
    one = begun(store, past, scores, 3)
    assert store.rejudging.get() == one and (one.done, len(one.runs)) == (3, 5)
    assert store.series.all() == [] and store.series.digests() == {}
    for trend in (trend_of_agency(store, "moh", None, ""), trend_of_nation(store, None, "")):
        assert trend.series is None and {point.again for point in trend.points} == {None}
    assert faults(store) == []
    assert [note for note in verified(store).notes if "series" in note] == [
        "series 1: begun on 2026-04-01T00:00:00Z and not ended, 3 of 5 runs are judged again; nothing shows it, and "
        "the ledger says nothing of it yet"
    ]


def test_rows_of_no_begun_series_are_named_beside_it(store: Store) -> None:
    past, scores = five(store)
    begun(store, past, scores, 2)
    columns = "run, agency, at, name, tier, 'A', stage, content, baseline, engine, median, lowest_decile, reporting"
    change(store, f"INSERT INTO series_marks SELECT 7, {columns}, registered FROM series_marks")  # noqa: S608
    assert faults(store) == ["series 7: not in the ledger: it was put into the store past the recorder"]


def test_it_hides_no_series_that_was_recorded(store: Store) -> None:
    past, scores = five(store)
    store.rejudging.end(begun(store, past, scores, 5), HAND)
    begun(store, past, scores, 1)
    change(store, "PRAGMA foreign_keys = OFF; UPDATE begun_series SET number = 1; UPDATE series_marks SET grade = 'A'")
    assert any(one.startswith("series 1: what runs say") for one in faults(store))
    store.rejudging.drop()
    assert count(store, "series_marks WHERE series = 1") > 0, "what was recorded is not dropped with it"


CHEATS = {
    "a better score": "UPDATE series_figures SET score = 999",
    "a grade": "UPDATE series_marks SET grade = 'A' WHERE agency = 'mof'",
    "a run taken out": "DELETE FROM begun_steps WHERE number = 2",
    "a figure taken out": "DELETE FROM series_figures WHERE standard = 'DS'",
    "a run put in": "INSERT INTO series_marks SELECT series, run || 'x', agency, at, name, tier, grade, stage, "
    "content, baseline, engine, median, lowest_decile, reporting, registered FROM series_marks",
    "fewer runs": "UPDATE begun_series SET done = 2",
    "other rules": "UPDATE begun_series SET engine = 'pepperbird 9'",
    "something missing": 'UPDATE begun_series SET missing = CAST(\'{"x":"pruned"}\' AS BLOB)',
    "not missing": 'UPDATE begun_steps SET missing = CAST(\'{"y":"pruned"}\' AS BLOB)',
    "another standing": "UPDATE begun_standing SET body = (SELECT body FROM begun_standing WHERE agency = 'moh'"
    " LIMIT 1) WHERE agency = 'mof'",
    "a standing's digest": "UPDATE begun_standing SET digest = 'sha256:0'",
    "a standing taken out": "DELETE FROM begun_standing WHERE agency = 'moh'",
    "no statement": "UPDATE begun_series SET envelope = x''",
}


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS.keys())
def test_what_was_changed_meanwhile_is_not_gone_on_with(store: Store, cheat: str) -> None:
    past, scores = five(store)
    assert store.rejudging.holds(begun(store, past, scores, 3), HAND)
    change(store, cheat)
    found = store.rejudging.get()
    assert found is not None and not store.rejudging.holds(found, HAND)


def test_with_a_key_only_what_a_key_signed_is_gone_on_with(store: Store) -> None:
    root, mine, other = PrivateKey.new(), PrivateKey.new(), PrivateKey.new()
    entries = (an_entry(root, "office", Purpose.ROOT), an_entry(mine, "collector", Purpose.EVIDENCE))
    since = {"since": "2026-01-01T00:00:00Z"}
    listed = tuple(one.model_copy(update=since) for one in entries)
    keys = KeyList(serial=1, at=since["since"], root=root.key_id, keys=listed)
    store.ledger.record_keys(signed(keys, root), "2026-01-01T00:00:00Z")
    past, scores = five(store)
    hands = {key.key_id: Hand(HAND.at, lambda what, key=key: seal(what, key), key.key_id) for key in (mine, other)}
    held = begun(store, past, scores, 3, hands[mine.key_id])
    assert store.rejudging.holds(held, hands[mine.key_id])
    strange = begun(store, past, scores, 3, hands[other.key_id])
    assert not store.rejudging.holds(strange, hands[mine.key_id]), "the key list does not have that key"
    bare = begun(store, past, scores, 3)
    assert store.rejudging.holds(bare, HAND) and not store.rejudging.holds(bare, hands[mine.key_id])


def test_it_leaves_nothing_behind_when_it_ends_or_is_dropped(store: Store) -> None:
    past, scores = five(store)
    blobs = count(store, "blobs")
    one = begun(store, past, scores, 5)
    assert count(store, "begun_standing") == 2 * 3, "three of each agency are enough to go on by"
    assert count(store, "blobs") - blobs == (6 if store.sealed else 0)
    store.rejudging.end(one, HAND)
    begun(store, past, scores, 4)
    store.rejudging.drop()
    tables = ("begun_series", "begun_steps", "begun_standing", "series_marks WHERE series = 2")
    assert [count(store, table) for table in tables] == [0, 0, 0, 0]
    assert (count(store, "blobs"), count(store, "blob_keys")) == (blobs, blobs)
    assert count(store, "series_marks WHERE series = 1") == 3 * 5 and faults(store) == []


def test_beginning_again_drops_it_and_one_that_was_dropped_does_not_go_on(store: Store) -> None:
    past, scores = five(store)
    one = begun(store, past, scores, 3)
    run = one.runs[3]
    again = begun(store, past, scores, 0, rules="sha256:other")
    assert (store.rejudging.get(), again.about.number, count(store, "series_marks")) == (again, 1, 0)
    with pytest.raises(StoreError, match="is gone"):
        store.rejudging.keep(one, step(store, past, run, scores[run]), HAND)
    with pytest.raises(StoreError, match="is gone"):
        store.rejudging.end(one, HAND)


def test_pruning_keeps_what_it_goes_on_by_and_takes_out_what_nobody_goes_on_with(store: Store) -> None:
    past, scores = five(store)
    one = begun(store, past, scores, 3)
    rule = Retention(runs=60, partial_runs=90)
    assert [gone.run for gone in store.prune(Retention(runs=20), "2026-04-10T00:00:00Z")] == list(one.runs[:4])
    assert store.rejudging.holds(one, HAND), "pruning takes out blobs that nothing refers to, and these are none"
    assert store.spent.due(rule, "2026-06-01T00:00:00Z") == {}
    assert store.spent.due(rule, "2026-07-02T00:00:00Z") == {BEGUN: 1}
    assert store.spent.take_out(rule, "2026-07-02T00:00:00Z") == {BEGUN: 1}
    assert store.rejudging.get() is None and count(store, "series_marks") == 0 and store.vault.purge()
    assert count(store, "chores") == 0


def test_a_copy_of_the_store_goes_on_with_it_and_comes_to_the_same(store: Store, tmp_path: Path) -> None:
    past, scores = five(store)
    one = begun(store, past, scores, 3)
    copy_store(store.path, tmp_path / "copy.db")
    copied = Store(tmp_path / "copy.db", MASTER if store.sealed else None)
    ends = []
    for each in (store, copied):
        assert each.rejudging.holds(one, HAND)
        going = one
        for run in one.runs[3:]:
            going = each.rejudging.keep(going, step(each, past, run, scores[run]), HAND)
        ends.append(each.rejudging.end(going, HAND))
    copied.close()
    assert ends[0] == ends[1] and ends[0][2] == 5


def test_its_entry_is_never_dated_before_the_one_before_it(store: Store) -> None:
    past, scores = five(store)
    one = begun(store, past, scores, 5)
    past.keep("2026-05-01", {"moh": 1.0, "mof": 1.0})
    kept, entry, _ = store.rejudging.end(one, HAND)
    assert (kept.at, entry.at) == ("2026-04-01T00:00:00Z", "2026-05-01T12:00:00Z")
    assert faults(store) == []


def test_with_another_key_it_is_dated_when_it_ended(store: Store) -> None:
    past, scores = five(store)
    one = begun(store, past, scores, 5)
    key = PrivateKey.new()
    entry = store.rejudging.end(one, Hand(LATER, lambda what: seal(what, key), key.key_id))[1]
    assert (entry.at, entry.details["at"]) == (LATER, "2026-04-01T00:00:00Z")


def test_two_at_once_are_refused(store: Store) -> None:
    with store.rejudging.alone(), pytest.raises(UsageError, match="at work"), store.rejudging.alone():
        raise AssertionError
    with store.rejudging.alone():
        assert store.rejudging.get() is None


def test_the_digest_is_that_of_all_rows_and_is_made_without_holding_them(store: Store) -> None:
    past, scores = five(store)
    begun(store, past, scores, 5)
    change(
        store,
        "UPDATE series_figures SET fell = NULL WHERE agency = 'moh'; UPDATE series_marks SET name = 'É\"''\u00e9'",
    )
    with reading(store._engine, store.path) as connection:
        plain = {
            name: sorted_rows(
                {key: value for key, value in row._mapping.items() if key != "series"}
                for row in connection.execute(select(table))
            )
            for name, table in (("marks", series_marks), ("figures", series_figures))
        }
        assert series_digest(connection, 1, [{"a": 1}]) == sha256(canonical({"series": [{"a": 1}], **plain}))
        row = dict(connection.execute(select(series_figures).limit(1)).one()._mapping)
    with writing(store._engine, store.path) as connection:
        connection.execute(insert(series_figures), [{**row, "series": 9, "run": f"{n:09}"} for n in range(30_000)])
    with reading(store._engine, store.path) as connection:
        tracemalloc.start()
        series_digest(connection, 9, [])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4_000_000, "30,000 rows as values take ten times that"


def test_what_cannot_be_digested_is_only_another_digest(store: Store) -> None:
    past, scores = five(store)
    store.rejudging.end(begun(store, past, scores, 5), HAND)
    change(store, "UPDATE series_figures SET score = x'00ff' WHERE agency = 'moh'")
    assert faults(store) == ["series 1: what runs say when they are judged again was changed since it was recorded"]
