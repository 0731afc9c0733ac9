"""Letters, captions, what is missing to the next, and stages."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pepperbird.model.scores import Figures, Grade, Stage
from pepperbird.model.state import Assurance, Severity, State
from pepperbird.score.grade import caption_of, grade_of, next_grade
from pepperbird.score.stage import Proofs, Standing, stage_of
from tests.support.scoring import AGENCY, SERVER, a_catalog, a_world, an_agency, control, server

ALL_OURS = Fraction(1)
PROVEN = Proofs(True, True, True, True)


def figures(score: float, coverage: float) -> Figures:
    return Figures(score, score + 100 - coverage, coverage, score, 1, 1)


@pytest.mark.parametrize(
    ("score", "coverage", "critical", "vouched", "grade"),
    [
        (90, 95, 0, Fraction(7, 10), "A"), (89.9, 95, 0, 1, "B"), (90, 94.9, 0, 1, "B"), (90, 95, 1, 1, "B"),
        (90, 95, 0, Fraction(699, 1000), "B"), (75, 85, 2, Fraction(1, 2), "B"), (74.9, 85, 2, 1, "C"),
        (75, 84.9, 2, 1, "C"), (75, 85, 3, 1, "C"), (75, 85, 2, Fraction(499, 1000), "C"), (60, 70, 5, 0, "C"),
        (59.9, 70, 5, 0, "D"), (60, 69.9, 5, 0, "D"), (60, 70, 6, 0, "D"), (40, 50, 99, 0, "D"), (39.9, 50, 0, 1, "E"),
        (40, 49.9, 0, 1, "E"), (0, 0, 0, 0, "E"),
    ],
)  # fmt: skip
def test_the_exact_thresholds(score: float, coverage: float, critical: int, vouched: Fraction, grade: str) -> None:
    assert grade_of(figures(score, coverage), critical, Fraction(vouched)) == grade


@pytest.mark.parametrize(
    ("grade", "coverage", "caption"),
    [("E", 49.9, "too little seen"), ("E", 50.0, "seen and failing"), ("D", 50.0, "")],
)
def test_an_e_says_why(grade: str, coverage: float, caption: str) -> None:
    assert caption_of(Grade(grade), figures(30, coverage)) == caption


def test_what_is_missing_to_the_next_grade_is_said_in_words() -> None:
    above = next_grade(Grade.C, figures(70, 80), 4, Fraction(1, 4))
    assert above is not None
    assert above.grade is Grade.B
    assert above.missing == (
        "score of at least 75 (now 70)",
        "coverage of at least 85 % (now 80 %)",
        "at most 2 critical controls without a full pass (now 4)",
        "at least 50 % of the score seen by our own collectors, unknown results counted as told by others (now 25.0 %)",
    )
    top = next_grade(Grade.B, figures(95, 99), 1, ALL_OURS)
    assert top is not None
    assert top.missing == ("no critical control without a full pass (now 1)",)
    assert next_grade(Grade.A, figures(95, 99), 0, ALL_OURS) is None
    lowest = next_grade(Grade.E, figures(10, 100), 0, ALL_OURS)
    assert lowest is not None
    assert (lowest.grade, lowest.missing) == (Grade.D, ("score of at least 40 (now 10)",))


@pytest.mark.parametrize("state", [one for one in State if one is not State.NOT_APPLICABLE])
def test_a_critical_control_is_open_when_any_of_its_pairs_is_no_pass(state: State) -> None:
    """Unknown, too old and accepted alike: only what is seen to pass everywhere closes it."""
    catalog = a_catalog([control("IS-01", Severity.CRITICAL), control("IS-02", Severity.HIGH)], expected=())
    agency = an_agency([server(f"s{n}") for n in range(20)])
    mixed = {(c, f"s{n}"): State.PASS for c in ("IS-01", "IS-02") for n in range(20)} | {("IS-01", "s7"): state}
    score = a_world(catalog, agency, mixed).score
    assert score.critical_open == (0 if state is State.PASS else 1)
    assert score.grade == ("A" if state is State.PASS else "B")
    other = a_world(catalog, agency, mixed | {("IS-01", "s7"): State.PASS, ("IS-02", "s7"): state}).score
    assert other.critical_open == 0


def test_a_pair_that_does_not_apply_keeps_no_critical_control_open() -> None:
    catalog = a_catalog([control("IS-01", Severity.CRITICAL)], expected=())
    agency = an_agency([server("a"), server("b")])
    score = a_world(catalog, agency, {("IS-01", "a"): State.PASS, ("IS-01", "b"): State.NOT_APPLICABLE}).score
    assert (score.critical_open, score.grade) == (0, "A")


def test_hearsay_cannot_reach_an_a_where_we_could_have_looked() -> None:
    machines = a_catalog([control("IS-01", Severity.LOW)], expected=())
    papers = a_catalog([control("IS-01", Severity.LOW, [AGENCY], document=True)], expected=())
    for catalog, grade in ((machines, "C"), (papers, "A")):
        world = a_world(catalog, an_agency([server("srv")]), State.PASS)
        assert world.score.grade == "A"
        told = [replace(entry, assurance=Assurance.ATTESTED) for entry in world.entries]
        assert world.scored(told).grade == grade


def test_attested_passes_that_go_dark_do_not_lift_the_observed_share() -> None:
    """93 points, 63 of them ours: just short of 70 %. Without three attested points the rest would be over it."""
    catalog = a_catalog([control("IS-01", Severity.LOW)], expected=())
    world = a_world(catalog, an_agency([server(f"s{n:03}") for n in range(1000)]), State.PASS)
    told = [replace(e, assurance=Assurance.ATTESTED) if n >= 640 else e for n, e in enumerate(world.entries)]
    failing = [replace(e, state=State.FAIL) if n >= 930 else e for n, e in enumerate(told)]
    dark = [replace(e, state=State.UNREACHABLE) if 905 <= n < 930 else e for n, e in enumerate(failing)]
    assert 640 / 930 < 0.7 < 640 / 905
    assert [world.scored(one).grade for one in (failing, dark)] == ["B", "B"]


def a_standing(states: State | dict[tuple[str, str], State], proofs: Proofs = PROVEN) -> Standing:
    catalog = a_catalog(
        [control("IS-01", Severity.LOW, [SERVER]), control("IS-02", Severity.LOW)], expected=(), starter=["IS-01"]
    )
    world = a_world(catalog, an_agency([server("srv")]), states)
    return Standing(catalog, world.entries, world.score.figures, world.score.grade, proofs)


def test_the_ladder_from_nothing_to_assured() -> None:
    assert stage_of(a_standing(State.UNCHECKED)).stage is Stage.REGISTERED
    failing = stage_of(a_standing(State.FAIL))
    assert (failing.stage, failing.next) == (Stage.SEEN, Stage.BASICS)
    assert failing.missing == ("the starter controls pass: 1 of 1 do not yet: IS-01",)
    basics = stage_of(a_standing({("IS-01", "srv"): State.PASS, ("IS-02", "srv"): State.FAIL}))
    assert (basics.stage, basics.missing) == (Stage.BASICS, ("grade C or better (now D)",))
    assured = stage_of(a_standing(State.PASS))
    assert (assured.stage, assured.next, assured.missing) == (Stage.ASSURED, None, ())


def test_a_stage_is_lost_when_a_lower_condition_no_longer_holds() -> None:
    unsigned = stage_of(a_standing(State.PASS, replace(PROVEN, inventory_signed=False)))
    assert (unsigned.stage, unsigned.next) == (None, Stage.REGISTERED)
    assert unsigned.missing == ("inventory signed by the agency's officer",)


@pytest.mark.parametrize(
    ("name", "stage", "words"),
    [
        ("inventory_signed", Stage.REGISTERED, "inventory signed"),
        ("plan_kept", Stage.MANAGED, "agreed plan"),
        ("restore_proven", Stage.ASSURED, "proven restore"),
        ("exercise_proven", Stage.ASSURED, "proven exercise"),
    ],
)
def test_a_condition_whose_evidence_cannot_be_read_yet_is_unmet_and_named(name: str, stage: Stage, words: str) -> None:
    standing = stage_of(a_standing(State.PASS, replace(PROVEN, **{name: None})))
    assert standing.next is stage
    assert len(standing.missing) == 1
    assert words in standing.missing[0]
    assert "yet" in standing.missing[0]


def test_a_plan_that_is_not_signed_carries_no_stage_where_somebody_may_sign_it() -> None:
    unsigned = stage_of(a_standing(State.PASS, replace(PROVEN, plan_counts=False)))
    assert (unsigned.stage, unsigned.next) == (Stage.BASICS, Stage.MANAGED)
    assert unsigned.missing == (
        "the agreed plan signed by the programme office as it stands (`pepperbird agency plan ID --sign`)",
    )
    overdue = stage_of(a_standing(State.PASS, replace(PROVEN, plan_counts=False, plan_kept=False)))
    assert len(overdue.missing) == 2
    empty = stage_of(a_standing(State.PASS, replace(PROVEN, plan_counts=False, plan_kept=None)))
    assert len(empty.missing) == 1 and "nothing is in it yet" in empty.missing[0]


def test_all_conditions_of_the_next_stage_are_named() -> None:
    managed = stage_of(a_standing({("IS-01", "srv"): State.PASS}, replace(PROVEN, plan_kept=False)))
    assert managed.missing == ("grade C or better (now D)", "no overdue item on the agreed plan")
