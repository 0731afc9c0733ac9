"""The agreed plan as the programme office signs it: who may, what is signed, and ways to slip another one under it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.errors import SiteError
from pepperbird.inventory.plans import plan_file
from pepperbird.inventory.read import read_site
from pepperbird.inventory.signed import signature_path
from pepperbird.model.agreed import AgreedItem, AgreedPlan, PlanStanding
from pepperbird.model.catalog import Catalog
from pepperbird.report.signed import plan_change_words
from pepperbird.scan.declaring import declare
from pepperbird.scan.sealing import UNSIGNED
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import verify
from pepperbird.scan.verify_ledger import read_book
from pepperbird.scan.verify_snapshot import snapshot_faults
from pepperbird.store.runs import Store
from pepperbird.store.signed import About
from pepperbird.trust.agreed import plan_statement
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.statement import Kind
from tests.support.calling import called
from tests.support.people import PASSPHRASE, RUN_AT, People, people, stands

NOW, LATER, LAST = "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z", "2026-11-26T10:00:00Z"
LOGIN = AgreedItem(control="IS-20", asset="db1", agreed="2026-11-01", due="2026-12-01")
DISKS = AgreedItem(control="DS-12", agreed="2026-11-01", due="2027-01-01")
PLAN = AgreedPlan(agency="moh", items=(LOGIN, DISKS))
SLOWER = AgreedPlan(agency="moh", items=(LOGIN, DISKS.model_copy(update={"due": "2027-06-01"})))
MOVED = "DS-12: later, by 1 June 2027 in place of 1 January 2027"
Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_bundle(find_content())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> Path:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PP", PASSPHRASE)
    monkeypatch.setattr("pepperbird.bundle.read.read_bundle", lambda *_, **__: catalog)  # read once for all tests
    return tmp_path / "home"


@pytest.fixture
def made(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    found = people(tmp_path / "site", home, "officer", "other", "approver", "official")
    (found.site / "plans").mkdir()
    write(found, PLAN)
    monkeypatch.chdir(found.site)
    return found


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    def run(*arguments: str, at: str = NOW) -> tuple[int, str]:
        monkeypatch.setattr("pepperbird.cli.agency_plan.now", lambda: at)
        status, out, err = called(capsys, "agency", "plan", "moh", *arguments)
        return status, " ".join((out + err).split())

    return run


def sign(name: str) -> tuple[str, ...]:
    return "--sign", "--key", name, "--passphrase", "env:PP"


def write(made: People, plan: AgreedPlan) -> None:
    (made.site / "plans" / "moh.yaml").write_text(plan_file(plan))


def beside(made: People, envelope: Envelope) -> None:
    signature_path(made.site, "moh", "plans").write_bytes(envelope.to_bytes())


def standing(home: Path, made: People, catalog: Catalog, at: str = LAST) -> PlanStanding:
    """As a scan judges by it; what is signed and new is recorded."""
    store = Store(home / "pepperbird.db")
    try:
        if store.ledger.ring().newest is None:
            store.ledger.record_keys(made.signed(), at)
        return declare(store, catalog, read_site(made.site), at, UNSIGNED).plan_standing("moh")
    finally:
        store.close()


def told(found: PlanStanding) -> list[str]:
    return [plan_change_words(one) for one in found.changes]


def test_signed_changed_and_signed_again(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    first = standing(home, made, catalog, NOW)
    assert (first.state, first.required, first.counts) == ("unsigned", True, False)
    assert "Not signed. For the stage Managed it counts once the programme office" in call()[1]
    status, said = call(*sign("approver"))
    assert (status, "Signed the plan of moh as B. Kollie: plans/moh.signed.json" in said) == (0, True), said
    signed = standing(home, made, catalog)
    assert (signed.state, signed.by, signed.at, signed.changes, signed.counts) == ("signed", "B. Kollie", NOW, (), True)
    assert "Agreed and signed by B. Kollie on 24 November 2026." in call()[1]
    write(made, SLOWER)
    changed = standing(home, made, catalog)
    assert (changed.state, changed.compared_with, changed.counts, told(changed)) == ("changed", NOW, False, [MOVED])
    said = call()[1]
    assert "Not signed as it stands: it was changed since B. Kollie signed it on 24 November 2026." in said
    assert f"What was changed: · {MOVED}" in said
    status, said = call(*sign("approver"), at=LATER)
    assert (status, MOVED in said) == (0, True), said
    again = standing(home, made, catalog)
    assert (again.state, again.at, again.compared_with, told(again)) == ("signed", LATER, NOW, [MOVED])
    store = Store(home / "pepperbird.db")
    assert verify(StoreSource(store)).faults == []
    store.close()


def test_comments_spaces_and_order_are_no_part_of_it_and_every_word_is(
    call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    assert call(*sign("approver"))[0] == 0
    path = made.site / "plans" / "moh.yaml"
    turned = plan_file(PLAN.model_copy(update={"items": PLAN.items[::-1]}))
    path.write_text(
        "# agreed by telephone\n" + turned.replace("{control", "{   control").replace('"2026-12-01"', "2026-12-01")
    )
    assert standing(home, made, catalog).state == "signed"
    for item in (
        LOGIN.model_copy(update={"who": "J. Kollie"}), LOGIN.model_copy(update={"asset": "app1"}),
        LOGIN.model_copy(update={"agreed": "2026-11-02"}), LOGIN.model_copy(update={"assigned": True}),
        LOGIN.model_copy(update={"due": "2026-11-30"}),
    ):  # fmt: skip
        write(made, AgreedPlan(agency="moh", items=(item, DISKS)))
        found = standing(home, made, catalog)
        assert (found.state, len(found.changes) > 0) == ("changed", True), item


def test_the_programme_office_signs_and_never_the_agency_s_officer(
    call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    for who, words in (
        ("officer", "may not sign waiver; nothing was signed. A plan is signed by the programme office"),
        ("official", "Officer, A. is the officer of moh, who signs its register"),
    ):
        status, said = call(*sign(who))
        assert (status, words in said) == (2, True), said
        assert not signature_path(made.site, "moh", "plans").exists()
    for who, words in (("officer", "may not sign waiver"), ("official", "is the officer of moh")):
        beside(made, seal(plan_statement(PLAN, NOW), made.keys[who]))
        found = standing(home, made, catalog)
        assert (found.state, words in found.why, found.counts) == ("void", True, False), found
    assert "The signature beside it does not count: Officer, A. is the officer of moh" in call(at=LAST)[1]


def test_what_cannot_be_asked_for_is_told(call: Call, made: People) -> None:
    assert "change the plan first" in call("--add", "BR-01", *sign("approver"))[1]
    assert "--sign and --key go together" in call("--sign")[1]
    assert "--sign and --key go together" in call("--key", "approver")[1]
    (made.site / "plans" / "moh.yaml").unlink()
    status, said = call(*sign("approver"))
    assert (status, "nothing is in the plan of moh" in said) == (2, True), said


def test_a_signature_from_elsewhere_is_recorded_at_first_sight(
    call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    good = seal(plan_statement(PLAN, NOW), made.keys["approver"])
    path = signature_path(made.site, "moh", "plans")
    bent = good.to_bytes().replace(b'"sig":"', b'"sig":"AAAA')
    altered = Envelope(plan_statement(SLOWER, NOW).payload(), good.signatures)
    for data in (b"", b"{}", bent, altered.to_bytes(), Envelope(good.payload).to_bytes()):
        path.write_bytes(data)
        found = standing(home, made, catalog)
        assert (found.state, found.counts, bool(found.why)) == ("void", False, True), data
    path.write_bytes(good.to_bytes())
    said = call(at=LAST)[1]
    assert "Not signed." in said and "It counts once the next scan has recorded it." in said
    assert standing(home, made, catalog).state == "signed"
    path.unlink()  # the record stays
    assert standing(home, made, catalog).state == "signed"


def test_a_signature_over_another_plan_does_not_carry_this_one(made: People, home: Path, catalog: Catalog) -> None:
    elsewhere = AgreedPlan(agency="moe", items=PLAN.items)
    beside(made, seal(plan_statement(elsewhere, NOW), made.keys["approver"]))
    found = standing(home, made, catalog)
    assert (found.state, found.why) == ("void", "it is the plan of moe")
    beside(made, seal(plan_statement(SLOWER, NOW), made.keys["approver"]))
    found = standing(home, made, catalog)
    assert (found.state, found.counts, [one.how for one in found.changes]) == ("changed", False, ["earlier"])


def test_an_older_plan_brought_back_with_its_signature_is_told(
    call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    write(made, SLOWER)
    call(*sign("approver"))
    old = signature_path(made.site, "moh", "plans").read_bytes()
    write(made, PLAN)
    call(*sign("approver"), at=LATER)
    assert standing(home, made, catalog).state == "signed"
    write(made, SLOWER)  # both files as they were, and rightly signed then
    signature_path(made.site, "moh", "plans").write_bytes(old)
    found = standing(home, made, catalog)
    assert (found.state, found.at, found.counts, told(found)) == ("changed", LATER, False, [MOVED])
    # One that was signed before and never seen here.
    beside(made, seal(plan_statement(SLOWER, "2026-11-01T00:00:00Z"), made.keys["approver"]))
    found = standing(home, made, catalog)
    assert "it is old: signed on 2026-11-01" in found.why and not found.counts
    beside(made, seal(plan_statement(SLOWER, "2027-11-01T00:00:00Z"), made.keys["approver"]))
    assert "still to come" in standing(home, made, catalog).why


def test_a_plan_that_was_signed_does_not_vanish(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    call(*sign("approver"))
    (made.site / "plans" / "moh.yaml").unlink()
    with pytest.raises(SiteError, match=r"moh\.signed\.json"):
        read_site(made.site)
    signature_path(made.site, "moh", "plans").unlink()
    found = standing(home, made, catalog)
    assert (found.state, found.counts) == ("changed", False)
    assert told(found) == ["DS-12: taken out without a reason", "IS-20@db1: taken out without a reason"]
    assert "DS-12: taken out without a reason" in call(at=LAST)[1]


def test_the_key_of_somebody_who_left(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    call(*sign("approver"))
    assert standing(home, made, catalog, NOW).state == "signed"
    made.revoke("approver", LATER)
    status, said = call(*sign("approver"), at=LAST)
    assert (status, f"was revoked on {LATER}" in said) == (2, True), said
    assert standing(home, made, catalog).state == "signed"  # what he signed before he left stays
    write(made, SLOWER)
    beside(made, seal(plan_statement(SLOWER, "2026-11-24T12:00:00Z"), made.keys["approver"]))  # dated back
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(2, LATER, approver=LATER), LATER)
    store.close()
    found = standing(home, made, catalog)
    assert (found.state, "was revoked" in found.why, found.counts) == ("changed", True, False)


def test_a_stolen_key_s_signature_ends_and_the_one_before_holds(
    call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    call(*sign("approver"))
    write(made, SLOWER)
    beside(made, seal(plan_statement(SLOWER, LATER), made.keys["both"]))
    assert standing(home, made, catalog).by == "D. Both"
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(2, LAST, both=NOW), LAST)
    store.close()
    found = standing(home, made, catalog)
    assert (found.state, found.by, told(found)) == ("changed", "B. Kollie", [MOVED])
    assert f"was revoked on {NOW}" in found.why
    assert found.required  # also once no key is left that may sign
    store = Store(home / "pepperbird.db")
    gone = dict.fromkeys(("both", "second", "approver", "official"), NOW)
    store.ledger.record_keys(made.signed(3, LAST, **gone), LAST)
    store.close()
    found = standing(home, made, catalog)
    assert (found.state, found.required, found.counts) == ("void", True, False)
    assert f"was revoked on {NOW}" in found.why


def test_a_key_that_ended_signs_no_more(call: Call, made: People) -> None:
    status, said = call(*sign("approver"), at="2041-01-01T00:00:00Z")
    assert (status, "ended on 2040-01-01" in said, "by the programme office" in said) == (2, True, True), said


def test_a_record_under_another_agency_s_name_is_none(made: People, home: Path, catalog: Catalog) -> None:
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(), NOW)
    envelope = seal(plan_statement(AgreedPlan(agency="moe", items=PLAN.items), NOW), made.keys["approver"])
    store.signed.add(envelope, About(Kind.PLAN, "moh", "plans/moh"), NOW)
    store.signed.add(seal(plan_statement(PLAN, NOW), made.keys["approver"]), About(Kind.PLAN, "moe", "plans/moe"), NOW)
    store.close()
    found = standing(home, made, catalog)
    assert (found.state, found.why) == ("void", "it is the plan of moe")


def test_without_keys_all_works_and_says_unsigned(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    (made.site / "keys.yaml").unlink()
    said = call("--add", "BR-01")[1]
    assert "Not signed." in said and "For the stage" not in said
    store = Store(home / "pepperbird.db")
    found = declare(store, catalog, read_site(made.site), NOW, UNSIGNED).plan_standing("moh")
    assert (found.state, found.required, found.counts, found.why) == ("unsigned", False, True, "")
    beside(made, seal(plan_statement(PLAN, NOW), made.keys["approver"]))
    found = declare(store, catalog, read_site(made.site), NOW, UNSIGNED).plan_standing("moh")
    store.close()
    assert (found.state, "no key list was recorded" in found.why) == ("void", True)
    status, said = call(*sign("approver"))
    assert status == 2 and "keys" in said


def snapshot(home: Path) -> list[str]:
    """What `verify` finds in the register of the only run."""
    store = Store(home / "pepperbird.db")
    try:
        source = StoreSource(store)
        (run,) = source.finished()
        return list(snapshot_faults(source, source.parts(run), read_book(source)))
    finally:
        store.close()


NOT_SO = "the plan of moh is not signed or changed as it says"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"state": "signed", "changes": (), "compared_with": ""}, NOT_SO),
        ({"by": "Somebody Else"}, NOT_SO),
        ({"required": False}, NOT_SO),
        ({"state": "unsigned", "required": False}, NOT_SO),
        (None, "the plan of moh was signed, and the register does not say how it stands"),
    ],
)
def test_a_run_that_says_of_its_plan_what_no_record_gives_is_named(
    change: dict[str, Any] | None, words: str, call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    """Who scans can write into the register of a run what he likes; `verify` works it out again from the records."""
    before = "2026-11-20T10:00:00Z"
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(), before)
    store.signed.add(seal(plan_statement(PLAN, before), made.keys["approver"]), About(Kind.PLAN, "moh", "x"), before)
    write(made, SLOWER)
    site = declare(store, catalog, read_site(made.site), RUN_AT, UNSIGNED)
    assert site.plan_standing("moh").state == "changed"
    plans = () if change is None else tuple(one.model_copy(update=change) for one in site.plans)
    store.close()
    stands(home, site=site.model_copy(update={"plans": plans}))
    faults = snapshot(home)
    assert (len(faults), words in "".join(faults)) == (1 if words else 0, True), faults


def test_a_run_of_before_plans_were_signed_is_held_against_nothing(made: People, home: Path, catalog: Catalog) -> None:
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(), "2026-11-20T10:00:00Z")
    store.close()
    stands(home, site=read_site(made.site))
    store = Store(home / "pepperbird.db")
    store.signed.add(seal(plan_statement(PLAN, NOW), made.keys["approver"]), About(Kind.PLAN, "moh", "plans/moh"), NOW)
    store.close()
    assert snapshot(home) == []
