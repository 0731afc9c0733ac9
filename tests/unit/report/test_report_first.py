"""Page one: what got better, what to do with what each adds, the plan's first; then letters and what ends soon."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from pepperbird.model.agreed import AgreedItem, AgreedPlan
from pepperbird.model.state import Severity, State
from pepperbird.report.asks import letter_text
from pepperbird.report.build import build
from pepperbird.report.earlier import Earlier
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.gain import gain, mended_pairs
from pepperbird.report.spark import spark
from pepperbird.report.view import ReportView
from pepperbird.score.agency import score_agency
from pepperbird.score.change import Change, Kind
from pepperbird.score.since import Against, Since
from tests.support.reports import (
    Made,
    all_of_them,
    findings,
    later,
    long_names,
    nothing_found,
    nothing_reached,
    of_rows,
)
from tests.support.runs import ROWS, a_run, a_site, hostile_run, hostile_site

LATER = later()


def facts_of(made: Made) -> AgencyFacts:
    return AgencyFacts(made.run, made.catalog, made.site, "moh", made.earlier.get("moh", Earlier()))


def view_of(made: Made) -> ReportView:
    return build(facts_of(made))


def test_the_page_begins_with_what_got_better_then_five_things_then_whom_to_ask() -> None:
    page = LATER.render("html").decode()
    parts = (
        "What got better</h2>", "Five things to do this month</h2>", "Step by step</h2>",
        "Ask your hosting company</h2>", "Needs your head&#39;s signature</h2>", "Where you stand</h2>",
        "How it went</h3>", "All findings</h2>", "What could not be seen</h2>", "The agreed plan</h2>",
        "Ending soon</h2>", "Rules and waivers</h2>",
    )  # fmt: skip
    order = [page.index(part) for part in parts]
    assert order == sorted(order)


def test_what_got_better_names_what_was_fixed_and_whose_move_each_fall_is() -> None:
    better = view_of(LATER).better
    assert better is not None and better.comparable
    assert better.lines == (
        "IS-21 Security updates are installed: fixed on app1",
        "DS-12 Storage has room to grow: fixed on app1",
    )
    assert better.lead == "Since 23 October 2026: score 5.7, now 8.4 (+2.7), 2 results fixed."
    assert better.fell == ("Dark by link: 1, could not be reached; no fault is known. IS-21",)


@pytest.mark.parametrize(
    ("since", "told"),
    [
        (Since(Against.REPORT, "2026-10-24T08:00:00Z"), "Since the last report you got, that of 23 October 2026: "),
        (Since(Against.BEFORE), "Since the full run of 23 October 2026: "),
        (Since(Against.BEFORE, gone="2026-10-01T08:00:00Z"), "that of the last report is not kept any more): "),
    ],
)
def test_what_it_is_compared_with_is_said(since: Since, told: str) -> None:
    earlier = LATER.earlier["moh"]
    assert earlier.change is not None
    made = replace(LATER, earlier={"moh": replace(earlier, change=replace(earlier.change, since=since))})
    better = view_of(made).better
    assert better is not None and told in better.lead
    assert told in made.render("text").decode().replace("\n", " ").replace("  ", " ")


def test_what_is_declared_to_be_absent_is_told_as_such_and_not_as_work() -> None:
    change = LATER.earlier["moh"].change
    assert change is not None
    none = Change(
        Kind.SEEN, "IS-07", "Pages call nobody else", "moh#dns-domain", Severity.HIGH, scored=True,
        then=State.UNCHECKED, now=State.NOT_APPLICABLE,
    )  # fmt: skip
    made = replace(LATER, earlier={"moh": Earlier(replace(change, changes=(*change.changes, none)))})
    better = view_of(made).better
    assert better is not None
    assert better.lines[-1] == "Declared and reviewed: the agency has no domain name"
    assert better.lead.endswith("2 results fixed, 1 not asked for any more.")


def test_a_fail_that_this_run_did_not_reach_keeps_what_to_do_about_it() -> None:
    seen = next(one for one in LATER.run.verdicts if (one.control, one.asset) == ("IS-20", "db1"))
    dark = tuple(
        replace(one, state=State.UNREACHABLE, clauses=()) if one is seen else one for one in LATER.run.verdicts
    )
    made = replace(LATER, run=replace(LATER.run, verdicts=dark))
    assert not any(one.control == "IS-20" for one in view_of(made).todos)
    made = replace(made, earlier={"moh": Earlier(standing=(replace(seen, at="2026-11-01T12:00:00Z"),))})
    assert [one.check for one in view_of(made).first if one.control == "IS-20"] == [
        one.check for one in view_of(LATER).first if one.control == "IS-20"
    ]
    assert "this run could not look again" in made.render("html").decode()


def test_other_rules_are_told_and_no_difference_of_scores_is() -> None:
    change = LATER.earlier["moh"].change
    assert change is not None
    other = replace(LATER, earlier={"moh": Earlier(replace(change, rules=("baseline",)))})
    better = view_of(other).better
    assert better is not None and not better.comparable
    assert "the baseline changed, so the two scores are not of one kind" in better.lead and "+2.7" not in better.lead
    assert "Up " not in other.render("message").decode()


def test_a_first_report_and_a_partial_one_have_nothing_to_compare_with() -> None:
    first = of_rows(ROWS)
    assert view_of(first).better is None
    assert "Where to begin</h2>" in first.render("html").decode()
    partial = replace(first, run=a_run(scope="partial"), earlier=LATER.earlier)
    view = view_of(partial)
    assert (view.better, view.gain, view.plan, view.trend) == (None, None, None, None)


def test_the_five_are_the_plan_s_with_its_deadlines_and_the_rest_has_none() -> None:
    view = view_of(LATER)
    assert [(one.control, one.due, one.overdue, one.assigned) for one in view.first] == [
        ("IS-20", "2026-11-19", True, False),
        ("IS-20", "2026-11-19", True, False),
        ("IS-21", "2026-11-30", False, True),
        ("DS-12", "2026-12-01", False, False),
        ("BR-01", "", False, False),
    ]
    assert all(not one.due for one in view.todos[4:])
    assert all(one.due for one in view_of(of_rows(ROWS)).todos)


def test_the_plan_says_how_each_item_stands() -> None:
    plan = view_of(LATER).plan
    assert plan is not None
    assert plan.sentence == "Of 3 items in the agreed plan none is done; 3 open, 1 of them overdue."
    assert [(row.name, row.progress, row.age) for row in plan.rows] == [
        ("IS-20@db1", "overdue", 0), ("IS-21", "open", 0), ("DS-12", "open", 0),
    ]  # fmt: skip
    assert plan.dropped == ("DS-03, on 2 November 2026: new disks come",)


def test_an_item_of_another_agency_s_plan_changes_nothing() -> None:
    plan = AgreedPlan(agency="mof", items=(AgreedItem(control="DS-03", agreed="2026-11-01", due="2026-11-02"),))
    other = a_site().model_copy(update={"agreed": (plan,)})
    assert view_of(of_rows(ROWS, other)) == view_of(of_rows(ROWS))


def test_what_each_adds_sums_up_to_what_all_bring() -> None:
    view = view_of(LATER)
    assert view.gain is not None
    assert [one.gains for one in view.first] == [0.0, 1.8, 3.0, 2.7, 0.0]
    assert sum(one.gains or 0 for one in view.first) == pytest.approx(view.gain.points) == pytest.approx(7.5)
    assert "Done, all five bring the score from 8.4 to 15.9 (+7.5)." in LATER.render("html").decode()
    assert all(one.gains is None for one in view.todos[5:])


def test_a_pair_is_mended_only_when_nothing_in_it_is_left_open_or_unseen() -> None:
    facts = facts_of(LATER)
    assert mended_pairs(facts, frozenset({"sshd.root-login"})) == frozenset()
    both = frozenset({"sshd.root-login", "sshd.password-login"})
    assert mended_pairs(facts, both) == {("IS-20", "db1")}
    unseen = frozenset({"register.backup-declared"})
    assert mended_pairs(facts, unseen) == frozenset()
    way = frozenset({"storage.data-encrypted"})
    assert mended_pairs(facts, way) == {("DS-03", "db1")}


def test_what_is_promised_is_the_score_of_a_posture_in_which_those_pairs_pass() -> None:
    told = gain(facts_of(LATER), view_of(LATER).todos)
    assert told is not None
    mended = {("IS-20", "db1"), ("IS-21", "db1"), ("DS-12", "db1"), ("DS-03", "db1"), ("DR-02", "moh")}
    posture = [
        replace(one, state=State.PASS) if (one.control, one.asset) in mended else one for one in LATER.run.posture
    ]
    after = score_agency(LATER.catalog, LATER.site, LATER.run.plan, posture, "moh", at=LATER.run.at)
    assert told.pairs == len(mended)
    assert told.after == after.figures.score > told.before == LATER.run.scores["moh"].figures.score


def test_the_letters_are_whole_and_name_what_where_and_by_when() -> None:
    host, head = view_of(LATER).letters
    assert (host.owner, head.owner) == ("host", "management")
    assert host.subject == "One thing that we ask of you for Ministry of Health"
    assert [item.title for item in host.items] == ["Data lies on encrypted volumes"]
    assert host.items[0].lines[0] == "Where: db1: /srv/registry"
    assert [item.control for item in head.items] == ["BR-01", "DR-02", "DR-01.1"]
    assert head.items[2].lines[0] == "Parts: roles, targets. Signed by: head of agency."
    text = "\n".join(letter_text(head))
    assert text.startswith("To: The head of Ministry of Health\nSubject: 2 decisions and 1 document to sign")
    assert "[ ] 3. Disaster recovery plan (DR-01.1)" in text and "Head of agency: name, date, signature: ____" in text


def test_nothing_to_ask_is_said() -> None:
    fine = nothing_found()
    assert view_of(fine).letters == ()
    assert "your administrators can do themselves" in fine.render("html").decode()


def test_what_ends_soon_is_told_in_the_order_of_its_end_and_what_ended_or_is_far_is_not() -> None:
    found = view_of(LATER).ending
    assert [(one.until, one.days) for one in found] == [("2026-12-20", 27), ("2026-12-31", 38)]
    assert "recovery-plan.pdf" in found[0].what and "w-2026-004" in found[1].what
    early = replace(LATER, run=replace(LATER.run, at="2026-09-01T00:00:00Z"))
    late = replace(LATER, run=replace(LATER.run, at="2027-01-05T00:00:00Z"))
    assert view_of(early).ending == view_of(late).ending == ()


def test_the_line_of_scores_is_parted_where_the_rules_changed_and_told_in_words() -> None:
    line = spark(LATER.earlier["moh"].trend)
    assert line is not None
    assert [len(some) for some in line.stretches] == [3, 6]
    assert line.caption == "8.0 on 28 March 2026, 8.4 now; the rules changed between"
    assert spark(None) is None


def test_one_point_is_no_line() -> None:
    trend = LATER.earlier["moh"].trend
    assert trend is not None
    assert spark(replace(trend, points=trend.points[-1:])) is None


@pytest.mark.parametrize(
    ("made", "most"),
    [(later, 100_000), (lambda: of_rows(findings(300)), 150_000), (long_names, 60_000), (nothing_reached, 60_000)],
    ids=["later", "300 findings", "long names", "nothing reached"],
)
def test_the_page_is_small(made: Callable[[], Made], most: int) -> None:
    assert len(made().render("html")) < most


def test_where_nothing_can_be_fixed_yet_page_one_says_what_would_let_us_see() -> None:
    page = nothing_reached().render("html").decode()
    five = page[page.index('id="five"') : page.index('id="standing"')]
    assert "Let us see more</h3>" in five and "moh/db1/ssh" in five


@pytest.mark.parametrize("name", sorted(all_of_them()))
def test_every_figure_of_the_page_is_in_the_text_too(name: str) -> None:
    made = all_of_them()[name]
    view, text = view_of(made), made.render("text").decode()
    assert all(len(line) <= 100 for line in text.splitlines())
    for todo in view.first:
        assert todo.title in " ".join(text.split())
    if view.gain:
        assert f"{view.gain.before:.1f} to {view.gain.after:.1f}" in " ".join(text.split())


def test_hostile_names_stay_text_in_letters_plan_and_better() -> None:
    site = hostile_site()
    text = site.agencies[0].name
    item = AgreedItem(control="IS-20", agreed="2026-11-01", due="2026-12-01", who=text)
    hostile = site.model_copy(update={"agreed": (AgreedPlan(agency="moh", items=(item,)),)})
    made = replace(LATER, run=hostile_run(), site=hostile)
    for form in ("html", "text", "message"):
        out = made.render(form).decode()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\ud800-\udfff\ufeff]", out)
        assert "<script" not in out or form != "html"
        assert not re.search(r"<img|onerror=alert\(1\)>", out) or form != "html"
