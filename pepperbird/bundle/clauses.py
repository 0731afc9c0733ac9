"""Rules of a policy by itself: catalogue counted by id, clauses on the right kinds, parameters well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pepperbird.bundle.sources import Part, Sources
from pepperbird.located.document import Document, Path
from pepperbird.model.policy import Clause, Control, Parameter, Policy

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def check_policies(sources: Sources) -> None:
    """Note everything that is wrong inside each policy."""
    for part in sources.policies.values():
        _catalogue(sources, part)
        for control in part.value.controls:
            _clauses(sources, part, control)
            _parameters(sources, part, control)
            _statement(sources, part, control)


def control_path(document: Document, control_id: str) -> Path:
    """Where a control stands in its file."""
    controls = document.at(("controls",))
    for index, raw in enumerate(controls if isinstance(controls, list) else ()):
        if isinstance(raw, dict) and raw.get("id") == control_id:
            return ("controls", index)
    return ("controls",)


def leaf_path(document: Document, control_id: str, leaf: Clause) -> Path:
    """Where a clause with a check, document or pending stands in its file."""
    base = (*control_path(document, control_id), "clauses")
    for path, raw in _leaves(document.at(base), base):
        kinds = raw.get("on")
        same = raw.get("id") == leaf.id and raw.get("check") == leaf.check
        if same and isinstance(kinds, list) and set(map(str, leaf.on)) <= set(map(str, kinds)):
            return path
    return base


def _leaves(clauses: Any, base: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for index, raw in enumerate(clauses if isinstance(clauses, list) else ()):
        if not isinstance(raw, dict):
            continue
        branches = raw.get("any_of")
        if isinstance(branches, list):
            yield from _leaves(branches, (*base, index, "any_of"))
        elif isinstance(raw.get("supporting"), dict):
            yield (*base, index, "supporting"), raw["supporting"]
        else:
            yield (*base, index), raw


def _catalogue(sources: Sources, part: Part[Policy]) -> None:
    policy = part.value
    have = {control.id for control in policy.controls}
    for name in policy.catalogue:
        if not name.startswith(f"{policy.id}-"):
            sources.say(part, ("catalogue", name), f"catalogue: {name} is not of {policy.id}; remove it", at_key=True)
        elif name not in have and part.whole:
            text = f"catalogue: {name} is counted, but no control of this id stands here; add it"
            sources.say(part, ("catalogue", name), text, at_key=True)
    for control in policy.controls:
        path = (*control_path(part.document, control.id), "id")
        if not control.id.startswith(f"{policy.id}-"):
            sources.say(part, path, f"{control.id} is not of the standard {policy.id}; correct the id or move it")
        elif control.id not in policy.catalogue and part.document.at(("catalogue", control.id)) is None:
            text = f"{control.id} is not in `catalogue`; add it with its number of clauses there (0 where new)"
            sources.say(part, path, text)
        elif part.whole:
            _counted(sources, part, control)


def _counted(sources: Sources, part: Part[Policy], control: Control) -> None:
    have = {leaf.id for leaf in control.leaves}
    wanted = [f"{control.id}.{number}" for number in range(1, part.value.catalogue[control.id] + 1)]
    missing = [name for name in wanted if name not in have]
    if missing:
        text = f"{', '.join(missing)} of the catalogue is missing; add it, `pending: <reason>` where it is not built"
        sources.say(part, (*control_path(part.document, control.id), "clauses"), text)


def _clauses(sources: Sources, part: Part[Policy], control: Control) -> None:
    seen: dict[str, set[str]] = {}
    for leaf in control.leaves:
        for path, text in _leaf_problems(part, control, leaf, seen.get(str(leaf.id), set())):
            sources.say(part, (*leaf_path(part.document, control.id, leaf), *path), text)
        seen.setdefault(str(leaf.id), set()).update(map(str, leaf.on))
    required = [leaf for clause in control.clauses if clause.supporting is None for leaf in clause.leaves]
    covered = {kind for leaf in required for kind in leaf.on}
    bare = [str(kind) for kind in control.applies_to if kind not in covered]
    if bare and part.whole:
        text = f"applies_to: no clause of {control.id} judges {', '.join(bare)}; add one (`pending` where not built)"
        sources.say(part, (*control_path(part.document, control.id), "applies_to"), text)


def _leaf_problems(part: Part[Policy], control: Control, leaf: Clause, before: set[str]) -> Iterator[tuple[Path, str]]:
    """What is wrong with one clause, by the path inside it; `before` are the kinds that its id stood for already."""
    kinds = set(map(str, leaf.on))
    if not str(leaf.id).startswith(f"{control.id}."):
        yield ("id",), f"{leaf.id} stands in {control.id}; write {control.id}.<number>"
    stray = sorted(kinds - set(map(str, control.applies_to)))
    if stray and part.whole:
        yield (
            ("on",),
            f"on: {control.id} does not apply to {', '.join(stray)}; add it to `applies_to` or remove it here",
        )
    twice = sorted(kinds & before)
    if twice:
        yield ("id",), f"{leaf.id} stands twice for {', '.join(twice)}; an id may only stand again for other kinds"
    days = leaf.document.valid_days if leaf.document is not None else 1
    if isinstance(days, int):
        return
    parameter = control.parameters.get(days)
    refused = parameter is None and part.document.at((*control_path(part.document, control.id), "parameters", days))
    if not refused and (parameter is None or parameter.type != "int"):
        text = f"valid_days: {control.id} has no parameter `{days}` of type int; name one, or write the days"
        yield ("document", "valid_days"), text


def _parameters(sources: Sources, part: Part[Policy], control: Control) -> None:
    for name, parameter in control.parameters.items():
        problem = _parameter(parameter)
        if problem:
            path = (*control_path(part.document, control.id), "parameters", name)
            if part.whole:
                sources.say(part, path, f"parameter `{name}`: {problem}")


def _parameter(parameter: Parameter) -> str:
    match parameter.compare:
        case "order" if parameter.type != "string" or len(parameter.scale) < 2:
            return "`compare: order` needs type string and a `scale`, weakest first"
        case "max" | "min" if parameter.type != "int":
            return f"`compare: {parameter.compare}` needs type int; choose another comparison"
        case "set" if parameter.type not in ("strings", "ints"):
            return "`compare: set` needs a list; write type strings or ints"
    if parameter.scale and parameter.compare != "order":
        return "a `scale` belongs to `compare: order`; remove it"
    return ""


def _statement(sources: Sources, part: Part[Policy], control: Control) -> None:
    base = control_path(part.document, control.id)
    for name in _PLACEHOLDER.findall(control.statement):
        if name not in control.parameters and part.document.at((*base, "parameters", name)) is None:
            known = ", ".join(control.parameters) or "none"
            text = f"statement: `{{{name}}}` is no parameter of {control.id}, which has {known}; correct the name"
            sources.say(part, (*base, "statement"), text)
