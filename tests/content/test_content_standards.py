"""The standards are whole: nothing of the catalogue is missing, and no declaration is a way out of a control."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pepperbird.bundle.baselines import resolve_baselines
from pepperbird.bundle.loosened import weaker
from pepperbird.bundle.sources import Sources, read_sources
from pepperbird.expression.scope import Scope
from pepperbird.model.policy import Clause, Control
from pepperbird.model.state import AssetKind, Enforcement, Tier

ROOT = Path(__file__).parents[2]
CONTROLS = {"DS": 18, "DI": 16, "BR": 20, "DR": 16, "IS": 22}
CLAUSES = {"DS": 54, "DI": 39, "BR": 61, "DR": 28, "IS": 36}
STRENGTH = (Enforcement.NOT_REQUIRED, Enforcement.ADVISORY, Enforcement.REQUIRED)
TOOLS = (
    "restic",
    "borg",
    "pgbackrest",
    "rsnapshot",
    "rsync",
    "barman",
    "bacula",
    "btrfs",
    "zfs",
    "lvm",
    "aws-backup",
    "wbadmin",
    "files",
    "a-new-tool",
    "",
)


@pytest.fixture(scope="module")
def sources() -> Sources:
    return read_sources(ROOT, ())


@pytest.fixture(scope="module")
def scope(sources: Sources) -> Scope:
    return Scope.of({}, {name: part.value for name, part in sources.lists.items()})


def controls(sources: Sources) -> Iterator[Control]:
    for part in sources.policies.values():
        yield from part.value.controls


def test_every_control_and_every_clause_of_the_catalogue_stands(sources: Sources) -> None:
    policies = {part.value.id: part.value for part in sources.policies.values()}
    assert {name: len(policy.controls) for name, policy in policies.items()} == CONTROLS
    assert {name: sum(policy.catalogue.values()) for name, policy in policies.items()} == CLAUSES
    assert sum(CONTROLS.values()) == 92
    assert sum(CLAUSES.values()) == 218
    for control in controls(sources):
        wanted = {f"{control.id}.{n + 1}" for n in range(policies[control.id[:2]].catalogue[control.id])}
        assert wanted <= {leaf.id for leaf in control.leaves}


def test_the_forty_documents_stand(sources: Sources) -> None:
    assert sum(leaf.document is not None for control in controls(sources) for leaf in control.leaves) == 40


def test_every_kind_a_control_applies_to_has_a_required_clause(sources: Sources) -> None:
    for control in controls(sources):
        judged = {kind for leaf in required(control) for kind in leaf.on}
        assert judged == set(control.applies_to), control.id


def required(control: Control) -> list[Clause]:
    return [leaf for clause in control.clauses if clause.supporting is None for leaf in clause.leaves]


def declarations(kind: AssetKind) -> Iterator[dict[str, str]]:
    """What a register may declare of an asset, as far as clauses select by it."""
    for tool in TOOLS if kind is AssetKind.BACKUP_REPOSITORY else ("",):
        for below in ("", *map(str, AssetKind)):
            for bucket in ("", "vault"):
                yield {"tool": tool, "on_kind": below, "bucket": bucket}


def test_whatever_is_declared_leaves_a_clause_to_judge(sources: Sources, scope: Scope) -> None:
    for control in controls(sources):
        selecting = [
            (leaf, leaf.when and scope.compile(leaf.when, parameters={}, want="bool")) for leaf in required(control)
        ]
        for kind in control.applies_to:
            for declared in declarations(kind):
                left = [
                    leaf.id
                    for leaf, when in selecting
                    if kind in leaf.on and (not when or when.evaluate({"asset": declared}) is True)
                ]
                assert left, f"{control.id} has no clause for a {kind} with {declared}"


def test_every_tier_expects_the_kinds_that_every_agency_has(sources: Sources) -> None:
    foundation = sources.baselines[str(Tier.FOUNDATION)].value
    assert foundation.expected_kinds is not None
    assert {AssetKind.DATA_STORE, AssetKind.BACKUP_REPOSITORY} <= set(foundation.expected_kinds)


def test_the_starter_asks_for_about_twelve_controls(sources: Sources) -> None:
    starter = sources.baselines["starter"].value
    known = {control.id for control in controls(sources)}
    assert len(starter.only) == 12
    assert set(starter.only) <= known


@pytest.mark.parametrize(("lower", "higher"), [("foundation", "standard"), ("standard", "critical")])
def test_a_higher_tier_never_asks_for_less(sources: Sources, lower: str, higher: str) -> None:
    """Only parameters with a direction can be compared; deadlines, freshness and gates too."""
    known = {control.id: control for control in controls(sources)}
    baselines = resolve_baselines(sources, known)
    low, high = baselines[lower], baselines[higher]
    for name, control in known.items():
        assert STRENGTH.index(low.enforcement(name)) <= STRENGTH.index(high.enforcement(name)), name
        for key, parameter in control.parameters.items():
            if parameter.compare in ("max", "min", "order"):
                before, after = low.controls[name].params[key], high.controls[name].params[key]
                assert not weaker(parameter, after, before), f"{name}.{key}: {before} in {lower}, {after} in {higher}"
    for severity in ("critical", "high", "medium", "low"):
        assert getattr(high.deadlines, severity) <= getattr(low.deadlines, severity)
    assert (high.gate.score, high.gate.coverage) >= (low.gate.score, low.gate.coverage)
    assert high.gate.critical_fails_allowed <= low.gate.critical_fails_allowed
    assert high.freshness.online <= low.freshness.online
    assert high.freshness.relay <= low.freshness.relay
