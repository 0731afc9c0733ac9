"""The rules between files: each clause's check exists, compiles for its control, suits its kinds, and none is idle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from pepperbird.bundle.clauses import check_policies, control_path, leaf_path
from pepperbird.bundle.collectors import check_collectors
from pepperbird.bundle.compiling import DECLARED, GIVEN, CheckCompiler, Readings
from pepperbird.bundle.examples import check_examples
from pepperbird.bundle.sources import Part, Sources
from pepperbird.bundle.templates import check_templates
from pepperbird.expression.joined import JOINED
from pepperbird.expression.schema import field_at
from pepperbird.expression.scope import ExpressionError, Scope
from pepperbird.located.document import Path
from pepperbird.model.base import Model
from pepperbird.model.check import Check
from pepperbird.model.fields import FieldSpec
from pepperbird.model.policy import Clause, Control, Parameter, Policy
from pepperbird.model.state import AssetKind, State

_HOSTLESS = frozenset({AssetKind.AGENCY, AssetKind.DNS_DOMAIN, AssetKind.MAIL_DOMAIN})
Use = tuple[Part[Policy], Control, Clause]


def cross_check(sources: Sources, lists: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Note in `sources.issues` everything that is wrong between and inside the files.

    Gives, for each check that compiles, the namespaces of facts that it reads.
    """
    check_policies(sources)
    check_collectors(sources)
    check_templates(sources)
    scope = Scope.of(
        {name: part.value for name, part in sources.collectors.items()},
        {name: part.value for name, part in sources.lists.items()},
    )
    uses = _uses(sources)
    broken = set(_broken(sources))
    compiler = CheckCompiler(sources, scope, broken)
    for part, control, leaf in _leaves(sources):
        _when(sources, scope, part, control, leaf)
    reads: dict[str, frozenset[str]] = {}
    for name, check in sources.checks.items():
        users = uses.get(name, [])
        if not users and all(policy.whole for policy in sources.policies.values()) and not sources.broken:
            text = "no clause uses this check; add `{id: <clause>, check: " + name + ", on: [...]}` to its control"
            sources.say(check, (), text)
        parameters = {control.id: control.parameters for _, control, _ in users} or {"": _guessed(check.value)}
        _unfinished(sources, check)
        readings = compiler.check(check, parameters)
        if readings is None:
            continue
        reads[name] = frozenset(_namespaces(readings, sources))
        _rows(sources, check, readings)
        _roots(sources, check, readings)
        for use in users:
            _kinds(sources, use, readings)
        together = {name: one for control in parameters.values() for name, one in control.items()}
        check_examples(sources, check, readings, together, lists, broken)
    return reads


def _namespaces(readings: Readings, sources: Sources) -> Iterator[str]:
    """Of the asset itself and of the machine it stands on; history counts as what it remembers."""
    for read in readings.all:
        yield from (step for step in read[:2] if step in sources.collectors)
        if read[0] == "asset":
            joined = {name.partition(".")[0] for name in JOINED.get("".join(read[1:2]), ())}
            yield from joined & sources.collectors.keys()
        if read[0] == "host" and len(read) == 1:
            yield from sources.collectors


def _leaves(sources: Sources) -> Iterator[Use]:
    for part in sources.policies.values():
        for control in part.value.controls:
            for leaf in control.leaves:
                yield part, control, leaf


def _uses(sources: Sources) -> dict[str, list[Use]]:
    """By check, the clauses that use it; a clause whose check does not exist is an issue."""
    uses: dict[str, list[Use]] = {}
    for part, control, leaf in _leaves(sources):
        if leaf.check is None:
            continue
        uses.setdefault(leaf.check, []).append((part, control, leaf))
        file = f"checks/{leaf.check.replace('.', '/', 1)}.yaml"
        if leaf.check not in sources.checks and file not in sources.broken:
            near = get_close_matches(leaf.check, sources.checks, 1)
            advice = f"did you mean {near[0]}?" if near else f"write {file} or make the clause `pending`"
            path = (*leaf_path(part.document, control.id, leaf), "check")
            sources.say(part, path, f"{leaf.id}: there is no check {leaf.check}; {advice}")
    return uses


def _when(sources: Sources, scope: Scope, part: Part[Policy], control: Control, leaf: Clause) -> None:
    if leaf.when is None:
        return
    path = (*leaf_path(part.document, control.id, leaf), "when")
    try:
        compiled = scope.compile(leaf.when, parameters={}, want="bool")
    except ExpressionError as error:
        text = f"{leaf.id}: when: {error.message}; correct it"
        sources.issues.append(part.document.issue_within(path, error.line, error.column, text))
        return
    if not compiled.roots <= DECLARED:
        text = f"{leaf.id}: when: it selects by asset.* and agency.* only; for facts use `applies` in the check"
        sources.say(part, path, text)


