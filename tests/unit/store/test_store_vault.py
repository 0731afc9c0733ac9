"""Sealing in the store: it shows nothing, keys change without the blobs, a lost key loses its agency alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.errors import StoreError, UsageError
from pepperbird.model.evidence import Memory, ProbeOutput, Transcript
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore
from pepperbird.model.site import Agency, Attestation, Site, SiteFile
from pepperbird.model.state import Assurance, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry, Verdict
from pepperbird.scan.pipeline import register_of
from pepperbird.store.codec import expand
from pepperbird.store.parts import statement_about
from pepperbird.store.runs import Store
from pepperbird.trust.vault import Master

AT = "2026-11-23T12:00:00Z"
MASTER, OTHER = Master.new(), Master.new()
PLANTED = "planted-{}-hunter2"
AGENCIES = ("moh", "mof")
SCORES: dict[str, AgencyScore] = {}


def transcript(agency: str) -> Transcript:
    said = PLANTED.format(agency).encode() * 40
    return Transcript(f"{agency}/srv/ssh", AT, AT, {"user": "root"}, {"x.y": ProbeOutput(said, b"", 0, 1)})


def verdict(agency: str) -> Verdict:
    seen = Finding(agency, "IS-20", "srv", "IS-20.1", "x", PLANTED.format(agency), State.FAIL, "seen", "no", "there")
    return Verdict(
        agency, "IS-20", "srv", "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, State.FAIL, "IS-20.1",
        Assurance.OBSERVED, (ClauseResult("IS-20.1", "required", State.FAIL, (seen,)),), AT,
    )  # fmt: skip


def entry(agency: str) -> PostureEntry:
    return PostureEntry(
        agency, "IS-20", "srv", "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, State.FAIL,
        Assurance.OBSERVED, AT, failing=(PLANTED.format(agency),),
    )  # fmt: skip


def attestation(agency: str) -> Attestation:
    return Attestation(
        clause="DR-01.1", agency_id=agency, document=PLANTED.format(agency), document_sha256="0" * 64,
        media_type="application/pdf", signer_name="B. Kollie", signer_role="Director", signed_at=AT, valid_until=AT,
    )  # fmt: skip


SITE = Site(
    file=SiteFile(name="test"),
    agencies=tuple(Agency(id=one, name=one, tier=Tier.STANDARD) for one in AGENCIES),
    attestations=tuple(map(attestation, sorted(AGENCIES))),
)


def memory(agencies: tuple[str, ...] = AGENCIES) -> Memory:
    return Memory({f"{one}/srv": {"a.b": {PLANTED.format(one): {"first_seen": AT}}} for one in agencies})


def keep(store: Store, run_id: str, agencies: tuple[str, ...] = AGENCIES) -> None:
    plan = Plan(AT, Selection(), agencies, (), (), ())
    digests = Digests(*("sha256:" + "0" * 64,) * 5)
    verdicts, postures = tuple(map(verdict, agencies)), tuple(map(entry, agencies))
    run = Run(run_id, AT, AT, "full", digests, plan, {}, verdicts, postures, SCORES, None)
    store.begin(run, register_of(SITE, plan), memory(agencies), b"content")
    for one in agencies:
        store.add_transcript(run_id, transcript(one))
    store.finish(run, memory(agencies))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "pepperbird.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path, MASTER)
    keep(opened, "r1")
    yield opened
    opened.close()


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def traces(path: Path, old: list[bytes]) -> int:
    """How many of the bytes that lay in clear are still anywhere in the files of the store, piece by piece."""
    data = b"".join(one.read_bytes() for one in path.parent.iterdir() if one.is_file())
    return sum(blob[at : at + 24] in data for blob in old for at in range(0, max(1, len(blob) - 24), 24))


def test_a_sealed_run_comes_back_equal_and_its_agencies_share_nothing(store: Store, path: Path) -> None:
    run = store.load("r1")
    assert run.transcripts == {one.endpoint: one for one in map(transcript, AGENCIES)}
    assert set(run.verdicts) == set(map(verdict, AGENCIES))
    assert set(run.posture) == set(map(entry, AGENCIES))
    assert store.inputs("r1")[:2] == (SITE, memory())
    assert store.memory(AGENCIES) == memory()
    assert store.vault.state().clear == 0


def test_nothing_of_the_evidence_is_in_the_file(store: Store, path: Path) -> None:
    with Store_(path.with_name("clear.db"), None) as clear:
        keep(clear, "r1")
    kept = rows(path.with_name("clear.db"), "SELECT body FROM pieces UNION SELECT body FROM transcripts")
    plain = [blob for (blob,) in kept if isinstance(blob, bytes)]
    assert any(b"planted-moh" in expand(blob) for blob in plain)
    path.with_name("clear.db").unlink()
    for left in path.parent.glob("clear*"):
        left.unlink()
    assert traces(path, plain) == 0
    assert traces(path, [PLANTED.format("moh").encode()]) == 0


class Store_:  # noqa: N801 - a store that closes itself
    def __init__(self, path: Path, master: Master | None) -> None:
        self.store = Store(path, master)

    def __enter__(self) -> Store:
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()


def test_what_is_remembered_unchanged_is_kept_once(store: Store, path: Path) -> None:
    before = rows(path, "SELECT count(*) FROM blobs")
    keep(store, "r2")
    assert rows(path, "SELECT count(*) FROM blobs") == before, "the same bytes of one agency have one address"


def bodies(path: Path) -> list[tuple[object, ...]]:
    return rows(path, "SELECT address, body FROM blobs ORDER BY address")


def test_changing_the_master_key_or_an_agency_s_writes_no_blob(store: Store, path: Path) -> None:
    before, wrapped = bodies(path), rows(path, "SELECT wrapped FROM agency_keys ORDER BY 1")
    assert store.vault.change_master(OTHER, AT) == 2
    assert bodies(path) == before
    assert set(rows(path, "SELECT wrapped FROM agency_keys")).isdisjoint(wrapped)
    assert store.vault.change_agency("moh", AT) > 3
    assert bodies(path) == before
    assert rows(path, "SELECT agency, generation FROM agency_keys ORDER BY 1") == [("mof", 1), ("moh", 2)]
    assert set(store.load("r1").verdicts) == set(map(verdict, AGENCIES))
    store.close()
    with Store_(path, OTHER) as again:
        assert set(again.load("r1").verdicts) == set(map(verdict, AGENCIES))
        keep(again, "r2")
        assert again.load("r2").transcripts
        assert [row.kind for row in again.ledger.rows()] == ["run", "vault", "vault", "run"]
    assert bodies(path) == before, "addresses outlive the keys"
    with Store_(path, MASTER) as old:
        with pytest.raises(StoreError, match=f"under the master key {OTHER.id[:8]}"):
            old.load("r1")
        with pytest.raises(StoreError, match=MASTER.id[:8]):
            keep(old, "r3")


def test_without_the_master_key_nothing_is_read_and_nothing_recorded_in_clear(store: Store, path: Path) -> None:
    with Store_(path, None) as bare:
        with pytest.raises(StoreError, match="no master key was given"):
            bare.load("r1")
        with pytest.raises(StoreError, match="nothing is recorded in clear"):
            keep(bare, "r2")
        assert statement_about(bare.records.parts("r1")).predicate["run"] == "r1"
        assert bare.runs()[0].agencies == ("mof", "moh")


def lose(path: Path, agency: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE agency_keys SET wrapped = zeroblob(92) WHERE agency = ?", (agency,))


def test_a_lost_key_loses_its_agency_alone(store: Store, path: Path) -> None:
    store.close()
    lose(path, "moh")
    with Store_(path, MASTER) as left:
        assert left.load("r1", only=("mof",)).verdicts == (verdict("mof"),)
        assert [one.endpoint for one in left.records.evidence("r1")] == ["mof/srv/ssh"]
        with pytest.raises(StoreError, match="the key of agency moh does not open"):
            left.load("r1")
        with pytest.raises(StoreError, match="moh"):
            left.standing("moh")
        keep(left, "r2", ("mof",))
        with pytest.raises(UsageError, match="no key is lost"):
            left.vault.declare_lost("mof", "a try", AT)
        assert left.vault.declare_lost("moh", "the safe burnt", AT) == ("moh",)
        assert left.standing("moh") == ("", ())
        assert left.memory(["moh"]) == Memory()
        keep(left, "r3")
        assert left.standing("moh") == ("r3", (entry("moh"),))
        with pytest.raises(StoreError, match="declared lost"):
            left.load("r1")
        assert left.vault.state().lost == ("moh",)


def test_earlier_evidence_is_sealed_and_its_traces_are_gone(path: Path) -> None:
    with Store_(path, None) as clear:
        keep(clear, "r1")
        keep(clear, "r2")
    statements = [blob for (blob,) in rows(path, "SELECT envelope FROM runs")]
    plain = [
        blob
        for (blob,) in rows(path, "SELECT body FROM pieces UNION SELECT body FROM transcripts")
        if isinstance(blob, bytes)
    ]
    assert len(plain) >= 8
    assert traces(path, plain) > 20
    with Store_(path, MASTER) as store:
        assert store.vault.state().clear > 0
        done = store.vault.seal_earlier(AT)
        assert done > 10
        assert traces(path, plain) == 0
        assert store.vault.seal_earlier(AT) == 0
        assert store.load("r1").transcripts["moh/srv/ssh"] == transcript("moh")
        now = [statement_about(store.records.parts(run)).payload() for run in ("r1", "r2")]
        assert store.ledger.rows()[-1].subject == "sealed"
    assert traces(path, plain) == 0
    from pepperbird.trust.envelope import envelope_of

    kept = [envelope_of(blob).payload for blob in statements if isinstance(blob, bytes)]
    assert kept == now, "digests are over what was sealed, not over how"


def test_a_store_that_somebody_reads_is_purged_later(path: Path) -> None:
    with Store_(path, None) as clear:
        keep(clear, "r1")
    plain = [blob for (blob,) in rows(path, "SELECT body FROM pieces") if isinstance(blob, bytes)]
    with closing(sqlite3.connect(path, isolation_level=None)) as reader, Store_(path, MASTER) as store:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM runs").fetchone()
        store.vault.seal_earlier(AT)
        assert rows(path, "SELECT name FROM chores") == [("purge",)]
        reader.execute("ROLLBACK")
        assert store.vault.purge()
    assert rows(path, "SELECT name FROM chores") == []
    assert traces(path, plain) == 0


def test_a_changed_body_is_damage_and_not_a_lost_key(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE blobs SET body = substr(body, 1, 40) || x'00' || substr(body, 42) WHERE agency = 'moh'")
    with pytest.raises(StoreError, match="was changed"):
        store.load("r1")
    statement = statement_about(store.records.parts("r1"))
    assert statement.predicate["agencies"]["moh"]["posture"] == "sha256:" + "0" * 64
    assert "0" * 64 not in statement.predicate["agencies"]["mof"].values()
    assert replace(statement) == statement
