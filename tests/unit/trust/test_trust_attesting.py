"""Who may sign and who may review: every way to have a document count that should not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pepperbird.errors import TrustError
from pepperbird.trust.attestation import Answer, Person, attestation_of, review_of
from pepperbird.trust.attesting import Standing, standing
from pepperbird.trust.envelope import Envelope
from pepperbird.trust.persons import Witnessed, same_person
from tests.support.attesting import Entered, review, ring, said, signed

INK = Witnessed(by="W. Itness", on="2026-11-20", paper_sha256="a" * 64)
LATER = "2026-11-24T12:00:00Z"


def stands(envelope: Envelope, *reviews: Envelope, **revoked: str) -> Standing:
    mine = Entered(envelope)
    theirs = [Entered(one, 6 + number, LATER) for number, one in enumerate(reviews)]
    return standing(mine, {mine.digest: theirs}, ring(**revoked))


def test_signed_by_one_and_reviewed_by_another_it_counts() -> None:
    one = signed()
    found = stands(one, review(one))
    assert found.refusal == ""
    assert found.review is not None and found.review.reviewer.name == "R. Viewer"


def test_on_paper_it_counts_with_a_witness_and_a_signed_review() -> None:
    one = signed(None, witnessed=INK)
    assert stands(one, review(one)).refusal == ""
    assert "not signed" in stands(one, review(one, None)).refusal


@pytest.mark.parametrize(
    ("who", "changes", "words"),
    [
        (None, {}, "neither a signature nor a witness"),
        ("signer", {"witnessed": INK}, "it can be one of them"),
        (None, {"witnessed": INK.model_copy(update={"on": "2026-11-25"})}, "after it was witnessed"),
        ("reviewer", {}, "may not sign attestation"),
        ("stranger", {}, "may sign for moe only"),
        ("signer", {"agency": "moe"}, "may sign for moh only"),
        ("signer", {"at": "2026-09-01T10:00:00Z", "valid_from": "2026-08-01"}, "back-dated"),
        ("signer", {"at": "2026-11-24T11:00:00Z"}, "after it was entered"),
    ],
)
def test_what_nobody_may_have_signed_does_not_count(who: str | None, changes: dict[str, Any], words: str) -> None:
    one = signed(who, **changes)
    found = stands(one, review(one))
    assert words in found.refusal
    assert found.review is None


@pytest.mark.parametrize(
    ("signer", "reviewer", "changes", "words"),
    [
        ("double", "double", {}, "reviewed what he or she signed"),
        ("signer", "twice", {}, "reviewed what he or she signed"),
        ("signer", "reviewer", {"reviewer": Person(name="Signer S", role="audit")}, "reviewed what he or she signed"),
        ("signer", "signer", {}, "may not sign review"),
        ("signer", None, {}, "not signed"),
        ("signer", "reviewer", {"agency": "moe"}, "its review is for the agency moe"),
        ("signer", "reviewer", {"at": "2026-11-24T09:00:00Z"}, "dated before it was signed"),
        ("signer", "reviewer", {"accepted": False, "reason": "no roles in it"}, "refused it: no roles in it"),
    ],
)
def test_a_review_that_may_not_stand(signer: str, reviewer: str | None, changes: dict[str, Any], words: str) -> None:
    one = signed(signer)
    assert words in stands(one, review(one, reviewer, **changes)).refusal


def test_the_witness_does_not_review() -> None:
    one = signed(None, witnessed=INK.model_copy(update={"by": "Viewer R."}))
    assert "signed or witnessed" in stands(one, review(one)).refusal


def test_without_a_review_it_does_not_count() -> None:
    assert "nobody has reviewed it" in stands(signed()).refusal


def test_a_review_of_another_record_is_none_of_this() -> None:
    one, other = signed(), signed(valid_until="2027-10-01")
    mine = Entered(one)
    reviews = {Entered(other).digest: [Entered(review(other), 6, LATER)]}
    assert "nobody has reviewed it" in standing(mine, reviews, ring()).refusal


def test_the_last_review_decides_and_a_bad_one_takes_nothing_away() -> None:
    one = signed()
    refused = review(one, accepted=False, reason="page two is missing")
    assert "page two" in stands(one, review(one), refused).refusal
    assert stands(one, review(one), review(one, "twice")).refusal == ""


@pytest.mark.parametrize("at", ["2026-11-24T09:00:00Z", "2026-06-01T00:00:00Z"])
def test_a_key_revoked_before_it_was_entered(at: str) -> None:
    one = signed()
    assert "was revoked on" in stands(one, review(one), signer=at).refusal
    assert "was revoked on" in stands(one, review(one), reviewer=at).refusal


def test_what_was_signed_before_the_key_was_revoked_stays() -> None:
    one = signed()
    assert stands(one, review(one), signer="2026-12-01T00:00:00Z").refusal == ""


def test_a_revocation_that_stands_in_the_ledger_before_the_record_counts_whatever_its_date() -> None:
    one = signed()
    late = Entered(one, 12)
    revoked = ring(signer="2026-12-01T00:00:00Z")
    assert "was revoked before this was recorded" in standing(late, {}, revoked).refusal


def test_a_changed_record_is_told() -> None:
    one, other = signed(), signed(valid_until="2031-01-01")
    forged = Envelope(other.payload, one.signatures)
    assert "does not hold" in stands(forged).refusal

    class Moved(Entered):
        digest = "sha256:" + "0" * 64  # type: ignore[assignment]

    assert "changed since it was recorded" in standing(Moved(one), {}, ring()).refusal


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"valid_until": "2026-11-30"}, "at least 30 days"),
        ({"valid_from": "2026-12-01"}, "after the day of signing"),
        ({"valid_until": "2027-02-30"}, "no day of the calendar"),
        ({"answers": ()}, "at least 1"),
        ({"answers": (Answer(clause="DR-01.1", sections=()),) * 2}, "twice"),
    ],
)
def test_what_nobody_can_sign(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        said(**changes)


def test_statements_are_read_as_they_were_written_and_for_what_they_are() -> None:
    one = signed()
    back = review(one)
    assert attestation_of(one.statement)[0] == said()
    assert review_of(back.statement)[1] == Entered(one).digest
    with pytest.raises(TrustError, match="an attestation is expected"):
        attestation_of(back.statement)
    with pytest.raises(TrustError, match="a review is expected"):
        review_of(one.statement)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("R. Dolo", "dolo r", True), ("José Toe", "Jose TOE", True), ("R. Dolo", "R.Dolo", True),
        ("R. Dolo", "S. Dolo", False), ("Anna Lee", "Anne Lea", False),
    ],
)  # fmt: skip
def test_a_name_written_otherwise_is_no_other_person(one: str, other: str, *, same: bool) -> None:
    assert same_person(one, other) is same
