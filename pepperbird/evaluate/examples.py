"""Run the examples that stand in checks: the proof that a check gives what its author says it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pepperbird.evaluate.compiled import Compiler, Ready
from pepperbird.evaluate.outcome import Outcome, judge_check
from pepperbird.expression.lookup import gaps_in
from pepperbird.expression.normalise import normalise
from pepperbird.model.catalog import Catalog
from pepperbird.model.check import Example
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.state import State, Tier

GAP_KEY = "$gap"


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What became of one example; `detail` says what was given instead ('' where it passed)."""

    check: str
    name: str
    passed: bool
    detail: str


def run_examples(catalog: Catalog) -> list[ExampleResult]:
    """Every example of every check, judged with the parameters of the first control that uses the check."""
    compiler = Compiler(catalog)
    users = first_users(catalog)
    results = []
    for check_id, check in sorted(catalog.checks.items()):
        control = users.get(check_id)
        if control is None:
            results.append(ExampleResult(check_id, "", False, "no clause uses this check"))
            continue
        ready = compiler.check(check_id, control)
        defaults = catalog.baseline(Tier.STANDARD).controls[control].params
        results += [run_example(compiler, ready, example, defaults) for example in check.examples]
    return results


def first_users(catalog: Catalog) -> dict[str, str]:
    """The first control that uses each check."""
    users: dict[str, str] = {}
    for control in catalog.controls.values():
        for leaf in control.leaves:
            if leaf.check is not None:
                users.setdefault(leaf.check, control.id)
    return users


def run_example(compiler: Compiler, ready: Ready, example: Example, defaults: Mapping[str, Any]) -> ExampleResult:
    """Judge one example. Never raises."""
    compiler.scope.clock.set(example.at)
    params = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in {**defaults, **example.params}.items()
    }
    given = with_gaps(normalise(dict(example.given)))
    bindings = {"lists": compiler.catalog.lists, **given, "params": params}
    state, outcomes = judge_check(ready, bindings, gaps_in(given))
    problems = _differences(example, state, outcomes)
    return ExampleResult(ready.check.id, example.name, not problems, "; ".join(problems))


def with_gaps(value: Any) -> Any:
    """`{$gap: denied}` anywhere becomes a Gap of that reason."""
    if isinstance(value, dict):
        if GAP_KEY in value:
            return Gap(GapReason(value[GAP_KEY]), "(a gap of the example)")
        return {key: with_gaps(inner) for key, inner in value.items()}
    return [with_gaps(inner) for inner in value] if isinstance(value, list) else value


def _differences(example: Example, state: State, outcomes: Sequence[Outcome]) -> list[str]:
    problems = []
    said = "; ".join(f"{one.subject or 'it'}: {one.state}, “{one.message}”" for one in outcomes)
    if isinstance(example.then, State):
        if state is not example.then:
            problems.append(f"expected {example.then}, got {state} ({said})")
    else:
        found = {one.subject: str(one.state) for one in outcomes}
        wanted = {subject: str(one) for subject, one in example.then.items()}
        if found != wanted:
            problems.append(f"expected {wanted}, got {found}")
    if example.message is not None and example.message not in [one.message for one in outcomes]:
        problems.append(f"expected the message “{example.message}”, got {said}")
    return problems
