"""A comparison tells each change once, says whose move a fall is, and never blames an agency for link or rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pepperbird.model.catalog import Catalog
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.run import Run
from pepperbird.model.state import AssetKind, Enforcement, State
from pepperbird.model.verdict import Verdict
from pepperbird.score.change import AgencyChange, Cause, Change, Kind, compare, counts
from pepperbird.score.falls import falls
from pepperbird.score.rules import BothRules, Rules, changed_rules
from tests.support.runs import a_catalog, a_run

CATALOG = a_catalog(".")
PAIR = ("IS-21", "app1")


def with_state(state: State, gap: GapReason | None = None, pair: tuple[str, str] = PAIR) -> Run:
    """The made-up run with one pair changed."""
    run = a_run()

    def judged(one: Verdict) -> Verdict:
        if (one.control, one.asset) != pair:
            return one
        found = replace(one.clauses[0].findings[0], state=state, gap=Gap(gap) if gap else None)
        clause = replace(one.clauses[0], state=state, findings=(found,))
        return replace(one, state=state, clauses=(clause,), decided_by=clause.clause)

    posture = tuple(
        replace(entry, state=state) if (entry.control, entry.asset) == pair else entry for entry in run.posture
    )
    return replace(run, verdicts=tuple(map(judged, run.verdicts)), posture=posture)


def without(pair: tuple[str, str], *, asset: bool) -> Run:
    run = a_run()
    posture = tuple(entry for entry in run.posture if (entry.control, entry.asset) != pair)
    assets = tuple(one for one in run.plan.assets if not asset or one.id != pair[1])
    return replace(run, posture=posture, plan=replace(run.plan, assets=assets))


def compared(then: Run, now: Run, then_content: Catalog | None = CATALOG) -> AgencyChange:
    rules = BothRules(
        Rules(then_content, then.plan), Rules(CATALOG, now.plan), changed_rules(then.digests, now.digests)
    )
    return compare(then, now, rules, "moh", "Ministry of Health")


def only(found: AgencyChange) -> Change:
    (one,) = found.changes
    return one


def test_the_same_run_has_no_change() -> None:
    found = compared(a_run(), a_run())
    assert found.changes == ()
    assert found.same == len(a_run().posture)
    assert found.rules == ()


@pytest.mark.parametrize(
    ("then", "now", "kind"),
    [
        (State.FAIL, State.PASS, Kind.FIXED),
        (State.WAIVED, State.PASS, Kind.FIXED),
        (State.FAIL, State.NOT_APPLICABLE, Kind.FIXED),
        (State.UNREACHABLE, State.PASS, Kind.SEEN),
        (State.PASS, State.FAIL, Kind.FELL),
        (State.NOT_APPLICABLE, State.FAIL, Kind.FELL),
        (State.PASS, State.STALE, Kind.FELL),
        (State.FAIL, State.UNCHECKED, Kind.FELL),
        (State.UNCHECKED, State.FAIL, Kind.FOUND),
        (State.FAIL, State.WAIVED, None),
        (State.PASS, State.NOT_APPLICABLE, None),
        (State.ERROR, State.UNREACHABLE, None),
    ],
)
def test_how_a_pair_moved(then: State, now: State, kind: Kind | None) -> None:
    changes = compared(with_state(then), with_state(now)).changes
    assert [one.kind for one in changes] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("state", "reason", "cause"),
    [
        (State.FAIL, None, Cause.FAILED),
        (State.UNREACHABLE, GapReason.UNREACHABLE, Cause.LINK),
        (State.UNREACHABLE, GapReason.CONNECT_TIMEOUT, Cause.LINK),
        (State.UNREACHABLE, GapReason.NOT_ASKED, Cause.LINK),
        (State.STALE, None, Cause.UNDECIDED),
        (State.UNREACHABLE, GapReason.HOST_KEY, Cause.REFUSED),
        (State.ERROR, GapReason.DENIED, Cause.REFUSED),
        (State.ERROR, GapReason.LOGIN_REFUSED, Cause.REFUSED),
        (State.ERROR, GapReason.PARSE, Cause.UNDECIDED),
        (State.UNCHECKED, GapReason.NO_COLLECTOR, Cause.NO_COLLECTOR),
        (State.UNCHECKED, GapReason.NO_ATTESTATION, Cause.DOCUMENT),
        (State.UNCHECKED, GapReason.NOT_DUE, Cause.LEFT_OUT),
    ],
)
def test_a_fall_says_whose_move_it_is(state: State, reason: GapReason | None, cause: Cause) -> None:
    found = compared(with_state(State.PASS), with_state(state, reason))
    one = only(found)
    assert (one.kind, one.cause, one.reason) == (Kind.FELL, cause, reason)
    assert counts(found.of(Kind.FELL)) == {cause: 1}


def test_a_trend_counts_the_falls_of_required_pairs_that_a_comparison_tells() -> None:
    dark = with_state(State.UNREACHABLE, GapReason.CONNECT_TIMEOUT)
    then, now = with_state(State.PASS), replace(dark, posture=with_state(State.UNREACHABLE).posture)
    both = [(PAIR, State.UNREACHABLE), (("DS-12", "app1"), State.FAIL), (("DS-03", "app1"), State.ERROR)]
    posture = tuple(
        replace(one, state=dict(both).get((one.control, one.asset), one.state)) for one in now.posture
    )  # fmt: skip
    rules = BothRules(Rules(CATALOG, then.plan), Rules(CATALOG, now.plan), ())
    told = compare(then, replace(now, posture=posture), rules, "moh", "").of(Kind.FELL)
    found = falls(then.posture, posture, now.verdicts, rules)
    assert found[""] == {str(cause): number for cause, number in counts(told).items()}
    assert sum(found[""].values()) == 3 and found["IS"] == {"link": 1} and found["DS"]["failed"] == 1
    advisory = tuple(replace(one, enforcement=Enforcement.ADVISORY) for one in posture)
    assert falls(then.posture, advisory, now.verdicts, rules) == {"": {}}


def test_every_reason_has_a_cause() -> None:
    for reason in GapReason:
        gone = with_state(Gap(reason).state, reason)
        assert only(compared(with_state(State.PASS), gone)).cause not in (None, Cause.FAILED, Cause.RULES)


def test_a_stale_pass_of_a_machine_that_was_not_reached_fell_by_the_link() -> None:
    dark = with_state(State.UNREACHABLE, GapReason.CONNECT_TIMEOUT)
    stale = tuple(
        replace(entry, state=State.STALE, overlaid=State.PASS) if (entry.control, entry.asset) == PAIR else entry
        for entry in dark.posture
    )
    assert only(compared(with_state(State.PASS), replace(dark, posture=stale))).cause is Cause.LINK


def test_a_carried_pass_is_no_change_and_is_counted() -> None:
    dark = with_state(State.UNREACHABLE, GapReason.CONNECT_TIMEOUT)
    found = compared(a_run(), replace(dark, posture=a_run().posture))
    assert found.changes == ()
    assert found.carried == 1


def test_what_left_the_register_without_a_record_is_said() -> None:
    now = with_state(State.UNCHECKED)
    now = replace(now, verdicts=tuple(one for one in now.verdicts if (one.control, one.asset) != PAIR))
    assert only(compared(with_state(State.PASS), now)).cause is Cause.REGISTER


@pytest.mark.parametrize(("asset", "cause"), [(True, Cause.REGISTER), (False, Cause.RULES)])
def test_new_and_gone_by_the_register_or_by_the_rules(asset: bool, cause: Cause) -> None:
    old = without(PAIR, asset=asset)
    new, gone = only(compared(old, a_run())), only(compared(a_run(), old))
    assert (new.kind, new.then, new.cause) == (Kind.NEW, None, cause)
    assert (gone.kind, gone.now, gone.cause) == (Kind.GONE, None, cause)


def test_a_kind_that_is_registered_now_is_gone_by_the_register() -> None:
    lacking = ("IS-07", "moh#dns-domain")
    now = without(lacking, asset=False)
    domain = replace(now.plan.assets[0], id="moh.gov.lr", kind=AssetKind.DNS_DOMAIN)
    declared = replace(now, plan=replace(now.plan, assets=(*now.plan.assets, domain)))
    assert only(compared(a_run(), declared)).cause is Cause.REGISTER
    assert only(compared(a_run(), now)).cause is Cause.RULES


def stricter(control: str) -> Catalog:
    baselines = {
        name: replace(
            one, controls={**one.controls, control: one.controls[control].model_copy(update={"params": {"days": 1}})}
        )
        for name, one in CATALOG.baselines.items()
    }
    return replace(CATALOG, baselines=baselines)


@pytest.mark.parametrize(
    ("control", "state", "reason", "cause"),
    [
        ("IS-21", State.FAIL, None, Cause.RULES),
        ("IS-21", State.UNREACHABLE, GapReason.UNREACHABLE, Cause.LINK),
        ("IS-20", State.FAIL, None, Cause.FAILED),
    ],
)
def test_a_fall_under_other_rules_is_told_as_theirs(
    control: str, state: State, reason: GapReason | None, cause: Cause
) -> None:
    now = with_state(state, reason)
    now = replace(now, digests=replace(now.digests, baseline="sha256:other"))
    one = only(found := compared(with_state(State.PASS), now, stricter(control)))
    assert (one.cause, one.rules, found.rules) == (cause, control == "IS-21", ("baseline",))


def test_a_fall_under_another_tier_is_told_as_the_rules() -> None:
    strict = stricter("IS-21").baselines["critical"]
    content = replace(CATALOG, baselines={**CATALOG.baselines, "critical": strict})
    now = with_state(State.FAIL)
    now = replace(now, posture=tuple(replace(one, tier="critical") for one in now.posture))
    rules = BothRules(Rules(content, now.plan), Rules(content, now.plan), ())
    one = only(compare(with_state(State.PASS), now, rules, "moh", "Health"))
    assert (one.cause, one.rules) == (Cause.RULES, True)
    same = BothRules(Rules(CATALOG, now.plan), Rules(CATALOG, now.plan), ())
    assert only(compare(with_state(State.PASS), now, same, "moh", "Health")).cause is Cause.FAILED


def test_where_the_old_rules_cannot_be_read_every_control_counts_as_changed() -> None:
    now = with_state(State.FAIL)
    now = replace(now, digests=replace(now.digests, content="sha256:other"))
    found = compared(with_state(State.PASS), now, None)
    assert (only(found).cause, found.unread) == (Cause.RULES, True)


def test_better_comes_first_and_the_most_severe_before_the_others() -> None:
    found = compared(a_run(), replace(a_run(), posture=tuple(replace(e, state=State.PASS) for e in a_run().posture)))
    kinds = [list(Kind).index(one.kind) for one in found.changes]
    assert kinds == sorted(kinds)
    fixed = [one.severity for one in found.of(Kind.FIXED)]
    assert fixed == sorted(fixed, key=list(type(fixed[0])).index)
