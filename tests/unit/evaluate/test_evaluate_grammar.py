"""Every form of a clause gives the state that the design says, and a Gap never gives a pass."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from pepperbird.model.attestation import Attestation
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.state import AssetKind, Assurance, State
from tests.support.judging import AT, GOOD, MODE, OTHER, ROOM, SERVER, catalog_of, check, judge, state_of

DENIED = Gap(GapReason.DENIED, "sudo refused", "pepperbird ALL=(root) NOPASSWD: /usr/sbin/disk")
DARK = Gap(GapReason.UNREACHABLE, "no route")
M = {"id": "DS-12.1", "check": "disk.mode", "on": SERVER}
O = {"id": "DS-12.2", "check": "disk.other", "on": SERVER}  # noqa: E741 - the other clause
PENDING = {"id": "DS-12.2", "pending": "needs another collector", "on": SERVER}


def facts(**changes: Any) -> dict[str, Any]:
    return GOOD | changes


def test_a_check_gives_pass_and_fail_and_says_what_it_saw() -> None:
    catalog = catalog_of([M], MODE)
    assert state_of(catalog) is State.PASS
    verdict = judge(catalog, facts(mode="bad"))
    assert (verdict.state, verdict.decided_by) == (State.FAIL, "DS-12.1")
    (finding,) = verdict.clauses[0].findings
    assert (finding.message, finding.expected, finding.source) == ("mode is bad", "good", "disk.list on moh/srv/ssh")


@pytest.mark.parametrize(("gap", "state"), [(DENIED, State.ERROR), (DARK, State.UNREACHABLE)])
def test_a_gap_anywhere_above_what_is_read_gives_its_state(gap: Gap, state: State) -> None:
    catalog = catalog_of([M], MODE)
    assert state_of(catalog, facts(mode=gap)) is state
    assert state_of(catalog, gap) is state
    assert judge(catalog, gap).clauses[0].findings[0].gap == gap


def test_a_gap_beside_what_is_read_changes_nothing() -> None:
    assert state_of(catalog_of([M], MODE), facts(other=DENIED)) is State.PASS


@pytest.mark.parametrize(
    ("other", "state"),
    [("good", State.PASS), ("bad", State.FAIL), (DENIED, State.ERROR), (DARK, State.UNREACHABLE)],
)
def test_all_required_clauses_must_pass_and_the_worst_decides(other: Any, state: State) -> None:
    verdict = judge(catalog_of([M, O], MODE, OTHER), facts(other=other))
    assert verdict.state is state
    assert verdict.decided_by == ("DS-12.1" if state is State.PASS else "DS-12.2")


def test_fail_goes_before_error() -> None:
    assert state_of(catalog_of([M, O], MODE, OTHER), facts(mode=DENIED, other="bad")) is State.FAIL


def test_a_pending_clause_keeps_a_pair_from_passing() -> None:
    verdict = judge(catalog_of([M, PENDING], MODE))
    assert verdict.state is State.UNCHECKED
    assert "needs another collector" in verdict.clauses[1].findings[0].message


@pytest.mark.parametrize(
    ("mode", "other", "state"),
    [
        ("good", "bad", State.PASS), ("bad", "good", State.PASS), ("bad", "bad", State.FAIL),
        ("bad", DENIED, State.FAIL), (DARK, DENIED, State.ERROR), ("good", DENIED, State.PASS),
    ],
)  # fmt: skip
def test_any_of_needs_one_pass(mode: Any, other: Any, state: State) -> None:
    assert state_of(catalog_of([{"any_of": [M, O]}], MODE, OTHER), facts(mode=mode, other=other)) is state


@pytest.mark.parametrize(("other", "state"), [("good", State.PASS), ("bad", State.ERROR), (DENIED, State.PASS)])
def test_supporting_evidence_only_contradicts(other: Any, state: State) -> None:
    verdict = judge(catalog_of([M, {"supporting": O}], MODE, OTHER), facts(other=other))
    assert verdict.state is state
    assert verdict.clauses[-1].role == "supporting"


def test_supporting_evidence_does_not_rescue_a_fail() -> None:
    assert state_of(catalog_of([M, {"supporting": O}], MODE, OTHER), facts(mode="bad")) is State.FAIL


def test_when_selects_by_declared_values() -> None:
    catalog = catalog_of([M, {**O, "when": 'asset.tool == "restic"'}], MODE, OTHER)
    assert state_of(catalog, facts(other="bad"), tool="borg") is State.PASS
    assert state_of(catalog, facts(other="bad"), tool="restic") is State.FAIL


def test_a_declaration_that_leaves_no_clause_is_no_way_out() -> None:
    verdict = judge(catalog_of([{**M, "when": 'asset.tool == "restic"'}], MODE), tool="anything")
    assert verdict.state is State.UNCHECKED
    assert "not signed" in verdict.clauses[0].findings[0].message


def test_for_each_gives_one_finding_per_row() -> None:
    verdict = judge(catalog_of([{"id": "DS-12.1", "check": "disk.room", "on": SERVER}], ROOM))
    assert [(one.subject, one.state, one.message) for one in verdict.clauses[0].findings] == [
        ("/a", State.PASS, "50 % free"), ("/b", State.FAIL, "5 % free"),
    ]  # fmt: skip


def test_a_gap_in_one_row_is_that_row_s_and_a_gap_in_the_list_is_all() -> None:
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.room", "on": SERVER}], ROOM)
    mounts = [{"target": "/a", "free": 50}, {"target": "/b", "free": DENIED}]
    verdict = judge(catalog, facts(mounts=mounts))
    assert [one.state for one in verdict.clauses[0].findings] == [State.PASS, State.ERROR]
    assert state_of(catalog, facts(mounts=DARK)) is State.UNREACHABLE


def test_a_row_that_may_or_may_not_belong_is_unknown() -> None:
    chosen = check(
        "some", expect="m.free >= 0",
        for_each={"as": "m", "in": "disk.mounts", "where": "m.free > 90", "subject": "m.target", "on_empty": "pass"},
    )  # fmt: skip
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.some", "on": SERVER}], chosen)
    assert state_of(catalog) is State.PASS
    assert state_of(catalog, facts(mounts=[{"target": "/a", "free": DENIED}])) is State.ERROR


@pytest.mark.parametrize("on_empty", ["pass", "fail", "error", "not_applicable"])
def test_an_empty_list_gives_what_the_check_says(on_empty: str) -> None:
    empty = check(
        "empty", expect="m.free > 0",
        for_each={"as": "m", "in": "disk.mounts", "subject": "m.target", "on_empty": on_empty},
    )  # fmt: skip
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.empty", "on": SERVER}], empty)
    assert state_of(catalog, facts(mounts=[])) is State(on_empty)


def row(free: Any) -> dict[str, Any]:
    return {"target": str(free), "free": free}


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([50, 5], State.PASS), ([50, 5, 6], State.FAIL), ([50, 50, DENIED, 5], State.PASS),
        ([50, DENIED, 5, 6], State.ERROR), ([50, DARK, 6, 7, 8], State.FAIL),
    ],
)  # fmt: skip
def test_a_quota_passes_whatever_the_unknown_rows_are_or_stays_unknown(rows: list[Any], state: State) -> None:
    share = ROOM.model_copy(
        update={"quota": check("q", expect="true", quota={"min_pass_percent": "params.share"}).quota}
    )
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.room", "on": SERVER}], share)
    assert state_of(catalog, facts(mounts=[row(free) for free in rows])) is state


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([50, 50, 5], State.PASS), ([50, 5, 6], State.FAIL), ([50], State.FAIL), ([50, 50, DENIED], State.PASS),
        ([50, DENIED, 5, 6], State.ERROR), ([50, DARK], State.UNREACHABLE), ([5, DARK, 6], State.FAIL),
    ],
)  # fmt: skip
def test_a_quota_may_be_a_number_of_rows(rows: list[Any], state: State) -> None:
    two = ROOM.model_copy(update={"quota": check("q", expect="true", quota={"min_pass": "params.share / 25"}).quota})
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.room", "on": SERVER}], two)
    assert state_of(catalog, facts(mounts=[row(free) for free in rows])) is state


def test_applies_is_evidence_and_a_gap_in_it_is_no_escape() -> None:
    pool = check("pool", expect='disk.mode == "good"', applies="disk.pool")
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.pool", "on": SERVER}], pool)
    assert state_of(catalog, facts(pool=False, mode="bad")) is State.NOT_APPLICABLE
    assert state_of(catalog, facts(pool=DENIED)) is State.ERROR
    assert state_of(catalog, facts(mode="bad")) is State.FAIL


def test_a_probe_that_could_not_have_seen_the_bad_state_is_an_error() -> None:
    blind = check(
        "blind", expect='disk.mode == "good"', sees={"expect": "disk.pool", "message": "the index is too old"}
    )
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.blind", "on": SERVER}], blind)
    verdict = judge(catalog, facts(pool=False))
    assert verdict.state is State.ERROR
    assert verdict.clauses[0].findings[0].message == "the index is too old"


@pytest.mark.parametrize(
    "expect",
    [
        'disk.mode == "good" || disk.other == "x"',
        'disk.mode != "bad"',
        'disk.other == "good" ? true : disk.mode == "x"',
    ],
)
def test_a_gap_in_the_read_set_decides_under_every_operator(expect: str) -> None:
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.any", "on": SERVER}], check("any", expect=expect))
    assert state_of(catalog) is State.PASS
    assert state_of(catalog, facts(mode=DENIED)) is State.ERROR


DOCUMENT = {
    "id": "DS-12.1", "on": ["agency"],
    "document": {"title": "Plan", "sections": ["growth"], "signers": ["CIO"], "valid_days": "valid"},
}  # fmt: skip
SHA = hashlib.sha256(b"the plan").hexdigest()


def attestation(**changes: Any) -> Attestation:
    base = {
        "clause": "DS-12.1", "agency_id": "moh", "document": "plan.pdf", "document_sha256": SHA,
        "media_type": "application/pdf", "signer_name": "A", "signer_role": "CIO", "signed_at": "2026-06-01",
        "valid_until": "2027-06-01", "section_ticks": ["growth"], "document_found_sha256": SHA,
    }  # fmt: skip
    return Attestation.model_validate(base | changes)


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, State.UNCHECKED, "nobody signed it"),
        ({"signature": "AAAA"}, State.UNCHECKED, "nobody signed it"),
        ({"section_ticks": []}, State.UNCHECKED, "not ticked: growth"),
        ({"document_found_sha256": None}, State.ERROR, "not beside"),
        ({"document_found_sha256": "0" * 64}, State.ERROR, "differs"),
        ({"valid_until": "2026-11-22"}, State.STALE, "ended on 2026-11-22"),
        ({"signed_at": "2025-01-01"}, State.STALE, "ended on 2026-01-01"),
        ({"signed_at": "2026-12-01"}, State.ERROR, "future"),
        ({"signed_at": "the first of May"}, State.ERROR, "cannot be read"),
        ({"clause": "DS-12.2"}, State.UNCHECKED, "handed in"),
    ],
)
def test_a_document_without_a_verified_signature_never_passes(
    changes: dict[str, Any], state: State, words: str
) -> None:
    catalog = catalog_of([DOCUMENT], kinds=("agency",))
    verdict = judge(catalog, kind=AssetKind.AGENCY, attestations=[attestation(**changes)])
    assert verdict.state is state
    assert words in verdict.clauses[0].findings[0].message
    assert verdict.clauses[0].assurance is Assurance.ATTESTED


def test_the_same_arguments_give_the_same_verdict() -> None:
    catalog = catalog_of([M, O], MODE, OTHER)
    assert judge(catalog) == judge(catalog)
    assert judge(catalog).at == AT
