"""What an overlay made weaker than the baseline it extends, parameter by parameter.

Only a parameter with a direction can be tightened: `max` (smaller is stricter), `min` (larger), `order` (further along
its scale). Where there is no direction any change is a loosening: nobody can show that it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pepperbird.model.catalog import ResolvedBaseline
from pepperbird.model.policy import Control, Parameter, ParameterValue
from pepperbird.model.state import Enforcement

_STRENGTH = {Enforcement.NOT_REQUIRED: 0, Enforcement.ADVISORY: 1, Enforcement.REQUIRED: 2}


def loosened(overlay: ResolvedBaseline, base: ResolvedBaseline, controls: Mapping[str, Control]) -> Iterator[str]:
    """Names of what is weaker: `DS-12.min_free_pct`, `DS-12.enforcement`, `deadlines.critical`, `expected_kinds` ..."""
    for name, control in controls.items():
        ours, theirs = overlay.controls[name], base.controls[name]
        if _STRENGTH[ours.enforcement] < _STRENGTH[theirs.enforcement]:
            yield f"{name}.enforcement"
        for key, parameter in control.parameters.items():
            if weaker(parameter, ours.params[key], theirs.params[key]):
                yield f"{name}.{key}"
    yield from _around(overlay, base)


def weaker(parameter: Parameter, ours: ParameterValue, theirs: ParameterValue) -> bool:
    """Whether `ours` may let something pass that `theirs` would not."""
    if ours == theirs:
        return False
    match parameter.compare:
        case "max" if isinstance(ours, int) and isinstance(theirs, int):
            return ours > theirs
        case "min" if isinstance(ours, int) and isinstance(theirs, int):
            return ours < theirs
        case "order":
            return parameter.scale.index(str(ours)) < parameter.scale.index(str(theirs))
        case _:
            return True


def _around(overlay: ResolvedBaseline, base: ResolvedBaseline) -> Iterator[str]:
    """What lies around the controls: time to fix, time that a result counts, kinds that are expected, the tier."""
    for name in ("critical", "high", "medium", "low"):
        if getattr(overlay.deadlines, name) > getattr(base.deadlines, name):
            yield f"deadlines.{name}"
    for name in ("online", "relay", "visited", "not_applicable"):
        ours, theirs = getattr(overlay.freshness, name), getattr(base.freshness, name)
        if (ours or 0) > (theirs or 0):
            yield f"freshness.{name}"
    if not set(base.expected_kinds) <= set(overlay.expected_kinds):
        yield "expected_kinds"
    if overlay.tier is not base.tier:
        yield "tier"
