"""A document passes only while it holds, with all of its sections; what it measured is held against the objectives."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from pepperbird.evaluate.document import Papers, judge_document
from pepperbird.evaluate.outcome import Outcome
from pepperbird.model.attested import Attested, Measurement
from pepperbird.model.policy import Control
from pepperbird.model.state import State

AT = "2026-11-24T12:00:00Z"
SHA = hashlib.sha256(b"plan").hexdigest()
CONTROL = Control.model_validate(
    {
        "id": "DR-05", "title": "t", "severity": "high", "severity_why": "w", "applies_to": ["agency", "data-store"],
        "waivable": True, "statement": "s", "rationale": "r", "remediation": ["r"],
        "parameters": {
            "valid": {"type": "int", "compare": "max", "unit": "days"},
            "hours": {"type": "int", "compare": "max", "unit": "hours"},
            "share": {"type": "int", "compare": "min", "unit": "percent"},
            "kind": {"type": "string", "compare": "order", "unit": "enum", "scale": ["talk", "some", "whole"]},
        },
        "clauses": [
            {"id": "DR-05.1", "on": ["agency"], "document": {
                "title": "Plan", "sections": ["roles", "scope"], "signers": ["CIO"], "valid_days": "valid"}},
            {"id": "DR-05.2", "on": ["agency"], "document": {
                "title": "Exercise", "sections": ["roles"], "signers": ["CIO"], "valid_days": 365,
                "measured": {"of": "service", "cover": "highest", "figures": [
                    {"id": "type", "title": "type", "unit": "choice", "at_least": ["kind"]},
                    {"id": "minutes", "title": "time", "unit": "minutes", "at_most": ["hours", "service.rto"],
                     "not_for": ["talk"]},
                    {"id": "size", "title": "size", "unit": "megabytes", "needed": False}]}}},
            {"id": "DR-05.3", "on": ["data-store"], "document": {
                "title": "Restore", "sections": ["roles"], "signers": ["CIO"], "valid_days": 365,
                "measured": {"of": "store", "figures": [
                    {"id": "matched", "title": "share", "unit": "percent", "at_least": ["share"]}]}}},
        ],
    }
)  # fmt: skip
SERVICES = [
    {"id": "birth", "tier": "critical", "rto": 240, "rpo": 60},
    {"id": "mail", "tier": "foundation", "rto": 3000},
]
PARAMS = {"valid": 365, "hours": 8, "share": 99, "kind": "some"}


def record(clause: str = "DR-05.1", **changes: Any) -> Attested:
    base = {
        "record": "sha256:" + "1" * 64, "number": 5, "recorded_at": "2026-11-02T00:00:00Z", "agency": "moh",
        "clause": clause, "document": "plan.pdf", "document_sha256": SHA, "document_found_sha256": SHA, "signer": "A",
        "role": "CIO", "signed_at": "2026-11-01T00:00:00Z", "valid_from": "2026-11-01", "valid_until": "2027-10-01",
        "assurance": "signed", "reviewer": "B", "reviewed_at": "2026-11-02T00:00:00Z", "sections": ["roles", "scope"],
    }  # fmt: skip
    return Attested.model_validate(base | changes)


def judged(*records: Attested, asset: str = "moh", services: Any = SERVICES, at: str = AT, **params: Any) -> Any:
    clause = next(one for one in CONTROL.leaves if one.id == records[0].clause)
    bindings = {"params": PARAMS | params, "agency": {"services": services}}
    return judge_document(CONTROL, clause, "moh", asset, Papers(records), bindings, at=at)


def one(*records: Attested, **more: Any) -> Outcome:
    (found,) = judged(*records, **more)
    assert isinstance(found, Outcome)
    return found


@pytest.mark.parametrize(
    ("changes", "at", "state", "words"),
    [
        ({}, AT, State.PASS, "signed by A (CIO), reviewed by B; holds until 2027-10-01"),
        ({"assurance": "witnessed", "witness": "W"}, AT, State.PASS, "signed on paper by A (CIO), witnessed by W"),
        ({}, "2027-10-01T23:59:59Z", State.PASS, "holds until"),
        ({}, "2027-10-02T00:00:00Z", State.STALE, "ended on 2027-10-01"),
        ({"valid_until": "2030-01-01"}, "2027-11-02T00:00:00Z", State.STALE, "ended on 2027-11-01"),
        ({"refusal": "nobody has reviewed it"}, AT, State.UNCHECKED, "does not count: nobody has reviewed it"),
        ({"document_found_sha256": "0" * 64}, AT, State.ERROR, "SHA-256 differs"),
        ({"document_found_sha256": None}, AT, State.ERROR, "not beside its record"),
        ({"sections": ["roles"]}, AT, State.UNCHECKED, "reviewer: scope"),
        ({"valid_from": "2026-11-30"}, AT, State.UNCHECKED, "only from 2026-11-30"),
        ({"valid_from": "2026-02-30"}, AT, State.ERROR, "cannot be read"),
        ({"agency": "moh", "asset": "db-1"}, AT, State.UNCHECKED, "has been handed in"),
        ({}, "2026-11-01T00:00:00Z", State.UNCHECKED, "has been handed in"),
    ],
)
def test_a_record_holds_only_as_it_is(changes: dict[str, Any], at: str, state: State, words: str) -> None:
    found = one(record(**changes), at=at)
    assert (found.state, words in found.message) == (state, True), found.message


def test_no_document_holds_for_less_than_thirty_days() -> None:
    assert one(record(), valid=7).state is State.PASS
    assert one(record(), valid=7, at="2026-12-02T00:00:00Z").state is State.STALE


def test_the_newest_that_counts_decides() -> None:
    old, new = record(), record(number=9, sections=["roles"])
    assert one(old, new).state is State.UNCHECKED
    assert one(new.model_copy(update={"number": 4}), old).state is State.PASS
    assert one(old, record(number=9, refusal="back-dated")).state is State.PASS


def exercise(*rows: tuple[str, dict[str, Any]], clause: str = "DR-05.2", **more: Any) -> tuple[Outcome, ...]:
    measured = [Measurement(of=of, figures=figures) for of, figures in rows]
    found = judged(record(clause, measured=measured, asset=more.pop("of", None)), **more)
    assert found[0].state is State.PASS
    return tuple(found[1:])


GOOD = {"type": "whole", "minutes": 200}


@pytest.mark.parametrize(
    ("row", "state", "words"),
    [
        (GOOD, State.PASS, "at most 240 are allowed (service.rto)"),
        (GOOD | {"minutes": 241}, State.FAIL, "was 241 minutes; at most 240"),
        (GOOD | {"minutes": 481}, State.FAIL, "at most 480 are allowed (hours)"),
        ({"type": "whole"}, State.UNCHECKED, "“time” was not measured"),
        ({"minutes": 200}, State.UNCHECKED, "“type” was not measured"),
        ({"type": "talk"}, State.FAIL, "some or stronger is asked"),
        ({"type": "all", "minutes": 1}, State.UNCHECKED, "not one of talk, some, whole"),
        (GOOD | {"minutes": "none"}, State.UNCHECKED, "is no number"),
        (GOOD | {"minutes": -5}, State.UNCHECKED, "is no number"),
    ],
)
def test_figures_are_held_against_the_standard_and_the_register(row: dict[str, Any], state: State, words: str) -> None:
    (found,) = exercise(("birth", row))
    assert (found.subject, found.state, words in found.message) == ("birth", state, True), found.message


def test_what_a_kind_of_exercise_cannot_measure_is_not_asked() -> None:
    (found,) = exercise(("birth", {"type": "talk"}), kind="talk")
    assert found.state is State.PASS


def test_a_service_of_the_highest_tier_that_was_left_out_is_told() -> None:
    found = exercise(("mail", GOOD))
    assert [(each.subject, each.state) for each in found] == [("birth", State.UNCHECKED), ("mail", State.PASS)]


def test_a_service_that_the_register_lacks_or_without_an_objective_is_unchecked() -> None:
    (_, other) = exercise(("birth", GOOD), ("fax", GOOD))
    assert (other.state, "not a service of the register" in other.message) == (State.UNCHECKED, True)
    (bare,) = exercise(("birth", GOOD), services=[{"id": "birth", "tier": "critical"}])
    assert (bare.state, "service.rto is not declared" in bare.message) == (State.UNCHECKED, True)


def test_an_agency_without_services_has_nothing_exercised() -> None:
    (found,) = exercise(services=[])
    assert (found.state, "measured no service" in found.message) == (State.UNCHECKED, True)


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([("records", {"matched": 99})], State.PASS),
        ([("records", {"matched": 98})], State.FAIL),
        ([("other", {"matched": 100})], State.UNCHECKED),
        ([], State.UNCHECKED),
    ],
)
def test_a_restore_counts_for_the_store_that_was_restored(rows: Any, state: State) -> None:
    (found,) = exercise(*rows, clause="DR-05.3", asset="records", of="records")
    assert found.state is state
