"""From records of the store to what a run judges by: documents looked for beside them, sections of both persons."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.model.attested import Attested
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import Tier
from pepperbird.scan.declared_attestations import attested
from pepperbird.store.codec import pack, unpack
from pepperbird.trust.attestation import Answer, Seen
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.statement import Kind, Statement, Subject
from tests.support.attesting import AT, DOCUMENT, Entered, review, ring, signed
from tests.support.people import KEYS

NOW = "2026-11-25T00:00:00Z"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "attestations" / "moh"
    folder.mkdir(parents=True)
    (folder / "plan.pdf").write_bytes(DOCUMENT)
    agencies = (Agency(id="moh", name="Health", tier=Tier.STANDARD),)
    return Site(file=SiteFile(name="t"), agencies=agencies, root=str(tmp_path))


def of(site: Site, *envelopes: Envelope, at: str = NOW) -> tuple[Attested, ...]:
    return attested(site, [Entered(one, 5 + n, AT).record for n, one in enumerate(envelopes)], ring(), at)


def test_a_record_with_its_review_and_its_document(site: Site) -> None:
    one = signed()
    (found,) = of(site, one, review(one, at=AT))
    assert (found.clause, found.asset, found.refusal, found.assurance) == ("DR-01.1", None, "", "signed")
    assert found.sections == ("roles", "scope")
    assert found.document_found_sha256 == found.document_sha256


def test_a_document_that_was_changed_taken_away_or_linked_elsewhere(site: Site, tmp_path: Path) -> None:
    one = signed()
    document = tmp_path / "attestations" / "moh" / "plan.pdf"
    document.write_bytes(b"another plan")
    (found,) = of(site, one)
    assert found.document_found_sha256 not in (None, found.document_sha256)
    document.unlink()
    assert of(site, one)[0].document_found_sha256 is None
    (tmp_path / "elsewhere").write_bytes(DOCUMENT)
    document.symlink_to(tmp_path / "elsewhere")
    assert of(site, one)[0].document_found_sha256 is None


def test_only_sections_that_both_found_count(site: Site) -> None:
    one = signed()
    seen = (Seen(clause="DR-01.1", sections=("scope", "invented")),)
    assert of(site, one, review(one, at=AT, seen=seen))[0].sections == ("scope",)
    other = (Seen(clause="DR-02.1", sections=("roles", "scope")),)
    assert of(site, one, review(one, at=AT, seen=other))[0].sections == ()


def test_a_document_for_several_things_gives_one_each(site: Site) -> None:
    answers = (Answer(clause="BR-07.3", asset="a", sections=("x",)), Answer(clause="BR-07.3", asset="b", sections=()))
    assert [one.asset for one in of(site, signed(answers=answers))] == ["a", "b"]


def test_what_is_recorded_later_than_asked_for_is_not_there_yet(site: Site) -> None:
    assert of(site, signed(), at="2026-11-24T09:59:59Z") == ()


def test_another_agency_s_record_and_what_is_no_attestation_are_left_out(site: Site) -> None:
    nonsense = seal(Statement(Kind.ATTESTATION, (Subject("x", "sha256:" + "0" * 64),), {"a": 1}), KEYS["signer"])
    assert of(site, nonsense, signed("stranger", agency="moe")) == ()


def test_of_records_that_answer_the_same_those_that_decide_are_kept(site: Site) -> None:
    old, new, bare = signed(valid_until="2027-09-01"), signed(valid_until="2027-10-01"), signed()
    reviews = [review(one, at=AT) for one in (old, new)]
    found = of(site, old, new, *reviews, bare)
    assert [(one.valid_until, bool(one.refusal)) for one in found] == [("2027-10-01", False), ("2027-11-01", True)]
    assert [one.valid_until for one in of(site, bare, old, new, *reviews)] == ["2027-10-01"]


def test_a_run_keeps_what_was_found(site: Site) -> None:
    one = signed()
    kept = site.model_copy(update={"attested": of(site, one, review(one, at=AT))})
    assert unpack(Site, pack(Site, kept)).attested == kept.attested
