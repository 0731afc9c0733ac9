"""The register as its officer signs it: what is signed, who may, what changed since, and what was taken out of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pepperbird.inventory.read import read_site
from pepperbird.inventory.signed import signature_path
from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import RegisterStanding
from pepperbird.model.site import Site
from pepperbird.report.signed import change_words
from pepperbird.scan.declaring import declare
from pepperbird.scan.sealing import UNSIGNED
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import verify
from pepperbird.store.runs import Store
from pepperbird.store.signed import About
from pepperbird.trust.envelope import seal
from pepperbird.trust.register import register_statement
from pepperbird.trust.statement import Kind
from tests.support.calling import called
from tests.support.people import AGENCY, PASSPHRASE, People, people, stands
from tests.support.shipped import shipped_catalog

NOW, LATER, LAST = "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z", "2026-11-26T10:00:00Z"
ABSENCE = "absences: [{kind: web-endpoint, reason: None is run, by: A. Officer, until: 2027-12-31}]\n"
Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PP", PASSPHRASE)
    return tmp_path / "home"


@pytest.fixture
def made(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    found = people(tmp_path / "site", home, "officer", "other", "both", "approver", "reviewer")
    monkeypatch.chdir(found.site)
    return found


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    def run(*arguments: str | Path, at: str = NOW) -> tuple[int, str]:
        monkeypatch.setattr("pepperbird.cli.inventory_sign.now", lambda: at)
        status, out, err = called(capsys, "inventory", *arguments)
        return status, out + err

    return run


def key(name: str) -> tuple[str, ...]:
    return "--key", name, "--passphrase", "env:PP"


def write(made: People, text: str) -> None:
    (made.site / "agencies" / "moh.yaml").write_text(text)


def site_at(home: Path, made: People, catalog: Catalog, at: str = LAST) -> Site:
    """The site as a scan judges by it; what is signed and new is recorded."""
    store = Store(home / "pepperbird.db")
    try:
        if store.ledger.ring().newest is None:
            store.ledger.record_keys(made.signed(), at)
        return declare(store, catalog, read_site(made.site), at, UNSIGNED)
    finally:
        store.close()


def standing(home: Path, made: People, catalog: Catalog, at: str = LAST) -> RegisterStanding:
    return site_at(home, made, catalog, at).register("moh")


def told(found: RegisterStanding) -> list[str]:
    return [change_words(one) for one in found.changes]


def test_signed_and_changed_since(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    assert standing(home, made, catalog, NOW).state == "unsigned"
    status, said = call("sign", "moh", *key("officer"))
    assert (status, "Signed the register of moh as A. Officer" in said) == (0, True), said
    first = standing(home, made, catalog)
    assert (first.state, first.by, first.at, first.compared_with, first.changes) == (
        "signed",
        "A. Officer",
        NOW,
        "",
        (),
    )
    # Comments, spaces and order are no part of it.
    lines = AGENCY.splitlines()
    write(made, "# a comment\n" + "\n".join([*lines[:-2], lines[-1], lines[-2]]).replace("{id:", "{ id:") + "\n")
    assert standing(home, made, catalog) == first
    added = "  - {id: web1, kind: linux-server, site: monrovia}\nstores: [{id: registry, asset: app1}]\n"
    write(made, AGENCY.replace("  - {id: db1, kind: linux-server, site: monrovia}\n", "").replace(
        "{id: app1, kind: linux-server, site: monrovia}", "{id: app1, kind: linux-server, title: App, site: monrovia}",
    ) + added + ABSENCE)  # fmt: skip
    changed = standing(home, made, catalog)
    assert (changed.state, changed.compared_with) == ("changed", NOW)
    assert told(changed) == [
        "asset app1 changed (title)", "asset db1 removed", "asset web1 added", "store registry added",
        "absence web-endpoint added",
    ]  # fmt: skip
    status, said = call("sign", "moh", *key("officer"), at=LATER)
    assert (status, "asset db1 removed, without a record: it stays in the score" in said) == (0, True), said
    again = standing(home, made, catalog)
    assert (again.state, again.at, again.compared_with, told(again)) == ("signed", LATER, NOW, told(changed))
    store = Store(home / "pepperbird.db")
    assert verify(StoreSource(store)).faults == []
    store.close()


def test_only_the_agencys_own_officer_signs(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    for who, words in (
        ("other", "may sign for moe only"), ("both", "is not one of moh alone"), ("approver", "may not sign inventory"),
    ):  # fmt: skip
        status, said = call("sign", "moh", *key(who))
        assert (status, words in said) == (2, True), said
    # Past the command: a key of the whole office under a file in the site.
    envelope = seal(register_statement(read_site(made.site).agency("moh"), NOW), made.keys["both"])
    signature_path(made.site, "moh").write_bytes(envelope.to_bytes())
    found = standing(home, made, catalog)
    assert (found.state, "is not one of moh alone" in found.why) == ("void", True)


def test_a_signature_from_elsewhere_is_recorded_at_first_sight(made: People, home: Path, catalog: Catalog) -> None:
    agency = read_site(made.site).agency("moh")
    good = seal(register_statement(agency, NOW), made.keys["officer"]).to_bytes()
    path = signature_path(made.site, "moh")
    for bent in (b"", b"{}", good.replace(b'"sig":"', b'"sig":"AAAA')):
        path.write_bytes(bent)
        assert standing(home, made, catalog).state == "void"
    path.write_bytes(good)
    assert standing(home, made, catalog).state == "signed"
    path.unlink()  # the record stays
    assert standing(home, made, catalog).state == "signed"
    store = Store(home / "pepperbird.db")
    assert [one.kind for one in store.signed.all()] == [Kind.INVENTORY]
    store.close()


def test_an_old_register_brought_back_is_shown(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    old = signature_path(made.site, "moh")
    call("sign", "moh", *key("officer"))
    before = old.read_bytes()
    write(made, AGENCY + "stores: [{id: registry, asset: app1}]\n")
    call("sign", "moh", *key("officer"), at=LATER)
    write(made, AGENCY)
    old.write_bytes(before)
    found = standing(home, made, catalog)
    assert (found.state, found.at, told(found)) == ("changed", LATER, ["store registry removed"])
    early = seal(register_statement(read_site(made.site).agency("moh"), "2026-11-01T00:00:00Z"), made.keys["officer"])
    old.write_bytes(early.to_bytes())
    assert "it is old: signed on 2026-11-01" in standing(home, made, catalog).why


def test_a_revoked_officers_register_counts_no_more(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    call("sign", "moh", *key("officer"))
    assert standing(home, made, catalog, NOW).state == "signed"
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(2, LATER, officer="2026-11-24T00:00:00Z"), LATER)
    store.close()
    assert standing(home, made, catalog).state == "unsigned"


def test_an_absence_needs_its_officer_and_somebody_else(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    write(made, AGENCY + ABSENCE)
    status, said = call("review", "moh", "web-endpoint", *key("reviewer"))
    assert (status, "is not signed" in said) == (2, True), said
    call("sign", "moh", *key("officer"))
    assert standing(home, made, catalog).absences == ()
    status, said = call("review", "moh", "web-endpoint", *key("officer"))
    assert (status, "may not sign review" in said) == (2, True), said
    assert call("review", "moh", "dns-domain", *key("reviewer"))[0] == 2
    assert call("review", "moh", "web-endpoint", *key("reviewer"))[0] == 0
    (one,) = standing(home, made, catalog).absences
    assert (one.kind, one.reviewed_by, one.ends) == ("web-endpoint", "R. Viewer", "2027-02-23T00:00:00Z")
    write(made, AGENCY + ABSENCE.replace("None is run", "Another reason"))
    assert standing(home, made, catalog).absences == ()
    assert "sign it first" in call("review", "moh", "web-endpoint", *key("reviewer"))[1]


def test_a_decommission_is_the_officers_and_says_when(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    stands(home)
    given = ("decommission", "db1", "--agency", "moh", "--reason", "Replaced", "--on", "2026-11-20")
    assert call(*given, *key("officer"))[0] == 2  # how its data was destroyed is asked for
    given = (*given, "--sanitisation", "DS-16 record 12")
    for who in ("other", "both"):
        assert call(*given, *key(who))[0] == 2
    assert call("decommission", "nothing", *given[2:], *key("officer"))[0] == 2
    status, said = call(*given, *key("officer"))
    assert (status, "db1 (linux-server) was taken out of service on 2026-11-20" in said) == (0, True), said
    (one,) = site_at(home, made, catalog).decommissions
    assert (one.known_until, one.tail_ends) == (NOW, "2026-12-24T10:00:00Z")
    # One that left the register already is known from how the agency stood.
    write(made, AGENCY.replace("  - {id: app1, kind: linux-server, site: monrovia}\n", ""))
    assert call("decommission", "app1", *given[2:], *key("officer"))[0] == 0


def test_a_record_of_another_agency_or_without_a_signature_is_none(made: People, home: Path, catalog: Catalog) -> None:
    envelope = seal(register_statement(read_site(made.site).agency("moh"), NOW), made.keys["other"])
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(), NOW)
    store.signed.add(envelope, About(Kind.INVENTORY, "moe", "agencies/moe"), NOW)
    store.close()
    assert standing(home, made, catalog).state == "unsigned"
