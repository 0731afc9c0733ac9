"""What a fix is worth is what the score gains by it; what to do is ranked by that; a script holds nothing observed."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import get_args

import pytest

from pepperbird.model.check import Effort
from pepperbird.model.policy import Clause
from pepperbird.model.run import Run
from pepperbird.model.site import Asset
from pepperbird.model.state import Enforcement, State, Tier
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.fixes import is_plain, subjects_for
from pepperbird.report.gaps import unseen
from pepperbird.report.todos import todos
from pepperbird.report.words import SEVERITY
from pepperbird.report.worth import worth
from tests.support.runs import HOSTILE, a_catalog, a_run, a_site
from tests.support.scoring import DATABASE, WEB, World, a_world, an_agency, server
from tests.support.scoring import a_catalog as a_scored_catalog

EFFORTS = get_args(Effort)
ASSETS = (server("srv"), server("big", Tier.CRITICAL), server("db", kind=DATABASE), server("web", kind=WEB))


def facts_of(run: Run) -> AgencyFacts:
    return AgencyFacts(run, a_catalog("."), a_site(), "moh")


@pytest.mark.parametrize("state", [State.FAIL, State.UNCHECKED, State.WAIVED])
@pytest.mark.parametrize("assets", [ASSETS, ASSETS[:2]], ids=["all kinds", "without a web endpoint"])
def test_a_pair_is_worth_what_the_score_gains(state: State, assets: tuple[Asset, ...]) -> None:
    world: World = a_world(a_scored_catalog(), an_agency(assets), state)
    points = worth(world.entries, world.score)
    for entry in world.entries:
        if entry.enforcement is Enforcement.REQUIRED and "#" not in entry.asset:
            fixed = [replace(one, state=State.PASS) if one is entry else one for one in world.entries]
            gained = world.scored(fixed).figures.score - world.score.figures.score
            assert points[(entry.control, entry.asset)] == pytest.approx(gained, abs=0.051)


def test_all_pairs_together_are_worth_the_whole_score() -> None:
    world = a_world(a_scored_catalog(), an_agency(ASSETS), State.FAIL)
    assert sum(worth(world.entries, world.score).values()) == pytest.approx(100)


def test_what_one_person_can_do_now_comes_first_and_waivers_are_left_out() -> None:
    run = a_run()
    listed = todos(facts_of(run), worth(run.posture, run.scores["moh"]))
    assert [todo.number for todo in listed] == list(range(1, len(listed) + 1))
    assert "storage.usb-blocked" not in {todo.check for todo in listed}
    waiting = [one.fix.cost == "budget" or one.fix.owner == "management" or one.fix.effort == "days" for one in listed]
    assert waiting == sorted(waiting)
    now = [(SEVERITY.index(one.severity), EFFORTS.index(one.fix.effort)) for one in listed[: waiting.index(True)]]
    assert len(now) >= 3 and now == sorted(now)


def test_of_two_ways_to_the_same_end_the_second_comes_after_and_both_are_told() -> None:
    catalog = a_catalog(".")
    control = catalog.controls["IS-20"]
    either = control.model_copy(update={"clauses": (Clause(any_of=control.clauses),)})
    catalog = replace(catalog, controls={**catalog.controls, "IS-20": either})
    facts = AgencyFacts(a_run(), catalog, a_site(), "moh")
    listed = todos(facts, worth(a_run().posture, a_run().scores["moh"]))
    ways = [todo for todo in listed if todo.control == "IS-20"]
    assert [todo.instead for todo in ways] == [(ways[1].title,), (ways[0].title,)]
    between = listed[ways[0].number : ways[1].number - 1]
    assert any(one.fix.effort in ("minutes", "hours") for one in between)
    assert not ways[0].also


def test_without_a_score_severity_and_effort_decide() -> None:
    listed = todos(facts_of(a_run(scope="partial")), None)
    assert [str(todo.severity) for todo in listed] == ["critical", "high", "high", "high", "high"]
    assert listed[1].fix.effort == "minutes"


def test_what_else_must_pass_is_told() -> None:
    by_check = {todo.check: todo for todo in todos(facts_of(a_run()), {})}
    assert by_check["sshd.root-login"].also == ("“Log-in over SSH needs a key” must pass too",)
    assert by_check["register.backup-declared"].waits
    assert not by_check["storage.data-encrypted"].also


def test_a_deadline_counts_from_the_day_a_fail_was_first_seen() -> None:
    run = a_run()
    posture = tuple(replace(entry, failing_since="2026-09-01T00:00:00Z") for entry in run.posture)
    late = {todo.check: todo for todo in todos(facts_of(replace(run, posture=posture)), {})}
    assert (late["packages.security-updates"].due, late["packages.security-updates"].overdue) == ("2026-09-08", True)
    assert not {todo.check: todo for todo in todos(facts_of(run), {})}["packages.security-updates"].overdue


def test_what_left_the_register_is_told() -> None:
    run = a_run()
    gone = replace(run.posture[0], asset="lost", state=State.UNCHECKED)
    told = [one for one in unseen(facts_of(replace(run, posture=(*run.posture, gone)))) if one.asset == "lost"]
    assert [(one.group, one.controls) for one in told] == [("register", (gone.control,))]


def test_a_subject_is_set_as_one_quoted_word_or_not_at_all() -> None:
    for text in HOSTILE:
        found = subjects_for('df "$SUBJECT"', [text])
        if is_plain(text):
            assert shlex.split(found.lines[0]) == [f"SUBJECT={text}"]
        else:
            assert found.lines == ()
            assert found.remark.startswith("1 not written here")


def test_a_script_that_reads_no_subject_gets_none() -> None:
    assert subjects_for("df /", ["/srv"]).lines == ()
    assert subjects_for('df "${SUBJECT}"', ["/srv", "/srv", ""]).lines == ("SUBJECT=/srv",)