def _rows(sources: Sources, part: Part[Check], readings: Readings) -> None:
    """A share of rows, or there being none, can only be judged where the list is proved whole."""
    each, quota = part.value.for_each, part.value.quota
    if each is None:
        if quota is not None:
            sources.say(part, ("quota",), "quota: a share of what? it needs `for_each`", at_key=True)
        return
    spec = field_at(readings.specs, tuple(each.source.split(".")))
    if spec is None or spec.complete:
        return
    why = f"{each.source} is not `complete`, so rows may be missing from it"
    if quota is not None:
        sources.say(part, ("quota",), f"quota: {why}; take rows that the collector proves whole", at_key=True)
    if each.on_empty in (State.PASS, State.NOT_APPLICABLE):
        sources.say(part, ("for_each", "on_empty"), f"on_empty: {each.on_empty}: {why}; write fail or error")


def _roots(sources: Sources, part: Part[Check], readings: Readings) -> None:
    applies = {read[0] for read in readings.of(("applies",))}
    if applies & DECLARED or (part.value.applies is not None and applies <= GIVEN):
        text = "applies: it is evidence from facts, never a declared value; for those use `when` in the clause"
        sources.say(part, ("applies",), text)
    share = readings.of(("quota", "min_pass_percent"), ("quota", "min_pass"))
    if not {read[0] for read in share} <= {"params"}:
        sources.say(part, ("quota",), "quota: the share comes from a parameter; write params.<name>")
    if part.whole and ("expect",) in readings.by_place and not readings.of(("expect",), ("for_each", "in")):
        sources.say(part, ("expect",), "expect: it reads nothing, so it judges nothing; name a fact")


def _unfinished(sources: Sources, part: Part[Check]) -> None:
    """What `content new` leaves to be written."""
    if "TODO" not in part.document.text:
        return
    for path, text in _texts(part.document.data):
        if "TODO" in text:
            sources.say(part, path, f"{'.'.join(map(str, path))}: still to be written; replace TODO")


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, (*path, key))


def _kinds(sources: Sources, use: Use, readings: Readings) -> None:
    """Facts of an asset come from collectors for its kind; `host.*` needs a machine that it stands on."""
    part, control, leaf = use
    for name in sorted({read[0] for read in readings.all} - GIVEN - {"history"}):
        collector = sources.collectors.get(name)
        able = set(collector.value.on) if collector is not None else set(AssetKind) - _HOSTLESS
        wrong = ", ".join(str(kind) for kind in leaf.on if kind not in able)
        if wrong and (collector is None or collector.whole):
            path = (*leaf_path(part.document, control.id, leaf), "on")
            advice = "take host.* facts, or other kinds" if collector is not None else "it stands on no machine"
            sources.say(part, path, f"{leaf.id}: {leaf.check} reads {name}, which {wrong} never gives; {advice}")


def _guessed(check: Check) -> dict[str, Parameter]:
    """Parameters of a check that no control uses yet, as its examples write them."""
    guessed: dict[str, Parameter] = {}
    for example in check.examples:
        for name, value in example.params.items():
            guessed.setdefault(name, Parameter(type=_type(value), compare="eq", unit="?"))
    return guessed


def _type(value: object) -> Any:
    if isinstance(value, tuple):
        return "ints" if value and all(isinstance(one, int) for one in value) else "strings"
    return "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "string"


def _broken(sources: Sources) -> Iterator[str]:
    """Names that are declared but not well: what mentions them is not held to it."""
    for file in sources.broken:
        folder = file.split("/")
        if folder[0] == "collectors":
            yield folder[1]
        elif folder[0] == "policies":
            yield f"lists.{folder[-1].removesuffix('.yaml')}" if folder[1] == "lists" else "params"
    for name, collector in sources.collectors.items():
        if not collector.whole:
            yield from _refused(name, collector.document.at(("facts",)), FieldSpec)
    for name, file_list in sources.lists.items():
        if not file_list.whole:
            yield f"lists.{name}"
    for part in sources.policies.values():
        if not part.whole:
            for control in part.value.controls:
                base = control_path(part.document, control.id)
                yield from _refused("params", part.document.at((*base, "parameters")), Parameter)


def _refused(prefix: str, raw: Any, model: type[Model]) -> Iterator[str]:
    if not isinstance(raw, dict):
        if raw is not None:
            yield prefix
        return
    for name, value in raw.items():
        try:
            model.model_validate(value)
        except ValidationError:
            yield f"{prefix}.{name}"
