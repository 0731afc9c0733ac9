"""The store keeps a run so that it comes back equal, and says plainly what it cannot do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.errors import StoreError, UsageError
from pepperbird.model.evidence import Memory, ProbeOutput, Transcript
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import EndpointPlan, JudgedAsset, Pair, Plan, ProbeCall, Selection
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore, Figures, Grade, StageStanding
from pepperbird.model.site import Access, Agency, Site, SiteFile
from pepperbird.model.state import AssetKind, Assurance, Cadence, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry, Verdict
from pepperbird.store.codec import canonical, verdicts_digest
from pepperbird.store.runs import Store
from tests.support.older import age

ACCESS = Access(via="ssh", at="srv.example.lr", user="pepperbird", jump=("gate.example.lr",))
ENDPOINT = EndpointPlan(
    "moh/srv/ssh", "moh", "srv", ACCESS, (ProbeCall("sshd.effective", 5, 65536, "sudo", ("/usr/sbin/sshd -T",)),),
    "shell", 60, 10,
)  # fmt: skip
ASSET = JudgedAsset(
    "moh", "srv", AssetKind.LINUX_SERVER, Tier.STANDARD, Cadence.ONLINE, "srv", "moh/srv/ssh", True, {"id": "srv"}
)
FINDING = Finding(
    "moh", "IS-20", "srv", "IS-20.1", "sshd.root-login", "", State.ERROR, "no rights", "no", "moh/srv/ssh",
    Gap(GapReason.DENIED, "sudo refused", "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T"),
)  # fmt: skip
VERDICT = Verdict(
    "moh", "IS-20", "srv", "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, State.ERROR, "IS-20.1",
    Assurance.OBSERVED, (ClauseResult("IS-20.1", "required", State.ERROR, (FINDING,)),), "2026-11-23T12:00:00Z",
)  # fmt: skip
TRANSCRIPT = Transcript(
    "moh/srv/ssh", "2026-11-23T12:00:00Z", "2026-11-23T12:00:02Z", {"server_version": "OpenSSH_9.2"},
    {"sshd.effective": ProbeOutput(b"\x00\xff\r\n", b"sudo: no", 77, 12, Gap(GapReason.DENIED, "sudo"))},
    received_bytes=900,
)  # fmt: skip


def a_run(run_id: str, scope: str = "full") -> Run:
    plan = Plan(
        "2026-11-23T12:00:00Z", Selection(adhoc=scope == "partial"), ("moh",), (ENDPOINT,), (ASSET,),
        (Pair("moh", "IS-20", "srv", AssetKind.LINUX_SERVER, Tier.STANDARD, Enforcement.REQUIRED),),
        {"moh": {"id": "moh", "stores": []}}, {Tier.STANDARD: "standard"},
    )  # fmt: skip
    figures = Figures(0.0, 100.0, 0.0, 0.0, 0, 1)
    score = AgencyScore(
        "moh", figures, Grade.E, "too little seen", None, StageStanding(None, None, ("sign",)), 0,
        {"IS": figures, "DS": None}, {"srv": figures}, 0.0,
    )  # fmt: skip
    entry = PostureEntry(
        "moh", "IS-20", "srv", "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, State.ERROR,
        Assurance.OBSERVED, plan.at,
    )  # fmt: skip
    digests = Digests("sha256:c", "sha256:s", "sha256:b", "sha256:m", "sha256:e", verdicts_digest((VERDICT,)))
    return Run(
        run_id, plan.at, "2026-11-23T12:00:03Z", scope, digests, plan, {TRANSCRIPT.endpoint: TRANSCRIPT}, (VERDICT,),
        (entry,), {"moh": score}, None,
    )  # fmt: skip


SITE = Site(file=SiteFile(name="test"), agencies=(Agency(id="moh", name="Health", tier=Tier.STANDARD),))
MEMORY = Memory({"moh/srv": {"packages.security_updates": {"openssl 3": {"first_seen": "2026-11-01T00:00:00Z"}}}})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "home" / "pepperbird.db")
    yield opened
    opened.close()


def keep(store: Store, run: Run) -> None:
    store.begin(run, SITE, Memory(), b"content")
    store.add_transcript(run.id, TRANSCRIPT)
    store.finish(run, MEMORY)


def test_a_run_comes_back_equal(store: Store) -> None:
    run = a_run("20261123T120000Z-a")
    keep(store, run)
    back = store.load(run.id)
    assert back.first == run.plan.agencies
    bare = replace(back, transcripts={}, first=(), record=None)
    assert canonical(Run, bare) == canonical(Run, replace(run, transcripts={}))
    assert back.transcripts == run.transcripts
    assert verdicts_digest(back.verdicts) == run.digests.verdicts


def test_inputs_come_back_as_they_were(store: Store) -> None:
    keep(store, a_run("r1"))
    site, memory, content = store.inputs("r1")
    assert (site, memory, content) == (SITE, Memory(), b"content")
    assert store.memory(["moh"]) == MEMORY


def test_recording_an_endpoint_again_changes_nothing(store: Store) -> None:
    run = a_run("r1")
    store.begin(run, SITE, Memory(), b"content")
    store.add_transcript(run.id, TRANSCRIPT)
    store.add_transcript(run.id, replace(TRANSCRIPT, gap=Gap(GapReason.UNREACHABLE)))
    store.finish(run, MEMORY)
    assert store.load("r1").transcripts[TRANSCRIPT.endpoint].gap is None


def test_a_partial_run_is_never_the_agency_posture(store: Store) -> None:
    keep(store, a_run("r1", scope="partial"))
    assert store.posture("moh") == ()
    keep(store, a_run("r2"))
    assert [entry.control for entry in store.posture("moh")] == ["IS-20"]


def test_runs_are_found_by_prefix_and_latest(store: Store) -> None:
    keep(store, a_run("20261123T1-a"))
    keep(store, a_run("20261124T1-b"))
    assert store.find("latest") == "20261124T1-b"
    assert store.find("20261123") == "20261123T1-a"
    with pytest.raises(UsageError, match="several runs"):
        store.find("2026112")
    with pytest.raises(UsageError, match="no finished run"):
        store.find("1999")
    assert [row.state for row in store.runs()] == ["finished", "finished"]


def test_an_unfinished_run_is_visible_but_not_found(store: Store) -> None:
    store.begin(a_run("r1"), SITE, Memory(), b"content")
    assert [row.state for row in store.runs()] == ["started"]
    with pytest.raises(UsageError):
        store.find("latest")


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pepperbird.db"
    path.write_bytes(b"these are not the bytes of a database, not at all, and long enough to be read " * 20)
    with pytest.raises(StoreError, match="not a pepperbird store"):
        Store(path)


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pepperbird.db"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer pepperbird"):
        Store(path)


def test_a_locked_store_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pepperbird.store.database.BUSY_SECONDS", 0)
    other = Store(store.path)
    blocker = sqlite3.connect(store.path)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreError, match="another pepperbird is writing"):
            other.begin(a_run("r1"), SITE, Memory(), b"content")
    finally:
        blocker.rollback()
        blocker.close()
        other.close()


def test_only_the_first_full_run_of_an_agency_is_its_first(store: Store) -> None:
    runs = [a_run(f"2026112{day}T120000Z-a") for day in (3, 4)]
    for run in runs:
        assert store.unseen(run.plan.agencies) == (() if run is runs[1] else run.plan.agencies)
        keep(store, run)
    assert [store.load(run.id).first for run in runs] == [runs[0].plan.agencies, ()]


def test_the_verdicts_of_a_store_of_before_are_the_same_once_it_is_opened(store: Store) -> None:
    """States stood in a row each until 0009; the statement about a run is over them."""
    other = replace(VERDICT, control="DS-01", asset="a.b", state=State.PASS)
    run = replace(a_run("r1"), verdicts=(VERDICT, other))
    keep(store, run)
    before, loaded = store.records.parts("r1"), store.load("r1")
    assert [one.row for one in before.verdicts] == [
        ("moh", "DS-01", "a.b", "pass", "high", "required"), ("moh", "IS-20", "srv", "error", "high", "required"),
    ]  # fmt: skip
    store.close()
    age(store.path, "0008")
    again = Store(store.path)
    assert (again.records.parts("r1"), again.load("r1")) == (before, loaded)
    again.close()
