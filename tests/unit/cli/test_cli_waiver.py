"""Waivers by the commands that people call: who may ask and who may approve, for how long, and every way to cheat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import Waiver
from pepperbird.model.state import State
from pepperbird.scan.declared import declared
from pepperbird.score.waiver import overlay
from pepperbird.store.runs import Store
from pepperbird.store.signed import About
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.statement import Kind
from pepperbird.trust.waiver import Act, Decision, Request
from tests.support.calling import called
from tests.support.people import PASSPHRASE, STANDING, People, people, stands
from tests.support.shipped import shipped_catalog

NOW = "2026-11-24T10:00:00Z"
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
def made(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> People:
    """A site with keys and a run that saw fails, on 24 November 2026; the content is read once."""
    stands(home)
    monkeypatch.setattr("pepperbird.cli.waiver_request.read_content", lambda *_: catalog)
    monkeypatch.setattr("pepperbird.cli.waiver_decide.read_content", lambda *_: catalog)
    monkeypatch.setattr("pepperbird.cli.waiver_list.read_content", lambda *_: catalog)
    found = people(tmp_path / "site", home, "officer", "other", "both", "second", "approver")
    monkeypatch.chdir(found.site)
    return found


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    def run(*arguments: str | Path, at: str = NOW) -> tuple[int, str]:
        monkeypatch.setattr("pepperbird.cli.waiver.now", lambda: at)
        status, out, err = called(capsys, "waiver", *arguments)
        return status, out + err

    return run


def key(name: str) -> tuple[str, ...]:
    return "--key", name, "--passphrase", "env:PP"


def ask(
    call: Call, control: str = "DS-12", *more: str, by: str = "officer", until: str = "2027-02-01", **at: str
) -> str:
    """The id of a new request about db1."""
    status, said = call(
        "request", control, "db1", "--agency", "moh", "--reason", "The disk is ordered", "--measure", "Old files go",
        "--until", until, *more, *key(by), **at,
    )  # fmt: skip
    assert status == 0, said
    return said.split()[2].rstrip(":")


def holding(home: Path, site: Path, at: str) -> tuple[Waiver, ...]:
    store = Store(home / "pepperbird.db")
    try:
        return declared(read_site(site), store.signed.all(), store.ledger.ring(), at).waivers
    finally:
        store.close()


def put(home: Path, made: People, envelope: Envelope, kind: Kind, at: str) -> None:
    """Past every check of the commands: what somebody could sign and record with a program of his own."""
    store = Store(home / "pepperbird.db")
    try:
        store.ledger.record_keys(made.signed(), at)
        store.signed.add(envelope, About(kind, "moh", "x"), at)
    finally:
        store.close()


def a_request(**changes: object) -> Request:
    values = {
        "agency": "moh", "control": "DS-12", "asset": "db1", "reason": "why", "measure": "what", "until": "2027-02-01",
        "by": "A. Officer", "at": NOW,
    }  # fmt: skip
    return Request.model_validate(values | changes)


def test_asked_for_approved_and_laid_over_the_fail(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    name = ask(call)
    assert holding(home, made.site, NOW) == ()
    status, said = call("approve", name, "--reason", "Once", *key("approver"))
    assert status == 0, said
    (waiver,) = holding(home, made.site, "2026-11-25T00:00:00Z")
    assert (waiver.id, waiver.approved_by, waiver.requested_by, waiver.signed) == (
        name, "B. Kollie", "A. Officer", "signed",
    )  # fmt: skip
    assert (waiver.since, waiver.until, waiver.begins, waiver.ends) == (
        "2026-11-24", "2027-02-01", NOW, "2027-02-02T00:00:00Z",
    )  # fmt: skip
    fail = STANDING[2]
    assert overlay(fail, (waiver,), catalog, "2027-02-01T23:59:59Z").state is State.WAIVED
    assert overlay(fail, (waiver,), catalog, "2027-02-02T00:00:00Z").state is State.FAIL
    assert overlay(fail, (waiver,), catalog, "2026-11-24T09:59:59Z").state is State.FAIL
    assert holding(home, made.site, "2027-02-02T00:00:00Z") == ()
    status, said = call("list")
    assert (status, f"{name}  holds" in said, "approved by B. Kollie on 2026-11-24" in said) == (0, True, True)
    assert "asked for by A. Officer on 2026-11-24, until 2027-02-01: The disk is ordered" in said


@pytest.mark.parametrize(
    ("control", "more", "words"),
    [
        ("BR-01", (), "BR-01 cannot be waived"),
        ("IS-20", ("--until", "2027-03-01"), "2027-02-22 is the last day for high"),
        ("IS-20", ("--until", "2027-03-01", "--budget"), "does not say that its fix needs a budget"),
        ("DS-12", ("--until", "2027-05-24"), "2027-05-23 is the last day for medium"),
        ("DS-12", ("--subject", "/home"), "'/home' does not fail; what fails there: /srv, /var"),
        ("DS-12", ("--until", "2026-11-23"), "ends before it begins"),
        ("DS-12", ("--until", "2027-02-30"), "no day '2027-02-30'"),
        ("DS-99", (), "no control DS-99"),
    ],
)
def test_what_could_never_hold_cannot_be_asked_for(
    call: Call, made: People, control: str, more: tuple[str, ...], words: str
) -> None:
    given = ("--until", "2027-01-01") if "--until" not in more else ()
    status, said = call(
        "request", control, "db1", "--agency", "moh", "--reason", "r", "--measure", "m", *given, *more, *key("officer")
    )
    assert (status, words in said) == (2, True), said


@pytest.mark.parametrize(
    ("control", "state"), [("DS-03", "stands as unchecked"), ("IS-20", "stands as pass"), ("IS-21", "has no IS-21")]
)
def test_never_over_an_unknown_nor_a_pass(call: Call, made: People, home: Path, control: str, state: str) -> None:
    arguments = (control, "app1", "--agency", "moh", "--reason", "r", "--measure", "m", "--until", "2027-01-01")
    status, said = call("request", *arguments, *key("officer"))
    assert (status, state in said) == (2, True), said
    # Signed elsewhere and brought in: it is not approved over an unknown either.
    file = made.site.parent / "request.json"
    assert call("request", *arguments, *key("officer"), "--output", file)[0] == 0
    assert call("import", file)[0] == 0
    name = next(line.split()[0] for line in call("list")[1].splitlines() if line.startswith("w-"))
    status, said = call("approve", name, *key("approver"))
    assert (status, state in said) == (2, True), said
    assert holding(home, made.site, NOW) == ()


def test_a_waiver_over_what_became_unknown_covers_nothing(
    call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    call("approve", ask(call), *key("approver"))
    (waiver,) = holding(home, made.site, NOW)
    dark = STANDING[1].__class__(**{**_fields(STANDING[2]), "state": State.UNREACHABLE, "failing": ()})
    assert overlay(dark, (waiver,), catalog, NOW).state is State.UNREACHABLE


def _fields(entry: object) -> dict[str, object]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}  # type: ignore[attr-defined]


def test_nobody_approves_what_he_asked_for(call: Call, made: People, home: Path) -> None:
    name = ask(call, by="both")
    for who, words in (("both", "by the key that asked for it"), ("second", "d both., who asked for it")):
        status, said = call("approve", name, *key(who))
        assert (status, words in said) == (2, True), said
        status, said = call("refuse", name, "--reason", "no", *key(who))
        assert status == 2
    status, said = call("approve", name, *key("officer"))
    assert (status, "may not sign waiver" in said) == (2, True)
    assert holding(home, made.site, NOW) == ()
    assert call("approve", name, *key("approver"))[0] == 0


@pytest.mark.parametrize("who", ["both", "second"])
def test_a_self_approved_waiver_past_the_commands_is_void_and_shown(
    call: Call, made: People, home: Path, catalog: Catalog, who: str
) -> None:
    asked = seal(a_request(by="D. Both").statement(), made.keys["both"])
    put(home, made, asked, Kind.REQUEST, NOW)
    holder = {"both": "D. Both", "second": "d both."}[who]
    approval = decision(asked, by=holder)
    put(home, made, seal(approval.statement(), made.keys[who]), Kind.WAIVER, NOW)
    (waiver,) = holding(home, made.site, NOW)
    assert "it is approved by" in waiver.void
    assert overlay(STANDING[2], (waiver,), catalog, NOW).state is State.FAIL
    said = call("list")[1]
    assert "void" in said
    assert waiver.void in said


def decision(asked: Envelope, **changes: object) -> Decision:
    from pepperbird.trust.canonical import sha256

    values = {
        "act": Act.APPROVE, "agency": "moh", "request": sha256(asked.payload), "by": "B. Kollie", "at": NOW,
        "since": "2026-11-24", "until": "2027-01-31",
    }  # fmt: skip
    return Decision.model_validate(values | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"since": "2026-10-01"}, "back-dated: signed on 2026-11-24, and it says that it began on 2026-10-01"),
        ({"until": "2027-03-01"}, "longer than was asked for"),
        ({"at": "2026-11-24T11:00:00Z"}, "signed in the future"),
        ({"by": "Somebody Else"}, "names another person than the holder"),
        ({"agency": "moe"}, "in the name of another agency"),
    ],
)
def test_a_bent_approval_is_void_and_shown(
    made: People, home: Path, catalog: Catalog, changes: dict[str, object], words: str
) -> None:
    asked = seal(a_request().statement(), made.keys["officer"])
    put(home, made, asked, Kind.REQUEST, NOW)
    put(home, made, seal(decision(asked, **changes).statement(), made.keys["approver"]), Kind.WAIVER, NOW)
    (waiver,) = holding(home, made.site, NOW)
    assert words in waiver.void
    assert overlay(STANDING[2], (waiver,), catalog, NOW).state is State.FAIL


def test_back_dating_is_refused_and_a_late_record_counts_from_when_it_was_recorded(
    call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    name = ask(call)
    status, said = call("approve", name, "--since", "2026-11-20", *key("approver"))
    assert (status, "is not back-dated; today is 2026-11-24" in said) == (2, True)
    asked = seal(a_request(at="2026-10-01T00:00:00Z", subject="/srv").statement(), made.keys["officer"])
    put(home, made, asked, Kind.REQUEST, NOW)
    early = decision(asked, at="2026-10-01T00:00:00Z", since="2026-10-01", until="2026-12-01")
    put(home, made, seal(early.statement(), made.keys["approver"]), Kind.WAIVER, NOW)
    (waiver,) = holding(home, made.site, NOW)
    assert (waiver.void, waiver.begins) == ("", NOW)
    whole = STANDING[2].__class__(**{**_fields(STANDING[2]), "failing": ("/srv",)})
    assert overlay(whole, (waiver,), catalog, "2026-11-01T00:00:00Z").state is State.FAIL
    assert overlay(whole, (waiver,), catalog, NOW).state is State.WAIVED


def test_a_waiver_that_cannot_be_signed_past_the_commands_over_a_non_waivable_control(
    call: Call, made: People, home: Path, catalog: Catalog
) -> None:
    asked = seal(a_request(control="BR-01").statement(), made.keys["officer"])
    put(home, made, asked, Kind.REQUEST, NOW)
    put(home, made, seal(decision(asked).statement(), made.keys["approver"]), Kind.WAIVER, NOW)
    (waiver,) = holding(home, made.site, NOW)
    assert overlay(STANDING[0], (waiver,), catalog, NOW).state is State.FAIL
    assert "BR-01 cannot be waived" in call("list")[1]


def test_one_renewal_of_the_same_fail_and_no_more(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    days = ("2026-11-24T10:00:00Z", "2026-12-20T10:00:00Z", "2027-01-20T10:00:00Z")
    for at, until in zip(days[:2], ("2026-12-31", "2027-01-31"), strict=True):
        name = ask(call, "IS-20", until=until, at=at)
        assert call("approve", name, *key("approver"), at=at)[0] == 0
    held = holding(home, made.site, days[2])
    assert [len(one.earlier) for one in held] == [1]
    fail = next(one for one in STANDING if one.control == "IS-20" and one.state is State.FAIL)
    assert overlay(fail, held, catalog, days[2]).state is State.WAIVED
    status, said = call(
        "request", "IS-20", "db1", "--agency", "moh", "--reason", "r", "--measure", "m", "--until", "2027-03-01",
        *key("officer"), at=days[2],
    )  # fmt: skip
    assert (status, "there is no second renewal" in said) == (2, True), said
    # Past the commands it is void; a subject of the same pair is no way round.
    asked = seal(a_request(control="IS-20", until="2027-03-01").statement(), made.keys["officer"])
    put(home, made, asked, Kind.REQUEST, days[2])
    third = decision(asked, at=days[2], since="2027-01-20", until="2027-03-01")
    put(home, made, seal(third.statement(), made.keys["approver"]), Kind.WAIVER, days[2])
    after = "2027-02-10T00:00:00Z"
    held = holding(home, made.site, after)
    assert overlay(fail, held, catalog, after).state is State.FAIL
    # Fixed and failed again later: another matter.
    anew = fail.__class__(**{**_fields(fail), "failing_since": "2027-02-05T00:00:00Z"})
    assert overlay(anew, held, catalog, after).state is State.WAIVED


def test_a_fix_that_needs_budget_waits_for_the_end_of_the_budget_year(call: Call, made: People, home: Path) -> None:
    (made.site / "site.yaml").write_text('name: Test\ntime_zone: Africa/Monrovia\nbudget_year: "07-01"\n')
    given = ("DS-13", "db1", "--agency", "moh", "--reason", "r", "--measure", "m", "--budget", "--until", "2027-07-01")
    status, said = call("request", *given, *key("officer"))
    assert (status, "2027-06-30 is the last day for high in this budget year" in said) == (2, True), said
    name = ask(call, "DS-13", "--budget", until="2027-06-30")
    assert "DS-13" in call("approve", name, *key("approver"))[1]
    (waiver,) = holding(home, made.site, NOW)
    assert (waiver.until, waiver.budget_until) == ("2027-06-30", "2027-06-30")


def test_a_request_on_paper_names_its_witness_who_may_not_approve(call: Call, made: People, home: Path) -> None:
    paper = made.site.parent / "paper.pdf"
    paper.write_bytes(b"signed in ink")
    given = (
        "request", "DS-12", "db1", "--agency", "moh", "--reason", "r", "--measure", "m", "--until", "2027-01-01",
        "--by", "M. Minister", "--paper", paper,
    )  # fmt: skip
    assert call(*given)[0] == 2
    status, said = call(*given, "--witness", "b kollie", "--on", "2026-11-23")
    assert status == 0, said
    name = said.split()[2].rstrip(":")
    status, said = call("approve", name, *key("approver"))
    assert (status, "who asked for it or brought the request" in said) == (2, True)
    assert call("approve", name, *key("both"))[0] == 0
    assert "on paper, seen by b kollie on 2026-11-23" in call("list")[1]
    assert holding(home, made.site, NOW)[0].requested_by == "M. Minister"


def test_refused_and_revoked(call: Call, made: People, home: Path, catalog: Catalog) -> None:
    name = ask(call)
    assert call("revoke", name, "--reason", "x", *key("approver"))[0] == 2
    assert call("refuse", name, "--reason", "Buy a disk", *key("approver"))[0] == 0
    assert call("approve", name, *key("approver"))[0] == 2
    assert holding(home, made.site, NOW) == ()
    second = ask(call, until="2027-01-15")
    assert call("approve", second, *key("approver"))[0] == 0
    later = "2026-12-01T08:00:00Z"
    assert call("revoke", second, "--reason", "Nothing was done", *key("both"), at=later)[0] == 0
    (waiver,) = holding(home, made.site, later)
    assert waiver.void == "revoked by D. Both on 2026-12-01: Nothing was done"
    assert overlay(STANDING[2], (waiver,), catalog, later).state is State.FAIL
    said = call("list")[1]
    assert "refused" in said
    assert "Buy a disk" in said


def test_another_agencys_officer_and_a_stranger_cannot_ask(call: Call, made: People) -> None:
    for who, words in (("other", "may sign for moe only"), ("approver", "may not sign inventory")):
        status, said = call(
            "request", "DS-12", "db1", "--agency", "moh", "--reason", "r", "--measure", "m", "--until", "2027-01-01",
            *key(who),
        )  # fmt: skip
        assert (status, words in said) == (2, True), said


def test_what_a_revoked_key_approves_is_void(call: Call, made: People, home: Path) -> None:
    name = ask(call)
    made.revoke("approver", "2026-11-24T09:00:00Z")
    status, said = call("approve", name, *key("approver"))
    assert (status, "was revoked" in said) == (2, True), said


def test_files_carry_records_between_machines_and_count_for_nothing_by_themselves(
    call: Call, made: People, home: Path, monkeypatch: pytest.MonkeyPatch, catalog: Catalog
) -> None:
    name = ask(call)
    assert call("approve", name, *key("approver"))[0] == 0
    folder = made.site.parent / "out"
    assert "Wrote 2 records" in call("export", folder)[1]
    here = holding(home, made.site, NOW)
    other = made.site.parent / "other"
    monkeypatch.setenv("PEPPERBIRD_HOME", str(other))
    assert call("import", *sorted(folder.iterdir()))[0] == 0
    assert holding(other, made.site, NOW) == here
    bent = folder / "bent.json"
    bent.write_bytes(next(iter(sorted(folder.iterdir()))).read_bytes().replace(b'"sig":"', b'"sig":"AAAA'))
    monkeypatch.setenv("PEPPERBIRD_HOME", str(made.site.parent / "third"))
    status, said = call("import", bent)
    monkeypatch.setenv("PEPPERBIRD_HOME", str(other))
    assert (status, "bent.json" in said) == (2, True), said
    (made.site / "waivers").mkdir()
    (made.site / "waivers" / "mine.yaml").write_text(
        "id: mine\nagency: moh\ncontrol: IS-20\nasset: db1\nreason: r\nmeasure: m\napproved_by: me\n"
        "since: 2026-11-01\nuntil: 2026-12-31\n"
    )
    found = next(one for one in holding(other, made.site, NOW) if one.id == "mine")
    assert "only a file" in found.void
    fail = next(one for one in STANDING if one.control == "IS-20" and one.state is State.FAIL)
    assert overlay(fail, (found,), catalog, NOW).state is State.FAIL
