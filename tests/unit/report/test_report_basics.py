"""A first report begins with the basics: the starter controls, worst first, in every format for people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Selection
from pepperbird.model.policy import ControlSetting
from pepperbird.model.run import Run
from pepperbird.model.state import Enforcement, State, Tier
from pepperbird.report.basics import basics
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.render import render
from tests.support.runs import a_catalog, a_run, a_site

ROOT = Path(__file__).resolve().parents[3]
STARTER = ("DS-12", "IS-20", "IS-21", "BR-17", "DR-01")


def catalog() -> Catalog:
    plain = a_catalog(str(ROOT))
    standard = plain.baselines["standard"]
    settings = {
        name: ControlSetting(enforcement=Enforcement.REQUIRED if name in STARTER else Enforcement.NOT_REQUIRED)
        for name in plain.controls
    }
    starter = replace(standard, id="starter", controls=settings)
    return replace(plain, baselines={**plain.baselines, "starter": starter})


def first(**changes: object) -> Run:
    return replace(a_run(), first=("moh",), **changes)  # type: ignore[arg-type]


def test_worst_comes_first_with_where_it_fails() -> None:
    shown = basics(AgencyFacts(first(), catalog(), a_site(), "moh"))
    assert shown is not None
    assert [(one.control, one.state, one.words) for one in shown.items] == [
        ("DS-12", State.FAIL, "fails: db1"),
        ("IS-20", State.FAIL, "fails: db1"),
        ("IS-21", State.FAIL, "fails: db1"),
        ("BR-17", State.ERROR, "could not be decided"),
        ("DR-01", State.UNCHECKED, "not checked yet"),
    ]
    assert shown.ready == 0
    assert shown.sentence == (
        "5 controls that cost nothing but time and matter most: none of them is in order, 3 ask for work and "
        "2 could not be decided yet."
    )


@pytest.mark.parametrize("form", ["text", "html"])
def test_they_stand_before_everything_else_and_only_in_a_first_report(form: str) -> None:
    text = render(first(), catalog(), a_site(), None, form).decode()
    parts = ("The basics", "Grade E", "to do this month", "What could not be seen\n")
    if form == "html":
        parts = ("The basics", "to do this month</h2>", "Step by step</h2>", "Where you stand</h2>")
    order = [text.index(part) for part in parts]
    assert order == sorted(order)
    assert "The basics" not in render(a_run(), catalog(), a_site(), None, form).decode()
    assert "The basics" not in render(first(), a_catalog(str(ROOT)), a_site(), None, form).decode()


def test_a_run_by_the_starter_baseline_begins_with_them_each_time() -> None:
    run = a_run()
    plan = replace(run.plan, baselines=dict.fromkeys(Tier, "starter"))
    assert basics(AgencyFacts(replace(run, plan=plan), catalog(), a_site(), "moh")) is not None


def test_a_run_of_chosen_controls_does_not() -> None:
    run = first()
    plan = replace(run.plan, selection=Selection(controls=("IS-20",)))
    assert basics(AgencyFacts(replace(run, plan=plan), catalog(), a_site(), "moh")) is None


def test_what_passes_everywhere_it_applies_is_in_order() -> None:
    run = a_run()
    fine = tuple(replace(one, state=State.PASS) for one in run.posture)
    some = tuple(replace(one, state=State.NOT_APPLICABLE) if one.asset == "db1" else one for one in fine)
    shown = basics(AgencyFacts(first(posture=some), catalog(), a_site(), "moh"))
    assert shown is not None
    assert {one.state for one in shown.items} == {State.PASS}
    assert shown.ready == 5 and shown.sentence.endswith("most: 5 of them are in order.")


def test_the_page_links_to_what_fails_and_tells_states_in_words() -> None:
    page = render(first(), catalog(), a_site(), None, "html").decode()
    part = page[page.index('id="basics"') : page.index('id="five"')]
    for control in ("DS-12", "IS-20", "IS-21"):
        assert f'href="#control-{control}"' in part and f'id="control-{control}"' in page
    assert part.count("<li ") == 5 and 'href="#basics"' in page
    assert "could not be decided" in part and "not checked yet" in part
