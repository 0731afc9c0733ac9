"""docs/coverage.md and docs/coverage-stores.md are what the samples prove today, and what is proved only grows."""

from __future__ import annotations

import pytest

from tests.support import coverage_stores
from tests.support.coverage import FILE, can_be_denied, lines, page
from tests.support.coverage_reasons import WHY_NOT
from tests.support.samples import ROOT

PROVED = 54
PROVED_OF_STORES = 170
"""The floors of proved clauses: raise them when more are, never lower them."""


@pytest.mark.slow
def test_the_page_says_what_the_samples_prove_today() -> None:
    assert FILE.read_text() == page(), "run: python -m tests.support.coverage --write"


@pytest.mark.slow
def test_no_fewer_clauses_are_proved_than_before() -> None:
    assert sum(line.proved for line in lines()) >= PROVED


@pytest.mark.slow
def test_the_page_of_stores_says_what_the_samples_prove_today() -> None:
    wanted = coverage_stores.page()
    assert coverage_stores.FILE.read_text() == wanted, "run: python -m tests.support.coverage_stores --write"
    assert sum(line.proved for line in coverage_stores.lines()) >= PROVED_OF_STORES


@pytest.mark.slow
def test_reasons_stand_only_where_something_is_not_proved() -> None:
    both = (*lines(), *coverage_stores.lines())
    unproved = {line.id for line in both if not line.proved and line.clause.check}
    assert WHY_NOT.keys() <= unproved


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ("sshd.daemons", True),  # asks for root
        ("storage.thin_pools", True),  # asks for root by a fixed command
        ("packages.apt_indexes", True),  # says 77 where it may not read
        ("storage.mounts", True),  # says 77 by a helper of the program's head
        ("clock.system", False),
        ("ssh_transport", False),  # no probe at all
    ],
)
def test_a_probe_that_may_be_refused_something_is_known(probe: str, expected: bool) -> None:
    assert can_be_denied(probe) is expected


@pytest.mark.slow
def test_a_sample_that_was_only_documented_proves_nothing() -> None:
    documented = {"zfs", "luks-lvm-btrfs", "openssh-7.4", "rocky-9"}
    assert not documented & {name for line in lines() for names in line.seen.values() for name in names}
    assert (ROOT / "collectors" / "storage" / "samples" / "zfs").is_dir()
