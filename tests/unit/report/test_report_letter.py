"""The letter of consent: everything that the plan would do, in words, and nothing of the register acting in it."""

from __future__ import annotations

import hashlib
import re

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.people import Contact
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.site import Access, Agency, Asset, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, Tier
from pepperbird.plan.make import make_plan
from pepperbird.report.letter import BLANK, Terms, letter
from pepperbird.report.letter_text import WIDTH, as_markdown, as_text
from tests.support.shipped import shipped_catalog

AT = "2026-11-24T00:00:00Z"
SERVER = AssetKind.LINUX_SERVER


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


def an_agency(name: str = "Ministry of Health", title: str = "Database server") -> Agency:
    way = Access(via="ssh", at="db-1.moh.gov.lr", user="pepperbird", jump=("ops@gate",))
    return Agency(
        id="moh",
        name=name,
        tier=Tier.STANDARD,
        contacts=(Contact(name="A. Officer", role="head of IT", phone="+231 77"),),
        assets=(
            Asset(id="db-1", kind=SERVER, title=title, access=(way,)),
            Asset(id="far", kind=SERVER),
            Asset(id="tax", kind=AssetKind.POSTGRESQL, on="db-1"),
        ),
        stores=(Store.model_validate({"id": "files", "asset": "db-1", "title": "Files", "path": "/srv/files"}),),
    )


def written(catalog: Catalog, agency: Agency, terms: Terms = Terms()) -> tuple[str, str, Plan]:  # noqa: B008 - frozen
    site = Site(file=SiteFile(name="Programme Office"), agencies=(agency,))
    plan = make_plan(catalog, site, Selection(agencies=("moh",), deep=True), at=AT)
    blocks = letter(catalog, site, plan, agency, terms)
    return as_text(blocks), as_markdown(blocks), plan


def flat(text: str) -> str:
    return " ".join(text.split())


def test_it_names_every_command_and_question_with_their_limits(catalog: Catalog) -> None:
    text, marked, plan = written(catalog, an_agency())
    for call in plan.endpoints[0].probes:
        namespace, _, name = call.id.partition(".")
        assert catalog.collectors[namespace].probes[name].doc.rstrip(".") in flat(text), call.id
        for command in call.commands:
            assert f"\n    {command}\n" in text and f"\n{command}\n" in marked, command
    assert hashlib.sha256(catalog.programs["shell"]).hexdigest() in text
    assert "At most 15 seconds" in flat(text) and "at most 120 seconds for each system" in flat(text)
    for rule in catalog.redactions:
        assert rule.doc.rstrip(".") in flat(text)


def test_it_says_who_what_when_and_leaves_lines_to_fill_in(catalog: Catalog) -> None:
    text = flat(written(catalog, an_agency())[0])
    for part in (
        "Database server (db-1), at db-1.moh.gov.lr, through ops@gate, over SSH", "Files (files), data store on db-1",
        "tax, PostgreSQL database on db-1", "not contacted at all: * far, Linux server", "head of IT",
        "Africa/Monrovia time", f"from {BLANK} to {BLANK}", f"Programme Office: {BLANK}", "never done",
        "The agency: A. Officer, head of IT, +231 77", "usermod --expiredate 1 pepperbird", f"Signature: {BLANK}",
        "24 November 2026", "ends by itself after 90 days",
    ):  # fmt: skip
        assert part in text, part
    terms = Terms(hours="Saturday 20:00 to 24:00", contact="Duty officer, +231 88", days=30)
    told = flat(written(catalog, an_agency(), terms)[0])
    assert "Saturday 20:00 to 24:00" in told and "Programme Office: Duty officer, +231 88" in told
    assert "after 30 days" in told and f"from {BLANK}" not in told


def test_the_annex_is_the_very_program(catalog: Catalog) -> None:
    marked = written(catalog, an_agency(), Terms(annex=True))[1]
    program = catalog.programs["shell"].decode()
    assert program.rstrip("\n") in marked
    assert program[:200] not in written(catalog, an_agency())[1]


def test_it_fits_a_page(catalog: Catalog) -> None:
    text, marked, plan = written(catalog, an_agency())
    for line in text.splitlines():
        assert len(line) <= WIDTH or line.startswith("    /"), line
        assert line == line.rstrip()
    prose = [
        line for line in text.splitlines() if not line.startswith("    /")
    ]  # each command stands there, in one line
    assert len(prose) < 100 + 4.5 * sum(len(one.probes) for one in plan.endpoints)
    assert re.findall(r"^## (.*)$", marked, re.MULTILINE) == [
        "The systems", "What is run", "With which rights", "What is read, and what leaves the system",
        "What is never done", "Limits", "When", "Whom to call, and how to stop it", "Leave",
    ]  # fmt: skip


def test_names_of_the_register_do_not_act(catalog: Catalog) -> None:
    hostile = "*x* <b> [a](javascript:y) \x1b[31m\u202e # `z`"
    text, marked, _ = written(catalog, an_agency(hostile, "`t` <script>"), Terms(hours="\x1b]0;x\x07", contact="<i>"))
    for form in (text, marked):
        assert "\x1b" not in form and "\u202e" not in form and "\x07" not in form
    assert not re.search(r"(?<!\\)<(b|script|i)>", re.sub("`[^`]*`", "", marked))
    assert "(javascript" not in re.sub(r"\\\]\(javascript", "", marked)


def test_without_an_access_there_is_nothing_to_ask_for(catalog: Catalog) -> None:
    bare = Agency(id="moh", name="M", tier=Tier.STANDARD, assets=(Asset(id="far", kind=SERVER),))
    with pytest.raises(UsageError, match="names no access"):
        written(catalog, bare)


def test_it_does_not_promise_few_rights_where_the_register_gives_all(catalog: Catalog) -> None:
    ways = (Access(via="ssh", at="a", user="root"), Access(via="local"))
    assets = tuple(Asset(id=f"a{n}", kind=SERVER, access=(way,)) for n, way in enumerate(ways))
    text = flat(written(catalog, Agency(id="moh", name="M", tier=Tier.STANDARD, assets=assets))[0])
    assert "On a0 it runs as root, with every right" in text and "On a1 it runs as the account that starts" in text
    assert "expiredate" not in text and "ordinary account that is made" not in text
