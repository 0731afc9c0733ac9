"""The content that ships: it reads, it is the whole catalogue, its examples hold and would notice a wrong judgement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.bundle.counts import count
from pepperbird.bundle.examples import states_of, wanted_states
from pepperbird.bundle.find import find_content
from pepperbird.evaluate.examples import run_examples
from pepperbird.model.catalog import Catalog
from pepperbird.model.check import Check
from tests.support.shipped import shipped_catalog

ROOT = Path(__file__).resolve().parents[2]
CHECKS = sorted(f"{path.parent.name}.{path.stem}" for path in (ROOT / "checks").rglob("*.yaml"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


def test_it_is_the_content_that_is_found() -> None:
    assert find_content(None) == ROOT


def test_it_is_the_whole_catalogue(catalog: Catalog) -> None:
    counted = count(catalog)
    assert (counted.policies, counted.controls, counted.catalogue) == (5, 92, 218)
    assert counted.document == 40
    assert counted.built >= 12
    assert counted.built + counted.document + counted.pending == counted.catalogue + counted.later


def test_every_file_of_a_check_is_a_check(catalog: Catalog) -> None:
    assert list(catalog.checks) == CHECKS
    assert len(CHECKS) >= 12


def test_every_example_holds(catalog: Catalog) -> None:
    results = run_examples(catalog)
    assert len(results) == sum(len(check.examples) for check in catalog.checks.values()) > 3 * len(CHECKS) - 1
    assert [f"{one.check}: {one.name}: {one.detail}" for one in results if not one.passed] == []


@pytest.mark.parametrize("name", CHECKS)
def test_every_outcome_of_a_check_is_proved(catalog: Catalog, name: str) -> None:
    check = catalog.checks[name]
    assert {state for example in check.examples for state in states_of(example)} >= set(wanted_states(check))


@pytest.mark.parametrize("name", CHECKS)
def test_examples_notice_a_check_that_judges_the_wrong_way_round(catalog: Catalog, name: str) -> None:
    """Negate what a check expects, or what it holds for evidence: an example must break."""
    check = catalog.checks[name]
    for mutant in mutants(check):
        one = replace(catalog, checks={name: mutant})
        assert any(not result.passed for result in run_examples(one)), mutant


def mutants(check: Check) -> list[Check]:
    """The check with one of its expressions negated, each in turn."""
    found = [check.model_copy(update={"expect": f"!({check.expect})"})]
    if check.applies is not None:
        found.append(check.model_copy(update={"applies": f"!({check.applies})"}))
    if check.sees is not None:
        found.append(
            check.model_copy(update={"sees": check.sees.model_copy(update={"expect": f"!({check.sees.expect})"})})
        )
    if check.for_each is not None and check.for_each.where is not None:
        where = check.for_each.model_copy(update={"where": f"!({check.for_each.where})"})
        found.append(check.model_copy(update={"for_each": where}))
    return found
