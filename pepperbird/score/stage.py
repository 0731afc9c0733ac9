"""The stage that stands beside the letter (scoring, section 3), so that the first month of work shows.

A ladder: a stage is reached when its conditions and those of all stages below hold, and lost when one no longer does.
A condition whose evidence pepperbird cannot read yet is unmet, and said to be so: it is never taken as met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pepperbird.model.catalog import Catalog
from pepperbird.model.scores import Figures, Grade, Stage, StageStanding
from pepperbird.model.state import Enforcement, State
from pepperbird.model.verdict import PostureEntry

STARTER: Final = "starter"
SEEN_COVERAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Proofs:
    """Evidence for stages that comes from records. None: there is none yet that pepperbird can read."""

    inventory_signed: bool | None = None
    plan_kept: bool | None = None
    restore_proven: bool | None = None
    exercise_proven: bool | None = None
    plan_counts: bool = True
    """False where somebody of the site may sign plans, and this one is not signed as it stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the conditions are judged on."""

    catalog: Catalog
    entries: Sequence[PostureEntry]
    figures: Figures
    grade: Grade
    proofs: Proofs = Proofs()


def stage_of(standing: Standing) -> StageStanding:
    """The stage reached, the next one, and every condition of the next that is unmet."""
    reached: Stage | None = None
    for stage, conditions in _LADDER:
        missing = tuple(text for condition in conditions if (text := condition(standing)))
        if missing:
            return StageStanding(reached, stage, missing)
        reached = stage
    return StageStanding(reached, None, ())


def _proof(name: str, what: str) -> Callable[[Standing], str]:
    def condition(standing: Standing) -> str:
        proven: bool | None = getattr(standing.proofs, name)
        if proven is None:
            return f"{what}: pepperbird cannot read such a signed record yet, so this counts as unmet"
        return "" if proven else what

    return condition


def _plan(standing: Standing) -> str:
    what = "no overdue item on the agreed plan"
    if standing.proofs.plan_kept is None:
        return f"{what}: nothing is in it yet (`pepperbird agency plan`)"
    return "" if standing.proofs.plan_kept else what


def _signed(standing: Standing) -> str:
    if standing.proofs.plan_counts or standing.proofs.plan_kept is None:
        return ""
    return "the agreed plan signed by the programme office as it stands (`pepperbird agency plan ID --sign`)"


def _seen(standing: Standing) -> str:
    coverage = standing.figures.coverage
    return "" if coverage >= SEEN_COVERAGE else f"coverage of at least {SEEN_COVERAGE} % (now {coverage} %)"


def starter_controls(catalog: Catalog) -> tuple[str, ...] | None:
    """The controls that the starter baseline asks for, in the order of the standards; None where there is none."""
    starter = catalog.baselines.get(STARTER)
    if starter is None:
        return None
    return tuple(name for name, one in starter.controls.items() if one.enforcement is Enforcement.REQUIRED)


def _basics(standing: Standing) -> str:
    """Every pair of every control of the starter baseline passes or is proven not applicable, and there is one."""
    wanted = starter_controls(standing.catalog)
    if wanted is None:
        return "the starter controls pass: this content has no starter baseline"
    ours = [entry for entry in standing.entries if entry.control in wanted]
    open_ = sorted({e.control for e in ours if e.state not in (State.PASS, State.NOT_APPLICABLE)})
    if open_:
        return f"the starter controls pass: {len(open_)} of {len(wanted)} do not yet: {', '.join(open_)}"
    return "" if ours else "the starter controls pass: none of them was judged"


def _grade(at_least: Grade) -> Callable[[Standing], str]:
    def condition(standing: Standing) -> str:
        return "" if standing.grade <= at_least else f"grade {at_least} or better (now {standing.grade})"

    return condition


_LADDER: Final[tuple[tuple[Stage, tuple[Callable[[Standing], str], ...]], ...]] = (
    (Stage.REGISTERED, (_proof("inventory_signed", "inventory signed by the agency's officer"),)),
    (Stage.SEEN, (_seen,)),
    (Stage.BASICS, (_basics,)),
    (Stage.MANAGED, (_grade(Grade.C), _plan, _signed)),
    (
        Stage.ASSURED,
        (
            _grade(Grade.B),
            _proof("restore_proven", "a proven restore inside its validity"),
            _proof("exercise_proven", "a proven exercise inside its validity"),
        ),
    ),
)
