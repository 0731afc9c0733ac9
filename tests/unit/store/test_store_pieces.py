"""What is written piece by piece, or one agency after the other, is to the byte what is written at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.model.verdict import Verdict
from pepperbird.store.blobs import Blobs
from pepperbird.store.codec import canonical, canonical_items, digest, expand, pack_items, verdicts_digest
from pepperbird.store.database import open_database, reading
from pepperbird.store.parts import statement_about, statement_in
from pepperbird.store.runs import Store
from pepperbird.trust.vault import Master
from tests.support.two_agencies import AGENCIES, keep, transcript, verdict

MASTER = Master.new()


@pytest.fixture(params=[None, MASTER], ids=["clear", "sealed"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "pepperbird.db", request.param)
    keep(opened, "r1")
    yield opened
    opened.close()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_pieces_add_up_to_the_whole(count: int) -> None:
    some = tuple(verdict(agency) for agency in AGENCIES)[:count]
    whole = canonical(tuple[Verdict, ...], some)
    assert b"".join(canonical_items(Verdict, some)) == whole
    assert expand(pack_items(Verdict, some)) == whole
    assert verdicts_digest(some) == digest(whole)


def test_the_statement_by_agencies_is_that_of_the_whole_run(store: Store) -> None:
    whole = statement_about(store.records.parts("r1"))
    with reading(open_database(store.path), store.path) as connection:
        found = statement_in(connection, Blobs(store._blobs.master), "r1")
    assert found.payload() == whole.payload()
    assert set(found.predicate["agencies"]) == set(AGENCIES)


def test_an_agency_is_heard_by_itself(store: Store) -> None:
    for agency in AGENCIES:
        assert list(store.hear("r1", agency)) == [(f"{agency}/srv/ssh", transcript(agency))]
        assert [one.endpoint for one in store.records.evidence("r1", agency)] == [f"{agency}/srv/ssh"]


def test_agencies_whose_names_begin_alike_are_told_apart(store: Store) -> None:
    first = AGENCIES[0]
    for other in (f"{first}-lab", f"{first}0", f"{first}.x", first[:-1]):
        assert list(store.hear("r1", other)) == []


def test_a_bare_transcript_keeps_all_but_what_was_said() -> None:
    said = transcript(AGENCIES[0])
    assert said.probes and said.bare == replace(said, probes={})
