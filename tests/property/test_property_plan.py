"""What an agreed plan can do to an agency's standing, over random agencies: carry the stage Managed, nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pepperbird.model.agreed import AgreedItem, AgreedPlan, PlanStanding
from pepperbird.model.declared import RegisterStanding
from pepperbird.model.scores import AgencyScore, Stage
from pepperbird.model.state import Severity, State
from tests.support.scoring import World, a_catalog, a_world, an_agency, control, server

pytestmark = pytest.mark.slow

STAGES = [None, *Stage]
CATALOG = a_catalog(
    [control("IS-01", Severity.HIGH), control("IS-03", Severity.MEDIUM)], expected=(), starter=("IS-03",)
)
WORLD = a_world(CATALOG, an_agency([server(f"s{number}") for number in range(12)]))
NOT_SIGNED = ("changed", "unsigned", "void")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Twelve servers with a starter control and another one, mostly in order, and a signed register or none."""
    states = st.sampled_from([State.PASS] * 20 + [State.FAIL] * 2 + [State.ERROR, State.WAIVED])
    drawn = draw(st.lists(states, min_size=len(WORLD.entries), max_size=len(WORLD.entries)))
    entries = tuple(
        replace(one, state=state if one.control == "IS-01" else State.PASS)
        for one, state in zip(WORLD.entries, drawn, strict=True)
    )
    register = RegisterStanding(agency="moh", state=draw(st.sampled_from(["signed", "signed", "unsigned"])))
    return replace(WORLD, entries=entries, site=WORLD.site.model_copy(update={"registers": (register,)}))


plans = st.builds(
    lambda items: AgreedPlan(agency="moh", items=tuple(items)),
    st.lists(
        st.builds(
            AgreedItem, control=st.sampled_from(["IS-01", "IS-03"]), agreed=st.just("2026-11-01"),
            asset=st.sampled_from([None, "s0", "s1", "gone"]),
            due=st.sampled_from(["2026-11-02", "2026-11-22", "2026-11-23", "2027-05-01"]),
        ),
        max_size=4,
    ),
)  # fmt: skip


def scored(world: World, plan: AgreedPlan | None, state: str, *, required: bool) -> AgencyScore:
    standing = PlanStanding.model_validate({"agency": "moh", "state": state, "required": required})
    agreed = () if plan is None else (plan,)
    site = world.site.model_copy(update={"agreed": agreed, "plans": (standing,)})
    return replace(world, site=site).score


def rank(score: AgencyScore) -> int:
    return STAGES.index(score.stage.stage)


@settings(max_examples=300, deadline=None)
@given(worlds(), plans, st.sampled_from(NOT_SIGNED))
def test_a_plan_that_is_not_signed_never_raises_a_stage_and_no_plan_moves_a_figure(
    world: World, plan: AgreedPlan, state: str
) -> None:
    none = scored(world, None, "unsigned", required=True)
    unsigned = scored(world, plan, state, required=True)
    signed = scored(world, plan, "signed", required=True)
    without_keys = scored(world, plan, state, required=False)
    event(f"signed: {signed.stage.stage}")
    assert unsigned.stage.stage == none.stage.stage
    assert rank(unsigned) < STAGES.index(Stage.MANAGED)
    assert rank(unsigned) <= rank(signed)
    assert signed.stage == without_keys.stage
    for one in (unsigned, signed, without_keys):
        assert replace(one, stage=none.stage) == none


def test_a_signed_plan_carries_the_stage_that_an_unsigned_one_does_not() -> None:
    """So that the property above is about something."""
    world = replace(WORLD, site=WORLD.site.model_copy(
        update={"registers": (RegisterStanding(agency="moh", state="signed"),)}
    ))  # fmt: skip
    plan = AgreedPlan(agency="moh", items=(AgreedItem(control="IS-01", agreed="2026-11-01", due="2026-12-01"),))
    assert scored(world, plan, "signed", required=True).stage.stage is Stage.MANAGED
    for state in NOT_SIGNED:
        unsigned = scored(world, plan, state, required=True)
        assert (unsigned.stage.stage, unsigned.stage.next) == (Stage.BASICS, Stage.MANAGED)
        assert "signed by the programme office" in unsigned.stage.missing[0]
