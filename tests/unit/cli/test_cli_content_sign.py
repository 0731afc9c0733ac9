"""Signed content: who may sign, what was altered since, old content brought back, and sites that require signatures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pepperbird.bundle.read import read_bundle
from pepperbird.errors import UsageError
from pepperbird.inventory.read import read_site
from pepperbird.model.declared import ContentStanding
from pepperbird.scan.declaring import declare, refuse_unsigned
from pepperbird.scan.sealing import UNSIGNED
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import verify
from pepperbird.store.runs import Store
from pepperbird.trust.content import NAME
from pepperbird.trust.ledger import EntryKind
from pepperbird.trust.statement import Kind
from tests.support.calling import called
from tests.support.content import write_content
from tests.support.people import PASSPHRASE, People, people

NOW, LATER, LAST = "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z", "2026-11-26T10:00:00Z"
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PP", PASSPHRASE)
    return tmp_path / "home"


@pytest.fixture
def made(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    settings = "defaults: {require_signed_content: true}\n"
    found = people(tmp_path / "site", home, "author", "approver", settings=settings)
    monkeypatch.chdir(found.site)
    return found


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path / "content")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    def run(*arguments: str | Path, at: str = NOW) -> tuple[int, str]:
        monkeypatch.setattr("pepperbird.cli.content.now", lambda: at)
        status, out, err = called(capsys, "content", *arguments)
        return status, out + err

    return run


def sign(call: Call, content: Path, *more: str | Path, who: str = "author", at: str = NOW) -> tuple[int, str]:
    return call("sign", "--content", content, "--key", who, "--passphrase", "env:PP", *more, at=at)


def standing(home: Path, made: People, content: Path, at: str = LATER) -> ContentStanding:
    """As a scan finds it; what is signed and new is recorded."""
    store = Store(home / "pepperbird.db")
    try:
        store.ledger.record_keys(made.signed(), at)
        return declare(store, read_bundle(content), read_site(made.site), at, UNSIGNED).content
    finally:
        store.close()


def refused(home: Path, made: People, content: Path, at: str = LATER) -> str:
    """Why a scan of a site that requires signed content does not begin; '' where it does."""
    store = Store(home / "pepperbird.db")
    if store.ledger.ring().newest is None:
        store.ledger.record_keys(made.signed(), at)
    store.close()
    try:
        refuse_unsigned(home / "pepperbird.db", read_bundle(content), read_site(made.site), at)
    except UsageError as error:
        return str(error)
    return ""


def test_signed_content_is_recorded_once_and_verifies(call: Call, made: People, home: Path, content: Path) -> None:
    status, said = sign(call, content)
    assert status == 0, said
    assert read_bundle(content).digest in said
    first = standing(home, made, content)
    assert (first.state, first.by, first.at, first.required) == ("signed", "C. Author", NOW, True)
    assert standing(home, made, content) == first
    assert refused(home, made, content) == ""
    store = Store(home / "pepperbird.db")
    assert [one.kind for one in store.signed.all()] == [Kind.CONTENT]
    assert EntryKind.CONTENT in {row.kind for row in store.ledger.rows()}
    assert verify(StoreSource(store)).faults == []
    store.close()
    status, said = call("verify", "--content", content)
    assert (status, "signed by C. Author on 2026-11-24T10:00:00Z" in said) == (0, True), said


def test_unsigned_content_where_it_is_required(call: Call, made: People, home: Path, content: Path) -> None:
    assert "requires signed content, and this is not: nobody signed it. Nobody was contacted" in refused(
        home, made, content
    )
    assert call("verify", "--content", content)[0] == 1
    (made.site / "site.yaml").write_text("name: Test\n")
    assert refused(home, made, content) == ""
    assert standing(home, made, content).state == "unsigned"


@pytest.mark.parametrize("how", ["check", "baseline", "gone", "added"])
def test_altered_content_is_refused_and_each_file_named(
    call: Call, made: People, home: Path, content: Path, how: str
) -> None:
    sign(call, content)
    check = next(iter(sorted((content / "checks").rglob("*.yaml"))))
    if how == "check":
        check.write_text(check.read_text() + "# one more line\n")
        words = f"{check.relative_to(content)}: changed since it was signed"
    elif how == "baseline":  # a published baseline that asks for less
        path = content / "baselines" / "standard.yaml"
        path.write_text(path.read_text().replace("min_free_pct: 15", "min_free_pct: 1") + "# less\n")
        words = "baselines/standard.yaml: changed since it was signed"
    elif how == "gone":
        report = content / "reports" / "note.txt"
        report.write_text("x")
        sign(call, content)
        report.unlink()
        words = "reports/note.txt: gone since it was signed"
    else:
        (content / "reports" / "more.txt").write_text("x")
        words = "reports/more.txt: not signed; it was put in since"
    status, said = call("verify", "--content", content)
    assert (status, words in said) == (1, True), said
    found = standing(home, made, content)
    assert (found.state, "changed since it was signed" in found.why) == ("void", True)
    assert "it was changed since it was signed on" in refused(home, made, content)


def test_old_content_rolled_back_is_refused_and_shown(
    call: Call, made: People, home: Path, content: Path, tmp_path: Path
) -> None:
    sign(call, content)
    old = tmp_path / "old"
    shutil.copytree(content, old)
    standing(home, made, content)
    (content / "reports" / "new.txt").write_text("new")
    sign(call, content, at=LATER)
    assert standing(home, made, content, LATER).state == "signed"
    found = standing(home, made, old, LAST)
    assert (found.state, "it is old: signed on 2026-11-24" in found.why) == ("void", True)
    assert "it is old" in refused(home, made, old, LAST)
    status, said = call("verify", "--content", old, at=LAST)
    assert (status, "it is old" in said) == (1, True)
    (old / NAME).unlink()  # nor without its signature
    found = standing(home, made, old, LAST)
    assert (found.state, f"although content signed on {LATER} was in use" in found.why) == ("unsigned", True)


def test_the_wrong_key_a_revoked_key_and_a_date_to_come(call: Call, made: People, home: Path, content: Path) -> None:
    status, said = sign(call, content, who="approver")
    assert (status, "may not sign content" in said) == (2, True), said
    sign(call, content, at=LAST)
    assert "is still to come" in refused(home, made, content, NOW)
    sign(call, content)
    made.revoke("author", "2026-11-24T12:00:00Z")
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(2, "2026-11-24T12:00:00Z", author="2026-11-24T12:00:00Z"), LATER)
    store.close()
    assert "was revoked" in refused(home, made, content)
    assert "was revoked" in call("verify", "--content", content, at=LATER)[1]


def test_recorded_before_its_key_was_revoked_it_stays_good(call: Call, made: People, home: Path, content: Path) -> None:
    sign(call, content)
    standing(home, made, content, NOW)
    store = Store(home / "pepperbird.db")
    store.ledger.record_keys(made.signed(2, LATER, author=LATER), LATER)
    store.close()
    assert refused(home, made, content, LAST) == ""


def test_a_signature_may_lie_in_the_site_and_a_bent_one_never_holds(
    call: Call, made: People, home: Path, content: Path
) -> None:
    path = made.site / NAME
    sign(call, content, "--output", path)
    assert not (content / NAME).exists()
    assert standing(home, made, content).state == "signed"
    for bent in (b"", b"{}", path.read_bytes()[:-10], path.read_bytes().replace(b'"sig":"', b'"sig":"AAAA')):
        path.write_bytes(bent)
        assert refused(home, made, content) != ""
        assert call("verify", "--content", content)[0] == 1
