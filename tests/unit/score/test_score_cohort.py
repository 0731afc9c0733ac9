"""Cohorts: a tier and a kind of estate, derived from the register."""

from __future__ import annotations

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.history import Estate
from pepperbird.model.state import Tier
from pepperbird.score.cohort import cohort_of, cohorts, estate_of, members

REGISTER = (
    Estate("a", "A", Tier.STANDARD, frozenset({"linux-server"})),
    Estate("b", "B", Tier.STANDARD, frozenset({"linux-server", "mysql"})),
    Estate("c", "C", Tier.CRITICAL, frozenset({"linux-server", "mysql", "s3-bucket"})),
    Estate("d", "D", Tier.STANDARD, frozenset({"windows-server"})),
    Estate("e", "E", Tier.FOUNDATION, frozenset()),
)


@pytest.mark.parametrize(
    ("kinds", "estate"),
    [
        ((), "other"),
        (("web-endpoint",), "other"),
        (("windows-server", "web-endpoint"), "servers"),
        (("postgresql",), "databases"),
        (("linux-server", "mysql", "s3-bucket"), "buckets"),
    ],
)
def test_the_largest_kind_of_estate_counts(kinds: tuple[str, ...], estate: str) -> None:
    assert estate_of(kinds) == estate


def test_cohorts_have_the_highest_tier_first_and_none_is_empty() -> None:
    assert dict(cohorts(REGISTER)) == {
        "critical/buckets": ("c",), "standard/databases": ("b",), "standard/servers": ("a", "d"),
        "foundation/other": ("e",),
    }  # fmt: skip
    assert [cohort_of(one) for one in REGISTER[:2]] == ["standard/servers", "standard/databases"]


def test_members_of_a_tier_or_a_cohort() -> None:
    assert members(REGISTER, "standard", None) == {"a", "b", "d"}
    assert members(REGISTER, None, "standard/servers") == {"a", "d"}
    with pytest.raises(UsageError, match="there are: critical/buckets, standard/databases"):
        members(REGISTER, None, "standard/clouds")
    with pytest.raises(UsageError, match="no agency of the tier critical"):
        members(REGISTER[:2], "critical", None)
