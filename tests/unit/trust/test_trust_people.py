"""Statements of people: read back as they were written, and nothing else is taken for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pepperbird.errors import TrustError
from pepperbird.model.site import Agency
from pepperbird.model.state import Tier
from pepperbird.report.signed import change_words
from pepperbird.trust.agreed import signed_plan_of
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.content import differences, manifest_of, manifest_statement
from pepperbird.trust.persons import same_person
from pepperbird.trust.register import (
    absence_of,
    changes,
    decommissioned_of,
    form_of,
    register_of,
    register_statement,
)
from pepperbird.trust.statement import Kind, Statement, Subject, statement_of
from pepperbird.trust.waiver import decision_of, request_of

AT = "2026-11-24T10:00:00Z"
REQUEST = {
    "agency": "moh", "control": "DS-12", "asset": "db1", "reason": "r", "measure": "m", "until": "2027-01-01",
    "budget": False, "by": "A", "at": AT,
}  # fmt: skip
DECISION = {"act": "approve", "agency": "moh", "request": "sha256:" + "0" * 64, "reason": "", "by": "B", "at": AT,
            "since": "2026-11-24", "until": "2027-01-01", "run": ""}  # fmt: skip
GONE = {"agency": "moh", "asset": "db1", "kind": "linux-server", "on": "2026-11-20", "reason": "r",
        "sanitisation": "s", "by": "A", "at": AT}  # fmt: skip
NONE = {"agency": "moh", "kind": "s3-bucket", "declared": {"kind": "s3-bucket"}, "by": "R", "at": AT}
REGISTER: dict[str, Any] = {"agency": "moh", "at": AT, "register": {"id": "moh", "name": "Health", "tier": "standard"}}
PLAN: dict[str, Any] = {"agency": "moh", "at": AT, "plan": {"agency": "moh", "items": [
    {"control": "DS-12", "agreed": "2026-11-01", "due": "2026-12-01"}]}}  # fmt: skip
Read = Callable[[Statement], Any]
SIGNED_PART = {Kind.INVENTORY: "register", Kind.PLAN: "plan"}
KINDS: dict[Kind, tuple[Read, dict[str, Any]]] = {
    Kind.REQUEST: (request_of, REQUEST), Kind.WAIVER: (decision_of, DECISION),
    Kind.DECOMMISSION: (decommissioned_of, GONE), Kind.ABSENCE: (absence_of, NONE),
    Kind.INVENTORY: (register_of, REGISTER), Kind.PLAN: (signed_plan_of, PLAN),
}  # fmt: skip


def statement(kind: Kind, value: dict[str, Any]) -> Statement:
    names = {
        Kind.REQUEST: f"waiver/moh/{value.get('control')}/{value.get('asset')}",
        Kind.WAIVER: "request/w-000000000000", Kind.DECOMMISSION: f"moh/{value.get('asset')}",
        Kind.ABSENCE: f"moh#{value.get('kind')}", Kind.INVENTORY: "agencies/moh",
        Kind.PLAN: "plans/moh",
    }  # fmt: skip
    digest = sha256(canonical(value.get(SIGNED_PART[kind]) if kind in SIGNED_PART else value))
    if kind is Kind.WAIVER:
        digest = str(value.get("request"))
    return Statement(kind, (Subject(names[kind], digest),), value)


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_was_written_is_read(kind: Kind) -> None:
    read, value = KINDS[kind]
    made = statement(kind, value)
    found = read(statement_of(made.payload()))
    assert found.agency == "moh"
    if kind not in SIGNED_PART:
        assert found.statement() == made


@pytest.mark.parametrize("kind", list(KINDS))
def test_nothing_else_is_taken_for_one(kind: Kind) -> None:
    read, value = KINDS[kind]
    good = statement(kind, value)
    bent = [
        replace(good, subjects=(Subject("x", good.subjects[0].digest),)),
        replace(good, subjects=(*good.subjects, *good.subjects)),
        replace(good, subjects=(replace(good.subjects[0], digest="sha256:" + "9" * 64),)),
        replace(good, kind=Kind.RUN),
        statement(kind, value | {"more": 1}),
        *(statement(kind, {k: v for k, v in value.items() if k != name}) for name in ("agency", "at")),
        *(statement(kind, value | {"at": at}) for at in ("", "now", "2026-99-01T00:00:00Z", "9999-01-01T00:00:00Z")),
    ]
    bent += [statement(kind, value | {"until": day}) for day in ("2026-02-30", "9999-12-31") if "until" in value]
    bent += [statement(kind, value | {"on": day}) for day in ("2026-02-30", "9999-12-31") if "on" in value]
    for one in bent:
        with pytest.raises(TrustError):
            read(one)


@pytest.mark.parametrize("bent", [{"id": "moe"}, {"assets": 1}, {"assets": ["x"]}, {"absences": {}}])
def test_a_register_is_lists_of_entries(bent: dict[str, Any]) -> None:
    with pytest.raises(TrustError):
        register_of(statement(Kind.INVENTORY, REGISTER | {"register": REGISTER["register"] | bent}))


@pytest.mark.parametrize(
    "bent",
    [
        {"agency": "moe"}, {"items": 1}, {"items": [{"control": "DS-12"}]}, {"more": 1}, {"dropped": []},
        {"items": [{**PLAN["plan"]["items"][0], "assigned": False}]},
        {"items": [{**PLAN["plan"]["items"][0], "control": one} for one in ("IS-20", "DS-12")]},
    ],
)  # fmt: skip
def test_a_signed_plan_is_one_agency_s_and_in_its_one_form(bent: dict[str, Any]) -> None:
    with pytest.raises(TrustError):
        signed_plan_of(statement(Kind.PLAN, PLAN | {"plan": PLAN["plan"] | bent}))


def test_a_register_has_one_form() -> None:
    data = {"id": "moh", "name": "Health", "tier": "standard", "sites": [{"id": "a", "country": "LR", "lat": 6.3}]}
    one = [{"id": "b", "kind": "linux-server"}, {"id": "a", "kind": "linux-server", "cadence": "online"}]
    first = Agency.model_validate(data | {"assets": one})
    other = Agency.model_validate(data | {"assets": one[::-1], "stores": []})
    assert form_of(first) == form_of(other)
    assert form_of(first)["sites"][0]["lat"] == "6.3"
    assert register_of(register_statement(first, AT)).form == form_of(first)
    moved = first.model_copy(update={"tier": Tier.CRITICAL, "name": "Ministry"})
    assert [change_words(one) for one in changes(form_of(first), form_of(moved))] == ["agency moh changed (name, tier)"]


def test_a_manifest_names_what_differs() -> None:
    files = {"checks/a.yaml": "1" * 64, "policies/b.yaml": "2" * 64}
    manifest = manifest_of(statement_of(manifest_statement(files, AT).payload()))
    assert (manifest.files, manifest.at) == (files, AT)
    assert list(differences(files, {"checks/a.yaml": "3" * 64, "reports/c": "4" * 64})) == [
        "checks/a.yaml: changed since it was signed", "policies/b.yaml: gone since it was signed",
        "reports/c: not signed; it was put in since",
    ]  # fmt: skip
    good = manifest_statement(files, AT)
    for bent in (
        replace(good, subjects=good.subjects[:1]), replace(good, subjects=(*good.subjects, good.subjects[0])),
        replace(good, predicate={**good.predicate, "at": "soon"}), replace(good, kind=Kind.RUN),
    ):  # fmt: skip
        with pytest.raises(TrustError):
            manifest_of(bent)


def test_one_person_under_several_spellings() -> None:
    assert same_person("B. Kollie", "b kollie")
    assert same_person("Kollie, B.", "B. Kollie")
    assert not same_person("B. Kollie", "A. Kollie")
